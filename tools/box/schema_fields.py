"""Fields from a JSON Schema that somebody else wrote: what can be checked is taken, no more.

What is optional and cannot be said in fields is left out, so that nobody can fill it. What is
required and cannot be said means that the tool cannot be offered. Limits that a schema leaves open
are set here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from retrieval.plain import plain
from tools.fields import (
    LARGEST_NUMBER,
    MOST_LISTED,
    MOST_PATTERNED,
    MOST_TEXT,
    BadField,
    Choice,
    Field,
    Fields,
    Flag,
    Many,
    Number,
    Text,
)

MOST_FIELDS: Final = 40
_SAYS: Final = 300
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_LINES: Final = frozenset({"uri", "uri-reference", "url", "iri", "iri-reference", "uri-template"})
_UNSAID: Final = frozenset(
    {"$ref", "allOf", "not", "if", "oneOf", "patternProperties", "dependentSchemas"}
)
_NOTED: Final = frozenset({"title", "description", "default", "examples", "deprecated", "readOnly"})


class Unsayable(ValueError):
    """A schema asks for what no field can say; says where and what."""


def fields_of(schema: object) -> Fields:
    """Return the fields of a schema's object.

    Raises:
        Unsayable: it is no object of named properties, or requires what no field can say.
    """
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise Unsayable("Expected a schema of an object, got another.")
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    if not isinstance(properties, Mapping) or not isinstance(required, list):
        raise Unsayable("Expected properties and a list of what is required, got others.")
    if len(properties) > MOST_FIELDS or not set(map(str, required)) <= properties.keys():
        raise Unsayable(
            f"Expected at most {MOST_FIELDS} properties, all that is required among them."
        )
    if unsaid := _UNSAID & schema.keys():
        raise Unsayable(f"Expected plain properties, got {min(unsaid)}.")
    fields: dict[str, Field] = {}
    for name, each in properties.items():
        try:
            if not _NAME.fullmatch(str(name)):
                raise Unsayable("Expected a name of letters, figures, dots, dashes and _.")
            fields[name] = field_of(each, is_required=name in required)
        except (Unsayable, BadField) as error:
            if name in required:
                raise Unsayable(f"The required property {str(name)[:64]!r}: {error}") from None
    return MappingProxyType(fields)


def field_of(schema: object, *, is_required: bool, in_list: bool = False) -> Field:
    """Return the field of one property; raise `Unsayable` or `BadField`."""
    if not isinstance(schema, Mapping):
        raise Unsayable("Expected a schema, got something else.")
    schema = _present(schema)
    if unsaid := _UNSAID & schema.keys():
        raise Unsayable(f"Expected a plain value, got {min(unsaid)}.")
    says = " ".join(plain(str(schema.get("description") or schema.get("title") or "")).split())
    given: dict[str, Any] = {"says": says[:_SAYS], "is_required": is_required}
    if "enum" in schema or "const" in schema:
        return _choice(schema, given)
    match schema.get("type"):
        case "string":
            return _text(schema, given)
        case "integer" | "number" as kind:
            return _number(schema, given, decimals=kind == "number")
        case "boolean":
            return Flag(**given)
        case "array" if not in_list:
            return _many(schema, given)
    raise Unsayable("Expected a text, a number, true or false, or a list of them, got another.")


def _present(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a value is when it is there: `null` stands for one that is left out."""
    ways = schema.get("anyOf")
    if isinstance(ways, list):
        there = [each for each in ways if isinstance(each, Mapping) and each.get("type") != "null"]
        if len(there) != 1 or len(there) == len(ways):
            raise Unsayable("Expected one kind of value, got several.")
        rest = {name: schema[name] for name in schema.keys() & _NOTED}
        return {**rest, **there[0]}
    kinds = schema.get("type")
    if isinstance(kinds, list) and len(there := [each for each in kinds if each != "null"]) == 1:
        return {**schema, "type": there[0]}
    return schema


def _choice(schema: Mapping[str, Any], given: dict[str, Any]) -> Choice:
    among = schema["enum"] if "enum" in schema else [schema["const"]]
    words = [each for each in among if each is not None] if isinstance(among, list) else []
    if not words or not all(isinstance(each, str) for each in words):
        raise Unsayable("Expected words to choose among, got others.")
    return Choice(among=tuple(words), **given)


def _text(schema: Mapping[str, Any], given: dict[str, Any]) -> Text:
    if schema.get("format") in _LINES:
        raise Unsayable("Expected words, got an address: none may be given to a tool.")
    pattern = schema.get("pattern", "")
    if not isinstance(pattern, str):
        raise Unsayable("Expected a text as pattern, got something else.")
    most = min(_count(schema, "maxLength", MOST_TEXT), MOST_PATTERNED if pattern else MOST_TEXT)
    least = _count(schema, "minLength", 0 if not given["is_required"] else 1)
    is_long = not pattern and most > 400
    return Text(most=most, least=least, pattern=pattern, is_long=is_long, **given)


def _number(schema: Mapping[str, Any], given: dict[str, Any], *, decimals: bool) -> Number:
    bounds = []
    for name, open_end in (("minimum", -LARGEST_NUMBER), ("maximum", LARGEST_NUMBER)):
        bound = schema.get(name, open_end)
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise Unsayable(f"Expected a number as {name}, got something else.")
        bounds.append(min(max(bound, -LARGEST_NUMBER), LARGEST_NUMBER))
    if schema.keys() & {"exclusiveMinimum", "exclusiveMaximum", "multipleOf"}:
        raise Unsayable("Expected bounds that are included, got others.")
    return Number(least=bounds[0], most=bounds[1], decimals=decimals, **given)


def _many(schema: Mapping[str, Any], given: dict[str, Any]) -> Many:
    each = field_of(schema.get("items"), is_required=True, in_list=True)
    if isinstance(each, Flag | Many):
        raise Unsayable("Expected a list of texts or numbers, got another.")
    most = min(_count(schema, "maxItems", 20), MOST_LISTED)
    return Many(each=each, most=most, least=_count(schema, "minItems", 0), **given)


def _count(schema: Mapping[str, Any], name: str, otherwise: int) -> int:
    count = schema.get(name, otherwise)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise Unsayable(f"Expected a whole number as {name}, got something else.")
    return count
