"""What is ours in the language of whoever reads it: looked up by its English.

Only what Pincite itself says is meant: whatever a sentence of an answer rests on is in the language
of its source, because nothing shows that words of another language carry it. English is what
stands in the code and the templates; each other language is a folder of tables in `languages/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

LANGUAGES: Final = Path(__file__).with_name("languages")


class Language(StrEnum):
    """The languages that there are tables of; English needs none."""

    EN = "en"
    DE = "de"
    FR = "fr"


_spoken: ContextVar[Language] = ContextVar("spoken", default=Language.EN)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say what is ours in a language, here and in tasks that are begun while the block runs."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def spoken() -> Language:
    """Return the language that is spoken here."""
    return _spoken.get()


def say(english: str, **facts: object) -> str:
    """Return a sentence of ours in the language that is spoken, with the facts that it names.

    What is around it, such as a space, stays. A sentence that is in no table stays as it is.
    """
    bare = english.strip()
    said = english.replace(bare, table(spoken()).get(bare, bare)) if bare else english
    return said.format(**facts) if facts else said


def is_said(english: str) -> bool:
    """Return whether a text is a sentence of ours that can be said in the language spoken."""
    return spoken() is Language.EN or english.strip() in table(spoken())


def counted(count: int, one: str, many: str) -> str:
    """Return which of two sentences of ours tells of so many, to be said with `say`."""
    is_one = count == 1 or (count == 0 and spoken() is Language.FR)
    return one if is_one else many


def number(count: int) -> str:
    """Return a number as it is written in the language spoken: `1,024`, `1.024`, `1 024`."""
    return f"{count:,}".replace(",", _THOUSANDS[spoken()])


def day(value: date, *, is_short: bool = False) -> str:
    """Return a day in words: `5 March 2026`, or `5 Mar 2026`."""
    form = "1 {month} {year}" if value.day == 1 else "{day} {month} {year}"
    month = f"{value:%b}" if is_short else f"{value:%B}"
    return say(form, day=value.day, month=say(month), year=value.year)


@cache
def table(language: Language) -> Mapping[str, str]:
    """Return what is said in a language, by what is said in English."""
    said: dict[str, str] = {}
    for path in sorted((LANGUAGES / language).glob("*.json")):
        said |= part(language, path.stem)
    return MappingProxyType(said)


@cache
def part(language: Language, name: str) -> Mapping[str, str]:
    """Return one of the tables of a language, by its name; English has none."""
    path = LANGUAGES / language / f"{name}.json"
    if language is Language.EN:
        return MappingProxyType({})
    return MappingProxyType(json.loads(path.read_text(encoding="utf-8")))


_THOUSANDS: Final = {Language.EN: ",", Language.DE: ".", Language.FR: "\u202f"}
