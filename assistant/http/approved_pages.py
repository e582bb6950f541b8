"""The pages of approved answers: a case is answered from sources; what was published is kept up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.answers import Question
from assistant.http import approved_form as form
from assistant.http.administering import back_to, chosen, shown, told
from assistant.http.approved import (
    AnswerNumber,
    InApproving,
    ListedIn,
    answer_of,
    changed,
    listed,
    published,
    replied_to,
    withdrawn,
)
from assistant.http.approved_shapes import shown_approved_answer
from assistant.http.errors import BadInput, Problem, of_validation, problem_of
from assistant.http.forms import Fields, Form
from assistant.http.pages import page
from assistant.http.parts import Asker, InParts, Parts
from assistant.http.review import InReview, Number, Reviewer
from assistant.http.review_pages import FAULTS, PAGE
from assistant.http.review_shapes import AskedOut, shown_asked
from assistant.review.approving import Approving
from assistant.review.publishing import Shown, Wanted
from assistant.signin.caller import Caller
from retrieval.approved.approved import ApprovedState
from retrieval.documents import Passage, Scope, now
from retrieval.errors import BadRequest, NotFound

APPROVED = "/approved"
_FOUND = 6

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Publish = Callable[[Wanted], Awaitable[int]]


@router.get(PAGE + "/{case}/answer")
async def answer_case(
    request: Request, case: Number, caller: Reviewer, review: InReview, approving: InApproving
) -> Response:
    """Show the form in which a case is answered, with what was found as its sources."""
    found = await review.reviewing.own(case, principal=caller.principal)
    ids = list(dict.fromkeys(each.passage_id for each in found.matter.evidence))
    passages = await _read(approving, ids[: form.MOST_SOURCES], caller)
    draft = form.fresh(found.matter.question, caller.name)
    asked = shown_asked(await review.reviewing.asked(found, principal=caller.principal))
    at = f"{PAGE}/{case}"
    return await _form(request, approving, draft, passages, at, caller, is_asked=True, asked=asked)


@router.post(PAGE + "/{case}/answer")
async def publish_case(
    request: Request,
    case: Number,
    caller: Reviewer,
    parts: InParts,
    review: InReview,
    approving: InApproving,
    fields: Fields,
) -> Response:
    """Find more words, check what was written, or publish it."""
    found = await review.reviewing.own(case, principal=caller.principal)
    asked = shown_asked(await review.reviewing.asked(found, principal=caller.principal))

    async def act(wanted: Wanted) -> int:
        return await published(review, approving, case, wanted, caller)

    at = f"{PAGE}/{case}"
    return await _sent(request, fields, at, act, parts, approving, caller, asked)


@router.get(APPROVED)
async def answers(request: Request, caller: Reviewer, approving: InApproving) -> Response:
    """Show approved answers, newest first."""
    given = {key: value for key, value in request.query_params.items() if value}
    problem = None
    try:
        asked = ListedIn.model_validate(given)
    except ValidationError as error:
        asked, problem = ListedIn(before=None), of_validation(error.errors())
    found = await listed(approving, asked, caller)
    earlier = {"state": str(asked.state), "before": found.earlier}
    return shown(
        request,
        "admin_approved.html",
        PAGE,
        problem,
        answers=found.answers,
        state=asked.state,
        states=list(ApprovedState),
        earlier=f"{APPROVED}?{urlencode(earlier)}" if found.earlier else "",
    )


@router.get(APPROVED + "/{answer}")
async def answer(
    request: Request, answer: AnswerNumber, caller: Reviewer, approving: InApproving
) -> Response:
    """Show an approved answer with its editions."""
    return await _answer(request, answer, caller, approving)


@router.post(APPROVED + "/{answer}/withdraw")
async def withdraw(
    request: Request,
    answer: AnswerNumber,
    caller: Reviewer,
    approving: InApproving,
    fields: Fields,
) -> Response:
    """Withdraw an answer, and show it again."""
    try:
        await withdrawn(approving, answer, caller)
    except BadRequest as error:
        return await _answer(request, answer, caller, approving, told(error))
    return back_to(f"{APPROVED}/{answer}")


@router.get(APPROVED + "/{answer}/edit")
async def edit(
    request: Request, answer: AnswerNumber, caller: Reviewer, approving: InApproving
) -> Response:
    """Show the form in which an answer is changed, or published again."""
    found = await _own(approving, answer, caller)
    assert found.approved is not None
    content = found.approved.edition.content
    cited = dict.fromkeys(place.passage_id for each in content.sentences for place in each.cites)
    passages = [found.passages[each] for each in cited if each in found.passages]
    draft = form.of_content(content, passages)
    after = found.approved.edition.number
    at = f"{APPROVED}/{answer}"
    return await _form(request, approving, draft, passages, at, caller, after=after)


@router.post(APPROVED + "/{answer}/edit")
async def publish_again(
    request: Request,
    answer: AnswerNumber,
    caller: Reviewer,
    parts: InParts,
    approving: InApproving,
    fields: Fields,
) -> Response:
    """Find more words, check what was written, or publish it as a new edition."""
    await _own(approving, answer, caller)
    after = chosen(fields, "after")
    if not after.isdecimal() or len(after) > 9:
        raise BadInput("`after` as the number of an edition", "another", "Use the form as it is.")

    async def act(wanted: Wanted) -> int:
        await changed(approving, answer, wanted, int(after), caller)
        return answer

    at = f"{APPROVED}/{answer}"
    return await _sent(request, fields, at, act, parts, approving, caller)


@router.get("/replies")
async def replies(request: Request, caller: Asker, approving: InApproving) -> Response:
    """Show what reviewers tell somebody of questions of theirs."""
    found = await replied_to(approving, caller)
    return page(request, "replies.html", replies=found.replies)


async def _sent(
    request: Request,
    fields: Form,
    at: str,
    act: Publish,
    parts: Parts,
    approving: Approving,
    caller: Caller,
    asked: AskedOut | None = None,
) -> Response:
    """Do what a button of the form says, and show the form again unless it was published."""
    draft = form.sent(fields)
    after = int(fields["after"]) if fields.get("after", "").isdecimal() else None
    ids = form.passages_of(fields)
    passages = await _read(approving, ids, caller)
    if len(passages) < len(ids):
        raise BadInput(
            "sources that are all yours to read", "some that are not now", "Load the page anew."
        )
    numbered = dict(enumerate(passages, 1))
    problem = None
    try:
        if chosen(fields, "do") == "find":
            passages = [*passages, *await _found(parts, draft.find, passages, caller)]
        else:
            sentences = form.written(draft, numbered)
            wanted = form.wanted(draft, [each for _, each in sentences])
            checked = await approving.publishing.check(wanted.sentences, principal=caller.principal)
            form.judged([row for row, _ in sentences], checked, FAULTS)
            if chosen(fields, "do") == "publish":
                return back_to(f"{APPROVED}/{await act(wanted)}")
    except (BadRequest, NotFound) as error:
        problem = told(error)
    except BadInput as error:
        problem = problem_of(error)
    more = {"after": after, "asked": asked}
    return await _form(request, approving, draft, passages, at, caller, problem, **more)


async def _found(parts: Parts, text: str, have: Sequence[Passage], caller: Caller) -> list[Passage]:
    """Return passages that a search finds, without those that are there; it is on record."""
    if not text:
        return []
    assistant = await parts.assistant.get()
    question = Question(text, caller.principal, Scope(as_of=now()), caller.origin)
    hits = await assistant.search(question, _FOUND)
    known = {each.id for each in have}
    room = form.MOST_SOURCES - len(have)
    return [each.passage for each in hits if each.passage.id not in known][:room]


async def _read(approving: Approving, ids: Sequence[int], caller: Caller) -> list[Passage]:
    """Return those of the passages that this reviewer may read, in order."""
    found = await approving.publishing.passages(ids, principal=caller.principal)
    return [found[each] for each in ids if each in found]


async def _own(approving: Approving, number: int, caller: Caller) -> Shown:
    found = await answer_of(approving, number, caller)
    if found.approved is None:
        raise NotFound("There is no such answer that you may work on.")
    return found


async def _answer(
    request: Request,
    number: int,
    caller: Caller,
    approving: Approving,
    problem: Problem | None = None,
) -> Response:
    found = shown_approved_answer(await answer_of(approving, number, caller))
    readers = found.newest.readers if found.newest else []
    return shown(
        request,
        "admin_approved_answer.html",
        PAGE,
        problem,
        answer=found,
        faults=FAULTS,
        strangers=await approving.publishing.strangers(readers),
    )


async def _form(
    request: Request,
    approving: Approving,
    draft: form.Draft,
    passages: Sequence[Passage],
    at: str,
    caller: Caller,
    problem: Problem | None = None,
    **more: Any,
) -> Response:
    versions = [each.version for each in passages]
    counting = await approving.publishing.counting(versions, principal=caller.principal)
    context: dict[str, Any] = {
        "draft": draft,
        "sources": form.sources_of(passages, counting),
        "passages": ",".join(str(each.id) for each in passages),
        "at": at,
        "action": f"{at}/answer" if at.startswith(PAGE) else f"{at}/edit",
        "after": None,
        "is_asked": False,
        "asked": None,
    }
    return shown(request, "admin_answer.html", PAGE, problem, **(context | more))
