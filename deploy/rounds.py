"""What a server does again and again: keep sources in step, rebuild when due, let go of the old."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from deploy.operations.registry import OPERATIONS
from deploy.parts import Parts
from retrieval.documents import now, start_of

_DAY_SECONDS = 86_400

log = logging.getLogger("pincite")


async def once(parts: Parts) -> None:
    """Do one round. What fails is done in the next one; serving goes on."""
    try:
        await _keep_in_step(parts)
    except Exception as error:  # the next round tries again
        log.warning("sync failed: %s", type(error).__name__)
    try:
        await _forget(parts)
    except Exception as error:  # the next round tries again
        log.warning("what is old was not deleted: %s", type(error).__name__)


async def _keep_in_step(parts: Parts) -> None:
    """Look at every source, rebuild the index if that is due, and prune the record."""
    async for _ in OPERATIONS["sync"](parts):
        pass
    if parts.upkeep.is_due():
        await parts.upkeep.rebuild()
    await parts.record.prune(_oldest_day(parts))


async def _forget(parts: Parts) -> None:
    """Delete conversations and cases that are older than they may become, drafts of the erased.

    A case is kept as long as the record, which says what was made of it.
    """
    await parts.conversations.lapse(now() - parts.settings.conversation_days * _DAY_SECONDS)
    await parts.review.cases.prune(_oldest_day(parts))
    await parts.review.tidy()


def _oldest_day(parts: Parts) -> int:
    """Return the first instant of the oldest day that the record is kept of."""
    return start_of(datetime.now(UTC).date() - timedelta(parts.settings.audit_days))
