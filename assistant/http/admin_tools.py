"""The tools page of the administration: what there is, for whom, what was called, switching off."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.acting import AtWorkbench, BeforeCall, listed
from assistant.http.administering import (
    HOME,
    Given,
    Stopper,
    amiss,
    back_to,
    chosen,
    desk_of,
    entered,
    refusal_of,
    shown,
    told,
)
from assistant.http.errors import Problem
from assistant.http.forms import Fields
from assistant.signin.caller import Caller
from retrieval.halting import Sort, Stop, Target
from tools.policy import Listed
from tools.tool import Tool
from tools.workbench import Workbench

PAGE = f"{HOME}/tools"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class ToolLine:
    """One tool: what it is, how the policy lists it, and what stops it.

    `listed` is None where the policy does not name it: then nobody may use it. `has_changed`: it
    is not what was accepted.
    """

    tool: Tool
    listed: Listed | None
    stop: Stop | None

    @property
    def has_changed(self) -> bool:
        """Return whether it differs from what the policy accepted."""
        return self.listed is not None and self.listed.revision != self.tool.revision


@router.get(PAGE)
async def tools(
    request: Request, caller: Stopper, given: Given, workbench: AtWorkbench, before: BeforeCall = ""
) -> Response:
    """Show every tool, and the newest calls of everybody as far as the caller may read them."""
    return await _tools(request, caller, given, workbench, before)


@router.post(f"{PAGE}/stop")
async def stop(
    request: Request, caller: Stopper, given: Given, workbench: AtWorkbench, fields: Fields
) -> Response:
    """Switch one tool off, everywhere within seconds."""
    name = chosen(fields, "tool")
    if name not in workbench.tools:
        problem = told(amiss("a tool that there is", "another"))
        return await _tools(request, caller, given, workbench, problem=problem)
    act = given.stop(Target(Sort.TOOL, name), entered(fields, "reason"), desk_of(caller))
    return await _after(request, caller, given, workbench, await refusal_of(act))


@router.post(f"{PAGE}/resume")
async def resume(
    request: Request, caller: Stopper, given: Given, workbench: AtWorkbench, fields: Fields
) -> Response:
    """Let a tool be used again."""
    act = given.resume(Target(Sort.TOOL, chosen(fields, "tool")), desk_of(caller))
    return await _after(request, caller, given, workbench, await refusal_of(act))


async def _after(
    request: Request,
    caller: Caller,
    given: Given,
    workbench: Workbench,
    problem: Problem | None,
) -> Response:
    if problem is None:
        return back_to(PAGE)
    return await _tools(request, caller, given, workbench, problem=problem)


async def _tools(
    request: Request,
    caller: Caller,
    given: Given,
    workbench: Workbench,
    before: str = "",
    problem: Problem | None = None,
) -> HTMLResponse:
    stops = {each.target: each for each in await given.stops.listed()}
    listing, there = workbench.policy.tools, workbench.tools
    lines = [
        ToolLine(tool, listing.get(name), stops.get(Target(Sort.TOOL, name)))
        for name, tool in sorted(there.items())
    ]
    return shown(
        request,
        "admin_tools.html",
        PAGE,
        problem,
        lines=lines,
        missing=sorted(listing.keys() - there.keys()),
        policy=workbench.policy.digest,
        made=await listed(workbench, caller, before, everybody=True),
        is_first=not before,
    )
