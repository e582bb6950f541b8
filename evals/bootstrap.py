"""Intervals for means, by resampling the questions.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, percentile intervals.
2,000 resamples of 2,000 questions are drawn in pieces: half a MB at a time, and not 60.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SEED = 20260101
_RESAMPLES = 2_000
_AT_ONCE = 1 << 15
"""How many numbers are drawn at once."""


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of the mean; the seed is fixed, so it is reproducible."""
    if not values:
        return (0.0, 0.0)
    sample = np.asarray(values, np.float64)
    if sample.min() == sample.max():
        return (float(sample[0]), float(sample[0]))
    low, high = np.quantile(_means(sample), [(1 - level) / 2, (1 + level) / 2])
    return (float(low), float(high))


def _means(sample: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each resample, shape (_RESAMPLES,)."""
    generator = np.random.default_rng(_SEED)
    count = len(sample)
    rows = max(1, _AT_ONCE // count)
    pieces = (min(rows, _RESAMPLES - at) for at in range(0, _RESAMPLES, rows))
    return np.concatenate(
        [sample[generator.integers(0, count, (each, count))].mean(axis=1) for each in pieces]
    )
