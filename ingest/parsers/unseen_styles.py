"""The style sheets that an HTML page brings along, as far as they can hide something.

Of selectors, tags, classes and ids are understood, alone or one within another; rules with any
other are passed over, and so is what holds only under a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Style = Mapping[str, str]
"""What is declared, by property, in small letters."""

_MOST_CHARACTERS: Final = 200_000
_MOST_RULES: Final = 4_000
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BLOCK: Final = re.compile(r"([^{}]*)([{}])")
_ALWAYS: Final = re.compile(r"@(?:media\s+(?:only\s+)?(?:screen|all)\s*$|layer\b|supports\b)")
_COMPOUND: Final = re.compile(r"([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_DECLARATION: Final = re.compile(r"([a-z-]+)\s*:\s*([^;]{1,300})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Compound:
    """One step of a selector: what an element must be and have."""

    tag: str
    ids: frozenset[str]
    classes: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Compound | None:
        found = _COMPOUND.fullmatch(text)
        if not found or not text:
            return None
        marks = re.findall(r"([.#])([\w-]+)", found[2])
        return cls(
            (found[1] or "*").lower(),
            frozenset(name for mark, name in marks if mark == "#"),
            frozenset(name for mark, name in marks if mark == "."),
        )

    @property
    def key(self) -> str:
        """Return by what it is looked up: its rarest demand."""
        return next((f"#{each}" for each in sorted(self.ids)), "") or next(
            (f".{each}" for each in sorted(self.classes)), self.tag
        )

    def fits(self, element: Any) -> bool:
        """Return whether an element is such."""
        if self.tag not in ("*", element.tag):
            return False
        has = frozenset(element.get("class", "").split())
        return self.classes <= has and self.ids <= {element.get("id", "")}


@dataclass(frozen=True, slots=True)
class _Rule:
    steps: tuple[_Compound, ...]
    weight: tuple[int, int, int, int]
    style: Style

    def fits(self, element: Any) -> bool:
        """Return whether an element is such as the last step asks, within such as the others."""
        if not self.steps[-1].fits(element):
            return False
        above = element.iterancestors()
        return all(any(each.fits(one) for one in above) for each in reversed(self.steps[:-1]))


@dataclass(slots=True)
class Sheet:
    """All rules of a page, looked up by what an element is; `has_others`: some lie elsewhere."""

    has_others: bool = False
    _rules: dict[str, list[_Rule]] = field(default_factory=dict)

    @classmethod
    def of_page(cls, tree: Any) -> Sheet:
        """Return the rules in the style elements of a page."""
        texts = "\n".join(each.text or "" for each in tree.iter("style"))[:_MOST_CHARACTERS]
        links = (each.get("rel", "").lower() for each in tree.iter("link"))
        sheet = cls("@import" in texts or any("stylesheet" in each for each in links))
        for at, rule in enumerate(_rules(texts)):
            if at >= _MOST_RULES:
                break
            sheet._rules.setdefault(rule.steps[-1].key, []).append(rule)
        return sheet

    def of(self, element: Any) -> Style:
        """Return what the rules say of an element, the weightiest rule winning."""
        if not self._rules:
            return {}
        names = [f".{each}" for each in element.get("class", "").split()]
        keys = ["*", element.tag, *names, f"#{element.get('id', '')}"]
        fitting = [rule for key in keys for rule in self._rules.get(key, ()) if rule.fits(element)]
        style: dict[str, str] = {}
        for rule in sorted(fitting, key=lambda rule: rule.weight):
            style |= rule.style
        return style


def declared(text: str) -> dict[str, str]:
    """Return what a style attribute or the body of a rule declares."""
    return {
        found[1].lower(): found[2].lower().replace("!important", "").strip()
        for found in _DECLARATION.finditer(_COMMENT.sub(" ", text[:4_000]))
    }


def _rules(text: str) -> Iterator[_Rule]:
    order = 0
    for selectors, body in _bodies(_COMMENT.sub(" ", text)):
        style = declared(body)
        for selector in selectors.split(",")[:50] if style else ():
            steps = [_Compound.of(each) for each in re.split(r"\s*>\s*|\s+", selector.strip())]
            known = tuple(each for each in steps if each is not None)
            if not known or len(known) < len(steps):
                continue
            order += 1
            ids, classes = sum(len(s.ids) for s in known), sum(len(s.classes) for s in known)
            tags = sum(each.tag != "*" for each in known)
            yield _Rule(known, (ids, classes, tags, order), style)


def _bodies(text: str) -> Iterator[tuple[str, str]]:
    """Yield selectors and bodies of the rules that hold always."""
    above: list[str] = []
    for found in _BLOCK.finditer(text):
        before = found[1].rpartition(";")[2].strip() if found[2] == "{" else found[1]
        if found[2] == "{":
            above.append(before)
            continue
        if above:
            selectors = above.pop()
            if not selectors.startswith("@") and all(_ALWAYS.match(each) for each in above):
                yield selectors, before
