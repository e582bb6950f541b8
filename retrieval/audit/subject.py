"""A subject: a person as the record knows them, with the key that their words are sealed with."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Subject:
    """A person under a pseudonym. `id` is random: only the key file connects it to `name`."""

    id: str
    name: str
    key: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str) -> Subject:
        """Return a person not met before."""
        return cls(f"s{os.urandom(_ID_BYTES).hex()}", name, os.urandom(_KEY_BYTES))

    @classmethod
    def read(cls, content: bytes) -> Subject:
        """Return the person of a key file, or raise `ValueError`."""
        try:
            values = json.loads(content)
            key = base64.b64decode(values["key"], validate=True)
            subject = cls(str(values["subject"]), str(values["name"]), key)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a key file without {error}") from error
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes")
        return subject

    def written(self) -> bytes:
        """Return the content of the key file."""
        key = base64.b64encode(self.key).decode()
        return json.dumps({"key": key, "name": self.name, "subject": self.id}).encode()

    def seal(self, text: str, context: str) -> str:
        """Encrypt a text (AES-256-GCM, nonce first, base64), bound to `context`."""
        nonce = os.urandom(_NONCE_BYTES)
        hidden = AESGCM(self.key).encrypt(nonce, text.encode(), context.encode())
        return base64.b64encode(nonce + hidden).decode()

    def unseal(self, sealed: str, context: str) -> str | None:
        """Return the text, or nothing if it was not sealed with this key in this context."""
        try:
            content = base64.b64decode(sealed, validate=True)
            nonce, hidden = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
            return AESGCM(self.key).decrypt(nonce, hidden, context.encode()).decode()
        except (ValueError, InvalidTag):
            return None


@dataclass(frozen=True, slots=True)
class Standing:
    """Pseudonyms of the people under a legal hold, and of those who were erased."""

    held: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
