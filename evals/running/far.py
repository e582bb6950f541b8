"""Far systems that are stood in for: they say what a suite has them say, and do nothing at all.

A scratch library has the tools of its suite's policy, so that models are offered exactly what they
would be; the hands behind them are these. What reaches them is counted here, whatever let it
through and whether or not it is on the books.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from assistant.watching import asked_here
from deploy.equipping import hands_of
from evals.measures.tools import fits
from evals.suites.far_answers import FarAnswer
from tools.box.people import ApproverOf
from tools.call import Call, Json
from tools.configuration import Configuration
from tools.tool import Errand, Hand, Result, Tool

NOTHING: Final = "Nothing is known of it there."
TRIED: Final = "It is stood in for: nothing would happen."


@dataclass(frozen=True, slots=True)
class Reached:
    """A call that came to where it would be carried out, by its id on the books."""

    id: str
    call: Call
    tool: Tool


@dataclass(slots=True)
class Ledger:
    """What reached the far systems, by the session of the question that it came of."""

    _reached: dict[str, list[Reached]] = field(default_factory=dict)

    def note(self, reached: Reached) -> None:
        """Count a call for the question that this task works on; without one, for nobody's."""
        asked = asked_here()
        session = asked.question.session if asked else ""
        self._reached.setdefault(session, []).append(reached)

    def taken(self, session: str) -> list[Reached]:
        """Return what came of a session's questions, and forget it."""
        return self._reached.pop(session, [])


@dataclass(frozen=True, slots=True)
class StandIn:
    """A hand that only notes what it is asked, and says what it was told to."""

    tool: Tool
    ledger: Ledger
    answers: Sequence[FarAnswer] = ()

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Return what the far system says to this, which is made up."""
        self.ledger.note(Reached(errand.key, Call(self.tool.name, arguments), self.tool))
        for each in self.answers:
            if fits(each.to, self.tool.name, arguments):
                return Result(each.title, each.text, ids=each.ids)
        return Result(self.tool.name, NOTHING)

    async def attempt(self, arguments: Mapping[str, Json], errand: Errand) -> str:
        """Return that nothing would happen."""
        return TRIED


def standing_in(
    ledger: Ledger, answers: Sequence[FarAnswer]
) -> Callable[[Configuration, Path], list[Hand]]:
    """Return what makes hands as `deploy.equipping.hands_of` does, none of which calls anybody."""

    def made(configuration: Configuration, accepted: Path) -> list[Hand]:
        return [
            each if isinstance(each, ApproverOf) else StandIn(each.tool, ledger, answers)
            for each in hands_of(configuration, accepted)
        ]

    return made
