"""The review queue at the command line: what `/api/review` gives, in the name of a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

from assistant.http.review import DECIDED, ChosenIn, DecisionIn
from assistant.http.review_shapes import shown_case, shown_cases
from deploy.acting import principal_of
from deploy.operations.operation import Event, Parts, Result, checked
from retrieval.access import Principal
from retrieval.audit.record import OPERATOR, Desk


async def review_list(
    parts: Parts,
    *,
    state: str = "open",
    kind: str = "any",
    before: int | None = None,
    who: str = "any",
    order: str = "newest",
    after: int | None = None,
    user: str | None = None,
) -> AsyncIterator[Event]:
    """Give the first cases, as far as this person may read what they rest on."""
    given = {"state": state, "kind": kind, "who": who, "order": order}
    asked = checked(ChosenIn, given | {"before": before, "after": after})
    principal = await principal_of(parts, user)
    listing = await parts.review.reviewing.listed(
        asked.chosen(principal.name), principal=principal, desk=_desk(principal)
    )
    yield Result(shown_cases(listing).model_dump(mode="json"))


async def review_show(parts: Parts, *, case: int, user: str | None = None) -> AsyncIterator[Event]:
    """Give one case, with the words that it rests on."""
    yield await _shown(parts, case, await principal_of(parts, user))


async def review_resolve(
    parts: Parts, *, case: int, note: str = "", tell: str = "", user: str | None = None
) -> AsyncIterator[Event]:
    """Close a case as resolved."""
    yield await _closed(parts, case, "resolve", note, tell, user)


async def review_dismiss(
    parts: Parts, *, case: int, note: str = "", tell: str = "", user: str | None = None
) -> AsyncIterator[Event]:
    """Close a case with which nothing is to be done."""
    yield await _closed(parts, case, "dismiss", note, tell, user)


async def review_draft(parts: Parts, *, case: int, user: str | None = None) -> AsyncIterator[Event]:
    """Have a case wait to become a test case."""
    principal = await principal_of(parts, user)
    await parts.review.reviewing.draft(case, principal=principal, desk=_desk(principal))
    yield await _shown(parts, case, principal)


async def _closed(
    parts: Parts, case: int, do: str, note: str, tell: str, user: str | None
) -> Result:
    told = checked(DecisionIn, {"do": do, "note": note, "tell": tell})
    principal = await principal_of(parts, user)
    await parts.review.reviewing.close(
        case, DECIDED[do], told.note, principal=principal, desk=_desk(principal)
    )
    if told.tell and parts.review.approving is not None:
        working = parts.review.approving.working
        await working.tell(case, told.tell, principal=principal, desk=_desk(principal))
    return await _shown(parts, case, principal)


async def _shown(parts: Parts, case: int, principal: Principal) -> Result:
    seen = await parts.review.reviewing.case(case, principal=principal, desk=_desk(principal))
    return Result(shown_case(seen).model_dump(mode="json"))


def _desk(principal: Principal) -> Desk:
    """Return in whose name it is done: as for a question, the person's."""
    return Desk(principal.name, OPERATOR.origin)
