"""The files that an export can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final

from assistant.export import markdown, pdf, word
from assistant.export.exported import Exported
from assistant.export.wording import shown
from retrieval.documents import day_of

_LONGEST_NAME: Final = 60
_WORD_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Form(StrEnum):
    """What kind of file; the value is how its name ends."""

    DOCX = "docx"
    PDF = "pdf"
    MARKDOWN = "md"


@dataclass(frozen=True, slots=True)
class File:
    """A file to be saved."""

    name: str
    media_type: str
    content: bytes


_Write = Callable[[Exported], bytes]
_WRITERS: Final[dict[Form, tuple[_Write, str]]] = {
    Form.DOCX: (word.written, _WORD_TYPE),
    Form.PDF: (pdf.written, "application/pdf"),
    Form.MARKDOWN: (markdown.written, "text/markdown; charset=utf-8"),
}


def file_of(exported: Exported, form: Form) -> File:
    """Return an export as a file; it takes a while, so call it in a thread."""
    write, media_type = _WRITERS[form]
    return File(_name(exported, form), media_type, write(exported))


def _name(exported: Exported, form: Form) -> str:
    """Return a name that no file system takes amiss, from what was asked and the day."""
    words = re.sub(r"[^\w \-]", "", shown(exported.title)).split()
    lengths = accumulate(len(each) + 1 for each in words)
    fitting = [each for each, length in zip(words, lengths, strict=True) if length <= _LONGEST_NAME]
    short = " ".join(fitting).strip(" -")
    day = day_of(exported.at).isoformat()
    return f"Pincite {day}{f' {short}' if short else ''}.{form}"
