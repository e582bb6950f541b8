"""Makes `retrieval/ranking.json`. READ FIRST: `train` is the story.

    python -m evals.training.ranking --data FOLDER

FOLDER holds `cuad_public`, contracts with spans that lawyers marked, and `policyqa`, privacy
policies. A line over five features is fitted to the contracts, each question asked in three
wordings; then, on top of it, the table of related words to the contracts and to half of the
policies. Nothing is drawn at random, so the same data give the same weights.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from deploy.quiet import keep_quiet
from evals.measures import characters
from evals.sets import GoldSpan
from evals.training import related
from evals.training.asked import Example, examples_of
from evals.training.listwise import descended, shares, softmax
from evals.training.made import arguments, share_of, write
from evals.training.related import Asked, as_table, words_of
from retrieval.candidates import Floats
from retrieval.qdrant.bm25 import Words
from retrieval.ranking import FEATURES, WEIGHTS, Ranker
from retrieval.related import NOTHING

LINE: Final = "cuad_public"
"""What the line is fitted to; with policies among it, other sets are found less well."""
HALVED: Final = "policyqa"
"""What the table is fitted to besides: one half of its documents."""
_FOLDS: Final = 4
_STEPS: Final = 400
_DECAY: Final = 1e-3

Sets = dict[str, list[Example]]
Fold = Callable[[Example], int]


async def train(data: Path) -> dict[str, Any]:
    """Return the content of `ranking.json`."""
    sets = {
        LINE: await examples_of(data, LINE, is_reworded=True),
        HALVED: await examples_of(data, HALVED, half=0),
    }
    ranker = fit(sets)
    line = {name: getattr(ranker, name).round(6).tolist() for name in ("centre", "scale", "weight")}
    return {
        "features": FEATURES,
        **line,
        "related": as_table(ranker.related, _words(sets)),
        "made": {
            "by": "python -m evals.training.ranking",
            "how": "listwise softmax (ListNet, Cao et al. 2007) on the share of marked characters",
            "data": _DATA,
            "seed": "none: nothing is drawn at random",
            "examples": {name: len(examples) for name, examples in sets.items()},
            "figures": f"{_FOLDS}-fold, questions as they are, 200 candidates",
            "with_ranker": _crossed(sets, _fold_of_document),
            "with_ranker_wording_unseen": _crossed(sets, _fold_of_wording),
            "without_ranker": {name: _figures(each, _by_index) for name, each in sets.items()},
        },
    }


def fit(sets: Sets) -> Ranker:
    """Return the ranker fitted to the examples; for the table each set counts alike."""
    line = _line(sets[LINE])
    asked = [[_asked(each, line) for each in every if each.is_as_asked] for every in sets.values()]
    return replace(line, related=related.fit(asked))


def _line(examples: Sequence[Example]) -> Ranker:
    """Return the line whose softmax over each question's passages comes nearest to the grades."""
    rows = np.concatenate([each.features for each in examples])
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    graded = [each for each in examples if each.grade.any()]
    sizes = np.array([len(each.grade) for each in graded])
    inputs = (np.concatenate([each.features for each in graded]) - centre) / scale
    wanted = shares(np.concatenate([each.grade for each in graded]).astype(np.float64), sizes)

    def gradient(weight: Floats) -> Floats:
        miss = softmax(inputs @ weight, sizes) - wanted
        return np.asarray(inputs.T @ miss / len(graded) + 2 * _DECAY * weight)

    return Ranker(centre, scale, descended(gradient, (len(FEATURES),), _STEPS), NOTHING)


def _asked(example: Example, line: Ranker) -> Asked:
    return Asked(
        document=example.document,
        stems=example.stems,
        grade=example.grade,
        score=line.line(example.features),
        term_ids=example.term_ids,
        rows=example.rows,
    )


def _fold_of_document(example: Example) -> int:
    """Return the fold of the question's document; other shares than the halves."""
    return share_of(example.document, 2 * _FOLDS) // 2


def _fold_of_wording(example: Example) -> int:
    """Return the fold of what is asked, the same for every document it is asked about."""
    return share_of(example.rest, _FOLDS)


def _words(sets: Sets) -> dict[int, str]:
    texts = [
        text
        for examples in sets.values()
        for each in examples
        if each.is_as_asked
        for text in (each.rest, *each.texts)
    ]
    return words_of(texts, Words().terms)


def _crossed(sets: Sets, fold_of: Fold) -> dict[str, dict[str, float]]:
    """Return the figures of each set, every question ranked by what its fold was kept out of."""
    rankers = [
        fit({name: [e for e in every if fold_of(e) != fold] for name, every in sets.items()})
        for fold in range(_FOLDS)
    ]

    def score(example: Example) -> Floats:
        ranker = rankers[fold_of(example)]
        return ranker.line(example.features) + example.related(ranker.related)

    return {name: _figures(every, score) for name, every in sets.items()}


def _by_index(example: Example) -> Floats:
    return np.asarray(example.features[:, FEATURES.index("fused")])


def _figures(examples: Sequence[Example], score: Callable[[Example], Floats]) -> dict[str, float]:
    """Return the means over the questions as they are asked."""
    rows = [
        _measured([each.spans[row] for row in np.argsort(-score(each), kind="stable")], each)
        for each in examples
        if each.is_as_asked
    ]
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def _measured(spans: Sequence[GoldSpan], example: Example) -> dict[str, float]:
    gold = example.query.gold
    return {
        "p_at_1": characters.precision_at(1, spans, gold),
        "r_at_64": characters.recall_at(64, spans, gold),
        "r_chars_4000": characters.recall_within(4000, spans, gold),
        "r_chars_8000": characters.recall_within(8000, spans, gold),
    }


_DATA: Final = [
    "cuad_public: CUAD, The Atticus Project, CC BY 4.0: 60 contracts, 530 answerable questions",
    "policyqa: PolicyQA, MIT: half of the policies, for the table alone",
]

if __name__ == "__main__":
    keep_quiet()
    typed = arguments(__doc__, WEIGHTS)
    write(typed.out, asyncio.run(train(typed.data)))
