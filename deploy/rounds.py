"""What a server does again and again: keep in step, rebuild when due, expire, let go."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from assistant.slack import evidence, feedback, reminders
from assistant.slack.presses import Presses
from assistant.slack.requests import Requests
from deploy.operations.registry import OPERATIONS
from deploy.parts import Parts
from retrieval.documents import now, start_of

_DAY_SECONDS = 86_400

log = logging.getLogger("pincite")


async def once(parts: Parts) -> None:
    """Do one round. What fails is done in the next one; serving goes on."""
    for duty, failed in _DUTIES:
        try:
            await duty(parts)
        except Exception as error:  # the next round tries again
            log.warning("%s: %s", failed, type(error).__name__)


async def _keep_in_step(parts: Parts) -> None:
    """Look at every source."""
    async for _ in OPERATIONS["sync"](parts):
        pass


async def _keep_up(parts: Parts) -> None:
    """Rebuild the index if that is due, and prune the record."""
    if parts.upkeep.is_due():
        await parts.upkeep.rebuild()
    await parts.record.prune(_oldest_day(parts))


async def _expire(parts: Parts) -> None:
    """End the approval of documents whose review is overdue, where a source says so."""
    if await parts.governing.expire_overdue():
        log.info("documents expired whose review was overdue")


async def _forget(parts: Parts) -> None:
    """Delete conversations and cases that are older than they may become, drafts of the erased.

    What was pressed in Slack, what people said of answers there, what those rest on, and of what
    owners were reminded ends with its time, too.

    A case is kept as long as the record, which says what was made of it; so is a call. Calls that
    somebody left half done are settled.
    """
    await parts.conversations.lapse(now() - parts.settings.conversation_days * _DAY_SECONDS)
    await parts.review.cases.prune(_oldest_day(parts))
    await parts.review.tidy()
    await parts.saved.tidy()
    for pressed in (Presses(parts.database), Requests(parts.database)):
        await pressed.tidy()
    for each in (evidence, feedback, reminders):
        await each.tidy(parts.database, parts.record, _oldest_day(parts))
    if parts.workbench is not None:
        await parts.workbench.settle()
        await parts.workbench.tidy(_oldest_day(parts))


def _oldest_day(parts: Parts) -> int:
    """Return the first instant of the oldest day that the record is kept of."""
    return start_of(datetime.now(UTC).date() - timedelta(parts.settings.audit_days))


_DUTIES: Final[tuple[tuple[Callable[[Parts], Awaitable[None]], str], ...]] = (
    (_keep_in_step, "sync failed"),
    (_keep_up, "upkeep failed"),
    (_expire, "what is overdue has not expired"),
    (_forget, "what is old was not deleted"),
)
