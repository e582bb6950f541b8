"""A small YAML file of plain values, read so that each mistake is told with its line.

What a policy has no use for is refused before anything is built of it: anchors and aliases, tags,
several documents in one file, a key given twice, and what is too long or nested too deep. A word
is a word: `no` is one too, and what YAML reads as a number, true, false or nothing needs quotes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from retrieval.errors import BadRequest

LARGEST_BYTES: Final = 1_000_000
DEEPEST: Final = 8
MOST_TOLD: Final = 20

_LONGEST_TOLD: Final = 60
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_OTHER: Final = re.compile(
    r"~|null|Null|NULL||true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_LONGEST_NUMBER: Final = 20

T = TypeVar("T")


class BadPolicy(BadRequest):
    """A policy is not what was expected; each line says where, what was expected and what came."""


class Sheet:
    """One file while it is read: its values, and the mistakes that were found in it so far."""

    def __init__(self, path: Path, content: bytes, expected: str = "`tools`") -> None:
        """Look at the whole file; raise `BadPolicy` if it is no YAML of plain values.

        `expected` is what it has at least, as an empty file is told.
        """
        self._path = path
        self._faults: list[tuple[int, str]] = []
        text = self._decoded(content)
        try:
            self._look_through(text)
            self.root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._bad(line, f"Expected YAML, got: {error.problem}.") from error
        except yaml.YAMLError as error:
            raise self._bad(1, "Expected YAML, got characters that it does not allow.") from error
        if self.root is None:
            raise self._bad(1, f"Expected {expected}, got an empty file.")

    def tell(self, node: Any, told: str) -> None:
        """Remember a mistake."""
        self._faults.append((node.start_mark.line + 1, told))

    def require_none(self) -> None:
        """Raise `BadPolicy` if there were mistakes; a line for each, in their order in the file."""
        found = sorted(self._faults, key=lambda each: each[0])
        told = [f"{self._path}, line {line}: {each}" for line, each in found]
        if len(told) > MOST_TOLD:
            told[MOST_TOLD:] = [f"And {len(told) - MOST_TOLD} more."]
        if told:
            raise BadPolicy("\n".join(told))

    def keys(self, node: Any, known: Collection[str], needed: Collection[str]) -> dict[str, Any]:
        """Return what stands under the known keys of a mapping; tell unknown and missing ones."""
        found: dict[str, Any] = {}
        meant: set[str] = set()
        for key, value in self.entries(node):
            if key.value in known:
                found[key.value] = value
                continue
            close = get_close_matches(key.value, known, n=1)
            meant.update(close)
            did_you = f" (did you mean `{close[0]}`?)" if close else ""
            expected = ", ".join(f"`{each}`" for each in known)
            self.tell(key, f"Expected one of {expected}, got {got(key)}{did_you}.")
        for each in needed if isinstance(node, yaml.MappingNode) else ():
            if each not in found and each not in meant:
                self.tell(node, f"Expected `{each}`, got none.")
        return found

    def entries(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the keys of a mapping with what stands under them; tell those given twice."""
        if not isinstance(node, yaml.MappingNode):
            self.tell(node, f"Expected keys with values, got {got(node)}.")
            return
        met: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.tell(key, f"Expected a word as a key, got {got(key)}.")
            elif key.value in met:
                self.tell(key, f"Expected {_shown(key.value)} once, got it twice.")
            else:
                met.add(key.value)
                yield key, value

    def items(self, node: Any, what: str) -> list[Any]:
        """Return the items of a list that has any."""
        if isinstance(node, yaml.SequenceNode) and node.value:
            return list(node.value)
        self.tell(node, f"Expected a list of {what}, got {got(node)}.")
        return []

    def word(self, node: Any, what: str) -> str | None:
        """Return a text, or tell that something else came."""
        if isinstance(node, yaml.ScalarNode) and node.value and (node.style or _is_word(node)):
            return str(node.value)
        quoted = " (put it in quotes)" if isinstance(node, yaml.ScalarNode) else ""
        self.tell(node, f"Expected {what}, got {got(node)}{quoted}.")
        return None

    def number(self, node: Any, what: str) -> float | None:
        """Return a number, or tell that something else came. Whole ones are ints."""
        if isinstance(node, yaml.ScalarNode) and not node.style and _is_number(node.value):
            return int(node.value) if node.value.lstrip("+-").isdigit() else float(node.value)
        self.tell(node, f"Expected {what}, got {got(node)}.")
        return None

    def _look_through(self, text: str) -> None:
        depth = 0
        events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._bad(line, "Expected plain values, got an anchor or alias (& or *).")
            if getattr(event, "tag", None):
                raise self._bad(line, "Expected plain values, got a tag (!).")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEEPEST:
                    raise self._bad(line, f"Expected at most {DEEPEST} levels, got more.")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _decoded(self, content: bytes) -> str:
        if len(content) > LARGEST_BYTES:
            raise self._bad(1, f"Expected at most {LARGEST_BYTES:,} bytes, got more.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise self._bad(line, "Expected UTF-8, got other bytes.") from error

    def _bad(self, line: int, told: str) -> BadPolicy:
        return BadPolicy(f"{self._path}, line {line}: {told}")


def got(node: Any) -> str:
    """Return in a few words what stands at a place."""
    if isinstance(node, yaml.ScalarNode):
        return _shown(node.value) if node.value else "nothing"
    if not node.value:
        return "an empty list" if isinstance(node, yaml.SequenceNode) else "no keys"
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys with values"


def _shown(text: str) -> str:
    cut = text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}…"
    return f"`{cut}`" if cut.isprintable() else repr(cut)


def _is_word(node: Any) -> bool:
    return not _NUMBER.fullmatch(node.value) and not _OTHER.fullmatch(node.value)


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and bool(_NUMBER.fullmatch(text))
