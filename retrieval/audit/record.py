"""The record as it is kept: appended to by group commit, checked, read, erased from and pruned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from retrieval.audit import reading, retention, tables, verification
from retrieval.audit.chain import Chain
from retrieval.audit.checkpoint import Checkpoint, Mark, Signer
from retrieval.audit.event import Act, Event, Json
from retrieval.audit.keyring import Keyring
from retrieval.audit.outside import Outside
from retrieval.audit.reading import Choice
from retrieval.audit.subject import Standing, Subject
from retrieval.audit.usage import Usage, usage
from retrieval.audit.verification import Verdict
from retrieval.audit.writer import Writer
from retrieval.database import Database
from retrieval.documents import now
from retrieval.errors import BadRequest, Damaged, NotFound

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOG_PAGES = 4000
_EVERY_ENTRIES = 1000
_EVERY_SECONDS = 60.0
_STORED_AGAIN = 1000
_TAIL_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Desk:
    """Who does something with the record itself, and from where: both go on record."""

    by: str = "operator"
    origin: str = "command line"


OPERATOR = Desk()
SCHEDULE = Desk("schedule", "schedule")


class KeptRecord:
    """The chain in its database, the keys in their folder, the checkpoints in their file."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        signer: Signer,
        outside: Outside,
        *,
        every_entries: int = _EVERY_ENTRIES,
        every_seconds: float = _EVERY_SECONDS,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._signer = signer
        self._outside = outside
        self._writer = Writer(
            Chain(database, keyring, signer, every_entries), outside, every_seconds
        )

    @classmethod
    async def open(
        cls, folder: Path, *, url: str = "", checkpoints: Path | None = None, **limits: Any
    ) -> KeptRecord:
        """Open the record in `folder`, made at the first start.

        `url` is its database (default: audit.db in the folder). `checkpoints` is the file of
        signed lines (default: checkpoints.jsonl in the folder); on another disk or host, out of
        reach of whoever can write here, it proves what was cut off.

        Raises:
            Unavailable: something cannot be read or written.
            Damaged: a file is not what it should be.
        """
        stored = checkpoints or folder / "checkpoints.jsonl"
        outside = Outside(stored)
        signer = await asyncio.to_thread(Signer.open, folder / "signing.key", outside.public_key)
        database = Database(url or f"sqlite:///{folder / 'audit.db'}", log_pages=_LOG_PAGES)
        record = cls(database, Keyring(folder / "keys"), signer, outside, **limits)
        try:
            await database.migrate(_MIGRATIONS)
            await record._finish()
        except BaseException:
            await database.close()
            raise
        return record

    async def note(self, event: Event) -> int:
        """Make an event durable and return its number.

        Raises:
            Unavailable: that cannot be done; then what it tells of must not happen.
            BadRequest: the event holds what JSON cannot.
        """
        return await self._writer.note(event)

    async def close(self) -> None:
        """Append what waits, sign what is not signed yet, and let go of the database."""
        await self._writer.close()
        await self._database.close()

    def verify(self) -> AsyncIterator[Verdict]:
        """Yield how far the check of the whole record is; the last verdict is final."""
        return verification.verify(self._database, self._outside)

    async def newest(self) -> int:
        """Return the number of the newest entry; 0 before the first."""
        statement = select(func.max(tables.events.c.number))
        async with self._database.transaction() as connection:
            return int((await connection.execute(statement)).scalar_one() or 0)

    async def usage(self, since: date, besides: str = "") -> Usage:
        """Return how much was asked from a day on by every channel, or by all but one."""
        return await usage(self._database, since, besides)

    async def export(self, choice: Choice, desk: Desk = OPERATOR) -> AsyncIterator[dict[str, Any]]:
        """Note the export, then yield the chosen entries, oldest first: `reading.export`."""
        await self._note_reading(choice, desk)
        async for entry in reading.export(self._database, self._keyring, choice):
            yield entry

    async def latest(
        self, choice: Choice, desk: Desk, *, limit: int, before: int | None = None
    ) -> list[dict[str, Any]]:
        """Note the reading, then return the newest entries, newest first: `reading.latest`."""
        await self._note_reading(choice, desk)
        return await reading.latest(
            self._database, self._keyring, choice, limit=limit, before=before
        )

    async def hold(self, person: str, reason: str, desk: Desk = OPERATOR) -> int:
        """Put a person under a legal hold and return the number of the entry that says so.

        Raises:
            BadRequest: the person is being erased.
        """
        subject = (await self._keyring.subjects([person]))[person]
        at, sealed = now(), subject.seal(reason, f"hold {subject.id}")
        event = Event(Act.HOLD, desk.by, desk.origin, words={"reason": reason}, concerns=(person,))
        return await self._writer.note(
            event, lambda connection: retention.hold(connection, subject.id, at, sealed)
        )

    async def release(self, person: str, desk: Desk = OPERATOR) -> int:
        """End a legal hold and return the number of the entry that says so.

        Raises:
            NotFound: nobody of that name is on record.
            BadRequest: there is no hold.
        """
        subject_id = await self._on_record(person)
        event = Event(Act.RELEASE, desk.by, desk.origin, concerns=(person,))
        return await self._writer.note(
            event, lambda connection: retention.release(connection, subject_id)
        )

    async def held(self) -> dict[str, str]:
        """Return who is under a legal hold, and why, by name."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(select(tables.holds))).all()
        subjects = await self._keyring.all()
        return {
            subjects[row.subject].name: subjects[row.subject].unseal(
                row.reason, f"hold {row.subject}"
            )
            or ""
            for row in rows
            if row.subject in subjects
        }

    async def subject(self, person: str) -> Subject:
        """Return the pseudonym and the key of a person, made where they are new.

        What else is kept of them is sealed with it, so that erasing them reaches that too.
        """
        return (await self._keyring.subjects([person]))[person]

    async def subjects(self) -> Mapping[str, Subject]:
        """Return everybody who has a key, by pseudonym."""
        return await self._keyring.all()

    async def standing(self) -> Standing:
        """Return who is under a legal hold, and who was erased."""
        async with self._database.transaction() as connection:
            held = (await connection.execute(select(tables.holds.c.subject))).scalars().all()
            erased = (await connection.execute(select(tables.erasures.c.subject))).scalars().all()
        return Standing(frozenset(held), frozenset(erased))

    async def erase(self, person: str, desk: Desk = OPERATOR) -> str:
        """Destroy the key to a person's name and words, and return the pseudonym that is left.

        The erasure is on record first. Should it be interrupted, the next start finishes it.

        Raises:
            NotFound: nobody of that name is on record.
            BadRequest: the person is under a legal hold.
        """
        subject_id = await self._on_record(person)
        await self._writer.note(
            Event(Act.ERASE, desk.by, desk.origin, {"pseudonym": subject_id}),
            lambda connection: retention.erase(connection, subject_id, now()),
        )
        await self._keyring.destroy([subject_id])
        return subject_id

    async def prune(self, before: int, desk: Desk = SCHEDULE) -> int:
        """Delete entries older than an instant and return how many went.

        They go up to the last checkpoint before the instant and before the oldest entry by or
        about anybody under a legal hold. A signed anchor stays in their place.

        Raises:
            Damaged: the record is not sound; then it is evidence, and nothing is deleted.
        """
        async with self._database.transaction() as connection:
            through = await retention.prunable(connection, before)
        if through is None:
            return 0
        verdict = await self._sound()
        anchor = self._signer.sign(Mark.ANCHOR, through.number, through.digest)

        async def change(connection: Any) -> None:
            still = await retention.prunable(connection, before)
            if still is None or still.number < anchor.number:
                raise BadRequest("Expected to prune, but a legal hold was placed. Try again.")
            await retention.prune(connection, anchor)

        about: dict[str, Json] = {"before": before, "first": verdict.first, "last": anchor.number}
        await self._writer.note(Event(Act.PRUNE, desk.by, desk.origin, about), change)
        await self._outside.store([anchor])
        return anchor.number - verdict.first + 1

    async def _sound(self) -> Verdict:
        verdict = [verdict async for verdict in self.verify()][-1]
        if not verdict.is_sound:
            raise Damaged(
                f"Expected a sound record to prune, but entry {verdict.findings[0].first}: "
                f"{verdict.findings[0].problem}. Nothing was deleted. Run `pincite audit verify`."
            )
        return verdict

    async def _note_reading(self, choice: Choice, desk: Desk) -> None:
        person = await reading.subject_of(self._keyring, choice.person) if choice.person else ""
        about: dict[str, Json] = {
            "person": person,
            "document": choice.document,
            "since": choice.since,
            "until": choice.until,
            "acts": list[Json](sorted(choice.acts)),
        }
        concerns = (choice.person,) if choice.person not in ("", person) else ()
        words = {"text": choice.text} if choice.text else {}
        await self.note(Event(Act.EXPORT, desk.by, desk.origin, about, words, concerns))

    async def _on_record(self, person: str) -> str:
        subject = await self._keyring.named(person)
        if subject is None:
            raise NotFound(
                f"Expected the name of somebody on record, got {person[:80]!r}. Nothing was done."
            )
        return subject.id

    async def _finish(self) -> None:
        """Finish what a crash, or a backup put back, left undone: erasures, lines outside."""
        lines = select(tables.checkpoints.c.line).order_by(tables.checkpoints.c.number.desc())
        tail = await self._outside.tail(_TAIL_BYTES)
        if tail is not None:
            lines = lines.limit(_STORED_AGAIN)
        async with self._database.transaction() as connection:
            erased = (await connection.execute(select(tables.erasures.c.subject))).scalars().all()
            signed = (await connection.execute(lines)).scalars().all()
        await self._keyring.destroy(erased)
        present = set((tail or "").splitlines())
        missing = [Checkpoint.read(line) for line in reversed(signed) if line not in present]
        await self._outside.store([each for each in missing if each])
