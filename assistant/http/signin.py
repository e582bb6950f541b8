"""Sign in and out over HTTP: forms and redirects. Programs send a token and need none of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote, urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import URL
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.http import pages
from assistant.http.administering import amiss, parted
from assistant.http.errors import Problem, refused
from assistant.http.forms import Fields, Form, bind, strangers_fields
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import caller_of, parts_of
from assistant.signin.addresses import HOME, safe_next
from assistant.signin.caller import Caller
from assistant.signin.cookies import new_secret
from assistant.signin.errors import (
    BadForm,
    BadInvitation,
    NotAllowed,
    NotSignedIn,
    ProviderFailed,
    SignInError,
    TooManyTries,
    WrongCredentials,
)
from assistant.signin.passwords import LONGEST, SHORTEST
from assistant.signin.signin import Outside, SignIn
from retrieval.errors import BadRequest, NotFound

PAGE = "/sign-in"
_SECRET_LENGTH = 43
_LONGEST_KEPT = 3_000
_WRONG = (
    "a name and the password that belongs to it",
    "something else",
    "Try again, or ask an administrator for a new link.",
)
_USED = (
    "a link that was not used yet and is not older than a day",
    "another",
    "Ask an administrator for a new one.",
)
_FOREIGN = (
    "a form of this browser's own session",
    "another",
    "Load the page anew and send it again; cookies must be allowed for this server.",
)
"""What people meet most, in the parts that are said in their language: a test compares."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


async def sign_in_of(request: Request) -> SignIn:
    """Return what signs people in, or raise `NotFound` where there is nothing to sign in to."""
    part = parts_of(request).sign_in
    if part is None:
        raise NotFound
    return await part.get(wait_seconds=PART_WAITS_SECONDS)


async def outside_of(sign_in: Annotated[SignIn, Depends(sign_in_of)]) -> Outside:
    """Return the sign-in provider, or raise `NotFound` where there is none."""
    if sign_in.outside is None:
        raise NotFound
    return sign_in.outside


async def sent_fields(request: Request, sign_in: Annotated[SignIn, Depends(sign_in_of)]) -> Form:
    """Return the fields of a form that is sent before anybody has signed in."""
    return await strangers_fields(request, sign_in.cookies.form.read(request))


In = Annotated[SignIn, Depends(sign_in_of)]
Out = Annotated[Outside, Depends(outside_of)]
Sent = Annotated[Form, Depends(sent_fields)]
Next = Annotated[str, Query(alias="next", max_length=4_000)]


@router.get(PAGE)
async def sign_in_page(request: Request, sign_in: In, wanted: Next = HOME) -> Response:
    """Show how one may sign in."""
    wanted = safe_next(wanted)
    context = {"wanted": wanted, "name": "", "this_page": _page(wanted)}
    return _form(request, sign_in, "signin.html", problem=None, **context)


@router.post(PAGE)
async def sign_in_by_password(request: Request, sign_in: In, fields: Sent) -> Response:
    """Begin a session for a name and its password."""
    if not sign_in.options.has_passwords:
        raise NotFound
    name, wanted = fields.get("name", "").strip(), safe_next(fields.get("next", HOME))
    address = sign_in.authenticator.address_of(request)
    try:
        await sign_in.accounts.check(name, fields.get("password", ""), address)
    except (WrongCredentials, TooManyTries) as error:
        context = {"wanted": wanted, "name": name}
        return _form(request, sign_in, "signin.html", problem=problem_of(error), **context)
    return await _begun(request, sign_in, name, "password", wanted)


@router.get(f"{PAGE}/provider")
async def go_outside(request: Request, sign_in: In, outside: Out, wanted: Next = HOME) -> Response:
    """Send the browser to the sign-in provider, bound to it by a cookie."""
    flow = new_secret()
    response = RedirectResponse(await outside.party.address(flow), status_code=303)
    sign_in.cookies.flow.write(response, flow + _kept(safe_next(wanted)))
    return response


@router.get(f"{PAGE}/callback")
async def come_back(request: Request, sign_in: In, outside: Out) -> Response:
    """Take what the provider sent the browser back with, and begin a session."""
    kept = sign_in.cookies.flow.read(request)
    flow, wanted = kept[:_SECRET_LENGTH], safe_next(unquote(kept[_SECRET_LENGTH:]))
    address = sign_in.authenticator.address_of(request)
    try:
        person = await outside.returns.admit(flow, dict(request.query_params), address)
        response = await _begun(request, sign_in, person.name, "oidc", wanted)
    except (ProviderFailed, TooManyTries) as error:
        told = problem_of(error)
        context = {"wanted": wanted, "name": "", "this_page": PAGE}
        response = _form(request, sign_in, "signin.html", problem=told, **context)
        if isinstance(error, TooManyTries):
            return response  # nothing was judged: loading the page again tries it
    sign_in.cookies.flow.drop(response)
    return response


