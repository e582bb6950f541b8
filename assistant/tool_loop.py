"""Tools before an answer. READ FIRST: `ToolLoop.gather` is the story.

A model says which tools it wants called; the gate decides on each call, whoever wrote it. What
reading tools give joins the passages that an answer may rest on. What would change anything waits
for a person's word, and nothing is called after it. Whatever goes wrong, an answer is written of
what there is by then.
"""

from __future__ import annotations

from asyncio import timeout_at
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Asking, Context, Notice, Question
from assistant.called import Wanted
from assistant.model import Failing, Model, ModelFailed
from assistant.tool_gathered import NO_CALL, Gathered, Turn
from assistant.tool_prompt import Briefing
from assistant.tool_results import passages_of, version_of
from assistant.watching import Called, Step, Unwatched, Watching
from retrieval.access import Principal
from retrieval.documents import Passage, now
from tools.call import Call
from tools.confirmation import Came, Denied, Done, Failed, Waiting
from tools.decision import Reason
from tools.telling import told
from tools.tool import Asker

NOT_THERE = frozenset({Failing.DOWN, Failing.SLOW, Failing.RESTING})
"""A model that fails like this would not write an answer either."""
TOO_LONG = "It took too long."
_WORTH_TELLING = frozenset({
    Reason.STOPPED, Reason.AGAINST_A_RULE, Reason.READERS, Reason.SPENT, Reason.NOT_CONNECTED,
})  # fmt: skip
"""Why a call was not made that a person may have meant; the rest is what a model made up."""

Gathering = AsyncGenerator[Context | Asking | Notice, None]


class Workbench(Protocol):
    """Where turns come from."""

    def turn(
        self,
        asker: Asker,
        *,
        session: str,
        typed: str = "",
        conversation: str = "",
        as_of: int | None = None,
        only: Collection[str] | None = None,
    ) -> Turn:
        """Return what may be called for a question."""


class Shelved(Protocol):
    """Where passages are kept, for those who may read them."""

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> Mapping[int, Passage]:
        """Return those of the passages that one may read, by id."""


class Gathers(Protocol):
    """What calls tools before an answer is written."""

    def gather(self, question: Question, found: Sequence[Passage]) -> Gathering:
        """Yield what they give, what a reader must know of them, and what waits for a word."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a model is asked for calls, and how long all of it may take."""

    rounds: int = 4
    seconds: float = 20.0


class NoTools:
    """There are no tools."""

    async def gather(self, question: Question, found: Sequence[Passage]) -> Gathering:
        """Yield nothing."""
        nothing: tuple[Context, ...] = ()
        for each in nothing:
            yield each


class ToolLoop:
    """Asks a model for calls, has them decided on and made, and gathers what they give.

    Until it is told by which model, nothing is asked.
    """

    def __init__(
        self,
        workbench: Workbench,
        shelved: Shelved,
        limits: Limits | None = None,
        watching: Watching | None = None,
    ) -> None:
        self._workbench = workbench
        self._shelved = shelved
        self._limits = limits or Limits()
        self._watching = watching or Unwatched()
        self._asked: tuple[Model, Briefing] | None = None

    def ask_by(self, model: Model, briefing: Briefing) -> None:
        """Ask this model from now on, with prompts laid out like this."""
        self._asked = model, briefing

    async def gather(self, question: Question, found: Sequence[Passage]) -> Gathering:
        """Yield what tools give, what a reader must know of them, and what waits for a word.

        The question's principal is who they act for. Raises `ModelFailed` if no model is there.
        """
        gathered = Gathered(question, self._turn(question), found)
        if self._asked is None or not question.may_act or not gathered.tools:
            return
        for _ in range(self._limits.rounds):
            wanted = await self._wanted(gathered, *self._asked)
            for each in wanted:
                if (call := gathered.call_of(each)) is None:
                    continue
                came = await self._called(call, gathered)
                for piece in await self._pieces(call, came, gathered):
                    yield piece
                if came is None or isinstance(came, Waiting):
                    return
            if not wanted or gathered.is_circling:
                return

    def _turn(self, question: Question) -> Turn:
        """Return the turn: its list of tools is as it is now, whatever comes."""
        asker = Asker(question.principal, question.roles, question.channel, question.origin)
        return self._workbench.turn(
            asker,
            session=question.session,
            typed=question.asked or question.text,
            conversation=question.conversation or "",
            as_of=question.scope.as_of,
            only=question.tools,
        )

    async def _wanted(self, gathered: Gathered, model: Model, briefing: Briefing) -> list[Wanted]:
        """Return the calls that the model wants; none if it fails, or is too slow."""
        gathered.show()
        try:
            async with timeout_at(gathered.began + self._limits.seconds):
                with self._watching.step(Step.COMPOSE):
                    prompt = await briefing.compose(
                        gathered.question,
                        gathered.passages,
                        gathered.steps,
                        gathered.tools,
                        gathered.numbers,
                    )
                    self._watching.saw(prompt)
                async with aclosing(model.complete(prompt)) as lines:
                    return [Wanted.read(line) async for line in lines]
        except TimeoutError:
            return []
        except ModelFailed as failed:
            if failed.failing in NOT_THERE:
                raise
            return []

    async def _called(self, call: Call, gathered: Gathered) -> Came | None:
        """Return what came of a call, None if that took too long."""
        known, came = call.tool if call.tool in gathered.turn.tools else "", None
        with self._watching.step(Step.CALL):
            try:
                async with timeout_at(gathered.began + self._limits.seconds):
                    came = await gathered.turn.call(call)
            except TimeoutError:
                return None
            finally:
                self._watching.saw(Called(known, type(came).__name__.lower() if came else "late"))
        return came

    async def _pieces(
        self, call: Call, came: Came | None, gathered: Gathered
    ) -> Sequence[Context | Asking | Notice]:
        """Take note of what came of a call, and return what is to be told or noted of it."""
        tool = gathered.turn.tools.get(call.tool)
        match came:
            case None:
                return [Notice(f"{tool.name}: {TOO_LONG}")] if tool else []
            case Done():
                new = gathered.take(came, await self._citable(came, gathered.question))
                return [Context(new)] if new else []
            case Waiting():
                return [Asking(gathered.question, came.confirmation)]
            case Failed():
                gathered.step(came.call, "It failed.")
                return [Notice(f"{came.call.tool}: {came.told}")]
            case Denied():
                why = told(came.decision, tool) if tool else NO_CALL
                gathered.step(came.call, why)
                if tool is None or came.decision.reason not in _WORTH_TELLING:
                    return []
                return [Notice(f"{tool.name}: {why}")]

    async def _citable(self, done: Done, question: Question) -> tuple[Passage, ...]:
        """Return what of a result may be cited: our own documents as they are kept, or its text."""
        if done.result.passages:
            ids = dict.fromkeys(each.id for each in done.result.passages)
            readable = await self._shelved.passages(ids, principal=question.principal)
            within = (readable[each] for each in ids if each in readable)
            return tuple(each for each in within if question.scope.admits(each.version))
        person = question.principal.name
        version = version_of(done.id, done.call.tool, done.result, person=person, at=now())
        return passages_of(version, done.result.text)
