"""What is said of a setting that is wrong: its name, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo

_SECRET = ("key", "secret")


def nearest(name: str, fields: Mapping[str, FieldInfo]) -> str:
    """Return a guess at which setting an unknown name stands for, and where all are listed."""
    known = [field.upper() for field in fields]
    close = difflib.get_close_matches(name.upper(), known, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{hint} deploy/env.example lists them all."


def told(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """Return what to say of the first value that is not what was expected."""
    first = error.errors()[0]
    if not first["loc"]:
        return str(first["msg"]).removeprefix("Value error, ")
    field = str(first["loc"][0])
    expected = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    meaning = fields[field].description
    return (
        f"{field.upper()}: expected {expected}, got {_shown(field, first['input'])}. {meaning} "
        "Change it in the environment or the settings file; deploy/env.example lists them all."
    )


def _shown(field: str, value: object) -> str:
    """Return the value, unless it is a secret or an address with a password in it."""
    if any(word in field for word in _SECRET):
        return "a secret"
    return "one with @ in it" if "@" in str(value) else repr(value)[:80]
