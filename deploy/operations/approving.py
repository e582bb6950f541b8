"""Cases handed out, and approved answers, at the command line: what the web gives, as a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from assistant.http.approved import (
    AssignIn,
    ListedIn,
    QueueOut,
    WaitingOut,
)
from assistant.http.approved_shapes import (
    AnswersOut,
    ChangedIn,
    SentencesIn,
    WantedIn,
    shown_approved_answer,
    shown_checks,
)
from assistant.http.review_shapes import shown_case
from assistant.review.approving import Approving
from deploy.acting import principal_of
from deploy.operations.operation import Event, Parts, Result, checked
from retrieval.access import Principal
from retrieval.approved.approved import ApprovedState
from retrieval.audit.record import OPERATOR, Desk
from retrieval.errors import NotFound
from retrieval.review.case import CaseState


async def review_waiting(parts: Parts, *, user: str | None = None) -> AsyncIterator[Event]:
    """Give how many open cases of each kind there are, and since when the oldest waits."""
    await principal_of(parts, user)
    waiting = [
        WaitingOut.model_validate(
            {"kind": each.kind, "open": each.open, "free": each.free, "since": each.since}
        )
        for each in await _approving(parts).working.waiting()
    ]
    yield Result(QueueOut(waiting=waiting).model_dump(mode="json"))


async def review_assign(
    parts: Parts, *, case: int, to: str | None = None, user: str | None = None
) -> AsyncIterator[Event]:
    """Have a person work on a case; without a name, whoever asks; with "", nobody."""
    principal = await principal_of(parts, user)
    told = checked(AssignIn, {"to": principal.name if to is None else to})
    await _approving(parts).working.assign(
        case, told.to, principal=principal, desk=_desk(principal)
    )
    reviewing = parts.review.reviewing
    seen = await reviewing.case(case, principal=principal, desk=_desk(principal))
    yield Result(shown_case(seen).model_dump(mode="json"))


async def review_check(
    parts: Parts, *, case: int, content: dict[str, Any], user: str | None = None
) -> AsyncIterator[Event]:
    """Give what the check says of sentences; nothing is kept."""
    principal = await principal_of(parts, user)
    await parts.review.reviewing.own(case, principal=principal)
    told = checked(SentencesIn, {"sentences": content.get("sentences", [])})
    written = [each.written() for each in told.sentences]
    said = await _approving(parts).publishing.check(written, principal=principal)
    yield Result(shown_checks(said).model_dump(mode="json"))


async def review_publish(
    parts: Parts, *, case: int, content: dict[str, Any], user: str | None = None
) -> AsyncIterator[Event]:
    """Publish an approved answer to a case, and resolve the case."""
    principal = await principal_of(parts, user)
    approving, desk = _approving(parts), _desk(principal)
    wanted = checked(WantedIn, content).wanted(principal.name)
    found = await parts.review.reviewing.own(case, principal=principal)
    made = await approving.publishing.publish(wanted, principal=principal, desk=desk, case=found)
    await approving.working.connect(found, made.id)
    if found.state is CaseState.OPEN:
        note = f"Published as approved answer {made.id}."
        await parts.review.reviewing.close(
            case, CaseState.RESOLVED, note, principal=principal, desk=desk
        )
    yield await _shown(parts, made.id, principal)


async def approved_list(
    parts: Parts, *, state: str = "any", before: int | None = None, user: str | None = None
) -> AsyncIterator[Event]:
    """Give the newest approved answers, as far as this person may read what they cite."""
    asked = checked(ListedIn, {"state": state, "before": before})
    principal = await principal_of(parts, user)
    found, earlier = await _approving(parts).publishing.listed(
        principal=principal,
        desk=_desk(principal),
        state=ApprovedState(asked.state) if asked.state != "any" else None,
        before=asked.before,
    )
    answers = [shown_approved_answer(each) for each in found]
    yield Result(AnswersOut(answers=answers, earlier=earlier).model_dump(mode="json"))


async def approved_show(
    parts: Parts, *, answer: int, user: str | None = None
) -> AsyncIterator[Event]:
    """Give one approved answer with its editions."""
    yield await _shown(parts, answer, await principal_of(parts, user))


async def approved_change(
    parts: Parts, *, answer: int, content: dict[str, Any], user: str | None = None
) -> AsyncIterator[Event]:
    """Publish a new edition of an approved answer, or one again that was withdrawn."""
    principal = await principal_of(parts, user)
    told = checked(ChangedIn, content)
    await _approving(parts).publishing.change(
        answer,
        told.wanted(principal.name),
        after=told.after,
        principal=principal,
        desk=_desk(principal),
    )
    yield await _shown(parts, answer, principal)


async def approved_withdraw(
    parts: Parts, *, answer: int, user: str | None = None
) -> AsyncIterator[Event]:
    """Have an approved answer shown to nobody from now on."""
    principal = await principal_of(parts, user)
    await _approving(parts).publishing.withdraw(answer, principal=principal, desk=_desk(principal))
    yield await _shown(parts, answer, principal)


async def _shown(parts: Parts, answer: int, principal: Principal) -> Result:
    publishing = _approving(parts).publishing
    found = await publishing.opened(answer, principal=principal, desk=_desk(principal))
    return Result(shown_approved_answer(found).model_dump(mode="json"))


def _approving(parts: Parts) -> Approving:
    if parts.review.approving is None:
        raise NotFound("Expected a library that keeps approved answers, got one that does not.")
    return parts.review.approving


def _desk(principal: Principal) -> Desk:
    """Return in whose name it is done: as for a question, the person's."""
    return Desk(principal.name, OPERATOR.origin)
