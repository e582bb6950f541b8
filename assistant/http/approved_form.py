"""The form in which a reviewer writes an answer: sources numbered, sentences that name numbers.

A sentence rests on `2.3`, the third sentence of the second source, or on `2:140-210`, characters
of the text that the second source is from. Numbers mean what the page that was sent had them mean:
its passages come back with the form, and are read again with the rights of who sends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from assistant.http.administering import chosen, entered
from assistant.http.errors import BadInput
from assistant.http.forms import Form
from assistant.http.review_shapes import instead_of
from assistant.http.shapes import source_link
from assistant.review.answering import MOST_SENTENCES, Checked, Pick, Written
from assistant.review.publishing import Wanted
from retrieval.approved.approved import Content
from retrieval.documents import Passage, Status, now
from retrieval.plain import plain

MOST_SOURCES: Final = 40
_USUAL_DAYS: Final = 365
_FEWEST_ROWS: Final = 3
_NUMBERED: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,3})|:(\d{1,12})-(\d{1,12}))")
_APART: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a source, with the number by which it is cited."""

    number: str
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A passage to write from. `start` is where it begins in its document's text.

    `status` is how its version stands today, and `instead` the number of the version that counts
    today where that is another.
    """

    number: int
    passage: int
    document: str
    version: int
    status: Status
    is_in_force: bool
    instead: int | None
    title: str
    page: int | None
    start: int
    link: str
    sentences: tuple[Sentence, ...]


@dataclass(slots=True)
class Row:
    """A sentence as it is being written; `faults` are what the check said, if it was asked."""

    text: str = ""
    cites: str = ""
    by_hand: bool = False
    is_checked: bool = False
    is_carried: bool = False
    faults: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Draft:
    """The form as it stands."""

    question: str = ""
    rows: list[Row] = field(default_factory=list)
    readers: str = "everyone"
    owner: str = ""
    review_by: str = ""
    language: str = "en"
    find: str = ""

    def padded(self) -> Draft:
        """Return it with a row to go on writing in."""
        while len(self.rows) < _FEWEST_ROWS or self.rows[-1].text:
            if len(self.rows) >= MOST_SENTENCES:
                break
            self.rows.append(Row())
        return self


def fresh(question: str, owner: str) -> Draft:
    """Return the form as it begins."""
    due = datetime.now(UTC).date() + timedelta(_USUAL_DAYS)
    return Draft(plain(question), [], "everyone", owner, due.isoformat()).padded()


def of_content(content: Content, passages: Sequence[Passage]) -> Draft:
    """Return the form filled with what was published, its sources numbered as `passages` are."""
    numbers = {each.id: number for number, each in enumerate(passages, 1)}
    rows = [
        Row(
            each.text,
            ", ".join(
                f"{numbers[place.passage_id]}:{place.start}-{place.end}"
                for place in each.cites
                if place.passage_id in numbers
            ),
            each.by_hand,
        )
        for each in content.sentences
    ]
    readers = "\n".join(sorted(content.readers))
    due = content.review_by.isoformat()
    return Draft(content.question, rows, readers, content.owner, due, content.language).padded()


def sent(fields: Form) -> Draft:
    """Return the form as it was sent."""
    rows = [
        Row(entered(fields, f"text_{at}"), entered(fields, f"cites_{at}"), f"hand_{at}" in fields)
        for at in range(1, MOST_SENTENCES + 1)
        if f"text_{at}" in fields
    ]
    return Draft(
        entered(fields, "question"),
        rows,
        entered(fields, "readers"),
        entered(fields, "owner"),
        chosen(fields, "review_by"),
        entered(fields, "language") or "en",
        entered(fields, "find"),
    ).padded()


def passages_of(fields: Form) -> list[int]:
    """Return the ids of the passages that the page had, in the order of their numbers."""
    ids = [int(each) for each in chosen(fields, "passages").split(",") if each.isdecimal()]
    return [each for each in dict.fromkeys(ids) if each < 2**62][:MOST_SOURCES]


def sources_of(passages: Sequence[Passage], counting: Mapping[str, int]) -> list[Source]:
    """Return passages as they are shown, numbered from 1, each sentence with its number.

    `counting` are the numbers of the versions that count today, by document.
    """
    return [_source(number, each, counting) for number, each in enumerate(passages, 1)]


def written(draft: Draft, passages: Mapping[int, Passage]) -> list[tuple[Row, Written]]:
    """Return the sentences that were begun, each with the words its numbers mean.

    `passages` are by number, without those that are not theirs to read.

    Raises:
        BadInput: a number means nothing.
    """
    begun = [each for each in draft.rows if each.text or each.cites]
    return [
        (row, Written(row.text, tuple(_picks(at, row, passages)), row.by_hand))
        for at, row in enumerate(begun, 1)
    ]


def judged(rows: Iterable[Row], checked: Iterable[Checked], said: Mapping[str, str]) -> None:
    """Put what the check said beside each sentence; `said` has words for kinds of faults."""
    for row, each in zip(rows, checked, strict=True):
        row.is_checked, row.is_carried = True, each.is_carried
        row.faults = [(said.get(flaw.kind, flaw.kind), plain(flaw.piece)) for flaw in each.flaws]


def wanted(draft: Draft, sentences: Sequence[Written]) -> Wanted:
    """Return what is to be published, or raise `BadInput`."""
    try:
        due = date.fromisoformat(draft.review_by)
    except ValueError:
        raise BadInput(
            "a review-by date", "another text", "Choose when somebody should look at it again."
        ) from None
    readers = [each for each in _APART.split(draft.readers) if each]
    return Wanted(
        draft.question, tuple(sentences), tuple(readers), draft.owner, due, draft.language
    )


def _source(number: int, passage: Passage, counting: Mapping[str, int]) -> Source:
    version, instant = passage.version, now()
    begins = passage.start
    sentences = [
        Sentence(
            f"{number}.{at}", span.start, passage.text[span.start - begins : span.end - begins]
        )
        for at, span in enumerate(passage.sentences, 1)
    ]
    return Source(
        number,
        passage.id,
        version.document_id,
        version.number,
        version.status_at(instant),
        version.in_force.covers(instant),
        instead_of(version, counting),
        plain(version.title),
        passage.page,
        passage.start,
        source_link(version.document_id, version.number, passage.start, passage.end),
        tuple(sentences),
    )


def _picks(at: int, row: Row, passages: Mapping[int, Passage]) -> Iterable[Pick]:
    for word in filter(None, _APART.split(row.cites)):
        found = _NUMBERED.fullmatch(word)
        passage = passages.get(int(found[1])) if found else None
        span = _span(found, passage) if found and passage else None
        if passage is None or span is None:
            raise BadInput(
                f"sentence {at} to rest on numbers of the sources beside it, such as 1.2",
                plain(word[:40]),
                "Choose the words again.",
            )
        version = passage.version
        yield Pick(version.document_id, version.number, *span)


def _span(found: re.Match[str], passage: Passage) -> tuple[int, int] | None:
    if found[2] is None:
        return int(found[3]), int(found[4])
    place = int(found[2]) - 1
    if not 0 <= place < len(passage.sentences):
        return None
    span = passage.sentences[place]
    return span.start, span.end
