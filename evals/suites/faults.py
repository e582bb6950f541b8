"""What is wrong with a suite, in words for whoever wrote it: where, what was expected, what came.

What a file says is told back where it is a name, a day or a key; questions and answers never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from evals.measures.every import measure_of
from evals.measures.measure import Unit
from evals.suites.document import Location
from evals.suites.file import PARTS, Part, SuitePart, keys_of
from retrieval.errors import NotFound

_EXPECTED: Final = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dataclass_type": "keys with values",
    "dict_type": "keys with values",
    "enum": "one of {expected}",
    "finite_number": "a number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "literal_error": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "model_type": "keys with values",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "string_type": "text (in quotes, where it looks like something else)",
    "too_short": "at least {min_length}",
    "tuple_type": "a list",
}
_PATTERNS: Final = {
    r"\S": "text that can be seen",
    r"^\S(.*\S)?$": "a name on one line, without spaces around it",
    r"^[a-z0-9][a-z0-9_.-]*$": "a name of small letters, digits and - _ .",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "the exact name of a tool",
    r"^[a-z]{2}$": "two small letters of ISO 639-1, such as en",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day as YYYY-MM-DD",
}
_NAMES: Final = frozenset(("suite", "as", "as_of", "kinds", "statuses", "language"))
_LONGEST_TOLD = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a suite."""

    location: Location
    told: str


def of_format(error: ValidationError, value: dict[str, Any]) -> list[Fault]:
    """Return what pydantic found, one fault for each place; `value` is what it looked at."""
    found: dict[Location, list[ErrorDetails]] = {}
    for each in error.errors(include_url=False):
        if each["type"] != "none_required":
            found.setdefault(_placed(each["loc"], each["type"], value), []).append(each)
    return [
        Fault(location, _told(location, listed))
        for location, listed in found.items()
        if not any(other[: len(location)] == location != other for other in found)
    ]


def of_nothing(value: Any, location: Location = ()) -> Iterator[Fault]:
    """Yield the keys that have no value; in a configuration nothing is a value too."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        items = ((key, each) for key, each in value.items() if key != "configuration" or location)
    elif isinstance(value, list):
        items = enumerate(value)
    for key, each in items:
        if each is None:
            yield Fault((*location, key), _empty((*location, key)))
        else:
            yield from of_nothing(each, (*location, key))


def of_meaning(suite: SuitePart, people: Mapping[str, object]) -> Iterator[Fault]:
    """Yield what is well formed and cannot be meant; `people` may ask."""
    yield from _of_thresholds(suite)
    yield from _of_tools(suite)
    times = Counter(case.id for case in suite.cases)
    for at, case in enumerate(suite.cases):
        place: Location = ("cases", at)
        if times[case.id] > 1:
            yield Fault((*place, "id"), "Expected an id that no other case has.")
            times[case.id] = 1
        if people and case.person and case.person not in people:
            who = _nearest(case.person, people)
            yield Fault((*place, "as"), f"Expected one of the suite's people, got {who}.")
        expects = case.expects
        if expects.answerable is False and (expects.gold or expects.facts or expects.answer):
            yield Fault(
                (*place, "expects", "answerable"),
                "Expected nothing to be found of what is not answerable, got gold, facts or an "
                "answer. What must not show belongs under `unseen` or `not`.",
            )
        for number, gold in enumerate(expects.gold):
            here: Location = (*place, "expects", "gold", number)
            if gold.words and (gold.start, gold.end) != (None, None):
                yield Fault(here, "Expected `words`, or `start` and `end`, got both.")
            elif (gold.start is None) != (gold.end is None):
                yield Fault(here, "Expected `start` and `end` together, got one of them.")
            elif gold.start is not None and gold.end is not None and gold.end <= gold.start:
                yield Fault((*here, "end"), "Expected `end` after `start`.")


def _of_tools(suite: SuitePart) -> Iterator[Fault]:
    if suite.tools and not suite.corpus:
        yield Fault(
            ("tools",),
            "Expected a `corpus` beside `tools`, got none: the library at hand has its own policy.",
        )
    if suite.answers and not suite.tools:
        yield Fault(("answers",), "Expected `tools` beside `answers`, got none.")


def _of_thresholds(suite: SuitePart) -> Iterator[Fault]:
    for name, bounds in suite.thresholds.items():
        place: Location = ("thresholds", name)
        try:
            unit = measure_of(name).unit
        except NotFound as error:
            yield Fault(place, str(error))
            continue
        stated = [each for each in (bounds.at_least, bounds.at_most) if each is not None]
        if not stated:
            yield Fault(place, "Expected `at_least` or `at_most`, got neither.")
        elif stated != sorted(stated):
            yield Fault(place, "Expected `at_least` not above `at_most`.")
        elif min(stated) < 0 or (unit is Unit.SHARE and max(stated) > 1):
            yield Fault(
                place,
                "Expected bounds from 0 to 1, got another: shares are written as 0.95, not as 95."
                if unit is Unit.SHARE
                else "Expected bounds from 0, got one below.",
            )


def _placed(location: Location, kind: str, value: Any) -> Location:
    """Return a location without what pydantic adds to it: the names of a union's branches."""
    placed: list[str | int] = []
    for step in location:
        inside = isinstance(value, dict) and step in value
        if inside or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            placed.append(step)
            value = value[step]
        elif kind == "missing" and step == location[-1]:
            placed.append(step)
    return tuple(placed)


