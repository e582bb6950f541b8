"""Failed sign-ins, counted so that guessing becomes slow; nobody is locked out for ever.

Each way in has counts of its own: what fails at one never makes anybody wait at another.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.database import Database
from retrieval.documents import now
from retrieval.people.directory import add_missing
from retrieval.people.tables import sign_in_failures as failures

LONGEST_WAIT_SECONDS = 900
_FORGOTTEN_AFTER_SECONDS = 86_400
_ALONE = "address "


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures are free before each further one doubles the wait."""

    of_pair: int = 5
    of_address: int = 30


DEFAULT = Allowance()


class Attempts:
    """Counts by name and address together, and by address alone.

    A stranger elsewhere has an address of their own, so their failures never make the person
    named wait.
    """

    def __init__(
        self,
        database: Database,
        allowance: Allowance = DEFAULT,
        *,
        clock: Callable[[], int] = now,
    ) -> None:
        self._database = database
        self._allowance = allowance
        self._clock = clock

    async def begin(self, name: str, address: str) -> int:
        """Count an attempt as failed before it is judged, and return 0; or seconds to wait.

        Counting first means that attempts made at the same moment cannot all be the first.
        """
        return await self._begin(
            {
                _pair(name, address): self._allowance.of_pair,
                _alone(address): self._allowance.of_address,
            }
        )

    async def begin_by(self, way: str, address: str) -> int:
        """Do the same where no name is typed: `way` says how somebody tries to come in."""
        return await self._begin({_alone(address, way): self._allowance.of_address})

    async def _begin(self, free: Mapping[str, int]) -> int:
        instant = self._clock()
        ours = failures.c.key.in_(free)
        async with self._database.transaction() as connection:
            seen = (await connection.execute(select(failures).where(ours))).mappings()
            if wait := _left(seen, free, instant):
                return wait  # before anything is written: whoever must wait costs a look
            old = failures.c.last_at < instant - _FORGOTTEN_AFTER_SECONDS
            await connection.execute(delete(failures).where(old))
            fresh = [{"key": key, "count": 0, "last_at": instant} for key in sorted(free)]
            await add_missing(connection, failures, fresh)
            lock = select(failures).where(ours).order_by(failures.c.key).with_for_update()
            rows = (await connection.execute(lock)).mappings().all()
            if wait := _left(rows, free, instant):
                return wait
            await connection.execute(
                update(failures)
                .where(failures.c.key == bindparam("of"))
                .values(count=bindparam("counted"), last_at=instant),
                [{"of": row["key"], "counted": _counted(row, instant) + 1} for row in rows],
            )
        return 0

    async def succeed(self, name: str, address: str) -> None:
        """Take back what `begin` counted, and forget what this name failed from this address."""
        async with self._database.transaction() as connection:
            mine = failures.c.key == _pair(name, address)
            await connection.execute(delete(failures).where(mine))
            await _take_back(connection, _alone(address))

    async def take_back(self, way: str, address: str) -> None:
        """Take back what `begin_by` counted: it did not fail, or nothing could be judged."""
        async with self._database.transaction() as connection:
            await _take_back(connection, _alone(address, way))


async def _take_back(connection: AsyncConnection, key: str) -> None:
    counted = (failures.c.key == key) & (failures.c.count > 0)
    await connection.execute(update(failures).where(counted).values(count=failures.c.count - 1))


def _left(rows: Iterable[RowMapping], free: Mapping[str, int], instant: int) -> int:
    """Return how many seconds are left to wait."""
    ends = [int(row["last_at"]) + _wait(_counted(row, instant) - free[row["key"]]) for row in rows]
    return max([instant, *ends]) - instant


def _counted(row: RowMapping, instant: int) -> int:
    """Return how many failures count now.

    An address is let off one at each quarter of an hour of the clock, whatever happens there
    meanwhile: of an office that is never quiet, failures of weeks would add up otherwise. A name
    at an address is forgotten when it succeeds.
    """
    if not row["key"].startswith(_ALONE):
        return int(row["count"])
    quarters: int = instant // LONGEST_WAIT_SECONDS - row["last_at"] // LONGEST_WAIT_SECONDS
    return max(0, int(row["count"]) - max(0, quarters))


def _wait(beyond: int) -> int:
    """Return how long to wait after so many failures beyond the free ones."""
    return 0 if beyond < 0 else min(2 ** min(beyond, 20), LONGEST_WAIT_SECONDS)


def _pair(name: str, address: str) -> str:
    """Return a key that does not tell the name: what was typed may be a password."""
    return f"{hashlib.sha256(name.encode()).hexdigest()} {_network(address)}"


def _alone(address: str, way: str = "password") -> str:
    return f"{_ALONE}{way} {_network(address)}"


def _network(address: str) -> str:
    """Return an address as one guesser has it: of IPv6, the half that a network is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    prefix = 64 if parsed.version == 6 else 32
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
