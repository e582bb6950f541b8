"""Sentences made false by one change: a figure, a date, a name, a negation, a modal word.

Everything here works on letters alone and shares no code with the check that it puts to the
test. Which of several places is changed, and into what, goes by a hash of the sentence.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_MONTHS: Final = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
]  # fmt: skip
_MONTH: Final = "|".join(_MONTHS)
_DATE: Final = re.compile(
    rf"\b(?:(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?\s*,?\s+\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?(?:{_MONTH})\s*,?\s+\d{{4}}"
    rf"|(?:{_MONTH})\s+\d{{4}}|(?:{_MONTH})\s+\d{{1,2}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}/\d{{2,4}})\b"
)
_AMOUNT: Final = re.compile(
    r"(?:US\s?|USD\s?)?[$€£]\s?(\d[\d,]*(?:\.\d+)?)|\b(\d[\d,]*(?:\.\d+)?)\s+(?:dollars|euros|USD|EUR)\b"
)
_WORDS: Final = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen",
    "twenty", "thirty", "forty", "sixty", "ninety",
]  # fmt: skip
_COUNT: Final = rf"(?:\d[\d,]*(?:\.\d+)?|{'|'.join(_WORDS)})"
_UNITS: Final = ("day", "week", "month", "year")
_DURATION: Final = re.compile(
    rf"\b({_COUNT})\)?[\s-]+(?:business\s+|calendar\s+)?(days?|weeks?|months?|years?)\b", re.I
)
_NUMBER: Final = re.compile(rf"(?<![\w.,/$€£-])({_COUNT})(?![\w/]|[.,]\d)", re.I)
_PART: Final = re.compile(r"\d+")
_NAME: Final = re.compile(r"(?<=[a-z,] )[A-Z][A-Za-z]{2,}(?:\s+[A-Z][A-Za-z]{2,})*")
_NEGATED: Final = (
    (r"\b(shall|may|must|will|should|can|could|would)\s+not\b", r"\1"),
    (r"\b(is|are|was|were|does|do|did|has|have)\s+not\b", r"\1"),
    (r"\bcannot\b", "can"),
    (r"\b(is|are|was|were|do|does|did|has|have|would|could|should)\s?n['’]t\b", r"\1"),
    (r"\bwithout\b", "with"),
    (r"\bunless\b", "if"),
    (r"\bnever\b", "always"),
    (r"\bno\b(?! longer)", "a"),
    (r"\bneither\b", "either"),
    (r"\bNeither\b", "Either"),
    (r"\bexcept\b", "including"),
    (r"(?<!or )\bnot\b(?! only)", ""),
)
_AFFIRMED: Final = (
    (r"\b(shall|may|must|will|should|can)\b(?! not| or )", r"\1 not"),
    (r"\b(is|are|was|were|has been|have been)\b(?! not| no | n'| n’)", r"\1 not"),
    (r"\bwith(?= (?:the )?(?:prior|consent|written))", "without"),
    (r"\bif\b", "unless"),
)
_CONDITION: Final = re.compile(
    r",?\s*\b(?:unless|except|provided(?:,? however,?)? that|subject to|only if|if|until|without"
    r"|(?:so|as) long as|in the event)\b[^,;.()]*"
)
_LEADING: Final = re.compile(
    r"(?:Unless|Except|If|Subject to|Provided that|In the event)\b[^,;.()]*,\s+"
)
_FEWEST_KEPT: Final = 6
_ROLES: Final = (
    "agent", "buyer", "carrier", "client", "company", "consultant", "contractor", "customer",
    "distributor", "employee", "employer", "landlord", "lender", "lessee", "lessor", "licensee",
    "licensor", "manufacturer", "operator", "owner", "party", "provider", "purchaser", "seller",
    "supplier", "tenant", "third parties", "user", "users", "vendor", "website", "parties",
)  # fmt: skip
_SAME: Final = r"(?! not| n'| be (?:entitled|able|permitted)| have (?:the|no|a) | 20| \d)"
_MODALS: Final = (
    (rf"\b(?:shall|must)\b{_SAME}", "may"),
    (rf"\b(?:may|can)\b{_SAME}", "must"),
    (r"\bshould\b(?! not)", "must"),
    (r"\b(is|are) required\b", r"\1 permitted"),
    (r"\b(is|are) (?:permitted|entitled|allowed)\b", r"\1 required"),
    (r"\b(?:has|have) to\b", "may"),
)

Change = Callable[[str, str, Sequence[str]], str | None]
"""Sentence, the words it cites, names of others -> the changed sentence, or None."""


def number(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Change a number that is no date, money or length of time into one that is not cited."""
    taken = [*_spans(_DATE, text), *_spans(_AMOUNT, text), *_spans(_DURATION, text)]
    places = [
        each.span(1)
        for each in _NUMBER.finditer(text)
        if not any(start <= each.start() < end for start, end in taken)
    ]
    return _with_new_number(text, cited, places)


