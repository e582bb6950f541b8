"""The salt of a prompt: it divides the cache of prefixes that a model's server keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable

from retrieval.documents import Version


def salt_of(secret: bytes, versions: Iterable[Version], asker: str = "") -> str:
    """Return a salt that only prompts with words of documents of the same readers have.

    With an `asker`, only this person's. Whoever does not know the secret cannot guess one.
    """
    named = ([sorted(each.readers), sorted(each.denied)] for each in versions)
    readers = sorted({json.dumps(each) for each in named})
    told = json.dumps([asker, readers] if asker else readers)
    return hmac.new(secret, told.encode(), hashlib.sha256).hexdigest()
