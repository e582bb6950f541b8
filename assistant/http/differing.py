"""A notice of sources that differ, said anew for a page: it is told and kept in English.

What it names is left as it is: the titles, and what each source states.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from assistant.disagreement import DIFFER
from assistant.wording import day, say

_SIDE: Final = re.compile(
    r"(\u201c[^\u201d]*\u201d) \((\w+)(?:, in force from ([\w ]+))?(?:, until ([\w ]+))?\)"
    r" states (.+?)(?:; (?=\u201c)|\.$)",
    re.DOTALL,
)
"""A title in marks that it cannot close, how it stands, and what it states."""


def differing(notice: str) -> str | None:
    """Return such a notice in the language spoken, None if it is none."""
    if not notice.startswith(f"{DIFFER} "):
        return None
    at, sides = len(DIFFER) + 1, list[str]()
    while match := _SIDE.match(notice, at):
        sides.append(_side(*match.groups()))
        at = match.end()
    if at < len(notice):
        return None
    return f"{say(DIFFER)} {'; '.join(sides)}."


def _side(title: str, status: str, start: str | None, end: str | None, figure: str) -> str:
    standing = [say(status)]
    if start:
        standing.append(say("in force from {day}", day=_day(start)))
    if end:
        standing.append(say("until {day}", day=_day(end)))
    facts = {"title": title, "standing": ", ".join(standing), "figure": figure}
    return say("{title} ({standing}) states {figure}", **facts)


def _day(written: str) -> str:
    return day(datetime.strptime(written, "%d %B %Y").date())
