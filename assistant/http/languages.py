"""In which language a page speaks: the one chosen, else the first that the browser asks for."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from jinja2 import Environment
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import wording
from assistant.http.choices import kept, sent
from assistant.http.differing import differing
from assistant.http.errors import BadInput
from assistant.http.parts import parts_of
from assistant.signin.addresses import HOME
from assistant.wording import Language, speaking
from retrieval.plain import plain

COOKIE: Final = "pincite_language"
NAMES: Final = {Language.EN: "English", Language.DE: "Deutsch", Language.FR: "Français"}
_ALWAYS_ENGLISH: Final = ("/api/", "/v1/", "/mcp", "/slack/")
"""Where no page is asked for: an API that says things otherwise would be another API."""
_FOR_SCRIPTS: Final = ("answers", "days", "scripts", "scripts_acting", "scripts_upload")

router = APIRouter(include_in_schema=False)


class Speaking:
    """Answer each request in the language of whoever asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS_ENGLISH):
            await self._app(scope, receive, send)
            return
        with speaking(language_of(Headers(scope=scope))):
            await self._app(scope, receive, send)


def language_of(headers: Headers) -> Language:
    """Return the language that was chosen, else the first of ours that is asked for."""
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    if chosen in NAMES:
        return Language(chosen)
    asked = (_wanted(each) for each in headers.get("accept-language", "").split(","))
    ranked = sorted((each for each in asked if each[1] > 0), key=lambda each: -each[1])
    return next((Language(name) for name, _ in ranked if name in NAMES), Language.EN)


def _wanted(text: str) -> tuple[str, float]:
    """Return a language of an `Accept-Language` header and how much it is wanted, 0 to 1."""
    tag, _, quality = text.strip().partition(";")
    name = tag.strip().lower().partition("-")[0]
    try:
        return name, float(quality.strip().removeprefix("q=")) if quality else 1.0
    except ValueError:
        return name, 0.0


@router.post("/language")
async def choose(request: Request) -> Response:
    """Remember the language in a cookie and go back to the page it was chosen on."""
    name, back = await sent(request, "language", "back")
    if name not in NAMES:
        raise BadInput("`language` as one of those offered", "another", "Choose one.")
    return kept(COOKIE, name, back, is_https=parts_of(request).is_https)


def here(request: Request) -> str:
    """Return where to go back to from a choice: this page, if it can be asked for."""
    if request.method not in ("GET", "HEAD"):
        return HOME
    query = f"?{request.url.query}" if request.url.query else ""
    return request.url.path + query


def say(english: str, **facts: Any) -> Markup:
    """Return a sentence of ours as markup; the facts in it are cleaned and escaped.

    `english` is a constant of a template, never what came from elsewhere: a test sees to that.
    """
    said = Markup(wording.say(english))  # noqa: S704 - a constant of ours and what our table has
    return said.format(**{name: _clean(fact) for name, fact in facts.items()}) if facts else said


def counted(count: int, one: str, many: str, **facts: Any) -> Markup:
    """Return which of two sentences of ours tells of `{count}`, as `say` does."""
    return say(wording.counted(count, one, many), count=wording.number(count), **facts)


def says() -> list[tuple[str, str]]:
    """Return what scripts may have to say in the language spoken, by its English."""
    parts = (wording.part(wording.spoken(), name) for name in _FOR_SCRIPTS)
    return [row for each in parts for row in each.items()]


def ours(text: str) -> str | Markup:
    """Return a text in the language spoken; what our tables lack is marked as English."""
    if wording.is_said(text):
        return wording.say(text)
    if (said := differing(text)) is not None:
        return plain(said)
    return Markup('<span lang="en">{}</span>').format(plain(text))


def let_speak(environment: Environment) -> Environment:
    """Let the templates of an environment say what is ours in the language spoken."""
    environment.globals.update(say=say, counted=counted)
    environment.filters.update(ours=ours, number=wording.number)
    return environment


def _clean(fact: Any) -> Any:
    return plain(fact) if isinstance(fact, str) and not isinstance(fact, Markup) else fact
