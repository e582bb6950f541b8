"""Firms at random, asked in Slack: no payload holds a word that one of its readers may not read.

Every call to Slack is looked at, with everybody who would see it at that moment. What changes
while an answer is being written counts from then on.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import delete

from assistant.answers import Question, Sentence, Told
from assistant.slack.web import Web
from retrieval.slack_tables import slack_questions
from tests.slack.fake import Channel, FakeSlack, User
from tests.slack.office import Office, at_once
from tests.worlds.channels import CANARY
from tests.worlds.firm import Added, Document, Firm, Version
from tests.worlds.house import House, house
from tests.worlds.maker import PEOPLE, QUESTIONS, Maker

POSTS = ("chat.postMessage", "chat.update", "chat.startStream", "chat.appendStream")
POSTS += ("chat.stopStream", "assistant.threads.setTitle", "assistant.threads.setSuggestedPrompts")
OUTSIDERS: Sequence[tuple[str, dict[str, Any]]] = (
    ("Guest", {"is_guest": True}),
    ("Other", {"home": "T000000099"}),
    ("Unlinked", {"is_email_confirmed": False}),
)

FEW = (*range(10), 13, 16, 21, 23, 90_015, 90_137)
"""Among them are firms in which it shows if an audience or the last look is left out."""


@dataclass
class Changing:
    """An assistant during whose answers something happens: at once, or after a sentence."""

    assistant: Any
    drawn: random.Random
    change: Callable[[], Any] | None = None
    late: bool = False
    going: asyncio.Task[None] | None = None

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        async for piece in self.assistant.stream(question):
            if self.change is not None and (not self.late or isinstance(piece, Sentence)):
                change, self.change = self.change, None
                if self.late:
                    yield piece
                    await self._happens(change)
                    continue
                await self._happens(change)
            yield piece

    async def _happens(self, change: Callable[[], Any]) -> None:
        """Let it happen whole, though the answer may be ended by the first of it."""
        self.going = asyncio.create_task(change())
        await asyncio.shield(self.going)

    async def over(self) -> None:
        """Return when all that happens has happened."""
        if self.going is not None:
            await self.going

    async def search(self, question: Question, limit: int) -> Any:
        return await self.assistant.search(question, limit)

    def stop(self, answer_id: str, **more: Any) -> None:
        self.assistant.stop(answer_id, **more)


@dataclass
class Town:
    """A firm in Slack. `marks` say from which call on which canaries a reader may see."""

    built: House
    firm: Firm
    office: Office
    changing: Changing
    drawn: random.Random
    users: dict[str, User] = field(default_factory=dict)
    marks: list[tuple[int, dict[str, set[str]], dict[str, set[str]]]] = field(default_factory=list)

    def mark(self) -> None:
        """Note what everybody may see from now on, and who reads which channel."""
        team = self.office.team
        seen = {each.id: self.visible(each) for each in team.users.values()}
        read = {
            each.id: {one for one in each.members if not team.users[one].is_bot}
            for each in team.channels.values()
        }
        for each in team.channels.values():
            if each.is_ext_shared or each.is_org_shared:
                read[each.id].add("somebody of theirs")
        seen["somebody of theirs"] = self.public()
        self.marks.append((len(self.office.slack.calls), seen, read))

    def visible(self, user: User) -> set[str]:
        """Return the canaries that somebody may see; who is nobody here sees what all may."""
        name = user.name.lower()
        return self.firm.visible(name) if name in PEOPLE else self.public()

    def public(self) -> set[str]:
        """Return the canaries of what everyone reads and nobody is denied."""
        found = set[str]()
        for document in self.firm.documents:
            for version in document.versions:
                if self._is_public(document, version):
                    found |= {version.canary, document.uri.split(".")[0]}
        return found

    def _is_public(self, document: Document, version: Version) -> bool:
        here = [
            each
            for each in self.firm.added
            if each.source == document.source and each.born in (None, document.born)
        ]
        granted = {each.reader for each in here if each.effect == "grant"}
        refused = version.denied | document.newest.denied
        refused |= {each.reader for each in here if each.effect == "deny"}
        is_open = all("everyone" in each.readers | granted for each in (version, document.newest))
        return is_open and not refused and not self.firm.stale[document.source]

    def check(self) -> int:
        """Look at every payload, and return how many held a canary."""
        held = 0
        for at, call in enumerate(self.office.slack.calls):
            found = set(CANARY.findall(json.dumps(call.args)))
            if not found or call.method == "response_url":
                continue
            held += 1
            one_late = at - int(self.changing.late)  # it may have been under way when that was
            now, before = self._at(at), self._at(one_late)
            assert any(
                all(found <= seen[each] for each in self._readers(call, read))
                for seen, read in (now, before)
            ), (call.method, found)
        for whisper in self.office.team.whispers:
            shown = set(CANARY.findall(json.dumps(whisper.blocks)))
            assert any(shown <= seen[whisper.user] for _, seen, _ in self.marks)
            held += bool(shown)
        return held

    def _at(self, call: int) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return who may see what, and who reads where, at a call."""
        marks = [each for each in self.marks if each[0] <= call] or self.marks[:1]
        return marks[-1][1:]

    def _readers(self, call: Any, read: dict[str, set[str]]) -> set[str]:
        if call.method == "chat.postEphemeral":
            return {call.args["user"]}
        assert call.method in POSTS, call.method
        return read[call.args.get("channel") or call.args["channel_id"]]

    async def happens(self, channel: Channel) -> None:
        """Let something change that makes the readers of a channel fewer or their rights less."""
        slack, drawn = self.office.slack, self.drawn
        match drawn.randrange(4):
            case 0:
                other = min(self.users.values(), key=lambda each: len(self.visible(each)))
                channel.members = sorted({*channel.members, other.id})
                if drawn.random() < 0.5:
                    bodies = slack.bodies(self.office.team)
                    kind = "member_joined_channel"
                    await self.office.comes(bodies.membership(kind, other, channel))
            case 1:
                channel.is_ext_shared = True
            case 2:
                for source in sorted({each.source for each in self.firm.documents}):
                    added = Added("deny", "everyone", source, None)
                    self.firm.added.append(added)
                    await self.built.add(added)
            case _:
                self.firm.groups |= {each: set() for each in sorted(self.firm.groups)[1:]}
                await self.built.regroup(self.firm)
        self.mark()


