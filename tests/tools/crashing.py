"""Kills processes between word and call, call and record, record and reply.

A program of one thread, so that it can fork: `python -m tests.tools.crashing HOME URL STEPS`.
It has calls wait, confirms each in a process of its own that is killed at one turn of its event
loop, settles what is left in two more, soon and late, and prints what became of each as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from retrieval.database import Database
from retrieval.tool_tables import tool_calls
from tests.tools.benches import CREATE, TICKET, Bench, Clock, Confirmation, policy_of
from tools.call import Call, Json
from tools.tool import Errand, Result

SOON, LATE = 61, 400
_KILLED = 9


class Loop(asyncio.SelectorEventLoop):
    """Ends the process at one of its turns, counted from when it is told to."""

    left = -1

    def _run_once(self) -> None:
        if self.left == 0:
            os._exit(_KILLED)
        self.left -= 1
        super()._run_once()  # type: ignore[misc]


class FileDesk:
    """Creates one file for each key it is given: the effect, whatever becomes of the process."""

    tool = CREATE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    async def run(self, arguments: Mapping[str, Json], errand: Errand) -> Result:
        for _ in range(6):
            await asyncio.sleep(0)
        path = self.folder / errand.key
        with path.open("a") as file:
            file.write(json.dumps(arguments, sort_keys=True) + "\n")
        for _ in range(6):
            await asyncio.sleep(0)
        return Result(title="Created.")


async def opened(home: Path, url: str, later: int = 0) -> Bench:
    bench = await Bench.open(Database(url), home, policy=policy_of(most_each_day=10_000))
    bench.hands[:] = [FileDesk(home / "desk")]
    bench.clock.forward(later)
    return bench


def apart(told: Callable[[], Awaitable[Any]], kill_at: int = -1) -> Any:
    """Run something in a process of its own; return what it returned, None if it was killed."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        loop = Loop()
        asyncio.set_event_loop(loop)
        os.close(reads)
        os.environ["KILL_AT"] = str(kill_at)
        with os.fdopen(writes, "w") as pipe:
            json.dump(loop.run_until_complete(told()), pipe)  # type: ignore[arg-type]
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, _KILLED):
        raise SystemExit("a process failed by itself")
    return json.loads(text) if text else None


async def prepare(home: Path, url: str, count: int) -> list[str]:
    await Database(url).migrate()
    bench = await opened(home, url)
    waiting = [
        await bench.waiting(Call(CREATE.name, {**TICKET, "cost": number}))
        for number in range(count)
    ]
    await bench.close()
    return [each.id for each in waiting]


async def confirm(home: Path, url: str, call_id: str) -> str:
    bench = await opened(home, url)
    ann = bench.people.person("ann")
    waiting: Confirmation = await bench.workbench.confirmation(call_id, asker=ann)
    asyncio.get_running_loop().left = int(os.environ["KILL_AT"])  # type: ignore[attr-defined]
    came = await bench.confirm(waiting)
    return type(came).__name__


async def settle(home: Path, url: str, later: int) -> int:
    bench = await opened(home, url, later)
    count = await bench.workbench.settle()
    await bench.close()
    return count


async def told(home: Path, url: str) -> dict[str, Any]:
    """Return where each call stands, how often its effect was asked for, and the record of it."""
    bench = await opened(home, url)
    async with bench.database.transaction() as connection:
        rows = (await connection.execute(select(tool_calls))).all()
    noted: dict[str, list[str]] = {}
    for each in await bench.noted():
        noted.setdefault(each["about"].get("call", ""), []).append(each["about"]["did"])
    await bench.close()
    found = {}
    for row in rows:
        path = home / "desk" / row.id
        lines = path.read_text().splitlines() if path.exists() else []
        found[row.id] = {
            "standing": row.standing,
            "told": row.is_told,
            "asked": len(lines),
            "same": len(set(lines)) <= 1,
            "noted": noted.get(row.id, []),
        }
    return found


def main(home: Path, url: str, steps: list[int]) -> None:
    ids = apart(lambda: prepare(home, url, 2 * len(steps)))
    kills = dict(zip(ids, [*steps, *steps], strict=True))
    ended = {each: apart(lambda each=each: confirm(home, url, each), kills[each]) for each in ids}
    crashed = apart(lambda: told(home, url))
    half = len(steps)
    late = set(ids[half:])
    hold(url, late, 10**12)
    apart(lambda: settle(home, url, SOON))
    hold(url, late, Clock().instant + 1)
    apart(lambda: settle(home, url, LATE))
    settled = apart(lambda: told(home, url))
    for each in ids:
        line = {
            "step": kills[each],
            "late": each in late,
            "replied": ended[each],
            "crashed": crashed[each],
            "settled": settled[each],
        }
        print(json.dumps(line))


def hold(url: str, ids: set[str], until: int) -> None:
    """Move the lease of some half-done calls, so that they are settled another time."""

    async def held() -> None:
        is_doing = tool_calls.c.id.in_(sorted(ids)) & tool_calls.c.until.is_not(None)
        database = Database(url)
        async with database.transaction() as connection:
            await connection.execute(tool_calls.update().where(is_doing).values(until=until))
        await database.close()

    apart(held)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
