"""Parts looked at in a running server: each on its own, and since when each is as it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from assistant.checkup import Look, PartState
from deploy.checkup import Checkup
from retrieval.errors import BadRequest, Unavailable


async def sound() -> str:
    return "answers"


async def noted() -> str:
    return "Note: little space"


async def wrong() -> str:
    raise Unavailable("Expected a server, got none. Start it.")


async def broken() -> str:
    raise ZeroDivisionError("canary")


async def looked(checkup: Checkup) -> dict[str, Look]:
    """Return what was found once nothing is being looked at."""
    async with asyncio.timeout(30):
        while any(each.state is PartState.LOOKING for each in checkup.looks()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return {each.part: each for each in checkup.looks()}


async def test_each_part_tells_what_was_found_and_what_fails_hides_no_other() -> None:
    checkup = Checkup({"a": sound, "b": wrong, "c": broken, "d": noted})
    assert {each.state for each in checkup.looks()} == {PartState.UNSEEN}
    checkup.begin()
    found = await looked(checkup)
    states = [each.state for each in found.values()]
    assert states == [PartState.SOUND, PartState.WRONG, PartState.WRONG, PartState.NOTE]
    assert found["b"].found == "Expected a server, got none. Start it."
    assert found["d"].found == "little space"
    assert "canary" not in found["c"].found
    assert "ZeroDivisionError" in found["c"].found


async def test_a_part_that_hangs_keeps_no_other_back_and_is_wrong_in_the_end() -> None:
    forever = asyncio.Event()

    async def hangs() -> str:
        await forever.wait()
        return "at last"

    checkup = Checkup({"hangs": hangs, "sound": sound}, patience_seconds=0.5)
    checkup.begin()
    checkup.begin()
    async with asyncio.timeout(30):
        while checkup.looks()[1].state is not PartState.SOUND:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    found = await looked(checkup)
    assert found["hangs"].state is PartState.WRONG
    assert "within 0.5 seconds" in found["hangs"].found
    await checkup.close()


async def test_what_stays_as_it_is_keeps_its_since(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter([100, 200, 300])
    monkeypatch.setattr("deploy.checkup.now", lambda: next(instants))
    answers: list[Any] = [sound, sound, wrong]

    async def changing() -> str:
        told: str = await answers.pop(0)()
        return told

    checkup = Checkup({"a": changing})
    seen = []
    for _ in range(3):
        checkup.begin(["a"])
        look = (await looked(checkup))["a"]
        seen.append((look.state, look.at, look.since))
    assert seen == [
        (PartState.SOUND, 100, 100),
        (PartState.SOUND, 200, 100),
        (PartState.WRONG, 300, 300),
    ]


async def test_there_is_no_part_that_nobody_named() -> None:
    with pytest.raises(BadRequest, match="Expected a part"):
        Checkup({"a": sound}).begin(["b"])
