"""What a call is made with: the hands there are, what decides, what keeps, and what carries out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from retrieval.errors import RetrievalError
from retrieval.halting import Deed, Work
from tools.call import Call
from tools.calls import Calls
from tools.carrying import Carrying, Stops
from tools.confirmation import Denied, Standing
from tools.confirmations import Confirmations
from tools.decision import Decision, Outcome, Reason
from tools.kept import Kept
from tools.noting import Noting
from tools.policy import Listed, Policy
from tools.rights import Rights
from tools.secrets import Secrets
from tools.tool import Asker, Hand, Tool


@dataclass(frozen=True, slots=True)
class Equipment:
    """The parts that a call goes through. `hands` is looked at anew whenever a turn begins."""

    hands: Collection[Hand]
    policy: Policy
    calls: Calls
    confirmations: Confirmations
    secrets: Secrets
    noting: Noting
    stops: Stops
    carrying: Carrying
    rights: Rights
    clock: Callable[[], int]

    def by_name(self) -> dict[str, Hand]:
        """Return every hand there is now, by the name of its tool."""
        return {each.tool.name: each for each in self.hands}

    def open_to(self, asker: Asker) -> dict[str, Tool]:
        """Return the tools that the policy opens to somebody, by the channel they came by."""
        tools = {name: hand.tool for name, hand in self.by_name().items()}
        listed = self.policy.tools
        return {
            name: tool
            for name, tool in tools.items()
            if name in listed and _is_open(listed[name], tool, asker)
        }

    async def is_stopped(self, asker: Asker, tool: str) -> bool:
        """Return whether this tool, person or channel is stopped, after a look."""
        deed = Deed(Work.TOOL, user=asker.principal.name, tool=tool, channel=asker.channel)
        return await self.stops.of(deed) is not None

    async def secret(self, asker: Asker, tool: Tool) -> str | None:
        """Return the asker's credential at the tool's system; "" where none is needed.

        None where they have none: there is no other that could stand in for it.
        """
        if not tool.system:
            return ""
        return await self.secrets.get(asker.principal.name, tool.system) or None

    async def expired(self, kept: Kept) -> bool:
        """Let a call wait no more that nobody answered in time; return whether it still did.

        That is noted. What cannot be noted now is noted by the next `settle`.
        """
        is_so = await self.confirmations.decline(kept.asked.id, Standing.EXPIRED)
        if is_so:
            with suppress(RetrievalError):
                await self.noting.expired(kept.asked)
                await self.calls.told(kept.asked.id)
        return is_so

    async def deny(
        self, call: Call, decision: Decision, asker: Asker, turn: str, tool: Tool | None
    ) -> Denied:
        """Note that a call is not made, and return that."""
        await self.noting.denied(call, decision, asker, turn, tool)
        return Denied(call, decision)


def denied_for(reason: Reason) -> Decision:
    """Return a denial for a reason that is not the gate's to see."""
    return Decision(Outcome.DENY, reason)


def revision_of(tool: Tool) -> str:
    """Return a digest of all that a tool is: what is confirmed of one is not of another."""
    fields: Mapping[str, object] = dict(sorted(tool.fields.items()))
    whole = (
        tool.name,
        tool.says,
        fields,
        tool.effect.value,
        tool.will,
        tool.system,
        tool.revision,
        tool.can_try,
        tool.can_undo,
    )
    return hashlib.sha256(repr(whole).encode("utf-8", "backslashreplace")).hexdigest()


def _is_open(listed: Listed, tool: Tool, asker: Asker) -> bool:
    return tool.revision == listed.revision and any(
        asker.channel in each.channels and not each.keys.isdisjoint(asker.keys)
        for each in listed.allowances
    )
