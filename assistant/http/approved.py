"""Approved answers over HTTP: a case is answered from sources, published, changed, withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from assistant.http.administering import desk_of
from assistant.http.approved_shapes import (
    AnswerOut,
    AnswersOut,
    ChangedIn,
    ChecksOut,
    SentencesIn,
    WantedIn,
    shown_approved_answer,
    shown_checks,
)
from assistant.http.documented import ERRORS
from assistant.http.parts import Asker
from assistant.http.review import InReview, Number, Reviewer, closed, opened
from assistant.http.review_shapes import CaseOut, shown_case
from assistant.review.approving import Approving
from assistant.review.publishing import Shown, Wanted
from assistant.review.review import Review
from assistant.signin.caller import Caller
from retrieval.approved.approved import ApprovedState
from retrieval.errors import NotFound
from retrieval.plain import plain
from retrieval.review.case import CaseKind, CaseState

router = APIRouter(prefix="/api", tags=["review"], responses=ERRORS)
AnswerNumber = Annotated[int, Path(ge=1, le=2**62)]


class ListedIn(BaseModel):
    """Which answers; `before` goes on where an earlier list ended."""

    state: Literal["published", "withdrawn", "any"] = "any"
    before: int | None = Field(None, ge=1, le=2**62)


class AssignIn(BaseModel):
    """Who works on a case; "" gives it back."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(max_length=200)


class WaitingOut(BaseModel):
    """How many cases of a kind are open, how many nobody works on, and since when the oldest is."""

    kind: CaseKind
    open: int
    free: int
    since: datetime


class QueueOut(BaseModel):
    """The figures of the queue. They count cases whose sources are not yours to read, too."""

    waiting: list[WaitingOut]


class ReplyOut(BaseModel):
    """What a reviewer tells you of a question of yours; new until you have looked."""

    question: str
    text: str
    at: datetime
    is_new: bool


class RepliesOut(BaseModel):
    """What reviewers tell you, the latest first."""

    replies: list[ReplyOut]


async def approving_of(review: InReview) -> Approving:
    """Return what works on approved answers, or raise `NotFound` where there is none."""
    if review.approving is None:
        raise NotFound
    return review.approving


InApproving = Annotated[Approving, Depends(approving_of)]


@router.get("/review/waiting", summary="How many cases wait, and how long")
async def waiting(caller: Reviewer, approving: InApproving) -> QueueOut:
    """Return the figures of each kind of which there are open cases."""
    return await figures(approving)


@router.post("/review/{case}/assign", summary="Take a case, hand it on, or give it back")
async def assign(
    case: Number, told: AssignIn, caller: Reviewer, review: InReview, approving: InApproving
) -> CaseOut:
    """Have a reviewer work on an open case: one who may read all that it rests on."""
    await assigned(approving, case, told.to, caller)
    return shown_case(await opened(review, case, caller))


@router.post("/review/{case}/check", summary="Check sentences against the words they rest on")
async def check(
    case: Number, told: SentencesIn, caller: Reviewer, review: InReview, approving: InApproving
) -> ChecksOut:
    """Return what the check says of each sentence; nothing is kept."""
    await review.reviewing.own(case, principal=caller.principal)
    written = [each.written() for each in told.sentences]
    checked = await approving.publishing.check(written, principal=caller.principal)
    return shown_checks(checked)


@router.post("/review/{case}/publish", summary="Answer a case from sources, for all who ask it")
async def publish(
    case: Number, told: WantedIn, caller: Reviewer, review: InReview, approving: InApproving
) -> AnswerOut:
    """Publish an approved answer, and resolve the case.

    It is shown to whoever asks the same, is among its readers, and may read all that it cites.
    """
    number = await published(review, approving, case, told.wanted(caller.name), caller)
    return shown_approved_answer(await answer_of(approving, number, caller))


@router.get("/approved", summary="Approved answers")
async def answers(
    asked: Annotated[ListedIn, Query()], caller: Reviewer, approving: InApproving
) -> AnswersOut:
    """Return approved answers, newest first. Looking is recorded."""
    return await listed(approving, asked, caller)


