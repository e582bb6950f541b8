"""What a `pincite.yaml` says about the files beside and below it.

The nearest file wins, key by key; without any, nobody but the source's own readers may read.
What `denied` names adds up on the way down: who is denied above is denied below, and a denial
wins over whatever lets somebody read.

    readers: [group:legal]
    denied: [user:ann]
    files:
      "salaries/*":
        denied: [group:interns]
"""

from __future__ import annotations

import fnmatch
import posixpath
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors.errors import Misconfigured
from retrieval.access import reader
from retrieval.documents import Details, Kind, Status
from retrieval.errors import BadRequest

NAME = "pincite.yaml"
_LONGEST_TOLD = 400


class _Rule(BaseModel):
    """The keys that may stand at the top of the file or under one of `files`."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    readers: frozenset[str] | None = None
    denied: frozenset[str] | None = None
    owner: str | None = None
    status: Status | None = None
    link: str | None = None
    parties: tuple[str, ...] | None = None
    title: str | None = None
    effective: date | None = None
    expires: date | None = None
    supersedes: str | None = None

    @field_validator("readers", "denied")
    @classmethod
    def _well_formed(cls, names: frozenset[str] | None) -> frozenset[str] | None:
        return None if names is None else frozenset(reader(name) for name in names)

    @field_validator("status")
    @classmethod
    def _declarable(cls, status: Status | None) -> Status | None:
        if status in (Status.SUPERSEDED, Status.EXPIRED):
            raise ValueError(
                "say `draft` or `approved`; use `supersedes` or `expires` for the rest"
            )
        return status


class _File(_Rule):
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    files: dict[str, _Rule] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FolderRules:
    """The rules in force in one folder: its own file laid over those of the folders above."""

    top: Path
    folder: Path
    layers: tuple[tuple[Path, _File], ...]
    details: Details

    @classmethod
    def of_source(cls, folder: Path, details: Details) -> FolderRules:
        """Return the rules of a source's top folder; `details` hold where no file speaks."""
        return cls(folder, folder, (), details).below(folder)

    def below(self, folder: Path) -> FolderRules:
        """Return the rules of a folder at or below this one.

        Raises:
            Misconfigured: its `pincite.yaml` cannot be read or says something unknown.
        """
        found = _read(folder / NAME)
        if found is None:
            return replace(self, folder=folder)
        for rule in found.files.values():
            _superseded(rule, folder, self.top)
        details = _apply(self.details, found, folder, self.top)
        return FolderRules(self.top, folder, (*self.layers, (folder, found)), details)

    def admits(self, path: Path) -> bool:
        """Return whether every layer includes the file and none excludes it."""
        for folder, layer in self.layers:
            name = path.relative_to(folder).as_posix()
            if layer.include and not _matches(name, layer.include):
                return False
            if _matches(name, layer.exclude):
                return False
        return True

    def describe(self, path: Path) -> tuple[Details, frozenset[str]]:
        """Return the details of a file and the names of those stated for it alone."""
        details, stated = self.details, frozenset[str]()
        for folder, layer in self.layers:
            name = path.relative_to(folder).as_posix()
            for pattern, rule in layer.files.items():
                if fnmatch.fnmatchcase(name, pattern):
                    details = _apply(details, rule, folder, self.top)
                    stated |= {_FIELDS.get(key, key) for key in rule.model_fields_set}
        return details, stated


_FIELDS = {"effective": "effective_from", "expires": "expires_on"}


def _apply(details: Details, rule: _Rule, folder: Path, top: Path) -> Details:
    keys = _Rule.model_fields.keys() & rule.model_fields_set
    changes: dict[str, Any] = {_FIELDS.get(key, key): getattr(rule, key) for key in keys}
    if rule.denied:
        changes["denied"] = details.denied | rule.denied
    if rule.supersedes:
        changes["supersedes"] = _superseded(rule, folder, top)
    return replace(details, **{key: value for key, value in changes.items() if value is not None})


def _superseded(rule: _Rule, folder: Path, top: Path) -> str | None:
    """Return the URI of the document that a rule says is replaced."""
    if not rule.supersedes:
        return None
    here = folder.relative_to(top).as_posix()
    uri = posixpath.normpath(posixpath.join(here, rule.supersedes))
    if uri.startswith(("/", "..")):
        raise Misconfigured(
            f"Expected `supersedes` in {folder / NAME} to name a file of the same source by its "
            f"path from there, got {rule.supersedes[:80]!r}. Nothing below is synced until it is "
            "mended."
        )
    return uri


def _read(path: Path) -> _File | None:
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"Expected to read {path}, got: {error}. Nothing below is synced."
        ) from error
    try:
        return _File.model_validate(yaml.safe_load(content) or {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        got = f"a key and a value that CONTRIBUTING.md lists, got at `{where}`: {first['msg']}"
        raise _broken(path, _line_of(content, first["loc"]), got) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _broken(path, line, f"YAML, got: {error.problem}") from error
    except (yaml.YAMLError, BadRequest, RecursionError, ValueError) as error:
        raise _broken(path, 1, f"YAML as documented, got: {error}") from error


def _broken(path: Path, line: int, told: str) -> Misconfigured:
    """Return the error in one line: where it is, what was expected, what came."""
    short = " ".join(told.split())[:_LONGEST_TOLD].rstrip(".")
    return Misconfigured(
        f"{path}, line {line}: Expected {short}. Nothing below is synced until it is mended."
    )


def _line_of(content: str, place: tuple[str | int, ...]) -> int:
    """Return the line where a value stands, or what of its place there is."""
    node, line = yaml.compose(content, Loader=yaml.SafeLoader), 1
    for step in place:
        if not isinstance(node, yaml.MappingNode):
            break
        found = [pair for pair in node.value if pair[0].value == str(step)]
        if not found:
            break
        line, node = found[-1][0].start_mark.line + 1, found[-1][1]
    return line


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
