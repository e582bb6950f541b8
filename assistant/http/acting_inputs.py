"""A tool's fields as the inputs of a form: what was typed, what it makes, what is wrong with it.

What people type is trimmed, and line ends are as the tool takes them; nothing else is changed. The
gate looks at all of it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.wording import Language, number, say, spoken
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
        case Text() | Number():
            return f"{_begun(_one_of(field))}."
        case Many():
            several = f"{_begun(_several(field))}."
            if isinstance(field.each, Choice):
                return several
            return f"{several} {say('Each: {what}.', what=_one_of(field.each))}"
    return ""


def _begun(words: str) -> str:
    """Return what begins a sentence."""
    return words[:1].upper() + words[1:]


def _one_of(field: Text | Number) -> str:
    """Return in words what one text or number has to be."""
    if isinstance(field, Number):
        return _with_decimals(field) if field.decimals else _whole(field)
    if field.least > 1:
        return say("{least} to {most} characters", least=field.least, most=number(field.most))
    return say("at most {most} characters", most=number(field.most))


def _several(field: Many) -> str:
    """Return in words how many a list takes, and how they are given."""
    counts = {"least": field.least, "most": field.most}
    if is_ticked(field):
        if field.least:
            return say("{least} to {most}", **counts)
        return say("at most {most}", **counts)
    if field.least:
        return say("{least} to {most}, one on a line", **counts)
    return say("at most {most}, one on a line", **counts)


def _with_decimals(field: Number) -> str:
    match _bounds(field):
        case {"least": _, "most": _} as bounds:
            return say("a number from {least} to {most}", **bounds)
        case {"least": _} as bounds:
            return say("a number, {least} or more", **bounds)
        case {"most": _} as bounds:
            return say("a number, {most} or less", **bounds)
    return say("a number")


def _whole(field: Number) -> str:
    match _bounds(field):
        case {"least": _, "most": _} as bounds:
            return say("a whole number from {least} to {most}", **bounds)
        case {"least": _} as bounds:
            return say("a whole number, {least} or more", **bounds)
        case {"most": _} as bounds:
            return say("a whole number, {most} or less", **bounds)
    return say("a whole number")


def _bounds(field: Number) -> dict[str, str]:
    """Return the bounds as they are written, without those that any number keeps to."""
    bounds = {"least": field.least} if field.least > -LARGEST_NUMBER else {}
    bounds |= {"most": field.most} if field.most < LARGEST_NUMBER else {}
    return {name: _figures(bound) for name, bound in bounds.items()}


def _figures(bound: float) -> str:
    """Return a number as it is written in the language spoken, its decimals too."""
    english = f"{bound:,}"
    if spoken() is Language.EN:
        return english
    figures, point, decimals = english.partition(".")
    between = number(1000)[1:-3]
    return figures.replace(",", between) + (f",{decimals}" if point else "")


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
    return say("Fill this in.") if value in ("", []) else _wanted(each.field, value)


def _wanted(field: Field, value: Json) -> str:
    match field:
        case Text() if isinstance(value, str) and not field.least <= len(value) <= field.most:
            least, most, got = map(number, (field.least, field.most, len(value)))
            return say(
                "Expected {least} to {most} characters, got {got}.", least=least, most=most, got=got
            )
        case Text(pattern=pattern) if pattern:
            return say("Expected the form that stands below, got another.")
        case Text():
            return _words(field)
        case Choice() | Flag():
            return say("Choose one of the list.")
        case Number():
            return say("Expected {what}.", what=_one_of(field))
    if field.least:
        return say(
            "Expected {least} to {most}, each once and as described.",
            least=field.least,
            most=field.most,
        )
    return say("Expected at most {most}, each once and as described.", most=field.most)


def _words(field: Text) -> str:
    if field.is_long:
        return say("Expected words, without an address, markup or hidden characters in them.")
    return say(
        "Expected words on one line, without an address, markup or hidden characters in them."
    )
