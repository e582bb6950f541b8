"""Approved answers as reviewers work on them: published, changed, withdrawn, each on record first.

Being a reviewer lets somebody act, never read: an approved answer is shown to a reviewer who may
read every version that it cites; of others they learn that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from assistant.review.answering import Answering, Checked, Written, published
from assistant.review.asking import counting
from assistant.review.colleagues import Colleagues
from assistant.review.matching import Matching
from assistant.review.seeing import Shelved
from retrieval.access import Principal, reader
from retrieval.approved.answers import ApprovedAnswers, unknown
from retrieval.approved.approved import Approved, ApprovedState, Content, Edition, Words
from retrieval.audit.event import Act, Event, Json, Record
from retrieval.audit.record import Desk
from retrieval.documents import Passage, Version, day_of, now
from retrieval.errors import BadRequest
from retrieval.plain import plain
from retrieval.review.case import Case, Place
from retrieval.review.writing import compared

SHOWN: Final = 50
LONGEST_QUESTION: Final = 2_000
MOST_READERS: Final = 50
_LONGEST_DAYS: Final = 3 * 366
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reviewer wants to publish."""

    question: str = field(repr=False)
    sentences: tuple[Written, ...]
    readers: tuple[str, ...]
    owner: str
    review_by: date
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Shown:
    """An approved answer as far as one reviewer may see it: whole, or that there is one.

    `passages` are those that its newest edition cites, by id, and `counting` the numbers of the
    versions that count today, by document.
    """

    id: int
    state: ApprovedState
    approved: Approved | None = None
    versions: dict[int, Version] = field(default_factory=dict)
    passages: dict[int, Passage] = field(default_factory=dict)
    editions: tuple[Edition, ...] = ()
    counting: Mapping[str, int] = field(default_factory=dict)

    def words(self, place: Place) -> str:
        """Return what stands at a place that the newest edition cites."""
        passage = self.passages.get(place.passage_id)
        if passage is None or passage.version.id != place.version_id:
            return ""
        return passage.text[max(0, place.start - passage.start) : place.end - passage.start]


