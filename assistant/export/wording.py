"""What an export says in its own words, the same in every format, and how texts are shown in it.

It speaks as the page that it is taken from; the words of sources stay in the language they are in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from assistant.export.exported import Exported, Footnote, Section, Stated
from assistant.wording import Language, counted, day, number, say, spoken
from retrieval.documents import Status, day_of, now
from retrieval.plain import plain

_LOCALES: Final = {Language.EN: "en-GB", Language.DE: "de-DE", Language.FR: "fr-FR"}
_UNREGISTERED: Final = ", not registered"

# What XML cannot hold: Unicode calls these noncharacters, and no font has them.
_NO_LETTER = re.compile(
    "["
    + "".join(map(chr, range(0xFDD0, 0xFDF0)))
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# In French a space that does not break belongs to some marks.
_SPACE = re.compile(r"(?!(?<=«)\xa0(?=\S))(?!\xa0(?=[»:;?!]))\s+")


def locale() -> str:
    """Return the language of an export, as files name it."""
    return _LOCALES[spoken()]


def assured() -> str:
    """Return what is promised of the footnotes."""
    return say(
        "Each footnote was read anew when this was exported: its words are, to the letter, what "
        "the library holds for that version."
    )


def differs() -> str:
    """Return what stands before the words of a source that says otherwise."""
    return say("Another source says:")


def shown(text: str) -> str:
    """Return text as one line fit for any format: nothing hidden, nothing that XML forbids."""
    return _SPACE.sub(" ", _NO_LETTER.sub(_named, plain(text))).strip()


def told(stated: Stated) -> str:
    """Return a sentence, in quotation marks where it is the words of a source."""
    return _in_marks(stated.text) if stated.is_quote else shown(stated.text)


def quoted(footnote: Footnote) -> str:
    """Return the words of a footnote in quotation marks, and how many characters are not shown."""
    hidden = len(footnote.words) - len(plain(footnote.words))
    return f"{_in_marks(footnote.words)}{f' {_hidden(hidden)}' if hidden else ''}"


def place(footnote: Footnote) -> str:
    """Return where words are from: their document, its version and all that is said of that."""
    version = footnote.version
    said = [shown(version.title), say("version {version}", version=version.number)]
    said.append(say(str(footnote.status)))
    if version.effective_from:
        said.append(say("in force from {day}", day=day(version.effective_from)))
    else:
        said.append(say("taken in on {day}", day=day(day_of(version.added_at))))
    if version.expires_on:
        said.append(say("until {day}", day=day(version.expires_on)))
    is_approved = footnote.status is Status.APPROVED
    if is_approved and (since := version.overdue_since(now())):
        said.append(say("review overdue since {day}", day=day(since)))
    if footnote.page:
        said.append(say("page {page}", page=footnote.page))
    return ", ".join(said)


def about(section: Section) -> Iterator[str]:
    """Yield what is to be known of how a section came about, a sentence each."""
    if section.looked_for:
        yield say("Looked for: {what}", what=shown(section.looked_for))
    yield _when(section)
    yield _made(section)
    if section.ended:
        yield section.ended


def left_out(section: Section) -> str:
    """Return how much of a section is not exported, and why; "" if it is whole."""
    if not section.left_out:
        return ""
    if section.at is None:
        text = counted(
            section.left_out,
            "{count} passage is left out: you may not read every source now, or its words changed.",
            "{count} passages are left out: you may not read every source now, or its words "
            "changed.",
        )
    else:
        text = counted(
            section.left_out,
            "{count} sentence is left out: you may not read every source now, or its words "
            "changed.",
            "{count} sentences are left out: you may not read every source now, or its words "
            "changed.",
        )
    return say(text, count=number(section.left_out))


def exported_by(exported: Exported) -> str:
    """Return who took it out and when."""
    who, when = shown(exported.by), moment(exported.at)
    if not who:
        return say("Exported on {when}.", when=when)
    return say("Exported by {who} on {when}.", who=who, when=when)


def _made(section: Section) -> str:
    match section.mode:
        case "model":
            return say(
                "Written by a language model, {model}. Each sentence was held against the words "
                "in its footnotes when it was written.",
                model=_model(shown(section.model)),
            )
        case "approved":
            return say(
                "An approved answer: a reviewer wrote it from the words in its footnotes and "
                "published it."
            )
        case "quotes":
            return say("The sources' own words, chosen for the question.")
        case _:
            return say("Passages in the order in which they were found.")


def moment(instant: int) -> str:
    """Return an instant to the minute."""
    at = datetime.fromtimestamp(instant, UTC)
    return say("{day}, {time} UTC", day=day(day_of(instant)), time=f"{at:%H:%M}")


def _when(section: Section) -> str:
    """Return when a section was asked, and for which day."""
    as_of = day(section.as_of) if section.as_of else ""
    if section.at is None:
        return say("Searched, as of {day}.", day=as_of) if as_of else say("Searched.")
    when = moment(section.at)
    if not as_of:
        return say("Asked on {when}.", when=when)
    return say("Asked on {when}, as of {day}.", when=when, day=as_of)


def _model(name: str) -> str:
    """Return the name of a model; where its weights are not known, it ends with words of ours."""
    if name.endswith(_UNREGISTERED):
        return f"{name.removesuffix(_UNREGISTERED)}, {say('not registered')}"
    return name or say("whose name is not known")


def _in_marks(text: str) -> str:
    return say("“{words}”", words=shown(text))


def _hidden(count: int) -> str:
    """Return how many characters are not shown."""
    text = counted(
        count, "({count} invisible character left out)", "({count} invisible characters left out)"
    )
    return say(text, count=number(count))


def _named(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"
