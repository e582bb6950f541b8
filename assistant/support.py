"""Does what was found answer the question? Six figures of the best sentences, and a fitted curve.

Quotes mode refuses below the curve's bound and shows sentences in the order found here. There
are two bounds: whoever names a document speaks its language, and fits it better, answered or
not. The weights lie in `support.json`; `evals/training/support.py` makes them, on which data it
says there, with the share of answerable questions that the bounds refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assistant.rows import is_named_row, is_row, row_heads
from assistant.sentences import begins_a_sentence
from retrieval.candidates import Candidates, Floats, Ints
from retrieval.documents import Passage, Span
from retrieval.index import Vector
from retrieval.keywords import Terms
from retrieval.mention import WORD, stem
from retrieval.retriever import Retrieved
from retrieval.weights import weights_of

FEATURES: Final = (
    "whole_fit",
    "rest_fit",
    "sentence_words",
    "passage_words",
    "beyond_title",
    "named",
)
WEIGHTS: Final = Path(__file__).with_name("support.json")

_PASSAGES: Final = 5
_SENTENCES: Final = 12
_SAME_ROW: Final = 0.8
_RANK_COST: Final = 0.08
_FEWEST_WORDS: Final = 4
_FEWEST_PLAIN: Final = 2
_SHOWN_PASSAGE: Final = 0.4
_SHOWN_WORDS: Final = 0.2
_SHOWN_RANK: Final = 0.04
_EPSILON: Final = 1e-6
_NAME: Final = re.compile(r"\w+(?:[-.]\w+)*")
_CONTENTS: Final = re.compile(r"(?:\. ?){4,}|…\s*\d|_{4,}")
_MAIL_HEAD: Final = re.compile(r"(?:From|To|Cc|Date|Sent|Subject): \S")
_MOST_NAMES: Final = 0.5

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of one of the best passages.

    `rank` is the passage's, 0 is best; `words` is the share of the question's words that the
    sentence has, rare ones weighing more, 0 to 1. `head` are the names of its columns, if it is
    the row of a table without them.
    """

    passage: Passage
    span: Span
    rank: int
    words: float
    head: str = ""

    @property
    def text(self) -> str:
        """Return the sentence as it stands in the source."""
        return text_of(self.passage, self.span)

    @property
    def headed(self) -> str:
        """Return the sentence with its head before it."""
        return f"{self.head}\n{self.text}" if self.head else self.text


@dataclass(frozen=True, slots=True)
class _Asked:
    """The stems asked about, the document's name left out, and how rare each is, both (w,)."""

    stems: Ints
    rarity: Floats

    def share(self, found: Ints) -> float:
        """Return the share of the stems' weight that is among `found`."""
        total = float(self.rarity.sum())
        return float(self.rarity[np.isin(self.stems, found)].sum()) / total if total else 0.0


def text_of(passage: Passage, span: Span) -> str:
    """Return the words of a span that lies inside a passage."""
    return passage.text[span.start - passage.start : span.end - passage.start]


def choose(retrieved: Retrieved, terms: Terms) -> list[Evidence]:
    """Return the sentences worth a closer look, at most twelve, best first by their words."""
    asked, best = _asked(retrieved, terms), retrieved.found[:_PASSAGES]
    heads = row_heads([each.passage for each in best])
    said = [
        Evidence(each.passage, span, rank, 0.0, heads.of.get((each.passage.id, span.start), ""))
        for rank, each in enumerate(best)
        for span in each.passage.sentences
        if (each.passage.id, span.start) not in heads.names
    ]
    every = _of_the_row(
        replace(each, words=_words(each.headed, asked, terms))
        for each in said
        if tells_something(each.text)
    )
    every.sort(key=lambda each: _RANK_COST * each.rank - each.words)
    return every[:_SENTENCES]


def _of_the_row(every: Iterable[Evidence]) -> list[Evidence]:
    """Return them without the rows of a table that have fewer of the asked words than another.

    Rows without names of columns are facts of their own: of these each stays.
    """
    kept = list(every)
    best: dict[int, float] = {}
    for each in kept:
        if is_named_row(each.headed):
            table = each.passage.version.id
            best[table] = max(best.get(table, 0.0), each.words)
    return [
        each
        for each in kept
        if not is_named_row(each.headed) or each.words >= _SAME_ROW * best[each.passage.version.id]
    ]


def features(
    retrieved: Retrieved,
    evidence: Sequence[Evidence],
    vectors: Vectors,
    titles: Vectors,
    terms: Terms,
) -> Floats:
    """Return what is known of the evidence as a whole, shape (6,), in the order of FEATURES.

    whole_fit, rest_fit: best cosine of a sentence with the question, with and without the
    document's name. sentence_words, passage_words: share of the asked words in the best
    sentence and in the best passage. beyond_title: best cosine of question and passage once
    what both share with the title is taken away. named: 1 if the question names a document.

    `vectors` (s, d) are of the evidence, `titles` (p, d) of the titles of the best passages.
    """
    if not len(evidence):
        return np.zeros(len(FEATURES))
    best = retrieved.order[:_PASSAGES]
    fits = (float((vectors @ each).max()) for each in (retrieved.whole, retrieved.rest))
    return np.array(
        [
            *fits,
            max(each.words for each in evidence),
            _asked(retrieved, terms).share(_terms_of(int(best[0]), retrieved.candidates)),
            _beyond_title(retrieved.whole, retrieved.candidates.vectors[best], titles),
            float(retrieved.mention.likely >= 0),
        ]
    )


