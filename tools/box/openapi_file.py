"""Operations from an OpenAPI 3 file: what can be said in fields is taken, the rest is refused.

References within the file are followed. What is optional and cannot be said is left out, so that
nobody can fill it; what is required and cannot be said is refused, with the place in the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from retrieval.errors import BadRequest
from retrieval.plain import plain
from tools.box.openapi_document import Document
from tools.box.schema_fields import MOST_FIELDS, Unsayable, field_of
from tools.fields import BadField, Choice, Field, Fields, Flag, Many, Number, Text
from tools.patterns import check_pattern

METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
READING: Final = frozenset({"get", "head"})

_SEGMENT: Final = "^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$"
_UNRESERVED: Final = check_pattern(_SEGMENT)
_LITERAL: Final = re.compile(r"(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|\{[^{}]+\})+")
_NAMED: Final = re.compile(r"\{([^{}]+)\}")
_ARGUMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_JSON: Final = re.compile(r"application/(?:[a-z0-9.-]+\+)?json", re.IGNORECASE)
_GOOD: Final = re.compile(r"2[0-9]{2}|2XX|default")
_OURS: Final = frozenset({"accept", "authorization", "content-type"})
_KEY: Final = "idempotency-key"
_MOST_SEGMENT: Final = 128
_SAYS: Final = 300


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: how it is called, with what, and what it answers.

    `segments` are those of its path, with {names} of arguments; `query` and `body` are the names
    of the arguments that go there. `answer` is the schema of a good answer, {} if none is stated.
    `takes_key`: it takes an `Idempotency-Key`. `revision` is a hash of all that the file says.
    """

    id: str
    method: str
    segments: tuple[str, ...]
    says: str
    fields: Fields
    query: frozenset[str]
    body: frozenset[str]
    answer: Mapping[str, Any]
    takes_key: bool
    revision: str


def read_operations(path: Path, wanted: Sequence[str]) -> tuple[Operation, ...]:
    """Return the operations with these ids.

    Raises:
        BadRequest: the file is no OpenAPI 3, or an operation is not there or cannot be offered;
            says which, the place in the file, and why.
    """
    document = Document.read(path)
    found = dict(_found(document))
    operations = []
    for each in wanted:
        if each not in found:
            close = get_close_matches(each, found, n=1)
            meant = f" (did you mean `{close[0]}`?)" if close else ""
            raise BadRequest(f"{path}: Expected an operation `{each[:64]}`, got none{meant}.")
        operations.append(_Reading(document, each, *found[each]).operation())
    return tuple(operations)


