"""Firms at random, with links: nobody is shown words of a version that they may not read.

Whoever shares asks in the words of what they read before, and what a model wrote for them has words
of everything that its answer rests on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import pytest

from assistant.http.conversation_shapes import shown_masked
from assistant.sharing import Sharing
from retrieval.conversation_shares import Shares
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.conversations import Conversations
from retrieval.documents import Passage, now
from tests.assistant.remembered import Keys
from tests.worlds.channels import CANARY
from tests.worlds.firm import Firm
from tests.worlds.house import House, house
from tests.worlds.maker import PEOPLE, Maker
from tests.worlds.test_timelines import Timeline

_TURNS = 4


@dataclass
class Links:
    """A house in which each person has a conversation, and shares all of it and its last answer."""

    built: House
    firm: Firm
    maker: Maker
    links: dict[str, set[str]] = field(default_factory=dict)
    shown: int = 0
    masked: int = 0

    def __post_init__(self) -> None:
        keys = Keys()
        self.conversations = Conversations(self.built.database, keys)
        shares = Shares(self.built.database, keys)
        self.sharing = Sharing(shares, self.built.library, self.built.record)

    async def fill(self) -> None:
        """Have everybody talk about what they may read, and share it with everybody."""
        points = [each.id for each in await self.built.journal.points(0, 10_000)]
        for person in PEOPLE:
            principal = await self.built.principal(self.firm, person)
            passages = await self.built.library.passages(points, principal=principal)
            conversation, last, told = await self._talk(person, list(passages.values()))
            if not conversation:
                continue
            for turn in ("", last):
                others = [each for each in PEOPLE if each != person]
                to = None if self.maker.random.random() < 0.5 else others
                made = await self.sharing.make(
                    conversation, principal=principal, origin="test", turn=turn, to=to, days=7
                )
                self.links[made.id] = told

    async def _talk(self, person: str, passages: list[Passage]) -> tuple[str, str, set[str]]:
        """Keep a conversation; return its id, its last turn's, and the code words behind it."""
        conversation, known, turn_id = secrets.token_hex(16), "", ""
        told = set[str]()
        for _ in range(_TURNS if passages else 0):
            found = self.maker.random.sample(passages, min(len(passages), 3))
            words = [f"{each.version.title} {each.text}" for each in found]
            mode = self.maker.random.choice(("quotes", "model"))
            said = words if mode == "quotes" else [" ".join(words)] * len(words)
            turn_id = secrets.token_hex(16)
            turn = Turn(
                turn_id,
                now(),
                f"What of this: {known}?",
                f"What of {words[0]}?",
                (found[0].version.id,),
                mode,
                said=tuple(map(_said, said, found)),
                notices=(words[-1],),
            )
            await self.conversations.keep(conversation, turn, person=person)
            known = f"{known} {' '.join(words)}"
            told |= {each.version.owner.removeprefix("owner of ") for each in found}
        if known:
            title = " ".join(sorted(told)[:6])  # short enough to be kept whole
            await self.conversations.rename(conversation, title, person=person)
        return (conversation if known else ""), turn_id, told

    async def look(self) -> None:
        """Have everybody open every link, and compare with what the reference lets them read."""
        for person in PEOPLE:
            principal = await self.built.principal(self.firm, person)
            visible = self.firm.visible(person)
            for link, told in self.links.items():
                opened = await self.sharing.opened(link, principal=principal, origin="test")
                seen = set(CANARY.findall(repr((opened.title, shown_masked(opened.turns)))))
                assert seen <= visible, person
                if told <= set(self.firm.readable(person)):
                    assert not opened.is_masked
                self.shown += bool(seen)
                self.masked += opened.is_masked


def _said(text: str, passage: Passage) -> Said:
    version = passage.version
    place = Cited(version.id, passage.id, passage.start, passage.end, passage.page, passage.text)
    return Said(text, (place,))


@pytest.mark.parametrize("seed", range(12))
async def test_nobody_is_shown_what_they_may_not_read_by_a_link(seed: int) -> None:
    await _world(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(3_000, 3_300))
async def test_in_three_hundred_worlds_with_links(seed: int) -> None:
    await _world(seed)


async def test_worlds_do_show_and_mask() -> None:
    links = [await _world(seed) for seed in range(50, 54)]
    assert sum(each.shown for each in links) > 10
    assert sum(each.masked for each in links) > 10


async def _world(seed: int) -> Links:
    maker = Maker(seed)
    firm = maker.firm()
    async with house("edge") as built:
        await built.move_in(firm)
        links = Links(built, firm, maker)
        await links.fill()
        await links.look()
        happening = Timeline(built, firm, maker)
        for _ in range(3):
            await happening.step()
            await links.look()
    return links
