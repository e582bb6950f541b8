"""An answer that a model writes. READ FIRST: `Writer.write` is the story.

The model is treated as if the author of the worst document had written it. It names sentences by
ids alone; words, places and pages come from our own record; what its cited words do not carry is
never shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from assistant.answers import (
    Citation,
    Context,
    Notice,
    Opening,
    Piece,
    Question,
    Sentence,
    Source,
    Told,
    Withheld,
)
from assistant.claims.claims import Fault, FaultKind
from assistant.compose import Composer
from assistant.disagreement import Compare, Rival, Uncompared, notice_of
from assistant.drafts import Draft, DraftReader
from assistant.grammar import MOST_CITED
from assistant.model import Failing, Model, ModelFailed
from assistant.prompt import Numbered, Prompt
from assistant.quotes import NOT_ANSWERED, refusal_of
from assistant.watching import Checked, Step, Unwatched, Watching
from retrieval.documents import Passage
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

    @property
    def faults(self) -> Sequence[Fault]:
        """Return what speaks against it."""


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
        compare: Compare = Uncompared,
    ) -> None:
        self._composer = composer
        self._model = model
        self._checking = checking
        self._watching = watching or Unwatched()
        self._compare = compare

    @property
    def name(self) -> str:
        """Return the name of the model."""
        return self._model.name

    async def write(
        self, question: Question, found: Sequence[Found], spent_seconds: float = 0.0
    ) -> AsyncGenerator[Piece, None]:
        """Yield an answer sentence by sentence, each only once it was checked, or a refusal.

        Raises `ModelFailed` before anything is told, never after: then a notice says so. A server
        that refuses the prompt is asked once more, with one that is surely short enough.
        `spent_seconds` of the time for all of it have passed already.
        """
        began = _clock() - spent_seconds
        prompt = await self._composed(question, found, began)
        try:
            async with aclosing(self._written(question, found, prompt)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except ModelFailed as failed:
            if failed.failing is not Failing.REFUSED:
                raise
            shorter = await self._composed(question, found, began, surely=True)
            if shorter.messages == prompt.messages:
                raise
        async with aclosing(self._written(question, found, shorter)) as pieces:
            async for piece in pieces:
                yield piece

    async def _composed(
        self, question: Question, found: Sequence[Found], began: float, *, surely: bool = False
    ) -> Prompt:
        with self._watching.step(Step.COMPOSE):
            prompt = await self._composer.compose(question, found, surely=surely)
            self._watching.saw(prompt)
        if not prompt.sentences:
            raise ModelFailed(Failing.REFUSED, "Not one passage fits into a prompt.")
        return replace(prompt, spent_seconds=_clock() - began)

    async def _written(
        self, question: Question, found: Sequence[Found], prompt: Prompt
    ) -> AsyncGenerator[Piece, None]:
        """Yield what comes of one prompt; first, for the record, what it holds beyond `found`."""
        if beside := _beyond(found, prompt):
            yield Context(beside)
        telling, left_out = _Telling(question, prompt.sentences, self._model.name), False
        comparing = self._compare(question, prompt.sentences.values())
        try:
            async with aclosing(self._read(prompt)) as drafts:
                async for written in drafts:
                    cited = _cited(written, prompt)
                    rivals = await asyncio.to_thread(comparing.rivals, written.text, cited)
                    draft = _without(rivals, written)
                    if withheld := await self._withheld(draft, prompt):
                        left_out = True
                        yield withheld
                        continue
                    for told in (*telling.of(draft), *telling.against(rivals)):
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

    async def _withheld(self, draft: Draft, prompt: Prompt) -> Withheld | None:
        """Return why a draft is not shown: few ids, all given, must be cited and carry it."""
        cited = _cited(draft, prompt)
        unknown = [each for each in draft.ids if each not in prompt.sentences]
        faults: tuple[Fault, ...] = (Fault(FaultKind.UNCITED, " ".join(unknown)),)
        is_carried = False
        with self._watching.step(Step.VERIFY):
            if not unknown and 0 < len(cited) <= MOST_CITED:
                verdict = await self._checking.check(draft.text, cited)
                is_carried, faults = verdict.is_carried, tuple(verdict.faults)
            kinds = tuple(each.kind for each in faults)
            self._watching.saw(Checked(is_carried, len(draft.ids), kinds))
        return None if is_carried else Withheld(draft.text, cited, faults)


class _Telling:
    """What is told of one answer: sources are numbered as they come to be cited."""

    def __init__(self, question: Question, given: Mapping[str, Numbered], model: str) -> None:
        self.sentences = 0
        self._question = question
        self._given = given
        self._model = model
        self._numbers: dict[int, int] = {}
        self._against: set[str] = set()

    def of(self, draft: Draft) -> Iterator[Told]:
        if not self.sentences:
            yield Opening(self._question, "model", LEAD, (), self._model)
        self.sentences += 1
        yield from self._pinned(draft.text, [self._given[each] for each in draft.ids])

    def against(self, rivals: Sequence[Rival]) -> Iterator[Told]:
        """Tell what other sources state instead, in their own words, each once."""
        new = [each for each in rivals if each.sentence.id not in self._against]
        self._against |= {each.sentence.id for each in new}
        if new:
            yield Notice(notice_of(new, self._question.scope.as_of))
        for each in new:
            words = " ".join(each.sentence.text.split())
            yield from self._pinned(words, [each.sentence], differs=True)

    def _pinned(
        self, text: str, cited: Sequence[Numbered], *, differs: bool = False
    ) -> Iterator[Told]:
        """Yield the sources that are cited for the first time, then the sentence."""
        for version in dict.fromkeys(each.passage.version for each in cited):
            if version.id not in self._numbers:
                self._numbers[version.id] = len(self._numbers) + 1
                status = version.status_at(self._question.scope.as_of)
                yield Source(self._numbers[version.id], version, status)
        numbers = [self._numbers[each.passage.version.id] for each in cited]
        yield Sentence(text, tuple(map(_citation, cited, numbers)), differs)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _cited(draft: Draft, prompt: Prompt) -> tuple[Numbered, ...]:
    return tuple(prompt.sentences[each] for each in draft.ids if each in prompt.sentences)


def _without(rivals: Sequence[Rival], draft: Draft) -> Draft:
    """Return the draft without the ids of sentences that state otherwise: they carry it not."""
    against = {each.sentence.id for each in rivals}
    return replace(draft, ids=tuple(each for each in draft.ids if each not in against))


def _beyond(found: Sequence[Found], prompt: Prompt) -> tuple[Passage, ...]:
    """Return the passages of a prompt that were not found but stand beside what was."""
    given = {each.passage.id: each.passage for each in prompt.sentences.values()}
    known = {each.passage.id for each in found}
    return tuple(passage for at, passage in given.items() if at not in known)


def _citation(cited: Numbered, source: int) -> Citation:
    span = cited.span
    return Citation(
        source, cited.passage.id, span.start, span.end, span.page, cited.text, cited.head
    )
