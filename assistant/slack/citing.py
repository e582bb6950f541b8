"""The words that an answer rests on, as a list: each exactly as it stands in its document."""

from __future__ import annotations

from typing import Final

from assistant.answers import Answer, Citation
from assistant.http.shapes import source_link
from assistant.slack.blocks import MORE, PAGE, Footnotes
from assistant.slack.shown import Part, Shown, link, long_text, own, quote, rich, section
from assistant.wording import say

CITED: Final = "These are the words that the answer rests on."
MOST_CHARACTERS: Final = 8000
"""Of cited words in one message; the rest is in the web page."""


def cited_shown(answer: Answer, base: str) -> Shown:
    """Return the cited words, each once, under a link to where they stand."""
    versions = {each.number: each.version for each in answer.sources}
    cited = [each for sentence in answer.sentences for each in sentence.citations]
    parts, characters, left = list[Part](), 0, 0
    for each in dict.fromkeys(cited):
        characters += len(each.words) + len(versions[each.source].title) + 10
        if parts and characters > MOST_CHARACTERS:
            left += 1
            continue
        version = versions[each.source]
        where = source_link(version.document_id, version.number, each.start, each.end)
        parts += [
            section(link(base, where, version.title), own(_page(each))),
            quote(*long_text(each.words)),
        ]
    if left:
        parts.append(section(own(say(MORE, left=left))))
    return Shown(CITED, (rich(section(own(CITED)), *parts),))


def footnotes_of(answer: Answer) -> Footnotes:
    """Return a footnote for each page that an answer cites."""
    sources = {each.number: each for each in answer.sources}
    notes = Footnotes()
    for sentence in answer.sentences:
        for each in sentence.citations:
            notes.of(each, sources[each.source])
    return notes


def _page(cited: Citation) -> str:
    return say(PAGE, page=cited.page) if cited.page else ""
