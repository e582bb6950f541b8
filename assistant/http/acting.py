"""Tools over HTTP: what one may call, a call with arguments of one's own, and one's word on it.

A call by this entrance has all its arguments from the caller, as a form has. It passes the same
gate as a model's, and what changes anything waits for a word here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.http.confirmation_shapes import ConfirmationOut, shown_confirmation
from assistant.http.documented import ERRORS
from assistant.http.errors import BadInput
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import doing, parts_of
from assistant.signin.caller import Action, Caller
from retrieval.errors import NotFound
from retrieval.plain import plain
from tools.call import NoCall, read_call
from tools.confirmation import Came, Denied, Done, Failed, Standing, Waiting
from tools.kept import Made
from tools.matching import schema_of
from tools.telling import told
from tools.tool import Asker as ToolAsker
from tools.tool import Effect, Tool
from tools.workbench import Workbench

JSON = "application/json"
MOST_LISTED = 50

router = APIRouter(prefix="/api", tags=["tools"], responses=ERRORS)

Acting = Annotated[Caller, Depends(doing(Action.ACT))]
Confirmer = Annotated[Caller, Depends(doing(Action.CONFIRM))]
CallId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
BeforeCall = Annotated[str, Query(pattern=r"^([0-9a-f]{32})?$")]


class ToolOut(BaseModel):
    """A tool that is open to you here. `is_connected`: its system has your credential, if asked."""

    name: str
    says: str
    effect: Effect
    system: str
    is_connected: bool
    arguments: dict[str, Any]


class ToolsOut(BaseModel):
    """All that you may call."""

    tools: list[ToolOut]


class CallOut(BaseModel):
    """What came of a call. `happened` is null where nobody knows whether it did something."""

    outcome: Literal["done", "confirmation", "denied", "failed"]
    id: str = ""
    told: str = ""
    title: str = ""
    text: str = ""
    link: str = ""
    undo: str = ""
    happened: bool | None = False
    confirmation: ConfirmationOut | None = None


class WaitingOut(BaseModel):
    """What waits for your word, or that you asked for, the newest first."""

    confirmations: list[ConfirmationOut]


class WordIn(BaseModel):
    """Yes to the call with this digest, as it was shown."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class MadeOut(BaseModel):
    """A call that was made, with its arguments in their one spelling where you may read them."""

    id: str
    tool: str
    asker: str
    at: datetime
    standing: Standing
    confirmed_by: str
    told: str
    call: str | None
    title: str
    text: str
    link: str
    undo: str


class MadesOut(BaseModel):
    """Calls, the newest first; `more` goes on after them, "" where there is no more."""

    calls: list[MadeOut]
    more: str


async def workbench_of(request: Request) -> Workbench:
    """Return where calls are made; raise `NotFound` where there are no tools."""
    part = parts_of(request).workbench
    if part is None:
        raise NotFound
    return await part.get(wait_seconds=PART_WAITS_SECONDS)


AtWorkbench = Annotated[Workbench, Depends(workbench_of)]


def acting_as(caller: Caller) -> ToolAsker:
    """Return a caller as the gate sees them."""
    return ToolAsker(caller.principal, caller.roles, caller.channel, caller.origin)


@router.get("/tools", summary="List the tools that are open to you")
async def tools(caller: Acting, workbench: AtWorkbench) -> ToolsOut:
    """Return what you may call, and what each takes."""
    connected = await accounts_of(workbench, caller)
    opened = workbench.tools_for(acting_as(caller)).values()
    return ToolsOut(tools=[_shown_tool(each, connected) for each in opened])


