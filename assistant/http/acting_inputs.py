"""A tool's fields as the inputs of a form: what was typed, what it makes, what is wrong with it.

What people type is trimmed, and line ends are as the tool takes them; nothing else is changed. The
gate looks at all of it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from retrieval.plain import plain
from tools.call import Json
from tools.fields import LARGEST_NUMBER, Choice, Field, Fields, Flag, Many, Number, Text
from tools.matching import fault_of

MOST_TICKS = 12
LONG_LINE = 240
FLAGS = {"yes": True, "no": False}
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `name` is what the form calls it; `typed` stays as it was typed.

    `fault` says what is wrong, "" if nothing is.
    """

    name: str
    argument: str
    field: Field
    typed: str = ""
    ticked: tuple[str, ...] = ()
    fault: str = ""

    @property
    def label(self) -> str:
        """Return the name of the argument as a person reads it."""
        words = " ".join(plain(self.argument).replace("_", " ").split())
        return words[:1].upper() + words[1:]

    @property
    def says(self) -> str:
        """Return what the argument is for."""
        return plain(self.field.says)

    @property
    def is_required(self) -> bool:
        """Return whether a browser may insist that it is filled in."""
        return self.field.is_required and not (
            isinstance(self.field, Many) and not self.field.least
        )

    @property
    def kind(self) -> str:
        """Return which control it is: line, text, lines, number, choice, flag or ticks."""
        match self.field:
            case Text():
                return "text" if self.field.is_long or self.field.most > LONG_LINE else "line"
            case Number():
                return "number"
            case Choice():
                return "choice"
            case Flag():
                return "flag"
        return "ticks" if is_ticked(self.field) else "lines"

    @property
    def limits(self) -> str:
        """Return in words what it takes, "" where that is plain to see."""
        return limits_of(self.field)

    @property
    def pattern(self) -> str:
        """Return the pattern that it has to match, without its anchors; "" if there is none."""
        one = self.field.each if isinstance(self.field, Many) else self.field
        return one.pattern[1:-1] if isinstance(one, Text) else ""


def blank(fields: Fields) -> list[Input]:
    """Return the inputs of an empty form, in the order of the fields."""
    return [
        Input(f"value-{at}", argument, field) for at, (argument, field) in enumerate(fields.items())
    ]


def filled(fields: Fields, form: Mapping[str, str]) -> tuple[list[Input], dict[str, Json]]:
    """Return the inputs as they were filled in, and the arguments that they make.

    What is optional and was left empty is no argument. Where an input has a fault, the arguments
    are not what the tool takes.
    """
    inputs, arguments = list[Input](), dict[str, Json]()
    for each in blank(fields):
        typed = form.get(each.name, "").replace("\r\n", "\n").replace("\r", "\n").strip()
        ticked = _ticked(each, form)
        if typed or ticked or each.field.is_required:
            arguments[each.argument] = _value(each.field, typed, ticked)
        inputs.append(replace(each, typed=typed, ticked=ticked, fault=_fault(each, arguments)))
    return inputs, arguments


def is_ticked(field: Many) -> bool:
    """Return whether it is a list of few words, each of which can be ticked."""
    return isinstance(field.each, Choice) and len(field.each.among) <= MOST_TICKS


def limits_of(field: Field) -> str:
    """Return in words what a field takes beyond what its control shows."""
    match field:
        case Text():
            least = f"{field.least} to " if field.least > 1 else "At most "
            return f"{least}{field.most:,} characters."
        case Number():
            return f"{'A' if field.decimals else 'A whole'} number{_bounds(field)}."
        case Many():
            inner = "" if isinstance(field.each, Choice) else f" Each: {_inner(field.each)}"
            how = "" if is_ticked(field) else ", one on a line"
            return f"{_counted(field)}{how}.{inner}"
    return ""


def _inner(field: Text | Number) -> str:
    told = limits_of(field)
    return told[:1].lower() + told[1:]


def _counted(field: Many) -> str:
    return f"{field.least} to {field.most}" if field.least else f"At most {field.most}"


def _bounds(field: Number) -> str:
    """Return the bounds in words; those that any number keeps to are not told."""
    has_least, has_most = field.least > -LARGEST_NUMBER, field.most < LARGEST_NUMBER
    if has_least and has_most:
        return f" from {field.least:,} to {field.most:,}"
    if has_least:
        return f", {field.least:,} or more"
    return f", {field.most:,} or less" if has_most else ""


def _ticked(each: Input, form: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(each.field, Many) or not is_ticked(each.field):
        return ()
    assert isinstance(each.field.each, Choice)
    words = each.field.each.among
    return tuple(word for at, word in enumerate(words) if f"{each.name}-{at}" in form)


def _value(field: Field, typed: str, ticked: tuple[str, ...]) -> Json:
    match field:
        case Number():
            return _number(typed, field)
        case Flag():
            return FLAGS.get(typed, typed)
        case Many():
            if is_ticked(field):
                return list(ticked)
            lines = filter(None, map(str.strip, typed.split("\n")))
            return [_value(field.each, each, ()) for each in lines]
    return typed


def _number(typed: str, field: Number) -> Json:
    """Return the number that was typed, or what was typed where it is none."""
    if _WHOLE.fullmatch(typed):
        return int(typed)
    if field.decimals and _DECIMAL.fullmatch(typed):
        return float(typed.replace(",", "."))
    return typed


def _fault(each: Input, arguments: Mapping[str, Json]) -> str:
    """Return what is wrong with an input, "" if nothing is."""
    if each.argument not in arguments:
        return ""
    value = arguments[each.argument]
    if fault_of({each.argument: value}, {each.argument: each.field}) is None:
        return ""
    return "Fill this in." if value in ("", []) else _wanted(each.field, value)


def _wanted(field: Field, value: Json) -> str:
    match field:
        case Text() if isinstance(value, str) and not field.least <= len(value) <= field.most:
            return f"Expected {field.least:,} to {field.most:,} characters, got {len(value):,}."
        case Text(pattern=pattern) if pattern:
            return "Expected the form that stands below, got another."
        case Text():
            lines = "" if field.is_long else " on one line"
            return (
                f"Expected words{lines}, without an address, markup or hidden characters in them."
            )
        case Choice() | Flag():
            return "Choose one of the list."
        case Number():
            return f"Expected {limits_of(field)[:1].lower()}{limits_of(field)[1:]}"
    return f"Expected {_counted(field).lower()}, each once and as described."
