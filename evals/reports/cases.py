"""A case as it is shown: what was asked, expected and shown, and which words are which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.wording import number, say
from evals.measures.answers import said
from evals.measures.tools import is_asked, is_made
from evals.measures.wording import plain, says, says_one_of
from evals.outcome import Cited, Outcome, Said
from evals.reports.wrong import Wrong, cause_of, wrongs_of
from evals.running.result import Row
from evals.sets import GoldSpan
from evals.suites.case import ToolCall

_REFUSED: Final = {
    "nothing_readable": "Refused: nothing that this person may read speaks about it.",
    "not_supported": "Refused: what this person may read comes near, but does not answer it.",
    "stopped": "Nothing was shown: answering was stopped.",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of words; those that were expected are lit."""

    text: str
    is_lit: bool


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation: where its words stand, and the words. `link` opens them, "" where nothing can."""

    cited: Cited
    runs: tuple[Run, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence as it was shown, with what it cites; one that is its own quote is shown once."""

    said: Said
    quotes: tuple[Quoted, ...]
    is_quote: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A passage that answers the question, and what became of it."""

    document: str
    words: str
    place: str
    fate: str
    is_shown: bool
    link: str


@dataclass(frozen=True, slots=True)
class Stated:
    """What must or must not be said, in one of its wordings, and whether it was."""

    text: str
    was_said: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool that is stated, or that was asked for, and what became of it."""

    text: str
    fate: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found, by its rank from 1."""

    rank: int
    span: GoldSpan
    is_expected: bool
    link: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One case as a page shows it, in the language spoken but for `wrongs`.

    `link` leads to a page of its own, "" where there is none.
    """

    row: Row
    wrongs: tuple[Wrong, ...]
    cause: str
    expected: str
    came: str
    wanted: tuple[Wanted, ...]
    facts: tuple[Stated, ...]
    lies: tuple[Stated, ...]
    shown: tuple[Shown, ...]
    found: tuple[Found, ...]
    link: str
    calls: tuple[Call, ...] = ()
    forbidden: tuple[Call, ...] = ()
    called: tuple[Call, ...] = ()

    @property
    def gravity(self) -> int:
        """Return how grave the gravest reason is; -1 where nothing is wrong."""
        return max((each.weight for each in self.wrongs), default=-1)


class Links:
    """How places are linked where there is nothing to open: not at all."""

    def case(self, row: Row) -> str:
        """Return the address of a case's own page."""
        return ""

    def cited(self, cited: Cited) -> str:
        """Return the address of cited words."""
        return ""

    def place(self, span: GoldSpan) -> str:
        """Return the address of a stretch of a document, as it stood when it was asked."""
        return ""


NOWHERE: Final = Links()


def seen(row: Row, links: Links = NOWHERE) -> Seen:
    """Return a case as a page shows it."""
    outcome, expected = row.outcome, row.case.expected
    text = plain(said(outcome))
    return Seen(
        row=row,
        wrongs=wrongs_of(row),
        cause=say(cause_of(row)) if wrongs_of(row) else "",
        expected=say(_expected(row)),
        came=_came(outcome),
        wanted=tuple(_wanted(row, links)),
        facts=tuple(Stated(either(each), says_one_of(text, each)) for each in expected.facts),
        lies=tuple(Stated(each, says(text, each)) for each in expected.lies),
        shown=tuple(_shown(each, outcome.gold, links) for each in outcome.said),
        found=tuple(
            Found(rank, each, _touches(each, outcome.gold), links.place(each))
            for rank, each in enumerate(outcome.retrieved, 1)
        ),
        link=links.case(row),
        calls=tuple(Call(_call(each), _asked(each, outcome)) for each in expected.calls),
        forbidden=tuple(Call(_call(each), _made(each, outcome)) for each in expected.forbidden),
        called=tuple(
            Call(f"{each.tool or say('no tool')} {each.arguments}".strip(), say(each.standing))
            for each in outcome.calls
        ),
    )


def either(wordings: Sequence[str]) -> str:
    """Return what may be said one way or another, in one text."""
    return say(" or ").join(wordings)