@router.post("/tools/{tool}/calls", summary="Call a tool", response_model=CallOut)
async def call(request: Request, tool: str, caller: Acting, workbench: AtWorkbench) -> Response:
    """Call a tool with the arguments that are the body, a JSON object.

    200: done. 202: it changes something, and waits for a word. 403: denied. 502: it failed.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != JSON:  # a page of another site cannot have a browser send this unasked
        raise BadInput(f"a body of {JSON}", "another kind of body", "Say so in Content-Type.")
    try:
        wanted = read_call(tool, (await request.body()).decode("utf-8"))
    except (NoCall, UnicodeDecodeError) as error:
        got = str(error) if isinstance(error, NoCall) else "bytes that are no UTF-8"
        raise BadInput("the arguments as one JSON object", got, "Send them alone.") from None
    turn = workbench.turn(acting_as(caller), session=caller.bound_to)
    return as_json(await turn.call(wanted, form=True), workbench, caller)


@router.get("/confirmations", summary="List what waits for a word")
async def confirmations(caller: Acting, workbench: AtWorkbench) -> WaitingOut:
    """Return what you asked for and what you may confirm."""
    waiting = await workbench.waiting(acting_as(caller))
    return WaitingOut(confirmations=[shown_confirmation(each, caller.name) for each in waiting])


@router.get("/confirmations/{confirmation}", summary="Look at what waits for a word")
async def confirmation(
    confirmation: CallId, caller: Acting, workbench: AtWorkbench
) -> ConfirmationOut:
    """Return a call that waits or waited, with every argument to the letter."""
    found = await workbench.confirmation(confirmation, asker=acting_as(caller))
    return shown_confirmation(found, caller.name)


@router.post(
    "/confirmations/{confirmation}/confirm", summary="Have it done", response_model=CallOut
)
async def confirm(
    confirmation: CallId, word: WordIn, caller: Confirmer, workbench: AtWorkbench
) -> Response:
    """Have exactly what was shown be done, once. A word that does not count changes nothing."""
    came = await workbench.confirm(
        confirmation, asker=acting_as(caller), session=caller.bound_to, digest=word.digest
    )
    return as_json(came, workbench, caller)


@router.post("/confirmations/{confirmation}/decline", summary="Have it not be done")
async def decline(
    confirmation: CallId, caller: Confirmer, workbench: AtWorkbench
) -> ConfirmationOut:
    """Have what waits not be done."""
    declined = await workbench.decline(confirmation, asker=acting_as(caller))
    return shown_confirmation(declined, caller.name)


@router.get("/calls", summary="List the calls made for you")
async def calls(caller: Acting, workbench: AtWorkbench, before: BeforeCall = "") -> MadesOut:
    """Return your calls, the newest first; `before` goes on after a list."""
    return await listed(workbench, caller, before)


async def listed(
    workbench: Workbench, caller: Caller, before: str, *, everybody: bool = False
) -> MadesOut:
    """Return calls as they are sent."""
    made = await workbench.made(
        acting_as(caller), limit=MOST_LISTED, before=before, everybody=everybody
    )
    more = made[-1].id if len(made) == MOST_LISTED else ""
    return MadesOut(calls=[shown_made(each) for each in made], more=more)


def shown_made(made: Made) -> MadeOut:
    """Return a call as it is sent."""
    result = made.result
    return MadeOut(
        id=made.id,
        tool=plain(made.tool),
        asker=plain(made.asker),
        at=datetime.fromtimestamp(made.at, UTC),
        standing=made.standing,
        confirmed_by=plain(made.confirmed_by),
        told=plain(made.told),
        call=made.call.canonical if made.call else None,
        title=plain(result.title) if result else "",
        text=plain(result.text) if result else "",
        link=result.link if result else "",
        undo=plain(result.undo) if result else "",
    )


def shown_came(came: Came, workbench: Workbench, caller: Caller) -> CallOut:
    """Return what came of a call as it is sent."""
    match came:
        case Done():
            result = came.result
            return CallOut(
                outcome="done",
                id=came.id,
                title=plain(result.title),
                text=plain("\n\n".join([result.text, *(each.text for each in result.passages)])),
                link=result.link,
                undo=plain(result.undo),
                happened=True,
            )
        case Waiting():
            waits = shown_confirmation(came.confirmation, caller.name)
            return CallOut(outcome="confirmation", id=waits.id, confirmation=waits)
        case Denied():
            tool = workbench.tools.get(came.call.tool)
            return CallOut(outcome="denied", told=told(came.decision, tool))
        case Failed():
            return CallOut(
                outcome="failed", id=came.id, told=plain(came.told), happened=came.happened
            )


_STATUS = {"done": 200, "confirmation": 202, "denied": 403, "failed": 502}


def as_json(came: Came, workbench: Workbench, caller: Caller) -> JSONResponse:
    """Return what came of a call, with the status that says it too."""
    out = shown_came(came, workbench, caller)
    return JSONResponse(out.model_dump(mode="json"), _STATUS[out.outcome])


async def accounts_of(workbench: Workbench, caller: Caller) -> dict[str, bool]:
    """Return the systems of the tools that are open to somebody, and whether each is connected."""
    opened = workbench.tools_for(acting_as(caller)).values()
    systems = sorted({each.system for each in opened if each.system})
    return {each: await workbench.secrets.has(caller.name, each) for each in systems}


def _shown_tool(tool: Tool, connected: Mapping[str, bool]) -> ToolOut:
    return ToolOut(
        name=tool.name,
        says=plain(tool.says),
        effect=tool.effect,
        system=tool.system,
        is_connected=not tool.system or connected[tool.system],
        arguments=schema_of(tool.fields),
    )
