"""How far a judge can be believed: how often it says what people said of the same sentences.

Cohen's kappa is (observed - expected) / (1 - expected), where expected is how often two who judge
independently, each with their own share of yes, would agree; it lies in [-1, 1], 0 is chance. Its
interval is by bootstrap over the sentences. Source: Cohen, A Coefficient of Agreement for Nominal
Scales, 1960.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from evals.errors import BadSuite
from evals.judging.judge import Judge
from evals.suites.checked import read_checked

LABELLED: Final = Path(__file__).with_name("labelled.yaml")

_SEED: Final = 20260101
_RESAMPLES: Final = 2_000


class Labelled(BaseModel):
    """A sentence, the words that it cites, and whether people say that they carry it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...] = Field(min_length=1)
    sentence: str = Field(min_length=1)
    supported: bool


_KIND: Final = TypeAdapter(tuple[Labelled, ...])


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge beside people, over `n` sentences: kappa with its 95 % interval.

    `alike` is the share judged alike; `passed` is the share of what people reject that the judge
    accepts, `failed` the share of what they accept that it rejects.
    """

    n: int
    alike: float
    kappa: float
    low: float
    high: float
    passed: float
    failed: float


def read_labelled(path: Path = LABELLED) -> tuple[Labelled, ...]:
    """Return the labelled sentences of a YAML list, or raise `BadSuite`."""
    found = read_checked(path, _KIND, list(Labelled.model_fields))
    if len({each.supported for each in found}) < 2:
        raise BadSuite(f"Expected sentences of both kinds in {path}, supported and not.")
    return found


async def measured(judge: Judge, labelled: Sequence[Labelled]) -> Agreement:
    """Ask the judge about every sentence, and return how far it agrees with people."""
    said = [await judge.accepts(each.sentence, each.words) for each in labelled]
    return agreement_of([each.supported for each in labelled], said)


def agreement_of(people: Sequence[bool], judge: Sequence[bool]) -> Agreement:
    """Return how far two lists of verdicts on the same sentences agree, at least one."""
    one, other = np.array(people, bool), np.array(judge, bool)
    generator = np.random.default_rng(_SEED)
    drawn = generator.integers(0, len(one), (_RESAMPLES, len(one)))
    low, high = np.quantile(_kappas(one[drawn], other[drawn]), [0.025, 0.975])
    return Agreement(
        n=len(one),
        alike=float((one == other).mean()),
        kappa=float(_kappas(one[None, :], other[None, :])[0]),
        low=float(low),
        high=float(high),
        passed=float(other[~one].mean()) if (~one).any() else 0.0,
        failed=float((~other[one]).mean()) if one.any() else 0.0,
    )


def _kappas(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return kappa for each row; 0 where both always say one thing: that tells nothing."""
    observed = (one == other).mean(axis=1)
    first, second = one.mean(axis=1), other.mean(axis=1)
    expected = first * second + (1 - first) * (1 - second)
    room = 1 - expected
    return np.asarray(np.where(room > 0, (observed - expected) / np.where(room > 0, room, 1), 0.0))
