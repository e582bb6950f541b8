"""Whether keys without a modifier do anything: who speaks to a browser can switch them off."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from assistant.http.choices import kept, sent
from assistant.http.errors import BadInput
from assistant.http.parts import parts_of

COOKIE: Final = "pincite_letter_keys"
ON: Final = "on"
OFF: Final = "off"

router = APIRouter(include_in_schema=False)


def has_letter_keys(request: Request) -> bool:
    """Return whether such keys work for whoever asks: until they are switched off, they do."""
    return request.cookies.get(COOKIE) != OFF


@router.post("/keys")
async def choose(request: Request) -> Response:
    """Remember in a cookie whether such keys work, and go back to the page it was chosen on."""
    choice, back = await sent(request, "keys", "back")
    if choice not in (ON, OFF):
        raise BadInput("`keys` as one of those offered", "another", "Choose one.")
    return kept(COOKIE, choice, back, is_https=parts_of(request).is_https)
