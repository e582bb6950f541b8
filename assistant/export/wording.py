"""What an export says in its own words, the same in every format, and how texts are shown in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from assistant.export.exported import Exported, Footnote, Section
from retrieval.documents import Status, day_of, now
from retrieval.plain import plain

CHECKED = (
    "Each footnote was read anew when this was exported: its words are, to the letter, what the "
    "library holds for that version."
)
DIFFERS = "Another source says:"
NOTES = "Footnotes"

# What XML cannot hold: Unicode calls these noncharacters, and no font has them.
_NO_LETTER = re.compile(
    "["
    + "".join(map(chr, range(0xFDD0, 0xFDF0)))
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_SPACE = re.compile(r"\s+")


def shown(text: str) -> str:
    """Return text as one line fit for any format: nothing hidden, nothing that XML forbids."""
    return _SPACE.sub(" ", _NO_LETTER.sub(_named, plain(text))).strip()


def quoted(footnote: Footnote) -> str:
    """Return the words of a footnote in quotation marks, and how many characters are not shown."""
    hidden = len(footnote.words) - len(plain(footnote.words))
    more = f" ({_counted(hidden, 'invisible character')} left out)" if hidden else ""
    return f"“{shown(footnote.words)}”{more}"


def place(footnote: Footnote) -> str:
    """Return all that is said of where words are from, after the title of their document."""
    version = footnote.version
    said = [f"version {version.number}", str(footnote.status)]
    if version.effective_from:
        said.append(f"in force from {day(version.effective_from)}")
    else:
        said.append(f"taken in on {day(day_of(version.added_at))}")
    if version.expires_on:
        said.append(f"until {day(version.expires_on)}")
    is_approved = footnote.status is Status.APPROVED
    if is_approved and (since := version.overdue_since(now())):
        said.append(f"review overdue since {day(since)}")
    if footnote.page:
        said.append(f"page {footnote.page}")
    return ", ".join(said)


def about(section: Section) -> Iterator[str]:
    """Yield what is to be known of how a section came about, a sentence each."""
    if section.looked_for:
        yield f"Looked for: {shown(section.looked_for)}"
    when = f"Asked on {moment(section.at)}" if section.at is not None else "Searched"
    as_of = f", as of {day(section.as_of)}" if section.as_of else ""
    yield f"{when}{as_of}."
    yield _made(section)
    if section.ended:
        yield section.ended


def left_out(section: Section) -> str:
    """Return how much of a section is not exported, and why; "" if it is whole."""
    if not section.left_out:
        return ""
    what = "passage" if section.at is None else "sentence"
    verb = "is" if section.left_out == 1 else "are"
    counted = _counted(section.left_out, what)
    return f"{counted} {verb} left out: you may not read every source now, or its words changed."


def exported_by(exported: Exported) -> str:
    """Return who took it out and when."""
    who = shown(exported.by)
    return f"Exported{f' by {who}' if who else ''} on {moment(exported.at)}."


def _made(section: Section) -> str:
    match section.mode:
        case "model":
            model = shown(section.model) or "a language model"
            return (
                f"Written by a language model, {model}. Each sentence was held against the words "
                "in its footnotes when it was written."
            )
        case "approved":
            return (
                "An approved answer: a reviewer wrote it from the words in its footnotes and "
                "published it."
            )
        case "quotes":
            return "The sources' own words, chosen for the question."
        case _:
            return "Passages in the order in which they were found."


def day(value: date) -> str:
    """Return a day as it is written everywhere here."""
    return f"{value.day} {value:%B %Y}"


def moment(instant: int) -> str:
    """Return an instant to the minute."""
    return f"{day(day_of(instant))}, {datetime.fromtimestamp(instant, UTC):%H:%M} UTC"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _named(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"
