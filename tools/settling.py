"""What a crash left half done: asked again while the word for it still counts, else left unknown.

A far system that was asked already does nothing new, because the key is the same; so there is one
effect or none, and the record says which, or that it cannot be known.
"""

from __future__ import annotations

import logging

from retrieval.errors import NotFound, RetrievalError
from tools.confirming import WEB, Confirming, Word
from tools.decision import CONFIRMING, Outcome
from tools.equipment import Equipment
from tools.kept import Asked, Ended, Kept
from tools.tool import Asker, Effect, Errand, Hand

_log = logging.getLogger(__name__)

LEFT = "The server ended while this was under way."


class Settling:
    """Settles what nobody does any longer."""

    def __init__(self, equipment: Equipment, confirming: Confirming) -> None:
        self._equipment = equipment
        self._confirming = confirming

    async def settle(self) -> int:
        """Settle every call that is half done, note what was not noted; return how many.

        One that cannot be settled now is settled another time. What nobody answered in time is
        noted too.
        """
        count = 0
        for kept in await self._equipment.confirmations.overdue():
            count += await self._equipment.expired(kept)
        for kept in await self._equipment.calls.half_done():
            if await self._equipment.calls.take_over(kept):
                count += await self._settled(kept)
        for kept in await self._equipment.calls.untold():
            await self._noted(kept)
            count += 1
        return count

    async def _noted(self, kept: Kept) -> None:
        if kept.ended is None:
            await self._equipment.noting.expired(kept.asked)
        else:
            await self._equipment.noting.ended(kept.asked, kept.ended)
        await self._equipment.calls.told(kept.asked.id)

    async def _settled(self, kept: Kept) -> bool:
        try:
            await self._settle(kept)
        except RetrievalError as error:  # it stays half done, and is settled another time
            _log.error("A call could not be settled: %s.", type(error).__name__)
            return False
        return True

    async def _settle(self, kept: Kept) -> None:
        equipment, asked = self._equipment, kept.asked
        if asked.effect is Effect.READS:
            await equipment.carrying.finish(asked, Ended(told=LEFT, happened=False))
            return
        again = await self._again(kept)
        if again is None:
            await equipment.carrying.finish(asked, Ended(told=LEFT, happened=None))
        else:
            await equipment.carrying.carry(asked, *again, again=True)

    async def _again(self, kept: Kept) -> tuple[Hand, Errand] | None:
        """Return with what to ask again, if all that the call was confirmed for still holds."""
        equipment, asked = self._equipment, kept.asked
        hand = equipment.by_name().get(asked.call.tool)
        try:
            asker = await self._now(asked.asker, asked, asked.channel)
            by = asked.channel if asked.channel in CONFIRMING else WEB
            confirmer = await self._now(kept.confirmed_by, asked, by)
            word = Word(confirmer, asked.session, asked.call.digest)
            decision = await self._confirming.decided(asked, word, asker, hand)
            if hand is None or decision.outcome is not Outcome.ALLOW:
                return None
            if not hand.tool.knows_keys:
                return None
            secret = await equipment.secret(asker, hand.tool)
        except NotFound:
            return None
        if secret is None:
            return None
        return hand, Errand(asker, asked.id, equipment.clock(), secret, is_again=True)

    async def _now(self, name: str, asked: Asked, channel: str) -> Asker:
        return await self._equipment.rights.asker(name, channel=channel, origin=asked.origin)
