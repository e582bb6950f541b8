"""Personal data masked: by shape and check digit, and by the names of the people there are.

Rules, because each can be read, tested, and is the same every time. A recogniser of names by a
language model would find strangers' names too, and miss and invent some; whoever looks at a draft
may read its sources anyway, and sees what was masked. What is masked becomes `[e-mail 1]`,
`[account 1]`, `[card 1]`, `[number 1]`, `[phone 1]` or `[person 1]`: the same piece has the same
label throughout a draft. Masking what is masked changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from evals.drafts.names import Names

LABEL: Final = re.compile(r"\[(e-mail|account|card|number|phone|person) (\d{1,6})\]")
_NOT_IN_MAIL: Final = r"\s@<>()\[\],;:\"\\"
_E_MAIL: Final = re.compile(rf"[^{_NOT_IN_MAIL}]{{1,100}}@[^{_NOT_IN_MAIL}]{{0,250}}[^\W_]")
_IBAN: Final = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?!\w)")
_CARD: Final = re.compile(r"(?<!\w)\d(?:[ -]?\d){12,30}(?!\w)")
_PERSONAL: Final = re.compile(
    r"(?<![\w-])(?:(?:\d{2})?\d{6}[-+ ]?\d{4}|\d{6}[-+A]\d{3}[\dA-Ya-y]|\d{3}-\d{2}-\d{4}"
    r"|[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d])(?![\w-])"
)
_PHONE: Final = re.compile(
    r"(?<![\w.,/-])(?:(?:\+|\(\+?\d{1,4}\) ?|0)\d(?:[ ./()-]{0,3}\d){5,30}"
    r"|\d{3}[-. ]\d{3}[-. ]\d{4})(?![\w/-])"
)
_DAY: Final = re.compile(r"\d{1,2}[./ -]\d{1,2}[./ -](?:\d{2}){1,2}")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15


@dataclass(frozen=True, slots=True)
class _Found:
    """A stretch to be masked; `key` tells when two of them are the same."""

    start: int
    end: int
    kind: str
    key: str


class Masker:
    """Masks the texts of one draft, one after the other, under labels that go on.

    `shown` are pieces that an evaluator has chosen to see, as `Masker.pieces` gave them.
    """

    def __init__(self, names: Names, shown: Collection[str] = ()) -> None:
        self._names = names
        self._shown = {_compared(each) for each in shown}
        self._labels: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self.pieces: dict[str, str] = {}
        """What was masked, by its label: as it first stood."""

    def mask(self, text: str) -> str:
        """Return the text with a label instead of every piece of personal data."""
        for kind, number in LABEL.findall(text):
            self._counts[kind] = max(self._counts[kind], int(number))
        while (masked := self._masked(text)) != text:  # what was beside a piece may be one itself
            text = masked
        return text

    def _masked(self, text: str) -> str:
        made, at = list[str](), 0
        for found in _apart(self._found(text)):
            piece = text[found.start : found.end]
            label = self._label(found)
            if label and _compared(piece) not in self._shown:
                self.pieces.setdefault(label, piece)
                made += (text[at : found.start], label)
                at = found.end
        return "".join(made) + text[at:]

    def _found(self, text: str) -> Iterator[_Found]:
        """Yield all that looks like something, the surer kinds first."""
        for match in LABEL.finditer(text):
            yield _Found(match.start(), match.end(), "", "")
        for kind, pattern, is_one in _SHAPES:
            for match in pattern.finditer(text):
                if piece := _narrowed(match[0], pattern, is_one):
                    start = match.start() + match[0].index(piece)
                    yield _Found(start, start + len(piece), kind, _compared(piece))
        for start, end, person in self._names.found(text):
            yield _Found(start, end, "person", person)

    def _label(self, found: _Found) -> str:
        """Return the label of a piece, shown or not, so that no other one moves; "" of a label."""
        key = (found.kind, found.key)
        if found.kind and key not in self._labels:
            self._counts[found.kind] += 1
            self._labels[key] = f"[{found.kind} {self._counts[found.kind]}]"
        return self._labels.get(key, "")


def _apart(found: Iterable[_Found]) -> list[_Found]:
    """Return stretches that do not overlap, in order; of two that do, the one that came first."""
    kept = list[_Found]()
    taken = set[int]()
    for each in found:
        if taken.isdisjoint(range(each.start, each.end)):
            kept.append(each)
            taken.update(range(each.start, each.end))
    return sorted(kept, key=lambda each: each.start)


def _narrowed(piece: str, pattern: re.Pattern[str], is_one: Callable[[str], bool]) -> str:
    """Return the first and longest run of groups in a piece that is one; "" if there is none."""
    groups = list(re.finditer(r"[^\s./()-]+", piece)) if not is_one(piece) else []
    if not groups:
        return piece
    starts = [0, *(each.start() for each in groups[1:])]
    for start in starts:
        for group in reversed(groups):
            part = piece[start : group.end()]
            if pattern.fullmatch(part) and is_one(part):
                return part
    return ""


def _compared(piece: str) -> str:
    return re.sub(r"[\s./()-]+", "", piece).casefold()


def _digits(piece: str) -> str:
    return "".join(each for each in piece if each.isdigit())


def _is_account(piece: str) -> bool:
    """Return whether the check digits of an IBAN are right (ISO 13616: modulo 97 is 1)."""
    bare = re.sub(r"[ -]", "", piece).upper()
    if not bare.isascii() or not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in bare[4:] + bare[:4])) % 97 == 1


def _is_card(piece: str) -> bool:
    return 13 <= len(_digits(piece)) <= 19 and _has_luhn(piece)


def _has_luhn(piece: str) -> bool:
    """Return whether the last digit checks the others, as on a payment card (ISO 7812)."""
    doubled = (int(each) * (1 + at % 2) for at, each in enumerate(reversed(_digits(piece))))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def _is_personal(piece: str) -> bool:
    """Return whether it may be a number that a state gives a person: SE, FI, DK, US or GB.

    Where six digits begin it, they are a day of birth, in either order; ten digits or twelve in
    one piece must have the Swedish check digit too.
    """
    digits = _digits(piece)
    if not re.match(r"\d{6}", piece):
        return True
    if re.fullmatch(r"\d+", piece) and not _has_luhn(digits[-10:]):
        return False
    born = digits[:6] if len(digits) < 12 else digits[2:8]
    return _is_day(born[2:4], born[4:6]) or _is_day(born[2:4], born[:2])


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) % 60 <= 31


def _is_phone(piece: str) -> bool:
    is_long = _FEWEST_DIGITS <= len(_digits(piece)) <= _MOST_DIGITS
    return is_long and not _DAY.fullmatch(piece)


def _always(_: str) -> bool:
    return True


_SHAPES: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("e-mail", _E_MAIL, _always),
    ("account", _IBAN, _is_account),
    ("card", _CARD, _is_card),
    ("number", _PERSONAL, _is_personal),
    ("phone", _PHONE, _is_phone),
)
