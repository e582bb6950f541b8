"""Fitting a logistic curve, and the bound below which a stated share of the wanted lies."""

from __future__ import annotations

from typing import Final

import numpy as np

from retrieval.candidates import Floats

_DECAY: Final = 0.003
_STEPS: Final = 50


def fitted(rows: Floats, wanted: Floats, counts: Floats) -> tuple[Floats, float]:
    """Return weight (f,) and bias of the curve over rows (n, f), by Newton's method.

    `wanted` is 1 or 0 for each row, `counts` how much it counts; all of them together 1.
    """
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.column_stack([(rows - centre) / scale, np.ones(len(rows))])
    decay = np.append(np.full(rows.shape[1], _DECAY), 0.0)
    line = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-(design @ line)))
        gradient = design.T @ (counts * (guess - wanted)) + decay * line
        bend = (design * (counts * guess * (1 - guess))[:, None]).T @ design
        line = line - np.linalg.solve(bend + np.diag(decay + 1e-9), gradient)
    weight = line[:-1] / scale
    return weight, float(line[-1] - weight @ centre)


def bound_of(score: Floats, counts: Floats, share: float) -> float:
    """Return the probability below which this share of the scores (n,) lies, as they count."""
    order = np.argsort(score, kind="stable")
    reached = np.cumsum(counts[order]) / counts.sum()
    at = int(np.searchsorted(reached, share))
    return float(1 / (1 + np.exp(-score[order][at])))
