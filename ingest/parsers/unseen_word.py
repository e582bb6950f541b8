"""What a Word file hides: runs marked as hidden, in the colour of the page, or too small to read.

READ FIRST: `without_unseen`. How a run looks is said by the file's defaults, the styles of its
paragraph and of itself, each resting on others, and by the run. Where a ground is not known (a
text box, a table whose style has colours), no colour hides.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import docx
from docx.oxml.ns import qn

from ingest.parsers.unseen import (
    TINY_POINTS,
    WHITE,
    Colour,
    hex_colour,
    is_lost_on,
    letters_in,
)

_HALF: Final = 2
_MOST_STEPS: Final = 20
_OFF: Final = frozenset({"0", "false", "off", "none"})
_PAGE_COLOURS: Final = frozenset({"background1", "light1", "bg1"})
_MARKERS: Final[dict[str, Colour]] = {
    "white": WHITE, "yellow": (255, 255, 0), "black": (0, 0, 0), "green": (0, 255, 0),
    "cyan": (0, 255, 255), "magenta": (255, 0, 255), "red": (255, 0, 0), "blue": (0, 0, 255),
    "lightGray": (192, 192, 192), "darkGray": (128, 128, 128),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run looks; a colour or ground of None is one that is not known or picked by Word."""

    is_hidden: bool = False
    colour: Colour | None = None
    points: float | None = None
    ground: Colour | None = WHITE

    @property
    def is_unseen(self) -> bool:
        """Return whether nobody can read it."""
        is_tiny = self.points is not None and self.points <= TINY_POINTS
        return self.is_hidden or is_tiny or is_lost_on(self.colour, self.ground)

    def with_run(self, marks: Any) -> _Look:
        """Return it as the properties of a run change it."""
        look = self
        if marks is None:
            return look
        if (hidden := marks.find(qn("w:vanish"))) is not None:
            look = replace(look, is_hidden=_value(hidden) not in _OFF)
        if (colour := marks.find(qn("w:color"))) is not None:
            look = replace(look, colour=_colour(colour))
        if (size := marks.find(qn("w:sz"))) is not None:
            look = replace(look, points=_points(_value(size), look.points))
        if (marker := marks.find(qn("w:highlight"))) is not None and _value(marker) != "none":
            look = replace(look, ground=_MARKERS.get(_value(marker)))
        return look.on(marks)

    def on(self, marks: Any) -> _Look:
        """Return it on the ground that these properties shade, if they do."""
        shade = None if marks is None else marks.find(qn("w:shd"))
        return self if shade is None else replace(self, ground=_shade(shade, self.ground))


class _Styles:
    """The styles of a file, and what they make of a look."""

    def __init__(self, root: Any) -> None:
        self._styles = {each.get(qn("w:styleId")): each for each in root.iter(qn("w:style"))}
        self._usual = {
            each.get(qn("w:type")): name
            for name, each in self._styles.items()
            if each.get(qn("w:default")) in ("1", "true", "on")
        }
        self._marks = root.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")

    def look(self, paragraph: Any, run: Any, ground: Colour | None) -> _Look:
        """Return how a run of a paragraph looks on a ground."""
        look = _Look(ground=ground).with_run(self._marks)
        about, marks = paragraph.find(qn("w:pPr")), run.find(qn("w:rPr"))
        for style in self._chain(_named(about, "w:pStyle") or self._usual.get("paragraph", "")):
            look = look.on(style.find(qn("w:pPr"))).with_run(style.find(qn("w:rPr")))
        look = look.on(about)
        for style in self._chain(_named(marks, "w:rStyle")):
            look = look.with_run(style.find(qn("w:rPr")))
        return look.with_run(marks)

    def is_plain(self, name: str) -> bool:
        """Return whether the style of a table leaves its cells white."""
        shades = (shade for style in self._chain(name) for shade in style.iter(qn("w:shd")))
        return all(_shade(shade, WHITE) == WHITE for shade in shades)

    def _chain(self, name: str) -> list[Any]:
        """Return a style and what it rests on, the deepest first."""
        found: list[Any] = []
        while name in self._styles and len(found) < _MOST_STEPS:
            found.insert(0, self._styles[name])
            name = _named(found[0], "w:basedOn")
        return found


def without_unseen(raw: bytes) -> tuple[bytes, int]:
    """Return a Word file without what nobody sees, and how many characters that was.

    The file itself comes back where there is nothing of it.
    """
    document = docx.Document(io.BytesIO(raw))
    styles = _Styles(document.styles.element)
    page = None if document.element.find(qn("w:background")) is not None else WHITE
    letters = 0
    for paragraph in document.element.body.iter(qn("w:p")):
        ground = _ground(paragraph, styles, page)
        for run in _runs(paragraph):
            if styles.look(paragraph, run, ground).is_unseen:
                letters += _emptied(run)
    if not letters:
        return raw, 0
    file = io.BytesIO()
    document.save(file)
    return file.getvalue(), letters


def _runs(paragraph: Any) -> Iterator[Any]:
    """Yield the runs of a paragraph that are in no other paragraph within it."""
    for run in paragraph.iter(qn("w:r")):
        if next(run.iterancestors(qn("w:p"))) is paragraph:
            yield run


def _emptied(run: Any) -> int:
    """Empty the texts of a run, those of text boxes in it too, and return their length."""
    letters = 0
    for text in run.iter(qn("w:t")):
        letters += letters_in(text.text)
        text.text = ""
    return letters


def _ground(paragraph: Any, styles: _Styles, page: Colour | None) -> Colour | None:
    """Return the colour that a paragraph stands on, None if that is not known."""
    for around in paragraph.iterancestors():
        if around.tag == qn("w:txbxContent"):
            return None
        if around.tag == qn("w:tc"):
            shade = around.find(f"{qn('w:tcPr')}/{qn('w:shd')}")
            if shade is not None and _shade(shade, WHITE) != WHITE:
                return _shade(shade, WHITE)
        elif around.tag == qn("w:tbl") and not styles.is_plain(
            _named(around.find(qn("w:tblPr")), "w:tblStyle")
        ):
            return None
    return page


def _shade(shade: Any, around: Colour | None) -> Colour | None:
    """Return what a shading makes of the ground; a pattern gives none that is known."""
    pattern, fill = _value(shade) or "clear", shade.get(qn("w:fill"), "auto")
    if shade.get(qn("w:themeFill")) not in (None, *_PAGE_COLOURS):
        return None
    if pattern == "solid":
        return hex_colour(shade.get(qn("w:color"), ""))
    if pattern not in ("clear", "nil"):
        return None
    return around if fill == "auto" or pattern == "nil" else hex_colour(fill)


def _colour(mark: Any) -> Colour | None:
    theme = mark.get(qn("w:themeColor"))
    if theme:
        is_tinted = mark.get(qn("w:themeShade")) is not None
        return WHITE if theme in _PAGE_COLOURS and not is_tinted else None
    return hex_colour(_value(mark)) if re.fullmatch(r"[0-9A-Fa-f]{6}", _value(mark)) else None


def _points(text: str, otherwise: float | None) -> float | None:
    try:
        return float(text) / _HALF
    except ValueError:
        return otherwise


def _value(mark: Any) -> str:
    return str(mark.get(qn("w:val")) or "")


def _named(marks: Any, tag: str) -> str:
    """Return the style that properties name, empty if they name none."""
    found = None if marks is None else marks.find(qn(tag))
    return "" if found is None else _value(found)
