"""Makes `assistant/verification.json`. READ FIRST: `train` is the story.

    python -m evals.training.verification --data FOLDER

FOLDER holds the sets of TRAINED and SHOWN. From them come supported sentences
(`evals/training/supported.py`), the same with one thing changed (`evals/training/altered.py`),
and the same pinned to other sentences. A logistic curve is fitted to tell right citations from
wrong ones; its bound is where a stated share of the supported sentences would be withheld. All
are then put to the product's own `Verifier`. Nothing is drawn at random; halves are made by a
hash of the document's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from assistant.carried import FEATURES, WEIGHTS, Bounds, Reading, Verifier, embedded
from assistant.prompt import Numbered
from deploy.opening import open_embedder
from deploy.quiet import keep_quiet
from deploy.settings import Settings
from evals.training.altered import CHANGES
from evals.training.curve import bound_of, fitted
from evals.training.made import arguments, write
from evals.training.supported import Case, cases_of
from retrieval.candidates import Floats
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Vector
from retrieval.keywords import Terms
from retrieval.qdrant.bm25 import Words

TRAINED: Final = {"cuad_public": None, "clapnq": 0, "policyqa": 0}
"""What is trained on: all of a set, or one half."""
SHOWN: Final = {"cuad_legalbench_mini": None, "clapnq": 1, "policyqa": 1}
"""What the figures are measured on."""
BESIDE: Final = ("mtragun",)
"""Answers of models, corrected by people, with whole passages as evidence: shown apart."""
WITHHELD: Final = 0.015
"""Share of supported sentences that the curve alone withholds, each set counting alike."""
_BATCH: Final = 512


@dataclass(frozen=True, slots=True)
class Trial:
    """A sentence with citations that should or should not carry it; `of` is what was done."""

    text: str
    cited: tuple[Numbered, ...]
    of: str
    base: int


class Remembering:
    """Vectors of texts, each worked out once."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._embedder = embedder
        self._known: dict[str, Vector] = {}

    async def learn(self, texts: Sequence[str]) -> None:
        """Work out the vectors of texts, long ones beside long ones."""
        unknown = sorted(set(texts) - self._known.keys(), key=len)
        for at in range(0, len(unknown), _BATCH):
            batch = unknown[at : at + _BATCH]
            self._known |= dict(zip(batch, await self._embedder.embed(batch), strict=True))

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text, shape (len(texts), dimension), float32."""
        await self.learn(texts)
        return np.stack([self._known[text] for text in texts])


async def train(data: Path) -> dict[str, Any]:
    """Return the content of `verification.json`."""
    terms = Words().terms
    embedder = Remembering(await open_embedder(Settings()))
    sets = {name: cases_of(data, name, terms) for name in {**TRAINED, **SHOWN}}
    trained = {name: _half(sets[name], half) for name, half in TRAINED.items()}
    shown = {name: _half(sets[name], half) for name, half in SHOWN.items()}
    by_claims = {name: _by_claims(cases_of(data, name, terms), terms) for name in BESIDE}
    weight, bias, least = await fit(trained, embedder, terms)
    verifier = Verifier(embedder, terms, Bounds(weight, bias, least))
    return {
        "features": FEATURES,
        "weight": weight.round(6).tolist(),
        "bias": round(bias, 6),
        "least": round(least, 4),
        "made": {
            "by": "python -m evals.training.verification",
            "how": "ridge logistic regression of right citations against wrong ones; the bound by "
            "share of supported sentences withheld",
            "withheld_by_the_curve_in_training": WITHHELD,
            "data": _DATA,
            "embedder": embedder.name,
            "seed": "none: nothing is drawn at random",
            "held_out": await measured(shown, embedder, verifier),
            "withheld_by_claims_alone": by_claims,
            "trained_on": await measured(trained, embedder, verifier),
        },
    }


async def fit(
    sets: Mapping[str, Sequence[Case]], embedder: Remembering, terms: Terms
) -> tuple[Floats, float, float]:
    """Return weight (3,) and bias of the curve, by Newton's method, and its bound."""
    rows, wanted, counts = [], [], []
    for cases in sets.values():
        trials = [each for at, case in enumerate(cases) for each in _pinned(case, at)]
        await embedder.learn([text for each in trials for text in _texts(each)])
        for each in trials:
            vectors = await embedder.embed(_texts(each))
            rows.append(Reading.of(each.text, each.cited, terms).features(vectors))
            wanted.append(float(each.of == "supported"))
        right = np.array(wanted[-len(trials) :])
        share = np.where(right == 1, 0.5 / right.sum(), 0.5 / (1 - right).sum())
        counts.append(share / len(sets))
    weight, bias = fitted(np.array(rows), np.array(wanted), np.concatenate(counts))
    score = np.array(rows) @ weight + bias
    is_right = np.array(wanted) == 1
    bound = bound_of(score[is_right], np.concatenate(counts)[is_right], WITHHELD)
    return weight, bias, bound


