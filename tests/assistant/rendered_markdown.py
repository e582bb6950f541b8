"""What a reader sees of Markdown: its words, the links in it, and whatever else it became."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_LOOKS_LIKE_AN_ADDRESS = re.compile(
    r"(?:https?|ftp)://|(?<!:)//\S|www\.|[\w.+-]@[\w-]|[\w-]\.(?:[a-z]{2})",
    re.IGNORECASE,
)
_ENDS_A_LINK = re.compile(r"(?<!\\)(?:\\\\)*\]\(")
_HARMLESS = {
    "paragraph_open",
    "paragraph_close",
    "bullet_list_open",
    "bullet_list_close",
    "list_item_open",
    "list_item_close",
    "inline",
    "text",
    "text_special",
    "code_inline",
    "link_open",
    "link_close",
    "softbreak",
}


@dataclass
class Rendered:
    """`bare` is what a renderer may take for an address, or a careless one for a link's end."""

    words: str = ""
    links: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)


def rendered(markdown: str) -> Rendered:
    """Return what becomes of Markdown in a renderer."""
    seen = Rendered(bare=_ENDS_A_LINK.findall(markdown))
    tokens = list(_flat(_PARSER.parse(markdown)))
    seen.others = {each.type for each in tokens} - _HARMLESS
    depth = 0
    for is_text, run in groupby(tokens, lambda each: each.type in ("text", "text_special")):
        if is_text:
            said = "".join(each.content for each in run)
            seen.words += said
            if not depth:
                seen.bare += _LOOKS_LIKE_AN_ADDRESS.findall(said)
            continue
        for each in run:
            if each.type == "link_open":
                depth += 1
                seen.links.append(str(each.attrs["href"]))
            depth -= each.type == "link_close"
            seen.words += each.content if each.type == "code_inline" else ""
    return seen


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for each in tokens:
        yield each
        yield from _flat(each.children or [])