@asynccontextmanager
async def town(built: House, seed: int) -> AsyncIterator[Town]:
    maker = Maker(seed)
    firm = maker.firm()
    await built.move_in(firm)
    async with FakeSlack() as slack:
        team = slack.team()
        web = Web(team.bot_token, api=slack.url, pace=at_once())
        changing = Changing(built.assistant, maker.random)
        more: dict[str, Any] = {"every_seconds": 0.0}
        library: Any = built.library
        office = Office(
            slack, team, web, built.database, built.directory, changing, library, **more
        )
        here = Town(built, firm, office, changing, maker.random)
        for name in PEOPLE:
            here.users[name] = team.user(name.title(), f"{name}@firm.example")
        for name, kind in OUTSIDERS:
            here.users[name] = team.user(name, f"{name.lower()}@firm.example", **kind)
        try:
            async with office.working.going():
                yield here
        finally:
            await office.handling.close()
            await web.close()
    async with built.database.transaction() as connection:
        await connection.execute(delete(slack_questions))
    await built.move_out()


async def story(here: Town) -> tuple[int, int]:
    """Ask in a channel, in a direct message and by command; return the calls with canaries."""
    drawn, office = here.drawn, here.office
    most = max(PEOPLE, key=lambda name: len(here.firm.visible(name)))
    asker = here.users[drawn.choice([most, most, *PEOPLE])]
    everybody = sorted(here.users.values(), key=lambda each: each.id)
    colleagues = [here.users[name] for name in PEOPLE]
    known = [each for each in drawn.choice([everybody, colleagues, colleagues]) if each != asker]
    others = drawn.sample(known, drawn.choice([0, 1, 1, 2]))
    kind = drawn.choice(["channel", "channel", "group"])
    channel = office.team.channel("room", [asker, *others], kind=kind)
    channel.is_ext_shared = drawn.random() < 0.1
    channel.is_org_shared = drawn.random() < 0.05
    office.team.dm(asker)
    here.mark()
    office.slack.can_stream = drawn.random() < 0.7
    theirs = here.visible(asker)
    secret = sorted(theirs - set.intersection(theirs, *map(here.visible, others)))
    codes = [f"What does the code word {each} open?" for each in secret[:3]]
    wanted = drawn.choice(codes or [*QUESTIONS, "Which code word opens the vault?"])
    here.changing.late = drawn.random() < 0.5
    if drawn.random() < 0.6:
        here.changing.change = lambda: here.happens(channel)
    first = await office.asks(asker, channel, wanted)
    await office.settled()
    here.changing.change = None
    await here.changing.over()
    await office.asks(asker, channel, drawn.choice(QUESTIONS), thread=first.ts)
    await office.settled()
    in_channel = here.check()
    here.mark()
    await office.asks(asker, office.team.dm(asker), "Which code word opens the vault?")
    await office.comes(office.slack.bodies(office.team).command(asker, channel, QUESTIONS[0]))
    await office.settled()
    return in_channel, here.check()


async def _stories(seeds: Iterable[int]) -> tuple[int, int]:
    in_channels = everywhere = 0
    async with house("edge") as built:
        for seed in seeds:
            print(f"seed {seed}")
            async with town(built, seed) as here:
                there, all_of_it = await story(here)
                in_channels, everywhere = in_channels + there, everywhere + all_of_it
    return in_channels, everywhere


async def test_no_payload_holds_what_a_reader_of_it_may_not_read() -> None:
    in_channels, everywhere = await _stories(FEW)

    assert in_channels > 5
    assert everywhere > in_channels


@pytest.mark.deep
@pytest.mark.parametrize("part", range(40))
async def test_in_a_thousand_firms(part: int) -> None:
    await _stories(range(90_000 + part * 25, 90_025 + part * 25))
