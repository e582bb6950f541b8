"""The review queue over HTTP: readers report an answer, reviewers list, open and close cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.http.documented import ERRORS
from assistant.http.errors import Problem, Told, described, refused
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import Asker, doing, parts_of
from assistant.http.review_shapes import CaseOut, CasesOut, shown_case, shown_cases
from assistant.review.reporting import ReportedOften
from assistant.review.review import Review
from assistant.review.reviewing import Chosen, Listing
from assistant.review.seeing import Seen
from assistant.signin.caller import Action, Caller
from retrieval.audit.record import Desk
from retrieval.errors import NotFound
from retrieval.plain import plain
from retrieval.review.case import CaseKind, CaseState
from retrieval.review.cases import LONGEST_NOTE

router = APIRouter(prefix="/api", tags=["review"], responses=ERRORS)

Decision = Literal["resolve", "dismiss"]
DECIDED = {"resolve": CaseState.RESOLVED, "dismiss": CaseState.DISMISSED}


def to_note(value: Any) -> str:
    """Return a note, cleaned, or raise `Told`."""
    expected = f"text of at most {LONGEST_NOTE:,} characters"
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise Told(expected, described(value), "Say it in fewer words.")
    return plain(value.replace("\0", "").encode("utf-8", "ignore").decode()).strip()


Note = Annotated[
    str,
    BeforeValidator(to_note),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_NOTE}),
]
Number = Annotated[int, Path(ge=1, le=2**62)]


class ReportIn(BaseModel):
    """What a reader says of an answer."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


class DecisionIn(BaseModel):
    """What becomes of a case; `tell` is what its asker reads, `note` what reviewers do."""

    model_config = ConfigDict(extra="forbid")

    do: Decision
    note: Note = ""
    tell: Note = ""


class ChosenIn(BaseModel):
    """Which cases; `before` goes on where an earlier list ended, `after` where an oldest-first did.

    `who` works on them: you, nobody, or anybody.
    """

    state: Literal["open", "resolved", "dismissed", "any"] = "open"
    kind: Literal["withheld", "refused", "reported", "conflicting", "changed", "due", "any"] = "any"
    who: Literal["me", "nobody", "any"] = "any"
    order: Literal["newest", "oldest"] = "newest"
    before: int | None = Field(None, ge=1, le=2**62)
    after: int | None = Field(None, ge=0, le=2**62)

    def chosen(self, by: str) -> Chosen:
        """Return the choice as `by` makes it."""
        return Chosen(
            CaseState(self.state) if self.state != "any" else None,
            CaseKind(self.kind) if self.kind != "any" else None,
            self.before,
            self.after or 0 if self.order == "oldest" else None,
            {"me": by, "nobody": "", "any": None}[self.who],
        )


async def review_of(request: Request) -> Review:
    """Return the queue, or raise `NotFound` where there is none."""
    part = parts_of(request).review
    if part is None:
        raise NotFound
    return await part.get(wait_seconds=PART_WAITS_SECONDS)


Reviewer = Annotated[Caller, Depends(doing(Action.REVIEW))]
InReview = Annotated[Review, Depends(review_of)]


@router.post(
    "/answers/{answer}/report", status_code=204, summary="Say that an answer of yours is not right"
)
async def report(
    answer: str, caller: Asker, review: InReview, told: Annotated[ReportIn | None, Body()] = None
) -> Response:
    """Put an answer that you were told lately into the reviewers' queue, by the id you gave it."""
    problem = await reported(review, caller, answer, told.note if told else "")
    if problem is None:
        return Response(status_code=204)
    return JSONResponse(problem.body, problem.status, {"Retry-After": str(problem.retry_after)})


@router.get("/review", summary="The review queue")
async def cases(
    asked: Annotated[ChosenIn, Query()], caller: Reviewer, review: InReview
) -> CasesOut:
    """Return cases, in the order asked for. Looking is recorded."""
    return shown_cases(await listed(review, asked, caller))


@router.get("/review/{case}", summary="A case")
async def case(case: Number, caller: Reviewer, review: InReview) -> CaseOut:
    """Return one case, with the words that it rests on. Looking is recorded."""
    return shown_case(await opened(review, case, caller))


@router.post("/review/{case}", summary="Resolve or dismiss a case")
async def decide(case: Number, told: DecisionIn, caller: Reviewer, review: InReview) -> CaseOut:
    """Close an open case, with a note for reviewers and, if you wish, a word to its asker."""
    await closed(review, case, told.do, told.note, caller, told.tell)
    return shown_case(await opened(review, case, caller))


@router.post("/review/{case}/draft", summary="Make a test case of a case")
async def draft(case: Number, caller: Reviewer, review: InReview) -> CaseOut:
    """Have a case wait for an evaluator, who may make a test case of it; twice is once."""
    await drafted(review, case, caller)
    return shown_case(await opened(review, case, caller))


async def reportable(request: Request, caller: Caller, answers: Iterable[str]) -> frozenset[str]:
    """Return those of the answers that this person was told lately and has not reported."""
    part = parts_of(request).review
    if part is None:
        return frozenset()
    reporting = (await part.get(wait_seconds=PART_WAITS_SECONDS)).reporting
    person = caller.principal.name
    return frozenset(each for each in answers if each and reporting.may_report(person, each))


async def reported(review: Review, caller: Caller, answer: str, note: str) -> Problem | None:
    """Report an answer, and return why its reader must wait, if they must."""
    try:
        await review.reporting.report(
            answer, note, principal=caller.principal, origin=caller.origin
        )
    except ReportedOften as often:
        do = f"Wait {often.retry_seconds} seconds and report it again."
        problem = refused(429, "busy", "fewer reports at once", "one too many", do)
        return replace(problem, retry_after=often.retry_seconds)
    return None


async def listed(review: Review, asked: ChosenIn, caller: Caller) -> Listing:
    """Return the cases that a reviewer asks for."""
    return await review.reviewing.listed(
        asked.chosen(caller.name), principal=caller.principal, desk=Desk(caller.name, caller.origin)
    )


async def opened(review: Review, number: int, caller: Caller) -> Seen:
    """Return a case as far as this reviewer may see it."""
    return await review.reviewing.case(
        number, principal=caller.principal, desk=Desk(caller.name, caller.origin)
    )


async def closed(
    review: Review, number: int, do: str, note: str, caller: Caller, tell: str = ""
) -> None:
    """Close a case in this reviewer's name, and tell its asker something if there is anything."""
    principal, desk = caller.principal, Desk(caller.name, caller.origin)
    await review.reviewing.close(number, DECIDED[do], note, principal=principal, desk=desk)
    if tell and review.approving is not None:
        await review.approving.working.tell(number, tell, principal=principal, desk=desk)


async def drafted(review: Review, number: int, caller: Caller) -> None:
    """Make a draft of a case in this reviewer's name."""
    desk = Desk(caller.name, caller.origin)
    await review.reviewing.draft(number, principal=caller.principal, desk=desk)
