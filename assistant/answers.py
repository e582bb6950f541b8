"""What comes back to a person: an answer whose every sentence is pinned, or a refusal."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from assistant.claims.claims import Fault
from assistant.model import Failing
from assistant.prompt import Numbered
from retrieval.access import Principal
from retrieval.documents import Passage, Scope, Version
from tools.confirmation import Confirmation


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier turn as far as it may be used again.

    `asked` is in the person's own words; `told` are those sentences of which they may still read
    every version that is cited, and `rests_on` those versions.
    """

    asked: str
    told: tuple[str, ...] = ()
    rests_on: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by whom, and what the search is limited to.

    `origin` is where it came from, for the record: `web 10.1.2.3`, `command line`. `channel` is
    the way it came by, as a stop names it. `id` is the asker's own name for the answer while it
    is being written. `conversation` is the one it continues: "" begins one, None is kept nowhere;
    `turn` is its name there and `earlier` what came before it. Where `text` was made to stand
    alone, `asked` is what was written, and words of `text` may be from the versions `rests_on`.
    `failing` says why the model that was to do it said nothing: it is not asked to answer either.
    `roles` are the asker's here, `session` names how they are signed in, "" where they cannot
    confirm anything: tools go by both. None is called for whoever not `may_act`, and where `tools`
    names some, no others. One that `skips_approved` is answered from the sources, though an
    approved answer may be there.
    """

    text: str
    principal: Principal
    scope: Scope
    origin: str = ""
    channel: str = "web"
    id: str = field(default_factory=lambda: secrets.token_hex(16), compare=False)
    conversation: str | None = None
    turn: str = ""
    earlier: tuple[Earlier, ...] = ()
    asked: str = ""
    rests_on: tuple[Version, ...] = ()
    failing: Failing | None = None
    roles: frozenset[str] = frozenset()
    session: str = field(default="", repr=False)
    may_act: bool = True
    tools: frozenset[str] | None = None
    skips_approved: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered document version that an answer rests on, with its status at the asked date."""

    number: int
    version: Version
    status: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact words: `start` and `end` are characters into the version's stored text.

    `head` is what stands above the list of which they are an item: it is shown, and not cited.
    """

    source: int
    passage_id: int
    start: int
    end: int
    page: int | None
    words: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One shown sentence and the words it rests on. In quotes mode it is those words.

    One that `differs` is another source's own words, which state otherwise than what was written.
    """

    text: str
    citations: tuple[Citation, ...]
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """An approved answer as its reader knows it: whose it is, and until when it counts.

    `number` is that of its edition, `approved_on` the day of that; `owner` is "" once erased.
    """

    id: int
    number: int
    owner: str
    approved_on: date
    review_by: date


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentences, and the sources that they cite.

    `mode` is `quotes` (the sources' words, best first within each source), `model`: then `model`
    says which wrote it, or `approved`: then a reviewer did, and `approved` says whose it is.
    `notices` say what a reader must know of how the answer came about. `asking` is what waits for
    the asker's word beside it.
    """

    question: Question
    mode: str
    lead: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    notices: tuple[str, ...] = ()
    model: str = ""
    asking: Confirmation | None = None
    approved: Named | None = None


class RefusalReason(StrEnum):
    """Why nothing is said."""

    NOTHING_READABLE = "nothing_readable"
    NOT_SUPPORTED = "not_supported"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No answer, and why; where something was found, the nearest sources are named."""

    question: Question
    reason: RefusalReason
    text: str
    nearest: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that would change something waits for the asker's word. No word of it is a model's.

    It is told before an answer, or instead of one.
    """

    question: Question
    confirmation: Confirmation


Reply = Answer | Refusal | Asking


@dataclass(frozen=True, slots=True)
class Context:
    """The passages that an answer may rest on. They are noted on record and not told.

    `looked_for` is the question by which they were found, "" where it is the one that was asked.
    """

    passages: tuple[Passage, ...]
    looked_for: str = ""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that was written and is not shown. It is noted on record and not told.

    `cited` are those of the given sentences that it cites, `faults` what speaks against it.
    """

    text: str
    cited: tuple[Numbered, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is told before the first sentence: how the answer is made, and what is known by then.

    Quotes name all their sources here. A model's answer names each before the sentence that is
    the first to cite it.
    """

    question: Question
    mode: str
    lead: str
    sources: tuple[Source, ...]
    model: str = ""
    approved: Named | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must know of how the answer came about."""

    text: str


Told = Opening | Source | Sentence | Notice | Refusal | Asking
"""What is told of a reply as it comes: an opening and what follows, or a refusal, which may also
come after sentences: then the answer was stopped. What waits for a word comes before all else."""

Piece = Context | Withheld | Told
"""What comes of a question: first what was found, then what is told, or written and withheld."""


def pieces_of(reply: Reply) -> Iterator[Told]:
    """Yield a reply in the order in which it is told."""
    match reply:
        case Answer():
            if reply.asking is not None:
                yield Asking(reply.question, reply.asking)
            yield opening_of(reply)
            yield from map(Notice, reply.notices)
            yield from reply.sentences
        case Refusal() | Asking():
            yield reply


def opening_of(answer: Answer) -> Opening:
    """Return what is told of an answer before its first sentence."""
    return Opening(
        answer.question,
        answer.mode,
        answer.lead,
        answer.sources,
        answer.model,
        answer.approved,
    )


def reply_of(pieces: Iterable[Piece]) -> Reply:
    """Return the reply that the pieces make; one that was stopped is not shown in part."""
    opening, *rest = (each for each in pieces if not isinstance(each, Context | Withheld))
    last = rest[-1] if rest else opening
    if isinstance(last, Refusal | Asking):
        return last
    asking = None
    if isinstance(opening, Asking):
        asking, (opening, *rest) = opening.confirmation, rest
    assert isinstance(opening, Opening)
    sentences = tuple(each for each in rest if isinstance(each, Sentence))
    sources = opening.sources + tuple(each for each in rest if isinstance(each, Source))
    notices = tuple(each.text for each in rest if isinstance(each, Notice))
    return Answer(
        opening.question,
        opening.mode,
        opening.lead,
        sentences,
        sources,
        notices,
        opening.model,
        asking,
        opening.approved,
    )
