"""Checkpoints: signed lines that say how far the record had come, and what it then was.

They are signed with Ed25519 (RFC 8032). Whoever can write the database can make a chain anew
from any event on, but not the checkpoints after it: the signing key is not in the database.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from retrieval.audit import durably
from retrieval.audit.entry import canonical
from retrieval.documents import now
from retrieval.errors import Damaged

_DOMAIN = b"pincite checkpoint 1\n"


class Mark(StrEnum):
    """What a line is for."""

    CHECKPOINT = "checkpoint"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The digest of one event. An anchor also says that it and all before it were pruned."""

    kind: Mark
    number: int
    digest: str
    at: int
    signature: str

    @classmethod
    def read(cls, line: str) -> Checkpoint | None:
        """Return the checkpoint of a line, or nothing if it is none (torn by a crash, say)."""
        try:
            values = json.loads(line)
            return cls(
                kind=Mark(values["kind"]),
                number=int(values["number"]),
                digest=str(values["digest"]),
                at=int(values["at"]),
                signature=str(values["signature"]),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def line(self) -> str:
        """Return the line that is stored, without its end."""
        return canonical({**_said(self), "signature": self.signature})

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Return whether the signature is this key's."""
        try:
            key.verify(base64.b64decode(self.signature), _signed_bytes(self))
        except (ValueError, InvalidSignature):
            return False
        return True


class Signer:
    """The key that signs checkpoints, in a file that its owner alone may read."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def open(cls, path: Path, public: Path) -> Signer:
        """Return the signer of a file; at the first start the key pair is made.

        Raises:
            Unavailable: a file cannot be read or written.
            Damaged: the file holds something else.
        """
        with durably.told("keep the signing key in", path), durably.alone(path.parent):
            if not path.exists():
                durably.write(path, _private_pem(Ed25519PrivateKey.generate()))
            key = _key_in(path)
        with durably.told("keep the public key in", public), durably.alone(public.parent):
            if not public.exists():
                durably.write(public, _public_pem(key))
        if public.read_bytes() != _public_pem(key):
            raise Damaged(
                f"Expected the public key in {public} to belong to the signing key in {path}, got "
                "another. Restore the file that was changed; for a new signing key, move the "
                "public key and its checkpoints away together."
            )
        return cls(key)

    def sign(self, kind: Mark, number: int, digest: str) -> Checkpoint:
        """Return a signed checkpoint of this instant."""
        bare = Checkpoint(kind, number, digest, now(), "")
        signature = base64.b64encode(self._key.sign(_signed_bytes(bare))).decode()
        return Checkpoint(kind, number, digest, bare.at, signature)


def public_key_in(path: Path) -> Ed25519PublicKey:
    """Return the public key of a file, or raise `Damaged`."""
    with durably.told("read the public key in", path):
        content = path.read_bytes()
    try:
        key = load_pem_public_key(content)
    except ValueError as error:
        raise Damaged(f"Expected an Ed25519 public key in {path}, got: {error}.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise Damaged(f"Expected an Ed25519 public key in {path}, got another kind of key.")
    return key


def _key_in(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise Damaged(
            f"Expected the key that signs checkpoints in {path}, got: {error}. Restore the file."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Damaged(f"Expected an Ed25519 key in {path}, got another kind. Restore the file.")
    return key


def _said(checkpoint: Checkpoint) -> dict[str, int | str]:
    return {
        "at": checkpoint.at,
        "digest": checkpoint.digest,
        "kind": checkpoint.kind.value,
        "number": checkpoint.number,
    }


def _signed_bytes(checkpoint: Checkpoint) -> bytes:
    return _DOMAIN + canonical(_said(checkpoint)).encode()


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
