"""The sources pages: how each source stands, what it could not take in and why, syncing now."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.failed import told_failure
from assistant.http.administering import (
    HOME,
    Given,
    back_to,
    chosen,
    desk_of,
    refusal_of,
    shown,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.http.parts import doing
from assistant.keeping import Keeping, Known, Standing, standing
from assistant.signin.caller import Action, Caller, may
from assistant.wording import say
from retrieval.documents import now
from retrieval.errors import NotFound
from retrieval.plain import plain

PAGE = f"{HOME}/sources"
ONE = f"{PAGE}/one"
_SHOWN = 50
_OFTEN_SECONDS = 2
_SELDOM_SECONDS = 15
_AGO: Final = (
    (86_400, "{count} days ago"),
    (3_600, "{count} hours ago"),
    (60, "{count} minutes ago"),
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

SourceManager = Annotated[Caller, Depends(doing(Action.MANAGE_SOURCES))]
Name = Annotated[str, Query(max_length=200)]
Beyond = Annotated[str, Query(max_length=4_000)]


async def keeping_of(given: Given) -> Keeping:
    """Return what keeps sources in step, or raise `NotFound` where nothing does."""
    if given.keeping is None:
        raise NotFound
    return given.keeping


InStep = Annotated[Keeping, Depends(keeping_of)]


@router.get(PAGE)
async def sources(
    request: Request, caller: SourceManager, given: Given, keeping: InStep
) -> Response:
    """Show how every source stands."""
    return _list(request, given, keeping, await _standings(given, keeping, caller))


@router.get(ONE)
async def one(
    request: Request,
    caller: SourceManager,
    given: Given,
    keeping: InStep,
    source: Name,
    after: Beyond = "",
) -> Response:
    """Show how one source stands, and which of its documents could not be taken in."""
    return await _one(request, caller, given, keeping, source, after)


@router.post(f"{PAGE}/sync")
async def sync(
    request: Request, caller: SourceManager, given: Given, keeping: InStep, fields: Fields
) -> Response:
    """Have a source looked at now, and show that it is."""
    name = chosen(fields, "source")
    problem = await refusal_of(keeping.ask(name, desk_of(caller)))
    return await _after(request, caller, given, keeping, fields, problem)


@router.post(f"{PAGE}/retry")
async def retry(
    request: Request, caller: SourceManager, given: Given, keeping: InStep, fields: Fields
) -> Response:
    """Have what could not be taken in read again: one document, or all that failed."""
    name, uri = chosen(fields, "source"), chosen(fields, "uri") or None
    problem = await refusal_of(keeping.retry(name, uri, desk_of(caller)))
    return await _after(request, caller, given, keeping, fields, problem)


def address_of_one(source: str, after: str = "") -> str:
    """Return the page of one source, and of its failures beyond a URI."""
    asked = {"source": source} | ({"after": after} if after else {})
    return f"{ONE}?{urlencode(asked, errors='replace')}"


def ago(instant: int | None) -> str:
    """Return how long ago an instant was, to the nearest unit that says enough."""
    if instant is None:
        return say("never")
    seconds = now() - instant
    for size, told in _AGO:
        if seconds >= 2 * size:
            return say(told, count=seconds // size)
    return say("1 minute ago") if seconds >= 60 else say("just now")


async def _after(
    request: Request,
    caller: Caller,
    given: Administration,
    keeping: Keeping,
    fields: Form,
    problem: Problem | None,
) -> Response:
    name = chosen(fields, "source")
    if problem is None:
        return back_to(PAGE if fields.get("from") == "list" else address_of_one(name))
    if await given.sources.get(name) is None:
        lines = await _standings(given, keeping, caller)
        return _list(request, given, keeping, lines, problem)
    return await _one(request, caller, given, keeping, name, "", problem)


def _list(
    request: Request,
    given: Administration,
    keeping: Keeping,
    lines: list[Standing],
    problem: Problem | None = None,
) -> HTMLResponse:
    context: dict[str, Any] = _live(lines) | {
        "lines": lines,
        "next_at": keeping.next_at,
        "one_of": address_of_one,
        "ago": ago,
        "may_upload": given.uploads is not None,
    }
    return shown(request, "admin_sources.html", PAGE, problem, **context)


async def _one(
    request: Request,
    caller: Caller,
    given: Administration,
    keeping: Keeping,
    name: str,
    after: str,
    problem: Problem | None = None,
) -> HTMLResponse:
    found = await given.sources.get(name.replace("\x00", ""))
    if found is None:
        raise NotFound("There is no such source.")
    line = standing(found, await _known(given, keeping, caller), keeping, now())
    beyond = after.replace("\x00", "")
    failed = await keeping.failures.some(found.name, after=beyond, limit=_SHOWN + 1)
    shown_now = failed[:_SHOWN]
    context: dict[str, Any] = _live([line]) | {
        "line": line,
        "trouble": told_failure(line.trouble) if line.trouble else None,
        "failed": [(each, plain(each.uri), told_failure(each)) for each in shown_now],
        "further": address_of_one(found.name, shown_now[-1].uri) if len(failed) > _SHOWN else "",
        "is_first": not after,
        "one_of": address_of_one,
        "next_at": keeping.next_at,
        "ago": ago,
        "may_stop": may(caller, Action.STOP),
    }
    return shown(request, "admin_source.html", PAGE, problem, **context)


def _live(lines: list[Standing]) -> dict[str, Any]:
    """Return how often the page looks again, in seconds, and what it says when that changes."""
    is_busy = any(each.is_busy for each in lines)
    told = "; ".join(
        say("{source} {state}", source=each.source.name, state=say(each.state))
        for each in lines
        if each.is_busy
    )
    return {
        "again_seconds": _OFTEN_SECONDS if is_busy else _SELDOM_SECONDS,
        "told": told or say("Nothing is being synced."),
    }


async def _standings(given: Administration, keeping: Keeping, caller: Caller) -> list[Standing]:
    known, instant = await _known(given, keeping, caller), now()
    return [standing(each, known, keeping, instant) for each in await given.sources.all()]


async def _known(given: Administration, keeping: Keeping, caller: Caller) -> Known:
    return Known(
        counts={each.source: each for each in await given.census.by_source()},
        failures=await keeping.failures.by_source(),
        troubles=await keeping.failures.whole(),
        stops=await given.stops.listed(),
        shut=caller.principal.shut,
    )
