"""What is known in one turn with tools: what was called, what it gave, what a model was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol

from assistant.answers import Question
from assistant.called import Wanted
from assistant.tool_prompt import Step, names_of, words_of
from assistant.tool_results import is_result
from retrieval.documents import Passage
from retrieval.readership import Readership
from tools.call import Call, NoCall, read_call
from tools.confirmation import Came, Done
from tools.fields import PassageNumber
from tools.tool import Tool

NO_PASSAGE = "There is no passage of this number here. It was not made."
NO_CALL = "This is no call of a tool that there is. It was not made."
_NO_TOOL = "a call"


class Turn(Protocol):
    """What may be called for one question, and what was."""

    @property
    def tools(self) -> Mapping[str, Tool]:
        """Return the tools that are open to the asker, by name."""

    def saw(self, text: str, readers: frozenset[str], denied: frozenset[str] = frozenset()) -> None:
        """Take note of a text that a model is given, and of who may read it and who may not."""

    async def call(self, call: Call, *, form: bool = False) -> Came:
        """Have the gate decide on a call, and make it if it is let through."""


@dataclass(slots=True)
class Gathered:
    """One turn as far as it has come. `is_circling`: a call was wanted a second time.

    `began` is on the clock of the loop. `numbers` are what a model knows passages by, by their
    ids: they hold for this turn.
    """

    question: Question
    turn: Turn
    found: Sequence[Passage]
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    steps: list[Step] = field(default_factory=list)
    is_circling: bool = False
    numbers: dict[int, int] = field(default_factory=dict)
    _given: dict[int, Passage] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)

    @property
    def tools(self) -> list[Tool]:
        """Return the tools that are open to the asker."""
        return [*self.turn.tools.values()]

    @property
    def passages(self) -> list[Passage]:
        """Return the passages of documents that a model is shown, what it asked for first."""
        rest = (each for each in self.found if each.id not in self._given)
        return [*self._given.values(), *rest]

    def call_of(self, wanted: Wanted) -> Call | None:
        """Return a call that a model wants, unless it is none or was wanted before.

        Where it names a passage by a number of this turn, the passage's own is put in.
        """
        real = {wire: name for name, wire in names_of(self.tools).items()}
        try:
            call = read_call(real.get(wanted.name, wanted.name), wanted.arguments)
            digest = call.digest
        except NoCall:
            call, digest = None, ""
            self.steps.append(Step(_NO_TOOL, NO_CALL))
        if digest in self._made:
            self.is_circling = True
            return None
        self._made.add(digest)
        return self._resolved(call) if call else None

    def show(self) -> None:
        """Number what a model is about to be shown, and tell the turn, each text once."""
        question = self.question
        if question.asked and not self.numbers:
            named = _readership_of(question)
            self.turn.saw(question.text, named.readers, named.denied)
        for each in self.passages:
            if each.id not in self.numbers:
                self.numbers[each.id] = len(self.numbers) + 1
                self.turn.saw(words_of(each), each.version.readers, each.version.denied)

    def take(self, done: Done, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """Add what a call gave, and return those of the passages that were not known.

        `passages` are those of the result that may be cited. The turn knows itself what it gave.
        """
        given, known = done.result, {each.id for each in self.passages}
        self._given |= {each.id: each for each in passages if not is_result(each.id)}
        self.show()
        named = ", ".join(str(self.numbers[each.id]) for each in passages if given.passages)
        found = f"See the passages {named}." if named else ""
        if given.passages and not named:
            found = "It found nothing that may be read."
        said = "\n".join(filter(None, [given.title, given.text, found]))
        self.step(done.call, said)
        return tuple(each for each in passages if each.id not in known)

    def _resolved(self, call: Call) -> Call | None:
        """Return a call with the passages' own numbers, None if it names one that was not shown."""
        tool, arguments = self.turn.tools.get(call.tool), dict(call.arguments)
        shown = {number: id_ for id_, number in self.numbers.items()}
        for name, field_ in tool.fields.items() if tool else ():
            number = arguments.get(name)
            if isinstance(field_, PassageNumber) and type(number) is int:
                if number not in shown:
                    self.step(call, NO_PASSAGE)
                    return None
                arguments[name] = shown[number]
        return Call(call.tool, arguments)

    def step(self, call: Call, said: str) -> None:
        """Add what a model is told of a call; a name that no tool has is not repeated."""
        name = call.tool if call.tool in self.turn.tools else _NO_TOOL
        self.steps.append(Step(name, said))


def _readership_of(question: Question) -> Readership:
    """Return who may read all that words of a question made to stand alone may be from."""
    if not question.rests_on:
        return Readership(frozenset({f"user:{question.principal.name}"}))
    return reduce(
        Readership.under, (Readership(each.readers, each.denied) for each in question.rests_on)
    )
