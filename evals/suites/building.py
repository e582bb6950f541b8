"""Plain values, as a file or an import has them, made into a suite. `built` is the story."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.errors import BadSuite
from evals.suites import faults
from evals.suites.case import Case, Expected, Gold, Suite, Threshold, ToolCall
from evals.suites.corpus import DEMO, demo_people
from evals.suites.document import Location
from evals.suites.faults import Fault
from evals.suites.file import (
    CallPart,
    CasePart,
    ExpectsPart,
    GoldPart,
    SuitePart,
    ThresholdPart,
)
from evals.suites.writing import digest_of

Place = Callable[[Location], str]
"""Tells where in what was read a value stands."""

People = dict[str, tuple[str, ...]]

_MOST_TOLD = 20
_LONGEST_TOLD = 80


def built(value: dict[str, Any], folder: Path, place: Place) -> Suite:
    """Return the suite of plain values; the paths of its corpus count from `folder`.

    Raises:
        BadSuite: something is not what was expected; the message has a line for each fault.
    """
    part = _part(value, place)
    people = _people(part)
    _raise(list(faults.of_meaning(part, people)), place)
    return _suite(part, people, folder)


def named(place: str, case: Any) -> str:
    """Return a place with the id of the case that stands there, as far as it has one."""
    name = case.get("id") if isinstance(case, dict) else None
    return f"{place}, case `{name[:_LONGEST_TOLD]}`" if isinstance(name, str) else place


def _part(value: dict[str, Any], place: Place) -> SuitePart:
    """Return the values as the format has them."""
    empty = list(faults.of_nothing(value))
    try:
        part = SuitePart.model_validate(value)
    except ValidationError as error:
        found = faults.of_format(error, value)
        told = {each.location for each in found}
        _raise([*found, *(each for each in empty if each.location not in told)], place)
        raise
    _raise(empty, place)
    return part


def _raise(found: Sequence[Fault], place: Place) -> None:
    if found:
        lines = [f"{place(each.location)}: {each.told}" for each in found[:_MOST_TOLD]]
        if len(found) > _MOST_TOLD:
            lines.append(f"And {len(found) - _MOST_TOLD} more.")
        raise BadSuite("\n".join(lines))


def _people(part: SuitePart) -> People:
    stated = {name: tuple(groups) for name, groups in part.people.items()}
    return stated or (demo_people() if DEMO in _corpus(part) else {})


def _corpus(part: SuitePart) -> list[str]:
    return [part.corpus] if isinstance(part.corpus, str) else part.corpus


def _suite(part: SuitePart, people: People, folder: Path) -> Suite:
    suite = Suite(
        name=part.suite,
        title=part.title or part.suite,
        cases=tuple(map(_case, part.cases)),
        digest="",
        about=part.about,
        corpus=tuple(_entry(each, folder) for each in _corpus(part)),
        people=people,
        thresholds={name: Threshold(*_bounds(each)) for name, each in part.thresholds.items()},
        configuration=dict(part.configuration),
        tools=_entry(part.tools, folder) if part.tools else "",
        answers=_entry(part.answers, folder) if part.answers else "",
    )
    return replace(suite, digest=digest_of(suite))


def _entry(entry: str, folder: Path) -> str:
    return entry if entry == DEMO else str((folder.absolute() / entry).resolve())


def _bounds(part: ThresholdPart) -> Iterator[float | None]:
    for bound in (part.at_least, part.at_most):
        yield None if bound is None else float(bound)


def _case(part: CasePart) -> Case:
    return Case(
        id=part.id,
        question=part.question,
        person=part.person,
        earlier=tuple(part.earlier),
        as_of=part.as_of,
        category=part.category,
        kinds=tuple(part.kinds),
        statuses=tuple(part.statuses),
        sources=tuple(part.sources),
        parties=tuple(part.parties),
        excluded=tuple(part.excluded),
        expected=_expected(part.expects),
        note=part.note,
    )


def _expected(part: ExpectsPart) -> Expected:
    return Expected(
        answerable=part.answerable,
        gold=tuple(map(_gold, part.gold)),
        facts=tuple(map(_wordings, part.facts)),
        lies=tuple(map(_on_a_line, part.lies)),
        unseen=tuple(part.unseen),
        language=part.language,
        answer=part.answer,
        calls=tuple(map(_call, part.calls)),
        forbidden=tuple(map(_call, part.forbidden)),
    )


def _wordings(fact: str | list[str]) -> tuple[str, ...]:
    return tuple(map(_on_a_line, [fact] if isinstance(fact, str) else fact))


def _on_a_line(text: str) -> str:
    """Return a text with single spaces: what is said is compared so."""
    return " ".join(text.split())


def _call(part: CallPart) -> ToolCall:
    return ToolCall(part.tool, dict(part.arguments))


def _gold(part: GoldPart) -> Gold:
    return Gold(part.document, part.words, part.start, part.end)
