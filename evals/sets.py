"""The common format of question sets: `queries.jsonl` beside a `corpus.jsonl`.

A line of the corpus has `doc_id`, `title` and `text`. A line of the questions has `query_id`,
`query`, `gold` (a list of `{"doc_id", "start", "end"}`, characters of `text`), `answerable`,
and may have `exclude_doc`, a document that does not count as found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import BadSet


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A stretch of a document: retrieved, or marked as the answer."""

    doc_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """One question with the passages that answer it."""

    id: str
    text: str
    gold: tuple[GoldSpan, ...]
    is_answerable: bool
    excluded: str | None


def read_queries(path: Path) -> list[Query]:
    """Return the questions of a set.

    Raises:
        BadSet: a line is not a question in the common format; the message names the line.
    """
    found = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                found.append(_query(line, f"{path}, line {number}"))
    if not found:
        raise BadSet(f"Expected questions in {path}, got an empty file.")
    return found


def _query(line: str, place: str) -> Query:
    try:
        value: dict[str, Any] = json.loads(line)
        gold = tuple(
            GoldSpan(str(each["doc_id"]), int(each["start"]), int(each["end"]))
            for each in value.get("gold", ())
        )
        return Query(
            id=str(value["query_id"]),
            text=str(value["query"]),
            gold=gold,
            is_answerable=bool(value.get("answerable", bool(gold))),
            excluded=value.get("exclude_doc"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSet(
            f"Expected a JSON object with query_id, query and gold at {place}, got: {error!r}. "
            "CONTRIBUTING.md describes the format."
        ) from error
