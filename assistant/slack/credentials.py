"""With what the app signs in at Slack."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """With what the app signs in, in one workspace; `team` is "" for whichever the token is of.

    `app` is for sockets, `signing` for HTTP. Workspaces with the same ones are of one app.
    """

    bot: str = field(repr=False)
    app: str = field(default="", repr=False)
    signing: str = field(default="", repr=False)
    team: str = ""
