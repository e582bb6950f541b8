"""One turn of a conversation: what it may call, what it has seen, and what came of each call.

READ FIRST: `Turn.call` is the story of a call.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from retrieval.errors import RetrievalError
from tools.call import MOST_CHARACTERS, Call
from tools.confirmation import LASTS_SECONDS, Came, Denied, Done, Standing, Waiting
from tools.decision import Decision, Outcome, Reason, Spent
from tools.equipment import Equipment, denied_for, revision_of
from tools.gate import Circumstances, decide
from tools.kept import Asked, Kept
from tools.provenance import Provenance
from tools.result import line_of, readership_of
from tools.showing import confirmation_of, will_of
from tools.tool import Asker, Errand, Hand, Result, Tool

NOT_TRIED = "It could not be tried beforehand."
TRIES_SECONDS = 10.0
_ID_BYTES = 16
_V = TypeVar("_V")


class Turn:
    """One turn. Tools are those that there were when it began; an equal call is made once.

    `tools` are those that the policy opens to the asker; of them `only` these, where it is given.
    """

    def __init__(
        self,
        equipment: Equipment,
        asker: Asker,
        session: str,
        typed: str,
        conversation: str,
        as_of: int | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        self.id = secrets.token_hex(_ID_BYTES)
        opened = equipment.open_to(asker)
        self.tools: Mapping[str, Tool] = MappingProxyType(_only(only, opened))
        self._equipment = equipment
        self._asker = asker
        self._session = session
        self._conversation = conversation
        self._as_of = as_of
        self._hands = _only(only, equipment.by_name())
        self._frozen = {name: hand.tool for name, hand in self._hands.items()}
        self._provenance = Provenance(typed)
        self._knows_what_was_given = False
        self._came: dict[tuple[str, bool], Came] = {}
        self._alone: dict[tuple[str, bool], asyncio.Lock] = {}
        self._is_over = False

    def saw(self, text: str, readers: frozenset[str], denied: frozenset[str] = frozenset()) -> None:
        """Say that the model was given a text, and who may read it and who may not (reader names).

        Everything that is put before a model in this turn has to be said, earlier turns too, but
        for the words that the person typed now and what `call` returns.
        """
        self._provenance.saw(text, readers, denied)

    async def call(self, call: Call, *, form: bool = False) -> Came:
        """Make a call, if it is allowed; ask a person, if it has to be confirmed; or deny it.

        `form` says that a person filled in every argument. Whatever becomes of it is on record.

        Raises:
            Unavailable: it cannot be put on record, kept or checked for a stop: it is not made.
        """
        own = own_copy(call)
        if own is None:
            return await self._denied(call, denied_for(Reason.BAD_ARGUMENTS))
        key = own.digest, form
        async with self._alone.setdefault(key, asyncio.Lock()):
            if key not in self._came:
                self._came[key] = await self._made(own, form)
            return self._came[key]

    async def _made(self, call: Call, form: bool) -> Came:
        equipment, tool = self._equipment, self._frozen.get(call.tool)
        if self._is_over or await equipment.is_stopped(self._asker, call.tool):
            return await self._denied(call, denied_for(Reason.STOPPED))
        given = await self._circumstances(call, tool, form)
        decision = decide(call, given, equipment.policy)
        if tool is None or decision.outcome is Outcome.DENY:
            return await self._denied(call, decision)
        hand = self._hands[call.tool]
        if hand.tool != tool:
            return await self._denied(call, denied_for(Reason.CHANGED))
        secret = await equipment.secret(self._asker, tool)
        if secret is None:
            return await self._denied(call, denied_for(Reason.NOT_CONNECTED))
        asked = self._asked(call, tool, given, decision)
        as_of = given.now if self._as_of is None else self._as_of
        errand = Errand(self._asker, asked.id, as_of, secret)
        if decision.outcome is Outcome.CONFIRM and tool.can_try:
            if same := await equipment.calls.same(asked):
                return await self._waits(same, again=True)
            decision = decide(call, await self._counted(given, asked), equipment.policy)
            if decision.outcome is Outcome.CONFIRM:
                asked = replace(asked, tried=await self._tried(asked, hand, errand))
        return await self._let_through(asked, hand, errand, given)

    async def _let_through(
        self, asked: Asked, hand: Hand, errand: Errand, given: Circumstances
    ) -> Came:
        """Claim the call within its budgets; then carry it out, or have it wait for a word."""
        equipment = self._equipment

        def counted(spent: Spent) -> Decision:
            return decide(asked.call, replace(given, spent=spent), equipment.policy)

        decision = await equipment.calls.open(asked, counted)
        if isinstance(decision, Kept):
            return await self._waits(decision, again=True)
        match decision.outcome:
            case Outcome.DENY:
                return await self._denied(asked.call, decision)
            case Outcome.CONFIRM:
                return await self._waits(Kept(asked, 0, Standing.WAITING, given.now))
            case Outcome.ALLOW:
                return await self._carried(asked, hand, errand)

    async def _carried(self, asked: Asked, hand: Hand, errand: Errand) -> Came:
        try:
            came = await self._equipment.carrying.carry(asked, hand, errand)
        except asyncio.CancelledError:
            self._is_over = True
            raise
        if isinstance(came, Done):
            self._remember(hand.tool, came.result)
        return came

    async def _waits(self, kept: Kept, *, again: bool = False) -> Waiting:
        """Note that a call waits; `again`: it did already, and is shown once more."""
        try:
            await self._equipment.noting.waits(kept.asked, again=again)
        except RetrievalError:
            if not again:
                await self._equipment.confirmations.decline(kept.asked.id, Standing.FAILED)
            raise
        return Waiting(confirmation_of(kept, self._equipment.clock()))

    async def _circumstances(self, call: Call, tool: Tool | None, form: bool) -> Circumstances:
        system = tool.system if tool else ""
        if system and not form and not self._knows_what_was_given:
            for name, ids in await self._equipment.calls.given(self._asker.principal.name):
                giver = self._frozen.get(name)
                self._provenance.gave(giver.system if giver else "", ids)
            self._knows_what_was_given = True
        return Circumstances(
            tools=self._frozen,
            asker=self._asker,
            session=self._session,
            labels=self._provenance.labels(call, system, form=form),
            approvals=(),
            spent=Spent(),
            now=self._equipment.clock(),
        )

    async def _counted(self, given: Circumstances, asked: Asked) -> Circumstances:
        return replace(given, spent=await self._equipment.calls.spent(asked))

    def _asked(self, call: Call, tool: Tool, given: Circumstances, decision: Decision) -> Asked:
        waits = decision.outcome is Outcome.CONFIRM
        policy = self._equipment.policy
        return Asked(
            id=secrets.token_hex(_ID_BYTES),
            turn=self.id,
            asker=self._asker.principal.name,
            channel=self._asker.channel,
            origin=self._asker.origin,
            session=self._session,
            call=call,
            effect=tool.effect,
            policy=policy.digest,
            revision=revision_of(tool),
            expires=given.now + LASTS_SECONDS if waits else 0,
            labels=given.labels,
            approver=policy.tools[call.tool].approver.keys,
            will=will_of(tool, call.arguments),
            conversation=self._conversation,
        )

    async def _tried(self, asked: Asked, hand: Hand, errand: Errand) -> str:
        """Return what the far system says would happen."""
        attempt = getattr(hand, "attempt", None)
        if attempt is None:
            return ""
        await self._equipment.noting.tried(asked)
        try:
            async with asyncio.timeout(TRIES_SECONDS):
                own = json.loads(asked.call.canonical)["arguments"]
                return line_of(str(await attempt(own, errand)))
        except Exception:  # whatever a hand fails with, the person decides without it
            return NOT_TRIED

    def _remember(self, tool: Tool, result: Result) -> None:
        """Remember what a model reads next as taken from here."""
        listed = self._equipment.policy.tools[tool.name]
        named = readership_of(result, self._asker.principal.name, listed.read_by)
        texts = [result.title, result.text, result.link, result.undo, *result.ids]
        for text in (*texts, *(each.text for each in result.passages)):
            if text:
                self._provenance.saw(text, named.readers, named.denied)
        self._provenance.gave(tool.system, result.ids)

    async def _denied(self, call: Call, decision: Decision) -> Denied:
        tool = self._frozen.get(call.tool) if isinstance(call.tool, str) else None
        return await self._equipment.deny(call, decision, self._asker, self.id, tool)


def own_copy(call: Call) -> Call | None:
    """Return a call that nobody else holds, in its one spelling; None if it has none."""
    try:
        spelt = call.canonical
        if len(spelt.encode()) > 4 * MOST_CHARACTERS:
            return None
        read = json.loads(spelt)
        own = Call(read["tool"], read["arguments"])
        return own if isinstance(own.tool, str) and isinstance(own.arguments, dict) else None
    except (TypeError, ValueError, RecursionError):
        return None


def _only(names: Collection[str] | None, every: Mapping[str, _V]) -> dict[str, _V]:
    return {name: each for name, each in every.items() if names is None or name in names}
