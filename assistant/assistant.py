"""How a question is answered. READ FIRST: `Assistant.write` is the story, the rest its verbs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from assistant.answers import Answer, Context, Piece, Question, Refusal, Reply, pieces_of, reply_of
from assistant.conversation_again import again_of
from assistant.conversation_rewriter import FollowUps
from assistant.model import Failing, ModelFailed
from assistant.quotes import Quoter
from assistant.review.first import First
from assistant.stopping import NeverStopped, Pieces, Underway
from assistant.tool_brought import Brought
from assistant.tool_loop import Gathers, NoTools
from assistant.verify import verified
from assistant.watching import Quoted, Step, Unwatched, Watching
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.errors import Busy
from retrieval.retriever import Found, Retrieved, Retriever

PASSAGES = 24
_NOT_THERE = "The language model is not available, so these are the sources' own words."
INSTEAD = dict.fromkeys(Failing, _NOT_THERE) | {
    Failing.SLOW: "The language model did not answer in time, so these are the sources' own words.",
    Failing.BUSY: "The language model is busy, so these are the sources' own words.",
}


class Approved(Protocol):
    """What reviewers approved for everybody who asks the same."""

    async def of(self, question: Question) -> First | None:
        """Return the approved answer to a question, None if there is none for who asks."""


class NothingApproved:
    """Nothing was approved."""

    async def of(self, question: Question) -> First | None:
        """Return nothing."""
        return None


class Assistant:
    """Answers from the sources, and says so when they do not answer.

    Without a model, or while it fails, with their own words: quotes mode.
    """

    def __init__(
        self,
        retriever: Retriever,
        quoter: Quoter,
        underway: Underway | None = None,
        writer: Writer | None = None,
        watching: Watching | None = None,
        follow_ups: FollowUps | None = None,
        tools: Gathers | None = None,
        approved: Approved | None = None,
    ) -> None:
        self._retriever = retriever
        self._quoter = quoter
        self._writer = writer
        self._underway = underway or Underway(NeverStopped())
        self._watching = watching or Unwatched()
        self._follow_ups = follow_ups or FollowUps()
        self._tools = tools or NoTools()
        self._approved = approved or NothingApproved()

    async def ask(self, question: Question) -> Reply:
        """Return an answer whose every sentence is pinned, or a refusal."""
        return reply_of([piece async for piece in self.stream(question)])

    def stream(self, question: Question) -> Pieces:
        """Yield the same as it is written, until it is stopped."""
        return self._underway.told(question, self.write(question))

    async def write(self, question: Question) -> Pieces:
        """Yield the pieces of the reply, whoever may have stopped it."""
        question = await self._follow_ups.stand_alone(question)
        if first := await self._first(question):
            for piece in first:
                yield piece
            return
        async with aclosing(self._from_sources(question)) as pieces:
            async for piece in pieces:
                yield piece

    async def _from_sources(self, question: Question) -> Pieces:
        """Yield what a model writes of what was found, or the sources' own words."""
        retrieved = await self._retrieve(question)
        yield _context(question, retrieved)
        brought = Brought(retrieved.found)
        notice = INSTEAD[question.failing] if question.failing else ""
        if self._writer is not None and not notice:
            try:
                async with aclosing(self._written(question, self._writer, brought)) as written:
                    async for piece in written:
                        yield piece
                if brought.found:
                    return
            except ModelFailed as failed:
                notice = INSTEAD[failed.failing]
            except Busy:
                if not brought.has_asked:
                    raise
                notice = INSTEAD[Failing.BUSY]
        brought.leave()
        async with aclosing(self._quote(question, retrieved, notice)) as quoted:
            async for each in quoted:
                for told in brought.told(each):
                    yield told

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._underway.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> list[Found]:
        """Return the stretches nearest to the question, best first."""
        return await self._retriever.search(
            question.text, principal=question.principal, scope=question.scope, limit=limit
        )

    async def _first(self, question: Question) -> Sequence[Piece]:
        """Return the pieces of an approved answer, none if there is none for who asks."""
        allowed = replace(question, principal=self._allowed(question))
        first = await self._approved.of(allowed)
        if first is None:
            return ()
        cited = Context(first.passages, _looked_for(question))
        return (cited, *pieces_of(replace(first.answer, question=question)))

    async def _written(self, question: Question, writer: Writer, brought: Brought) -> Pieces:
        """Yield what tools give, and what a model writes of all that was found."""
        began = asyncio.get_running_loop().time()
        passages = [each.passage for each in brought.retrieved]
        acting = replace(question, principal=self._allowed(question))
        async with aclosing(self._tools.gather(acting, passages)) as gathering:
            async for given in gathering:
                for each in brought.take(given):
                    yield each
        if not brought.found:
            return
        spent = asyncio.get_running_loop().time() - began
        async with aclosing(writer.write(question, brought.found, spent)) as written:
            async for piece in written:
                for told in brought.told(piece):
                    yield told

    async def _quote(self, question: Question, retrieved: Retrieved, notice: str) -> Pieces:
        """Yield the sources' own words; a follow-up without any is looked for once more."""
        reply = await self._quoted(question, retrieved, notice)
        again = again_of(question)
        if isinstance(reply, Refusal) and again is not None:
            retrieved = await self._retrieve(again.question)
            yield _context(again.question, retrieved)
            second = await self._quoted(again.question, retrieved, notice)
            if isinstance(second, Answer) and again.is_about(second):
                reply = second if await self._quoter.is_like(second, again.whole.own) else reply
        for told in pieces_of(reply):
            yield told

    async def _quoted(self, question: Question, retrieved: Retrieved, notice: str) -> Reply:
        """Return the sources' own words; `notice` says why nothing else."""
        with self._watching.step(Step.QUOTE):
            quoted = await self._quoter.quote(question, retrieved)
        with self._watching.step(Step.VERIFY):
            reply = verified(quoted, retrieved.found)
            self._watching.saw(Quoted(_sentences_of(quoted), _sentences_of(reply)))
        if notice and isinstance(reply, Answer):
            return replace(reply, notices=(notice, *reply.notices))
        return reply

    async def _retrieve(self, question: Question) -> Retrieved:
        """Return what an answer may rest on: stopped sources are shut, for answers only."""
        with self._watching.step(Step.RETRIEVE):
            retrieved = await self._retriever.retrieve(
                question.text,
                principal=self._allowed(question),
                scope=question.scope,
                limit=PASSAGES,
            )
            self._watching.saw(Context(tuple(each.passage for each in retrieved.found)))
        return retrieved

    def _allowed(self, question: Question) -> Principal:
        """Return who asks, with the sources shut that no answer may rest on."""
        shut = question.principal.shut | self._underway.stops.shut()
        return replace(question.principal, shut=shut)


def _context(question: Question, retrieved: Retrieved) -> Context:
    found = tuple(each.passage for each in retrieved.found)
    return Context(found, _looked_for(question))


def _looked_for(question: Question) -> str:
    return question.text if question.asked else ""


def _sentences_of(reply: Reply) -> int:
    return len(reply.sentences) if isinstance(reply, Answer) else 0
