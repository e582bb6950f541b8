"""Passwords: argon2id in a thread, and the same work whether the name is known or not."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from retrieval.errors import BadRequest

SHORTEST = 12
LONGEST = 1_000
_AT_ONCE = 2


class Passwords:
    """Hashes and checks. At most two at once: each takes tens of megabytes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def is_right(self, password: str, hashed: str | None) -> bool:
        """Return whether a password is the one hashed; for None, false after the same work."""
        if len(password) > LONGEST:
            return False
        async with self._turn:
            matches = await asyncio.to_thread(self._matches, password, hashed or self._nobodys)
        return matches and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Return whether a hash was made with other parameters than those in use."""
        return self._hasher.check_needs_rehash(hashed)

    def _matches(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def check_rule(password: str, name: str) -> None:
    """Raise `BadRequest` unless a new password keeps the one rule: long, and not the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadRequest(
            f"Expected a password of {SHORTEST} to {LONGEST} characters, got one of "
            f"{len(password)}. A few words in a row are easy to keep in mind."
        )
    if not password.casefold().replace(name.casefold(), ""):
        raise BadRequest("Expected a password other than the name, got the name. Choose another.")
    if len(set(password)) < 5:
        raise BadRequest(
            "Expected a password of at least 5 different characters, got fewer. Choose another."
        )


def _normal(password: str) -> str:
    """Return the same letters for the same keys, whatever keyboard typed them."""
    return unicodedata.normalize("NFC", password)
