"""Files of an evaluation beside its suites, held against what they have to be, told by line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from evals.errors import BadSuite
from evals.suites.document import Document, read_values
from evals.suites.faults import expected_of

MOST_TOLD: Final = 20
_UNKNOWN: Final = ("extra_forbidden", "unexpected_keyword_argument")
_GOT: Final = ((bool, "true or false"), (str, "text"), (int | float, "a number"), (list, "a list"))

T = TypeVar("T")


def read_checked(path: Path, kind: TypeAdapter[T], keys: Sequence[str]) -> T:
    """Return what a YAML file says; `keys` are those that it, or each of its items, may have.

    Raises:
        BadSuite: it cannot be read, or is not of this kind: a line for each fault, with the file,
            its line, what was expected and what came.
    """
    document = read_values(path)
    try:
        return kind.validate_python(document.value)
    except ValidationError as error:
        told = [_told(document, each, keys) for each in error.errors(include_url=False)]
        if len(told) > MOST_TOLD:
            told[MOST_TOLD:] = [f"And {len(told) - MOST_TOLD} more."]
        raise BadSuite("\n".join(told)) from error


def _told(document: Document, error: ErrorDetails, keys: Sequence[str]) -> str:
    place = document.place(error["loc"])
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "missing":
        return f"{place}: Expected `{name}`, got none."
    if error["type"] in _UNKNOWN:
        is_top = sum(isinstance(each, str) for each in error["loc"]) == 1
        among = f"one of {', '.join(keys)}" if is_top else "a key that is known there"
        return f"{place}: Expected {among}, got `{name[:80]}`."
    of = f" for `{name}`" if name else ""
    return f"{place}: Expected {expected_of(error)}{of}, got {_got(error['input'])}."


def _got(value: Any) -> str:
    if value is None:
        return "nothing"
    return next((told for kind, told in _GOT if isinstance(value, kind)), "keys with values")
