"""What could not be taken in, told to administrators: what was expected, what came, what to do.

An administrator is no reader of contents. Where a reason quotes a file, the quotation is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from retrieval.failures import WHOLE, Failure
from retrieval.plain import plain

_QUOTED: Final = re.compile(r"(?<![^\s(\[])(?:'[^'\n]*'|\"[^\"\n]*\")")
_CAUSE: Final = re.compile(r"\((\w+): .*\)")
_KEYS: Final = re.compile(r"(keys(?: came)?): .*")
_FORMS: Final = (
    re.compile(r"(?P<expected>at most .+?) (?:is|are) (?:read|allowed), (?P<got>.+?) came$"),
    re.compile(r"(?P<got>it would unpack to .+?), (?P<expected>.+?) are allowed$"),
    re.compile(r"(?P<expected>.+?) are read, (?P<got>.+?) came$"),
    re.compile(r"(?P<expected>.+?) (?:was|were) expected[,:] (?P<got>.+?)(?: came)?$"),
    re.compile(r"expected (?P<expected>.+?), got:? (?P<got>.+)$", re.IGNORECASE),
)
_TO_DO: Final = {
    "refused": "Mend or replace the file: it is read again once it has changed.",
    "partial": "What could be read can be found. Mend the file, and it is read again.",
    "unreachable": "It is tried again at each sync. What was known of it stays.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A failure as it is shown; `expected` is empty where the reason is all there is to say."""

    expected: str
    got: str
    do: str


def told_failure(failure: Failure) -> Told:
    """Return what is shown of a failure."""
    if failure.uri == WHOLE:
        return _parted(failure.reason, _TO_DO["unreachable"])
    return _parted(without_words(failure.reason), _TO_DO.get(failure.outcome, _TO_DO["refused"]))


def without_words(reason: str) -> str:
    """Return a reason without what it quotes of a file."""
    quoted = _QUOTED.sub("…", plain(reason))
    return _KEYS.sub(r"\1", _CAUSE.sub(r"(\1)", quoted))


def _parted(reason: str, usual: str) -> Told:
    """Return a reason in parts: what is to be done stands behind a semicolon or a full stop."""
    what, _, do = reason.partition("; ") if "; " in reason else reason.partition(". ")
    if not do.strip():
        what, do = what.rstrip("."), usual
    for form in _FORMS:
        if found := form.match(what):
            return Told(_sentence(found["expected"]), _sentence(found["got"]), _whole(do))
    return Told("", _sentence(what), _whole(do))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _whole(text: str) -> str:
    told = _sentence(text.strip())
    return told if told.endswith((".", "!", "?")) else f"{told}."
