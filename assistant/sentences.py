"""Where a sentence begins: a capital there makes no name."""

from __future__ import annotations

import re
from typing import Final

_BEGINNING: Final = re.compile(r"(?:^|[.:;?!])\s*$")


def begins_a_sentence(text: str, at: int) -> bool:
    """Return whether a sentence begins at this character of a text."""
    return _BEGINNING.search(text[:at]) is not None