def _told(location: Location, errors: list[ErrorDetails]) -> str:
    first = errors[0]
    name = f"`{location[-1]}`" if location else "a suite"
    if first["type"] == "missing":
        return f"Expected {name}, got none."
    if first["type"] == "extra_forbidden":
        return _unknown(location)
    if location and location[-1] == "cases" and first["type"] == "too_short":
        return "Expected at least one case, got an empty suite."
    if first["input"] is None:
        return _empty(location)
    expected = " or ".join(dict.fromkeys(map(expected_of, errors)))
    return f"Expected {expected} for `{_path(location)}`, got {_got(location, first['input'])}."


def _empty(location: Location) -> str:
    return f"Expected a value for `{_path(location)}`, got nothing."


def expected_of(error: ErrorDetails) -> str:
    """Return in words what a value was expected to be."""
    if error["type"] == "string_pattern_mismatch":
        pattern = error["ctx"]["pattern"]
        return _PATTERNS.get(pattern, f"what fits {pattern}")
    if error["type"] == "value_error":
        return "a day that there is"
    return _EXPECTED.get(error["type"], error["msg"]).format(**error.get("ctx", {}))


def _unknown(location: Location) -> str:
    key = str(location[-1])
    keys = keys_of(_part_at(location[:-1]))
    return f"Expected one of {', '.join(keys)}, got {_nearest(key, keys)}."


def _part_at(location: Location) -> type[Part]:
    names = tuple(each for each in location if isinstance(each, str))
    if names[:1] == ("thresholds",):
        names = ("thresholds", "*")
    return PARTS[names]


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    meant = f" (did you mean `{close[0]}`?)" if close else ""
    return f"`{name[:_LONGEST_TOLD]}`{meant}"


def _path(location: Location) -> str:
    """Return where it is inside a case, as `expects.gold.1.words`; lists count from 1."""
    inner = location[2:] if location[:1] == ("cases",) and len(location) > 2 else location
    return ".".join(str(each + 1) if isinstance(each, int) else each for each in inner)


def _got(location: Location, value: Any) -> str:
    if isinstance(value, str):
        is_name = any(each in _NAMES for each in location[-2:])
        return repr(value[:_LONGEST_TOLD]) if is_name else f"text of {len(value)} characters"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    return (
        "a list"
        if isinstance(value, list)
        else ("keys with values" if isinstance(value, dict) else "a number")
    )
