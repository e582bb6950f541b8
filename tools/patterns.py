r"""Patterns that say which characters stand where, and that no text can keep busy.

A small part of regular expressions: characters, classes such as `[A-Z0-9_]`, `\d` and `\w` (of
ASCII, as in JSON Schema), groups, `|` in groups, and `?`, `*`, `+`, `{2}`, `{1,8}`. Wherever a text
can go on in two ways, they must begin with different characters. So each text is read in one way
only, and trying to match it takes no longer than reading it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

MOST_PATTERN = 200
MOST_POSITIONS = 500

_Set = frozenset[str]
_DIGITS = frozenset(string.digits)
_CLASSES = {"d": _DIGITS, "w": _DIGITS | frozenset(string.ascii_letters) | {"_"}}
_SPECIAL = frozenset(r"\[](){}|?*+.^$")
_SPECIAL_IN_CLASS = frozenset(r"\[]^-")
_SHOWN = frozenset(map(chr, range(32, 127)))
_COUNT = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")


class BadPattern(ValueError):
    """A pattern is not what was expected; says why."""


def check_pattern(pattern: str) -> frozenset[str]:
    """Return every character that a text may have which matches, all of them of ASCII.

    Raises:
        BadPattern: it is not anchored at both ends, or does not read each text in one way.
    """
    if not 3 <= len(pattern) <= MOST_PATTERN or pattern[0] != "^" or pattern[-1] != "$":
        raise BadPattern(f"Expected a pattern from ^ to $ of at most {MOST_PATTERN} characters.")
    reading = _Reading(pattern[1:-1])
    whole = reading.sequence()
    if reading.rest:
        raise BadPattern(f"Expected a character, class or group, got `{reading.rest[:20]}`.")
    made = _Automaton()
    made.require_one_way(whole(made).first)
    for each in made.follow:
        made.require_one_way(each)
    return frozenset().union(*made.sets)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of an automaton: where it begins and ends, and whether it may be left out."""

    first: frozenset[int]
    last: frozenset[int]
    is_empty: bool


_NOTHING = _Piece(frozenset(), frozenset(), is_empty=True)


@dataclass(slots=True)
class _Automaton:
    """Glushkov's: one position for each character that is written, and what may follow it."""

    sets: list[_Set] = field(default_factory=list)
    follow: list[set[int]] = field(default_factory=list)

    def add(self, characters: _Set) -> _Piece:
        if len(self.sets) >= MOST_POSITIONS:
            raise BadPattern(f"Expected a pattern of at most {MOST_POSITIONS} characters.")
        self.sets.append(characters)
        self.follow.append(set())
        at = frozenset({len(self.sets) - 1})
        return _Piece(at, at, is_empty=False)

    def join(self, before: _Piece, after: _Piece) -> _Piece:
        for each in before.last:
            if self.follow[each] & after.first:
                raise BadPattern("Expected one way to repeat, got a repetition in a repetition.")
            self.follow[each] |= after.first
        return _Piece(
            before.first | after.first if before.is_empty else before.first,
            before.last | after.last if after.is_empty else after.last,
            before.is_empty and after.is_empty,
        )

    def require_one_way(self, positions: Iterable[int]) -> None:
        """Raise unless no character can be taken by two of these positions."""
        taken: set[str] = set()
        for each in positions:
            if both := taken & self.sets[each]:
                raise BadPattern(f"Expected one way to go on with {min(both)!r}, got two.")
            taken |= self.sets[each]


_Part = Callable[[_Automaton], _Piece]
"""Adds itself to an automaton; called as often as it is repeated."""


