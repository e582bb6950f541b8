"""The nouns of the review queue: a matter, and the case that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CaseKind(StrEnum):
    """Why somebody should look.

    WITHHELD: the words cited do not carry a sentence. REFUSED: nothing was answered. REPORTED: a
    reader says that it is not right. CONFLICTING: approved sources state different things.
    CHANGED: what an approved answer cites is no longer in force. DUE: its review-by date is over.
    """

    WITHHELD = "withheld"
    REFUSED = "refused"
    REPORTED = "reported"
    CONFLICTING = "conflicting"
    CHANGED = "changed"
    DUE = "due"


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "open"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one version, as it was then: `start` and `end` are characters of its text.

    `version_id` is the row by which reading is decided, `version` the number that people see.
    """

    version_id: int
    document_id: str
    version: int
    passage_id: int
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a sentence: a kind of fault, and the piece of the sentence it is in."""

    kind: str
    piece: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that was written, what it cites, and what speaks against it if it was withheld."""

    text: str
    cites: tuple[Place, ...] = ()
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a question was asked, so that it can be asked so again.

    `written` is what was typed, where that was made to stand alone; `earlier` are the questions
    before it in the conversation, oldest first. `as_of` is the day that was chosen, YYYY-MM-DD, ""
    if none was. The rest is what the search was limited to; what is empty limited nothing.
    """

    written: str = ""
    earlier: tuple[str, ...] = ()
    as_of: str = ""
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What a person should look at.

    `evidence` is all that was found, so all that a writer was given: any of it may speak from
    what was said. `recalled` are the versions that earlier turns rest on, whose words may be in
    the question. `asked` is the number of the question on record, `made_by` what answered,
    `reason` why nothing was, `note` what the reader added, `how` the way it was asked. `approved`
    is the approved answer that it is about, None where it is about none.
    """

    kind: CaseKind
    asker: str
    question: str
    answer_id: str
    asked: int
    made_by: str
    evidence: tuple[Place, ...]
    said: tuple[Said, ...] = ()
    recalled: tuple[int, ...] = ()
    reason: str = ""
    note: str = ""
    how: Circumstances = Circumstances()
    approved: int | None = None

    @property
    def versions(self) -> frozenset[int]:
        """Return the rows of every version that must be readable to whoever looks."""
        cited = (each for said in self.said for each in said.cites)
        places = frozenset(each.version_id for each in (*self.evidence, *cited))
        return places.union(self.recalled)


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closed a case, when, and what they noted; nobody's name is left of the erased."""

    by: str
    at: int
    note: str


@dataclass(frozen=True, slots=True)
class Case:
    """A matter in the queue. `count` is how often it came up, last at `last_at`.

    `notes` are those of other readers who reported the same. `assignee` is who works on it since
    `assigned_at`, `approved` the approved answer that it is about or became, `reply` what its
    asker is told.
    """

    id: int
    matter: Matter
    state: CaseState
    count: int
    opened_at: int
    last_at: int
    closing: Closing | None = None
    notes: tuple[str, ...] = ()
    assignee: str = ""
    assigned_at: int | None = None
    approved: int | None = None
    reply: str = ""
