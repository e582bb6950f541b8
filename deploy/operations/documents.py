"""Documents at the command line: how they stand, and what is decided about them, by a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

from assistant.http.governing import ChangeIn, DecideIn, ListIn, UndoIn, shown_plan
from assistant.http.governing_shapes import shown_act, shown_decision, shown_line
from assistant.signin.caller import Caller, Means
from deploy.acting import principal_of
from deploy.operations.operation import Arguments, Event, Parts, Result, checked
from retrieval.access import Principal
from retrieval.audit.record import OPERATOR, Desk


async def documents_list(
    parts: Parts,
    *,
    title: str = "",
    source: str = "",
    kind: str | None = None,
    status: str | None = None,
    owner: str = "",
    show: str = "all",
    order: str = "title",
    after: str = "",
    user: str | None = None,
) -> AsyncIterator[Event]:
    """Give a page of the documents that this person may read."""
    given = {"title": title, "source": source, "kind": kind, "status": status, "owner": owner}
    asked = checked(ListIn, _given({**given, "show": show, "order": order, "after": after}))
    caller = await _caller(parts, user)
    chosen = await asked.chosen(caller, parts.governing)
    who, order = caller.principal, asked.order
    listing = await parts.governing.listed(chosen, principal=who, after=asked.after, order=order)
    tallies = await parts.governing.tallies(chosen, principal=who)
    lines = [shown_line(each).model_dump(mode="json") for each in listing.lines]
    yield Result({"documents": lines, "after": listing.after, "total": tallies.total})


async def documents_show(
    parts: Parts, *, document: str, user: str | None = None
) -> AsyncIterator[Event]:
    """Give every decision about a document, newest first."""
    principal = await principal_of(parts, user)
    told = await parts.governing.told(document, principal=principal)
    listed = [shown_decision(each).model_dump(mode="json") for each in told.decisions]
    yield Result({"decisions": listed})


async def documents_decide(
    parts: Parts,
    *,
    documents: list[str] | None = None,
    status: str | None = None,
    owner: str | None = None,
    review_by: str | None = None,
    superseded_by: str | None = None,
    version: int | None = None,
    note: str = "",
    is_dry: bool = False,
    user: str | None = None,
) -> AsyncIterator[Event]:
    """Decide about documents in one act, or with `is_dry` give what that would change."""
    change: Arguments = {"documents": documents, "status": status, "version": version}
    change |= {"owner": owner, "review_by": review_by, "superseded_by": superseded_by}
    caller = await _caller(parts, user)
    if is_dry:
        plan = await _planned(parts, checked(ChangeIn, _given(change)), caller)
        yield Result(plan)
        return
    asked = checked(DecideIn, _given({**change, "note": note}))
    act = await parts.governing.decide(
        await asked.chosen(caller, parts.governing),
        asked.change(),
        asked.note,
        principal=caller.principal,
        desk=_desk(caller.principal),
        number=asked.version,
    )
    yield Result(shown_act(act).model_dump(mode="json"))


async def documents_acts(parts: Parts, *, user: str | None = None) -> AsyncIterator[Event]:
    """Give the last acts about documents that this person may read."""
    acts = await parts.governing.acts(principal=await principal_of(parts, user))
    yield Result({"acts": [shown_act(each).model_dump(mode="json") for each in acts]})


async def documents_undo(
    parts: Parts, *, act: str, note: str = "", user: str | None = None
) -> AsyncIterator[Event]:
    """Bring back what an act changed, of what nobody has decided anew since."""
    asked, principal = checked(UndoIn, {"note": note}), await principal_of(parts, user)
    undone = await parts.governing.undo(act, asked.note, principal=principal, desk=_desk(principal))
    yield Result(shown_act(undone).model_dump(mode="json"))


async def _planned(parts: Parts, asked: ChangeIn, caller: Caller) -> Arguments:
    chosen = await asked.chosen(caller, parts.governing)
    who = caller.principal
    plan = await parts.governing.plan(chosen, asked.change(), principal=who, number=asked.version)
    return shown_plan(plan).model_dump(mode="json")


async def _caller(parts: Parts, user: str | None) -> Caller:
    principal = await principal_of(parts, user)
    return Caller(principal, None, Means.MACHINE, OPERATOR.origin)


def _given(values: Arguments) -> Arguments:
    return {name: value for name, value in values.items() if value is not None}


def _desk(principal: Principal) -> Desk:
    """Return in whose name it is done: the person's, at the command line."""
    return Desk(principal.name, OPERATOR.origin)