@dataclass(slots=True)
class _Reading:
    """Reads a pattern from its beginning; `rest` is what is left of it."""

    rest: str

    def sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self._repeated(self._one()))
        if not parts:
            raise BadPattern("Expected a character, class or group, got none.")
        return lambda made: _joined(made, parts)

    def _one(self) -> _Part:
        if self._take("("):
            return self._group()
        if self._take("["):
            return _of(self._class())
        return _of(self._character(_SPECIAL))

    def _group(self) -> _Part:
        self._take("?:")
        ways = [self.sequence()]
        while self._take("|"):
            ways.append(self.sequence())
        self._require(")")
        return lambda made: _either([way(made) for way in ways])

    def _class(self) -> _Set:
        taken: set[str] = set()
        while not self._take("]"):
            each = self._range()
            if taken & each:
                raise BadPattern("Expected each character of a class once, got one twice.")
            taken |= each
        if not taken:
            raise BadPattern("Expected a class with characters in it.")
        return frozenset(taken)

    def _range(self) -> _Set:
        if self.rest.startswith("-]"):
            self._take("-")
            return frozenset("-")
        low = self._character(_SPECIAL_IN_CLASS)
        if len(low) > 1 or self.rest.startswith("-]") or not self._take("-"):
            return low
        high = self._character(_SPECIAL_IN_CLASS)
        if len(high) > 1 or min(high) < min(low):
            raise BadPattern("Expected a range from a lower to a higher character.")
        return frozenset(map(chr, range(ord(min(low)), ord(min(high)) + 1)))

    def _character(self, special: _Set) -> _Set:
        """Return what one character stands for; one that means something needs a backslash."""
        is_escaped = self._take("\\")
        taken, self.rest = self.rest[:1], self.rest[1:]
        if is_escaped and taken in _CLASSES:
            return _CLASSES[taken]
        is_plain = taken in _SHOWN and taken not in special
        if (taken not in special | _SPECIAL) if is_escaped else not is_plain:
            shown = f"`{taken}`" if taken in _SHOWN else "another one" if taken else "the end"
            raise BadPattern(
                f"Expected a character of ASCII, with \\ where it means something, got {shown}."
            )
        return frozenset({taken})

    def _repeated(self, part: _Part) -> _Part:
        if self._take("?"):
            return lambda made: _times(made, part, 0, 1)
        if self._take("*"):
            return lambda made: _times(made, part, 0, None)
        if self._take("+"):
            return lambda made: _times(made, part, 1, None)
        if not (count := _COUNT.match(self.rest)):
            return part
        self.rest = self.rest[count.end() :]
        least = int(count[1])
        most = (int(count[3]) if count[3] else None) if count[2] else least
        if most is not None and not least <= most > 0:
            raise BadPattern(f"Expected a count from fewer to more, got `{count[0]}`.")
        return lambda made: _times(made, part, least, most)

    def _take(self, text: str) -> bool:
        is_there = self.rest.startswith(text)
        if is_there:
            self.rest = self.rest[len(text) :]
        return is_there

    def _require(self, text: str) -> None:
        if not self._take(text):
            raise BadPattern(f"Expected `{text}`, got `{self.rest[:20] or 'the end'}`.")


def _of(characters: _Set) -> _Part:
    return lambda made: made.add(characters)


def _joined(made: _Automaton, parts: Iterable[_Part]) -> _Piece:
    whole = _NOTHING
    for each in parts:
        whole = made.join(whole, each(made))
    return whole


def _either(ways: list[_Piece]) -> _Piece:
    return _Piece(
        frozenset().union(*(each.first for each in ways)),
        frozenset().union(*(each.last for each in ways)),
        any(each.is_empty for each in ways),
    )


def _times(made: _Automaton, part: _Part, least: int, most: int | None) -> _Piece:
    """Repeat a part: what may be left out lies inside what may be left out before it."""
    whole = _NOTHING
    if most is None:
        again = _one_of(made, part)
        whole = replace(made.join(again, again), is_empty=least == 0)
        most, least = max(least - 1, 0), max(least - 1, 0)
    for left in range(most, 0, -1):
        whole = made.join(_one_of(made, part), whole)
        whole = replace(whole, is_empty=left > least)
    return whole


def _one_of(made: _Automaton, part: _Part) -> _Piece:
    piece = part(made)
    if piece.is_empty:
        raise BadPattern("Expected something to be there that is repeated.")
    return piece
