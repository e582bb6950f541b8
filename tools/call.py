"""A call: which tool is asked for, with which arguments. Whoever wrote it is not believed.

Text becomes a call only here, and strictly: what two readers could read as two things is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

MOST_NAME = 100
MOST_CHARACTERS = 16_384
MOST_LEVELS = 8


class NoCall(ValueError):
    """This is no call; says why, and holds nothing of what it said."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it would be made: `arguments` are plain JSON values, never changed."""

    tool: str
    arguments: Mapping[str, Json] = field(default_factory=dict)

    @property
    def canonical(self) -> str:
        """Return the one spelling of this call: what is shown, hashed and carried out."""
        return json.dumps(
            {"tool": self.tool, "arguments": self.arguments},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        )

    @property
    def digest(self) -> str:
        """Return the sha256 of the one spelling, in hexadecimal."""
        return hashlib.sha256(self.canonical.encode("utf-8", "surrogatepass")).hexdigest()


def read_call(tool: str, arguments: str) -> Call:
    """Return the call that these arguments (the text of a JSON object) make.

    Raises:
        NoCall: it is no text, too long or too deep, no object, or has a key twice, a number that
            JSON does not know, or half a character.
    """
    for text, most in ((tool, MOST_NAME), (arguments, MOST_CHARACTERS)):
        if not isinstance(text, str) or len(text) > most:
            raise NoCall(f"Expected a text of at most {most} characters.")
    try:
        read = json.loads(arguments, object_pairs_hook=_once, parse_constant=_no_constant)
        call = Call(tool, read)
        call.canonical.encode("utf-8")
    except NoCall:
        raise
    except (ValueError, RecursionError):
        raise NoCall("Expected the text of a JSON object, got something else.") from None
    if not isinstance(read, dict):
        raise NoCall("Expected a JSON object, got something else.")
    if _levels(read) > MOST_LEVELS:
        raise NoCall(f"Expected at most {MOST_LEVELS} levels in each other, got more.")
    return call


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NoCall("Expected every key once, got one twice.")
    return read


def _no_constant(name: str) -> Any:
    raise NoCall(f"Expected a number, got {name}.")


def _levels(value: Any) -> int:
    """Return how many objects and lists lie in each other, counted without recursion."""
    most, left = 0, [(value, 1)]
    while left:
        each, level = left.pop()
        if isinstance(each, dict | list):
            most = max(most, level)
            left += [
                (inner, level + 1) for inner in (each.values() if isinstance(each, dict) else each)
            ]
    return most
