"""Who works through the questions from Slack: a few at once, each held while it is worked on.

READ FIRST: `Working.work`. What ends early, for whatever reason, is claimed again: at once after
an orderly end, after the lease when the process was killed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

from assistant.slack.claim import Claim, Lost
from assistant.slack.inbox import Inbox
from assistant.slack.refusing import Later

AT_ONCE: Final = 8
LOOK_SECONDS: Final = 1.0
"""How often it is looked for what others left behind, and for what is due again."""
FORGET_SECONDS: Final = 3600.0
_REST_SECONDS: Final = 15

_log = logging.getLogger(__name__)


class Answering(Protocol):
    """What is done with a claimed question: `assistant.slack.answering.Answering`."""

    async def answer(self, claim: Claim) -> None:
        """Do what is wished of it; raise `Later` or `Lost` if it is not done."""


class Working:
    """Claims questions and has them answered, until it is left.

    `kept_seconds` is how long it is remembered where an answer stands.
    """

    def __init__(
        self,
        inbox: Inbox,
        answering: Answering,
        *,
        kept_seconds: int,
        at_once: int = AT_ONCE,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._inbox = inbox
        self._answering = answering
        self._kept_seconds = kept_seconds
        self._at_once = at_once
        self._look_seconds = look_seconds
        self._news = asyncio.Event()
        self._held: dict[str, tuple[Claim, asyncio.Task[None]]] = {}

    @property
    def held(self) -> int:
        """Return how many questions are worked on."""
        return len(self._held)

    def wake(self) -> None:
        """Look at once: something came."""
        self._news.set()

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """Work while the block runs; what is under way at its end is left to be claimed again."""
        tasks = [
            asyncio.create_task(self._claim_all()),
            asyncio.create_task(self._hold_on()),
            asyncio.create_task(self._forget()),
        ]
        try:
            yield
        finally:
            for each in (*tasks, *(task for _, task in self._held.values())):
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            left = [task for _, task in self._held.values()]
            await asyncio.gather(*left, return_exceptions=True)

    async def _claim_all(self) -> None:
        """Claim whatever may be answered while there are hands free."""
        while True:
            try:
                while len(self._held) < self._at_once:
                    claim = await self._inbox.claim()
                    if claim is None:
                        break
                    self._begin(claim)
            except Exception as error:  # nobody else would claim anything from then on
                _log.warning("No question could be claimed: %s.", type(error).__name__)
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._news.wait()
            except TimeoutError:
                pass
            self._news.clear()

    def _begin(self, claim: Claim) -> None:
        task = asyncio.create_task(self.work(claim))
        self._held[claim.holder] = claim, task

        def ended(task: asyncio.Task[None]) -> None:
            del self._held[claim.holder]
            self._news.set()
            if not task.cancelled():
                task.exception()  # read, so that one nobody waits for is not reported as lost

        task.add_done_callback(ended)

    async def work(self, claim: Claim) -> None:
        """Have one question answered; however that ends, it is done, given up, or let go."""
        try:
            await self._answering.answer(claim)
        except Lost:
            await self._inbox.release(claim, counts=False)
        except Later as later:
            wait = max(later.wait_seconds, 1)
            await self._inbox.release(claim, wait_seconds=wait, counts=later.counts)
        except asyncio.CancelledError:
            await asyncio.shield(self._inbox.release(claim, counts=False))
            raise
        except Exception as error:  # nobody else waits for it: it is tried again
            kind = type(error).__name__
            _log.error("Question %s from Slack: %s.", claim.id, kind)
            await self._inbox.release(claim, wait_seconds=_REST_SECONDS)

    async def _hold_on(self) -> None:
        """Say again and again what is worked on, and let go of what is not ours any more."""
        while True:
            await asyncio.sleep(self._inbox.lease_seconds / 4)
            held = list(self._held.values())
            if not held:
                continue
            try:
                still = await self._inbox.renew([claim for claim, _ in held])
            except Exception as error:  # it is tried again while it is held
                _log.warning("What is worked on could not be held: %s.", type(error).__name__)
                continue
            for claim, task in held:
                if claim.holder not in still:
                    task.cancel()

    async def _forget(self) -> None:
        """Forget what is over."""
        while True:
            try:
                await self._inbox.forget(self._kept_seconds)
            except Exception as error:  # the next round tries again
                _log.warning("What is over could not be forgotten: %s.", type(error).__name__)
            await asyncio.sleep(FORGET_SECONDS)
