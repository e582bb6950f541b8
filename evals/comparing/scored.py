"""A case's scores without its words: what comparing needs, and what a baseline keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import TypeAdapter

from evals.running.result import Row
from evals.suites.case import Case

_CASE = TypeAdapter(Case)
_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of a case, by its id; `digest` names its question and what is expected of it."""

    case: str
    category: str
    digest: str
    scores: dict[str, float]


def scored_of(row: Row) -> Scored:
    """Return the scores of a row."""
    return Scored(row.case.id, row.case.category, _digest(row.case), row.scores)


def _digest(case: Case) -> str:
    told = _CASE.dump_json(case, exclude={"category", "note"})
    return hashlib.sha256(told).hexdigest()[:_LENGTH]
