"""What the administration pages share: who may come, how an act is carried out, how one looks."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.administration import Administration, administers
from assistant.http import pages
from assistant.http.errors import Problem, refused
from assistant.http.forms import Form
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import caller_of, doing, parts_of
from assistant.signin.caller import Action, Caller, may, require
from assistant.wording import day, say
from retrieval.audit.record import Desk
from retrieval.errors import BadRequest, NotFound
from retrieval.plain import plain

HOME = "/admin"
_TOOLS = f"{HOME}/tools"
_TABS = (
    (HOME, "Overview", None),
    (f"{HOME}/sources", "Sources", Action.MANAGE_SOURCES),
    (f"{HOME}/usage", "Usage", Action.READ_METRICS),
    (f"{HOME}/unanswered", "Unanswered", Action.REVIEW),
    (f"{HOME}/health", "Health", Action.READ_METRICS),
    (f"{HOME}/models", "Models", Action.READ_METRICS),
    (f"{HOME}/people", "People", Action.MANAGE_PEOPLE),
    (f"{HOME}/access", "Access", Action.MANAGE_ACCESS),
    (_TOOLS, "Tools", Action.STOP),
    (f"{HOME}/record", "Record", Action.READ_AUDIT),
    ("/documents", "Documents", Action.GOVERN),
    ("/review", "Review", Action.REVIEW),
)


async def administration_of(request: Request) -> Administration:
    """Return what administrators work with, or raise `NotFound` where nobody administers."""
    part = parts_of(request).administration
    if part is None:
        raise NotFound
    await _count_due(request)
    return await part.get(wait_seconds=PART_WAITS_SECONDS)


async def _count_due(request: Request) -> None:
    """Have the page's head tell whoever governs documents how many are due for review."""
    governing, caller = parts_of(request).governing, getattr(request.state, "caller", None)
    if governing is not None and request.method == "GET" and caller and may(caller, Action.GOVERN):
        part = await governing.get(wait_seconds=PART_WAITS_SECONDS)
        request.state.due = await part.due(principal=caller.principal)


async def administering(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """Return the caller if there is anything here for them to do."""
    if not administers(caller):
        require(caller, Action.STOP)
    return caller


Given = Annotated[Administration, Depends(administration_of)]
Administrator = Annotated[Caller, Depends(administering)]
Stopper = Annotated[Caller, Depends(doing(Action.STOP))]
PeopleManager = Annotated[Caller, Depends(doing(Action.MANAGE_PEOPLE))]
AccessManager = Annotated[Caller, Depends(doing(Action.MANAGE_ACCESS))]
GlassBreaker = Annotated[Caller, Depends(doing(Action.BREAK_GLASS))]
Auditor = Annotated[Caller, Depends(doing(Action.READ_AUDIT))]


def desk_of(caller: Caller) -> Desk:
    """Return who acts and from where, as it is put on record."""
    return Desk(caller.name, caller.origin)


def entered(fields: Form, name: str) -> str:
    """Return what somebody typed into a field, without what cannot be seen."""
    return plain(fields.get(name, "")).strip()


def chosen(fields: Form, name: str) -> str:
    """Return what a page put into a hidden field, to the letter; no database keeps a NUL."""
    return fields.get(name, "").replace("\x00", "")


async def refusal_of(act: Awaitable[object]) -> Problem | None:
    """Carry out an act, and return why it was refused, if it was."""
    try:
        await act
    except (BadRequest, NotFound) as error:
        return told(error)
    return None


def told(error: Exception) -> Problem:
    """Return a refusal as it is shown on the page that asked for the act."""
    status = 404 if isinstance(error, NotFound) else 422
    expected, got, do = parted(plain(str(error)))
    return refused(status, "refused", expected, got, do or "Nothing was changed.")


def parted(message: str) -> tuple[str, str, str]:
    """Return the three parts of a refusal: what was expected, what came, what to do."""
    expected, _, rest = message.removeprefix("Expected ").partition(", got ")
    got, _, do = rest.partition(". ")
    return expected, got.rstrip("."), do


def amiss(expected: str, got: str, do: str = "") -> BadRequest:
    """Return a refusal of what was sent, made of parts that `told` takes apart again.

    Each part stands alone in the code, so that it can be said in another language.
    """
    return BadRequest(f"Expected {expected}, got {got}.{do and ' '}{do}")


def back_to(path: str) -> Response:
    """Send the browser to a page after an act, so that loading it anew repeats nothing."""
    return RedirectResponse(path, status_code=303)


def shown(
    request: Request, template: str, here: str, problem: Problem | None = None, **context: Any
) -> HTMLResponse:
    """Return a page of the administration, with the tabs that its reader may open."""
    caller: Caller = request.state.caller
    has_tools = parts_of(request).workbench is not None
    tabs = [
        (path, name)
        for path, name, action in _TABS
        if (administers(caller) if action is None else may(caller, action))
        and (has_tools or path != _TOOLS)
    ]
    return pages.page(
        request,
        template,
        problem.status if problem else 200,
        problem=problem,
        tabs=tabs,
        tab=here,
        when=when,
        **context,
    )


def when(instant: int | None) -> str:
    """Return an instant as people read it in the language spoken, to the minute."""
    if instant is None:
        return ""
    at = datetime.fromtimestamp(instant, UTC)
    return say("{day}, {time} UTC", day=day(at, is_short=True), time=f"{at:%H:%M}")