@router.post("/sign-out")
async def sign_out(
    sign_in: In, caller: Annotated[Caller, Depends(caller_of)], fields: Fields
) -> Response:
    """End the session, here and in the database."""
    await sign_in.sessions.end(caller)
    response = RedirectResponse(PAGE, status_code=303)
    sign_in.cookies.session.drop(response)
    return response


@router.get("/invitation/{secret}")
async def invitation(request: Request, sign_in: In, secret: str) -> Response:
    """Show the form that sets a password. Looking at it does not use up the link."""
    person = await sign_in.accounts.invited(secret)
    return _form(request, sign_in, "invitation.html", person=person, secret=secret)


@router.post("/invitation/{secret}")
async def accept(request: Request, sign_in: In, secret: str, fields: Sent) -> Response:
    """Set the password, use up the link, and begin a session."""
    password = fields.get("password", "")
    try:
        if password != fields.get("again", ""):
            raise amiss("the same password twice", "two", "Type it again.")
        origin = sign_in.authenticator.origin_of(request)
        person = await sign_in.accounts.accept(secret, password, origin)
    except BadRequest as error:
        context = {"person": await sign_in.accounts.invited(secret), "secret": secret}
        told = _told(422, "bad_password", error)
        return _form(request, sign_in, "invitation.html", problem=told, **context)
    return await _begun(request, sign_in, person.name, "invitation", HOME)


def _kept(wanted: str) -> str:
    """Return a path as a cookie can hold it; the start page for one that is too long."""
    quoted = quote(wanted, safe="")
    return quoted if len(quoted) <= _LONGEST_KEPT else HOME


async def _begun(request: Request, sign_in: SignIn, name: str, by: str, wanted: str) -> Response:
    """Begin a session with a fresh secret, whatever cookie the browser came with."""
    origin = sign_in.authenticator.origin_of(request)
    earlier = sign_in.cookies.session.read(request)
    secret = await sign_in.sessions.begin(name, by, origin, earlier)
    response = RedirectResponse(wanted, status_code=303)
    sign_in.cookies.session.write(response, secret)
    sign_in.cookies.form.drop(response)
    return response


def _form(
    request: Request,
    sign_in: SignIn,
    template: str,
    *,
    problem: Problem | None = None,
    **context: object,
) -> Response:
    """Return a page with a form bound to a cookie that goes out with it."""
    secret = sign_in.cookies.form.read(request) or new_secret()
    bind(request, secret)
    provider = sign_in.options.provider
    response = pages.page(
        request,
        template,
        problem.status if problem else 200,
        problem=problem,
        provider=provider.title if provider else "",
        has_passwords=sign_in.options.has_passwords,
        shortest=SHORTEST,
        longest=LONGEST,
        **context,
    )
    if problem and problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    sign_in.cookies.form.write(response, secret)
    return response


def problem_of(error: SignInError) -> Problem:
    """Return how a failure to sign in is shown."""
    match error:
        case NotSignedIn():
            return _told(401, "not_signed_in", error)
        case NotAllowed():
            return _told(403, "not_allowed", error)
        case BadForm():
            return refused(403, "bad_form", *_FOREIGN)
        case TooManyTries():
            told = _told(429, "too_many_tries", error)
            return Problem(told.status, told.detail, retry_after=error.wait_seconds)
        case BadInvitation():
            return refused(410, "bad_invitation", *_USED)
        case WrongCredentials():
            return refused(401, "wrong_credentials", *_WRONG)
        case ProviderFailed(is_down=True):
            told = _told(503, "provider_unreachable", error)
            return Problem(told.status, told.detail, retry_after=60)
        case _:
            return _told(401, "wrong_credentials", error)


def to_sign_in(request: Request) -> Response:
    """Send a browser to the sign-in page, and back to where it was going afterwards.

    Whoever sent a form comes back to its page: nothing that was sent is done unseen.
    """
    going = request.url
    if request.method not in ("GET", "HEAD"):
        came_from = URL(request.headers.get("referer", ""))
        going = came_from if came_from.netloc == going.netloc else URL(HOME)
    wanted = safe_next(going.path + (f"?{going.query}" if going.query else ""))
    return RedirectResponse(_page(wanted), status_code=303)


def _page(wanted: str) -> str:
    """Return the address of the sign-in page that leads on to a path."""
    return PAGE if wanted == HOME else f"{PAGE}?{urlencode({'next': wanted})}"


def _told(status: int, code: str, error: Exception) -> Problem:
    """Return a message in its three parts: what was expected, what came, what to do."""
    expected, got, do = parted(str(error))
    return refused(status, code, expected, got, do or "Try again.")
