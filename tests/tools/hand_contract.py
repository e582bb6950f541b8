"""What every hand keeps to, whatever it reaches for. A test of a hand inherits `HandContract`."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from retrieval.access import Principal
from tests.tools.far.serving import Far
from tools.call import Json
from tools.matching import fault_of, schema_of
from tools.result import checked
from tools.tool import Asker, Effect, Errand, Hand, Result, ToolFailed

ANN = Asker(Principal.person("ann", ["legal"]))
AS_OF = 1_795_305_600  # 22 November 2026


def errand(key: str = "k-1", *, asker: Asker = ANN, secret: str = "ann-token") -> Errand:
    """Return an errand of Ann's."""
    return Errand(asker, key, AS_OF, secret)


@dataclass(slots=True)
class Trial:
    """A hand's world: how it is made anew, good arguments for it, and what it did so far.

    `effects` counts what was changed in the far system. `words` are of the arguments and of the
    far system, and must not be in an error. `flood` makes the far system say very much.
    """

    make: Callable[[], Hand]
    arguments: Mapping[str, Json]
    effects: Callable[[], int] = lambda: 0
    far: Far | None = None
    secret: str = "ann-token"
    words: tuple[str, ...] = field(default=("evil", "Lieferverzug"))
    flood: Callable[[], None] = lambda: None
    settle: Callable[[], None] = lambda: None

    async def run(self, key: str = "k-1", hand: Hand | None = None) -> Result:
        """Run the hand once, or a fresh one."""
        return await (hand or self.make()).run(self.arguments, errand(key, secret=self.secret))


class HandContract:
    """Inherit it as `Test...` and give a fixture `trial`."""

    def test_says_what_it_is(self, trial: Trial) -> None:
        tool = trial.make().tool
        changes = tool.effect is Effect.CHANGES

        assert re.fullmatch(r"[a-z]+\.[a-z_]+", tool.name)
        assert tool.says.endswith(".")
        assert bool(tool.will) is changes
        assert set(re.findall(r"\{(\w+)\}", tool.will)) <= set(tool.fields)
        assert schema_of(tool.fields)["additionalProperties"] is False
        assert fault_of(trial.arguments, tool.fields) is None

    async def test_what_it_returns_is_within_limits(self, trial: Trial) -> None:
        trial.flood()

        result = await trial.run()

        assert 0 < len(result.title) <= 200
        assert len(result.text) <= 20_000
        assert checked(result).ids == result.ids
        assert checked(result).link == result.link

    async def test_doing_it_again_with_one_key_does_nothing_new(self, trial: Trial) -> None:
        before, hand = trial.effects(), trial.make()
        changes = int(hand.tool.effect is Effect.CHANGES)

        first = await trial.run("k-1", hand)
        assert await trial.run("k-1", hand) == first
        assert trial.effects() == before + changes
        trial.settle()
        again = await trial.run("k-1")
        assert (again.title, again.ids) == (first.title, first.ids)
        assert trial.effects() == before + changes

        await trial.run("k-2", hand)
        assert trial.effects() == before + 2 * changes

    async def test_two_at_once_with_one_key_do_one_thing(self, trial: Trial) -> None:
        before, hand = trial.effects(), trial.make()

        results = await asyncio.gather(*(trial.run("k-1", hand) for _ in range(5)))

        assert all(each == results[0] for each in results)
        assert trial.effects() == before + int(hand.tool.effect is Effect.CHANGES)

    async def test_without_a_credential_of_the_askers_nothing_is_done(self, trial: Trial) -> None:
        before, hand = trial.effects(), trial.make()
        if not hand.tool.system:
            return
        with pytest.raises(ToolFailed) as failed:
            await hand.run(trial.arguments, errand(secret=""))

        assert failed.value.happened is False
        assert hand.tool.system in str(failed.value)
        assert trial.effects() == before
        assert trial.far is None or not trial.far.noted

    async def test_only_the_asker_ever_calls(self, trial: Trial) -> None:
        await trial.run("k-1")
        await trial.run("k-2")

        assert trial.far is None or trial.far.people == {"ann"}

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 503])
    async def test_a_refusal_is_told_without_any_words_of_others(
        self, trial: Trial, status: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        if trial.far is None:
            return
        trial.far.refuse_with = status
        with pytest.raises(ToolFailed) as failed:
            await trial.run()

        told = f"{failed.value!s} {failed.value!r} {caplog.text}"
        assert not [word for word in (*trial.words, trial.secret) if word in told]
        if status == 401:
            assert "Connect your account" in str(failed.value)
        if status == 429:
            assert "9 seconds" in str(failed.value)
