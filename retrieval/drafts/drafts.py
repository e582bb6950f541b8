"""Drafts in SQL: made once for a case, edited while they wait, closed once.

What evaluators write is sealed twice, with their key and with that of whoever asked: erasing
either makes it unreadable in every copy. The rest of a draft is its case, and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Row, Update, delete, select, update

from retrieval.audit.subject import Subject
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.drafts.draft import Draft, DraftState, Left
from retrieval.drafts.tables import drafts
from retrieval.errors import BadRequest, NotFound
from retrieval.review.case import Case
from retrieval.review.cases import Keys

_PIECE = 500


class Drafts:
    """Every draft there is, one at most for each case."""

    def __init__(self, database: Database, keys: Keys, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock

    async def make(self, case: Case, *, by: str) -> bool:
        """Make a draft of a case; return whether there was none, in any state.

        Raises:
            NotFound: whoever asked was erased since.
        """
        asker, maker = await self._asker(case.matter.asker), await self._keys.subject(by)
        values = {
            "case_id": case.id,
            "subject": asker.id,
            "state": DraftState.WAITING.value,
            "made_by": maker.id,
            "made_at": self._clock(),
        }
        async with self._database.transaction() as connection:
            new = insert_into(connection, drafts).values(values).on_conflict_do_nothing()
            made = await connection.execute(new.returning(drafts.c.case_id))
            return made.first() is not None

    async def get(self, case_id: int) -> Draft:
        """Return the draft of a case, or raise `NotFound`."""
        found = await self._opened(select(drafts).where(drafts.c.case_id == case_id))
        if not found:
            raise unknown()
        return found[0]

    async def of(self, case_ids: Collection[int]) -> dict[int, Draft]:
        """Return the drafts of these cases, where there are any, by the number of the case."""
        wanted, found = sorted(case_ids), list[Draft]()
        for start in range(0, len(wanted), _PIECE):
            piece = drafts.c.case_id.in_(wanted[start : start + _PIECE])
            found += await self._opened(select(drafts).where(piece))
        return {each.case: each for each in found}

    async def listed(
        self, *, state: DraftState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Draft]:
        """Return the newest drafts of cases with a number below `before`, newest first."""
        statement = select(drafts).order_by(drafts.c.case_id.desc()).limit(limit)
        if state is not None:
            statement = statement.where(drafts.c.state == state.value)
        if before is not None:
            statement = statement.where(drafts.c.case_id < before)
        return await self._opened(statement)

    async def edit(self, draft: Draft, edits: str, *, by: str) -> None:
        """Keep what somebody made of a draft instead of what was made of it before.

        Raises:
            BadRequest: it waits no more.
            NotFound: whoever asked was erased since.
        """
        editor, asker = await self._keys.subject(by), await self._asker(draft.asker)
        instant = self._clock()
        context = _context(draft.case, instant)
        sealed = asker.seal(editor.seal(edits, context), context)
        values = {"edited_by": editor.id, "edited_at": instant, "edits": sealed}
        await self._change(draft.case, _waiting(draft.case).values(values))

    async def destine(self, case_id: int, suite: str) -> None:
        """Note where a draft is about to be put, so that erasing finds it there.

        Raises:
            BadRequest: it waits no more.
        """
        await self._change(case_id, _waiting(case_id).values(suite=suite))

    async def close(self, case_id: int, state: DraftState, *, by: str) -> None:
        """Close a draft as accepted or discarded.

        Raises:
            BadRequest: it waits no more.
        """
        closer = await self._keys.subject(by)
        values = {"state": state.value, "closed_by": closer.id, "closed_at": self._clock()}
        await self._change(case_id, _waiting(case_id).values(values))

    async def of_the_erased(self) -> list[Left]:
        """Return where cases of people who were erased since have been put."""
        erased = (await self._keys.standing()).erased
        if not erased:
            return []
        statement = select(drafts.c.case_id, drafts.c.suite).where(
            drafts.c.subject.in_(sorted(erased)), drafts.c.suite.is_not(None)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return [Left(row.case_id, row.suite) for row in rows]

    async def sweep(self) -> int:
        """Delete the drafts of people who were erased, and return how many there were."""
        erased = (await self._keys.standing()).erased
        if not erased:
            return 0
        gone = delete(drafts).where(drafts.c.subject.in_(sorted(erased)))
        async with self._database.transaction() as connection:
            return (await connection.execute(gone)).rowcount

    async def _asker(self, name: str) -> Subject:
        """Return who asked, by the key that they still have: none is made for the erased."""
        for subject in (await self._keys.subjects()).values():
            if subject.name == name:
                return subject
        raise unknown()

    async def _change(self, case_id: int, statement: Update) -> None:
        async with self._database.transaction() as connection:
            done = await connection.execute(statement)
        if not done.rowcount:
            raise already(await self.get(case_id))

    async def _opened(self, statement: Any) -> list[Draft]:
        """Return the drafts whose asker still has a key."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        subjects = await self._keys.subjects() if rows else {}
        return [_to_draft(row, subjects) for row in rows if row.subject in subjects]


def unknown() -> NotFound:
    """Return that there is no such draft, or none for who asks."""
    return NotFound(
        "Expected the number of a draft that you may work on, got another. "
        "`pincite eval drafts list` names them."
    )


def already(draft: Draft) -> BadRequest:
    """Return that a draft is closed."""
    return BadRequest(
        f"Expected a draft that waits, got one that is {draft.state}. Nothing was changed; reload "
        "the page to see what became of it."
    )


def _waiting(case_id: int) -> Update:
    is_waiting = drafts.c.state == DraftState.WAITING.value
    return update(drafts).where(drafts.c.case_id == case_id, is_waiting)


def _to_draft(row: Row[Any], subjects: Mapping[str, Subject]) -> Draft:
    asker = subjects[row.subject]
    return Draft(
        case=row.case_id,
        asker=asker.name,
        state=DraftState(row.state),
        made_at=row.made_at,
        edits=_edits(row, asker, subjects.get(row.edited_by)),
        suite=row.suite or "",
    )


def _edits(row: Row[Any], asker: Subject, editor: Subject | None) -> str:
    if row.edits is None or editor is None:
        return ""
    context = _context(row.case_id, row.edited_at)
    inner = asker.unseal(row.edits, context)
    return (editor.unseal(inner, context) if inner else None) or ""


def _context(case_id: int, edited_at: int) -> str:
    """Return what the sealed edits are bound to."""
    return f"draft {case_id} {edited_at}"
