"""The web pages: ask, search, a source opened at its words. They work without scripts."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from jinja2 import Environment, Template
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assistant.administration import administers
from assistant.http.ask import replied
from assistant.http.conversation_shapes import shown_turns
from assistant.http.errors import Problem, of_validation
from assistant.http.escaping import escaping
from assistant.http.forms import token_for
from assistant.http.grouped import grouped
from assistant.http.opened import excerpt, flowing, notices, pieces, sheets
from assistant.http.opened import groups as grouped_rows
from assistant.http.owners import looked_at, looks_at
from assistant.http.parts import Asker, InParts, Reader, Searcher, parts_of
from assistant.http.reading import Library, Offset, Opened, has_page_images, span_of
from assistant.http.requests import QUESTION_LIMIT, STANDING, AskIn, SearchIn, day_of, given
from assistant.http.search import hits
from assistant.http.shapes import AnswerOut, source_link
from assistant.http.table import table
from assistant.signin.caller import Action, may
from retrieval.documents import Kind, Status, now
from retrieval.people.glass import OWNERS_SEE_DAYS

WEB = Path(__file__).parent.parent / "web"

_NAMES = re.compile(r"`(\w+)`")
_WORDS = {"question": "a question", "q": "a question", "as_of": "the day", "kinds": "the kind"}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def _day(value: date | int | None) -> str:
    if isinstance(value, int):
        value = datetime.fromtimestamp(value, UTC).date()
    return f"{value.day} {value:%B %Y}" if value else ""


def _said(expected: str) -> str:
    """Return what was expected in a form's own words instead of the API's names."""
    return _NAMES.sub(lambda match: _WORDS.get(match[1], match[1]), expected)


def environment_of(*folders: Path) -> Environment:
    """Return what renders our templates and those in `folders`, which may extend ours."""
    environment = escaping(WEB / "templates", *folders)
    environment.filters.update(day=_day, flowing=flowing, groups=grouped_rows, said=_said)
    environment.filters.update(grouped=grouped)
    environment.globals.update(table=lambda rows: table([each.runs for each in rows]))
    environment.globals.update(kinds=list(Kind), statuses=list(Status), limit=QUESTION_LIMIT)
    environment.globals.update(owners_see_days=OWNERS_SEE_DAYS)
    return environment


_TEMPLATES = environment_of()


def page(
    request: Request, template: str | Template, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page; who asks is shown on each."""
    parts, asker = parts_of(request), getattr(request.state, "caller", None)
    people = parts.people
    html = _TEMPLATES.get_template(template).render(
        asker=asker,
        is_administrator=bool(parts.administration and asker and administers(asker)),
        annexes=[each for each in parts.annexes if asker and may(asker, each.action)],
        is_reviewer=bool(parts.review and asker and may(asker, Action.REVIEW)),
        may_report=parts.review is not None,
        form_token=token_for(request),
        people=people,
        has_history=parts.history is not None,
        chosen=people.chosen(request).name if people else "",
        today=day_of(now()),
        **context,
    )
    return HTMLResponse(html.encode("utf-8", "replace"), status)


def error_page(request: Request, problem: Problem) -> HTMLResponse:
    """Return a page that says what was expected, what came and what to do."""
    return page(request, "error.html", problem.status, problem=problem)


@router.get("/")
async def home(request: Request, parts: InParts, caller: Asker) -> HTMLResponse:
    """Ask: the box alone, or the box and the reply to `q`."""
    fields = _as_asked(given(request.query_params.multi_items()))
    context: dict[str, Any] = {"examples": parts.examples, "fields": fields, "problem": None}
    context |= {"looked_at": [], "turns": [], "conversation": fields.get("conversation", "")}
    if "question" not in fields:
        context["looked_at"] = await looked_at(request, caller)
        return page(request, "ask.html", reply=None, **context)
    try:
        asked = AskIn.model_validate(fields)
    except ValidationError as error:
        context["problem"] = of_validation(error.errors())
        return page(request, "ask.html", context["problem"].status, reply=None, **context)
    context["answer"] = asked.answer or secrets.token_hex(16)
    asked = asked.model_copy(update={"answer": context["answer"]})
    if asked.conversation and parts.history:
        history = await parts.history.get()
        earlier = await history.opened(asked.conversation, principal=caller.principal)
        context["turns"] = shown_turns(asked.conversation, earlier).turns
    reply = await replied(asked, parts, caller)
    context["conversation"] = reply.conversation
    groups = grouped(reply) if isinstance(reply, AnswerOut) else []
    return page(request, "ask.html", reply=reply, groups=groups, **context)


def _as_asked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return form fields under the names that `AskIn` gives them."""
    names = {"q": "question", "kind": "kinds"}
    return {names.get(name, name): value for name, value in fields.items()}


@router.get("/search")
async def search(
    request: Request, parts: InParts, library: Library, caller: Searcher
) -> HTMLResponse:
    """Search: filters, and what was found for `q`."""
    fields = given(request.query_params.multi_items())
    context: dict[str, Any] = {
        "fields": fields,
        "facets": await library.facets(principal=caller.principal),
        "standing": [each.value for each in STANDING],
        "problem": None,
        "found": None,
        "more": "",
    }
    if "q" not in fields:
        return page(request, "search.html", **context)
    try:
        asked = SearchIn.model_validate(fields)
    except ValidationError as error:
        context["problem"] = of_validation(error.errors())
        return page(request, "search.html", context["problem"].status, **context)
    context["found"] = await hits(asked, parts, caller)
    if len(context["found"]) == asked.limit < 50:
        context["more"] = "/search?" + urlencode(fields | {"limit": 50}, doseq=True)
    return page(request, "search.html", **context)


@router.get("/source/{document}/{number}")
async def source(
    request: Request,
    opened: Opened,
    library: Library,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
    view: Annotated[str, Query(pattern="^(pages|text)$")] = "pages",
    at: Offset = None,
) -> HTMLResponse:
    """A version opened at its cited words: drawn pages where there are some, else its text."""
    span = span_of(opened, start, end)
    as_pages = (has_pages := has_page_images(opened)) and view == "pages"
    versions = await library.versions(opened.document_id, principal=caller.principal)
    stored = await library.text(opened, principal=caller.principal)
    shown: dict[str, Any] = {"sheets": [], "pieces": []}
    if as_pages:
        drawn = await sheets(library, opened, span, principal=caller.principal, at=at)
        shown["sheets"], shown["window"] = drawn
    else:
        shown["window"] = excerpt(stored, span, at)
        shown["pieces"] = pieces(stored, span, shown["window"])
    link = source_link(opened.document_id, opened.number, start, end or 0)
    return page(
        request,
        "source.html",
        version=opened,
        versions=versions,
        notices=notices(opened, versions, now()),
        looks=await looks_at(request, opened, caller),
        instant=now(),
        has_pages=has_pages,
        as_pages=as_pages,
        is_lit=span is not None,
        words=stored.text[span.start : span.end] if span else "",
        link=link,
        view_link=f"{link}{'&' if span else '?'}view=",
        api=f"/api/documents/{opened.document_id}/versions/{opened.number}",
        **shown,
    )
