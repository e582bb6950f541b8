"""An answer that was told earlier, opened anew: as whoever sees it may read it now."""

from __future__ import annotations

from assistant.answers import Answer, Question
from assistant.conversation_recall import History
from assistant.conversation_recalled import Recalled
from assistant.slack.presses import Press
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.errors import NotFound


class Reopening:
    """Opens what was told, from the conversation in which its person has it."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def asked(self, press: Press, *, principal: Principal) -> str:
        """Return what was asked, in the asker's own words; "" if it is no longer kept."""
        turn = await self._turn(press, principal)
        return turn.asked if turn else ""

    async def answer(self, press: Press, *, principal: Principal) -> Answer | None:
        """Return an answer, whole; None if some of it is no longer kept, or not theirs to read.

        `principal` has the name of its asker.
        """
        turn = await self._turn(press, principal)
        if turn is None or turn.is_partial or turn.refused or not turn.sentences:
            return None
        scope = Scope(as_of=turn.as_of or now())
        question = Question(turn.asked, principal, scope, id=str(press.about["told"]))
        return Answer(question, turn.mode, "", turn.sentences, turn.sources, model=turn.model)

    async def _turn(self, press: Press, principal: Principal) -> Recalled | None:
        conversation, turn = (str(press.about.get(each, "")) for each in ("conversation", "turn"))
        if not conversation:
            return None
        try:
            turns = await self._history.opened(conversation, principal=principal)
        except NotFound:
            return None
        return next((each for each in turns if each.id == turn), None)
