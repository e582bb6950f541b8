"""An answer as one text in Markdown, as OpenAI's clients show it, and what it is sent in.

A sentence is followed by marks, `[1][2]`; each mark has a footnote at the end: title, status, page,
the exact words unless the sentence is those words, and our own link, the only kind there is. Titles
and words are untrusted: `harmless` makes them text. Tokens are not counted, so usage is zeros.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from assistant.answers import (
    Asking,
    Citation,
    Notice,
    Opening,
    Refusal,
    RefusalReason,
    Sentence,
    Source,
)
from assistant.answers import Told as Piece
from assistant.http.approved_named import ApprovedOut, shown_approved
from assistant.http.confirmation_shapes import WHERE, confirmation_link
from assistant.http.markdown import harmless
from assistant.http.openai_asked import MODEL
from assistant.http.shapes import CitationOut, shown_citation, source_link
from retrieval.plain import plain

_NEAREST = "Nearest sources:"
_UNTITLED = "Untitled"


class UrlCitationOut(BaseModel):
    """Where in the content a footnote's mark stands, in characters, and where its words are."""

    url: str
    title: str
    start_index: int
    end_index: int


class AnnotationOut(BaseModel):
    """A citation; `pincite` has the exact words and their place in the stored text."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationOut
    pincite: CitationOut


class AboutOut(BaseModel):
    """How the reply came about: an answer in quotes, by a model or approved, or a refusal and why.

    A confirmation waits for a word, and there is no answer.
    """

    outcome: Literal["answer", "refusal", "confirmation"]
    mode: str = ""
    model: str = ""
    reason: RefusalReason | None = None
    approved: ApprovedOut | None = None


class MessageOut(BaseModel):
    """The reply."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[AnnotationOut]
    pincite: AboutOut


class ChoiceOut(BaseModel):
    """The only choice."""

    index: Literal[0] = 0
    message: MessageOut
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class UsageOut(BaseModel):
    """Zeros: tokens are not counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class CompletionOut(BaseModel):
    """A whole reply. By its id it can be stopped, at `/api/answers/ID/stop`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[ChoiceOut]
    usage: UsageOut = UsageOut()


