"""Fitting scores so that their softmax over each question's passages comes near to the grades.

ListNet, Cao et al. 2007. Passages of all questions lie in one row, question after question.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from retrieval.candidates import Floats, Ints

_RATE = 0.05


def shares(values: Floats, sizes: Ints) -> Floats:
    """Return each question's values divided by their sum, zeros where that is 0."""
    total = np.add.reduceat(values, _starts(sizes))
    return np.asarray(values / np.repeat(np.where(total > 0, total, 1), sizes))


def softmax(scores: Floats, sizes: Ints) -> Floats:
    """Return shares that add up to 1 for each question."""
    best = np.maximum.reduceat(scores, _starts(sizes))
    powers = np.exp(scores - np.repeat(best, sizes))
    return np.asarray(powers / np.repeat(np.add.reduceat(powers, _starts(sizes)), sizes))


def descended(gradient: Callable[[Floats], Floats], shape: tuple[int, ...], steps: int) -> Floats:
    """Return the weights after so many steps of Adam (Kingma and Ba 2015) from 0."""
    weight, mean, square = (np.zeros(shape) for _ in range(3))
    for step in range(1, steps + 1):
        slope = gradient(weight)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        weight = weight - _RATE * mean / (1 - 0.9**step) / size
    return weight


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]])
