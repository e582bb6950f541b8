"""How a question is answered. READ FIRST: `Assistant.write` is the story, the rest its verbs."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from assistant.answers import Answer, Context, Question, Reply, pieces_of, reply_of
from assistant.conversation_rewriter import FollowUps
from assistant.model import Failing, ModelFailed
from assistant.quotes import Quoter
from assistant.stopping import NeverStopped, Pieces, Underway
from assistant.verify import verified
from assistant.watching import Quoted, Step, Unwatched, Watching
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.retriever import Found, Retrieved, Retriever

PASSAGES = 24
_NOT_THERE = "The language model is not available, so these are the sources' own words."
INSTEAD = dict.fromkeys(Failing, _NOT_THERE) | {
    Failing.SLOW: "The language model did not answer in time, so these are the sources' own words.",
    Failing.BUSY: "The language model is busy, so these are the sources' own words.",
}


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
    ) -> None:
        self._retriever = retriever
        self._quoter = quoter
        self._writer = writer
        self._underway = underway or Underway(NeverStopped())
        self._watching = watching or Unwatched()
        self._follow_ups = follow_ups or FollowUps()

    async def ask(self, question: Question) -> Reply:
        """Return an answer whose every sentence is pinned, or a refusal."""
        return reply_of([piece async for piece in self.stream(question)])

    def stream(self, question: Question) -> Pieces:
        """Yield the same as it is written, until it is stopped."""
        return self._underway.told(question, self.write(question))

    async def write(self, question: Question) -> Pieces:
        """Yield the pieces of the reply, whoever may have stopped it."""
        question = await self._follow_ups.stand_alone(question)
        retrieved = await self._retrieve(question)
        found = tuple(each.passage for each in retrieved.found)
        yield Context(found, question.text if question.asked else "")
        notice = INSTEAD[question.failing] if question.failing else ""
        if self._writer is not None and retrieved.found and not notice:
            try:
                async with aclosing(self._writer.write(question, retrieved.found)) as written:
                    async for told in written:
                        yield told
                return
            except ModelFailed as failed:
                notice = INSTEAD[failed.failing]
        for told in pieces_of(await self._quoted(question, retrieved, notice)):
            yield told

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        """End an answer of this person's that is being written; raise `NotFound` if none is."""
        self._underway.stop(answer_id, principal=principal)

    async def search(self, question: Question, limit: int) -> list[Found]:
        """Return the stretches nearest to the question, best first."""
        return await self._retriever.search(
            question.text, principal=question.principal, scope=question.scope, limit=limit
        )

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
        shut = question.principal.shut | self._underway.stops.shut()
        with self._watching.step(Step.RETRIEVE):
            retrieved = await self._retriever.retrieve(
                question.text,
                principal=replace(question.principal, shut=shut),
                scope=question.scope,
                limit=PASSAGES,
            )
            self._watching.saw(Context(tuple(each.passage for each in retrieved.found)))
        return retrieved


def _sentences_of(reply: Reply) -> int:
    return len(reply.sentences) if isinstance(reply, Answer) else 0
