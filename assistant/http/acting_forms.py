"""A page for each tool: its arguments as a form, and what came of the call.

What only reads is done at once and shown; what changes anything goes to its confirmation. The gate
decides on a call of this page as on any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.acting import Acting, AtWorkbench, accounts_of, acting_as, shown_came
from assistant.http.acting_inputs import Input, blank, filled
from assistant.http.administering import back_to
from assistant.http.confirmation_shapes import confirmation_link
from assistant.http.forms import Fields
from assistant.http.languages import ours
from assistant.http.pages import page
from assistant.http.shapes import source_link
from assistant.signin.caller import Caller
from assistant.wording import say
from retrieval.errors import NotFound
from tools.call import MOST_NAME, Call
from tools.confirmation import Came, Denied, Done, Failed, Waiting
from tools.telling import told
from tools.tool import Tool
from tools.workbench import Workbench

PAGE = "/actions/tools"
_STATUS = {"done": 200, "denied": 403, "failed": 502}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ToolName = Annotated[str, Path(max_length=MOST_NAME)]


def form_link(tool: str) -> str:
    """Return our own address of a tool's form."""
    return f"{PAGE}/{quote(tool, safe='')}"


@router.get(PAGE + "/{tool}")
async def form(
    request: Request, tool: ToolName, caller: Acting, workbench: AtWorkbench
) -> Response:
    """Show what a tool does, and a form of what it takes."""
    opened = _open_to(caller, workbench, tool)
    return await _form(request, caller, workbench, opened, blank(opened.fields))


@router.post(PAGE + "/{tool}")
async def act(
    request: Request, tool: ToolName, caller: Acting, workbench: AtWorkbench, fields: Fields
) -> Response:
    """Call a tool with what was filled in, if it can be what the tool takes."""
    opened = _open_to(caller, workbench, tool)
    inputs, arguments = filled(opened.fields, fields)
    if any(each.fault for each in inputs):
        refused = say("Nothing was done. See what is marked below.")
        return await _form(request, caller, workbench, opened, inputs, 422, refused=refused)
    turn = workbench.turn(acting_as(caller), session=caller.bound_to)
    came = await turn.call(Call(tool, arguments), form=True)
    if isinstance(came, Waiting):
        return back_to(confirmation_link(came.confirmation.id))
    return await _answered(request, caller, workbench, opened, inputs, came)


def why_not(came: Came, workbench: Workbench) -> str:
    """Return why a call was not made or failed, "" if neither, as a page says it."""
    match came:
        case Denied():
            return told(came.decision, workbench.tools.get(came.call.tool), say)
        case Failed():
            return ours(came.told)
    return ""


def _open_to(caller: Caller, workbench: Workbench, name: str) -> Tool:
    """Return a tool; raise `NotFound` if there is none of this name for this person."""
    tool = workbench.tools_for(acting_as(caller)).get(name)
    if tool is None:
        raise NotFound("Expected a tool that is open to you, got another name. See Actions.")
    return tool


async def _answered(
    request: Request,
    caller: Caller,
    workbench: Workbench,
    tool: Tool,
    inputs: Sequence[Input],
    came: Came,
) -> HTMLResponse:
    """Show what came of a call above its form."""
    out = shown_came(came, workbench, caller)
    shown: dict[str, Any] = {"refused": why_not(came, workbench)}
    if isinstance(came, Done):
        shown["came"] = out
        shown["found"] = [
            (source_link(each.version.document_id, each.version.number, each.start, each.end), each)
            for each in came.result.passages
        ]
        shown["text"] = came.result.text
    if isinstance(came, Denied) and came.decision.argument in tool.fields:
        about = came.decision.argument
        fault = told(replace(came.decision, argument=""), say=say)
        inputs = [replace(each, fault=fault if each.argument == about else "") for each in inputs]
    return await _form(request, caller, workbench, tool, inputs, _STATUS[out.outcome], **shown)


async def _form(
    request: Request,
    caller: Caller,
    workbench: Workbench,
    tool: Tool,
    inputs: Sequence[Input],
    status: int = 200,
    **shown: Any,
) -> HTMLResponse:
    connected: Mapping[str, bool] = await accounts_of(workbench, caller)
    first = next((each.name for each in inputs if each.fault), "")
    context = {"came": None, "found": [], "text": "", "refused": ""} | shown
    return page(
        request,
        "tool.html",
        status,
        tool=tool,
        address=form_link(tool.name),
        inputs=inputs,
        first_fault=first,
        is_connected=not tool.system or connected.get(tool.system, False),
        **context,
    )
