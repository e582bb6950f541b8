"""Questions that are not to be answered: their message is gone, or their asker thought again."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import update

from assistant.slack.claim import UNTOUCHED, State, Wish, values_of
from assistant.slack.event import Asked, Member, Place, Surface
from assistant.slack.inbox import dropped, for_good
from retrieval.database import Database, insert_into
from retrieval.documents import now
from retrieval.slack_tables import slack_questions as table

_NOBODY = Member("", "")


class TakenBack:
    """Notes what is not to be answered, in the queue itself."""

    def __init__(self, database: Database, clock: Callable[[], int] = now) -> None:
        self._database = database
        self._clock = clock

    async def unseen(self, place: Place, ts: str) -> bool:
        """Note that a message is gone which did not come yet: if it does, it is not taken in.

        Return whether nothing was known of it. It is forgotten when it cannot come any more.
        """
        gone = Asked(f"gone {place.channel} {ts}", Surface.MENTION, place, _NOBODY, ts, "", 0)
        over = {"state": State.GIVEN_UP.value, "wish": Wish.DELETE.value, "ended_at": self._clock()}
        values = {**values_of(gone), **UNTOUCHED, **over, "at": 0, "sealed": ""}
        async with self._database.transaction() as connection:
            adding = insert_into(connection, table).values(**values).on_conflict_do_nothing()
            return (await connection.execute(adding.returning(table.c.id))).first() is not None

    async def untold(self, answer_id: str) -> bool:
        """Give a question up of which nothing is told yet; return whether there was one.

        It may be tried at this moment: a question that waits for room is, again and again.
        """
        is_it = (table.c.id == answer_id) & (table.c.wish == Wish.ANSWER.value)
        waits = table.c.state == State.WAITING.value
        is_tried = (table.c.state == State.WORKING.value) & (table.c.is_posting == 0)
        dropping = update(table).where(is_it & (waits | is_tried)).values(dropped(self._clock()))
        async with self._database.transaction() as connection:
            await for_good(connection)
            return bool((await connection.execute(dropping)).rowcount)