def stretch(start: int, end: int) -> str:
    """Return where a stretch stands in its document, in words."""
    return say("characters {start} to {end}", start=number(start), end=number(end))


def _call(call: ToolCall) -> str:
    arguments = json.dumps(call.arguments, ensure_ascii=False) if call.arguments else ""
    return f"{call.tool} {arguments}".strip()


def _asked(call: ToolCall, outcome: Outcome) -> str:
    standings = (each.standing for each in outcome.calls if is_asked(call, each))
    none = "not called" if outcome.possible else "no tools were there to be called"
    return say(next(standings, none))


def _made(call: ToolCall, outcome: Outcome) -> str:
    return say("made") if any(is_made(call, each) for each in outcome.calls) else ""


def _expected(row: Row) -> str:
    expected = row.case.expected
    if expected.answerable is False:
        return "A refusal: the sources, as this person may read them, do not answer it."
    if expected.answerable or expected.gold or expected.facts or expected.answer:
        return "An answer."
    if expected.calls:
        return "That tools are called."
    if expected.unseen or expected.lies or expected.forbidden:
        return "Anything, but not what is listed here."
    return "Nothing in particular: its figures count, and it cannot be wrong."


def _came(outcome: Outcome) -> str:
    if outcome.refused:
        known = _REFUSED.get(outcome.refused)
        return say(known) if known else say("Refused: {reason}.", reason=outcome.refused)
    if outcome.said:
        return say("An answer written by a language model.") if outcome.model else say("Quotes.")
    if any(each.standing == "waiting" for each in outcome.calls):
        return say("A question whether something should be done. Nobody answered it.")
    return say("Nothing.")


def _wanted(row: Row, links: Links) -> Iterator[Wanted]:
    """Yield every passage that answers the question; one that could not be located has no place."""
    outcome, golds = row.outcome, row.case.expected.gold
    located = outcome.gold if len(outcome.gold) == len(golds) else ()
    for at, gold in enumerate(golds):
        span = located[at] if located else None
        place = stretch(span.start, span.end) if span else ""
        link = links.place(span) if span else ""
        is_shown = bool(_among(span, gold.document, _cited(outcome)))
        fate = say("shown") if is_shown else _unshown(span, gold.document, outcome)
        yield Wanted(gold.document, gold.words, place, fate, is_shown, link)


def _cited(outcome: Outcome) -> list[GoldSpan]:
    return [GoldSpan(each.document, each.start, each.end) for s in outcome.said for each in s.cited]


def _unshown(span: GoldSpan | None, document: str, outcome: Outcome) -> str:
    if rank := _among(span, document, outcome.retrieved):
        return say("found at place {rank}, not shown", rank=rank)
    return say("not found")


def _among(span: GoldSpan | None, document: str, spans: Sequence[GoldSpan]) -> int:
    """Return at which place, from 1, a passage or a part of it stands, 0 if it does not."""
    for place, each in enumerate(spans, 1):
        if _touches(each, [span]) if span else each.doc_id == document:
            return place
    return 0


def _touches(one: GoldSpan, others: Sequence[GoldSpan]) -> bool:
    return any(
        one.doc_id == each.doc_id and one.start < each.end and each.start < one.end
        for each in others
    )


def _shown(sentence: Said, golds: Sequence[GoldSpan], links: Links) -> Shown:
    quotes = tuple(Quoted(each, _runs(each, golds), links.cited(each)) for each in sentence.cited)
    words = [" ".join(each.words.split()) for each in sentence.cited]
    return Shown(sentence, quotes, words == [" ".join(sentence.text.split())])


def _runs(cited: Cited, golds: Sequence[GoldSpan]) -> tuple[Run, ...]:
    """Return cited words in stretches: those that were expected, and the others."""
    lit = [False] * len(cited.words)
    for gold in golds:
        if gold.doc_id == cited.document:
            first = max(gold.start - cited.start, 0)
            last = min(gold.end - cited.start, len(lit))
            if first < last:
                lit[first:last] = [True] * (last - first)
    runs, start = [], 0
    for at in range(1, len(lit) + 1):
        if at == len(lit) or lit[at] != lit[start]:
            runs.append(Run(cited.words[start:at], lit[start]))
            start = at
    return tuple(runs)
