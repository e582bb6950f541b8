"""What a far system answered, and what people are told of it: a status, never its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.call import Json
from tools.tool import ToolFailed

_JSON: Final = re.compile(r"application/(?:[a-z0-9.-]+\+)?json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FarAnswer:
    """What a far system answered; `body` is None where there was none."""

    status: int
    body: Json

    def at(self, *path: str) -> Json:
        """Return the value that lies under these keys, None if there is none."""
        return at(self.body, *path)


def at(value: Json, *path: str) -> Json:
    """Return the value that lies under these keys of objects, None if there is none."""
    for each in path:
        value = value.get(each) if isinstance(value, dict) else None
    return value


def words_at(value: Json, *path: str) -> str:
    """Return the text or the whole number that lies under these keys as text, else ""."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else ""


def objects_at(value: Json, *path: str) -> list[dict[str, Json]]:
    """Return the objects of the list that lies under these keys; [] if there is no list."""
    found = at(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


class FarRefused(ToolFailed):
    """A far system said no, with this status."""

    def __init__(self, told: str, status: int, *, happened: bool | None = False) -> None:
        super().__init__(told, happened=happened)
        self.status = status


_REFUSALS: Final = {
    400: "{name} did not take the request as it was.",
    401: "{name} did not accept your credential. Connect your account at {name} again.",
    403: "Your account at {name} may not do this.",
    404: "{name} has no such thing that you may see.",
    409: "{name} says that this is no longer as it was. Look again.",
    429: "{name} takes no more requests from you now. Try again later.",
}


def refusal(name: str, status: int, retry_after: str) -> str:
    """Return what to tell somebody whom the system of this name refused."""
    told = _REFUSALS.get(status, "{name} answered with status {status}.")
    if status == 429 and re.fullmatch(r"[0-9]{1,5}", retry_after):
        told += f" It asks for {retry_after} seconds."
    return told.format(name=name, status=status)


def body_of(headers: Mapping[str, str], read: bytes, most_levels: int) -> Json:
    """Return the value of an answer, None of an empty one; raise `ValueError` if it is no JSON."""
    if not read:
        return None
    media_type = headers.get("Content-Type", "").split(";")[0].strip()
    if not _JSON.fullmatch(media_type) or headers.get("Content-Encoding", "identity") != "identity":
        raise ValueError("no JSON")
    return read_json(read, most_levels)


def read_json(text: bytes, most_levels: int) -> Json:
    """Return the value; raise `ValueError` if it is none, has a key twice, or is too deep."""
    try:
        read: Json = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("too deep") from None
    left = [(read, 1)]
    while left:
        each, level = left.pop()
        if isinstance(each, dict | list):
            if level > most_levels:
                raise ValueError("too deep")
            inner = each.values() if isinstance(each, dict) else each
            left += [(one, level + 1) for one in inner]
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError("no number")
