"""Whether arguments are what a tool's fields say, checked anew whatever constrained their writer.

`fault_of` is total: it takes whatever JSON can say and only compares.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from tools.call import Json
from tools.fields import Choice, Field, Fields, Flag, Many, Number, Text
from tools.words import are_words, does_nothing


def fault_of(arguments: Mapping[str, Json], fields: Fields) -> str | None:
    """Return None if the arguments match the fields, else the name of the first that does not.

    "" stands for what is no field's fault: no object, or a name that no field has. Such a name is
    somebody's text and is not repeated. Fields are looked at in their own order.
    """
    if not isinstance(arguments, Mapping) or not arguments.keys() <= fields.keys():
        return ""
    for name, field in fields.items():
        is_match = _matches(arguments[name], field) if name in arguments else not field.is_required
        if not is_match:
            return name
    return None


def schema_of(fields: Fields) -> dict[str, Any]:
    """Return the closed JSON Schema of the arguments, for who is to write them.

    All that `fault_of` lets through is valid under it. It says less: what words may hold, and that
    a list has each once, is not said by what writers are constrained with.
    """
    return {
        "type": "object",
        "properties": {name: _schema(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.is_required],
        "additionalProperties": False,
    }


def _matches(value: Json, field: Field) -> bool:
    match field:
        case Text():
            return isinstance(value, str) and _is_text(value, field)
        case Choice():
            return isinstance(value, str) and value in field.among
        case Flag():
            return isinstance(value, bool)
        case Number():
            return _is_number(value, field)
    return isinstance(value, list) and _are_many(value, field)


def _is_text(value: str, field: Text) -> bool:
    if not field.least <= len(value) <= field.most:
        return False
    if field.pattern:
        return bool(_compiled(field.pattern).fullmatch(value)) and does_nothing(value)
    return not value or are_words(value, is_long=field.is_long)


def _is_number(value: Json, field: Number) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, float) and not field.decimals:
        return False
    return field.least <= value <= field.most


def _are_many(value: list[Json], field: Many) -> bool:
    if not field.least <= len(value) <= field.most:
        return False
    known: list[Any] = [each for each in value if _matches(each, field.each)]
    return len(set(known)) == len(value)


@functools.lru_cache(maxsize=1_024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern[1:-1], re.ASCII)


def _schema(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"description": field.says}
    match field:
        case Text():
            told |= {"type": "string", "minLength": field.least, "maxLength": field.most}
            return told | ({"pattern": field.pattern} if field.pattern else {})
        case Choice():
            return told | {"type": "string", "enum": list(field.among)}
        case Flag():
            return told | {"type": "boolean"}
        case Number():
            kind, read = ("number", float) if field.decimals else ("integer", int)
            return told | {"type": kind, "minimum": read(field.least), "maximum": read(field.most)}
    counts = {"minItems": field.least, "maxItems": field.most}
    return told | {"type": "array", "items": _schema(field.each), **counts}
