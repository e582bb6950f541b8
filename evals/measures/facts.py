"""Facts: the share of required ones that were said, and of forbidden ones.

`facts_found` is completeness: the share of a case's facts of which one wording was said, in [0,
1]; a case counts if it states facts. `lies_told` is the share of what must not be said that was
said all the same; a case counts if it states any. What is quoted because it differs is told as
another's words and is not said. `evals.measures.wording` has what counts as said. Source: nuggets
that must be in an answer, Voorhees, The TREC question answering track, 2003.
"""

from __future__ import annotations

from evals.measures.answers import said
from evals.measures.measure import Better, Measure, Unit
from evals.measures.wording import plain, says, says_one_of
from evals.outcome import Outcome
from evals.suites.case import Case


def _facts_found(case: Case, outcome: Outcome) -> float | None:
    facts, text = case.expected.facts, plain(said(outcome))
    return sum(says_one_of(text, each) for each in facts) / len(facts) if facts else None


def _lies_told(case: Case, outcome: Outcome) -> float | None:
    lies, text = case.expected.lies, plain(said(outcome))
    return sum(says(text, each) for each in lies) / len(lies) if lies else None


MEASURES = (
    Measure("facts_found", "Required facts said", Unit.SHARE, Better.HIGHER, _facts_found),
    Measure("lies_told", "Forbidden facts said", Unit.SHARE, Better.LOWER, _lies_told),
)
