"""Tools of an internal MCP server: by name, and by the hash of what was accepted of them.

An administrator accepts what a server offers (`pincite tools accept`); what was accepted lies in a
file. At each call the server is asked again what the tool is: a changed one is not called.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from retrieval.errors import BadRequest, Unavailable
from retrieval.plain import plain
from tools.box.mcp_line import McpLine
from tools.box.schema_fields import Unsayable, fields_of
from tools.call import Json
from tools.tool import Effect, Errand, Result, Tool, ToolFailed

MOST_TOOLS: Final = 200
_MOST_PAGES: Final = 20
_SAYS: Final = 400


@dataclass(frozen=True, slots=True)
class Offered:
    """One tool as its server describes it. `schema` is that of its arguments."""

    name: str
    says: str
    schema: Mapping[str, Any]

    @property
    def revision(self) -> str:
        """Return the sha256 of all of it: another word in it is another tool."""
        whole = json.dumps([self.name, self.says, self.schema], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()


class McpHand:
    """Calls one tool of a server. Only what the configuration says so surely only reads."""

    def __init__(self, line: McpLine, offered: Offered, *, reads: bool = False) -> None:
        """Raise `BadRequest` if its arguments are more than can be checked."""
        self._line = line
        self._offered = offered
        says = " ".join(plain(offered.says).split())[:_SAYS]
        try:
            fields = fields_of(offered.schema)
        except Unsayable as error:
            raise BadRequest(
                f"The tool {offered.name!r} of {line.name} cannot be offered. {error}"
            ) from error
        self.tool = Tool(
            name=f"{line.name}.{offered.name}",
            says=says or f"Call {offered.name} of {line.name}.",
            fields=fields,
            effect=Effect.READS if reads else Effect.CHANGES,
            will=f"{line.name} is asked to do {offered.name} with these arguments.",
            system=line.name,
            revision=offered.revision,
            knows_keys=False,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Call it as the asker, if it still is what was accepted; raise `ToolFailed`."""
        is_called = False
        came: CallToolResult | None = None
        failed: ToolFailed | None = None
        try:
            async with self._line.opened(errand.secret) as client:
                there = await offered_by(client)
                if is_called := there.get(self._offered.name) == self._offered:
                    came = await client.call_tool(self._offered.name, dict(arguments))
        except* (MCPError, httpx2.HTTPError, OSError, TimeoutError, ValueError):
            failed = self._failed(is_called)
        if failed is not None:
            raise failed
        if came is None:
            raise ToolFailed(_changed(self.tool.name))
        return self._result(came)

    def _failed(self, is_called: bool) -> ToolFailed:
        happened = None if is_called and self.tool.effect is Effect.CHANGES else False
        told = f"Expected an answer from {self._line.name}, got none."
        unsure = " Whether it was done is not known: look there before you try again."
        return ToolFailed(told + (unsure if happened is None else ""), happened=happened)

    def _result(self, came: CallToolResult) -> Result:
        text = "\n".join(each.text for each in came.content if isinstance(each, TextContent))
        if came.is_error:
            raise ToolFailed(
                f"{self._line.name} refused the call.",
                happened=None if self.tool.effect is Effect.CHANGES else False,
            )
        return Result(title=f"{self._offered.name} of {self._line.name}", text=text)


async def offered_by(client: Client) -> dict[str, Offered]:
    """Return the tools that a server offers now, by name: at most `MOST_TOOLS` of them."""
    found: dict[str, Offered] = {}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        listed = await client.list_tools(cursor=cursor, cache_mode="bypass")
        for each in listed.tools[: MOST_TOOLS - len(found)]:
            found[each.name] = Offered(each.name, each.description or "", each.input_schema)
        cursor = listed.next_cursor
        if not cursor or len(found) >= MOST_TOOLS:
            break
    return found


async def offers_of(line: McpLine, secret: str) -> dict[str, Offered]:
    """Return the tools that a server offers whoever this credential belongs to.

    Raises:
        BadRequest: the credential is none that can be sent.
        Unavailable: the server does not answer as one.
    """
    found: dict[str, Offered] | None = None
    told = ""
    try:
        async with line.opened(secret) as client:
            found = await offered_by(client)
    except* ToolFailed as failed:
        told = str(failed.exceptions[0])
    except* (MCPError, httpx2.HTTPError, OSError, TimeoutError, ValueError):
        pass
    if told:
        raise BadRequest(told)
    if found is None:
        raise Unavailable(
            f"Expected {line.name} to tell its tools, got no answer. Look whether it runs and "
            "takes this credential."
        )
    return found


class AcceptedTools:
    """What was accepted of each server, one JSON file for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, system: str) -> dict[str, Offered]:
        """Return what was accepted, by name; raise `BadRequest` if the file is not what it was."""
        path = self._folder / f"{system}.json"
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            return {each["name"]: Offered(**each) for each in read}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadRequest(
                f"Expected what was accepted of {system} in {path}, got something else. Remove "
                f"the file and accept the tools again with `pincite tools accept {system}`."
            ) from error

    def accept(self, system: str, offered: Sequence[Offered]) -> None:
        """Keep what a server offers as what is accepted; the file is replaced whole."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{system}.json"
        whole = [{"name": each.name, "says": each.says, "schema": each.schema} for each in offered]
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(whole, indent=2, ensure_ascii=False), encoding="utf-8")
        os.replace(fresh, path)


def differences(before: Mapping[str, Offered], now: Mapping[str, Offered]) -> list[str]:
    """Return a line for each tool that is new, gone or changed, for whoever accepts."""
    lines = []
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            lines.append(f"gone: {name}")
        elif name not in before:
            lines.append(f"new: {name} ({now[name].revision})")
        elif before[name] != now[name]:
            lines.append(f"changed: {name} ({before[name].revision} -> {now[name].revision})")
    return lines


def _changed(name: str) -> str:
    return (
        f"The tool {name} is not what was accepted: its server describes it in another way now. "
        "An administrator has to look at the difference and accept it."
    )
