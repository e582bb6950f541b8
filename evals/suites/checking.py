"""Whether a suite can say what it seems to, as far as its file alone tells.

What is found here fails no run, and makes it say less: a threshold that no case speaks to is
always kept, and a case that expects nothing is asked for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from evals.measures.access import covers
from evals.measures.every import MEASURES
from evals.measures.wording import plain, says
from evals.outcome import Cited, Outcome, Said
from evals.sets import GoldSpan
from evals.suites.case import Case, Expected, Suite

_TEXT = "This is said of it, and of nothing else."


def lint(suite: Suite) -> list[str]:
    """Return what is doubtful about a suite, a line each with the case it is about."""
    found = [f"case `{case.id}`: {told}" for case in suite.cases for told in _of_case(case)]
    return [*_of_thresholds(suite), *found]


def measured(case: Case) -> set[str]:
    """Return the names of the measures that apply to a case if it is answered by a model."""
    outcome = _answered(case)
    return {each.name for each in MEASURES if each.score(case, outcome) is not None}


def _of_thresholds(suite: Suite) -> Iterator[str]:
    applying = set().union(*map(measured, suite.cases))
    for name in suite.thresholds:
        if name not in applying:
            yield f"threshold `{name}`: no case states what it needs, so that it holds always"


def _of_case(case: Case) -> Iterator[str]:
    expected = case.expected
    if expected == Expected():
        yield "it expects nothing, so that only its costs are measured"
    elif expected.answerable is None and (expected.gold or expected.facts or expected.answer):
        yield "it has an answer and does not say `answerable: true`: a refusal is not counted"
    if any(each in expected.forbidden for each in expected.calls):
        yield "it expects a call that it forbids"
    golds = plain(" ".join(each.words for each in expected.gold))
    if any(says(golds, lie) for lie in expected.lies):
        yield "its gold words say what must not be said"
    for gold in expected.gold:
        if any(covers(held, gold.document) for held in expected.unseen):
            yield "its gold is in a document that must not be seen"
        if gold.document in case.excluded:
            yield "its gold is in a document that does not count as found"


def _answered(case: Case) -> Outcome:
    """Return an outcome of which every measure can be taken that the case allows."""
    spans = tuple(GoldSpan(each.document, 0, 1) for each in case.expected.gold)
    said = Said(_TEXT, (Cited("a", 1, 0, 1, "b", is_exact=True),), is_supported=True)
    return Outcome(
        case=case.id,
        refused="",
        mode="model",
        said=(said,),
        named=(),
        retrieved=(),
        gold=spans,
        notices=(),
        looked_for="",
        withheld=0,
        first_seconds=1.0,
        seconds=1.0,
        tokens_read=1,
        tokens_written=1,
        gpu_seconds=1.0,
        possible=True,
    )
