"""Any internal REST service from its OpenAPI 3 file, operation by operation as configured.

Each operation that is named becomes a tool; what reads by GET or HEAD reads, all else changes. The
service is called as the asker, at the configured address, whatever address its file names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from retrieval.errors import BadRequest
from tools.box.openapi_file import READING, Operation, read_operations
from tools.call import Json
from tools.configuration import System
from tools.far import FarSystem
from tools.once import Once, mark_of
from tools.tool import MOST_RESULT_CHARACTERS, Effect, Errand, Result, Tool

_TOOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_NAMED: Final = re.compile(r"\{([^{}]+)\}")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_IDS: Final = frozenset({"id", "key", "number", "uuid"})
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def hands_of(system: System) -> tuple[OpenApiHand, ...]:
    """Return a hand for each operation that a system names.

    Raises:
        BadRequest: its file or an operation in it cannot be used; says where and why.
    """
    if system.file is None:
        raise BadRequest(f"Expected the OpenAPI `file` of {system.name}, got none.")
    far = system.far()
    return tuple(OpenApiHand(far, each) for each in read_operations(system.file, system.names))


class OpenApiHand:
    """Calls one operation of a service."""

    def __init__(self, far: FarSystem, operation: Operation) -> None:
        """Raise `BadRequest` if the tool cannot be named."""
        self._far = far
        self._operation = operation
        self._once = Once(is_sure=False)
        path = "/" + "/".join(operation.segments)
        name = f"{far.name}.{operation.id}"
        if not _TOOL.fullmatch(name):
            raise BadRequest(
                f"Expected a system's name of letters, figures, dots, dashes and _, got {name!r}."
            )
        says = operation.says.rstrip(".") or f"Call {operation.id} of {far.name}"
        reads = operation.method.lower() in READING
        self.tool: Final = Tool(
            name=name,
            says=f"{says}.",
            fields=operation.fields,
            effect=Effect.READS if reads else Effect.CHANGES,
            will="" if reads else f"{far.name} is sent {operation.method} {path}, as below.",
            system=far.name,
            revision=operation.revision,
            knows_keys=operation.takes_key,
        )

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        """Call the operation as the asker; raise `ToolFailed`."""
        if self.tool.effect is Effect.READS:
            return await self._called(arguments, errand)
        return await self._once.do(errand, self._unseen, lambda: self._called(arguments, errand))

    async def _unseen(self) -> None:
        """Return None: the service cannot be asked what was done before."""

    async def _called(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        operation = self._operation
        segments = [
            _NAMED.sub(lambda found: _written(arguments[found[1]]), each)
            for each in operation.segments
        ]
        body: Json = {name: value for name, value in arguments.items() if name in operation.body}
        answer = await self._far.send(
            operation.method,
            *segments,
            query=dict(_asked(arguments, operation.query)),
            body=body if operation.body else None,
            secret=errand.secret,
            key=mark_of(errand) if operation.takes_key else "",
        )
        shown = _shown(answer.body, operation.answer)
        text = "" if shown is None else json.dumps(shown, ensure_ascii=False, indent=1)
        return Result(
            title=f"{operation.id} of {self._far.name}",
            text=text[:MOST_RESULT_CHARACTERS],
            ids=tuple(dict.fromkeys(_ids(shown)))[:200],
        )


def _asked(
    arguments: Mapping[str, Json], names: frozenset[str]
) -> Iterator[tuple[str, str | list[str]]]:
    """Yield the query: lists as a name given several times."""
    for name, value in arguments.items():
        if name in names:
            if isinstance(value, list):
                yield name, [_written(each) for each in value]
            else:
                yield name, _written(value)


def _written(value: Json) -> str:
    """Return a value as it stands in an address, before it is encoded."""
    return value if isinstance(value, str) else json.dumps(value)


def _shown(value: Json, schema: Mapping[str, Any]) -> Json:
    """Return of an answer what its schema states; where that is nothing in particular, all."""
    kind, properties = schema.get("type"), schema.get("properties")
    if isinstance(properties, Mapping):
        if not isinstance(value, dict):
            return None
        return {
            name: _shown(each, properties[name])
            for name, each in value.items()
            if isinstance(properties.get(name), Mapping)
        }
    if kind == "array":
        items = schema.get("items")
        if not isinstance(value, list):
            return None
        return [_shown(each, items) for each in value] if isinstance(items, Mapping) else value
    if isinstance(kind, str) and kind in _KINDS:
        is_one = isinstance(value, _KINDS[kind]) and (
            isinstance(value, bool) is (kind == "boolean")
        )
        return value if is_one else None
    return None if "$ref" in schema else value


def _ids(value: Json) -> Iterator[str]:
    """Yield the identifiers in an answer."""
    for each in value if isinstance(value, list) else ():
        yield from _ids(each)
    for name, each in value.items() if isinstance(value, dict) else ():
        is_plain = isinstance(each, str) or (isinstance(each, int) and not isinstance(each, bool))
        if name in _IDS and is_plain and _ID.fullmatch(str(each)):
            yield str(each)
        yield from _ids(each)
