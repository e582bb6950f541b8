"""The pages of sharing: making and ending links to a conversation, and opening one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.http.colleagues import colleagues
from assistant.http.conversation_changes import changed
from assistant.http.conversation_pages import PAGE
from assistant.http.conversation_shapes import shown_masked, shown_turns
from assistant.http.conversations import ID, InHistory, Own
from assistant.http.errors import BadInput, Problem, problem_of
from assistant.http.forms import Fields, Form
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.pages import page
from assistant.http.parts import Asker, InParts, Reader, address_of
from assistant.http.reading import Library
from assistant.http.remembering import Remembering
from assistant.sharing import Sharing
from assistant.signin.caller import Caller
from retrieval.conversation_shares import MOST_DAYS
from retrieval.errors import NotFound

DAYS: Final = (1, 7, 30, MOST_DAYS)
_USUAL: Final = 30

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


async def sharing_of(parts: InParts) -> Sharing:
    """Return what shares; where there is nobody to share with, there is no such thing."""
    if parts.sharing is None:
        raise NotFound
    return await parts.sharing.get(wait_seconds=PART_WAITS_SECONDS)


async def share_id(share: Annotated[str, Path()]) -> str:
    """Return the id, or raise the same `NotFound` for what cannot be one."""
    if not ID.fullmatch(share):
        raise NotFound
    return share


InSharing = Annotated[Sharing, Depends(sharing_of)]
ShareId = Annotated[str, Depends(share_id)]
Turn = Annotated[str, Query(pattern="^[0-9a-f]{32}$|^$")]
Address = Annotated[str, Depends(address_of)]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a page of sharing is of, and which link was just made."""

    conversation: str
    turn: str
    made: str
    address: str


@router.get(PAGE + "/{conversation}/share")
async def share_page(
    request: Request,
    caller: Asker,
    history: InHistory,
    sharing: InSharing,
    conversation: Own,
    address: Address,
    turn: Turn = "",
    made: Turn = "",
) -> Response:
    """Show what would be shared, with whom it is, and the form to share it."""
    shown = _Shown(conversation, turn, made, address)
    return await _page(request, caller, history, sharing, shown)


async def _page(
    request: Request,
    caller: Caller,
    history: Remembering,
    sharing: Sharing,
    shown: _Shown,
    problem: Problem | None = None,
    fields: Form | None = None,
) -> Response:
    conversation, turn = shown.conversation, shown.turn
    turns = await history.opened(conversation, principal=caller.principal)
    chosen = [each for each in turns if turn in ("", each.id)]
    if not chosen:
        raise NotFound("There is no such answer in this conversation. Check the address.")
    title = await history.title(conversation, principal=caller.principal)
    return page(
        request,
        "share.html",
        problem.status if problem else 200,
        problem=problem,
        fields=fields or {},
        conversation=conversation,
        turn=turn,
        made=shown.made,
        title=title,
        asked=shown_turns(conversation, chosen).turns,
        questions={each.id: each.question for each in shown_turns(conversation, turns).turns},
        shares=await sharing.of(conversation, principal=caller.principal),
        address=shown.address,
        days=DAYS,
        usual=_USUAL,
    )


@router.post(PAGE + "/{conversation}/share")
async def share(
    request: Request,
    caller: Asker,
    parts: InParts,
    history: InHistory,
    sharing: InSharing,
    conversation: Own,
    address: Address,
    fields: Fields,
) -> Response:
    """Make a link, and show it; or show the form as it was sent, and what is wrong with it."""
    turn, who = fields.get("turn", ""), fields.get("who", "")
    if who not in ("named", "everybody") or (turn and not ID.fullmatch(turn)):
        raise BadInput("whom to share with", "nobody", "Choose people by name, or everybody here.")
    try:
        to = await colleagues(parts, fields.get("names", "")) if who == "named" else None
        days = _days(fields.get("days", ""))
    except BadInput as error:
        shown, told = _Shown(conversation, turn, "", address), problem_of(error)
        return await _page(request, caller, history, sharing, shown, told, fields)
    made = await sharing.make(
        conversation,
        principal=caller.principal,
        origin=caller.origin,
        turn=turn,
        to=to,
        days=days,
    )
    about = f"turn={turn}&" if turn else ""
    return RedirectResponse(f"{PAGE}/{conversation}/share?{about}made={made.id}", status_code=303)


@router.post(PAGE + "/{conversation}/share/{share}/end")
async def end(
    caller: Asker, sharing: InSharing, conversation: Own, share: ShareId, _: Fields
) -> Response:
    """End a link, and show those that are left."""
    await sharing.end(conversation, share, principal=caller.principal, origin=caller.origin)
    return RedirectResponse(f"{PAGE}/{conversation}/share", status_code=303)


@router.get("/shared/{share}")
async def shared(
    request: Request, caller: Reader, sharing: InSharing, library: Library, share: ShareId
) -> Response:
    """Show what a link leads to, as far as whoever opens it may read it now."""
    found = await sharing.opened(share, principal=caller.principal, origin=caller.origin)
    recalled = [each.turn for each in found.turns]
    context: dict[str, Any] = {
        "shared": found,
        "is_own": found.by == caller.principal.name,
        "turns": shown_masked(found.turns),
        "changes": await changed(recalled, library, principal=caller.principal),
    }
    return page(request, "shared.html", **context)


def _days(typed: str) -> int:
    if typed not in map(str, DAYS):
        raise BadInput("for how long", "another number of days", "Choose one of those offered.")
    return int(typed)
