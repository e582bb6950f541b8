"""The access page: whom administrators let in or keep out, beyond what the sources state."""

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
    back_to,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.signin.caller import Caller
from retrieval.access import EVERYONE
from retrieval.errors import BadRequest
from retrieval.people.grants import Addition, Effect

PAGE = f"{HOME}/access"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def access(request: Request, _: AccessManager, given: Given) -> Response:
    """Show every grant and denial, newest first."""
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


async def _added(given: Administration, caller: Caller, fields: Form) -> None:
    effect, kind = fields.get("effect", ""), fields.get("kind", "")
    if effect not in list(Effect):
        raise BadRequest(f"Expected {' or '.join(Effect)}, got {effect[:40]!r}.")
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
    number = fields.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise BadRequest(f"Expected the number of a grant, got {number[:40]!r}.")
    await given.take_back(int(number), desk_of(caller))


async def _access(
    request: Request,
    given: Administration,
    problem: Problem | None = None,
    fields: Form | None = None,
) -> HTMLResponse:
    known = {f"user:{each.name}" for each in await given.directory.people()} | {EVERYONE}
    known |= {f"group:{each.name}" for each in await given.directory.groups()}
    context: dict[str, Any] = {
        "additions": (await given.grants.all())[::-1],
        "known": known,
        "sources": [each.name for each in await given.sources.all()],
        "fields": fields or {},
    }
    return shown(request, "admin_access.html", PAGE, problem, **context)
