"""The record page: who did what, newest first; looking is recorded too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.http.administering import HOME, Auditor, Given, amiss, desk_of, shown, told
from assistant.http.forms import Fields
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import parts_of
from assistant.http.record_shown import Line, document_of, documents_of, lines_of
from assistant.http.record_words import act_name
from assistant.signin.caller import Action, Caller, may
from retrieval.audit.event import Act
from retrieval.audit.reading import MOST_OPENED, Choice
from retrieval.audit.verification import Verdict
from retrieval.documents import end_of, start_of
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.plain import plain

PAGE = f"{HOME}/record"
_SHOWN = 50
FILTERS = ("person", "document", "since", "until", "act", "text")
LONGEST = 500
MOST_SAVED = 10_000

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def record(request: Request, caller: Auditor, given: Given) -> Response:
    """Show the newest entries that the filters choose, or those before entry `before`."""
    return await _record(request, caller, given)


@router.post(f"{PAGE}/check")
async def check(request: Request, caller: Auditor, given: Given, _: Fields) -> Response:
    """Check the whole record, and show whether it is sound or where it is not."""
    return await _record(request, caller, given, await given.checked())


async def _record(
    request: Request, caller: Caller, given: Administration, verdict: Verdict | None = None
) -> HTMLResponse:
    asked = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FILTERS}
    asked["document"] = document_of(asked["document"])
    filters = {name: value for name, value in asked.items() if value}
    lines: list[Line] = []
    problem, earlier = None, ""
    try:
        choice, before = choice_of(filters), _before(request.query_params.get("before", ""))
        found = await given.record.latest(choice, desk_of(caller), limit=_SHOWN + 1, before=before)
        lines = lines_of(found[:_SHOWN])
        if len(found) > _SHOWN:
            earlier = f"{PAGE}?{urlencode(filters | {'before': found[_SHOWN - 1]['number']})}"
    except (BadRequest, NotFound) as error:
        problem = told(error)
    context: dict[str, Any] = {
        "lines": lines,
        "titles": await _titles(request, caller, lines),
        "earlier": earlier,
        "filters": filters,
        "is_newest": "before" not in request.query_params,
        "acts": list(Act),
        "act_name": act_name,
        "verdict": verdict,
        "most_opened": MOST_OPENED,
        "most_saved": MOST_SAVED,
    }
    return shown(request, "admin_record.html", PAGE, problem, **context)


async def _titles(request: Request, caller: Caller, lines: Sequence[Line]) -> dict[str, str]:
    """Return the titles of the documents that lines name, of those that this person may read.

    The record can be read though the library cannot: then there are none.
    """
    documents = documents_of(lines)
    if not documents or not may(caller, Action.READ):
        return {}
    try:
        library = await parts_of(request).library.get(wait_seconds=PART_WAITS_SECONDS)
        found = await library.current(documents, principal=caller.principal)
    except Unavailable:
        return {}
    return {document: plain(each.title) for document, each in found.items()}


def choice_of(filters: Mapping[str, str]) -> Choice:
    """Return the entries that filters choose, or raise `BadRequest`."""
    act = filters.get("act", "")
    if act and act not in list(Act):
        raise amiss("an act of the list", repr(act[:40]), "Choose one.")
    since, until = filters.get("since"), filters.get("until")
    return Choice(
        person=filters.get("person", ""),
        document=document_of(filters.get("document", "")),
        since=_instant(start_of, since) if since else None,
        until=_instant(end_of, until) if until else None,
        acts=frozenset({Act(act)} if act else ()),
        text=filters.get("text", ""),
    )


def _instant(edge_of: Callable[[date], int], text: str) -> int:
    try:
        return edge_of(date.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise amiss("a day as YYYY-MM-DD", repr(text[:40])) from error


def _before(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise amiss("the number of an entry", repr(text[:40]))
    return int(text)
