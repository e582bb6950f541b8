"""An export as Markdown with real footnotes; no word of a document becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.export.exported import Exported, Footnote, Section, Stated
from assistant.export.wording import (
    about,
    assured,
    differs,
    exported_by,
    left_out,
    place,
    quoted,
    shown,
    told,
)
from assistant.http.markdown import harmless
from assistant.wording import say

_TOKEN = re.compile(r"`[^`]*`|\\.|\[(?=\^)")
_SAFER = {"\\<": "&lt;", "\\&": "&amp;", "[": "\\["}
"""Not every reader of Markdown knows that these can be escaped, nor has each of them footnotes."""
_CLOSING = re.compile(r"(?<= )(#+)$")


def written(exported: Exported) -> bytes:
    """Return the export as UTF-8."""
    lines = [_heading(1, exported.title), f"{_inline(exported_by(exported))} {assured()}"]
    for section in exported.sections:
        if len(exported.sections) > 1:
            lines.append(_heading(2, section.asked))
        lines += _section(section)
    lines += map(_footnote, exported.footnotes)
    return "\n\n".join([*lines, ""]).encode()


def _heading(level: int, text: str) -> str:
    return f"{'#' * level} " + _CLOSING.sub(r"\\\1", _inline(text))


def _section(section: Section) -> Iterator[str]:
    yield "\n".join(f"- {_inline(each)}" for each in about(section))
    if missing := left_out(section):
        yield f"**{_inline(missing)}**"
    for stated in section.stated:
        if (head := stated.footnotes[0].head) and stated.is_quote:
            yield _inline(head)
        yield _stated(stated)


def _stated(stated: Stated) -> str:
    marks = "".join(f"[^{each.number}]" for each in stated.footnotes)
    return f"{f'{differs()} ' if stated.differs else ''}{_inline(told(stated))} {marks}"


def _footnote(footnote: Footnote) -> str:
    text = say("{place}: {words}", place=_inline(place(footnote)), words=_inline(quoted(footnote)))
    return f"[^{footnote.number}]: {text} [{say('Open')}]({footnote.link})"


def _inline(text: str) -> str:
    """Return text as one line that shows its words, in dialects with footnotes too."""
    return _TOKEN.sub(lambda found: _SAFER.get(found[0], found[0]), harmless(shown(text)))
