"""What goes on record of calls: before one is made, when it is over, and when it is not made.

Ids and names of tools stand in the clear; arguments and what a model called a tool are words.
"""

from __future__ import annotations

from retrieval.audit.event import Act, Event, Json, Record
from tools.call import Call
from tools.confirmation import Standing
from tools.decision import Decision
from tools.kept import Asked, Ended
from tools.tool import Asker, Tool

MOST_WORDS = 20_000


class Noting:
    """Notes what becomes of calls.

    Each method raises `Unavailable` if that cannot be made durable.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    async def begun(self, asked: Asked, *, again: bool = False) -> None:
        """Note that a call is about to be made."""
        await self._of(asked, "again" if again else "begin", words=_words(asked.call))

    async def waits(self, asked: Asked, *, again: bool = False) -> None:
        """Note that a call waits for a person's word; `again`: it did already when it was asked."""
        await self._of(asked, "wait_again" if again else "wait", words=_words(asked.call))

    async def expired(self, asked: Asked) -> None:
        """Note that nobody answered a call in time."""
        await self._of(asked, Standing.EXPIRED.value)

    async def tried(self, asked: Asked) -> None:
        """Note that a far system is about to be asked what a call would do."""
        await self._of(asked, "try", words=_words(asked.call))

    async def ended(self, asked: Asked, ended: Ended) -> None:
        """Note what came of a call."""
        about: dict[str, Json] = {"happened": ended.happened}
        if ended.result is not None:
            about["characters"] = len(ended.result.text)
            about["passages"] = [
                {
                    "document": each.version.document_id,
                    "version": each.version.number,
                    "passage": each.id,
                }
                for each in ended.result.passages
            ]
        await self._of(asked, ended.standing.value, about)

    async def denied(
        self, call: Call, decision: Decision, asker: Asker, turn: str, tool: Tool | None
    ) -> None:
        """Note that a call was not made, and why."""
        about: dict[str, Json] = {
            "did": "deny",
            "turn": turn,
            "channel": asker.channel,
            "tool": tool.name if tool else "",
            "reason": decision.reason.value,
            "argument": decision.argument if tool and decision.argument in tool.fields else "",
        }
        event = Event(Act.TOOL, asker.principal.name, asker.origin, about, _words(call))
        await self._record.note(event)

    async def word(self, did: str, person: Asker, asked: Asked | None, reason: str = "") -> None:
        """Note what a person said to a call that waits: `confirm`, `decline`, or was `refused`."""
        about: dict[str, Json] = {"did": did}
        if asked is not None:
            about |= {"call": asked.id, "tool": asked.call.tool}
        if reason:
            about["reason"] = reason
        name = person.principal.name
        concerns = (asked.asker,) if asked is not None and asked.asker != name else ()
        event = Event(Act.CONFIRM, name, person.origin, about, concerns=concerns)
        await self._record.note(event)

    async def _of(
        self,
        asked: Asked,
        did: str,
        more: dict[str, Json] | None = None,
        words: dict[str, str] | None = None,
    ) -> None:
        about: dict[str, Json] = {
            "did": did,
            "call": asked.id,
            "turn": asked.turn,
            "channel": asked.channel,
            "tool": asked.call.tool,
            **({"conversation": asked.conversation} if asked.conversation else {}),
            **(more or {}),
        }
        await self._record.note(Event(Act.TOOL, asked.asker, asked.origin, about, words or {}))


def _words(call: Call) -> dict[str, str]:
    """Return the call as words; what cannot be spelt is left out."""
    try:
        spelt = call.canonical
    except (TypeError, ValueError, RecursionError):
        spelt = "?"
    return {"call": spelt.encode("utf-8", "backslashreplace").decode()[:MOST_WORDS]}
