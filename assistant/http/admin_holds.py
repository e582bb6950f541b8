"""What is done with the record besides reading it: saving it, legal holds, erasing a person."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.http.admin_record import FILTERS, LONGEST, MOST_SAVED, choice_of
from assistant.http.admin_record import PAGE as RECORD
from assistant.http.administering import (
    Auditor,
    Given,
    amiss,
    back_to,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
    told,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.http.parts import doing
from assistant.signin.caller import Action, Caller, may
from retrieval.errors import BadRequest, NotFound
from retrieval.people.reasons import legible

PAGE = f"{RECORD}/holds"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Eraser = Annotated[Caller, Depends(doing(Action.ERASE))]


@router.post(f"{RECORD}/export")
async def export(request: Request, caller: Auditor, given: Given, fields: Fields) -> Response:
    """Return the events that the filters choose as a file, oldest first; it is on record."""
    asked = {name: fields.get(name, "").strip()[:LONGEST] for name in FILTERS}
    lines: list[str] = []
    try:
        choice = choice_of({name: value for name, value in asked.items() if value})
        async for entry in given.record.export(choice, desk_of(caller)):
            if len(lines) == MOST_SAVED:
                raise amiss(
                    f"at most {MOST_SAVED:,} events to save",
                    "more",
                    "Choose a shorter period, or use `pincite audit export --file`.",
                )
            lines.append(json.dumps(entry) + "\n")
    except (BadRequest, NotFound) as error:
        return await _holds(request, caller, given, told(error))
    headers = {"Content-Disposition": 'attachment; filename="record.jsonl"'}
    return Response("".join(lines), media_type="application/octet-stream", headers=headers)


@router.get(PAGE)
async def holds(request: Request, caller: Auditor, given: Given) -> Response:
    """Show who is under a legal hold, and why."""
    return await _holds(request, caller, given)


@router.post(PAGE)
async def hold(request: Request, caller: Eraser, given: Given, fields: Fields) -> Response:
    """Put a person under a legal hold."""
    problem = await refusal_of(_held(given, caller, fields))
    return await _holds(request, caller, given, problem, fields) if problem else back_to(PAGE)


@router.post(f"{PAGE}/release")
async def release(request: Request, caller: Eraser, given: Given, fields: Fields) -> Response:
    """End a legal hold."""
    problem = await refusal_of(given.record.release(chosen(fields, "person"), desk_of(caller)))
    return await _holds(request, caller, given, problem) if problem else back_to(PAGE)


@router.post(f"{RECORD}/erase")
async def erase(request: Request, caller: Eraser, given: Given, fields: Fields) -> Response:
    """Make a person's name and words unreadable for good, once their name was typed twice."""
    if given.erase is None:
        raise NotFound
    name = entered(fields, "person")
    if entered(fields, "again") != name:
        error = amiss("the same name twice", "two", "Type it again.")
        return await _holds(request, caller, given, told(error), erasing=fields)
    try:
        erased = await given.erase(name, desk_of(caller))
    except (BadRequest, NotFound) as error:
        return await _holds(request, caller, given, told(error), erasing=fields)
    return await _holds(request, caller, given, pseudonym=str(erased["pseudonym"]))


async def _held(given: Administration, caller: Caller, fields: Form) -> None:
    person, reason = entered(fields, "person"), entered(fields, "reason")
    if not legible(reason):
        raise amiss("the reason of the legal hold", "none", "Name the case.")
    await given.directory.person(person)
    await given.record.hold(person, reason, desk_of(caller))


async def _holds(
    request: Request,
    caller: Caller,
    given: Administration,
    problem: Problem | None = None,
    fields: Form | None = None,
    *,
    erasing: Form | None = None,
    pseudonym: str = "",
) -> HTMLResponse:
    return shown(
        request,
        "admin_holds.html",
        RECORD,
        problem,
        held=sorted((await given.record.held()).items()),
        may_erase=may(caller, Action.ERASE),
        has_erasing=given.erase is not None,
        fields=fields or {},
        erasing=erasing or {},
        pseudonym=pseudonym,
    )
