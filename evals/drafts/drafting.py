"""Drafts as one evaluator works on them. Everything is on record before it happens.

An evaluator sees a draft only if they may read every version it rests on, now: of the others there
is a number and no more, and asking for one is like asking for one that is not there. Personal data
is masked until they choose to see a piece of it that stands in the sources, which they read anyway.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from assistant.review.review import Review
from assistant.review.seeing import Opened, Seen, seen_of, with_words
from evals.drafts.becoming import case_of, require_expectations
from evals.drafts.edits import Edits, require_sound, unmasked
from evals.drafts.names import Names
from evals.drafts.own_suites import OwnSuites, require_own_name
from evals.drafts.seen import SeenDraft, masked_question, seen_draft
from evals.suites.case import Case
from retrieval.access import Principal
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.drafts.draft import Draft, DraftState
from retrieval.drafts.drafts import already, unknown
from retrieval.errors import BadRequest, NotFound
from retrieval.people.directory import Directory
from retrieval.review.case import CaseKind, CaseState

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A draft, or a case that may become one, in a list; `question` is masked."""

    number: int
    kind: CaseKind
    at: int
    question: str
    state: DraftState | None = None
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Some drafts, newest first; `hidden` is how many more there are between them.

    `earlier` is where the next ones begin, None at the end.
    """

    drafts: tuple[Line, ...]
    hidden: int
    earlier: int | None


@dataclass(frozen=True, slots=True)
class Who:
    """Who works on drafts, and from where: what they may read, and what the record says."""

    principal: Principal
    desk: Desk


class Drafting:
    """Lists, shows, edits, accepts and discards drafts."""

    def __init__(
        self,
        review: Review,
        library: Opened,
        directory: Directory,
        record: Record,
        suites: OwnSuites,
    ) -> None:
        self._review = review
        self._library = library
        self._directory = directory
        self._record = record
        self.suites = suites

    async def listed(
        self, who: Who, *, state: DraftState | None = None, before: int | None = None
    ) -> Listing:
        """Return the newest drafts of a state, `SHOWN` at most, as far as they may be seen."""
        await self._review.tidy()
        found = await self._review.drafts.listed(state=state, before=before, limit=SHOWN + 1)
        drafts = {each.case: each for each in found[:SHOWN]}
        seen = await self._seen(list(drafts), who)
        names = await self._names()
        lines = tuple(_line(each, drafts[each.id], names) for each in seen)
        await self._note(who, "list", seen)
        earlier = found[SHOWN - 1].case if len(found) > SHOWN else None
        return Listing(lines, len(drafts) - len(lines), earlier)

    async def reported(self, who: Who) -> tuple[Line, ...]:
        """Return what readers reported lately and is no draft yet, as far as it may be seen."""
        found = await self._review.cases.listed(
            state=CaseState.OPEN, kind=CaseKind.REPORTED, limit=SHOWN
        )
        drafted = await self._review.drafts.of([each.id for each in found])
        seen = await self._seen([each.id for each in found if each.id not in drafted], who)
        names = await self._names()
        await self._note(who, "list", seen)
        return tuple(_line(each, None, names) for each in seen)

    async def make(self, number: int, who: Who) -> None:
        """Make a draft of what a reader reported, or raise `NotFound`; twice is once."""
        cases = await self._review.cases.some([number])
        if [each.matter.kind for each in cases] != [CaseKind.REPORTED]:
            raise unknown()
        try:
            await self._review.reviewing.draft(number, principal=who.principal, desk=who.desk)
        except NotFound as error:
            raise unknown() from error

    async def draft(self, number: int, who: Who) -> SeenDraft:
        """Return one draft, or raise `NotFound`: there is none, or it is not theirs to see."""
        draft = await self._review.drafts.get(number)
        return await self._shown(draft, who, "show")

    async def change(self, number: int, edits: Edits, who: Who) -> SeenDraft:
        """Keep what an evaluator makes of a draft; what they chose to see stays chosen.

        Raises:
            NotFound: there is none, or it is not theirs to see.
            BadRequest: it waits no more, or no test case can be made of it.
        """
        return await self._changed(number, lambda seen: replace(edits, shown=seen.edits.shown), who)

    async def unmask(self, number: int, label: str, who: Who) -> SeenDraft:
        """Show a piece of personal data that stands in the sources, here and in the test case.

        Raises:
            NotFound: there is no such draft, or it is not theirs to see.
            BadRequest: it waits no more, or the piece stands in no source.
        """

        def shown(seen: SeenDraft) -> Edits:
            for each in seen.pieces:
                if each.label == label and each.may_be_shown:
                    return unmasked(seen.edits, label, each.text)
            raise BadRequest(
                "Expected the label of something that stands in the sources, got another. What "
                "only the person who asked has written stays masked."
            )

        return await self._changed(number, shown, who, "unmask")

    async def accept(self, number: int, suite: str, who: Who) -> Case:
        """Put a draft into a suite of this installation, and return the test case.

        Raises:
            NotFound: there is no such draft, or it is not theirs to see.
            BadRequest: it waits no more, nothing is expected of the answer, or the suite cannot
                be called so or read.
        """
        require_own_name(suite)
        seen = await self._waiting(number, who)
        case = case_of(seen)
        require_expectations(case)
        await self._note_one(who, "accept", seen.draft, suite=suite)
        if seen.draft.suite not in ("", suite):  # an acceptance that ended half-way
            await self.suites.take_out([seen.draft.left])
        await self._review.drafts.destine(number, suite)
        await self.suites.put(suite, case)
        await self._review.drafts.close(number, DraftState.ACCEPTED, by=who.desk.by)
        return case

    async def discard(self, number: int, who: Who) -> None:
        """Put a draft away: no test case is made of it.

        Raises:
            NotFound: there is no such draft, or it is not theirs to see.
            BadRequest: it waits no more.
        """
        seen = await self._waiting(number, who)
        await self._note_one(who, "discard", seen.draft)
        if seen.draft.suite:
            await self.suites.take_out([seen.draft.left])
        await self._review.drafts.close(number, DraftState.DISCARDED, by=who.desk.by)

    async def cases(self, who: Who) -> tuple[Case, ...]:
        """Return all drafts that wait or were accepted, as far as they may be seen, as cases.

        Raises:
            BadRequest: words that should answer one stand in its passages no more.
        """
        made, before = list[Case](), None
        while True:
            listing = await self.listed(who, before=before)
            for line in listing.drafts:
                if line.state is not DraftState.DISCARDED:
                    made.append(_as_case(await self.draft(line.number, who)))
            if listing.earlier is None:
                return tuple(made)
            before = listing.earlier

    async def _changed(
        self,
        number: int,
        edits_of: Callable[[SeenDraft], Edits],
        who: Who,
        did: str = "edit",
    ) -> SeenDraft:
        seen = await self._waiting(number, who)
        edits = edits_of(seen)
        require_sound(edits, len(seen.found))
        case_of(replace(seen, edits=edits))
        await self._note_one(who, did, seen.draft)
        await self._review.drafts.edit(seen.draft, edits.written(), by=who.desk.by)
        return await self._shown(await self._review.drafts.get(number), who)

    async def _waiting(self, number: int, who: Who) -> SeenDraft:
        seen = await self._shown(await self._review.drafts.get(number), who)
        if not seen.is_waiting:
            raise already(seen.draft)
        return seen

    async def _shown(self, draft: Draft, who: Who, did: str = "") -> SeenDraft:
        seen = await self._seen([draft.case], who)
        if not seen:
            raise unknown()
        if did:
            await self._note_one(who, did, draft)
        whole = await with_words(seen[0], self._library, principal=who.principal)
        return seen_draft(
            draft,
            whole,
            await self._names(),
            evaluator=who.principal.keys,
            asker=await self._keys_of(draft.asker),
        )

    async def _seen(self, numbers: Sequence[int], who: Who) -> list[Seen]:
        """Return the cases of these numbers that may be seen, newest first."""
        cases = await self._review.cases.some(numbers) if numbers else []
        seen = await seen_of(cases, self._library, principal=who.principal)
        return [each for each in seen if each.case is not None]

    async def _names(self) -> Names:
        return Names(await self._directory.people())

    async def _keys_of(self, person: str) -> frozenset[str]:
        try:
            return (await self._directory.principal(person)).keys
        except NotFound:
            return frozenset()

    def _note(self, who: Who, did: str, seen: Sequence[Seen]) -> Awaitable[int]:
        about: dict[str, Json] = {"do": did, "drafts": [each.id for each in seen]}
        askers = sorted({each.case.matter.asker for each in seen if each.case})
        desk = who.desk
        event = Event(Act.EVALUATE, desk.by, desk.origin, about, concerns=tuple(askers))
        return self._record.note(event)

    def _note_one(self, who: Who, did: str, draft: Draft, **words: str) -> Awaitable[int]:
        about: dict[str, Json] = {"do": did, "drafts": [draft.case]}
        asker, desk = (draft.asker,), who.desk
        return self._record.note(Event(Act.EVALUATE, desk.by, desk.origin, about, words, asker))


def _as_case(seen: SeenDraft) -> Case:
    try:
        return case_of(seen)
    except BadRequest as error:
        raise BadRequest(f"Draft {seen.number}: {error}") from error


def _line(seen: Seen, draft: Draft | None, names: Names) -> Line:
    assert seen.case is not None
    known = draft or Draft(seen.id, seen.case.matter.asker, DraftState.WAITING, seen.at)
    question = masked_question(known, seen.case, names)
    state = draft.state if draft else None
    return Line(seen.id, seen.kind, seen.at, question, state, known.suite)
