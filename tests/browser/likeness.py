"""Whether a page still looks as it was approved: its light and shade in small squares.

Letters are too fine to count, so another font or renderer changes little; a style that is missing,
a panel that is gone or a theme that is wrong changes much. `PICTURES=write` keeps what is
seen, made small, as what is approved; look at it before, in `screenshots/`.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageFilter
from playwright.sync_api import Page

from tests.browser.conftest import SCREENSHOTS

APPROVED = Path(__file__).parent / "approved"
ACROSS = 24
_KEPT_ACROSS = 360
SEEN = 6
MOST_CHANGED = 0.1
"""Squares across a picture; the levels of 255 that the eye sees; the share that may differ."""


def assert_alike(page: Page, name: str) -> None:
    """Fail if the page in its window does not look like the approved picture of this name."""
    approved, seen = APPROVED / f"{name}.png", SCREENSHOTS / f"{name}.png"
    SCREENSHOTS.mkdir(exist_ok=True)
    taken = page.screenshot()
    seen.write_bytes(taken)
    if os.environ.get("PICTURES") == "write":
        _keep(taken, approved)
    share = changed(taken, approved) if approved.exists() else 1.0
    assert share <= MOST_CHANGED, (
        f"{share:.0%} of {name} looks otherwise than approved: look at {seen}, then mend the page, "
        "or keep the new look with PICTURES=write."
    )


def _keep(taken: bytes, approved: Path) -> None:
    approved.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(taken)) as image:
        size = (_KEPT_ACROSS, round(_KEPT_ACROSS * image.height / image.width))
        small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        small.quantize(64).save(approved, optimize=True)


def changed(taken: bytes, stored: Path) -> float:
    """Return the share of squares that look otherwise, 0 to 1."""
    with Image.open(io.BytesIO(taken)) as one, Image.open(stored) as other:
        if abs(one.width / one.height - other.width / other.height) > 0.02:
            return 1.0
        high = max(1, round(ACROSS * other.height / other.width))
        pairs = zip(_squares(one, high), _squares(other, high), strict=True)
        far = [max(abs(a - b) for a, b in zip(*pair, strict=True)) > SEEN for pair in pairs]
    return sum(far) / len(far)


def _squares(image: Image.Image, high: int) -> list[tuple[int, ...]]:
    small = image.convert("RGB").resize((ACROSS, high), Image.Resampling.BOX)
    raw = small.filter(ImageFilter.BoxBlur(1)).tobytes()
    return [tuple(raw[at : at + 3]) for at in range(0, len(raw), 3)]
