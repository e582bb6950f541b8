"""What is told to one person alone: in passing where they asked, or in a direct message."""

from __future__ import annotations

from assistant.slack.claim import Claim, answer_place
from assistant.slack.errors import SlackFailed
from assistant.slack.event import Place, Surface
from assistant.slack.posting import Check, Posting, Workspaces, is_for_good
from assistant.slack.shown import Shown

_ALONE_ANYWAY = frozenset({Surface.DIRECT, Surface.PANE})


class Whispers:
    """Tells askers what nobody else is to see."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def tell(
        self, claim: Claim, shown: Shown, *, about: str = "word", check: Check | None = None
    ) -> None:
        """Show something to the asker alone, by whichever way Slack lets us.

        `check` is done just before, and what it raises is raised.

        Raises:
            SlackFailed: there is none, or Slack is in trouble.
        """
        asked = claim.asked
        web, mark = self._workspaces(asked.place.team), f"{about} for {claim.id}"
        if asked.surface in _ALONE_ANYWAY:
            await web.post(answer_place(asked), shown, mark=mark, check=check)
            return
        try:
            await self._in_passing(web, claim, shown, check)
        except SlackFailed as failed:
            if not is_for_good(failed):
                raise
            await self.write_to(claim, shown, about=about, check=check)

    async def write_to(
        self, claim: Claim, shown: Shown, *, about: str = "word", check: Check | None = None
    ) -> None:
        """Show something to the asker in a direct message."""
        asked = claim.asked
        web = self._workspaces(asked.place.team)
        channel = await web.dm(asked.by.user)
        place, mark = Place(asked.place.team, channel), f"{about} for {claim.id}"
        await web.post(place, shown, mark=mark, check=check)

    async def _in_passing(
        self, web: Posting, claim: Claim, shown: Shown, check: Check | None
    ) -> None:
        asked = claim.asked
        if asked.response_url:
            if check is not None:
                await check()
            try:
                await web.respond(asked.response_url, shown)
                return
            except SlackFailed as failed:
                if not is_for_good(failed):
                    raise
        await web.tell(asked.place, asked.by.user, shown, check=check)
