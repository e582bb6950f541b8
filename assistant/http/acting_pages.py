"""The pages of acting: what waits for one's word, what was done, and one's accounts elsewhere.

They work without scripts. A confirmation shows every argument to the letter, no word of a model.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.acting import (
    Acting,
    AtWorkbench,
    BeforeCall,
    CallId,
    Confirmer,
    accounts_of,
    acting_as,
    listed,
)
from assistant.http.acting_forms import form_link, why_not
from assistant.http.administering import amiss, back_to, chosen, told, when
from assistant.http.confirmation_shapes import confirmation_link, shown_confirmation
from assistant.http.errors import Problem
from assistant.http.forms import Fields
from assistant.http.pages import page
from assistant.signin.caller import Caller
from retrieval.errors import BadRequest
from tools.confirmation import Done, Failed, Standing, Waiting
from tools.showing import YOURSELF
from tools.workbench import Workbench

PAGE = "/actions"
_BEGUN = frozenset({Standing.DOING, Standing.DONE, Standing.FAILED, Standing.UNKNOWN})

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get(PAGE)
async def actions(
    request: Request, caller: Acting, workbench: AtWorkbench, before: BeforeCall = ""
) -> Response:
    """Show what waits, what was done lately, and which accounts are connected."""
    return await _actions(request, caller, workbench, before)


@router.post(PAGE + "/accounts")
async def connect(
    request: Request, caller: Acting, workbench: AtWorkbench, fields: Fields
) -> Response:
    """Keep one's own credential at a far system, sealed, for calls on one's own behalf."""
    system = chosen(fields, "system")
    try:
        _check_system(system, workbench, caller)
        await workbench.secrets.set(
            caller.name, system, chosen(fields, "secret").strip(), origin=caller.origin
        )
    except BadRequest as error:
        return await _actions(request, caller, workbench, problem=told(error))
    return back_to(f"{PAGE}#accounts")


@router.post(PAGE + "/accounts/remove")
async def disconnect(caller: Acting, workbench: AtWorkbench, fields: Fields) -> Response:
    """Forget one's credential at a far system."""
    await workbench.secrets.forget(caller.name, chosen(fields, "system"), origin=caller.origin)
    return back_to(f"{PAGE}#accounts")


@router.get("/confirmations/{confirmation}")
async def confirmation(
    request: Request, confirmation: CallId, caller: Acting, workbench: AtWorkbench
) -> Response:
    """Show a call that waits, or what became of it."""
    return await _confirmation(request, confirmation, caller, workbench)


@router.post("/confirmations/{confirmation}/confirm")
async def confirm(
    request: Request,
    confirmation: CallId,
    caller: Confirmer,
    workbench: AtWorkbench,
    fields: Fields,
) -> Response:
    """Have exactly what was shown be done, once, and show what came of it."""
    came = await workbench.confirm(
        confirmation,
        asker=acting_as(caller),
        session=caller.bound_to,
        digest=chosen(fields, "digest"),
    )
    if isinstance(came, Done | Failed | Waiting):
        return back_to(confirmation_link(confirmation))
    now_there = await workbench.confirmation(confirmation, asker=acting_as(caller))
    if now_there.standing is Standing.DOING:  # the word was given twice, and the first one counts
        return back_to(confirmation_link(confirmation))
    refused = why_not(came, workbench)
    return await _confirmation(request, confirmation, caller, workbench, refused=refused)


@router.post("/confirmations/{confirmation}/decline")
async def decline(
    confirmation: CallId, caller: Confirmer, workbench: AtWorkbench, _: Fields
) -> Response:
    """Have what waits not be done, and show that."""
    await workbench.decline(confirmation, asker=acting_as(caller))
    return back_to(confirmation_link(confirmation))


async def _confirmation(
    request: Request,
    confirmation: str,
    caller: Caller,
    workbench: Workbench,
    refused: str = "",
) -> HTMLResponse:
    asker = acting_as(caller)
    found = await workbench.confirmation(confirmation, asker=asker)
    made = await workbench.call_made(confirmation, asker=asker)
    return page(
        request,
        "confirmation.html",
        403 if refused else 200,
        each=shown_confirmation(found, caller.name),
        made=made,
        refused=refused,
        is_waiting=found.standing is Standing.WAITING,
        is_begun=found.standing in _BEGUN,
        is_mine_to_confirm=found.approver == YOURSELF or found.asker != caller.name,
    )


async def _actions(
    request: Request,
    caller: Caller,
    workbench: Workbench,
    before: str = "",
    problem: Problem | None = None,
) -> HTMLResponse:
    opened = workbench.tools_for(acting_as(caller)).values()
    waiting = await workbench.waiting(acting_as(caller))
    return page(
        request,
        "actions.html",
        problem.status if problem else 200,
        problem=problem,
        waiting=[shown_confirmation(each, caller.name) for each in waiting],
        made=await listed(workbench, caller, before),
        is_first=not before,
        tools=sorted(opened, key=lambda each: each.name),
        form_link=form_link,
        accounts=(await accounts_of(workbench, caller)).items(),
        when=when,
    )


def _check_system(system: str, workbench: Workbench, caller: Caller) -> None:
    known = {each.system for each in workbench.tools_for(acting_as(caller)).values()}
    if not system or system not in known:
        raise amiss("a system of one of your tools", "another", "Nothing was connected.")
