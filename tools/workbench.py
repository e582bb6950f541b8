"""Where calls are made: what a person may call, what waits for their word, and what was made.

READ FIRST, in this order: `Turn.call` (tools/turn.py), `decide` (tools/gate.py), `confirm` here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from retrieval.audit.event import Record
from retrieval.documents import now
from retrieval.errors import NotFound
from tools.calls import Calls
from tools.carrying import LIMIT_SECONDS, Carrying, Stops
from tools.confirmation import Came, Confirmation, Standing
from tools.confirmations import Confirmations
from tools.confirming import Confirming, Word
from tools.equipment import Equipment
from tools.kept import Asked, Kept, Made
from tools.noting import Noting
from tools.policy import Policy
from tools.rights import NobodyElse, Rights
from tools.secrets import Secrets
from tools.settling import Settling
from tools.showing import confirmation_of
from tools.tool import Asker, Hand, Tool
from tools.turn import Turn

MOST_MADE = 200


class Workbench:
    """Every tool there is, behind the gate.

    `rights` tells what somebody may do who is not here: without it, nothing that somebody else
    has to confirm is done, and nothing that a crash left half done is asked again.
    """

    def __init__(
        self,
        hands: Collection[Hand],
        policy: Policy,
        calls: Calls,
        confirmations: Confirmations,
        secrets: Secrets,
        record: Record,
        stops: Stops,
        clock: Callable[[], int] = now,
        *,
        rights: Rights | None = None,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        noting = Noting(record)
        self._equipment = Equipment(
            hands=hands,
            policy=policy,
            calls=calls,
            confirmations=confirmations,
            secrets=secrets,
            noting=noting,
            stops=stops,
            carrying=Carrying(calls, noting, stops, limit_seconds),
            rights=rights or NobodyElse(),
            clock=clock,
        )
        self._confirming = Confirming(self._equipment)

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self._equipment.policy

    @property
    def secrets(self) -> Secrets:
        """Return the credentials of people at far systems."""
        return self._equipment.secrets

    @property
    def tools(self) -> Mapping[str, Tool]:
        """Return every tool there is now, by name, whoever may use it."""
        return {name: hand.tool for name, hand in self._equipment.by_name().items()}

    def tools_for(self, asker: Asker) -> Mapping[str, Tool]:
        """Return the tools that the policy opens to somebody, by the channel they came by."""
        return self._equipment.open_to(asker)

    def turn(
        self,
        asker: Asker,
        *,
        session: str,
        typed: str = "",
        conversation: str = "",
        as_of: int | None = None,
        only: Collection[str] | None = None,
    ) -> Turn:
        """Begin a turn of a conversation.

        `session` is what a confirmation is bound to, "" where who asks cannot confirm there and
        has to sign in; `typed` the person's own words in this turn,
        `as_of` the instant as of which they ask, None for now. Where `only` names tools, there
        are no others in this turn, whatever the policy says.
        """
        return Turn(self._equipment, asker, session, typed, conversation, as_of, only)

    async def waiting(self, asker: Asker) -> Sequence[Confirmation]:
        """Return what waits and what they asked for or may confirm, the newest first."""
        for each in await self._equipment.confirmations.overdue():
            await self._equipment.expired(each)
        kept = await self._equipment.confirmations.waiting(asker)
        return [confirmation_of(each, self._equipment.clock()) for each in kept]

    async def waiting_for_others(self) -> Sequence[Asked]:
        """Return what waits for the word of somebody else than its asker, the oldest first.

        It is for whoever asks them: each is shown only what `confirmation` shows them.
        """
        kept = await self._equipment.confirmations.in_time()
        return [each.asked for each in reversed(kept) if each.asked.approver]

    async def confirmation(self, id: str, *, asker: Asker) -> Confirmation:  # noqa: A002
        """Return what waits or waited, for who asked for it or may confirm it.

        Raises:
            NotFound: there is none of this id for this person.
        """
        kept = await self._equipment.confirmations.get(id, asker)
        shown = confirmation_of(kept, self._equipment.clock())
        if shown.standing is Standing.EXPIRED and kept.standing is Standing.WAITING:
            await self._equipment.expired(kept)
        return shown

    async def confirm(
        self,
        id: str,  # noqa: A002
        *,
        asker: Asker,
        session: str,
        digest: str,
    ) -> Came:
        """Carry out what waits, exactly as it was shown; `asker` is who confirms.

        `digest` is that of the call that they were shown. What does not count is refused.

        Raises:
            NotFound: there is none of this id for this person.
            Unavailable: it cannot be put on record or checked: it is not done.
        """
        return await self._confirming.confirm(id, Word(asker, session, digest))

    async def decline(self, id: str, *, asker: Asker) -> Confirmation:  # noqa: A002
        """Have what waits not be done, and return how it stands.

        Raises:
            NotFound: there is none of this id for this person.
        """
        kept = await self._confirming.decline(id, asker)
        return confirmation_of(kept, self._equipment.clock())

    async def made(
        self, asker: Asker, *, limit: int, before: str = "", everybody: bool = False
    ) -> Sequence[Made]:
        """Return the newest calls of this person, or of everybody, newest first.

        Arguments of somebody else's are shown if all of them were taken from texts that this
        person may read, or if they confirmed them; results to who asked only. `before` is the id
        of the call after which the list goes on.
        """
        kept = await self._equipment.calls.made(
            person="" if everybody else asker.principal.name,
            before=before,
            limit=min(max(limit, 0), MOST_MADE),
        )
        return [_made(each, asker, self._equipment.clock()) for each in kept]

    async def call_made(self, id: str, *, asker: Asker) -> Made:  # noqa: A002
        """Return one call, as `made` has it, for who asked for it, may confirm it or did.

        Raises:
            NotFound: there is none of this id for this person.
        """
        kept = await self._equipment.calls.one(id)
        if kept is None or not (
            kept.asked.is_seen_by(asker) or kept.confirmed_by == asker.principal.name
        ):
            raise NotFound("There is no such call for you. Check the address.")
        return _made(kept, asker, self._equipment.clock())

    async def settle(self) -> int:
        """Settle what a crash left half done, and return how much that was.

        Call it at the start and now and then: what another process still does is left to it.
        """
        return await Settling(self._equipment, self._confirming).settle()

    async def tidy(self, before: int) -> int:
        """Delete calls older than an instant and all that is left of erased people."""
        gone = await self._equipment.calls.tidy(before)
        return gone + await self._equipment.secrets.tidy()

    async def close(self) -> None:
        """Wait for what is being carried out."""
        await self._equipment.carrying.over()


def _made(kept: Kept, viewer: Asker, instant: int) -> Made:
    asked = kept.asked
    is_own = asked.asker == viewer.principal.name
    is_shown = is_own or kept.confirmed_by == viewer.principal.name or asked.may_be_shown(viewer)
    return Made(
        id=asked.id,
        tool=asked.call.tool,
        asker=asked.asker,
        at=kept.at,
        standing=confirmation_of(kept, instant).standing if asked.expires else kept.standing,
        confirmed_by=kept.confirmed_by,
        told=kept.ended.told if kept.ended else "",
        call=asked.call if is_shown else None,
        result=kept.ended.result if kept.ended and is_own else None,
    )
