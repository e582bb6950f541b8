"""Quotes mode: the sentences that best support the question, verbatim, or a refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from assistant.amendments import amending
from assistant.answers import (
    Answer,
    Citation,
    Question,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Source,
)
from assistant.disagreement import Differing, notice_of
from assistant.lists import Heads, heads_of
from assistant.prompt import Numbered
from assistant.rows import row_heads
from assistant.support import (
    Evidence,
    Support,
    best_titles,
    choose,
    display_order,
    features,
    misses_a_name,
)
from assistant.tickets import asks_for_an_outcome, is_outcome, replies
from retrieval.documents import Status, Version
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Vector
from retrieval.keywords import Terms
from retrieval.retriever import Found, Retrieved

LEAD = "Here is what your sources say"
NOTHING = "Nothing that you may read speaks about this."
NOT_ANSWERED = "What you may read comes near, but does not answer this."

_SHOWN = 6
_FALL = 0.6
_NEAR_BEST = 0.9
_NEAREST = 3
_SHORTEST = 20
_LONGEST = 500
_LIKE = 0.36
_REPLY = 0.2
_TITLES_KEPT = 2_000
_MOST_NOTICES = 2


@dataclass(frozen=True, slots=True)
class _Quote:
    evidence: Evidence
    score: float


class Quoter:
    """Chooses sentences by how well they fit, and refuses where nothing fits well enough."""

    def __init__(self, embedder: Embedder, terms: Terms, support: Support) -> None:
        self._embedder = embedder
        self._terms = terms
        self._support = support
        self._titles: dict[str, Vector] = {}

    async def quote(self, question: Question, retrieved: Retrieved) -> Reply:
        """Return an answer made of quotes, or a refusal that names the nearest sources."""
        evidence = choose(retrieved, self._terms)
        if not evidence:
            return Refusal(question, RefusalReason.NOTHING_READABLE, NOTHING, ())
        if misses_a_name(retrieved, self._terms):
            return refusal_of(question, retrieved.found, NOT_ANSWERED)
        looked_at = [*evidence, *self._replies(question, retrieved, evidence)]
        fits, names = await vectors_of(self._embedder, looked_at, retrieved, self._titles)
        given = features(retrieved, evidence, fits[: len(evidence)], names, self._terms)
        if not self._support.suffices(given):
            return refusal_of(question, retrieved.found, NOT_ANSWERED)
        quotes = _best(question, retrieved, looked_at, fits)
        quotes += _amending(question, retrieved, quotes)
        answer = _answer(question, quotes, _heads(retrieved))
        return replace(answer, notices=self._differing(question, quotes))

    async def is_like(self, answer: Answer, words: str) -> bool:
        """Return whether what is shown first is like these words on their own."""
        said, asked = await self._embedder.embed([answer.sentences[0].text[:_LONGEST], words])
        return float(said @ asked) >= _LIKE

    def _replies(
        self, question: Question, retrieved: Retrieved, evidence: Sequence[Evidence]
    ) -> list[Evidence]:
        """Return more of the replies in tickets, where what they found or did is asked for."""
        return replies(retrieved, evidence) if asks_for_an_outcome(question.text) else []

    def _differing(self, question: Question, quotes: Sequence[_Quote]) -> tuple[str, ...]:
        """Return what is said where quoted sources state different figures of the same."""
        given = [
            Numbered(str(at), each.evidence.passage, each.evidence.span)
            for at, each in enumerate(quotes)
        ]
        comparing = Differing(question, given, self._terms)
        notices: dict[frozenset[str], str] = {}
        for each in given:
            rivals = comparing.rivals(each.text, [each])
            if rivals:
                pair = frozenset([each.id, *(rival.sentence.id for rival in rivals)])
                notices.setdefault(pair, notice_of(rivals, question.scope.as_of))
        return tuple(notices.values())[:_MOST_NOTICES]


async def vectors_of(
    embedder: Embedder,
    evidence: Sequence[Evidence],
    retrieved: Retrieved,
    kept: dict[str, Vector],
) -> tuple[Vectors, Vectors]:
    """Return a row for each sentence and for each title, in one call of the embedder.

    Titles come again with every question: their vectors are taken from `kept`, and put there.
    """
    titles = best_titles(retrieved)
    known = {title: kept[title] for title in titles if title in kept}
    unknown = [title for title in dict.fromkeys(titles) if title not in known]
    sentences = [each.headed[:_LONGEST] for each in evidence]
    rows = await embedder.embed([*sentences, *unknown])
    known |= dict(zip(unknown, rows[len(sentences) :], strict=True))
    kept |= known
    for title in list(kept)[:-_TITLES_KEPT]:
        del kept[title]
    return rows[: len(sentences)], np.stack([known[title] for title in titles])


def _best(
    question: Question, retrieved: Retrieved, evidence: Sequence[Evidence], vectors: Vectors
) -> list[_Quote]:
    """Return the sentences to show, best first: those not far below the best.

    Where what was found or done is asked for, the replies in the ticket that fits best stand above
    what it complains of.
    """
    order, scores = display_order(retrieved, evidence, vectors)
    quotes = [_Quote(evidence[row], float(scores[row])) for row in order]
    if asks_for_an_outcome(question.text):
        bound = quotes[0].score * _NEAR_BEST
        near = {each.evidence.passage.version.id for each in quotes if each.score >= bound}
        quotes = [_raised(each, near) for each in quotes]
        quotes.sort(key=lambda each: -each.score)
    telling = [each for each in quotes if len(each.evidence.text) >= _SHORTEST] or quotes
    bound = telling[0].score * _FALL
    return [each for each in telling[:_SHOWN] if each.score >= bound]


def _raised(quote: _Quote, near: Collection[int]) -> _Quote:
    passage, span = quote.evidence.passage, quote.evidence.span
    is_raised = passage.version.id in near and is_outcome(passage, span)
    return replace(quote, score=quote.score + _REPLY * is_raised)


def _amending(question: Question, retrieved: Retrieved, quotes: Sequence[_Quote]) -> list[_Quote]:
    """Return what changes the clauses quoted, as near to the question as what it changes."""
    found = amending(retrieved, [each.evidence for each in quotes], question.scope.as_of)
    return [_Quote(evidence, quotes[place].score) for place, evidence in found]


def _heads(retrieved: Retrieved) -> Heads:
    """Return what stands above the lists and tables in what was found."""
    passages = [each.passage for each in retrieved.found]
    passages.sort(key=lambda each: (each.version.id, each.ordinal))
    return {**heads_of(passages), **row_heads(passages).of}


def _answer(question: Question, quotes: Sequence[_Quote], heads: Heads) -> Answer:
    status = partial(_status, question)
    groups: dict[int, list[_Quote]] = {}
    for quote in quotes:
        groups.setdefault(quote.evidence.passage.version.id, []).append(quote)
    ranked = sorted(groups.values(), key=lambda group: _standing(group, quotes[0].score, status))
    sources, sentences = [], []
    for number, group in enumerate(ranked, 1):
        version = group[0].evidence.passage.version
        sources.append(Source(number, version, status(version)))
        sentences += [_sentence(each.evidence, number, heads) for each in group]
    return Answer(question, "quotes", LEAD, tuple(sentences), tuple(sources))


def _standing(
    group: Sequence[_Quote], best: float, status: partial[Status]
) -> tuple[bool, bool, int, float]:
    """Return the sort key of a document: as good as the best, approved, newest, then by fit."""
    version = group[0].evidence.passage.version
    score = max(each.score for each in group)
    is_near = score >= best * _NEAR_BEST
    newest = -version.begins if is_near else 0
    return (not is_near, status(version) is not Status.APPROVED, newest, -score)


def _status(question: Question, version: Version) -> Status:
    return version.status_at(question.scope.as_of)


def _sentence(evidence: Evidence, number: int, heads: Heads) -> Sentence:
    words = evidence.text
    passage = evidence.passage
    span = evidence.span
    head = heads.get((passage.id, span.start), "")
    citation = Citation(number, passage.id, span.start, span.end, span.page, words, head)
    return Sentence(" ".join(words.split()), (citation,))


def refusal_of(question: Question, found: Sequence[Found], text: str) -> Refusal:
    """Return a refusal that names the nearest sources."""
    versions = {each.passage.version.id: each.passage.version for each in found}
    nearest = tuple(
        Source(number, version, _status(question, version))
        for number, version in enumerate(list(versions.values())[:_NEAREST], 1)
    )
    return Refusal(question, RefusalReason.NOT_SUPPORTED, text, nearest)
