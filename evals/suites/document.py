"""A YAML file of plain values, and the line on which each of them stands.

What a suite has no use for is refused before anything is built from it: anchors and aliases, of
which a few lines can make billions of values, tags, several documents in one file, a key given
twice, and what is too long or nested too deep. Days stay text, and so does whatever else is not
plainly a number, true, false or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.errors import BadSuite

LARGEST_BYTES = 32 * 1024 * 1024
DEEPEST = 12

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_TEXT = "tag:yaml.org,2002:str"
_PLAIN = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
_NOTHING = re.compile(r"~|null|Null|NULL|")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BROKEN = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")
_LONGEST_NUMBER = 40

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One file: the values that it says (keys with values, or a list), and its nodes with lines."""

    path: Path
    value: Any
    root: yaml.Node | None

    def place(self, location: Location) -> str:
        """Return the file and the line of a value, or of the nearest thing that it is in."""
        node: Any = self.root
        line = 1
        for step in location:
            found = _inside(node, step)
            if found is None:
                break
            node, line = found
        return f"{self.path}, line {line}"


def read_document(path: Path) -> Document:
    """Return what a suite's file says.

    Raises:
        BadSuite: it cannot be read, or is not one mapping of plain values.
    """
    document = read_values(path)
    if not isinstance(document.root, yaml.MappingNode):
        raise BadSuite(f"{path}: Expected the keys of a suite (`suite`, `cases`), got none.")
    return document


def read_values(path: Path) -> Document:
    """Return what a file says, whatever it is for.

    Raises:
        BadSuite: it cannot be read, or is not YAML of plain values.
    """
    text = text_of(path)
    try:
        _check_events(path, text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadSuite(f"{path}, line {line}: Expected YAML, got: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise BadSuite(f"{path}: Expected YAML, got characters that it does not allow.") from error
    return Document(path, None if root is None else _value(path, root), root)


def text_of(path: Path) -> str:
    """Return the text of a file, or raise `BadSuite`: too large, not there, not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadSuite(f"Expected a suite at {path}, got: {error.strerror}.") from error
    if len(content) > LARGEST_BYTES:
        raise BadSuite(
            f"{path}: Expected at most {LARGEST_BYTES:,} bytes, got more. Split it: a suite may "
            "be a folder of files."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadSuite(
            f"{path}, line {line}: Expected UTF-8, got other bytes. Save the file as UTF-8."
        ) from error


def _check_events(path: Path, text: str) -> None:
    """Look at the file without building anything of it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        place = _at(path, event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadSuite(
                f"{place}: Expected plain values, got an anchor or alias (& or *). "
                "Write the value out, or in quotes."
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise BadSuite(f"{place}: Expected at most {DEEPEST} levels, got more.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(path: Path, node: Any) -> Any:
    if node.tag not in _PLAIN:
        raise BadSuite(f"{_at(path, node)}: Expected plain values, got the tag {node.tag[:80]!r}.")
    if isinstance(node, yaml.MappingNode):
        return _mapping(path, node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, each) for each in node.value]
    return _scalar(node)


def _mapping(path: Path, node: yaml.MappingNode) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadSuite(f"{_at(path, key)}: Expected a word as a key, got a list or mapping.")
        if key.value in made:
            raise BadSuite(f"{_at(path, key)}: Expected `{key.value[:80]}` once, got it twice.")
        made[key.value] = _value(path, value)
    return made


def _scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    if node.style or node.tag == _TEXT:
        return text
    if _NOTHING.fullmatch(text):
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if len(text) <= _LONGEST_NUMBER and _WHOLE.fullmatch(text):
        return int(text)
    if len(text) <= _LONGEST_NUMBER and _BROKEN.fullmatch(text):
        return float(text)
    return text


def _at(path: Path, node: Any) -> str:
    return f"{path}, line {node.start_mark.line + 1}"


def _inside(node: Any, step: str | int) -> tuple[Any, int] | None:
    """Return what is at a key or a place of a list, and the line on which that begins."""
    for name, marked, value in _children(node):
        if name == step:
            return value, marked.start_mark.line + 1
    return None


def _children(node: Any) -> Iterator[tuple[str | int, Any, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, key, value
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield at, value, value
