"""What a browser is to remember of a small choice: sent by a form of any page, kept in a cookie."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assistant.http.errors import BadInput
from assistant.signin.addresses import safe_next

_KEPT_SECONDS: Final = 365 * 24 * 3600
_FIELDS: Final = 4


async def sent(request: Request, *names: str) -> tuple[str, ...]:
    """Return what a form says under each of the names, "" where it says nothing."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        form = parse_qs(body, max_num_fields=_FIELDS)
    except ValueError as error:
        raise BadInput(f"at most {_FIELDS} fields", "more", "Use the form as it is.") from error
    return tuple(form.get(each, [""])[0] for each in names)


def kept(cookie: str, choice: str, back: str, *, is_https: bool) -> Response:
    """Remember a choice in a cookie and go back to the page it was made on."""
    response = RedirectResponse(safe_next(back), status_code=303)
    response.set_cookie(
        cookie,
        choice,
        max_age=_KEPT_SECONDS,
        samesite="lax",
        httponly=True,
        secure=is_https,
        path="/",
    )
    return response
