"""Every measure, in the order of a report; a new one is a line here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from evals.measures import (
    access,
    answered,
    answers,
    characters,
    citations,
    costs,
    documents,
    facts,
    follow_up,
    injection,
    language,
    over_defence,
    refusals,
    support,
    tools,
)
from evals.measures.measure import Measure
from retrieval.errors import NotFound

MEASURES: Final[tuple[Measure, ...]] = (
    *characters.MEASURES,
    *documents.MEASURES,
    *citations.MEASURES,
    *refusals.MEASURES,
    *answered.MEASURES,
    *answers.MEASURES,
    *facts.MEASURES,
    *support.MEASURES,
    *access.MEASURES,
    *injection.MEASURES,
    *tools.MEASURES,
    *over_defence.MEASURES,
    *follow_up.MEASURES,
    *language.MEASURES,
    *costs.MEASURES,
)
_BY_NAME: Final = {each.name: each for each in MEASURES}


def measure_of(name: str) -> Measure:
    """Return a measure by its name.

    Raises:
        NotFound: there is none; the message has the nearest name.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    close = get_close_matches(name, _BY_NAME, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    raise NotFound(
        f"Expected the name of a measure, got {name[:80]!r}.{meant} There are: "
        f"{', '.join(_BY_NAME)}."
    )
