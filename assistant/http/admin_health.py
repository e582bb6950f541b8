"""The health page and the register of models: looked at on demand, nobody waits for it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.checkup import Checkups, Look, Models, PartState
from assistant.http.admin_sources import SourceManager, ago
from assistant.http.admin_usage import MetricsReader
from assistant.http.administering import (
    HOME,
    Given,
    back_to,
    chosen,
    desk_of,
    shown,
    told,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields
from assistant.signin.caller import Action, Caller, may
from assistant.wording import say
from retrieval.errors import BadRequest, Damaged, NotFound, Unavailable

PAGE = f"{HOME}/health"
MODELS = f"{HOME}/models"
_OFTEN_SECONDS = 2
_SELDOM_SECONDS = 30
_ORDER = {PartState.WRONG: 0, PartState.NOTE: 1}
_PARTS: Final = frozenset(
    {"settings", "home folder", "server", "database", "originals", "sources", "record"}
    | {"embedding model", "index", "reader of files", "language model", "traces"}
)
"""The parts that have a name in every language; any other keeps its own."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


async def checkups_of(given: Given) -> Checkups:
    """Return what looks at the parts, or raise `NotFound` where nothing does."""
    if given.checkups is None:
        raise NotFound
    return given.checkups


async def models_of(given: Given) -> Models:
    """Return the register of models, or raise `NotFound` where there is none."""
    if given.models is None:
        raise NotFound
    return given.models


Looking = Annotated[Checkups, Depends(checkups_of)]
InRegister = Annotated[Models, Depends(models_of)]


@router.get(PAGE)
async def health(
    request: Request, caller: MetricsReader, given: Given, looking: Looking
) -> Response:
    """Show how each part stood when it was last looked at."""
    return _health(request, caller, looking, has_models=given.models is not None)


@router.post(f"{PAGE}/look")
async def look(
    request: Request, caller: SourceManager, given: Given, looking: Looking, fields: Fields
) -> Response:
    """Begin to look at one part, or at all."""
    part = chosen(fields, "part")
    try:
        looking.begin([part] if part else [])
    except BadRequest as error:
        has_models = given.models is not None
        return _health(request, caller, looking, told(error), has_models=has_models)
    return back_to(PAGE)


@router.get(MODELS)
async def models(
    request: Request, caller: MetricsReader, given: Given, register: InRegister
) -> Response:
    """Show every registered model, which one answers, and when each was verified."""
    return await _models(request, caller, register, given.checkups)


@router.post(f"{MODELS}/verify")
async def verify(
    request: Request, caller: SourceManager, given: Given, register: InRegister, fields: Fields
) -> Response:
    """Begin to verify one model, or every one."""
    name, desk = chosen(fields, "name"), desk_of(caller)
    try:
        if name and name not in {each.name for each in await register.listed()}:
            raise BadRequest("Expected a registered model, got another.")
        register.begin(name, desk.by, desk.origin)
    except BadRequest as error:
        return await _models(request, caller, register, given.checkups, told(error))
    return back_to(MODELS)


def _health(
    request: Request,
    caller: Caller,
    looking: Checkups,
    problem: Problem | None = None,
    *,
    has_models: bool,
) -> HTMLResponse:
    looks = looking.looks()
    is_busy = any(each.state is PartState.LOOKING for each in looks)
    wrong = sum(1 for each in looks if each.state is PartState.WRONG)
    return shown(
        request,
        "admin_health.html",
        PAGE,
        problem,
        looks=sorted(looks, key=lambda each: _ORDER.get(each.state, 2)),
        wrong=wrong,
        is_busy=is_busy,
        is_unseen=all(each.state is PartState.UNSEEN for each in looks),
        ago=ago,
        parted=parted,
        named=named,
        may_look=may(caller, Action.MANAGE_SOURCES),
        has_models=has_models,
        again_seconds=_OFTEN_SECONDS if is_busy else _SELDOM_SECONDS,
        told=_told(wrong, is_busy=is_busy),
    )


async def _models(
    request: Request,
    caller: Caller,
    register: Models,
    checkups: Checkups | None,
    problem: Problem | None = None,
) -> HTMLResponse:
    try:
        listed = await register.listed()
    except (Damaged, Unavailable) as error:
        listed, problem = [], problem or told(error)
    looks = checkups.looks() if checkups else ()
    found = next((each for each in looks if each.part == "language model"), None)
    is_busy = register.verifying is not None
    return shown(
        request,
        "admin_models.html",
        MODELS,
        problem,
        models=listed,
        served=register.served,
        is_served_known=any(each.is_served for each in listed),
        verifying=register.verifying,
        failed=register.failed,
        capability=_seen(found),
        ago=ago,
        may_verify=may(caller, Action.MANAGE_SOURCES),
        again_seconds=_OFTEN_SECONDS if is_busy else _SELDOM_SECONDS,
        told=say("Models are being verified.") if is_busy else say("No model is being verified."),
    )


def _told(wrong: int, *, is_busy: bool) -> str:
    if is_busy:
        return say("Parts are being looked at.")
    return say("{wrong} parts are wrong.", wrong=wrong)


def named(part: str) -> str:
    """Return what a part is called in the language spoken."""
    return say(part) if part in _PARTS else part


def parted(look: Look) -> tuple[str, str]:
    """Return what was found of a part, and what to do about it where that is said."""
    found = look.found
    if found.partition(" ")[0].isalpha():  # a name is left as it is written
        found = found[:1].upper() + found[1:]
    what, dot, do = found.partition(". ")
    if look.state is not PartState.WRONG or not dot:
        return found, ""
    return f"{what}.", do


def _seen(look: Look | None) -> Look | None:
    """Return what was found of the model, if it was looked at."""
    return look if look is not None and look.at is not None else None
