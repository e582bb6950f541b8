"""Text made fit to be shown: no invisible, reordering or terminal-control characters.

Joiners stay between letters of the scripts that are damaged without them.
"""

from __future__ import annotations

import re
from typing import Final

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_JOINING = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"
JOINERS: Final = "\u200c\u200d"
"""Characters nobody sees that shape the letters on both sides of them, in some scripts."""
LONE_JOINER: Final = re.compile(
    f"[{JOINERS}](?<![{_JOINING}][{JOINERS}])|[{JOINERS}](?![{_JOINING}])"
)
"""Finds a joiner that does not stand between letters of a script that needs it."""
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U00016fe4\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![\u1820-\u18aa])[\u180b-\u180d\u180f]"
)


def plain(text: str) -> str:
    """Return the text without characters that hide or reorder what is read."""
    return LONE_JOINER.sub("", _HIDDEN.sub("", _TERMINAL.sub("", text)))
