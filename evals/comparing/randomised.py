"""How likely a mean difference is by chance: the paired randomisation test.

If two systems are alike, each difference could as well have the other sign. The share of random
signs that give a mean at least as far from nothing is the probability, in (0, 1]. Source: Smucker,
Allan and Carterette, A Comparison of Statistical Significance Tests for IR Evaluation, 2007.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SEED = 20260101
_DRAWS = 5_000
_AT_ONCE = 1 << 18
_EPSILON = 1e-12


def probability(differences: Sequence[float]) -> float:
    """Return the two-sided probability, the same each time; 1 if nothing differs."""
    moved = np.abs(np.array([each for each in differences if each], np.float64))
    if not len(moved):
        return 1.0
    observed = abs(float(np.sum([each for each in differences if each])))
    generator = np.random.default_rng(_SEED)
    rows = max(1, _AT_ONCE // len(moved))
    extreme = 0
    for at in range(0, _DRAWS, rows):
        shape = (min(rows, _DRAWS - at), len(moved))
        sums = (generator.integers(0, 2, shape, dtype=np.int8) * 2.0 - 1.0) @ moved
        extreme += int((np.abs(sums) >= observed - _EPSILON * len(moved)).sum())
    return (extreme + 1) / (_DRAWS + 1)