def amount(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Change a sum of money."""
    places = [each.span(1 if each[1] else 2) for each in _AMOUNT.finditer(text)]
    return _with_new_number(text, cited, places)


def duration(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Change how many days, or days into months."""
    found = list(_DURATION.finditer(text))
    if not found:
        return None
    each = found[_draw(text, len(found))]
    if _draw(text + "unit", 2):
        return _with_new_number(text, cited, [each.span(1)])
    unit = each[2].lower().rstrip("s")
    other = _UNITS[(_UNITS.index(unit) + 1 + _draw(text, 3)) % len(_UNITS)]
    return _put(text, each.span(2), other + "s" * each[2].endswith("s"))


def date(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Change the day, the month or the year of a date."""
    found = list(_DATE.finditer(text))
    if not found:
        return None
    each = found[_draw(text, len(found))]
    start = each.start()
    places = [(start + part.start(), start + part.end()) for part in _PART.finditer(each[0])]
    month = re.search(_MONTH, each[0])
    if month and _draw(text + "month", len(places) + 1) == 0:
        new = _MONTHS[(_MONTHS.index(month[0]) + 1 + _draw(text, 11)) % 12]
        changed = _put(text, (start + month.start(), start + month.end()), new)
        return None if f"{new} " in cited else changed
    return _with_new_number(text, cited, [places[_draw(text, len(places))]])


def elsewhere(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Put another number of the cited words in a number's place."""
    found = [each.span(1) for each in _NUMBER.finditer(text)]
    values = sorted({each[1] for each in _NUMBER.finditer(cited)})
    for start, end in found:
        old = text[start:end]
        new = [each for each in values if each != old and each.isdigit() == old.isdigit()]
        if new:
            return _put(text, (start, end), new[_draw(text, len(new))])
    return None


def party(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Put another name in a name's place, one that the cited words do not have."""
    found = [each for each in _NAME.finditer(text) if each[0] not in _MONTHS]
    names = [each for each in others if each.split()[0].lower() not in cited.lower()]
    if not found or not names:
        return None
    return _put(text, found[_draw(text, len(found))].span(), names[_draw(text, len(names))])


def swapped(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Let two names of the sentence change places."""
    found = [each for each in _NAME.finditer(text) if each[0] not in _MONTHS]
    for one in found:
        for other in found:
            if other.start() > one.end() and other[0] != one[0]:
                there = _put(text, other.span(), one[0])
                return _put(there, one.span(), other[0])
    return None


def negation_removed(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Take a negation away."""
    return _first_of(text, _NEGATED)


def negation_added(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Put a negation in."""
    return _first_of(text, _AFFIRMED)


def condition(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Leave out a condition up to the next comma, or up to the comma that ends a leading one."""
    if found := _LEADING.match(text):
        kept = text[found.end() :]
        return kept[0].upper() + kept[1:] if len(kept.split()) >= _FEWEST_KEPT else None
    found = _CONDITION.search(text)
    if not found:
        return None
    kept = " ".join(_put(text, found.span(), "").split())
    return kept if len(kept.split()) >= _FEWEST_KEPT else None


def modal(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Change must into may, or the reverse; not where "neither" or "no" makes both forbid."""
    if re.search(r"\b(?:neither|nothing|no|nor)\b", text, re.I):
        return None
    return _first_of(text, _MODALS)


def roles(text: str, cited: str, others: Sequence[str]) -> str | None:
    """Let two roles that are no names change places: landlord and tenant."""
    found = [(each, role) for role in _ROLES for each in re.finditer(rf"\b{role}\b", text)]
    found.sort(key=lambda each: each[0].start())
    for one, first in found:
        for other, second in found:
            if other.start() > one.end() and first != second:
                there = _put(text, other.span(), first)
                return _put(there, one.span(), second)
    return None


CHANGES: Final[dict[str, Change]] = {
    "number": number,
    "amount": amount,
    "duration": duration,
    "date": date,
    "number_from_elsewhere": elsewhere,
    "negation_removed": negation_removed,
    "negation_added": negation_added,
    "modal": modal,
    "condition": condition,
    "party": party,
    "parties_swapped": swapped,
    "roles_swapped": roles,
}


def names_in(text: str) -> list[str]:
    """Return the names inside a text, as they are changed here."""
    return [each[0] for each in _NAME.finditer(text) if each[0] not in _MONTHS]


def _first_of(text: str, rules: Sequence[tuple[str, str]]) -> str | None:
    """Apply one of the rules that fit, at one of the places where it does."""
    found = [(each, new) for pattern, new in rules for each in re.finditer(pattern, text)]
    if not found:
        return None
    each, new = found[_draw(text, len(found))]
    changed = _put(text, each.span(), each.expand(new))
    return " ".join(changed.split())


def _with_new_number(text: str, cited: str, places: Sequence[tuple[int, int]]) -> str | None:
    if not places:
        return None
    start, end = places[_draw(text, len(places))]
    old = text[start:end]
    new = next((each for each in _numbers(old, text) if not _has(cited, each)), None)
    return _put(text, (start, end), new) if new else None


def _numbers(old: str, text: str) -> Iterator[str]:
    """Yield other numbers of the same form."""
    if not old[0].isdigit():
        at = _draw(text, len(_WORDS))
        yield from (each for each in _WORDS[at:] + _WORDS[:at] if each != old.lower())
        return
    digits = [at for at, letter in enumerate(old) if letter.isdigit()]
    for step in range(1, 10 * len(digits)):
        at = digits[(_draw(text, len(digits)) + step) % len(digits)]
        new = (int(old[at]) + 1 + (_draw(text, 9) + step) % 9) % 10
        if at or new:
            yield old[:at] + str(new) + old[at + 1 :]


def _has(cited: str, number: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(number)}(?!\d)", cited, re.I) is not None


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [each.span() for each in pattern.finditer(text)]


def _put(text: str, place: tuple[int, int], new: str) -> str:
    return text[: place[0]] + new + text[place[1] :]


def _draw(text: str, count: int) -> int:
    """Return one of `count`, the same for a text wherever it is asked."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % count
