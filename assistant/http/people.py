"""A stand-in for sign-in, for demonstrations: anybody may choose to be one of a few people."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response

from assistant.http.choices import sent
from assistant.http.errors import BadInput
from assistant.signin.addresses import peer_of
from assistant.signin.caller import Caller, Means
from retrieval.access import Principal
from retrieval.errors import NotFound

COOKIE = "pincite_person"


@dataclass(frozen=True, slots=True)
class People:
    """The people to choose from; the first one is who asks before a choice is made."""

    members: tuple[Principal, ...]

    async def authenticate(self, connection: HTTPConnection) -> Caller:
        """Return the chosen person as a caller without account or role."""
        chosen = self.chosen(connection)
        return Caller(chosen, None, Means.CHOICE, f"web {peer_of(connection)}")

    def chosen(self, connection: HTTPConnection) -> Principal:
        """Return the chosen person."""
        name = unquote(connection.cookies.get(COOKIE, ""))
        return next((each for each in self.members if each.name == name), self.members[0])

    def knows(self, name: str) -> bool:
        """Return whether there is a person of this name."""
        return any(each.name == name for each in self.members)


router = APIRouter()


@router.post("/person", include_in_schema=False)
async def choose(request: Request) -> Response:
    """Remember the choice in a cookie and go back to the start page."""
    people: People | None = request.app.state.parts.people
    if people is None:
        raise NotFound
    (name,) = await sent(request, "person")
    if not people.knows(name):
        raise BadInput("`person` as one of the names offered", "another name", "Choose one.")
    response = RedirectResponse("/", status_code=303)
    response.set_cookie(COOKIE, quote(name), samesite="strict", httponly=True, path="/")
    return response
