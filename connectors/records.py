"""JSON and JSONL exports: one file, many records, each a document of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MEDIA_TYPE = "application/vnd.pincite.record+json"
SUFFIXES = (".json", ".jsonl", ".ndjson")

_IDS = ("id", "doc_id", "key", "number")
TITLES = ("title", "subject", "summary")
TEXTS = ("text", "description", "body")
_LINKS = ("link", "url")


@dataclass(frozen=True, slots=True)
class Record:
    """One object of an export. `content` is its canonical JSON."""

    id: str
    title: str
    link: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A place in an export that holds no record."""

    id: str
    reason: str


def records(name: str, content: bytes) -> Iterator[Record | BadRecord]:
    """Yield every record of an export, and every place where one was expected but none is.

    Accepts one object per line, an array of objects, or an object that holds one such array.
    """
    seen: set[str] = set()
    for place, value in _objects(name, content):
        found = value if isinstance(value, BadRecord) else _record(place, value)
        if found.id in seen:
            found = BadRecord(f"{found.id} ({place})", "a record with this id came before it")
        seen.add(found.id)
        yield found


def _objects(name: str, content: bytes) -> Iterator[tuple[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield "file", BadRecord("file", f"expected UTF-8 text, got {error.reason}")
        return
    if name.endswith(".json"):
        yield from _array(text)
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"line {number}", _parse(line, f"line {number}")


def _array(text: str) -> Iterator[tuple[str, Any]]:
    value = _parse(text, "file")
    if isinstance(value, BadRecord):
        yield "file", value
        return
    if isinstance(value, dict):
        lists = [each for each in value.values() if isinstance(each, list)]
        value = lists[0] if len(lists) == 1 and not _is_record(value) else [value]
    if not isinstance(value, list):
        yield "file", BadRecord("file", f"expected an array of objects, got {_type(value)}")
        return
    for number, each in enumerate(value, 1):
        yield f"item {number}", each


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRecord(place, f"expected JSON, got: {error}")


def _record(place: str, value: Any) -> Record | BadRecord:
    if not isinstance(value, dict):
        return BadRecord(place, f"expected an object, got {_type(value)}")
    if not _is_record(value):
        keys = ", ".join(sorted(map(str, value))[:8]) or "none"
        return BadRecord(
            place, f"expected a text ({', '.join(TEXTS)}) or a title, got the keys: {keys}"
        )
    content = json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    return Record(
        id=_first(value, _IDS) or place,
        title=_first(value, TITLES),
        link=_first(value, _LINKS),
        content=content,
        digest=hashlib.sha256(content).hexdigest()[:32],
    )


def _is_record(value: dict[str, Any]) -> bool:
    return bool(_first(value, TEXTS) or _first(value, TITLES))


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        if isinstance(value.get(key), str | int) and str(value[key]).strip():
            return str(value[key])
    return ""


def _type(value: Any) -> str:
    return {dict: "an object", list: "an array", str: "text", type(None): "null"}.get(
        type(value), "a number"
    )
