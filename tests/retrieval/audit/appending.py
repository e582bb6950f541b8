"""A process that appends: FOLDER NAME COUNT [BYTES]; prints the number of each acknowledged entry.

With BYTES no file may grow beyond them, which is what a full disk looks like.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
from pathlib import Path

from retrieval.audit.record import KeptRecord
from retrieval.errors import Unavailable
from tests.retrieval.audit.trails import event, opened, verdict_of

_CALLERS = 5


async def main(folder: Path, name: str, count: int, most_bytes: int) -> None:
    async with opened(folder, every_entries=20) as record:
        if most_bytes:
            await fill_the_disk(record, most_bytes)
            return
        await asyncio.gather(*(append(record, name, count) for _ in range(_CALLERS)))


async def append(record: KeptRecord, name: str, count: int) -> None:
    for number in range(count):
        print(await record.note(event(number, actor=name)), flush=True)


async def fill_the_disk(record: KeptRecord, most_bytes: int) -> None:
    """Append until the disk is full, let go, and append again; report on one line each."""
    await record.note(event(0))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, unlimited[1]))
    noted = 1
    try:
        while True:
            noted = await record.note(event(noted))
    except Unavailable as error:
        print("full", noted, "not done" in str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    number = await record.note(event(1))
    verdict = await verdict_of(record)
    print("again", number, verdict.last, verdict.is_sound)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
