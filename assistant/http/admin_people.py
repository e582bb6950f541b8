"""The people page: who may come in, as what, in which groups; each change a form of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant import membership
from assistant.administration import Administration
from assistant.http.administering import (
    HOME,
    Given,
    PeopleManager,
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
from assistant.http.parts import address_of
from retrieval.errors import BadRequest, NotFound
from retrieval.people.directory import Group
from retrieval.people.people import Person, Role

PAGE = f"{HOME}/people"
_MOST_SHOWN = 100

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Find = Annotated[str, Query(max_length=126)]


@router.get(PAGE)
async def people(request: Request, _: PeopleManager, given: Given, find: Find = "") -> Response:
    """Show everybody, or whoever `find` is part of the name of, and every group."""
    return await _people(request, given, find=find)


@router.post(PAGE)
async def add(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Add a person, and show the link by which they set a password, this once."""
    try:
        person, link = await membership.add(
            given,
            desk_of(caller),
            name=entered(fields, "name"),
            display=entered(fields, "display"),
            roles=_roles(fields),
            groups=entered(fields, "groups").replace(",", " ").split(),
        )
    except BadRequest as error:
        return await _people(request, given, told(error), fields=fields)
    whole = await address_of(request) + link
    return await _people(request, given, invited=person, link=whole)


@router.post(f"{PAGE}/invite")
async def invite(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Show a new link by which a person sets a password, this once; earlier links end."""
    name = chosen(fields, "name")
    try:
        link = await membership.invite(given, desk_of(caller), name)
        person = await given.directory.person(name)
    except NotFound as error:
        return await _people(request, given, told(error))
    whole = await address_of(request) + link
    return await _people(request, given, invited=person, link=whole)


@router.post(f"{PAGE}/suspend")
async def suspend(
    request: Request, caller: PeopleManager, given: Given, fields: Fields
) -> Response:
    """Keep a person out from their next request on."""
    act = given.suspend(chosen(fields, "name"), desk_of(caller))
    return await _page_after(request, given, await refusal_of(act))


@router.post(f"{PAGE}/reinstate")
async def reinstate(
    request: Request, caller: PeopleManager, given: Given, fields: Fields
) -> Response:
    """Let a suspended person back in."""
    act = membership.reinstate(given, desk_of(caller), chosen(fields, "name"))
    return await _page_after(request, given, await refusal_of(act))


@router.post(f"{PAGE}/roles")
async def roles(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Give a person the roles that are ticked and no others."""
    act = given.set_roles(chosen(fields, "name"), _roles(fields), desk_of(caller))
    return await _page_after(request, given, await refusal_of(act))


@router.post(f"{PAGE}/join")
async def join(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Put a person or a group into a group, which is made if need be."""
    kind = "group" if fields.get("kind") == "group" else "user"
    member = f"{kind}:{entered(fields, 'member')}"
    act = membership.join(given, desk_of(caller), entered(fields, "group"), [member])
    return await _page_after(request, given, await refusal_of(act))


@router.post(f"{PAGE}/leave")
async def leave(request: Request, caller: PeopleManager, given: Given, fields: Fields) -> Response:
    """Take a member out of a group."""
    member = chosen(fields, "member")
    act = membership.leave(given, desk_of(caller), chosen(fields, "group"), [member])
    return await _page_after(request, given, await refusal_of(act))


async def _page_after(request: Request, given: Administration, problem: Problem | None) -> Response:
    return await _people(request, given, problem) if problem else back_to(PAGE)


async def _people(
    request: Request,
    given: Administration,
    problem: Problem | None = None,
    *,
    find: str = "",
    fields: Form | None = None,
    invited: Person | None = None,
    link: str = "",
) -> HTMLResponse:
    groups = await given.directory.groups()
    found = [each for each in await given.directory.people() if _matches(each, find)]
    context: dict[str, Any] = {
        "everybody": [(each, _groups_of(each, groups)) for each in found[:_MOST_SHOWN]],
        "left_out": max(0, len(found) - _MOST_SHOWN),
        "groups": groups,
        "roles": list(Role),
        "find": find,
        "fields": fields or {},
        "invited": invited,
        "link": link,
    }
    return shown(request, "admin_people.html", PAGE, problem, **context)


def _roles(fields: Form) -> list[str]:
    return [each.value for each in Role if f"role_{each}" in fields]


def _matches(person: Person, find: str) -> bool:
    return find.casefold() in f"{person.name} {person.display}".casefold()


def _groups_of(person: Person, groups: Sequence[Group]) -> list[str]:
    return [each.name for each in groups if f"user:{person.name}" in each.members]
