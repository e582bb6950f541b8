"""Failed sign-ins, counted so that guessing becomes slow; nobody is locked out for ever."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from retrieval.database import Database
from retrieval.documents import now
from retrieval.people.directory import add_missing
from retrieval.people.tables import sign_in_failures as failures

LONGEST_WAIT_SECONDS = 900
_FORGOTTEN_AFTER_SECONDS = 86_400


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
        instant = self._clock()
        free = {
            _pair(name, address): self._allowance.of_pair,
            _alone(address): self._allowance.of_address,
        }
        ours = failures.c.key.in_(free)
        async with self._database.transaction() as connection:
            old = failures.c.last_at < instant - _FORGOTTEN_AFTER_SECONDS
            await connection.execute(delete(failures).where(old))
            fresh = [{"key": key, "count": 0, "last_at": instant} for key in sorted(free)]
            await add_missing(connection, failures, fresh)
            locked = await connection.execute(select(failures).where(ours).with_for_update())
            ends = [
                int(row["last_at"]) + _wait(row["count"] - free[row["key"]])
                for row in locked.mappings()
            ]
            if max(ends) > instant:
                return max(ends) - instant
            counted = update(failures).where(ours).values(count=failures.c.count + 1)
            await connection.execute(counted.values(last_at=instant))
        return 0

    async def succeed(self, name: str, address: str) -> None:
        """Take back what `begin` counted, and forget what this name failed from this address."""
        async with self._database.transaction() as connection:
            mine = failures.c.key == _pair(name, address)
            await connection.execute(delete(failures).where(mine))
            others = (failures.c.key == _alone(address)) & (failures.c.count > 0)
            less = update(failures).where(others).values(count=failures.c.count - 1)
            await connection.execute(less)


def _wait(beyond: int) -> int:
    """Return how long to wait after so many failures beyond the free ones."""
    return 0 if beyond < 0 else min(2 ** min(beyond, 20), LONGEST_WAIT_SECONDS)


def _pair(name: str, address: str) -> str:
    """Return a key that does not tell the name: what was typed may be a password."""
    return f"{hashlib.sha256(name.encode()).hexdigest()} {_network(address)}"


def _alone(address: str) -> str:
    return f"address {_network(address)}"


def _network(address: str) -> str:
    """Return an address as one guesser has it: of IPv6, the half that a network is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    prefix = 64 if parsed.version == 6 else 32
    return str(ipaddress.ip_network((parsed, prefix), strict=False))
