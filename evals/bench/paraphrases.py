"""How often an approved answer is given to whoever asks the same, and to whoever does not.

    python -m evals.bench.paraphrases

`paraphrases.yaml` has questions, other wordings of them, and near misses. What is measured is the
rule that decides (`assistant/review/`), with the embedder that ships. Precision is the share of
given answers that were asked for; recall the share of paraphrases that got theirs. The bound was
fitted on the part `fit`; `held` says what to expect. `crossed` counts questions that would get the
answer to quite another question of the file.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from assistant.review.likeness import Asked, ask_the_same
from assistant.review.matching import LEAST
from retrieval.embedder import Embedder
from retrieval.index import Vector
from retrieval.keywords import Terms
from retrieval.model_files import default_model_folder
from retrieval.qdrant.bm25 import Words
from retrieval.sentence_transformer import SentenceTransformerEmbedder

FILE: Final = Path(__file__).with_suffix(".yaml")
_SURE: Final = 1.96


@dataclass(frozen=True, slots=True)
class Pair:
    """An approved question and another one; `is_same` says whether it asks the same."""

    part: str
    approved: str
    asked: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of the pairs of one part; `least_precision` is the lower end of its 95 % range."""

    same: int
    other: int
    given_right: int
    given_wrong: int
    precision: float
    least_precision: float
    recall: float


def pairs_of(path: Path = FILE) -> list[Pair]:
    """Return the pairs of a file."""
    groups: Sequence[Mapping[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return [
        Pair(each["part"], each["question"], asked, name == "same")
        for each in groups
        for name in ("same", "other")
        for asked in each[name]
    ]


async def vectors_of(pairs: Sequence[Pair], embedder: Embedder) -> dict[str, Vector]:
    """Return the vector of every question."""
    texts = list(dict.fromkeys(text for each in pairs for text in (each.approved, each.asked)))
    return dict(zip(texts, await embedder.embed(texts), strict=True))


def is_given(
    approved: str, asked: str, vectors: Mapping[str, Vector], terms: Terms, least: float = LEAST
) -> bool:
    """Return whether the answer to one question is given to the other."""
    if float(vectors[approved] @ vectors[asked]) < least:
        return False
    return ask_the_same(Asked.of(approved, terms), Asked.of(asked, terms))


def figures(pairs: Sequence[Pair], given: Sequence[bool]) -> Figures:
    """Return precision and recall; `given` says for each pair whether the answer was."""
    right = sum(got and each.is_same for each, got in zip(pairs, given, strict=True))
    wrong = sum(got and not each.is_same for each, got in zip(pairs, given, strict=True))
    same = sum(each.is_same for each in pairs)
    told = right + wrong
    precision = right / told if told else 1.0
    return Figures(
        same,
        len(pairs) - same,
        right,
        wrong,
        round(precision, 3),
        round(_lower(right, told), 3),
        round(right / max(same, 1), 3),
    )


def _lower(right: int, told: int) -> float:
    """Return the lower end of Wilson's interval of a share."""
    if not told:
        return 0.0
    share, square = right / told, _SURE**2
    middle = share + square / (2 * told)
    spread = _SURE * math.sqrt(share * (1 - share) / told + square / (4 * told**2))
    return (middle - spread) / (1 + square / told)


async def measured(embedder: Embedder, terms: Terms) -> dict[str, Any]:
    """Return the figures of each part, at the bound and at others beside it."""
    pairs = pairs_of()
    vectors = await vectors_of(pairs, embedder)
    result: dict[str, Any] = {"bound": LEAST, "parts": {}, "by_bound": {}}
    for part in ("fit", "held"):
        own = [each for each in pairs if each.part == part]
        given = [is_given(each.approved, each.asked, vectors, terms) for each in own]
        result["parts"][part] = asdict(figures(own, given))
    for least in (0.0, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        given = [is_given(each.approved, each.asked, vectors, terms, least) for each in pairs]
        every = figures(pairs, given)
        alike = [float(vectors[each.approved] @ vectors[each.asked]) >= least for each in pairs]
        alone = figures(pairs, alike)
        result["by_bound"][str(least)] = {
            "precision": every.precision,
            "recall": every.recall,
            "vectors_alone": {"precision": alone.precision, "recall": alone.recall},
        }
    result["crossed"] = _crossed(pairs, vectors, terms)
    return result


def _crossed(pairs: Sequence[Pair], vectors: Mapping[str, Vector], terms: Terms) -> int:
    """Return how many paraphrases would get the answer to another question of the file."""
    approved = dict.fromkeys(each.approved for each in pairs)
    return sum(
        is_given(other, each.asked, vectors, terms)
        for each in pairs
        if each.is_same
        for other in approved
        if other != each.approved
    )


async def _main() -> None:
    embedder = SentenceTransformerEmbedder(default_model_folder())
    print(json.dumps(await measured(embedder, Words().terms), indent=2))


if __name__ == "__main__":
    asyncio.run(_main())
