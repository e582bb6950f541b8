"""Suites from question sets that others made: the common format, and tables.

The common format (`evals.sets`) is a line of JSON for each question. Beside what is required it
may have `answers` (the first is the reference answer), `category`, `history` (turns as `{"role",
"text"}`, of which the user's are kept) and the keys of a case of a suite: `as`, `as_of`, `kinds`,
`statuses`, `sources`, `parties`, `excluded`, `facts`, `not`, `unseen`, `language`, `calls`,
`forbidden`, `note`. A gold
passage may have `words`; then they count, not its offsets, and if they are empty, the whole
document. Other keys belong to others and are left alone.

A table is CSV with the columns `COLUMNS`, in any order, of which `id` and `question` are needed. A
row without a question goes on with the case above it: each adds a passage, a fact, a document and
so on. The wordings of one fact stand on lines of their own in its cell. A call is its tool, and
behind that, as JSON, the arguments: desk.look_up {"key": "SUP-7"}.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, Final

from evals.errors import BadSuite
from evals.suites.building import built, named
from evals.suites.case import Suite
from evals.suites.document import Location, text_of

COLUMNS: Final = (
    "id",
    "question",
    "as",
    "as_of",
    "category",
    "kinds",
    "statuses",
    "sources",
    "parties",
    "excluded",
    "earlier",
    "answerable",
    "document",
    "words",
    "start",
    "end",
    "facts",
    "not",
    "unseen",
    "language",
    "answer",
    "calls",
    "forbidden",
    "note",
)
LISTS: Final = ("kinds", "statuses", "sources", "parties", "excluded", "earlier")
EXPECTED_LISTS: Final = ("facts", "not", "unseen", "calls", "forbidden")
CALLS: Final = ("calls", "forbidden")

_OF_GOLD = ("document", "words", "start", "end")
_OF_CASE = ("as", "as_of", "category", "kinds", "statuses", "sources", "parties", "note")
_OF_EXPECTED = ("facts", "not", "unseen", "language", "calls", "forbidden")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def from_queries(queries: Path, corpus: Path | None = None, *, name: str = "") -> Suite:
    """Return a suite of a question set in the common format.

    With a corpus, the suite brings it, and its documents are named as they are when that file is
    taken in; without, `doc_id` is a document's name in the library at hand.

    Raises:
        BadSuite: a line is not what was expected; the message names it.
    """
    prefix = prefix_of(corpus) if corpus else ""
    lines = [
        (number, line)
        for number, line in enumerate(text_of(queries).split("\n"), 1)
        if line.strip()
    ]
    cases = [_of_query(line, f"{queries}, line {number}", prefix) for number, line in lines]
    return _built(queries, name, cases, [number for number, _ in lines], corpus)


def from_table(path: Path, *, name: str = "") -> Suite:
    """Return a suite of a table.

    Raises:
        BadSuite: a row is not what was expected; the message names its line.
    """
    cases: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, row in _rows(path):
        if row.get("question"):
            cases.append(_begun(row))
            numbers.append(number)
        elif not cases or ("id" in row and row["id"] != cases[-1].get("id")):
            raise BadSuite(
                f"{path}, line {number}: Expected a question, or the id of the case above, got "
                "neither."
            )
        _go_on(cases[-1], row, f"{path}, line {number}")
    return _built(path, name, cases, numbers, None)


def prefix_of(corpus: Path) -> str:
    """Return what the names of the documents in a corpus file begin with, once it is taken in."""
    path = corpus.absolute()
    return f"{path.parent.name}/{path.name}#"


def _built(
    path: Path,
    name: str,
    cases: list[dict[str, Any]],
    numbers: Sequence[int],
    corpus: Path | None,
) -> Suite:
    def place(location: Location) -> str:
        if location[:1] == ("cases",) and len(location) > 1 and isinstance(location[1], int):
            return named(f"{path}, line {numbers[location[1]]}", cases[location[1]])
        return str(path)

    own = re.sub(r"[^a-z0-9_.-]+", "-", path.absolute().parent.name.lower()).strip("-._")
    value: dict[str, Any] = {"suite": name or own or "imported", "cases": cases}
    if corpus:
        value["corpus"] = str(corpus.absolute())
    return built(value, path.parent, place)


def _of_query(line: str, place: str, prefix: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadSuite(f"{place}: Expected a JSON object, got something else.") from error
    if not isinstance(value, dict) or "query_id" not in value or "query" not in value:
        raise BadSuite(f"{place}: Expected a JSON object with query_id, query and gold.")
    stated = {key: each for key, each in value.items() if each not in (None, "", [])}
    gold = [_gold(each, prefix, place) for each in _list_at("gold", stated, place)]
    answerable = stated.get("answerable", bool(gold))
    expects = {"answerable": answerable, **_chosen(_OF_EXPECTED, stated)}
    if answerable:
        expects |= {"gold": gold, **_chosen(("answer",), {"answer": _answer(stated, place)})}
    excluded = stated.get("excluded", [stated["exclude_doc"]] if "exclude_doc" in stated else [])
    history = [_turn(each) for each in _list_at("history", stated, place)]
    return {
        "id": str(value["query_id"]),
        "question": value["query"],
        **_chosen(_OF_CASE, stated),
        "excluded": _prefixed(prefix, excluded),
        "earlier": [text for role, text in history if role == "user"],
        "expects": expects,
    }


def _gold(value: Any, prefix: str, place: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("doc_id"), str | int):
        raise BadSuite(f"{place}: Expected gold as a list of doc_id, start and end.")
    document = {"document": f"{prefix}{value['doc_id']}"}
    if "words" in value:
        return document | ({"words": value["words"]} if value["words"] else {})
    return document | {key: value.get(key) for key in ("start", "end")}


def _list_at(key: str, values: dict[str, Any], place: str) -> list[Any]:
    listed = values.get(key, [])
    if not isinstance(listed, list):
        raise BadSuite(f"{place}: Expected a list for `{key}`.")
    return listed


def _answer(stated: dict[str, Any], place: str) -> Any:
    return next((each for each in _list_at("answers", stated, place) if each), None)


def _turn(value: Any) -> tuple[Any, Any]:
    return (value.get("role"), value.get("text")) if isinstance(value, dict) else ("user", value)


def _prefixed(prefix: str, names: Any) -> Any:
    if not isinstance(names, list):
        return names
    return [prefix + each if isinstance(each, str) else each for each in names]


def _chosen(keys: Sequence[str], values: dict[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in keys if values.get(key) is not None}


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the line it ends on; cells without anything in them are left out."""
    text = text_of(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        columns = [each.strip().lower() for each in next(reader, [])]
        _check_columns(path, columns)
        for cells in reader:
            if len(cells) > len(columns):
                raise BadSuite(
                    f"{path}, line {reader.line_num}: Expected {len(columns)} cells, got "
                    f"{len(cells)}. Put cells with commas in quotes."
                )
            row = dict(zip(columns, map(_unguarded, cells), strict=False))
            stated = {key: cell for key, cell in row.items() if cell.strip()}
            if stated:
                yield reader.line_num, stated
    except csv.Error as error:
        raise BadSuite(f"{path}, line {reader.line_num}: Expected CSV, got: {error}.") from error


def _delimiter(text: str) -> str:
    """Return what parts the names of the columns: spreadsheets differ by country."""
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in COLUMNS or columns.count(column) > 1:
            close = get_close_matches(column, COLUMNS, n=1)
            meant = f" (did you mean `{close[0]}`?)" if close else ""
            raise BadSuite(
                f"{path}, line 1: Expected columns out of {', '.join(COLUMNS)}, each once, got "
                f"`{column[:80]}`{meant}."
            )
    for needed in ("id", "question"):
        if needed not in columns:
            raise BadSuite(f"{path}, line 1: Expected a column `{needed}`, got none.")


def _unguarded(cell: str) -> str:
    """Return a cell without the mark that keeps a spreadsheet from computing it."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _begun(row: dict[str, str]) -> dict[str, Any]:
    alone = ("id", "question", "as", "as_of", "category", "note")
    case: dict[str, Any] = {key: row[key] for key in alone if key in row}
    return case | {"expects": {}}


def _go_on(case: dict[str, Any], row: dict[str, str], place: str) -> None:
    """Add what a row says to its case."""
    expects = case["expects"]
    for key in (*LISTS, *EXPECTED_LISTS):
        if key in row:
            to = case if key in LISTS else expects
            to.setdefault(key, []).append(_listed(key, row, place))
    for key in ("language", "answer"):
        if key in row:
            expects[key] = row[key]
    if "answerable" in row:
        expects["answerable"] = _parsed(row, "answerable", _truth, "true or false", place)
    if any(key in row for key in _OF_GOLD):
        gold: dict[str, Any] = {key: row[key] for key in ("document", "words") if key in row}
        for key in ("start", "end"):
            if key in row:
                gold[key] = _parsed(row, key, int, "a whole number", place)
        expects.setdefault("gold", []).append(gold)


def _listed(key: str, row: dict[str, str], place: str) -> Any:
    """Return what a cell adds to the list of its column."""
    if key in CALLS:
        return _parsed(row, key, _call, "a tool, and its arguments as JSON,", place)
    return _fact(row[key]) if key == "facts" else row[key]


def _call(cell: str) -> dict[str, Any]:
    tool, _, arguments = cell.strip().partition(" ")
    return {"tool": tool, "arguments": json.loads(arguments)} if arguments else {"tool": tool}


def _fact(cell: str) -> str | list[str]:
    wordings = [each for each in cell.splitlines() if each.strip()]
    return wordings[0] if len(wordings) == 1 else wordings


def _parsed(
    row: dict[str, str], key: str, parse: Callable[[str], Any], expected: str, place: str
) -> Any:
    try:
        return parse(row[key])
    except (ValueError, KeyError, RecursionError) as error:
        raise BadSuite(f"{place}: Expected {expected} for `{key}`.") from error


def _truth(text: str) -> bool:
    return _TRUTH[text.strip().lower()]
