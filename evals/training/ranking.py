"""Makes `retrieval/ranking.json`. READ FIRST: `train` is the story.

    python -m evals.training.ranking --data FOLDER

FOLDER holds `cuad_public`: contracts with spans that lawyers marked. Each question is asked in
three wordings, through the product's own retriever: as it is; without the contract's name, of
that contract alone; as bare keywords. The five weights are fitted listwise. Nothing is drawn
at random, so the same data give the same weights.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from deploy.parts import Parts
from deploy.quiet import keep_quiet
from evals.measures import characters
from evals.retrieval import ANYBODY, everything
from evals.sets import GoldSpan, Query, read_queries
from evals.training.made import arguments, library_of, share_of, write
from retrieval.candidates import Floats, Ints
from retrieval.documents import Scope
from retrieval.keywords import Terms
from retrieval.mention import WORD, stem
from retrieval.qdrant.bm25 import Words
from retrieval.ranking import FEATURES, WEIGHTS, Ranker, features
from retrieval.retriever import CANDIDATES, Retrieved

SET: Final = "cuad_public"
_GRADES: Final = 4
_FOLDS: Final = 4
_STEPS: Final = 400
_RATE: Final = 0.05
_DECAY: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: features (n, 5), grade 0..4 and place of each passage."""

    query: Query
    is_as_asked: bool
    features: Floats
    grade: Ints
    spans: tuple[GoldSpan, ...]

    @property
    def fold(self) -> int:
        """Return the fold of the question's document."""
        return share_of(self.query.gold[0].doc_id, _FOLDS)


async def train(data: Path) -> dict[str, Any]:
    """Return the content of `ranking.json`."""
    async with library_of(data, SET) as parts:
        examples = await _examples(parts, read_queries(data / SET / "queries.jsonl"))
    ranker = fit(examples)
    return {
        "features": FEATURES,
        **{name: getattr(ranker, name).round(6).tolist() for name in ("centre", "scale", "weight")},
        "made": {
            "by": "python -m evals.training.ranking",
            "how": "listwise softmax (ListNet, Cao et al. 2007) on the share of marked characters",
            "data": "CUAD, The Atticus Project, CC BY 4.0: 60 contracts, 530 answerable questions",
            "seed": "none: nothing is drawn at random",
            "examples": len(examples),
            "figures": f"{_FOLDS}-fold by document, questions as they are, 200 candidates",
            "with_ranker": _crossed(examples, lambda fold: _by_ranker(_others(examples, fold))),
            "without_ranker": _crossed(examples, lambda _: _by_index),
        },
    }


def fit(examples: Sequence[Example]) -> Ranker:
    """Return the line whose softmax over each question's passages comes nearest to the grades."""
    rows = np.concatenate([each.features for each in examples])
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    graded = [each for each in examples if each.grade.sum()]
    inputs = (np.concatenate([each.features for each in graded]) - centre) / scale
    wanted = np.concatenate([each.grade / each.grade.sum() for each in graded])
    sizes = np.array([len(each.grade) for each in graded])
    weight, mean, square = (np.zeros(len(FEATURES)) for _ in range(3))
    for step in range(1, _STEPS + 1):
        miss = _softmax(inputs @ weight, sizes) - wanted
        gradient = inputs.T @ miss / len(graded) + 2 * _DECAY * weight
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        weight = weight - _RATE * mean / (1 - 0.9**step) / size
    return Ranker(centre, scale, weight)


def _softmax(scores: Floats, sizes: Ints) -> Floats:
    """Return shares that add up to 1 for each question."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    powers = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    return np.asarray(powers / np.repeat(np.add.reduceat(powers, starts), sizes))


async def _examples(parts: Parts, queries: Sequence[Query]) -> list[Example]:
    versions = await parts.library.all_versions(principal=ANYBODY)
    documents = {each.uri.partition("#")[2]: each.document_id for each in versions}
    terms = Words().terms
    examples = []
    for query in (each for each in queries if each.is_answerable and each.gold):
        alone = frozenset({documents[query.gold[0].doc_id]})
        asked = await _asked(parts, query.text)
        examples.append(_example(query, asked, is_as_asked=True))
        inside = await _asked(parts, asked.mention.rest, alone)
        examples.append(_example(query, inside, is_as_asked=False))
        keywords = await _asked(parts, _keywords(query.text, terms))
        examples.append(_example(query, keywords, is_as_asked=False))
    return examples


async def _asked(parts: Parts, text: str, documents: frozenset[str] = frozenset()) -> Retrieved:
    scope = Scope(as_of=everything().as_of, documents=documents)
    return await parts.retriever.retrieve(text, principal=ANYBODY, scope=scope, limit=CANDIDATES)


def _keywords(text: str, terms: Terms) -> str:
    return " ".join(word.group() for word in WORD.finditer(text) if stem(word.group(), terms))


def _example(query: Query, retrieved: Retrieved, *, is_as_asked: bool) -> Example:
    candidates = retrieved.candidates
    spans = tuple(
        GoldSpan(each.version.uri.partition("#")[2], each.start, each.end)
        for each in candidates.passages
    )
    shares = [characters.precision_at(1, [span], query.gold) for span in spans]
    return Example(
        query=query,
        is_as_asked=is_as_asked,
        features=features(retrieved.rest, retrieved.mention, candidates),
        grade=np.round(_GRADES * np.array(shares)).astype(np.int64),
        spans=spans,
    )


def _others(examples: Sequence[Example], fold: int) -> list[Example]:
    return [each for each in examples if each.fold != fold]


def _by_ranker(examples: Sequence[Example]) -> Callable[[Example], Floats]:
    ranker = fit(examples)
    return lambda each: ((each.features - ranker.centre) / ranker.scale) @ ranker.weight


def _by_index(example: Example) -> Floats:
    return np.asarray(example.features[:, FEATURES.index("fused")])


def _crossed(
    examples: Sequence[Example], scorer: Callable[[int], Callable[[Example], Floats]]
) -> dict[str, float]:
    """Return the means over all questions, each scored by what its fold was kept out of."""
    rows = []
    for fold in range(_FOLDS):
        score = scorer(fold)
        for each in examples:
            if each.is_as_asked and each.fold == fold:
                spans = [each.spans[row] for row in np.argsort(-score(each), kind="stable")]
                rows.append(_measured(spans, each.query.gold))
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def _measured(spans: Sequence[GoldSpan], gold: Sequence[GoldSpan]) -> dict[str, float]:
    return {
        "p_at_1": characters.precision_at(1, spans, gold),
        "r_at_64": characters.recall_at(64, spans, gold),
        "r_chars_4000": characters.recall_within(4000, spans, gold),
        "r_chars_8000": characters.recall_within(8000, spans, gold),
    }


if __name__ == "__main__":
    keep_quiet()
    typed = arguments(__doc__, WEIGHTS)
    write(typed.out, asyncio.run(train(typed.data)))
