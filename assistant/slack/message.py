"""One message of ours in a thread: streamed where Slack lets us, else posted once and edited.

Before anything of it may stand in Slack that is noted, and which message it is right after. So
whoever goes on after a crash finds it (`standing`) and writes into the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from assistant.slack import phrases
from assistant.slack.answered import Answered
from assistant.slack.claim import Claim, Lost, answer_place
from assistant.slack.errors import SlackBusy, SlackFailed
from assistant.slack.event import Surface
from assistant.slack.inbox import Inbox
from assistant.slack.marks import begun_mark, done_mark, standing
from assistant.slack.posting import Check, Posting, Workspaces, is_for_good
from assistant.slack.shown import Block, Shown, told
from assistant.wording import say

MOST_ADDED: Final = 40
"""How often a stream is added to: Slack takes so many blocks, and the last few say whence."""
_STREAM: Final = "Pincite is answering."
_NO_STREAMS: Final = frozenset({"invalid_chunks", "unknown_method", "method_not_supported"})
"""What Slack says where it knows no streams of blocks, whatever the channel."""

Whole = Callable[[], Shown]
"""Return all that is to be seen by now, for a message that is edited."""


class Way(StrEnum):
    """How a message stands in Slack: not yet, as a stream, or as one to edit."""

    NOT_YET = "not_yet"
    STREAM = "stream"
    EDIT = "edit"


@dataclass(slots=True)
class Streams:
    """The workspaces in which Slack has refused a stream: there it is not tried again.

    `is_allowed` is what the operator said.
    """

    refused: set[str] = field(default_factory=set)
    is_allowed: bool = True


class Message:
    """What stands of one answer in Slack, and how it gets there."""

    def __init__(
        self,
        web: Posting,
        inbox: Inbox,
        claim: Claim,
        streams: Streams,
        ts: str = "",
        *,
        is_whole: bool = False,
    ) -> None:
        self.place = answer_place(claim.asked)
        self.is_whole = is_whole
        self._web = web
        self._inbox = inbox
        self._claim = claim
        self._streams = streams
        self._ts = ts
        self._way = Way.EDIT if ts else Way.NOT_YET
        self._may_stream = bool(ts)
        self._added = 0
        self._late: tuple[Block, ...] = ()
        self._has_status = False
        self.shows = False

    @property
    def is_alone(self) -> bool:
        """Return whether only the asker reads along here."""
        return self._claim.asked.surface in (Surface.DIRECT, Surface.PANE)

    async def status(self, title: str = "") -> None:
        """Show that something is being done, by a message where nothing else can tell.

        `title` is what a new thread of the assistant pane is called.
        """
        if self._ts or not self.place.thread:
            return
        try:
            await self._web.status(self.place, say(phrases.LOOKING))
            self._has_status = True
            if title:
                await self._web.title(self.place, title)
        except SlackBusy:
            return
        except SlackFailed as failed:
            if is_for_good(failed) and not self._has_status:
                await self._post(told(phrases.LOOKING_POST), self._begun)

    async def show(self, more: Iterable[Block], whole: Whole, check: Check) -> None:
        """Show more of the answer; `whole` makes what there is to see of it by then.

        `check` is done just before each write, however many are tried.
        """
        self._late = (*self._late, *more)
        try:
            if self._way is Way.NOT_YET and await self._streamed(check):
                pass
            elif self._way is Way.NOT_YET:
                await self._post(whole(), self._begun, check)
            elif self._way is Way.STREAM:
                await self._add(whole, check)
            else:
                await self._edit(whole(), self._begun, check)
        except SlackBusy:  # what is not shown now is shown with what comes next
            return
        self._late = ()
        self.shows = True

    async def finish(
        self, more: Iterable[Block], whole: Shown, check: Check, *, is_clean: bool = True
    ) -> None:
        """Show the last of the answer: from now on it stands as one. `check` is as in `show`.

        Where what was shown meanwhile `is_clean` not, none of it is left but what is in `whole`.
        """
        at, mark = (self.place, self._ts), self._done
        if self._way is Way.STREAM:
            last = Shown(whole.text, (*self._late, *more))
            try:
                await self._web.end_stream(*at, last, mark=mark, check=check)
                if not is_clean:
                    await self._web.update(*at, whole, mark=mark, check=check)
                return
            except SlackBusy:
                raise
            except SlackFailed:
                self._way = Way.EDIT
        await self.replace(whole, check)

    async def replace(self, shown: Shown, check: Check | None = None) -> None:
        """Put something whole in the place of whatever stands there."""
        if self._way is Way.NOT_YET:
            await self._post(shown, self._done, check)
            return
        await self._edit(shown, self._done, check)

    async def begin_anew(self) -> None:
        """Show that it is written anew, where any of it was shown; what was to come is dropped."""
        self._late = ()
        if self.shows:
            await self._edit(told(phrases.LOOKING_POST), self._begun)

    async def withdraw(self) -> None:
        """Leave nothing standing that looks like an answer, and say so where something did."""
        if self.shows:
            await self._edit(told(phrases.WITHDRAWN), self._begun)
        else:
            await self.remove()

    async def remove(self) -> None:
        """Take away whatever stands there."""
        if self._has_status:
            with suppress(SlackFailed):  # it goes by itself after a while
                await self._web.status(self.place, "")
        if self._ts:
            await self._end_stream()
            try:
                await self._web.delete(self.place, self._ts)
            except SlackFailed as failed:
                if failed.code != "message_not_found":
                    raise
            await self._inbox.unposted(self._claim)
            self._ts, self._way, self.shows = "", Way.NOT_YET, False

    async def _streamed(self, check: Check) -> bool:
        """Begin a stream, and return whether Slack lets us: it does in threads."""
        streams = self._streams
        if not self.place.thread or not streams.is_allowed or self.place.team in streams.refused:
            return False
        await self._inbox.posting(self._claim)
        by = self._claim.asked.by
        try:
            begun = Shown(_STREAM, self._late)
            ts = await self._web.begin_stream(self.place, by, begun, check=check)
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
            if failed.code in _NO_STREAMS:
                self._streams.refused.add(self.place.team)
            return False
        self._ts, self._way, self._may_stream = ts, Way.STREAM, True
        await self._noted()
        return True

    async def _post(self, shown: Shown, mark: str, check: Check | None = None) -> None:
        await self._inbox.posting(self._claim)
        self._ts = await self._web.post(self.place, shown, mark=mark, check=check)
        self._way = Way.EDIT
        await self._noted()

    async def _noted(self) -> None:
        """Note which message stands; where another answered meanwhile, take our own away again."""
        try:
            await self._inbox.posted(self._claim, self._ts)
        except Lost:
            if await self._inbox.posted_by_now(self._claim) != self._ts:
                with suppress(SlackFailed):
                    await self._end_stream()
                    await self._web.delete(self.place, self._ts)
            raise

    async def _add(self, whole: Whole, check: Check) -> None:
        """Add to the stream; where Slack ended it, it is edited from now on."""
        self._added += 1
        if self._added >= MOST_ADDED:
            await self._edit(whole(), self._begun, check)
            return
        try:
            await self._web.append(self.place, self._ts, Shown(_STREAM, self._late), check=check)
        except SlackBusy:
            raise
        except SlackFailed:
            await self._edit(whole(), self._begun, check)

    async def _end_stream(self) -> None:
        """Make it a message that can be edited, if it is not one yet."""
        if not self._may_stream:
            return
        last = Shown(_STREAM, ())
        try:
            await self._web.end_stream(self.place, self._ts, last, mark=self._begun)
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
        self._way, self._may_stream = Way.EDIT, False

    async def _edit(self, shown: Shown, mark: str, check: Check | None = None) -> None:
        await self._end_stream()
        try:
            await self._web.update(self.place, self._ts, shown, mark=mark, check=check)
        except SlackFailed as failed:
            if failed.code != "message_not_found":
                raise
            await self._post(shown, mark, check)

    @property
    def _done(self) -> str:
        return done_mark(self._claim)

    @property
    def _begun(self) -> str:
        return begun_mark(self._claim)


class Messages:
    """Finds what stands in Slack already of an answer that was cut short."""

    def __init__(
        self, workspaces: Workspaces, inbox: Inbox, answered: Answered, *, may_stream: bool = True
    ) -> None:
        self._workspaces = workspaces
        self._inbox = inbox
        self._answered = answered
        self._streams = Streams(is_allowed=may_stream)

    async def of(self, claim: Claim) -> Message:
        """Return the message of an answer, to be written or to be gone on with.

        Raises:
            Unsure: one may stand outside of any thread, where it cannot be looked for.
            SlackFailed: Slack does not tell.
        """
        web, place = self._workspaces(claim.asked.place.team), answer_place(claim.asked)
        message = Message(web, self._inbox, claim, self._streams)
        if not claim.is_posting:
            return message
        if not place.thread:
            if not claim.posted:
                raise Unsure
            return Message(web, self._inbox, claim, self._streams, claim.posted)
        posts = await web.replies(place)
        known = await self._answered.posts(place) - {claim.posted}
        found = standing(claim, posts, known)
        if found is None:
            return message
        if found.ts != claim.posted:
            await self._inbox.posted(claim, found.ts)
        is_whole = found.mark == done_mark(claim)
        return Message(web, self._inbox, claim, self._streams, found.ts, is_whole=is_whole)


class Unsure(Exception):
    """Nobody knows whether something was posted."""
