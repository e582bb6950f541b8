"""What its asker may read beyond everybody else in a channel: an answer for them alone."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final, Protocol

from assistant.answers import Answer, Question, Refusal, RefusalReason, Reply, Told
from assistant.recorded import Found
from assistant.slack.event import Surface
from assistant.slack.permitting import Narrowed, Permitted, Permitting
from assistant.slack.telling import Telling
from retrieval.errors import Unavailable

FIRST: Final = 3
"""How many of the passages that the asker alone would find first are looked at."""

_log = logging.getLogger(__name__)


class Assistant(Protocol):
    """Who answers, and finds."""

    def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        """Yield a reply piece by piece."""

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        """Return the best passages, best first."""


class Fuller:
    """Answers once more, with the asker's own rights, where those reach further."""

    def __init__(self, assistant: Assistant, permitting: Permitting, telling: Telling) -> None:
        self._assistant = assistant
        self._permitting = permitting
        self._telling = telling

    async def reply(self, permitted: Permitted, told: Reply) -> Answer | None:
        """Return an answer that rests on what not everybody there may read, or None.

        `told` is what everybody was told. While there is no room, there is none.
        """
        is_stopped = isinstance(told, Refusal) and told.reason is RefusalReason.STOPPED
        is_shared = permitted.asked.surface is Surface.SHARE
        if permitted.is_own or is_shared or is_stopped:
            return None
        own = permitted.own()
        question = replace(own.question(), id=f"{permitted.claim.id}-own", conversation="")
        question = replace(question, may_act=False, session="")
        try:
            found = await self._assistant.search(question, FIRST)
            if await self._is_shown(permitted, {each.passage.version.id for each in found}):
                return None
            pieces = self._assistant.stream(question)
            reply = await self._telling.tell(own, pieces, None, is_kept=False)
        except (Unavailable, Narrowed) as error:
            kind = type(error).__name__
            _log.warning("No fuller answer to %s: %s.", permitted.claim.id, kind)
            return None
        if not isinstance(reply, Answer):
            return None
        cited = {each.version.id for each in reply.sources}
        return None if await self._is_shown(permitted, cited) else reply

    async def _is_shown(self, permitted: Permitted, version_ids: set[int]) -> bool:
        return await self._permitting.may_show(permitted, version_ids)
