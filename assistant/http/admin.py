"""The administration's first page: what is stopped, how the sources stand, whether all is sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.administration import Administration
from assistant.http.administering import (
    HOME,
    Administrator,
    Given,
    Stopper,
    back_to,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.signin.caller import Action, Caller, may
from retrieval.halting import ANSWERS, EVERYTHING, Sort, Stop, Target, target_of
from retrieval.sources import SourceRecord

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How a source stands: what it holds, and whether its documents can be read."""

    source: SourceRecord
    documents: int
    is_shut: bool
    is_stopped: bool


@router.get(HOME)
async def overview(request: Request, caller: Administrator, given: Given) -> Response:
    """Show what is stopped, the sources and the record, as far as the caller may know."""
    return await _overview(request, caller, given)


@router.post(f"{HOME}/stop")
async def stop(request: Request, caller: Stopper, given: Given, fields: Fields) -> Response:
    """Stop what is chosen, and show that it is."""
    problem = await refusal_of(_stopped(given, caller, fields))
    return await _overview(request, caller, given, problem, fields) if problem else back_to(HOME)


@router.post(f"{HOME}/resume")
async def resume(request: Request, caller: Stopper, given: Given, fields: Fields) -> Response:
    """Let what is named go on; what goes on already is left so."""
    problem = await refusal_of(_resumed(given, caller, fields))
    return await _overview(request, caller, given, problem) if problem else back_to(HOME)


async def _stopped(given: Administration, caller: Caller, fields: Form) -> None:
    sort = fields.get("what", "")
    name = chosen(fields, f"{sort}_name").strip()
    target = Target(Sort(sort), name) if sort in (Sort.USER, Sort.SOURCE) else target_of(sort)
    await given.stop(target, entered(fields, "reason"), desk_of(caller))


async def _resumed(given: Administration, caller: Caller, fields: Form) -> None:
    await given.resume(target_of(chosen(fields, "target")), desk_of(caller))


async def _overview(
    request: Request,
    caller: Caller,
    given: Administration,
    problem: Problem | None = None,
    fields: Form | None = None,
) -> HTMLResponse:
    stops = await given.stops.listed()
    context: dict[str, Any] = {
        "stops": sorted(stops, key=lambda each: (each.target != EVERYTHING, each.at)),
        "is_all_stopped": any(each.target == EVERYTHING for each in stops),
        "is_silent": any(each.target in (EVERYTHING, ANSWERS) for each in stops),
        "may_stop": may(caller, Action.STOP),
        "sources": await _sources(given, caller, stops),
        "newest": await given.record.newest() if may(caller, Action.READ_AUDIT) else None,
        "fields": fields or {},
    }
    return shown(request, "admin.html", HOME, problem, **context)


async def _sources(given: Administration, caller: Caller, stops: list[Stop]) -> list[SourceLine]:
    counts = {each.source: each.documents for each in await given.census.by_source()}
    stopped = {each.target.name for each in stops if each.target.sort is Sort.SOURCE}
    return [
        SourceLine(
            source=each,
            documents=counts.get(each.name, 0),
            is_shut=each.name in caller.principal.shut,
            is_stopped=each.name in stopped,
        )
        for each in await given.sources.all()
    ]
