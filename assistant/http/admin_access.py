"""The access page: whom administrators let in or keep out, and what they opened by glass."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.http.administering import (
    HOME,
    AccessManager,
    Given,
    GlassBreaker,
    amiss,
    back_to,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import parts_of
from assistant.signin.caller import Action, Caller, may
from retrieval.access import EVERYONE
from retrieval.documents import now
from retrieval.people.glass import MOST_MINUTES
from retrieval.people.grants import Addition, Effect

PAGE = f"{HOME}/access"
MINUTES = 15
_ENDED_SHOWN = 20

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def access(request: Request, _: AccessManager, given: Given) -> Response:
    """Show every grant and denial, and the glass that was broken, newest first."""
    return await _access(request, given)


@router.post(PAGE)
async def add(request: Request, caller: AccessManager, given: Given, fields: Fields) -> Response:
    """Let a reader in or keep one out."""
    problem = await refusal_of(_added(given, caller, fields))
    return await _access(request, given, problem, fields) if problem else back_to(PAGE)


@router.post(f"{PAGE}/take-back")
async def take_back(
    request: Request, caller: AccessManager, given: Given, fields: Fields
) -> Response:
    """Take a grant or a denial back."""
    problem = await refusal_of(_taken_back(given, caller, fields))
    return await _access(request, given, problem) if problem else back_to(PAGE)


@router.post(f"{PAGE}/break-glass")
async def break_glass(
    request: Request, caller: GlassBreaker, given: Given, fields: Fields
) -> Response:
    """Let whoever is signed in, and nobody else, read one document for a while."""
    problem = await refusal_of(_broken(given, caller, fields))
    return await _access(request, given, problem, broken=fields) if problem else back_to(PAGE)


@router.post(f"{PAGE}/end-glass")
async def end_glass(
    request: Request, caller: AccessManager, given: Given, fields: Fields
) -> Response:
    """End such a reading early, whoever's it is."""
    problem = await refusal_of(_ended(given, caller, fields))
    return await _access(request, given, problem) if problem else back_to(PAGE)


async def _added(given: Administration, caller: Caller, fields: Form) -> None:
    effect, kind = fields.get("effect", ""), fields.get("kind", "")
    if effect not in list(Effect):
        raise amiss(" or ".join(Effect), repr(effect[:40]))
    name = entered(fields, "reader")
    wanted = Addition(
        effect=Effect(effect),
        reader=EVERYONE if kind == EVERYONE else f"{kind}:{name}",
        source=chosen(fields, "source"),
        document_id=entered(fields, "document") or None,
        reason=entered(fields, "reason"),
    )
    await given.add_access(wanted, desk_of(caller))


async def _taken_back(given: Administration, caller: Caller, fields: Form) -> None:
    number = _number(fields, "number", "the number of a grant")
    await given.take_back(number, desk_of(caller))


async def _broken(given: Administration, caller: Caller, fields: Form) -> None:
    minutes = _number(fields, "minutes", f"1 to {MOST_MINUTES} minutes")
    document, reason = entered(fields, "document"), entered(fields, "reason")
    await given.break_glass(document, reason, minutes, desk_of(caller))


async def _ended(given: Administration, caller: Caller, fields: Form) -> None:
    number = _number(fields, "number", "the number of a broken glass")
    await given.end_glass(number, desk_of(caller))


def _number(fields: Form, name: str, expected: str) -> int:
    """Return a whole number that a database can keep."""
    told = fields.get(name, "").strip()
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise amiss(expected, repr(told[:40]))
    return int(told)


async def _access(
    request: Request,
    given: Administration,
    problem: Problem | None = None,
    fields: Form | None = None,
    broken: Form | None = None,
) -> HTMLResponse:
    """Show the page; `fields` and `broken` are what was typed into a form that was refused."""
    known = {f"user:{each.name}" for each in await given.directory.people()} | {EVERYONE}
    known |= {f"group:{each.name}" for each in await given.directory.groups()}
    context: dict[str, Any] = {
        "additions": (await given.grants.all())[::-1],
        "known": known,
        "sources": [each.name for each in await given.sources.all()],
        "fields": fields or {},
        "broken": broken or {},
        **await _glass(request, given),
    }
    return shown(request, "admin_access.html", PAGE, problem, **context)


async def _glass(request: Request, given: Administration) -> dict[str, Any]:
    """Return the glass that is open and the last that ended, with what the reader may read of it.

    Administrators see all of it; a title only where the access rule lets them read the document.
    """
    caller: Caller = request.state.caller
    listed, instant = await given.glass.all(), now()
    still = [each for each in listed if each.is_open(instant)]
    ended = [each for each in listed if not each.is_open(instant)][:_ENDED_SHOWN]
    library = await parts_of(request).library.get(wait_seconds=PART_WAITS_SECONDS)
    opened = [each.document_id for each in (*still, *ended)]
    return {
        "still": still,
        "ended": ended,
        "readable": await library.current(opened, principal=caller.principal),
        "may_break": may(caller, Action.BREAK_GLASS),
        "minutes": MINUTES,
        "most_minutes": MOST_MINUTES,
    }
