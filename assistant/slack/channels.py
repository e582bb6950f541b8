"""The rules of a channel: what is answered there, from which sources, how often, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.slack.event import Place
from assistant.wording import Language
from retrieval.documents import Kind

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Answers(StrEnum):
    """Which questions of a channel are answered.

    ALL: every question that is asked there. ASKED: what names the assistant. OFF: none.
    """

    ALL = "all"
    ASKED = "asked"
    OFF = "off"


class Matching(StrEnum):
    """What of a verified e-mail address is a person's name here: what is before the @, or all."""

    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one channel.

    `follow_ups` says that a question in a thread of ours needs not name the assistant again. No
    `sources` or `kinds` mean all. `tools` says whose keys may use which there: none is used in a
    channel that names none. `each_hour` is how many questions one person may ask, `all_each_hour`
    how many come from the whole channel, 0 for any number. `helpers` is the channel to which
    somebody turns who still needs help, "" for the review queue alone. `language` is what Pincite
    itself speaks there; answers are in the language of their sources.
    """

    answers: Answers = Answers.ASKED
    follow_ups: bool = True
    sources: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    tools: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NOTHING)
    each_hour: int = 30
    all_each_hour: int = 300
    helpers: str = ""
    language: Language = Language.EN

    def tools_for(self, keys: frozenset[str]) -> frozenset[str]:
        """Return the tools that somebody with these keys may use in this channel."""
        return frozenset(name for name, who in self.tools.items() if not who.isdisjoint(keys))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The files that hold a workspace's secrets; None where the settings name them."""

    bot: Path | None = None
    app: Path | None = None
    signing: Path | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace: who of it is who here.

    `domains` are those whose verified addresses name people, and how; `people` names them by
    user, whatever their address is, and "" nobody. `reminds_owners` has people told there what of
    theirs is due for review.
    """

    team: str
    domains: Mapping[str, Matching] = field(default_factory=lambda: _NOTHING)
    people: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    tokens: Tokens = Tokens()
    reminds_owners: bool = False


@dataclass(frozen=True, slots=True)
class Looking:
    """How far an audience is looked at: more `members` than this, or more `seconds`, is public.

    `remember` is how many seconds it is remembered who is in a channel, `remember_people` who a
    user is. Just before words are posted it is looked again who is in the channel.
    """

    members: int = 200
    seconds: float = 10.0
    remember: int = 60
    remember_people: int = 60


@dataclass(frozen=True, slots=True)
class Configured:
    """All that `slack.yaml` states.

    `direct` are the rules of direct messages and the assistant pane, `usual` those of every
    channel that is not named. `public` names the sources that a channel shared with others is
    answered from, of which it is shown what everyone reads: all sources if there are none.
    `is_open_public` has a public channel count as read by everyone in the workspace.
    """

    workspaces: Mapping[str, Workspace] = field(default_factory=lambda: _NOTHING)
    usual: Rules = Rules()
    direct: Rules = Rules(answers=Answers.ALL)
    channels: Mapping[str, Rules] = field(default_factory=lambda: _NOTHING)
    public: frozenset[str] = frozenset()
    is_open_public: bool = False
    looking: Looking = Looking()

    def rules_for(self, place: Place) -> Rules:
        """Return the rules of a place; a workspace or channel that is not named has the usual."""
        if place.channel in self.channels:
            return self.channels[place.channel]
        return self.direct if place.channel.startswith("D") else self.usual

    @property
    def reminding(self) -> tuple[str, ...]:
        """Return the workspaces in which owners are reminded, in the order in which they stand."""
        return tuple(team for team, each in self.workspaces.items() if each.reminds_owners)

    def workspace(self, team: str) -> Workspace:
        """Return what is stated of a workspace; of one that is not named, that nobody is known."""
        return self.workspaces.get(team, Workspace(team))
