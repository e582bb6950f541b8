"""What is shown in Slack: blocks that no parser of mark-up ever reads.

Foreign words are `text` elements of rich text, which Slack shows as they are; links are elements
of their own and lead to our own address alone; the line that notifications show is ours. What is
ours is said in the language that is spoken (`wording.py`), what is foreign never is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.wording import say
from retrieval.plain import plain

Element = Mapping[str, object]
Part = Mapping[str, object]
Block = Mapping[str, object]

MOST_BLOCKS: Final = 50
MOST_IN_ACTIONS: Final = 25
LONGEST_VALUE: Final = 2000
LONGEST_LABEL: Final = 75
OPEN: Final = "pincite_open"
"""The action of a button that opens a page: that it was pressed asks nothing of us."""
_LONGEST_TEXT: Final = 3000
_FILES: Final = "pdf|docx?|xlsx?|pptx?|html?|txt|csv|eml|msg|jsonl?|ya?ml|xml|png|jpe?g"
_SCHEME: Final = re.compile(r":(?=//|\\\\)")
_OPAQUE: Final = re.compile(
    r"\b(mailto|tel|sms|data|javascript|vbscript|slack|file|about|blob):(?=\S)", re.IGNORECASE
)
_DOT: Final = re.compile(
    rf"(?<=[^\W_])[.\u3002\uff0e\uff61\u2024](?=(?!(?:{_FILES})\b)[^\W\d_][^\W_]+)", re.IGNORECASE
)
_NUMBERED: Final = re.compile(r"\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.(?=\d{1,3}\b)")


@dataclass(frozen=True, slots=True)
class Shown:
    """One message: `text` is what notifications and screen readers say, and is ours alone."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `value` comes back to us; `style` is "", "primary" or "danger".

    One with a `url` opens a page of ours instead: `opening` makes it.
    """

    action: str
    value: str
    label: str
    style: str = ""
    url: str = ""


def defanged(text: str) -> str:
    """Return the text with addresses that no client makes into links: `evil[.]example`.

    It stays readable and shows where it was changed; the exact words are where our link leads.
    """
    text = _OPAQUE.sub(r"\1[:]", _SCHEME.sub("[:]", plain(text)))
    return _NUMBERED.sub(r"\1[.]", _DOT.sub("[.]", text))


def words(text: str, *, bold: bool = False, italic: bool = False) -> Element:
    """Return foreign words as they are, cleaned, with no address in them that could be pressed."""
    return _element(defanged(text), bold=bold, italic=italic)


def own(text: str, *, bold: bool = False, italic: bool = False) -> Element:
    """Return words of ours."""
    return _element(say(text), bold=bold, italic=italic)


def named(text: str, *, bold: bool = False) -> Element:
    """Return a name to the letter."""
    return _element(text, bold=bold)


def _element(text: str, *, bold: bool = False, italic: bool = False) -> Element:
    style = {name: True for name, is_so in (("bold", bold), ("italic", italic)) if is_so}
    element = {"type": "text", "text": text or " "}
    return {**element, "style": style} if style else element


def link(base: str, path: str, label: str) -> Element:
    """Return a link to a path of ours; `base` is our address without a path.

    Raises:
        ValueError: the path could lead elsewhere.
    """
    if not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        raise ValueError("Expected a path of ours that begins with one slash.")
    return {"type": "link", "url": f"{base.rstrip('/')}{path}", "text": defanged(label) or " "}


def opening(base: str, path: str, label: str) -> Button:
    """Return a button that opens a path of ours in the web page, as `link` does."""
    return Button(OPEN, "", label, url=str(link(base, path, label)["url"]))


def section(*elements: Element) -> Part:
    """Return a paragraph."""
    return {"type": "rich_text_section", "elements": list(elements)}


def quote(*elements: Element) -> Part:
    """Return a paragraph that is marked as somebody else's words."""
    return {"type": "rich_text_quote", "elements": list(elements)}


def exact(text: str) -> Part:
    """Return a value to the letter: preformatted, neither cleaned nor cut."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text or " "}]}


def rich(*parts: Part) -> Block:
    """Return a block of paragraphs."""
    return {"type": "rich_text", "elements": list(parts)}


def actions(buttons: Sequence[Button]) -> Block:
    """Return a row of buttons; their labels are ours.

    Raises:
        ValueError: Slack would refuse it: too many, a label or a value too long, one name twice.
    """
    names = {each.action for each in buttons}
    if not 0 < len(buttons) <= MOST_IN_ACTIONS or len(names) != len(buttons):
        raise ValueError(f"Expected 1 to {MOST_IN_ACTIONS} buttons of different actions.")
    return {"type": "actions", "elements": [_pressed(each) for each in buttons]}


def told(text: str, *more: Block) -> Shown:
    """Return a message of ours: one sentence or a few, without a foreign word."""
    return Shown(say(text), (rich(section(own(text))), *more))


def long_text(text: str) -> Iterable[Element]:
    """Yield foreign words in elements that are not too long for Slack."""
    clean = defanged(text)
    for at in range(0, len(clean) or 1, _LONGEST_TEXT):
        yield _element(clean[at : at + _LONGEST_TEXT])


def _pressed(button: Button) -> Element:
    label = say(button.label)
    if len(label) > LONGEST_LABEL or len(button.value) > LONGEST_VALUE:
        raise ValueError("Expected a label and a value that Slack takes.")
    styled = {"style": button.style} if button.style else {}
    leads = {"url": button.url} if button.url else {"value": button.value}
    return {
        "type": "button",
        "action_id": button.action,
        "text": {"type": "plain_text", "text": label, "emoji": False},
        **leads,
        **styled,
    }
