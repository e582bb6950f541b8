"""The register of models: one file of canonical JSON, and the chat template of each beside it.

A name means one thing for good: what is registered is not replaced, so the name that is stamped on
an answer tells the weights that wrote it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.models.contents import Contents
from deploy.models.folder import File
from deploy.models.strict import Malformed, as_json
from deploy.models.templates import check_family, family_of, template_of
from retrieval.audit import durably
from retrieval.documents import now
from retrieval.errors import BadRequest, Damaged
from retrieval.plain import plain

_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LONGEST_TEXT = 300

Noting = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Registered:
    """A model that may be served. `weights` and `template` are sha256, `added_at` an instant.

    `tokens` are the control tokens of its tokenizer, to be neutralised in untrusted text.
    """

    name: str
    revision: str
    source: str
    licence: str
    folder: str
    family: str
    template: str
    weights: str
    added_at: int
    files: tuple[File, ...] = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)

    @property
    def stamp(self) -> str:
        """Return what an answer is stamped with: name, revision and the start of the weights."""
        return f"{self.name} {self.revision}, weights {self.weights[:12]}"


@dataclass(frozen=True, slots=True)
class Label:
    """What an operator says of a model. Revision and family may be empty: then they are found."""

    name: str
    source: str
    licence: str
    revision: str = ""
    family: str = ""


def registered(home: Path, name: str) -> Registered:
    """Return the model of this name.

    Raises:
        BadRequest: there is none.
        Damaged: the register is not as it was written.
    """
    models = listed(home)
    for each in models:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in models) or "none yet"
    raise BadRequest(
        f"Expected a registered model ({known}), got {name[:100]!r}. "
        "`pincite models add` registers one."
    )


def listed(home: Path) -> tuple[Registered, ...]:
    """Return every model, by name; raise `Damaged` if the register is not as it was written."""
    path = home / "models.json"
    with durably.told("read", path):
        if not path.exists():
            return ()
        content = path.read_bytes()
    try:
        models = tuple(_model(each) for each in as_json(content)["models"])
        is_ours = _written(models) == content
    except (KeyError, TypeError, ValueError, Malformed):
        is_ours = False
    if not is_ours:
        raise Damaged(
            f"Expected {path} as Pincite wrote it, got something else. Restore it from a backup, "
            "or remove it and register the models again: the record holds their hashes."
        )
    return models


def template_path(home: Path, name: str) -> Path:
    """Return where the chat template of a model lies."""
    return home / "models" / f"{name}.jinja"


def check(home: Path, label: Label) -> None:
    """Raise `BadRequest` if a model cannot be registered under this label."""
    if not _NAME.fullmatch(label.name):
        raise BadRequest(
            "Expected a name of letters, digits, dots, dashes and underscores, at most 100, "
            f"got {ascii(label.name)[:120]}. Choose another with --name."
        )
    check_family(label.family)
    for option, text in (("source", label.source), ("licence", label.licence)):
        if not text.strip():
            raise BadRequest(f"Expected the {option} of the model, got nothing. Give --{option}.")
    for option, text in (
        ("source", label.source),
        ("licence", label.licence),
        ("revision", label.revision),
    ):
        if len(text) > _LONGEST_TEXT or "\n" in text or plain(text) != text:
            raise BadRequest(
                f"Expected --{option} as one line of at most {_LONGEST_TEXT} visible characters, "
                f"got {ascii(text)[:80]}. Shorten it, or type it anew."
            )
    if any(each.name == label.name for each in listed(home)):
        raise BadRequest(
            f"Expected a name that is free, got {label.name}, which is registered. A name means "
            "the same weights for good: add the revision to it, or choose another."
        )


def entry_of(label: Label, folder: Path, contents: Contents) -> Registered:
    """Return the entry of a model; raise `BadRequest` if we have no chat template for it."""
    family = family_of(contents.tokens, label.family)
    return Registered(
        name=label.name,
        revision=label.revision or contents.manifest[:12],
        source=label.source,
        licence=label.licence,
        folder=str(folder),
        family=family,
        template=hashlib.sha256(template_of(family)).hexdigest(),
        weights=contents.weights,
        added_at=now(),
        files=contents.files,
        tokens=contents.tokens,
    )


async def enter(home: Path, label: Label, model: Registered, noted: Noting) -> None:
    """Put a model into the register; `noted` makes it a matter of record first.

    Raises:
        BadRequest: the name was taken meanwhile.
        Unavailable: it cannot be written or noted.
    """
    with durably.told("write", home / "models.json"), durably.alone(home / "models"):
        check(home, label)
        models = tuple(sorted((*listed(home), model), key=lambda each: each.name))
        await noted()
        durably.write(template_path(home, model.name), template_of(model.family))
        durably.write(home / "models.json", _written(models))


def _written(models: Sequence[Registered]) -> bytes:
    value = {"version": _VERSION, "models": [asdict(each) for each in models]}
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode("ascii")


def _model(told: dict[str, Any]) -> Registered:
    files = tuple(File(**each) for each in told["files"])
    return Registered(**{**told, "files": files, "tokens": tuple(told["tokens"])})
