"""Reports for programs: one JSON object, and JUnit's XML as continuous integration reads it.

What an answer said is shown as it is, but for characters that XML has no place for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from xml.etree import ElementTree

from evals.reports.wrong import wrongs_of
from evals.running.result import Row, Run

_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Reported:
    """A run and its rows, which are read once for each report."""

    run: Run
    rows: Iterable[Row]


def json_of(reported: Sequence[Reported]) -> str:
    """Return `{"runs": [...]}`: each run with its figures, and its failures with what they show."""
    runs = [
        asdict(each.run) | {"failures": [_failure(row) for row in each.rows if wrongs_of(row)]}
        for each in reported
    ]
    return json.dumps({"runs": runs}, ensure_ascii=False, indent=2) + "\n"


def junit_of(reported: Sequence[Reported]) -> str:
    """Return JUnit's XML: a suite for each run, a case for each case, and one for the gate."""
    root = ElementTree.Element("testsuites", name="pincite eval")
    for each in reported:
        _suite(root, each)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def answer_of(row: Row) -> str:
    """Return what was shown, in one text: the sentences, or why there are none."""
    outcome = row.outcome
    if outcome.refused:
        return f"(refused: {outcome.refused})"
    return " ".join(each.text for each in outcome.said)


def _failure(row: Row) -> dict[str, Any]:
    return {
        "case": row.case.id,
        "category": row.case.category,
        "person": row.case.person,
        "question": row.case.question,
        "answer": answer_of(row),
        "gold": [asdict(each) for each in row.case.expected.gold],
        "calls": [asdict(each) for each in row.outcome.calls],
        "wrong": [each.text for each in wrongs_of(row)],
        "scores": row.scores,
    }


def _suite(root: ElementTree.Element, reported: Reported) -> None:
    run, counts = reported.run, {"tests": 0, "failures": 0, "errors": 0}
    suite = ElementTree.SubElement(root, "testsuite", name=run.stamp.suite)
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in {"id": run.id, **asdict(run.stamp)}.items():
        ElementTree.SubElement(properties, "property", name=name, value=_plain(str(value)))
    for figure in run.figures:
        told = f"{figure.mean:.6g} [{figure.low:.6g}, {figure.high:.6g}], n {figure.n}"
        ElementTree.SubElement(properties, "property", name=figure.name, value=told)
    for row in reported.rows:
        _case(suite, row, counts)
    if run.gate is not None:
        counts["tests"] += 1
        gate = ElementTree.SubElement(suite, "testcase", name="gate", classname=run.stamp.suite)
        if run.gate:
            counts["failures"] += 1
            _say(gate, "failure", f"{len(run.gate)} reasons", "\n".join(run.gate))
    for name, count in counts.items():
        suite.set(name, str(count))


def _case(suite: ElementTree.Element, row: Row, counts: dict[str, int]) -> None:
    name = f"{suite.get('name')}.{row.case.category}" if row.case.category else suite.get("name")
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=_plain(row.case.id),
        classname=_plain(name or ""),
        time=f"{row.outcome.seconds:.3f}",
    )
    counts["tests"] += 1
    wrongs = [each.text for each in wrongs_of(row)]
    if row.outcome.error:
        counts["errors"] += 1
        _say(case, "error", row.outcome.error, row.case.question)
    elif wrongs:
        counts["failures"] += 1
        gold = [each.words or each.document for each in row.case.expected.gold]
        lines = (f"Question: {row.case.question}", f"Answer: {answer_of(row)}", *gold)
        _say(case, "failure", " ".join(wrongs), "\n".join(lines))


def _say(place: ElementTree.Element, kind: str, message: str, text: str) -> None:
    said = ElementTree.SubElement(place, kind, message=_plain(message[:_LONGEST]))
    said.text = _plain(text[:_LONGEST])


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