def _found(document: Document) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the id, the path and the method of every operation that has an id."""
    for path, item in document.at("paths").items():
        for method in METHODS:
            operation = item.get(method) if isinstance(item, Mapping) else None
            if isinstance(operation, Mapping) and isinstance(operation.get("operationId"), str):
                yield operation["operationId"], (path, method)


@dataclass(slots=True)
class _Reading:
    """Reads one operation; knows where it is in the file."""

    document: Document
    id: str
    path: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    query: set[str] = field(default_factory=set)
    body: set[str] = field(default_factory=set)
    takes_key: bool = False

    def operation(self) -> Operation:
        item = self.document.at("paths", self.path)
        told = self.document.resolved(item.get(self.method), ("paths", self.path, self.method))
        shared = self.document.resolved(item.get("parameters", []), ("paths", self.path))
        if not _ID.fullmatch(self.id):
            raise self._bad((), "Expected an id of letters, figures, dots, dashes and _.")
        for at, each in _parameters(shared, told.get("parameters", [])):
            self._parameter(each, ("parameters", at))
        segments = self._segments()
        self._body(told.get("requestBody"))
        if len(self.fields) > MOST_FIELDS:
            raise self._bad((), f"Expected at most {MOST_FIELDS} arguments, got more.")
        whole = json.dumps([self.method, self.path, shared, told], sort_keys=True, default=str)
        summary = str(told.get("summary") or told.get("description") or "")
        return Operation(
            id=self.id,
            method=self.method.upper(),
            segments=segments,
            says=" ".join(plain(summary[: 4 * _SAYS]).split())[:_SAYS],
            fields=MappingProxyType(self.fields),
            query=frozenset(self.query),
            body=frozenset(self.body),
            answer=MappingProxyType(_answer(told.get("responses"))),
            takes_key=self.takes_key,
            revision=hashlib.sha256(whole.encode()).hexdigest(),
        )

    def _parameter(self, told: Mapping[str, Any], at: tuple[str, ...]) -> None:
        name, place = str(told.get("name")), told.get("in")
        is_required = place == "path" or told.get("required") is True
        if place == "header" and name.lower() in (*_OURS, _KEY):
            self.takes_key = self.takes_key or name.lower() == _KEY
            return
        try:
            made = self._made(name, told.get("schema"), is_required)
            if place == "path":
                made = _in_path(made)
            elif place != "query":
                raise Unsayable(f"Expected a parameter in path or query, got {str(place)[:20]}.")
            elif told.get("style", "form") != "form" or told.get("explode", True) is not True:
                raise Unsayable("Expected a usual style, got another.")
        except (Unsayable, BadField) as error:
            if is_required:
                raise self._bad(at, str(error)) from error
            return
        self.fields[name] = made
        if place == "query":
            self.query.add(name)

    def _segments(self) -> tuple[str, ...]:
        segments = tuple(self.path.removeprefix("/").split("/"))
        for each in segments:
            if not _LITERAL.fullmatch(each) or set(each) <= {"."}:
                raise self._bad((), "Expected a path of plain parts, none of them empty.")
        named = {name for each in segments for name in _NAMED.findall(each)}
        if named != self.fields.keys() - self.query:
            raise self._bad((), "Expected a parameter for each {name} in the path, and no other.")
        return segments

    def _body(self, told: Any) -> None:
        if told is None:
            return
        place = ("requestBody", "content")
        schema, is_required = _json_of(told), told.get("required") is True
        if self.method in READING or schema is None:
            if is_required:
                raise self._bad(place, "Expected JSON, of what changes something, got another.")
            return
        properties = schema.get("properties")
        if schema.get("type") != "object" or not isinstance(properties, Mapping):
            raise self._bad((*place, "schema"), "Expected an object of named properties.")
        required = schema.get("required", [])
        for name, each in properties.items():
            self._property(name, each, name in required, (*place, "schema", "properties", name))

    def _property(self, name: str, told: Any, is_required: bool, at: tuple[str, ...]) -> None:
        try:
            if name in self.fields:
                raise Unsayable("Expected a name that no parameter has.")
            self.fields[name] = self._made(name, told, is_required)
            self.body.add(name)
        except (Unsayable, BadField) as error:
            if is_required:
                raise self._bad(at, str(error)) from error

    def _made(self, name: str, schema: Any, is_required: bool) -> Field:
        if not _ARGUMENT.fullmatch(name):
            raise Unsayable("Expected a name of letters, figures, dots, dashes and _.")
        if not isinstance(schema, Mapping) or not isinstance(schema.get("pattern", ""), str):
            raise Unsayable("Expected a schema, got none or another.")
        if schema.get("readOnly") is True:
            raise Unsayable("Expected what can be written, got what is read only.")
        return field_of(schema, is_required=is_required)

    def _bad(self, at: tuple[str, ...], told: str) -> BadRequest:
        place = ".".join(("paths", self.path, self.method, *at))
        return BadRequest(
            f"{self.document.path}: The operation `{self.id[:64]}` cannot be offered, at {place}: "
            f"{told}"
        )


def _parameters(shared: Any, own: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the parameters with where they are listed; an operation's own one wins."""
    found: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
    for listed in (shared, own):
        for at, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, Mapping):
                found[str(each.get("in")), str(each.get("name"))] = (str(at), each)
    yield from found.values()


def _in_path(made: Field) -> Field:
    """Return a field of which no value leaves its part of a path; raise `Unsayable`."""
    match made:
        case Text(pattern=""):
            most = min(made.most, _MOST_SEGMENT)
            least = max(made.least, 1)
            return replace(made, pattern=_SEGMENT, most=most, least=least, is_long=False)
        case Text():
            is_bound = check_pattern(made.pattern) <= _UNRESERVED and made.least > 0
        case Choice():
            is_bound = all(set(each) <= _UNRESERVED for each in made.among)
        case Number():
            is_bound = not made.decimals
        case Flag() | Many():
            is_bound = False
    if not is_bound:
        raise Unsayable("Expected what cannot leave its part of the path, got what can.")
    return made


def _json_of(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of the JSON in a request or an answer, {} if it is not stated."""
    content = told.get("content")
    for name, each in content.items() if isinstance(content, Mapping) else ():
        if _JSON.fullmatch(str(name).split(";")[0]) and isinstance(each, Mapping):
            schema = each.get("schema", {})
            return schema if isinstance(schema, Mapping) else {}
    return None


def _answer(responses: Any) -> Mapping[str, Any]:
    for status, each in sorted(responses.items(), key=str) if responses else ():
        if _GOOD.fullmatch(str(status)) and isinstance(each, Mapping):
            return _json_of(each) or {}
    return {}
