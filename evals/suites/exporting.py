"""A suite as others read it: the common format of question sets, and a table.

Both hold the cases alone; the title, the people, the thresholds and the configuration of a suite
are in its YAML (`evals.suites.writing`). What is exported imports as the same cases.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from evals.errors import BadSuite
from evals.suites.case import Case, Gold, Suite
from evals.suites.importing import CALLS, COLUMNS, EXPECTED_LISTS, LISTS, prefix_of
from evals.suites.writing import plain_case

Places = Mapping[tuple[str, Gold], tuple[int, int]]
"""The characters at which the gold of a case (by id) stands, where it names words or a document."""

_NONE: Final[Places] = MappingProxyType({})
_COMPUTED = re.compile(r"'*[=+\-@\t\r]")


def to_queries(suite: Suite, *, places: Places = _NONE, corpus: Path | None = None) -> str:
    """Return the questions in the common format, a line of JSON each.

    Gold needs characters there: `places` has those of words and of whole documents. With a
    corpus, documents are named as that file names them.

    Raises:
        BadSuite: a passage has no characters and is not in `places`, or is not of the corpus.
    """
    prefix = prefix_of(corpus) if corpus else ""
    lines = (_query(case, places, prefix) for case in suite.cases)
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def to_table(suite: Suite) -> str:
    """Return the cases as CSV: `evals.suites.importing` says how it is read.

    A cell that a spreadsheet would compute begins with an apostrophe.
    """
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for case in suite.cases:
        for row in _rows(case):
            writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return text.getvalue()


def _query(case: Case, places: Places, prefix: str) -> dict[str, Any]:
    plain = plain_case(case)
    expects = plain.pop("expects", {})
    excluded = [_unprefixed(each, prefix, case) for each in case.excluded]
    line: dict[str, Any] = {
        "query_id": plain.pop("id"),
        "query": plain.pop("question"),
        "answers": [case.expected.answer] if case.expected.answer else [],
        "gold": [_gold(each, places, prefix, case) for each in case.expected.gold],
        "answerable": expects.pop("answerable", None),
        "history": [{"role": "user", "text": each} for each in plain.pop("earlier", ())],
        **plain,
        **{key: each for key, each in expects.items() if key not in ("answer", "gold")},
    }
    if excluded:
        line |= {"excluded": excluded, "exclude_doc": excluded[0]}
    return line


def _gold(gold: Gold, places: Places, prefix: str, case: Case) -> dict[str, Any]:
    place = (gold.start, gold.end) if gold.start is not None else places.get((case.id, gold))
    if place is None:
        raise BadSuite(
            f"Case `{case.id}`: Expected gold by characters, which this format needs, got words or "
            "a document that are not found. Mend the case (`pincite eval check`), or export as CSV "
            "or YAML."
        )
    found: dict[str, Any] = {
        "doc_id": _unprefixed(gold.document, prefix, case),
        "start": place[0],
        "end": place[1],
    }
    return found if gold.start is not None else found | {"words": gold.words}


def _unprefixed(document: str, prefix: str, case: Case) -> str:
    if not document.startswith(prefix):
        raise BadSuite(
            f"Case `{case.id}`: Expected documents of the corpus ({prefix}), got another."
        )
    return document.removeprefix(prefix)


def _rows(case: Case) -> list[dict[str, Any]]:
    """Return a case as rows: the first has what there is once, each the next of every list."""
    plain = plain_case(case)
    expects = plain.pop("expects", {})
    lists = {key: plain.pop(key, []) for key in LISTS}
    lists |= {key: expects.pop(key, []) for key in EXPECTED_LISTS}
    lists |= {key: [_call(each) for each in lists[key]] for key in CALLS}
    golds: list[dict[str, Any]] = expects.pop("gold", [])
    rows = max((len(each) for each in (golds, *lists.values())), default=0)
    listed = [
        {key: values[at] for key, values in lists.items() if at < len(values)}
        | (golds[at] if at < len(golds) else {})
        for at in range(rows)
    ]
    first, *others = listed or [{}]
    return [{**plain, **expects, **first}, *({"id": case.id, **each} for each in others)]


def _call(call: dict[str, Any]) -> str:
    """Return a call as one cell."""
    arguments = json.dumps(call["arguments"], ensure_ascii=False) if "arguments" in call else ""
    return f"{call['tool']} {arguments}".rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = "\n".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if _COMPUTED.match(text) else text