class Publishing:
    """Publishes, changes, withdraws and shows approved answers, for one reviewer at a time."""

    def __init__(
        self,
        answers: ApprovedAnswers,
        answering: Answering,
        matching: Matching,
        library: Shelved,
        colleagues: Colleagues,
        record: Record,
    ) -> None:
        self._answers = answers
        self._answering = answering
        self._matching = matching
        self._library = library
        self._colleagues = colleagues
        self._record = record

    async def check(self, written: Sequence[Written], *, principal: Principal) -> list[Checked]:
        """Return what the check says of each sentence; `Answering.check` says what it raises."""
        return await self._answering.check(written, principal=principal)

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> dict[int, Passage]:
        """Return those of the passages that a reviewer may read, by id, to write from."""
        return await self._library.passages(passage_ids, principal=principal)

    async def strangers(self, readers: Collection[str]) -> list[str]:
        """Return which readers are nobody who may come in now, by name; not of `everyone`."""
        return await self._colleagues.strangers(readers)

    async def counting(
        self, versions: Iterable[Version], *, principal: Principal
    ) -> Mapping[str, int]:
        """Return the numbers of the versions that count today, by document, for a reviewer."""
        return await counting(versions, self._library, principal=principal)

    async def publish(
        self, wanted: Wanted, *, principal: Principal, desk: Desk, case: Case | None = None
    ) -> Approved:
        """Publish a new answer, to a case that the reviewer was shown, or to none.

        Raises:
            BadRequest: something of it cannot be published; nothing is changed.
        """
        words = await self._words(wanted, principal, case)
        about: dict[str, Json] = {"do": "publish", "case": case.id if case else None}
        await self._note(about, desk, words.content, case)
        number = case.id if case else None
        approved = await self._answers.publish(words, by=desk.by, case=number)
        await self._note({"do": "published", "approved": approved.id}, desk)
        return approved

    async def change(
        self, answer_id: int, wanted: Wanted, *, after: int, principal: Principal, desk: Desk
    ) -> Approved:
        """Publish a new edition after edition `after`, of a withdrawn answer too.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: something cannot be published, or somebody published meanwhile.
        """
        before = await self._own(answer_id, principal)
        words = await self._words(wanted, principal, None)
        kept = await self._answers.asker_of(answer_id, words.content.question)
        about: dict[str, Json] = {"do": "change", "approved": answer_id, "edition": after + 1}
        await self._note(about, desk, words.content)
        assert before.approved is not None
        return await self._answers.change(
            answer_id, replace(words, asker=kept), by=desk.by, after=after
        )

    async def withdraw(self, answer_id: int, *, principal: Principal, desk: Desk) -> Approved:
        """Have an answer shown to nobody from now on.

        Raises:
            NotFound: there is none, or its sources are not theirs to read: the two look the same.
            BadRequest: it is withdrawn already.
        """
        await self._own(answer_id, principal)
        await self._note({"do": "withdraw", "approved": answer_id}, desk)
        return await self._answers.withdraw(answer_id, by=desk.by)

    async def listed(
        self,
        *,
        principal: Principal,
        desk: Desk,
        state: ApprovedState | None = None,
        before: int | None = None,
    ) -> tuple[list[Shown], int | None]:
        """Return the newest answers, and where the next ones begin, None at the end."""
        found = await self._answers.listed(state=state, before=before, limit=SHOWN + 1)
        cited = frozenset[int]().union(*(each.edition.content.versions for each in found))
        readable = await self._library.readable(cited, principal=principal) if cited else {}
        shown = [_shown(each, readable) for each in found[:SHOWN]]
        await self._note_looking("list", shown, desk)
        return shown, shown[-1].id if len(found) > SHOWN else None

    async def opened(self, answer_id: int, *, principal: Principal, desk: Desk) -> Shown:
        """Return an answer with its editions and the words that it cites, or raise `NotFound`."""
        shown = await self._seen(answer_id, principal)
        await self._note_looking("show", [shown], desk)
        if shown.approved is None:
            return shown
        sentences = shown.approved.edition.content.sentences
        ids = {place.passage_id for each in sentences for place in each.cites}
        passages = await self._library.passages(ids, principal=principal)
        every = await self._answers.editions(answer_id)
        cited = frozenset[int]().union(*(each.content.versions for each in every))
        readable = await self._library.readable(cited, principal=principal)
        theirs = tuple(each for each in every if each.content.versions <= readable.keys())
        counts = await self.counting(shown.versions.values(), principal=principal)
        return replace(shown, passages=passages, editions=theirs, counting=counts)

    async def _words(self, wanted: Wanted, principal: Principal, case: Case | None) -> Words:
        """Return what is kept of what is wanted, or raise `BadRequest`."""
        question = " ".join(plain(wanted.question).split())
        if not 0 < len(question) <= LONGEST_QUESTION:
            raise BadRequest(
                f"Expected a question of 1 to {LONGEST_QUESTION:,} characters, got "
                f"{len(question):,}. Write it as people ask it."
            )
        if not 0 < len(wanted.readers) <= MOST_READERS:
            raise BadRequest(
                f"Expected 1 to {MOST_READERS} readers, got {len(wanted.readers)}. Name groups or "
                "people, or everyone: whoever may not read the sources sees it in no case."
            )
        if not _LANGUAGE.fullmatch(wanted.language):
            raise BadRequest("Expected a language as a code like en or de-CH, got something else.")
        today = day_of(now())
        if not today < wanted.review_by <= today + timedelta(_LONGEST_DAYS):
            raise BadRequest(
                "Expected a review-by date after today and within three years, got "
                f"{wanted.review_by}. Choose when somebody should look at it again."
            )
        readers = frozenset(map(reader, wanted.readers))
        checked = await self._answering.check(wanted.sentences, principal=principal)
        sentences = published(checked, wanted.sentences)
        content = Content(
            question, sentences, readers, wanted.owner, wanted.review_by, wanted.language
        )
        is_own = wanted.owner == principal.name  # who writes may read it: it was just checked
        if not is_own and not await self._colleagues.may_read(wanted.owner, content.versions):
            raise BadRequest(
                "Expected an owner with an account who may read all that it cites, got somebody "
                "else. Name somebody who can answer for it."
            )
        is_theirs = case is not None and compared(case.matter.question) == compared(question)
        asker = case.matter.asker if case is not None and is_theirs else ""
        vector = await self._matching.vector(question)
        return Words(content, self._matching.model, vector, asker)

    async def _own(self, answer_id: int, principal: Principal) -> Shown:
        shown = await self._seen(answer_id, principal)
        if shown.approved is None:
            raise unknown()
        return shown

    async def _seen(self, answer_id: int, principal: Principal) -> Shown:
        approved = await self._answers.get(answer_id)
        cited = approved.edition.content.versions
        return _shown(approved, await self._library.readable(cited, principal=principal))

    async def _note(
        self,
        about: dict[str, Json],
        desk: Desk,
        content: Content | None = None,
        case: Case | None = None,
    ) -> None:
        words, concerns = dict[str, str](), set[str]()
        if content is not None:
            answer = "\n".join(each.text for each in content.sentences)
            words = {"question": content.question, "answer": answer}
            about |= {
                "readers": len(content.readers),
                "by_hand": sum(each.by_hand for each in content.sentences),
                "review_by": content.review_by.isoformat(),
            }
            concerns.add(content.owner)
        if case is not None:
            concerns.add(case.matter.asker)
        who = tuple(sorted(concerns))
        await self._record.note(Event(Act.APPROVE, desk.by, desk.origin, about, words, who))

    async def _note_looking(self, did: str, shown: Sequence[Shown], desk: Desk) -> None:
        opened: list[Json] = [each.id for each in shown if each.approved is not None]
        await self._note({"do": did, "answers": opened}, desk)


def _shown(approved: Approved, readable: dict[int, Version]) -> Shown:
    shown = Shown(approved.id, approved.state)
    cited = approved.edition.content.versions
    if not cited <= readable.keys():
        return shown
    return replace(shown, approved=approved, versions={each: readable[each] for each in cited})