@dataclass(frozen=True, slots=True)
class Chunks:
    """What a stream is sent in: events that share an id; `has_usage` says that usage is told."""

    id: str
    created: int
    has_usage: bool

    def event(self, delta: dict[str, Any], finish_reason: str | None = None) -> str:
        """Return what is added to the reply as an event."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._sent([choice], None)

    def usage(self) -> str:
        """Return the event that tells the usage."""
        return self._sent([], UsageOut().model_dump())

    def _sent(self, choices: list[dict[str, Any]], usage: dict[str, int] | None) -> str:
        chunk: dict[str, Any] = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": choices,
        }
        return data(chunk | ({"usage": usage} if self.has_usage else {}))


DONE = "data: [DONE]\n\n"
"""What ends a stream that is whole."""


def data(value: Any) -> str:
    """Return a nameless event; JSON keeps line breaks escaped, so the data is one line."""
    return f"data: {json.dumps(value)}\n\n"


@dataclass(slots=True)
class Written:
    """The text as far as it is told, and the citations in it. Links begin with `address`."""

    address: str
    text: str = ""
    annotations: list[AnnotationOut] = field(default_factory=list)
    about: AboutOut = field(default_factory=lambda: AboutOut(outcome="answer"))
    _sources: dict[int, Source] = field(default_factory=dict)
    _numbers: dict[Citation, int] = field(default_factory=dict)
    _footnotes: list[str] = field(default_factory=list)
    _is_in_paragraph: bool = False

    def take(self, piece: Piece) -> str:
        """Add a piece of the reply; return what it adds to the text."""
        match piece:
            case Asking():
                return self._asking(piece)
            case Opening():
                self.about = AboutOut(
                    outcome="answer",
                    mode=piece.mode,
                    model=plain(piece.model),
                    approved=shown_approved(piece.approved),
                )
                self._sources = {each.number: each for each in piece.sources}
                return self._add(f"{harmless(piece.lead)}:") if piece.lead else ""
            case Source():
                self._sources[piece.number] = piece
                return ""
            case Notice():
                return self._add(f"({harmless(piece.text)})")
            case Sentence():
                return self._sentence(piece)
            case Refusal():
                return self._refusal(piece)

    def end(self) -> str:
        """Add the footnotes; return what they add to the text."""
        return "".join([self._add(each) for each in self._footnotes])

    def message(self) -> MessageOut:
        """Return the reply as it is sent at once."""
        return MessageOut(content=self.text, annotations=self.annotations, pincite=self.about)

    def _sentence(self, sentence: Sentence) -> str:
        """Add a sentence: to the paragraph if a model wrote it, else as a quote of its own."""
        added = self._add(harmless(sentence.text), " " if self._is_in_paragraph else "\n\n")
        self._is_in_paragraph = self.about.mode != "quotes"
        marks = ""
        for each in dict.fromkeys(sentence.citations):
            mark = f"[{self._numbered(each, sentence)}]"
            at = len(self.text) + len(" " + marks)
            self.annotations.append(self._annotation(each, at, at + len(mark)))
            marks += mark
        if marks:
            self.text += f" {marks}"
        return f"{added} {marks}" if marks else added

    def _numbered(self, citation: Citation, sentence: Sentence) -> int:
        """Return the number of a citation's footnote, which is written when it is first cited."""
        if citation not in self._numbers:
            number = self._numbers[citation] = len(self._numbers) + 1
            source = self._sources[citation.source]
            page = "" if citation.page is None else f", p. {citation.page}"
            page += f', under "{harmless(citation.head)}"' if citation.head else ""
            words = "" if citation.words == sentence.text else f': "{harmless(citation.words)}"'
            link = f"<{self.address}{self._shown(citation).link}>"
            self._footnotes.append(f"[{number}] {_named(source)}{page}{words} {link}")
        return self._numbers[citation]

    def _annotation(self, citation: Citation, start: int, end: int) -> AnnotationOut:
        shown = self._shown(citation)
        title = _title(self._sources[citation.source])
        place = UrlCitationOut(
            url=self.address + shown.link, title=title, start_index=start, end_index=end
        )
        return AnnotationOut(url_citation=place, pincite=shown)

    def _shown(self, citation: Citation) -> CitationOut:
        return shown_citation(citation, self._sources[citation.source].version)

    def _asking(self, asking: Asking) -> str:
        """Add a sentence of ours: what waits is shown where it is confirmed, not in a chat."""
        self.about = AboutOut(outcome="confirmation")
        link = confirmation_link(asking.confirmation.id)
        return self._add(f"{WHERE} <{self.address}{link}>")

    def _refusal(self, refusal: Refusal) -> str:
        """Add why nothing, or nothing more, is said; of a stopped answer nothing is cited."""
        self.about = AboutOut(outcome="refusal", reason=refusal.reason)
        self.annotations, self._footnotes = [], []
        listed = [_NEAREST] if refusal.nearest else []
        nearest = "\n".join(f"- {self._linked(each)}" for each in refusal.nearest)
        paragraphs = [harmless(refusal.text), *listed, *([nearest] if nearest else [])]
        return "".join([self._add(each) for each in paragraphs])

    def _linked(self, source: Source) -> str:
        link = source_link(source.version.document_id, source.version.number)
        return f"{_named(source)} <{self.address}{link}>"

    def _add(self, text: str, between: str = "\n\n") -> str:
        added = (between if self.text else "") + text
        self.text += added
        self._is_in_paragraph = False
        return added


def _title(source: Source) -> str:
    return " ".join(plain(source.version.title).split()) or _UNTITLED


def _named(source: Source) -> str:
    return f"{harmless(_title(source))}, {source.status}"
