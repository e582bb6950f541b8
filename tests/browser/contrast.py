"""How much two colours differ in light, as WCAG 2.2 counts it."""

from __future__ import annotations

import re

from playwright.sync_api import Page

_TOKENS = """names => {
  const of = document.createElement("i");
  document.body.append(of);
  const found = names.map(name => {
    of.style.setProperty("color", `var(${name})`);
    return getComputedStyle(of).color;
  });
  of.remove();
  return found;
}"""


def colours(page: Page, names: list[str]) -> dict[str, tuple[int, int, int]]:
    """Return what the tokens of these names are on the page as it is shown."""
    told = page.evaluate(_TOKENS, names)
    return dict(zip(names, map(_parts, told), strict=True))


def ratio(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Return the contrast ratio of two colours: 1 for the same, 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (_linear(each / 255) for each in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(told: str) -> tuple[int, int, int]:
    red, green, blue = map(int, re.findall(r"\d+", told)[:3])
    return red, green, blue
