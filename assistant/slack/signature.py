"""Whether a request is Slack's: a keyed hash over its exact bytes, at most five minutes old.

https://docs.slack.dev/authentication/verifying-requests-from-slack. The bytes are never decoded
for it, and the comparison takes as long for a wrong signature as for a right one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable
from typing import Final

OLDEST_SECONDS: Final = 300
_STAMP: Final = re.compile(rb"[1-9][0-9]{0,11}", re.ASCII)
_HEADERS: Final = (b"x-slack-request-timestamp", b"x-slack-signature")

Headers = Iterable[tuple[bytes, bytes]]
"""Names in small letters and values, as they came."""


class Signature:
    """Knows one app's signing secret."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        if not secret:
            raise ValueError("Expected a signing secret, got nothing.")
        self._secret = secret.encode()
        self._clock = clock

    def is_on(self, raw: bytes, headers: Headers) -> bool:
        """Return whether Slack signed exactly these bytes, no more than five minutes ago."""
        stamp, given = _both(headers)
        if not _STAMP.fullmatch(stamp):
            return False
        if abs(self._clock() - int(stamp)) > OLDEST_SECONDS:
            return False
        signed = b"v0:" + stamp + b":" + raw
        expected = b"v0=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest().encode()
        return hmac.compare_digest(expected, given)


def _both(headers: Headers) -> tuple[bytes, bytes]:
    """Return timestamp and signature; one that is missing, or there twice, is none."""
    found: dict[bytes, list[bytes]] = {name: [] for name in _HEADERS}
    for name, value in headers:
        if name in found:
            found[name].append(value)
    stamp, given = (values[0] if len(values) == 1 else b"" for values in found.values())
    return stamp, given
