"""The tokens page: what a person can come in with, ending it, and tokens for programs.

A token reads as its person does. So for somebody else only tokens are made that read nothing;
whoever answers for the machine may make others at its command line.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant import membership
from assistant.administration import Administration
from assistant.http.admin_people import PAGE as PEOPLE
from assistant.http.administering import (
    Given,
    PeopleManager,
    amiss,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
    told,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.signin.caller import Action, Caller
from retrieval.errors import BadRequest, NotFound

PAGE = f"{PEOPLE}/tokens"
HARMLESS = (Action.READ_METRICS, Action.STOP)
"""What a token may be for that an administrator makes for somebody else: it opens no words."""
_DAYS = 90

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Name = Annotated[str, Query(max_length=126)]


@router.get(PAGE)
async def tokens(request: Request, caller: PeopleManager, given: Given, name: Name) -> Response:
    """Show what a person can come in with, without secrets."""
    return await _tokens(request, caller, given, name)


@router.post(PAGE)
async def make(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Make a token, and show it, this once."""
    name = chosen(fields, "name")
    try:
        secret, _ = await membership.make_token(
            given,
            desk_of(caller),
            name=name,
            label=entered(fields, "label"),
            scopes=_scopes(fields, caller, name),
            days=_days(fields),
        )
    except (BadRequest, NotFound) as error:
        return await _tokens(request, caller, given, name, told(error), fields)
    return await _tokens(request, caller, given, name, secret=secret)


@router.post(f"{PAGE}/revoke")
async def revoke(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Have one credential, or everything that a person can come in with, count no more."""
    name, credential = chosen(fields, "name"), chosen(fields, "credential")
    desk = desk_of(caller)
    if credential:
        problem = await refusal_of(membership.revoke(given, desk, credential))
    else:
        problem = await refusal_of(membership.revoke_all(given, desk, name))
    return await _tokens(request, caller, given, name, problem)


async def _tokens(
    request: Request,
    caller: Caller,
    given: Administration,
    name: str,
    problem: Problem | None = None,
    fields: Form | None = None,
    *,
    secret: str = "",
) -> HTMLResponse:
    person = await given.directory.person(name.replace("\x00", ""))
    return shown(
        request,
        "admin_tokens.html",
        PEOPLE,
        problem,
        person=person,
        held=(await given.credentials.of(person.name))[::-1],
        scopes=_offered(caller, person.name),
        is_own=person.name == caller.name,
        fields=fields or {},
        days=_DAYS,
        secret=secret,
    )


def _offered(caller: Caller, name: str) -> tuple[Action, ...]:
    return tuple(Action) if name == caller.name else HARMLESS


def _scopes(fields: Form, caller: Caller, name: str) -> list[str]:
    ticked = [each for each in Action if f"scope_{each}" in fields]
    beyond = [each for each in ticked if each not in _offered(caller, name)]
    if beyond:
        raise amiss(
            f"scopes that open no words ({', '.join(HARMLESS)}) for somebody else",
            beyond[0],
            "Such a token would read as them: they ask whoever runs the server.",
        )
    return [each.value for each in ticked]


def _days(fields: Form) -> int:
    told_days = fields.get("days", "").strip()
    if not (told_days.isascii() and told_days.isdigit() and len(told_days) < 9):
        raise amiss("1 to 365 days", repr(told_days[:40]))
    return int(told_days)
