"""Removing what a reader cannot see: controls, bidirectional marks, tags, variation selectors.

Such characters hide instructions or reverse what is read (Unicode TR36, TR39). The joiners
stay between letters of the scripts that are misspelt without them.
"""

from __future__ import annotations

import re

_NEEDS_JOINERS = (
    "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc"  # Arabic, Persian
    "\u0900-\u0dff"  # Devanagari to Sinhala
    "\u1000-\u109f\u1780-\u17ff\u1800-\u18af"  # Myanmar, Khmer, Mongolian
)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
    f"|(?<![{_NEEDS_JOINERS}])[\u200c\u200d]|[\u200c\u200d](?![{_NEEDS_JOINERS}])"
)
_BREAKS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def visible(text: str) -> str:
    """Return the text without hidden characters and with every line break as a newline."""
    return storable(_HIDDEN.sub("", _BREAKS.sub("\n", text)))


def storable(text: str) -> str:
    """Return the text with what no database stores replaced, character for character."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def hidden_at(text: str) -> list[int]:
    """Return the positions of hidden characters, in order."""
    return [match.start() for match in _HIDDEN.finditer(text)]


def one_line(text: str, most: int = 200) -> str:
    """Return visible text on one line, cut with an ellipsis."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
