"""Forms: each carries a token that only pages made for the same browser have.

The token is derived from the browser's session, or from a cookie of its own before there is one.
Whoever came without either, through a trusted proxy, must send what only browsers send of
themselves and `headers.py` has judged. A program's token is sent by no browser: it needs none.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends
from starlette.requests import Request

from assistant.http.errors import BadInput
from assistant.http.parts import caller_of
from assistant.signin.caller import Caller, Means
from assistant.signin.cookies import derived, is_derived
from assistant.signin.errors import BadForm

_PURPOSE = "form"
_FIELDS = 128
_JUDGED = ("origin", "sec-fetch-site")
Form = dict[str, str]


def token_for(request: Request) -> str:
    """Return the token for a page's forms; empty where the browser has nothing to bind it to."""
    caller: Caller | None = getattr(request.state, "caller", None)
    secret = caller.session if caller else str(getattr(request.state, "form_secret", ""))
    return derived(secret, _PURPOSE) if secret else ""


def bind(request: Request, secret: str) -> None:
    """Bind the forms of the page that is being made to a secret that goes out with it."""
    request.state.form_secret = secret


async def fields_of(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Form:
    """Return the fields of a caller's form, or raise `BadForm` if another site made it."""
    fields = await _read(request)
    require_own(request, caller, fields.get("form_token", ""))
    return fields


def require_own(request: Request, caller: Caller, token: str) -> None:
    """Raise `BadForm` unless what is sent comes from a page of this caller's own browser."""
    match caller.means:
        case Means.TOKEN:
            is_own = True
        case Means.SESSION:
            is_own = is_derived(token, caller.session, _PURPOSE)
        case _:
            is_own = any(name in request.headers for name in _JUDGED)
    if not is_own:
        _refuse()


async def strangers_fields(request: Request, secret: str) -> Form:
    """Return the fields of a form bound to `secret`, sent before anybody has signed in."""
    fields = await _read(request)
    return fields if _is_bound(fields, secret) else _refuse()


Fields = Annotated[Form, Depends(fields_of)]


def _is_bound(fields: Form, secret: str) -> bool:
    return is_derived(fields.get("form_token", ""), secret, _PURPOSE)


async def _read(request: Request) -> Form:
    """Return each field by its name; of several with one name, the first."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        listed = parse_qs(body, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise BadInput(f"at most {_FIELDS} fields", "more", "Use the form as it is.") from error
    return {name: values[0] for name, values in listed.items()}


def _refuse() -> Form:
    raise BadForm(
        "Expected a form of this browser's own session, got another. Load the page anew and send "
        "it again; cookies must be allowed for this server."
    )