def tells_something(sentence: str) -> bool:
    """Return whether this can answer at all.

    A bare heading, a party's name, a number, a line of the contents and the head of a letter
    cannot; the row of a table can, if it has more than one cell.
    """
    if _CONTENTS.search(sentence) or _MAIL_HEAD.match(sentence):
        return False
    words = sentence.split()
    plain = sum(word[:1].islower() for word in words)
    is_field = ":" in sentence and any(letter.isdigit() for letter in sentence)
    is_said = plain >= _FEWEST_PLAIN or is_field or is_row(sentence)
    return len(words) >= _FEWEST_WORDS and is_said


def misses_a_name(retrieved: Retrieved, terms: Terms) -> bool:
    """Return whether the question names something that none of the best passages has.

    A name is one or more words with a capital or a digit, but for the first word of a sentence: a
    person, a place, a part number, a year. It is missing if one of its words is not found. In a
    question written mostly in capitals no word counts as one.
    """
    candidates = retrieved.candidates
    held = {term for title in best_titles(retrieved) for term in terms(title)}
    for row in retrieved.order[:_PASSAGES]:
        held.update(_terms_of(int(row), candidates).tolist())
    return any(not name <= held for name in _names(retrieved.mention.rest, terms))


def _names(question: str, terms: Terms) -> Iterator[set[int]]:
    """Yield the stems of each name in a question."""
    words = list(_NAME.finditer(question))
    if sum(_is_name(word, question) for word in words) > _MOST_NAMES * len(words):
        return
    for is_name, run in groupby(words, lambda word: _is_name(word, question)):
        stems = {stem for word in run for stem in terms(word.group())}
        if is_name and stems:
            yield stems


def _is_name(word: re.Match[str], question: str) -> bool:
    if any(letter.isdigit() for letter in word.group()):
        return True
    return word.group()[0].isupper() and not begins_a_sentence(question, word.start())


def best_titles(retrieved: Retrieved) -> list[str]:
    """Return the titles of the best passages, one per passage."""
    return [each.passage.version.title for each in retrieved.found[:_PASSAGES]]


def display_order(
    retrieved: Retrieved, evidence: Sequence[Evidence], vectors: Vectors
) -> tuple[list[int], Floats]:
    """Return rows of the evidence, the one to show first coming first, and every row's score."""
    passages = retrieved.candidates.vectors[retrieved.order[[each.rank for each in evidence]]]
    own, around = _fit(vectors, retrieved), _fit(passages, retrieved)
    fit = (1 - _SHOWN_PASSAGE) * own + _SHOWN_PASSAGE * around
    words = np.array([each.words for each in evidence])
    rank = np.array([each.rank for each in evidence])
    score = fit + _SHOWN_WORDS * words - _SHOWN_RANK * rank
    return [int(row) for row in np.argsort(-score, kind="stable")], np.asarray(score, np.float64)


def _fit(vectors: Vectors, retrieved: Retrieved) -> Vectors:
    """Return the mean cosine with the question as it stands and without the document's name."""
    return np.asarray((vectors @ retrieved.whole + vectors @ retrieved.rest) / 2, np.float32)


@dataclass(frozen=True, slots=True)
class Support:
    """A logistic curve over FEATURES, and the probabilities below which there is no answer.

    `named` is the bound for questions that name a document, `unnamed` for all others.
    """

    weight: Floats
    bias: float
    named: float
    unnamed: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Support:
        """Return the curve of a file, or raise `Damaged` if it is of other features."""
        data = weights_of(path, FEATURES, "evals/training/support.py")
        bounds = data["bounds"]
        weight = np.array(data["weight"], np.float64)
        return cls(weight, float(data["bias"]), float(bounds["named"]), float(bounds["unnamed"]))

    def probability(self, given: Floats) -> float:
        """Return how likely it is that the evidence answers, 0 to 1, where as many do as not."""
        return float(1 / (1 + np.exp(-(given @ self.weight + self.bias))))

    def suffices(self, given: Floats) -> bool:
        """Return whether to answer."""
        bound = self.named if given[FEATURES.index("named")] else self.unnamed
        return self.probability(given) >= bound


def _asked(retrieved: Retrieved, terms: Terms) -> _Asked:
    candidates = retrieved.candidates
    found = {stem(word.group(), terms) for word in WORD.finditer(retrieved.mention.rest)} - {0}
    stems = np.array(sorted(found), np.int64)
    pairs = np.unique(np.stack([candidates.rows(), candidates.term_ids]), axis=1)
    held = np.array([(pairs[1] == each).sum() for each in stems], np.float64)
    count = len(candidates.fused)
    return _Asked(stems, np.log1p((count - held + 0.5) / (held + 0.5)))


def _words(text: str, asked: _Asked, terms: Terms) -> float:
    found = {stem(word.group(), terms) for word in WORD.finditer(text)}
    return asked.share(np.array(sorted(found), np.int64))


def _terms_of(row: int, candidates: Candidates) -> Ints:
    start = candidates.term_ends[row - 1] if row else 0
    return candidates.term_ids[start : candidates.term_ends[row]]


def _beyond_title(question: Vector, passages: Vectors, titles: Vectors) -> float:
    left = passages - (passages * titles).sum(axis=1, keepdims=True) * titles
    right = question - (titles @ question)[:, None] * titles
    size = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(((left * right).sum(axis=1) / (size + _EPSILON)).max())
