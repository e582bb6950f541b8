"""Asking a case as its person on its day. READ FIRST: `AssistantAsker.ask` is the story.

The question goes the way that every question goes: admitted, recorded, answered. Only the review
queue is spared, and a conversation is removed when its case is over.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import date
from typing import Protocol

from assistant.answers import Question
from assistant.carried import Bounds, Verifier
from assistant.review.outcome import EVALUATION
from deploy.acting import principal_of
from deploy.failing import foreseen
from deploy.parts import Parts
from evals.judging.judge import Judge
from evals.measures.costs import gpu_seconds
from evals.outcome import Outcome
from evals.running.acting import Acting
from evals.running.far import Ledger
from evals.running.hearing import Heard, Overhearing
from evals.running.rereading import Rereading
from evals.sets import GoldSpan
from evals.suites.case import Case, Suite
from evals.suites.corpus import name_of
from retrieval.access import Principal
from retrieval.documents import Kind, Scope, Status, end_of, now
from retrieval.errors import Busy, NotFound, Unavailable
from retrieval.qdrant.bm25 import Words

DEPTH = 64
_SPARE = 16
_TRIES = 8
_PAUSE_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 5


class Asker(Protocol):
    """Whoever is asked: the assistant, or a pipeline made to compare it with."""

    async def ask(self, case: Case) -> Outcome:
        """Return what came of a case; what went wrong is in it, and never raised."""


class AssistantAsker:
    """Asks the assistant of a library, and reads anew what it says."""

    def __init__(
        self, parts: Parts, rereading: Rereading, overhearing: Overhearing, acting: Acting
    ) -> None:
        self._parts = parts
        self._rereading = rereading
        self._overhearing = overhearing
        self._acting = acting

    async def ask(self, case: Case) -> Outcome:
        """Return what came of a case; what went wrong is in it, and never raised."""
        outcome = failed(case, asyncio.CancelledError())
        try:
            question = await self._acting.allowed(await question_of(self._parts, case))
            try:
                outcome = await self._came(case, question)
            finally:
                outcome = await self._acting.over(question, outcome)
        except Exception as error:  # one case must not end a run of thousands
            return replace(failed(case, error), calls=outcome.calls)
        return outcome

    async def _came(self, case: Case, question: Question) -> Outcome:
        try:
            async with self._conversation(case, question) as placed:
                heard = await self._heard(placed)
            return await self._outcome(case, placed, heard)
        except Exception as error:  # what it had done is told all the same
            return failed(case, error)

    @asynccontextmanager
    async def _conversation(self, case: Case, question: Question) -> AsyncIterator[Question]:
        """Ask what comes before, and lend the question in its conversation; then remove that."""
        if not case.earlier:
            yield question
            return
        place = ""
        try:
            for text in case.earlier:
                heard = await self._heard(_anew(question, text=text, conversation=place))
                place = (heard.question and heard.question.conversation) or ""
            yield replace(question, conversation=place)
        finally:
            if place:
                with suppress(NotFound):
                    await self._parts.history.remove(place, principal=question.principal)

    async def _heard(self, question: Question) -> Heard:
        """Ask, and return what is told; where too much is asked, wait as long as it says.

        An answer that was stopped says nothing of the assistant, and a machine at its limits
        stops them when it cannot look whether it should: that is asked again too.
        """
        for left in reversed(range(_TRIES)):
            heard = Heard()
            try:
                async with aclosing(self._parts.assistant.stream(question)) as pieces:
                    async for piece in pieces:
                        heard.take(piece)
                if not heard.was_stopped:
                    break
                if not left:
                    raise Unavailable("Answers are stopped: `pincite status` says by whom.")
                await asyncio.sleep(_PAUSE_SECONDS)
            except Busy as busy:
                if not left:
                    raise
                await asyncio.sleep(min(busy.retry_seconds, _LONGEST_WAIT_SECONDS))
            finally:
                besides = self._overhearing.besides(question)
                self._acting.denied(question, besides.denied)
        heard.end()
        heard.besides = besides
        return heard

    async def _outcome(self, case: Case, question: Question, heard: Heard) -> Outcome:
        besides = heard.besides
        answered = heard.question or question
        looked_for = answered.text if answered.asked else ""
        mode = heard.opening.mode if heard.opening else ""
        principal, scope = question.principal, question.scope
        reread = self._rereading
        said = [
            await reread.said(each, heard.sources, mode, principal=principal)
            for each in heard.shown
        ]
        gold, missing = await reread.located(case.expected.gold, scope, principal=principal)
        return Outcome(
            case=case.id,
            refused=heard.refusal.reason.value if heard.refusal else "",
            mode=mode,
            said=tuple(said),
            named=tuple(dict.fromkeys(name_of(each.version) for each in heard.sources)),
            retrieved=await self._retrieved(case, looked_for, principal, scope),
            gold=gold,
            notices=tuple(heard.notices),
            looked_for=looked_for,
            withheld=besides.withheld,
            first_seconds=heard.seconds if heard.first_seconds is None else heard.first_seconds,
            seconds=heard.seconds,
            model=heard.opening.model if heard.opening else "",
            tokens_read=besides.tokens_read,
            tokens_written=besides.tokens_written,
            gpu_seconds=gpu_seconds(besides.model_seconds, self._parts.settings.model_gpus),
            error=_missing(missing),
        )

    async def _retrieved(
        self, case: Case, looked_for: str, principal: Principal, scope: Scope
    ) -> tuple[GoldSpan, ...]:
        """Return the stretches found, best first, to `DEPTH` and without what is excluded."""
        retrieved = await self._parts.retriever.retrieve(
            looked_for or case.question, principal=principal, scope=scope, limit=DEPTH + _SPARE
        )
        passages = [each.passage for each in retrieved.found]
        spans = [GoldSpan(name_of(each.version), each.start, each.end) for each in passages]
        return tuple(each for each in spans if each.doc_id not in case.excluded)[:DEPTH]


@asynccontextmanager
async def asking(
    parts: Parts,
    suites: Iterable[Suite],
    judge: Judge | None = None,
    *,
    ledger: Ledger | None = None,
    runner: str = "",
) -> AsyncIterator[AssistantAsker]:
    """Lend who asks these suites, and watches what comes of it.

    `ledger` is that of the far systems that are stood in for: without one they are real, and
    tools are called for `runner` alone (PINCITE_USER, if it is not said).
    """
    overhearing = Overhearing()
    acting = Acting(parts, runner or parts.settings.pincite_user, ledger)
    with parts.watching.along(overhearing):
        yield AssistantAsker(parts, rereading_of(parts, suites, judge), overhearing, acting)


def rereading_of(parts: Parts, suites: Iterable[Suite], judge: Judge | None = None) -> Rereading:
    """Return what looks up the citations and the gold of these suites."""
    golds = {
        gold.document for suite in suites for case in suite.cases for gold in case.expected.gold
    }
    verifier = Verifier(parts.embedder, Words().terms, Bounds.load())
    return Rereading(parts.library, parts.opened, verifier, golds, judge)


async def question_of(parts: Parts, case: Case) -> Question:
    """Return a case as its person asks it on its day; a day to come is allowed here."""
    as_of = end_of(date.fromisoformat(case.as_of)) - 1 if case.as_of else now()
    scope = Scope(
        as_of=as_of,
        kinds=frozenset(map(Kind, case.kinds)),
        statuses=frozenset(map(Status, case.statuses)) or Scope(as_of).statuses,
        sources=frozenset(case.sources),
        parties=frozenset(case.parties),
    )
    principal = await principal_of(parts, case.person or None)
    return Question(case.question, principal, scope, origin=EVALUATION, channel=EVALUATION)


def failed(case: Case, error: BaseException) -> Outcome:
    """Return the outcome of a case that could not be asked to its end."""
    known = foreseen(error)
    told = str(known) if known else f"Unexpected {type(error).__name__}."
    return Outcome(case.id, "", "", (), (), (), (), (), "", 0, 0.0, 0.0, error=told)


def _anew(question: Question, *, text: str, conversation: str) -> Question:
    return replace(question, text=text, conversation=conversation, id=secrets.token_hex(16))


def _missing(documents: tuple[str, ...]) -> str:
    if not documents:
        return ""
    return (
        f"Expected the gold in the text of {', '.join(documents)}, as its person may read it, got "
        "none. Mend the case, or the library."
    )
