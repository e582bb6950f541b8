"""Intervals for means, by resampling the questions.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, percentile intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SEED = 20260101
_RESAMPLES = 2_000


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of the mean; the seed is fixed, so it is reproducible."""
    if not values:
        return (0.0, 0.0)
    generator = np.random.default_rng(_SEED)
    sample = np.asarray(values, np.float64)
    means = np.array([generator.choice(sample, len(sample)).mean() for _ in range(_RESAMPLES)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return (float(low), float(high))