async def measured(
    sets: Mapping[str, Sequence[Case]], embedder: Remembering, verifier: Verifier
) -> dict[str, Any]:
    """Return for each set, and all of them, what was withheld of what."""
    tables: dict[str, Any] = {}
    whole: list[tuple[str, Trial, bool]] = []
    for name, cases in sets.items():
        trials = [each for at, case in enumerate(cases) for each in _trials(case, at)]
        await embedder.learn([text for each in trials for text in _texts(each)])
        held = [not (await verifier.check(each.text, each.cited)).is_carried for each in trials]
        found = [(name, each, is_held) for each, is_held in zip(trials, held, strict=True)]
        tables[name] = _table(found)
        forms: dict[str, list[bool]] = {case.form: [] for case in cases}
        for _, trial, is_held in found:
            if trial.of == "supported":
                forms[cases[trial.base].form].append(is_held)
        tables[name]["withheld_by_form"] = {
            form: {"n": len(each), "withheld": _share(each)} for form, each in forms.items()
        }
        whole += found
    return {"all": _table(whole), **tables}


def _by_claims(cases: Sequence[Case], terms: Terms) -> dict[str, float]:
    faults = [Reading.of(case.text, case.cited, terms).faults() for case in cases]
    return {"n": len(cases), "withheld": _share([bool(each) for each in faults])}


def _table(found: Sequence[tuple[str, Trial, bool]]) -> dict[str, Any]:
    """Return recall and precision of each kind of change, beside the sentences it was made of."""
    supported = {(name, each.base): held for name, each, held in found if each.of == "supported"}
    table: dict[str, Any] = {
        "supported": {"n": len(supported), "withheld": _share(list(supported.values()))}
    }
    for kind in dict.fromkeys(each.of for _, each, _ in found if each.of != "supported"):
        of_kind = [(name, each.base, held) for name, each, held in found if each.of == kind]
        caught = sum(held for _, _, held in of_kind)
        wrongly = sum(supported[name, base] for name, base, _ in of_kind)
        table[kind] = {
            "n": len(of_kind),
            "caught": _share([held for _, _, held in of_kind]),
            "precision": round(caught / max(caught + wrongly, 1), 4),
        }
    return table


def _trials(case: Case, base: int) -> Iterator[Trial]:
    """Yield a case as it is, changed in every way that fits, and pinned elsewhere."""
    yield from _pinned(case, base)
    cited = " ".join(each.text for each in case.cited)
    for kind, change in CHANGES.items():
        text = change(case.text, cited, case.names)
        if text and text != case.text:
            yield Trial(text, case.cited, kind, base)


def _pinned(case: Case, base: int) -> Iterator[Trial]:
    """Yield a case as it is, and pinned to the most alike sentence that does not carry it."""
    right = Trial(case.text, case.cited, "supported", base)
    yield right
    if case.near:
        yield replace(right, cited=case.near[:1], of="passage_of_the_same_document")
    if case.far:
        yield replace(right, cited=case.far[:1], of="passage_of_another_document")


def _texts(trial: Trial) -> list[str]:
    return embedded(trial.text, trial.cited)


def _half(cases: Sequence[Case], half: int | None) -> list[Case]:
    return [case for case in cases if half is None or case.half == half]


def _share(values: Sequence[bool]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0


_DATA: Final = [
    "cuad_public: CUAD, The Atticus Project, CC BY 4.0, 60 contracts",
    "clapnq: ClapNQ, IBM, Apache-2.0, passages of Wikipedia CC BY-SA; half of the documents",
    "policyqa: PolicyQA, MIT; half of the policies",
    "shown only: cuad_legalbench_mini, CC BY 4.0; mtragun, IBM, Apache-2.0; the other halves",
]

if __name__ == "__main__":
    keep_quiet()
    typed = arguments(__doc__, WEIGHTS)
    write(typed.out, asyncio.run(train(typed.data)))
