"""An answer that a model writes. READ FIRST: `Writer.write` is the story.

The model is treated as if the author of the worst document had written it. It names sentences by
ids alone; words, places and pages come from our own record; what its cited words do not carry is
never shown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from assistant.answers import (
    Citation,
    Notice,
    Opening,
    Question,
    Sentence,
    Source,
    Told,
)
from assistant.compose import Composer
from assistant.drafts import Draft, DraftReader
from assistant.grammar import MOST_CITED
from assistant.model import Failing, Model, ModelFailed
from assistant.prompt import Numbered, Prompt
from assistant.quotes import NOT_ANSWERED, refusal_of
from assistant.watching import Unwatched, Watching
from retrieval.retriever import Found

LEAD = "What your sources say, in short"
LEFT_OUT = "A part of what was written is left out, because the words it cited do not carry it."
CUT_SHORT = "The answer ends here, because the model did not finish it."
NOT_CARRIED = "What was written is not carried by the words that it cited, so nothing is shown."


class Verdict(Protocol):
    """What a check of a sentence came to."""

    @property
    def is_carried(self) -> bool:
        """Return whether the cited words carry the sentence."""


class Checking(Protocol):
    """Tells whether words carry a sentence."""

    async def check(self, text: str, cited: Sequence[Numbered]) -> Verdict:
        """Return the verdict on a sentence and all that it cites."""


class Writer:
    """Has a model write, and shows what is carried by the words it cites."""

    def __init__(
        self,
        composer: Composer,
        model: Model,
        checking: Checking,
        watching: Watching | None = None,
    ) -> None:
        self._composer = composer
        self._model = model
        self._checking = checking
        self._watching = watching or Unwatched()

    @property
    def name(self) -> str:
        """Return the name of the model."""
        return self._model.name

    async def write(self, question: Question, found: Sequence[Found]) -> AsyncGenerator[Told, None]:
        """Yield an answer sentence by sentence, each only once it was checked, or a refusal.

        Raises `ModelFailed` before anything is told, never after: then a notice says so.
        """
        prompt = self._composer.compose(question, found)
        if not prompt.sentences:
            raise ModelFailed(Failing.REFUSED, "Not one passage fits into a prompt.")
        telling, left_out = _Telling(question, prompt.sentences, self._model.name), False
        try:
            async with aclosing(self._read(prompt)) as drafts:
                async for draft in drafts:
                    if not await self._is_carried(draft, prompt):
                        left_out = True
                        self._watching.withheld()
                        continue
                    for told in telling.of(draft):
                        yield told
        except ModelFailed:
            if not telling.sentences:
                raise
            yield Notice(CUT_SHORT)
        if not telling.sentences:
            yield refusal_of(question, found, NOT_CARRIED if left_out else NOT_ANSWERED)
        elif left_out:
            yield Notice(LEFT_OUT)

    async def _read(self, prompt: Prompt) -> AsyncGenerator[Draft, None]:
        """Yield drafts until the model is done, or says that there is no answer."""
        reader = DraftReader()
        async with aclosing(self._model.complete(prompt)) as pieces:
            async for piece in pieces:
                for draft in reader.feed(piece):
                    yield draft
                if reader.is_over:
                    return
        for draft in reader.end():
            yield draft
        if not reader.has_read:
            raise ModelFailed(Failing.BROKEN, "It ended without a word.")

    async def _is_carried(self, draft: Draft, prompt: Prompt) -> bool:
        """Return whether a few ids, all of them given, are cited and their words carry it."""
        is_cited = 0 < len(draft.ids) <= MOST_CITED
        if not is_cited or any(each not in prompt.sentences for each in draft.ids):
            return False
        cited = [prompt.sentences[each] for each in draft.ids]
        return (await self._checking.check(draft.text, cited)).is_carried


class _Telling:
    """What is told of one answer: sources are numbered as they come to be cited."""

    def __init__(self, question: Question, given: Mapping[str, Numbered], model: str) -> None:
        self.sentences = 0
        self._question = question
        self._given = given
        self._model = model
        self._numbers: dict[int, int] = {}

    def of(self, draft: Draft) -> Iterator[Told]:
        if not self.sentences:
            yield Opening(self._question, "model", LEAD, (), self._model)
        self.sentences += 1
        citations = []
        for cited in (self._given[each] for each in draft.ids):
            version = cited.passage.version
            if version.id not in self._numbers:
                self._numbers[version.id] = len(self._numbers) + 1
                status = version.status_at(self._question.scope.as_of)
                yield Source(self._numbers[version.id], version, status)
            citations.append(_citation(cited, self._numbers[version.id]))
        yield Sentence(draft.text, tuple(citations))


def _citation(cited: Numbered, source: int) -> Citation:
    span = cited.span
    return Citation(source, cited.passage.id, span.start, span.end, span.page, cited.text)
