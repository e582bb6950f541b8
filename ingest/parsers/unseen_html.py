"""What an HTML page hides: by its styles, its style sheets and its attributes.

READ FIRST: `remove_unseen`. Sizes, colours and grounds are inherited, so a letter that sets its
frame to nothing and its cells to twelve points is read. A rule under a condition (`@media`) hides
nothing; where sheets lie elsewhere, no ground is known but one that the page itself names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ingest.parsers.unseen import (
    TINY_POINTS,
    WHITE,
    Colour,
    colour_of,
    is_lost_on,
    letters_in,
)
from ingest.parsers.unseen_styles import Sheet, Style, declared

_LENGTH: Final = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|ch|vw|vh|in|cm|mm|%)?")
_POINTS: Final = {
    "px": 0.75, "pt": 1.0, "rem": 12.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "vw": 6.0, "vh": 6.0,
}  # fmt: skip
_OUTSIDE_POINTS: Final = -350.0
_NOTHING_POINTS: Final = 1.0
_USUAL_POINTS: Final = 12.0
_LEAST_OPACITY: Final = 0.05
_PLACES: Final = ("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent")
_CLIPPED: Final = re.compile(
    r"rect\(\s*(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?[\s,]+(?:0|1)(?:px)?\s*\)"
    r"|inset\(\s*(?:50|100)%|circle\(\s*0"
)
_SHRUNK: Final = re.compile(r"scale[xy]?\(\s*0(?:\.0+)?\s*[,)]|opacity\(\s*0(?:\.0+)?%?\s*\)")
_CLEAR: Final = re.compile(
    r"transparent|(?:rgba|hsla)\([^)]*[,/]\s*0?\.?0*%?\s*\)|#[0-9a-f]{6}00\b"
)


@dataclass(frozen=True, slots=True)
class _Look:
    """How text looks in an element: its size in points, its colour and what is behind it."""

    points: float = _USUAL_POINTS
    colour: Colour | None = (0, 0, 0)
    ground: Colour | None = WHITE
    is_clear: bool = False
    is_hidden: bool = False

    @property
    def is_unseen(self) -> bool:
        """Return whether nobody can read it."""
        is_tiny = self.points <= TINY_POINTS
        return self.is_hidden or self.is_clear or is_tiny or is_lost_on(self.colour, self.ground)

    def inside(self, style: Style) -> _Look:
        """Return how text looks in an element of this style."""
        look = self._of_colours(style)
        if "visibility" in style:
            look = replace(look, is_hidden=style["visibility"] in ("hidden", "collapse"))
        size = style.get("font-size") or _size_in(style.get("font", ""))
        return replace(look, points=_points(size, self.points)) if size else look

    def _of_colours(self, style: Style) -> _Look:
        look, is_cut_out = self, "text" in style.get("background-clip", "")
        ground = style.get("background-color") or style.get("background", "")
        if is_cut_out or "url(" in ground or "gradient" in ground or "background-image" in style:
            look = replace(look, ground=None)
        elif ground and not _CLEAR.search(ground) and ground not in ("none", "inherit", "initial"):
            look = replace(look, ground=colour_of(ground))
        colour = style.get("color", "")
        if colour and colour not in ("inherit", "currentcolor"):
            is_clear = bool(_CLEAR.search(colour)) and not is_cut_out
            look = replace(look, colour=colour_of(colour), is_clear=is_clear)
        return look


def remove_unseen(tree: Any, sheet: Sheet) -> int:
    """Take out of a page what nobody sees, and return how many characters that was."""
    ground = None if sheet.has_others else WHITE
    waiting = [(tree, _Look(ground=ground))]
    doomed, letters = [], 0
    while waiting:
        element, around = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        style = _style_of(element, sheet)
        if _is_hidden(element, style):
            doomed.append(element)
            continue
        look = around.inside(style)
        if look.is_unseen:
            letters += letters_in(element.text) + sum(letters_in(each.tail) for each in element)
            element.text = " "
            for each in element:
                each.tail = " "
        waiting.extend((each, look) for each in element)
    for each in doomed:
        letters += letters_in(each.text_content())
        _drop(each)
    return letters


def _drop(element: Any) -> None:
    if element.getparent() is None:
        element.clear()
    else:
        element.drop_tree()


def _style_of(element: Any, sheet: Sheet) -> Style:
    """Return what attributes, sheets and the element's own style say, the last coming first."""
    named = dict(_attributes(element))
    return {**named, **sheet.of(element), **declared(element.get("style", ""))}


def _attributes(element: Any) -> Iterator[tuple[str, str]]:
    if ground := element.get("bgcolor"):
        yield "background-color", ground.lower()
    if element.get("background"):
        yield "background-image", "url()"
    if colour := element.get("text" if element.tag == "body" else "color"):
        yield "color", colour.lower()


def _is_hidden(element: Any, style: Mapping[str, str]) -> bool:
    """Return whether an element asks not to be shown, with all that is in it."""
    if element.get("hidden", "until-found").lower() != "until-found":
        return True
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return True
    if style.get("mso-hide") == "all" or _CLIPPED.search(style.get("clip", "")):
        return True
    if _CLIPPED.search(style.get("clip-path", "")):
        return True
    if _SHRUNK.search(f"{style.get('transform', '')} {style.get('filter', '')}"):
        return True
    opacity = _number(style.get("opacity", ""))
    return (opacity is not None and opacity <= _LEAST_OPACITY) or _is_outside(style)


def _is_outside(style: Mapping[str, str]) -> bool:
    """Return whether it lies beyond the page, or in a frame of no size."""
    if any(_points(style[each], 0) <= _OUTSIDE_POINTS for each in _PLACES if each in style):
        return True
    if not style.get("overflow", "").startswith(("hidden", "clip")):
        return False
    sizes = (style.get(name, "") for name in ("width", "height", "max-width", "max-height"))
    return any(each and 0 <= _points(each, 100) <= _NOTHING_POINTS for each in sizes)


def _size_in(font: str) -> str:
    """Return the size that the short form of a font names, empty if it names none."""
    found = re.search(r"(?:^|\s)(-?\d*\.?\d+(?:px|pt|em|rem|%)?)(?=\s*/|\s+\S)", font)
    return found[1] if found and not re.fullmatch(r"[1-9]00", found[1]) else ""


def _points(text: str, around: float) -> float:
    """Return a length in points; `around` is what parts of it are parts of."""
    found = _LENGTH.match(text)
    if not found:
        return around or _USUAL_POINTS
    value, unit = float(found[1]), found[2] or "px"
    if unit in ("em", "ex", "ch"):
        return value * (around or _USUAL_POINTS)
    if unit == "%":
        return value / 100 * around
    return value * _POINTS[unit]


def _number(text: str) -> float | None:
    found = _LENGTH.match(text)
    if not found:
        return None
    return float(found[1]) / (100 if found[2] == "%" else 1)
