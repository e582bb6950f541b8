"""An OpenAPI 3 file, and what lies at its places once references within it are followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from retrieval.errors import BadRequest

LARGEST_BYTES: Final = 10_000_000
MOST_VALUES: Final = 20_000
DEEPEST: Final = 40

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. Nothing outside it is ever read."""

    path: Path
    whole: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Document:
        """Return what is in a file of JSON or YAML; raise `BadRequest` if it is no OpenAPI 3."""
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            raise BadRequest(f"{path}: Expected an OpenAPI file, got: {error.strerror}.") from error
        if len(content) > LARGEST_BYTES:
            raise BadRequest(f"{path}: Expected at most {LARGEST_BYTES:,} bytes, got more.")
        try:
            is_json = content.lstrip()[:1] == b"{"
            whole = json.loads(content) if is_json else _from_yaml(content)
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            raise BadRequest(f"{path}: Expected JSON or YAML, got something else.") from error
        if not isinstance(whole, dict) or not str(whole.get("openapi")).startswith("3."):
            raise BadRequest(f"{path}: Expected `openapi: 3`, got another or none.")
        return cls(path, whole)

    def at(self, *place: str) -> Mapping[str, Any]:
        """Return the mapping that lies at a place, {} if there is none."""
        value: Any = self.whole
        for each in place:
            value = value.get(each) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def resolved(self, value: Any, place: Place) -> Any:
        """Return a value in which every reference within the file is replaced by what it is to.

        One that leads back to itself stays a reference. Parts of an `allOf` are put together.

        Raises:
            BadRequest: there is too much of it, or a reference leads nowhere or elsewhere.
        """
        return _Resolving(self, place).value(value, ())


class _Resolving:
    """Follows references, counting what it has met."""

    def __init__(self, document: Document, place: Place) -> None:
        self._document = document
        self._place = ".".join(place)
        self._left = MOST_VALUES

    def value(self, value: Any, within: Place) -> Any:
        """Return a value without references; `within` are those that it was reached by."""
        self._left -= 1
        if self._left < 0 or len(within) > DEEPEST:
            raise self._bad(f"Expected at most {MOST_VALUES:,} values, got more.")
        if isinstance(value, list):
            return [self.value(each, within) for each in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str):
            if reference in within:
                return {"$ref": reference}
            return self.value(self._target(reference), (*within, reference))
        return _put_together({str(key): self.value(each, within) for key, each in value.items()})

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            raise self._bad(f"Expected a reference within the file, got {reference[:80]!r}.")
        found: Any = self._document.whole
        for each in reference[2:].split("/"):
            name = each.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            raise self._bad(f"Expected what {reference[:80]!r} leads to, got nothing.")
        return found

    def _bad(self, told: str) -> BadRequest:
        return BadRequest(f"{self._document.path}: At {self._place}: {told}")


def _put_together(value: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with the parts of its `allOf` in it, if none says what another does."""
    parts = value.get("allOf")
    if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
        return value
    rest = {key: each for key, each in value.items() if key != "allOf"}
    whole: dict[str, Any] = {"properties": {}, "required": []}
    for part in [*parts, rest]:
        for key, each in part.items():
            if key == "properties" and isinstance(each, dict):
                if whole["properties"].keys() & each.keys():
                    return value
                whole["properties"].update(each)
            elif key == "required" and isinstance(each, list):
                whole["required"] += each
            elif key in ("title", "description") or whole.get(key, each) == each:
                whole[key] = each
            else:
                return value
    return {
        key: each for key, each in whole.items() if each or key not in ("properties", "required")
    }


def _from_yaml(content: bytes) -> Any:
    loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    return yaml.load(content, Loader=loader)  # noqa: S506 - both are safe
