"""JSON read strictly, so that no other reader can understand it otherwise."""

from __future__ import annotations

import json
from typing import Any


class Malformed(Exception):
    """A file does not hold what its name says; the text completes `got ...`."""


def as_json(text: bytes) -> dict[str, Any]:
    """Return the one JSON object in UTF-8 that `text` is.

    Raises:
        Malformed: it is something else, or has a key twice.
    """
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise Malformed("no sound JSON") from error
    if not isinstance(value, dict):
        raise Malformed("JSON that is no object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a key that is there twice")
    return made
