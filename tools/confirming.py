"""A person's word on a call that waits: checked against all that it was given for, and used once.

READ FIRST: `Confirming.confirm`. What does not fit is refused, and that is on record.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from retrieval.errors import NotFound, RetrievalError
from tools.confirmation import Came, Denied, Standing
from tools.decision import CONFIRMING, Approval, Decision, Outcome, Reason, Spent
from tools.equipment import Equipment, denied_for, revision_of
from tools.gate import Circumstances, decide
from tools.kept import Asked, Kept
from tools.tool import Asker, Errand, Hand

WEB = "web"
REPLAY = "replay"
EXPIRED = "expired"
OTHER_PERSON = "other_person"
OTHER_CALL = "other_call"
OTHER_SESSION = "other_session"
OTHER_CHANNEL = "other_channel"


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says to a call: yes to the call with this digest, in this session."""

    person: Asker
    session: str
    digest: str

    def is_where(self, asked: Asked) -> bool:
        """Return whether this is said where the call's own asker has to say it.

        What was asked on the web is confirmed in the same session. What was asked by another way
        is confirmed there, by the same account or token, or by its asker on the web.
        """
        by = self.person.channel
        is_there = (by, self.session) == (asked.channel, asked.session)
        return not asked.session or is_there or (asked.channel != WEB and by == WEB)


class Confirming:
    """Takes people's words."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment

    async def confirm(self, confirmation_id: str, word: Word) -> Came:
        """Carry out the call exactly as it was shown, if the word counts.

        Raises:
            NotFound: there is none that waits for this person.
            Unavailable: it cannot be put on record or checked: it is not made.
        """
        equipment = self._equipment
        kept = await self._found(confirmation_id, word.person)
        asked = kept.asked
        if fault := self._fault(kept, word):
            if fault == EXPIRED:
                await equipment.expired(kept)
            return await self._refused(asked, word.person, Reason.BAD_APPROVAL, fault)
        asker = await self.asker_of(asked, word.person)
        hand = equipment.by_name().get(asked.call.tool)
        decision = await self.decided(asked, word, asker, hand)
        if asker is None or hand is None or decision.outcome is not Outcome.ALLOW:
            return await self._refused(asked, word.person, decision.reason)
        secret = await equipment.secret(asker, hand.tool)
        if secret is None:
            return await self._refused(asked, word.person, Reason.NOT_CONNECTED)
        if not await equipment.confirmations.take(asked.id, by=word.person.principal.name):
            return await self._refused(asked, word.person, Reason.BAD_APPROVAL, REPLAY)
        await self._noted(asked, word.person)
        errand = Errand(asker, asked.id, equipment.clock(), secret)
        return await equipment.carrying.carry(asked, hand, errand)

    async def decline(self, confirmation_id: str, person: Asker) -> Kept:
        """Have a call wait no more, and return how it stands now.

        Raises:
            NotFound: there is none that this person asked for or may confirm.
        """
        kept = await self._found(confirmation_id, person)
        if await self._equipment.confirmations.decline(confirmation_id):
            await self._equipment.noting.word("decline", person, kept.asked)
        return await self._equipment.confirmations.get(confirmation_id, person)

    async def asker_of(self, asked: Asked, person: Asker) -> Asker | None:
        """Return who asked, by the channel in which they did, with the rights they have now.

        None if they may not come in.
        """
        if asked.asker == person.principal.name:
            return replace(person, channel=asked.channel, origin=asked.origin)
        try:
            return await self._equipment.rights.asker(
                asked.asker, channel=asked.channel, origin=asked.origin
            )
        except NotFound:
            return None

    async def decided(
        self, asked: Asked, word: Word, asker: Asker | None, hand: Hand | None
    ) -> Decision:
        """Return what the gate says now, of the call as it was shown, with this word."""
        if asker is None:
            return denied_for(Reason.NOT_FOR_YOU)
        if hand is None:
            return denied_for(Reason.NO_SUCH_TOOL)
        if revision_of(hand.tool) != asked.revision:
            return denied_for(Reason.CHANGED)
        equipment = self._equipment
        for each in (asker, word.person):
            if await equipment.is_stopped(each, asked.call.tool):
                return denied_for(Reason.STOPPED)
        is_own = asker.principal.name == word.person.principal.name
        approval = Approval(
            id=asked.id,
            call=word.digest,
            asker=asked.asker,
            session=asked.session,
            policy=asked.policy,
            approver=word.person.principal.name,
            approver_keys=word.person.keys,
            expires=asked.expires,
            channel=word.person.channel,
        )
        given = Circumstances(
            tools={hand.tool.name: hand.tool},
            asker=asker,
            session=asked.session if not is_own or word.is_where(asked) else word.session,
            labels=asked.labels,
            approvals=(approval,),
            spent=Spent(),  # it was counted when it began to wait
            now=equipment.clock(),
        )
        return decide(asked.call, given, equipment.policy)

    def _fault(self, kept: Kept, word: Word) -> str:
        """Return what is plainly wrong with a word, for the record; the gate looks again."""
        asked = kept.asked
        is_own = asked.asker == word.person.principal.name
        is_late = self._equipment.clock() >= asked.expires
        faults = {
            OTHER_PERSON: not asked.may_confirm(word.person),
            EXPIRED: kept.standing is Standing.EXPIRED
            or (kept.standing is Standing.WAITING and is_late),
            REPLAY: kept.standing is not Standing.WAITING,
            OTHER_CALL: word.digest != asked.call.digest,
            OTHER_CHANNEL: word.person.channel not in CONFIRMING,
            OTHER_SESSION: is_own and not word.is_where(asked),
        }
        return next((name for name, is_so in faults.items() if is_so), "")

    async def _found(self, confirmation_id: str, person: Asker) -> Kept:
        """Return a call that waits; note it where it is somebody else's, who look the same."""
        try:
            return await self._equipment.confirmations.get(confirmation_id, person)
        except NotFound:
            kept = await self._equipment.confirmations.any(confirmation_id)
            asked = kept.asked if kept else None
            await self._equipment.noting.word("refused", person, asked, OTHER_PERSON)
            raise

    async def _noted(self, asked: Asked, person: Asker) -> None:
        """Note the word, before anything is done by it; else let the call wait again."""
        try:
            await self._equipment.noting.word("confirm", person, asked)
        except (RetrievalError, asyncio.CancelledError):
            await asyncio.shield(self._equipment.confirmations.give_back(asked.id))
            raise

    async def _refused(
        self, asked: Asked, person: Asker, reason: Reason, detail: str = ""
    ) -> Denied:
        await self._equipment.noting.word("refused", person, asked, detail or reason.value)
        return Denied(asked.call, denied_for(reason))
