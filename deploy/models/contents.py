"""A model as its folder holds it: whole, of one family, and with tokens that can be neutralised."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.tokens import is_breakable
from deploy.models.folder import INDEX, WEIGHTS, File, Read
from retrieval.errors import BadRequest

_NEEDED = ("config.json", "tokenizer.json")
_TOKEN_KEYS = ("additional_special_tokens", "extra_special_tokens")


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a model, and the tokens that its tokenizer takes for more than text."""

    files: tuple[File, ...]
    tokens: tuple[str, ...]

    @property
    def weights(self) -> str:
        """Return the sha256 over the hashes of the weight files.

        It is what `sha256sum *.safetensors | cut -c1-64 | sort | sha256sum` prints.
        """
        hashes = sorted(each.sha256 for each in self.files if each.name.endswith(WEIGHTS))
        return hashlib.sha256("".join(f"{each}\n" for each in hashes).encode()).hexdigest()

    @property
    def manifest(self) -> str:
        """Return the sha256 over every file: lines of hash, two spaces and name, by name.

        It is what `sha256sum * | sha256sum` prints in the C locale.
        """
        lines = "".join(f"{each.sha256}  {each.name}\n" for each in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()


def contents_of(folder: Path, read: Sequence[Read]) -> Contents:
    """Return the model that these files make.

    Raises:
        BadRequest: a file is refused or missing, weights and index do not agree, or a control
            token cannot be told from text.
    """
    for each in read:
        if each.trouble:
            raise BadRequest(
                f"Expected {each.file.name} in {folder} to be what its name says, got "
                f"{each.trouble}. Fetch it again from where the model comes from, or leave this "
                "model."
            )
    files = tuple(sorted((each.file for each in read), key=lambda each: each.name))
    names = [each.name for each in files]
    for needed in _NEEDED:
        if needed not in names:
            raise BadRequest(
                f"Expected {needed} in {folder}, got none. Copy the whole model in the layout of "
                "Hugging Face."
            )
    _check_weights(folder, read)
    told = {each.file.name: each.told for each in read}
    return Contents(files, _control_tokens(told))


def _check_weights(folder: Path, read: Sequence[Read]) -> None:
    weights = {each.file.name: each.tensors for each in read if each.file.name.endswith(WEIGHTS)}
    indexes = [each for each in read if each.file.name.endswith(INDEX)]
    held: dict[str, str] = {}
    for name, tensors in weights.items():
        for tensor in tensors:
            if tensor in held:
                told = f"{tensor[:80]!r} both in {held[tensor]} and in {name}"
                raise _other_weights(folder, "each tensor once", told)
            held[tensor] = name
    if len(weights) == 1 and not indexes:
        return
    if not weights or len(indexes) != 1:
        told = f"{len(weights)} weight files and {len(indexes)} indexes"
        raise _other_weights(folder, f"one weight file, or several and one *{INDEX}", told)
    listed = indexes[0].told.get("weight_map")
    if listed != held:
        odd = sorted(set(held.items()) ^ _pairs(listed))[:1]
        told = f"other ones, such as {odd[0][0][:80]!r} in {odd[0][1][:80]!r}" if odd else "none"
        raise _other_weights(folder, f"the tensors that {indexes[0].file.name} lists", told)


def _pairs(listed: Any) -> set[tuple[str, str]]:
    if not isinstance(listed, dict):
        return set()
    return {(str(key), str(value)) for key, value in listed.items()}


def _other_weights(folder: Path, expected: str, got: str) -> BadRequest:
    return BadRequest(
        f"Expected {expected} in {folder}, got {got}. Copy the model again, and leave out weights "
        "in other layouts, such as consolidated.safetensors."
    )


def _control_tokens(told: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Return what a tokenizer made from these files takes for a token wherever it stands."""
    found: set[str] = set()
    for name, special, token in _added(told):
        if is_breakable(token):
            found.add(token)
        elif token and special:
            raise BadRequest(
                f"Expected control tokens of two letters or more in {name}, got {token[:40]!r}. "
                "It cannot be told from text, so this model cannot be given untrusted text."
            )
    return tuple(sorted(found))


def _added(told: dict[str, dict[str, Any]]) -> Iterator[tuple[str, bool, str]]:
    """Yield the file, whether it is special, and the token: from every place that adds some."""
    for each in _dicts(told["tokenizer.json"].get("added_tokens")):
        yield "tokenizer.json", bool(each.get("special")), _content(each)
    config = told.get("tokenizer_config.json", {})
    decoder = config.get("added_tokens_decoder")
    for each in _dicts([*decoder.values()] if isinstance(decoder, dict) else []):
        yield "tokenizer_config.json", bool(each.get("special")), _content(each)
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        for key, value in told.get(name, {}).items():
            if key.endswith("_token") and isinstance(value, str | dict):
                yield name, True, _content(value)
            if key in _TOKEN_KEYS and isinstance(value, list | dict):
                for each in [*value.values()] if isinstance(value, dict) else value:
                    yield name, True, _content(each)
    for token in told.get("added_tokens.json", {}):
        yield "added_tokens.json", False, token


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def _content(token: Any) -> str:
    return str(token.get("content", "")) if isinstance(token, dict) else str(token)
