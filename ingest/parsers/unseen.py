"""Text that a file holds and its reader does not see: what counts as such, and what is said of it.

Hidden, tiny, or in the colour of the page: so instructions are planted that a machine reads and
nobody else. Such text is left out, and that it was there is said. HTML is looked at in
`unseen_html`, Word files in `unseen_word`, PDF in `retrieval/pdf_unseen.py`.
"""

from __future__ import annotations

import re
from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

WHITE: Final[Colour] = (255, 255, 255)
TINY_POINTS: Final = 2.0
"""What is set no larger than this is not read by anybody."""

_LEAST_CONTRAST: Final = 1.2
_HEX: Final = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})(?![0-9a-z])")
_RGB: Final = re.compile(r"rgba?\(\s*([\d.]+%?)[\s,]+([\d.]+%?)[\s,]+([\d.]+%?)")
_NAMED: Final = {
    "white": WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
    "floralwhite": (255, 250, 240),
    "azure": (240, 255, 255),
    "mintcream": (245, 255, 250),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "lime": (0, 255, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "yellow": (255, 255, 0),
    "orange": (255, 165, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
}  # fmt: skip


def colour_of(text: str) -> Colour | None:
    """Return the first colour that a style names, None for one that is not known."""
    lowered = text.lower()
    if found := _HEX.search(lowered):
        return hex_colour(found[1])
    if found := _RGB.search(lowered):
        red, green, blue = (_part(each) for each in found.groups())
        return red, green, blue
    return next((_NAMED[word] for word in re.findall(r"[a-z]+", lowered) if word in _NAMED), None)


def hex_colour(digits: str) -> Colour | None:
    """Return the colour of three, four, six or eight hexadecimal digits."""
    if len(digits) in (3, 4):
        digits = "".join(each * 2 for each in digits)
    try:
        red, green, blue = bytes.fromhex(digits[:6])
    except ValueError:
        return None
    return red, green, blue


def is_lost_on(text: Colour | None, ground: Colour | None) -> bool:
    """Return whether text of a colour cannot be told from its ground; what is unknown can.

    Contrast is that of WCAG 2.2, 1 to 21; what is meant to be read has at least 3.
    """
    if text is None or ground is None:
        return False
    low, high = sorted((_luminance(text), _luminance(ground)))
    return (high + 0.05) / (low + 0.05) < _LEAST_CONTRAST


def letters_in(text: str | None) -> int:
    """Return how many characters a text has, blanks left out."""
    return len("".join((text or "").split()))


def problems_of(letters: int) -> tuple[str, ...]:
    """Return what is said of a file in which so many unseen characters stood."""
    if not letters:
        return ()
    return (
        f"{letters:,} characters that no reader of it sees (hidden, tiny or in the colour of the "
        "page) were left out; look into the file before you trust it",
    )


def _part(text: str) -> int:
    value = float(text.rstrip("%")) * (2.55 if text.endswith("%") else 1)
    return round(min(max(value, 0), 255))


def _luminance(colour: Colour) -> float:
    parts = [each / 255 for each in colour]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
