r"""What words are: text that says something to people, and does nothing where it is shown or read.

No character is hidden, reorders others or is piled upon others. Nothing in it reads as a URL, a
path that climbs, a template or markup, as it stands or in its compatibility form: `://`, `www.x`,
`//host`, `javascript:x`, `\\server`, `../`, `{{`, `${`, `<tag`, `[a](b)`. A slash alone is fine.
"""

from __future__ import annotations

import re
import unicodedata

from retrieval.plain import JOINERS, LONE_JOINER

MOST_MARKS = 8

_SCHEMES = ("blob", "data", "file", "javascript", "mailto", "sms", "tel", "vbscript")
_SPOKEN_TO_MACHINES = re.compile(  # each begins with a letter of its own, which is found quickly
    r"://|www\.\w|//(?<![:\w]//)\w|\\\\\w|\.\.(?<!\.\.\.)[/\\]|\{\{|\{%|\$\{|#\{|\$\("
    r"|<[a-z/!?@#%]|\]\(|" + "|".join(rf"{each}(?<![a-z]{each}):\S" for each in _SCHEMES)
)
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_FINE_ON_A_LINE = re.compile(f"[{_BLANKS}{JOINERS}]+")
_FINE_IN_LONG_TEXT = re.compile(f"[{_BLANKS}{JOINERS}\n]+")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
_NO_LETTERS = re.compile(rf"[^\w\x00-\x7f]{{{MOST_MARKS + 1},}}")


def are_words(text: str, *, is_long: bool = False) -> bool:
    """Return whether this text is words; on one line, unless `is_long`. Blanks alone are none."""
    if not text.strip() or not _is_printable(text, is_long=is_long):
        return False
    if not text.isascii() and (_UNSEEN.search(text) or _has_lone_joiner(text)):
        return False
    return not _is_piled(text) and does_nothing(text)


def does_nothing(text: str) -> bool:
    """Return whether nothing in this text reads as more than words."""
    if _SPOKEN_TO_MACHINES.search(text.lower()):
        return False
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return folded == text or not _SPOKEN_TO_MACHINES.search(folded.lower())


def _is_printable(text: str, *, is_long: bool) -> bool:
    """Return whether nothing but what is fine is not printable; most texts hold nothing of that."""
    if (text.replace("\n", "") if is_long else text).isprintable():
        return True
    fine = _FINE_IN_LONG_TEXT if is_long else _FINE_ON_A_LINE
    return fine.sub("", text).isprintable()


def _has_lone_joiner(text: str) -> bool:
    has_any = any(each in text for each in JOINERS)
    return has_any and LONE_JOINER.search(text) is not None


def _is_piled(text: str) -> bool:
    """Return whether more marks than any script needs stand on one letter."""
    for run in _NO_LETTERS.findall(text):
        marks = "".join("m" if unicodedata.category(each)[0] == "M" else " " for each in run)
        if "m" * (MOST_MARKS + 1) in marks:
            return True
    return False
