"""Makes `assistant/support.json`. READ FIRST: `train` is the story.

    python -m evals.training.support --data FOLDER

FOLDER holds the sets of SETS and TESTED. Questions go through the product's own retriever and
choice of sentences; a logistic curve is fitted to whether they have an answer, each class of a
set counting alike. The bounds are where a stated share of the answerable questions would be
refused. Nothing is drawn at random; halves are made by a hash of the document's name.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import PASSAGES
from assistant.quotes import vectors_of
from assistant.support import FEATURES, WEIGHTS, Support, choose, features, misses_a_name
from deploy.parts import Parts
from deploy.quiet import keep_quiet
from evals.retrieval import ANYBODY, everything
from evals.training.curve import bound_of, fitted
from evals.training.made import arguments, library_of, share_of, write
from retrieval.candidates import Floats
from retrieval.qdrant.bm25 import Words

SETS: Final = {"cuad_public": 1.0, "clapnq": 1.0, "mtragun": 0.5, "policyqa": 0.5}
"""What is trained on, and how much each set counts."""
TESTED: Final = ("clapnq", "cuad_legalbench_mini", "policyqa")
_HALVED: Final = frozenset({"clapnq", "policyqa"})
_EVERY: Final = {"policyqa": 6}
_FALSELY_REFUSED: Final = {"named": 0.12, "unnamed": 0.08}
_NAMED: Final = FEATURES.index("named")

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """`n` questions: features (n, 6), whether each has an answer, and whether a name is missing."""

    features: Floats
    is_answerable: Flags
    misses: Flags
    half: NDArray[np.int64]

    def where(self, chosen: Flags) -> Labelled:
        """Return some of the questions."""
        return Labelled(
            features=self.features[chosen],
            is_answerable=self.is_answerable[chosen],
            misses=self.misses[chosen],
            half=self.half[chosen],
        )

    def shares(self) -> Floats:
        """Return a weight for each question: answerable ones make half, the others the rest."""
        yes = max(int(self.is_answerable.sum()), 1)
        no = max(int((~self.is_answerable).sum()), 1)
        return np.where(self.is_answerable, 0.5 / yes, 0.5 / no)


async def train(data: Path) -> dict[str, Any]:
    """Return the content of `support.json`."""
    sets = {name: await _labelled(data, name) for name in dict.fromkeys([*SETS, *TESTED])}
    kept = {name: _trained_half(name, each) for name, each in sets.items() if name in SETS}
    weight, bias = fit(kept)
    bounds = {kind: _bound(kept, weight, bias, kind) for kind in _FALSELY_REFUSED}
    support = Support(weight, bias, bounds["named"], bounds["unnamed"])
    return {
        "features": FEATURES,
        "weight": weight.round(6).tolist(),
        "bias": round(bias, 6),
        "bounds": {kind: round(bound, 4) for kind, bound in bounds.items()},
        "made": {
            "by": "python -m evals.training.support",
            "how": "ridge logistic regression; bounds by share of answerable questions refused",
            "falsely_refused_in_training": _FALSELY_REFUSED,
            "data": _DATA,
            "weights_of_sets": SETS,
            "questions": {name: len(each.features) for name, each in kept.items()},
            "seed": "none: nothing is drawn at random",
            "held_out": {
                name: measured(support, _tested_half(name, sets[name])) for name in TESTED
            },
            "trained_on": {name: measured(support, each) for name, each in kept.items()},
        },
    }


def fit(sets: dict[str, Labelled]) -> tuple[Floats, float]:
    """Return weight (6,) and bias of the curve."""
    rows = np.concatenate([each.features for each in sets.values()])
    wanted = np.concatenate([each.is_answerable for each in sets.values()]).astype(np.float64)
    counts = np.concatenate([SETS[name] * each.shares() for name, each in sets.items()])
    counts /= counts.sum()
    return fitted(rows, wanted, counts)


def measured(support: Support, labelled: Labelled) -> dict[str, float]:
    """Return the shares refused, at the bounds and where 15 % of the answerable would be."""
    refused = labelled.misses | ~np.array([support.suffices(row) for row in labelled.features])
    yes, no = labelled.is_answerable, ~labelled.is_answerable
    found = {"answerable": int(yes.sum()), "falsely_refused": _share(refused[yes])}
    if no.any():
        score = labelled.features @ support.weight
        bound = np.quantile(score[yes], 0.15)
        found |= {
            "unanswerable": int(no.sum()),
            "refused": _share(refused[no]),
            "refused_at_15_percent_falsely": _share(score[no] < bound),
        }
    return found


def _bound(sets: dict[str, Labelled], weight: Floats, bias: float, kind: str) -> float:
    """Return the probability below which the stated share of answerable questions lies.

    Sets count by their weight and by how many of their questions are of this kind.
    """
    scores, counts = [], []
    for name, each in sets.items():
        if name == "policyqa":
            continue
        of_kind = each.is_answerable & ((each.features[:, _NAMED] > 0) == (kind == "named"))
        scores.append(each.features[of_kind] @ weight + bias)
        counts.append(SETS[name] * each.shares()[of_kind])
    score, count = np.concatenate(scores), np.concatenate(counts)
    return bound_of(score, count, _FALSELY_REFUSED[kind])


async def _labelled(data: Path, name: str) -> Labelled:
    lines = (data / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = [json.loads(line) for line in lines][:: _EVERY.get(name, 1)]
    async with library_of(data, name) as parts:
        rows = [await _looked_at(parts, query["query"]) for query in queries]
    return Labelled(
        features=np.array([given for given, _ in rows]),
        is_answerable=np.array([bool(query["answerable"]) for query in queries]),
        misses=np.array([misses for _, misses in rows]),
        half=np.array([share_of(_document(query), 2) for query in queries]),
    )


async def _looked_at(parts: Parts, question: str) -> tuple[Floats, bool]:
    terms = Words().terms
    retrieved = await parts.retriever.retrieve(
        question, principal=ANYBODY, scope=everything(), limit=PASSAGES
    )
    evidence = choose(retrieved, terms)
    if not evidence:
        return np.zeros(len(FEATURES)), True
    fits, titles = await vectors_of(parts.embedder, evidence, retrieved, {})
    given = features(retrieved, evidence, fits, titles, terms)
    return given, misses_a_name(retrieved, terms)


def _document(query: dict[str, Any]) -> str:
    """Return the document that a question is about, or the question where none is known."""
    gold = query.get("gold") or [{}]
    named = gold[0].get("doc_id") or query.get("distractor_doc") or query.get("about_doc")
    return str(named or query["query_id"])


def _trained_half(name: str, labelled: Labelled) -> Labelled:
    """Return what a set is trained on: half of some, of policyqa the answerable ones."""
    if name not in _HALVED:
        return labelled
    chosen = labelled.half == 0
    return labelled.where(chosen & labelled.is_answerable if name == "policyqa" else chosen)


def _tested_half(name: str, labelled: Labelled) -> Labelled:
    return labelled.where(labelled.half == 1) if name in _HALVED else labelled


def _share(values: Sequence[bool] | Iterable[Any]) -> float:
    return round(float(np.mean(list(values))), 4)


_DATA: Final = [
    "cuad_public: CUAD, The Atticus Project, CC BY 4.0, 60 contracts",
    "clapnq: ClapNQ, IBM, Apache-2.0, passages of Wikipedia CC BY-SA; half of the documents",
    "mtragun: MTRAG-UN, IBM, Apache-2.0; the last question of each conversation alone",
    "policyqa: PolicyQA, MIT; every sixth question, half of the policies, answerable ones",
]

if __name__ == "__main__":
    keep_quiet()
    typed = arguments(__doc__, WEIGHTS)
    write(typed.out, asyncio.run(train(typed.data)))
