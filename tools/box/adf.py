"""Atlassian Document Format, in which Jira keeps text: plain text into it, and its words out of it.

developer.atlassian.com/cloud/jira/platform/apis/document/structure
"""

from __future__ import annotations

from typing import Final

from tools.call import Json
from tools.far_answer import words_at

_BREAKS: Final = frozenset(
    {"blockquote", "codeBlock", "heading", "listItem", "paragraph", "panel", "rule", "tableRow"}
)
_NAMED: Final = {"mention": "text", "emoji": "text", "date": "timestamp", "status": "text"}


def document_of(text: str) -> Json:
    """Return plain text as a document: a paragraph a line, and nothing in it a mark-up."""
    paragraphs: list[Json] = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}
        for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def text_of(document: Json) -> str:
    """Return the words of a document, a block a line. Pictures and addresses are left out."""
    said: list[str] = []
    left: list[Json | None] = [document]
    while left:
        node = left.pop()
        if not isinstance(node, dict):
            continue
        kind = words_at(node, "type")
        if kind == "text":
            said.append(words_at(node, "text"))
        elif kind in _NAMED:
            said.append(words_at(node, "attrs", _NAMED[kind]))
        elif kind == "hardBreak" or (kind in _BREAKS and said):
            said.append("\n")
        inner = node.get("content")
        if isinstance(inner, list):
            left += reversed(inner)
    lines = "".join(said).split("\n")
    return "\n".join(line for line in map(str.strip, lines) if line)