@router.get("/approved/{answer}", summary="An approved answer")
async def answer(answer: AnswerNumber, caller: Reviewer, approving: InApproving) -> AnswerOut:
    """Return one with its editions and the words it cites. Looking is recorded."""
    return shown_approved_answer(await answer_of(approving, answer, caller))


@router.post("/approved/{answer}", summary="Publish a new edition of an approved answer")
async def change(
    answer: AnswerNumber, told: ChangedIn, caller: Reviewer, approving: InApproving
) -> AnswerOut:
    """Change an answer, or publish one again that was withdrawn."""
    await changed(approving, answer, told.wanted(caller.name), told.after, caller)
    return shown_approved_answer(await answer_of(approving, answer, caller))


@router.post("/approved/{answer}/withdraw", summary="Withdraw an approved answer")
async def withdraw(answer: AnswerNumber, caller: Reviewer, approving: InApproving) -> AnswerOut:
    """Have an answer shown to nobody from now on."""
    await withdrawn(approving, answer, caller)
    return shown_approved_answer(await answer_of(approving, answer, caller))


@router.get("/replies", summary="What reviewers tell you")
async def replies(caller: Asker, approving: InApproving) -> RepliesOut:
    """Return what reviewers tell you of questions of yours."""
    return await replied_to(approving, caller)


async def figures(approving: Approving) -> QueueOut:
    """Return the figures of the queue as they are sent."""
    return QueueOut(
        waiting=[
            WaitingOut(kind=each.kind, open=each.open, free=each.free, since=_moment(each.since))
            for each in await approving.working.waiting()
        ]
    )


async def assigned(approving: Approving, case: int, to: str, caller: Caller) -> None:
    """Have somebody work on a case, in this reviewer's name."""
    await approving.working.assign(case, to, principal=caller.principal, desk=desk_of(caller))


async def published(
    review: Review, approving: Approving, number: int, wanted: Wanted, caller: Caller
) -> int:
    """Publish an answer to a case, resolve it, and return the number of the answer."""
    case = await review.reviewing.own(number, principal=caller.principal)
    desk = desk_of(caller)
    approved = await approving.publishing.publish(
        wanted, principal=caller.principal, desk=desk, case=case
    )
    await approving.working.connect(case, approved.id)
    if case.state is CaseState.OPEN:
        note = f"Published as approved answer {approved.id}."
        await closed(review, number, "resolve", note, caller)
    return approved.id


async def changed(
    approving: Approving, number: int, wanted: Wanted, after: int, caller: Caller
) -> None:
    """Publish a new edition in this reviewer's name."""
    desk = desk_of(caller)
    await approving.publishing.change(
        number, wanted, after=after, principal=caller.principal, desk=desk
    )


async def withdrawn(approving: Approving, number: int, caller: Caller) -> None:
    """Withdraw an answer in this reviewer's name."""
    desk = desk_of(caller)
    await approving.publishing.withdraw(number, principal=caller.principal, desk=desk)


async def answer_of(approving: Approving, number: int, caller: Caller) -> Shown:
    """Return an answer as far as this reviewer may see it."""
    return await approving.publishing.opened(
        number, principal=caller.principal, desk=desk_of(caller)
    )


async def listed(approving: Approving, asked: ListedIn, caller: Caller) -> AnswersOut:
    """Return the answers that a reviewer asks for, as they are sent."""
    state = ApprovedState(asked.state) if asked.state != "any" else None
    found, earlier = await approving.publishing.listed(
        principal=caller.principal, desk=desk_of(caller), state=state, before=asked.before
    )
    return AnswersOut(answers=[shown_approved_answer(each) for each in found], earlier=earlier)


async def replied_to(approving: Approving, caller: Caller) -> RepliesOut:
    """Return what reviewers tell somebody, as it is sent."""
    return RepliesOut(
        replies=[
            ReplyOut(
                question=plain(each.question),
                text=plain(each.text),
                at=_moment(each.at),
                is_new=each.is_new,
            )
            for each in await approving.working.told(caller.name)
        ]
    )


def _moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
