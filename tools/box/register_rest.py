"""A register of contracts behind a REST service, called with the asker's credential.

It answers JSON to:

- `GET  /records/ID`: `{"id", "title", "expires": "YYYY-MM-DD" or null, "values": {...}}`
- `GET  /records?expires_from=DAY&expires_to=DAY`: `{"records": [...], "next": CURSOR or null}`,
  what expires first ahead; `cursor=CURSOR` goes on
- `POST /records/ID/proposals` with `{"field", "value", "reason", "key"}`: `{"id"}`, the same for
  the same `Idempotency-Key`
- `GET  /proposals?key=KEY`: `{"proposals": [{"id"}]}`, those of the asker's
- `POST /proposals/ID/withdrawal`: the same each time
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tools.box.register import MOST_LISTED, Change, Record, Records
from tools.call import Json
from tools.far import FarSystem
from tools.far_answer import at, objects_at, words_at
from tools.once import mark_of
from tools.tool import Errand

_MOST_PAGES: Final = 10
_MOST_VALUE: Final = 2_000


@dataclass(frozen=True, slots=True)
class RestRegister:
    """A register behind a service."""

    far: FarSystem
    changeable: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.far.name

    @property
    def system(self) -> str:
        """Return the name of the far system."""
        return self.far.name

    async def record(self, id: str, errand: Errand) -> Record:  # noqa: A002
        """Return a record with its values."""
        answer = await self.far.send("GET", "records", id, secret=errand.secret)
        return self._read(answer.body)

    async def expiring(self, first: date, last: date, errand: Errand) -> Records:
        """Return what expires from `first` to `last`."""
        listed: list[Record] = []
        query = {"expires_from": first.isoformat(), "expires_to": last.isoformat()}
        for _ in range(_MOST_PAGES):
            answer = await self.far.send("GET", "records", query=query, secret=errand.secret)
            listed += [self._read(each) for each in objects_at(answer.body, "records")]
            query["cursor"] = words_at(answer.body, "next")
            if not query["cursor"] or len(listed) > MOST_LISTED:
                break
        is_all = not query["cursor"] and len(listed) <= MOST_LISTED
        return Records(tuple(listed[:MOST_LISTED]), is_all)

    async def proposed(self, errand: Errand) -> str:
        """Return the id of the proposal that was made for this errand, "" if there is none."""
        answer = await self.far.send(
            "GET", "proposals", query={"key": mark_of(errand)}, secret=errand.secret
        )
        found = [words_at(each, "id") for each in objects_at(answer.body, "proposals")]
        return found[0] if found else ""

    async def propose(self, change: Change, errand: Errand) -> str:
        """Make a proposal, once for the errand; return its id."""
        key = mark_of(errand)
        body: Json = {
            "field": change.field,
            "value": change.value,
            "reason": change.reason,
            "key": key,
        }
        answer = await self.far.send(
            "POST",
            *("records", change.record, "proposals"),
            body=body,
            secret=errand.secret,
            key=key,
        )
        return words_at(answer.body, "id")

    async def withdraw(self, proposal: str, errand: Errand) -> None:
        """Withdraw a proposal of the asker's; again, it changes nothing."""
        await self.far.send("POST", "proposals", proposal, "withdrawal", secret=errand.secret)

    def _read(self, record: Json) -> Record:
        values = at(record, "values")
        shown = values if isinstance(values, dict) else {}
        return Record(
            id=words_at(record, "id"),
            title=words_at(record, "title"),
            expires=_day(words_at(record, "expires")),
            values={name: words_at(shown, name)[:_MOST_VALUE] for name in shown},
            link=self.far.link("records", words_at(record, "id")),
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
