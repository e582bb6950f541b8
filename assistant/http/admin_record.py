"""The record page: who did what, newest first; looking is recorded too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.http.administering import HOME, Auditor, Given, amiss, desk_of, shown, told, when
from assistant.http.forms import Fields
from assistant.signin.caller import Caller
from retrieval.audit.event import Act
from retrieval.audit.reading import MOST_OPENED, Choice
from retrieval.audit.verification import Verdict
from retrieval.documents import end_of, start_of
from retrieval.errors import BadRequest, NotFound

PAGE = f"{HOME}/record"
_SHOWN = 50
FILTERS = ("person", "document", "since", "until", "act", "text")
LONGEST = 500
MOST_SAVED = 10_000
_INSTANTS = frozenset({"as_of", "since", "until", "before"})

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Detail:
    """What stands under a key of an entry; `several` is how many there are of it, 0 for one."""

    key: str
    value: str
    several: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown: `details` are its ids and counts, `words` what was said."""

    number: int
    at: int
    act: str
    actor: str
    origin: str
    concerns: tuple[str, ...]
    details: tuple[Detail, ...]
    words: tuple[tuple[str, str], ...]
    are_words_erased: bool


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
    filters = {name: value for name, value in asked.items() if value}
    lines: list[Line] = []
    problem, earlier = None, ""
    try:
        choice, before = choice_of(filters), _before(request.query_params.get("before", ""))
        found = await given.record.latest(choice, desk_of(caller), limit=_SHOWN + 1, before=before)
        lines = [line_of(each) for each in found[:_SHOWN]]
        if len(found) > _SHOWN:
            earlier = f"{PAGE}?{urlencode(filters | {'before': lines[-1].number})}"
    except (BadRequest, NotFound) as error:
        problem = told(error)
    context: dict[str, Any] = {
        "lines": lines,
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


def line_of(entry: Mapping[str, Any]) -> Line:
    """Return an entry as `KeptRecord.latest` gives it, in the shape that it is shown in."""
    words = entry["words"]
    return Line(
        number=entry["number"],
        at=entry["at"],
        act=act_name(entry["act"]),
        actor=entry["actor"],
        origin=entry["origin"],
        concerns=tuple(entry["concerns"]),
        details=tuple(_details(entry["about"])),
        words=tuple(words.items()) if isinstance(words, Mapping) else (),
        are_words_erased=not isinstance(words, Mapping),
    )


def act_name(act: str) -> str:
    """Return an act in words: looking at the record is kept as an export of it."""
    return "read the record" if act == Act.EXPORT else str(act).replace("_", " ")


def _details(about: Mapping[str, object]) -> Iterator[Detail]:
    """Yield what stands in an entry, key by key, without what is empty."""
    for key, value in about.items():
        if value not in (None, "", [], {}):
            name = key.replace("_", " ")
            if key in _INSTANTS and isinstance(value, int):
                yield Detail(name, when(value))
            else:
                several = len(value) if isinstance(value, list) else 0
                yield Detail(name, _told(value), several)


def _told(value: object) -> str:
    """Return what stands under a key of an entry as a line of text."""
    match value:
        case dict():
            return ", ".join(f"{each.key} {each.value}" for each in _details(value))
        case list() if any(isinstance(each, dict) for each in value):
            return "; ".join(map(_told, value))
        case list():
            return ", ".join(map(_told, value))
        case _:
            return str(value)


def choice_of(filters: Mapping[str, str]) -> Choice:
    """Return the entries that filters choose, or raise `BadRequest`."""
    act = filters.get("act", "")
    if act and act not in list(Act):
        raise amiss("an act of the list", repr(act[:40]), "Choose one.")
    since, until = filters.get("since"), filters.get("until")
    return Choice(
        person=filters.get("person", ""),
        document=filters.get("document", ""),
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
