"""What a case may have done by tools, and what was done. READ FIRST: `Acting.allowed` is the rule.

In a library of its own, whoever asks may call what the suite's policy opens to them: all that is
behind it is stood in for. Over the library at hand far systems are real: there only whoever runs
the suite may call anything, with their own credentials, and only if nothing that changes anything
is open to evaluations. Nobody confirms what an evaluation asks for: it waits in a session that
nobody has, and is declined when its case is over.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from assistant.answers import Question
from assistant.review.outcome import EVALUATION
from deploy.parts import Parts
from evals.errors import BadSuite
from evals.outcome import Called, Outcome
from evals.running.far import Ledger, Reached
from retrieval.access import Principal
from retrieval.errors import NotFound
from tools.call import Json
from tools.confirmation import Standing
from tools.kept import Kept
from tools.tool import Asker, Effect
from tools.workbench import MOST_MADE, Workbench

OFF_THE_BOOKS: Final = "off the books"
DENIED: Final = "denied"
_NOT_MADE: Final = frozenset({Standing.WAITING, Standing.DECLINED, Standing.EXPIRED})


@dataclass(slots=True)
class Acting:
    """Lets cases call tools, and knows what came of it.

    `ledger` counts what reached the far systems of a scratch library; without one they are real.
    `runner` is the name of whoever runs the suite.
    """

    parts: Parts
    runner: str
    ledger: Ledger | None = None
    _denied: dict[str, list[str]] = field(default_factory=dict)

    async def allowed(self, question: Question) -> Question:
        """Return a question with what its asker may have done: nothing unless that is safe."""
        session = f"{EVALUATION} {secrets.token_hex(16)}"
        asked = replace(question, session=session, roles=await self._roles(question.principal))
        return replace(asked, may_act=self._may_act(asked))

    def denied(self, question: Question, tools: Iterable[str]) -> None:
        """Take note of calls of these tools that were denied."""
        self._denied.setdefault(question.session, []).extend(tools)

    async def over(self, question: Question, outcome: Outcome) -> Outcome:
        """Return what came of a case with its calls, and have nothing of it wait any longer."""
        workbench, reached = self.parts.workbench, self._reached(question.session)
        denied = self._denied.pop(question.session, [])
        if workbench is None:
            return outcome
        kept = await self._kept(question) if question.may_act else []
        for each in kept:
            if each.standing is Standing.WAITING:
                await workbench.decline(each.asked.id, asker=_asker(question))
        known = {each.asked.id for each in kept}
        calls = (
            *(_kept(each, reached) for each in kept),
            *(_off_the_books(each) for each in reached.values() if each.id not in known),
            *(Called(each, "", DENIED, is_made=False, changes=False) for each in denied),
        )
        is_possible = question.may_act and bool(self.parts.settings.model_url)
        return replace(outcome, calls=calls, possible=is_possible)

    def _may_act(self, question: Question) -> bool:
        if self.parts.workbench is None:
            return False
        tools = self.parts.workbench.tools_for(_asker(question)).values()
        if self.ledger is not None:
            return bool(tools)
        is_own = question.principal.name == self.runner
        return bool(tools) and is_own and all(each.effect is Effect.READS for each in tools)

    async def _kept(self, question: Question) -> list[Kept]:
        """Return what is on the books of this session, oldest first."""
        made = await self.parts.calls.made(person=question.principal.name, limit=MOST_MADE)
        return [each for each in reversed(made) if each.asked.session == question.session]

    def _reached(self, session: str) -> dict[str, Reached]:
        return {each.id: each for each in (self.ledger.taken(session) if self.ledger else ())}

    async def _roles(self, principal: Principal) -> frozenset[str]:
        try:
            person = await self.parts.directory.person(principal.name)
        except NotFound:
            return frozenset()
        return frozenset(each.value for each in person.roles)


def require_reading(workbench: Workbench | None) -> None:
    """Raise `BadSuite` if a policy opens to evaluations what changes anything for real."""
    if workbench is None:
        return
    open_here = (
        name
        for name, listed in workbench.policy.tools.items()
        if any(EVALUATION in each.channels for each in listed.allowances)
    )
    tools = workbench.tools
    changing = [each for each in open_here if each in tools and not _reads(workbench, each)]
    if changing:
        raise BadSuite(
            "Expected a policy of tools that opens to `evaluation` only what reads, got "
            f"{', '.join(sorted(changing))}. Take `evaluation` out of its `by`: what a suite asks "
            "of this library may change nothing anywhere."
        )


def _reads(workbench: Workbench, tool: str) -> bool:
    return workbench.tools[tool].effect is Effect.READS


def _asker(question: Question) -> Asker:
    return Asker(question.principal, question.roles, question.channel, question.origin)


def _kept(kept: Kept, reached: dict[str, Reached]) -> Called:
    asked = kept.asked
    return Called(
        asked.call.tool,
        _spelt(asked.call.arguments),
        kept.standing.value,
        is_made=kept.standing not in _NOT_MADE or asked.id in reached,
        changes=asked.effect is Effect.CHANGES,
    )


def _off_the_books(reached: Reached) -> Called:
    return Called(
        reached.call.tool,
        _spelt(reached.call.arguments),
        OFF_THE_BOOKS,
        is_made=True,
        changes=reached.tool.effect is Effect.CHANGES,
    )


def _spelt(arguments: Mapping[str, Json]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
