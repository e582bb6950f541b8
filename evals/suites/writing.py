"""A suite as text: what is written reads back as the same suite."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml

from evals.suites.case import Case, Expected, Gold, Suite, Threshold, ToolCall
from evals.suites.corpus import DEMO, demo_people

SCHEMA: Final = Path(__file__).with_name("suite.schema.json")
_WIDTH = 100
_FOR_READERS = ("title", "about", "note")


def written(suite: Suite, beside: Path | None = None) -> str:
    """Return a suite as YAML, for a file in the folder `beside`.

    The paths of its corpus and of the schema count from there; without, they are absolute.
    """
    schema = os.path.relpath(SCHEMA, beside) if beside else str(SCHEMA)
    dumper: Any = yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper
    text = yaml.dump(
        plain(suite, beside), Dumper=dumper, allow_unicode=True, sort_keys=False, width=_WIDTH
    )
    return f"# yaml-language-server: $schema={schema}\n{text}"


def digest_of(suite: Suite) -> str:
    """Return the SHA-256 of what is asked, of what, by whom, and what is expected, in hex.

    It does not depend on the order of keys or of cases, on files, on comments, nor on titles
    and notes, which nobody is asked. Of a corpus only the names count that documents begin with,
    and of a policy of tools and what far systems say only the files' (a run's stamp has the rest).
    """
    content = plain(suite)
    content |= _stated({key: Path(content.get(key, "")).name for key in ("tools", "answers")})
    content["corpus"] = [each if each == DEMO else f"./{Path(each).name}" for each in suite.corpus]
    content["people"] = _people(suite.people)
    content["cases"] = sorted(
        (_without(each, _FOR_READERS) for each in content["cases"]), key=lambda each: each["id"]
    )
    text = json.dumps(_without(content, _FOR_READERS), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def plain(suite: Suite, beside: Path | None = None) -> dict[str, Any]:
    """Return a suite as its file has it: what is not stated is left out."""
    people = {} if _has_demo_people(suite) else _people(suite.people)
    return _stated(
        {
            "suite": suite.name,
            "title": suite.title if suite.title != suite.name else "",
            "about": suite.about,
            "corpus": [_path(each, beside) for each in suite.corpus],
            "people": people,
            "thresholds": {name: _bounds(each) for name, each in suite.thresholds.items()},
            "tools": _path(suite.tools, beside) if suite.tools else "",
            "answers": _path(suite.answers, beside) if suite.answers else "",
            "configuration": dict(suite.configuration),
            "cases": [plain_case(each) for each in suite.cases],
        }
    )


def plain_case(case: Case) -> dict[str, Any]:
    """Return a case as the file of a suite has it."""
    return _stated(
        {
            "id": case.id,
            "question": case.question,
            "as": case.person,
            "as_of": case.as_of,
            "category": case.category,
            "kinds": list(case.kinds),
            "statuses": list(case.statuses),
            "sources": list(case.sources),
            "parties": list(case.parties),
            "excluded": list(case.excluded),
            "earlier": list(case.earlier),
            "expects": _expects(case.expected),
            "note": case.note,
        }
    )


def _expects(expected: Expected) -> dict[str, Any]:
    return _stated(
        {
            "answerable": expected.answerable,
            "gold": [_gold(each) for each in expected.gold],
            "facts": [each[0] if len(each) == 1 else list(each) for each in expected.facts],
            "not": list(expected.lies),
            "unseen": list(expected.unseen),
            "language": expected.language,
            "answer": expected.answer,
            "calls": [_call(each) for each in expected.calls],
            "forbidden": [_call(each) for each in expected.forbidden],
        }
    )


def _call(call: ToolCall) -> dict[str, Any]:
    return _stated({"tool": call.tool, "arguments": dict(call.arguments)})


def _gold(gold: Gold) -> dict[str, Any]:
    return _stated(
        {"document": gold.document, "words": gold.words, "start": gold.start, "end": gold.end}
    )


def _bounds(threshold: Threshold) -> dict[str, Any]:
    return _stated({"at_least": threshold.at_least, "at_most": threshold.at_most})


def _people(people: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(groups) for name, groups in people.items()}


def _has_demo_people(suite: Suite) -> bool:
    return DEMO in suite.corpus and suite.people == demo_people()


def _path(entry: str, beside: Path | None) -> str:
    if entry == DEMO or beside is None:
        return entry
    return Path(os.path.relpath(entry, beside)).as_posix()


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


def _without(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in names}
