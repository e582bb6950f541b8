"""What is ours in the language of a place: looked up by its English, which is said where none is.

Only what Pincite itself says is meant: whatever a sentence of an answer rests on is in the language
of its source, because nothing shows that words of another language carry it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

TABLES: Final = Path(__file__).with_name("languages")
_ENGLISH: Final[Mapping[str, str]] = MappingProxyType({})


class Language(StrEnum):
    """The languages that there are tables of; English needs none."""

    EN = "en"
    DE = "de"
    FR = "fr"


_spoken: ContextVar[Mapping[str, str]] = ContextVar("spoken", default=_ENGLISH)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say what is ours in a language, here and in tasks that are begun while the block runs."""
    before = _spoken.set(table(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def say(english: str, **facts: object) -> str:
    """Return a sentence of ours in the language that is spoken, with the facts that it names.

    What is around it, such as a space, stays. A sentence that is in no table stays as it is.
    """
    bare = english.strip()
    said = english.replace(bare, _spoken.get().get(bare, bare)) if bare else english
    return said.format(**facts) if facts else said


@cache
def table(language: Language) -> Mapping[str, str]:
    """Return what is said in a language, by what is said in English."""
    if language is Language.EN:
        return _ENGLISH
    text = (TABLES / f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))
