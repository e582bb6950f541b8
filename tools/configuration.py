"""Which far systems there are, from the file that the policy is in. READ FIRST: `read_tools`.

    systems:
      Jira:
        shape: jira
        url: https://example.atlassian.net
        credential: basic
        projects: {RIM: Task}
    approvers:
      a change of a contract: [group:legal]

A system's name is what people know it by, and what their credentials are kept under.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from retrieval.access import reader
from retrieval.errors import BadRequest
from tools.box.register_sql import Layout, SqlRegister
from tools.far import FarSystem
from tools.origin import origin_of
from tools.policy_reading import LARGEST_BYTES, BadPolicy, Sheet, got


class Shape(StrEnum):
    """What a system speaks."""

    JIRA = "jira"
    ZENDESK = "zendesk"
    REGISTER_SQL = "register-sql"
    REGISTER_REST = "register-rest"
    OPENAPI = "openapi"
    MCP = "mcp"


_DESKS: Final = frozenset({Shape.JIRA, Shape.ZENDESK})
_REGISTERS: Final = frozenset({Shape.REGISTER_SQL, Shape.REGISTER_REST})
_WHERE: Final = ("inside", "outside")
_CREDENTIALS: Final[Mapping[str, Literal["Bearer", "Basic"]]] = {
    "bearer": "Bearer",
    "basic": "Basic",
}
_FAR: Final = ("shape", "url", "where", "certificates", "credential", "web")
_NAMED: Final = ("table", "id", "title", "expires", "reader", "proposals")
_KEYS: Final[Mapping[Shape, tuple[str, ...]]] = {
    Shape.JIRA: (*_FAR, "projects"),
    Shape.ZENDESK: (*_FAR, "groups"),
    Shape.REGISTER_SQL: ("shape", "url", *_NAMED, "shown", "changeable"),
    Shape.REGISTER_REST: (*_FAR, "changeable"),
    Shape.OPENAPI: (*_FAR, "file", "operations"),
    Shape.MCP: (*_FAR, "names", "reads"),
}
_NEEDED: Final[Mapping[Shape, tuple[str, ...]]] = {
    Shape.REGISTER_SQL: ("url", "table", "id", "title", "expires"),
    Shape.OPENAPI: ("url", "file", "operations"),
    Shape.MCP: ("url", "names"),
}


@dataclass(frozen=True, slots=True)
class System:
    """One far system. Only what belongs to its shape is set.

    `is_inside`: its addresses must be private ones. `queues` are Jira's projects with the kind of
    issue made there, or Zendesk's groups with their numbers. `file` and `names` are an OpenAPI
    file and its operations, or the names of an MCP server's tools, of which `reads` surely change
    nothing.
    """

    name: str
    shape: Shape
    url: str = field(repr=False)
    is_inside: bool = False
    ca_file: Path | None = None
    credential: Literal["Bearer", "Basic"] = "Bearer"
    web: str = ""
    queues: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    layout: Layout | None = None
    changeable: tuple[str, ...] = ()
    file: Path | None = None
    names: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()

    def far(self) -> FarSystem:
        """Return a way to call it."""
        return FarSystem(
            self.name,
            self.url,
            private=self.is_inside,
            ca_file=self.ca_file,
            scheme=self.credential,
            web=self.web,
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """Every far system by its name, and who approves what (reader names by matter)."""

    systems: Mapping[str, System] = field(default_factory=lambda: MappingProxyType({}))
    approvers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


def read_tools(path: Path) -> Configuration:
    """Return the systems and approvers that a file states; what else is in it is not looked at.

    Raises:
        BadPolicy: it cannot be read, or is not what was expected: a line for each mistake, with
            the file, the line, what was expected and what came.
    """
    try:
        with path.open("rb") as file:
            sheet = Sheet(path, file.read(LARGEST_BYTES + 1))
    except OSError as error:
        raise BadPolicy(f"{path}: Expected a policy of tools, got: {error.strerror}.") from error
    top = {key.value: node for key, node in sheet.entries(sheet.root)}
    reading = _Reading(sheet, path.parent)
    systems = reading.systems(top["systems"]) if "systems" in top else {}
    approvers = reading.approvers(top["approvers"]) if "approvers" in top else {}
    sheet.require_none()
    return Configuration(MappingProxyType(systems), MappingProxyType(approvers))


class _Reading:
    """Reads values, and tells what is wrong with them where they stand."""

    def __init__(self, sheet: Sheet, folder: Path) -> None:
        self._sheet = sheet
        self._folder = folder

    def systems(self, node: Any) -> dict[str, System]:
        read: dict[str, System] = {}
        for key, value in self._sheet.entries(node):
            if not key.value.isprintable() or not 0 < len(key.value) <= 60:
                self._sheet.tell(key, f"Expected the name of a system, got {got(key)}.")
            system = self._system(key.value, value)
            if system is not None:
                self._require_alone(key, system, read.values())
                read[key.value] = system
        return read

    def approvers(self, node: Any) -> dict[str, tuple[str, ...]]:
        what = "who approves it (user:NAME or group:NAME)"
        return {
            key.value: self._words(value, what, _is_reader)
            for key, value in self._sheet.entries(node)
        }

    def _system(self, name: str, node: Any) -> System | None:
        entries = {key.value: value for key, value in self._sheet.entries(node)}
        shapes = ", ".join(Shape)
        if "shape" not in entries:
            self._sheet.tell(node, f"Expected `shape` ({shapes}), got none.")
            return None
        stated = self._one_of(entries["shape"], tuple(Shape))
        if stated is None:
            return None
        shape = Shape(stated)
        keys = self._sheet.keys(node, _KEYS[shape], _NEEDED.get(shape, ("url",)))
        if "url" not in keys:
            return None
        url = self._sheet.word(keys["url"], "an address") or ""
        system = System(name, shape, url, names=self._names(keys))
        if shape is Shape.REGISTER_SQL:
            return self._in_sql(system, node, keys)
        return self._far(system, keys)

    def _far(self, system: System, keys: Mapping[str, Any]) -> System:
        where = self._one_of(keys.get("where"), _WHERE) or "outside"
        credential = self._one_of(keys.get("credential"), tuple(_CREDENTIALS)) or "bearer"
        made = replace(
            system,
            is_inside=where == "inside",
            credential=_CREDENTIALS[credential],
            web=self._optional(keys.get("web"), "an address"),
            ca_file=self._file(keys.get("certificates")),
            file=self._file(keys.get("file")),
            changeable=self._words(keys.get("changeable"), "fields"),
            queues=self._queues(keys),
            reads=self._words(keys.get("reads"), "some of `names`", system.names.__contains__),
        )
        for name, url in (("url", made.url), ("web", made.web)):
            if url:
                self._try(keys[name], partial(origin_of, url, private=made.is_inside))
        return made

    def _in_sql(self, system: System, node: Any, keys: Mapping[str, Any]) -> System:
        named = {each: self._optional(keys.get(each), "a name") for each in _NAMED}
        shown = self._pairs(keys.get("shown"), "the name of a column")
        changeable = self._words(keys.get("changeable"), "fields")
        if not all(each in keys for each in _NEEDED[Shape.REGISTER_SQL]):
            return system
        layout = self._try(node, lambda: Layout(**named, shown=shown, changeable=changeable))
        if isinstance(layout, Layout):
            self._try(keys["url"], lambda: SqlRegister(system.name, system.url, layout))
            return replace(system, layout=layout, changeable=changeable)
        return system

    def _queues(self, keys: Mapping[str, Any]) -> Mapping[str, str]:
        if "groups" not in keys:
            return self._pairs(keys.get("projects"), "the kind of issue")
        groups: dict[str, str] = {}
        for key, value in self._sheet.entries(keys["groups"]):
            number = self._sheet.number(value, "the number of a group")
            if number is not None and not (isinstance(number, int) and number > 0):
                self._sheet.tell(value, f"Expected the number of a group, got {got(value)}.")
            groups[key.value] = str(number)
        return MappingProxyType(groups)

    def _names(self, keys: Mapping[str, Any]) -> tuple[str, ...]:
        for each, what in (("operations", "operations"), ("names", "names of tools")):
            if each in keys:
                return self._words(keys[each], what)
        return ()

    def _require_alone(self, key: Any, system: System, others: Any) -> None:
        """Tell if there is another desk or register: their tools have the same names."""
        for kind, what in ((_DESKS, "service desk"), (_REGISTERS, "register")):
            if system.shape in kind and any(each.shape in kind for each in others):
                self._sheet.tell(key, f"Expected one {what}, got another: {got(key)}.")

    def _pairs(self, node: Any, what: str) -> Mapping[str, str]:
        entries = () if node is None else self._sheet.entries(node)
        return MappingProxyType(
            {key.value: self._sheet.word(value, what) or "" for key, value in entries}
        )

    def _words(self, node: Any, what: str, is_one: Callable[[str], bool] = bool) -> tuple[str, ...]:
        read: list[str] = []
        for each in () if node is None else self._sheet.items(node, what):
            word = self._sheet.word(each, what)
            if word is not None and (word in read or not is_one(word)):
                self._sheet.tell(each, f"Expected {what}, each once, got {got(each)}.")
            elif word is not None:
                read.append(word)
        return tuple(read)

    def _one_of(self, node: Any, among: tuple[str, ...]) -> str | None:
        if node is None or node.value in among:
            return None if node is None else str(node.value)
        self._sheet.tell(node, f"Expected one of {', '.join(among)}, got {got(node)}.")
        return None

    def _optional(self, node: Any, what: str) -> str:
        return "" if node is None else self._sheet.word(node, what) or ""

    def _file(self, node: Any) -> Path | None:
        name = self._optional(node, "the path of a file")
        if not name:
            return None
        path = self._folder / name
        if not path.is_file():
            self._sheet.tell(node, f"Expected a file, got none at {got(node)}.")
        return path

    def _try(self, node: Any, make: Callable[[], object]) -> object:
        try:
            return make()
        except BadRequest as error:
            self._sheet.tell(node, str(error))
            return None


def _is_reader(word: str) -> bool:
    try:
        return reader(word) == word
    except BadRequest:
        return False
