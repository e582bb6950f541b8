"""The review pages: the queue, a case to decide, and the form by which readers fill it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.administering import back_to, chosen, entered, shown, told
from assistant.http.approved import InApproving, assigned, figures
from assistant.http.conversations import ID
from assistant.http.errors import BadInput, Problem, of_validation
from assistant.http.forms import Fields
from assistant.http.pages import error_page, page
from assistant.http.parts import Asker
from assistant.http.review import (
    ChosenIn,
    InReview,
    Number,
    Reviewer,
    closed,
    drafted,
    listed,
    opened,
    reported,
    to_note,
)
from assistant.http.review_shapes import CaseOut, shown_case, shown_cases
from assistant.review.review import Review
from assistant.signin.caller import Caller
from retrieval.errors import BadRequest
from retrieval.review.case import CaseKind, CaseState

PAGE = "/review"
_FIRST = {"state": "open", "kind": "any", "who": "any", "order": "oldest"}
FAULTS = {
    "number": "another number",
    "amount": "another amount",
    "duration": "another length of time",
    "date": "another date",
    "name": "a name that is not cited",
    "negation": "says yes for no",
    "modal": "must, may or should differ",
    "fit": "not what the words speak of",
    "uncited": "cites nothing that was given",
    "letters": "letters that only look alike",
    "literal": "an address or a code that is not cited",
    "source": "a source that is not cited",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def queue(request: Request, caller: Reviewer, review: InReview) -> Response:
    """Show the cases that the filters choose, the oldest first unless it is said."""
    given = {key: value for key, value in request.query_params.items() if value}
    given = {"order": "oldest"} | given
    problem = None
    try:
        asked = ChosenIn.model_validate(given)
    except ValidationError as error:
        asked, problem = ChosenIn(before=None, order="oldest"), of_validation(error.errors())
    found = shown_cases(await listed(review, asked, caller))
    filters = {name: str(getattr(asked, name)) for name in _FIRST}
    beyond = "after" if asked.order == "oldest" else "before"
    earlier = f"{PAGE}?{urlencode(filters | {beyond: found.earlier})}" if found.earlier else ""
    context: dict[str, Any] = {
        "cases": found.cases,
        "filters": filters,
        "is_filtered": filters != _FIRST or bool(asked.before or asked.after),
        "waiting": (await figures(review.approving)).waiting if review.approving else [],
        "earlier": earlier,
        "states": list(CaseState),
        "kinds_of_case": list(CaseKind),
    }
    return shown(request, "admin_review.html", PAGE, problem, **context)


@router.get(PAGE + "/{case}")
async def case(request: Request, case: Number, caller: Reviewer, review: InReview) -> Response:
    """Show one case with the words that it rests on."""
    return await _case(request, review, case, caller)


@router.post(PAGE + "/{case}")
async def decide(
    request: Request, case: Number, caller: Reviewer, review: InReview, fields: Fields
) -> Response:
    """Resolve or dismiss a case, and go back to the queue."""
    do = chosen(fields, "do")
    if do not in ("resolve", "dismiss"):
        raise BadInput("`do` as resolve or dismiss", "something else", "Use the form as it is.")
    try:
        note, tell = to_note(entered(fields, "note")), to_note(entered(fields, "tell"))
        await closed(review, case, do, note, caller, tell)
    except BadRequest as error:
        return await _case(request, review, case, caller, told(error))
    return back_to(PAGE)


@router.post(PAGE + "/{case}/assign")
async def assign(
    request: Request,
    case: Number,
    caller: Reviewer,
    review: InReview,
    approving: InApproving,
    fields: Fields,
) -> Response:
    """Take a case, hand it on or give it back, and show it again."""
    to = caller.name if chosen(fields, "do") == "take" else chosen(fields, "to")
    try:
        await assigned(approving, case, "" if chosen(fields, "do") == "give" else to, caller)
    except BadRequest as error:
        return await _case(request, review, case, caller, told(error))
    return back_to(PAGE if chosen(fields, "back") == "queue" else f"{PAGE}/{case}")


@router.post(PAGE + "/{case}/draft")
async def draft(case: Number, caller: Reviewer, review: InReview, fields: Fields) -> Response:
    """Have a case wait to become a test case, and show it again."""
    await drafted(review, case, caller)
    return back_to(f"{PAGE}/{case}#draft")


@router.post("/answers/{answer}/report")
async def report(
    request: Request, answer: str, caller: Asker, review: InReview, fields: Fields
) -> Response:
    """Put an answer into the queue for somebody without scripts, and say so."""
    problem = await reported(review, caller, answer, to_note(entered(fields, "note")))
    if problem is None:
        conversation = chosen(fields, "conversation")
        back_to_it = conversation if ID.fullmatch(conversation) else ""
        return page(request, "reported.html", conversation=back_to_it)
    response = error_page(request, problem)
    response.headers["Retry-After"] = str(problem.retry_after)
    return response


async def _case(
    request: Request, review: Review, number: int, caller: Caller, problem: Problem | None = None
) -> Response:
    seen = await opened(review, number, caller)
    found: CaseOut = shown_case(seen)
    more: dict[str, Any] = {"colleagues": [], "may_approve": review.approving is not None}
    if review.approving and seen.case is not None and found.state is CaseState.OPEN:
        names = await review.approving.working.colleagues(seen.case)
        more["colleagues"] = [each for each in names if each != caller.name]
    return shown(request, "admin_case.html", PAGE, problem, case=found, faults=FAULTS, **more)
