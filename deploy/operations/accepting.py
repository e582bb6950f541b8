"""Accepting what an MCP server offers: an administrator looks at what is new before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.home import prepare
from deploy.settings import Settings
from retrieval.audit.event import Act, Event, Json
from retrieval.audit.record import OPERATOR, KeptRecord
from retrieval.errors import BadRequest
from tools.box.mcp import AcceptedTools, Offered, differences, offers_of
from tools.box.mcp_line import McpLine
from tools.configuration import Shape, System, read_tools


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers now of the tools that are named, and how it differs from before."""

    system: str
    tools: Mapping[str, Offered]
    differences: list[str]
    missing: list[str]

    @property
    def revisions(self) -> dict[str, str]:
        """Return the `revision` that each tool's entry in the policy has to state."""
        return {f"{self.system}.{name}": each.revision for name, each in self.tools.items()}


async def looked_at(settings: Settings, name: str, secret: str) -> Offer:
    """Return what the server of this name offers whoever the credential belongs to.

    Raises:
        BadRequest: the file of tools names no such server, or the credential cannot be sent.
        Unavailable: it does not answer.
    """
    system = system_of(settings, name)
    line = McpLine(name, system.url, private=system.is_inside, ca_file=system.ca_file)
    there = await offers_of(line, secret)
    named = {each: there[each] for each in system.names if each in there}
    before = AcceptedTools(settings.home / "mcp").of(name)
    missing = [each for each in system.names if each not in there]
    return Offer(name, named, differences(before, named), missing)


async def accept(settings: Settings, offer: Offer) -> None:
    """Have what was looked at count from the next start on; what cannot be noted is not accepted.

    Raises:
        Unavailable: the record cannot be written.
    """
    prepare(settings.home)
    record = await KeptRecord.open(
        settings.home / "audit", url=settings.audit_url, checkpoints=settings.audit_checkpoints
    )
    try:
        about: dict[str, Json] = {
            "did": "accept",
            "system": offer.system,
            "tools": [f"{name} {revision}" for name, revision in offer.revisions.items()],
        }
        await record.note(Event(Act.TOOL, OPERATOR.by, OPERATOR.origin, about))
    finally:
        await record.close()
    AcceptedTools(settings.home / "mcp").accept(offer.system, list(offer.tools.values()))


def system_of(settings: Settings, name: str) -> System:
    """Return the MCP server that the file of tools calls by this name; raise `BadRequest`."""
    path = settings.tools_file()
    systems = read_tools(path).systems if path else {}
    servers = [each for each, system in systems.items() if system.shape is Shape.MCP]
    if name not in servers:
        there = ", ".join(servers) or "none is configured"
        raise BadRequest(f"Expected the name of an MCP server ({there}), got {name[:60]!r}.")
    return systems[name]
