"""A draft as an evaluator sees it: everything that was asked, found and said, masked."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.http.shapes import source_link
from assistant.review.seeing import Seen
from evals.drafts.edits import Edits, read_edits
from evals.drafts.masking import Masker
from evals.drafts.names import Names
from evals.suites.corpus import name_of
from retrieval.access import EVERYONE
from retrieval.drafts.draft import Draft, DraftState
from retrieval.review.case import Case, CaseKind, Circumstances, Place, Said


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a document: `words` are masked, `exact` are those that stand there."""

    document: str
    title: str
    version: int
    start: int
    end: int
    page: int | None
    words: str
    exact: str
    link: str


@dataclass(frozen=True, slots=True)
class SaidThen:
    """A sentence that was told or withheld, masked, with its faults and what it cites."""

    text: str
    faults: tuple[str, ...]
    cited: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """What was masked; it may be shown if it stands in the sources, which the evaluator reads."""

    label: str
    text: str
    may_be_shown: bool


@dataclass(frozen=True, slots=True)
class SeenDraft:
    """A draft with the question as it was asked and as it was edited, both masked.

    `asked` stands alone; `question`, with `earlier` before it and on the day `as_of`, is what is
    asked in the test case. `limits` is what the search was limited to.
    `asker` tells what kind of person asked, `notes` what readers said of the answer, `correction`
    what a reviewer noted when closing the case, `made_by` what answered.
    """

    draft: Draft
    kind: CaseKind
    at: int
    asked: str
    question: str
    earlier: tuple[str, ...]
    as_of: str
    limits: Circumstances
    asker: str
    edits: Edits
    reason: str
    notes: tuple[str, ...]
    correction: str
    made_by: str
    said: tuple[SaidThen, ...]
    found: tuple[Stretch, ...]
    pieces: tuple[Piece, ...]

    @property
    def number(self) -> int:
        """Return the number that the draft has from its case."""
        return self.draft.case

    @property
    def is_waiting(self) -> bool:
        """Return whether it may still be worked on."""
        return self.draft.state is DraftState.WAITING


def seen_draft(
    draft: Draft, seen: Seen, names: Names, *, evaluator: Collection[str], asker: Collection[str]
) -> SeenDraft:
    """Return a draft masked; `seen` is its case whole, `evaluator` and `asker` are their keys."""
    case = seen.case
    assert case is not None
    matter, edits = case.matter, read_edits(draft.edits)
    masker = Masker(names, edits.shown)
    asked = masker.mask(matter.question)
    notes = tuple(masker.mask(each) for each in (matter.note, *case.notes) if each)
    correction = masker.mask(case.closing.note) if case.closing else ""
    said = tuple(_said(each, seen, masker) for each in matter.said)
    found = tuple(_stretch(each, seen, masker) for each in matter.evidence)
    question = masker.mask(edits.question or matter.how.written or matter.question)
    before = matter.how.earlier if edits.earlier is None else edits.earlier
    stretches = [*found, *(one for each in said for one in each.cited)]
    return SeenDraft(
        draft=draft,
        kind=seen.kind,
        at=seen.at,
        asked=asked,
        question=question,
        earlier=tuple(map(masker.mask, before)),
        as_of=matter.how.as_of if edits.as_of is None else edits.as_of,
        limits=_limits(matter.how, masker),
        asker=_kind_of_person(case, seen, evaluator, asker),
        edits=edits,
        reason=matter.reason,
        notes=notes,
        correction=correction,
        made_by=matter.made_by,
        said=said,
        found=found,
        pieces=_pieces(masker, stretches),
    )


def masked_question(draft: Draft, case: Case, names: Names) -> str:
    """Return the question of a draft as a list shows it."""
    edits = read_edits(draft.edits)
    return Masker(names, edits.shown).mask(edits.question or case.matter.question)


def _limits(how: Circumstances, masker: Masker) -> Circumstances:
    """Return what the search was limited to; a name that looks like a person's is left out."""
    sources, parties = (
        tuple(each for each in names if masker.mask(each) == each)
        for names in (how.sources, how.parties)
    )
    return Circumstances(kinds=how.kinds, statuses=how.statuses, sources=sources, parties=parties)


def _said(said: Said, seen: Seen, masker: Masker) -> SaidThen:
    faults = tuple(each.kind for each in said.flaws)
    return SaidThen(
        masker.mask(said.text), faults, tuple(_stretch(each, seen, masker) for each in said.cites)
    )


def _stretch(place: Place, seen: Seen, masker: Masker) -> Stretch:
    version = (seen.versions or {})[place.version_id]
    exact = (seen.words or {}).get(place, "")
    return Stretch(
        document=name_of(version),
        title=masker.mask(version.title),
        version=version.number,
        start=place.start,
        end=place.end,
        page=place.page,
        words=masker.mask(exact),
        exact=exact,
        link=source_link(version.document_id, version.number, place.start, place.end),
    )


def _pieces(masker: Masker, stretches: Sequence[Stretch]) -> tuple[Piece, ...]:
    there = "\n".join(each.exact for each in stretches)
    return tuple(Piece(label, text, _stands(text, there)) for label, text in masker.pieces.items())


def _stands(piece: str, text: str) -> bool:
    """Return whether a piece stands in a text as whole words: "Ann" is not in "annual"."""
    words = r"\s+".join(map(re.escape, piece.split()))
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None


def _kind_of_person(
    case: Case, seen: Seen, evaluator: Collection[str], asker: Collection[str]
) -> str:
    """Return who asked as the readers of the sources name them.

    Told are groups by which both read, so that nobody learns from it where somebody belongs.
    """
    readers = frozenset[str]().union(*(each.readers for each in (seen.versions or {}).values()))
    shared = readers.intersection(asker, evaluator)
    groups = sorted(each.removeprefix("group:") for each in shared if each.startswith("group:"))
    if groups:
        return f"somebody in {', '.join(groups)}"
    if EVERYONE in shared or not case.matter.versions:
        return "somebody who reads what everyone reads"
    return "somebody who reads it by another way than you"
