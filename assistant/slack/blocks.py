"""An answer as blocks for Slack: sentences with numbers, and a footnote for each.

A number leads to the exact words in the web page, a footnote names their document, page and date.
Nothing here decides what may be shown: it is given what passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from assistant.answers import Answer, Citation, Refusal, Sentence, Source
from assistant.http.confirmation_shapes import confirmation_link, whence_of
from assistant.http.shapes import source_link
from assistant.slack.shown import (
    Block,
    Button,
    Element,
    Part,
    Shown,
    actions,
    exact,
    link,
    long_text,
    named,
    own,
    quote,
    rich,
    section,
    words,
)
from assistant.wording import say
from retrieval.documents import Status, Version, now
from tools.confirmation import Confirmation
from tools.showing import YOURSELF

MOST_CHARACTERS: Final = 6000
"""Of sentences in one message; the rest is a button away."""
MOST_FOOTNOTES: Final = 20
MOST_ARGUMENT: Final = 2500
"""Of an argument to the letter: a longer call is confirmed in the web page, where it fits."""
ANSWERED: Final = "Pincite answered."
REFUSED: Final = "Pincite does not answer this."
WAITS: Final = "Pincite waits for your word."
_QUOTES: Final = "quotes"
_MODEL: Final = "model"
PAGE: Final = ", page {page}"
MORE: Final = "and {left} more places, shown in the web page."
_YES: Final = {
    True: "Not done until you confirm; lapses at {until}. ",
    False: "Not done until it is confirmed; lapses at {until}. ",
}
_SINCE: Final = ", in force from {day}"
_UNTIL: Final = ", until {day}"
_OVERDUE: Final = ", review overdue since {day}"
_WRITTEN: Final = "Written by a language model, {model}; each sentence was checked."


@dataclass(frozen=True, slots=True)
class Footnote:
    """Where words stand: a page of a numbered source, and the first words of it that are cited."""

    number: int
    source: Source
    citation: Citation


class Footnotes:
    """Numbers the pages that an answer cites, in the order in which it does."""

    def __init__(self) -> None:
        self._by_page: dict[tuple[int, int | None], Footnote] = {}

    def __iter__(self) -> Iterator[Footnote]:
        return iter(self._by_page.values())

    def of(self, citation: Citation, source: Source) -> Footnote:
        """Return the footnote of a citation, a new one if its page has none."""
        page = (citation.source, citation.page)
        fresh = Footnote(len(self._by_page) + 1, source, citation)
        return self._by_page.setdefault(page, fresh)

    def only(self, cited: Iterable[Citation]) -> list[Footnote]:
        """Return the footnotes of these citations, in order."""
        pages = {(each.source, each.page) for each in cited}
        return [note for page, note in self._by_page.items() if page in pages]


def answer_shown(
    answer: Answer,
    *,
    base: str,
    after: int = 0,
    buttons: Sequence[Button] = (),
    above: str = "",
) -> Shown:
    """Return an answer from its sentence `after` on, as many as `that_fit`.

    `base` is our web address, `above` a line of ours that stands first.
    """
    until = after + that_fit(answer.sentences[after:])
    sources = {each.number: each for each in answer.sources}
    notes = Footnotes()
    said = sentence_parts(answer.sentences[:until], sources, answer.mode, notes, base)[after:]
    cited = [each for sentence in answer.sentences[after:until] for each in sentence.citations]
    lead = [section(words(say(answer.lead), italic=True))] if answer.lead and not after else []
    told = [section(words(say(each), italic=True)) for each in answer.notices if not after]
    first = [section(own(above))] if above else []
    blocks = [
        rich(*first, *lead, *said),
        *footnote_blocks(notes.only(cited), base),
        *_by(answer, told),
    ]
    return Shown(ANSWERED, (*blocks, *([actions(buttons)] if buttons else [])))


def that_fit(sentences: Sequence[Sentence]) -> int:
    """Return how many of the first sentences fit into one message: at least one, if any."""
    characters = fitting = 0
    for each in sentences:
        characters += len(each.text)
        if fitting and characters > MOST_CHARACTERS:
            break
        fitting += 1
    return fitting


def sentence_parts(
    sentences: Iterable[Sentence],
    sources: Mapping[int, Source],
    mode: str,
    notes: Footnotes,
    base: str,
) -> list[Part]:
    """Return a paragraph for each sentence with its numbers; `notes` are added to."""
    return [_said(each, sources, mode, notes, base) for each in sentences]


def footnote_blocks(notes: Iterable[Footnote], base: str) -> list[Block]:
    """Return the footnotes, each with the title of its document as a link to the words."""
    listed = [_footnote(each, base) for each in notes]
    shown, left = listed[:MOST_FOOTNOTES], len(listed) - MOST_FOOTNOTES
    more = [section(own(say(MORE, left=left)))] if left > 0 else []
    return [rich(*shown, *more)] if listed else []


def refusal_shown(refusal: Refusal, *, base: str, buttons: Sequence[Button] = ()) -> Shown:
    """Return a refusal with the nearest sources."""
    near = [
        section(
            own("• "),
            link(base, source_link(*_named(each.version)), each.version.title),
            own(_facts(each)),
        )
        for each in refusal.nearest[:5]
    ]
    nearest = [section(own("Nearest to it:", italic=True)), *near] if near else []
    row = [actions(buttons)] if buttons else []
    return Shown(REFUSED, (rich(section(words(say(refusal.text))), *nearest), *row))


def confirmation_shown(
    confirmation: Confirmation, *, base: str, until: str, buttons: Sequence[Button], to: str = ""
) -> Shown:
    """Return a call that waits for a word, every argument to the letter.

    `until` is when it lapses, in words, `to` who looks at it: its asker where nobody is named.
    What is too long for a message is confirmed in the web.
    """
    whence = whence_of(confirmation.asker, to or confirmation.asker)
    page = confirmation_link(confirmation.id)
    is_long = sum(len(each.value) for each in confirmation.shown) > MOST_ARGUMENT
    arguments: list[Part] = []
    for each in () if is_long else confirmation.shown:
        arguments += [
            section(named(each.name, bold=True), own(f"  {whence[each.whence]}", italic=True)),
            exact(each.value),
        ]
    if is_long:
        arguments = [section(own("Its arguments are too long for a message. "))]
    tried = [section(own("The system says: "), *long_text(confirmation.tried))]
    ends = section(
        own(say(_YES[bool(to) or confirmation.approver == YOURSELF], until=until)),
        link(base, page, say("Open in the web page")),
    )
    head = section(words(confirmation.will, bold=True))
    body = rich(head, *arguments, *(tried if confirmation.tried else []), ends)
    row = [] if is_long or not buttons else [actions(buttons)]
    return Shown(WAITS, (body, *row))


def _said(
    sentence: Sentence, sources: Mapping[int, Source], mode: str, notes: Footnotes, base: str
) -> Part:
    numbers: list[Element] = []
    for each in sentence.citations:
        source = sources[each.source]
        note = notes.of(each, source)
        place = source_link(*_named(source.version), each.start, each.end)
        numbers += [own(" "), link(base, place, f"[{note.number}]")]
    head = sentence.citations[0].head if sentence.citations else ""
    above = [words(head, italic=True), own(" ")] if head else []
    spoken = [*above, *long_text(sentence.text), *numbers]
    is_theirs = mode == _QUOTES or sentence.differs
    if sentence.differs:
        return quote(own("Another source states otherwise: ", italic=True), *spoken)
    return quote(*spoken) if is_theirs else section(*spoken)


def _footnote(note: Footnote, base: str) -> Part:
    version, cited = note.source.version, note.citation
    place = source_link(*_named(version), cited.start, cited.end)
    page = say(PAGE, page=cited.page) if cited.page else ""
    title = link(base, place, version.title)
    return section(own(f"{note.number}  "), title, own(f"{page}{_facts(note.source)}"))


def _facts(source: Source) -> str:
    """Return what to know of a source, in words of ours: its status if it does not count, dates."""
    version, is_approved = source.version, source.status == Status.APPROVED
    status = "" if is_approved else f", {say(source.status)}"
    overdue = version.overdue_since(now()) if is_approved else None
    since, until = (
        say(said, day=_day(day)) if day else ""
        for said, day in ((_SINCE, version.effective_from), (_UNTIL, version.expires_on))
    )
    late = say(_OVERDUE, day=_day(overdue)) if overdue else ""
    return f"{status}{since}{until}{late}"


def _by(answer: Answer, told: Sequence[Part]) -> list[Block]:
    """Return what must be known of how an answer came about."""
    by = []
    if answer.mode == _MODEL:
        by = [section(words(say(_WRITTEN, model=answer.model), italic=True))]
    return [rich(*told, *by)] if told or by else []


def _named(version: Version) -> tuple[str, int]:
    return version.document_id, version.number


def _day(day: date) -> str:
    return say("{number} {month} {year}", number=day.day, month=say(f"{day:%b}"), year=day.year)
