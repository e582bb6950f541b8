"""What a run leaves: what was run, and for each case what came and how it scored."""

from __future__ import annotations

from dataclasses import dataclass

from evals.outcome import Outcome
from evals.suites.case import Case


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a run was made with: two runs of the same stamp can differ by chance alone.

    `library` is a digest of the versions that were there, `settings` of the settings in force,
    `tools` of the policy of tools and of what far systems that were stood in for would say ("" is
    that there were none).
    """

    suite: str
    suite_digest: str
    configuration: str
    settings: str
    library: str
    embedder: str
    model: str
    code: str
    seed: int
    tools: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a run: what was asked, what came, and a score for each measure that applies."""

    case: Case
    outcome: Outcome
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean of a measure over `n` cases, with its 95 % interval."""

    name: str
    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Run:
    """A whole run without its rows, which are read one by one.

    `id` sorts by time. `corpus` tells whose library was asked: "" is this installation's own, else
    the name of the corpus that the suite brought. `began` and `ended` are instants in seconds.
    `asked` of `cases` were asked: fewer where a budget ended the run. `gate` lists what failed;
    None where no gate was asked for.
    """

    id: str
    title: str
    stamp: Stamp
    corpus: str
    began: int
    ended: int
    cases: int
    asked: int
    figures: tuple[Figure, ...]
    categories: dict[str, tuple[Figure, ...]]
    gate: tuple[str, ...] | None = None
