"""What the far systems of a suite say: they are stood in for, and answer from a file beside it.

    answers:
      - tool: desk.look_up
        arguments: {key: OPS-7}
        title: "OPS-7: The dock display stays dark"
        text: The power supply was replaced.
        ids: [OPS-7]

An answer is given to the calls of its tool that have at least its arguments; the first that fits
counts. What a far system says is untrusted there too: a suite may have it say anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from evals.suites.case import ToolCall
from evals.suites.checked import read_checked
from evals.suites.document import text_of
from evals.suites.file import Given, Name, Part, Text, ToolName


@dataclass(frozen=True, slots=True)
class FarAnswer:
    """What a far system says to a call. `ids` are identifiers that it gives."""

    to: ToolCall
    title: str
    text: str = ""
    ids: tuple[str, ...] = ()


class _AnswerPart(Part):
    tool: ToolName
    arguments: dict[Name, Given] = Field({})
    title: Name
    text: Text = ""
    ids: list[Name] = Field([])


class _AnswersPart(Part):
    answers: Annotated[list[_AnswerPart], Field(min_length=1)]


_KIND = TypeAdapter(_AnswersPart)


def read_answers(path: Path) -> tuple[FarAnswer, ...]:
    """Return what the far systems say; raise `BadSuite` if the file is not what was expected."""
    read = read_checked(path, _KIND, list(_AnswerPart.model_fields))
    return tuple(
        FarAnswer(ToolCall(each.tool, each.arguments), each.title, each.text, tuple(each.ids))
        for each in read.answers
    )


def digest_of_answers(path: Path) -> str:
    """Return a hash of the file, in hex."""
    return sha256(text_of(path).encode()).hexdigest()
