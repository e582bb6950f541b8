"""Two firms that differ only in what somebody may not read look the same to them, to the byte."""

from __future__ import annotations

import copy

import pytest

from retrieval import staging
from retrieval.documents import now
from tests.worlds.channels import Seen, look
from tests.worlds.firm import Added, Firm
from tests.worlds.house import House, batched, house
from tests.worlds.maker import PEOPLE, SOURCES, Maker

ARRIVED = now() - 1_000


@pytest.fixture
def same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every version arrive at one moment, so that the two firms are of one age."""
    monkeypatch.setattr(staging, "now", lambda: ARRIVED)


def other_than(firm: Firm, person: str, maker: Maker) -> Firm:
    """Return a firm in which all that a person may not read is another, and there is more of it."""
    other = copy.deepcopy(firm)
    visible = {document.born for document, _ in firm.readable(person).values()}
    kept = [each for each in other.documents if each.born in visible]
    others = [each for each in other.documents if each.born not in visible]
    if maker.random.random() < 0.5:
        others = []
    for each in others:
        each.newest.lines.append(f"The secret of {each.newest.canary} is the notice of the fee.")
    for _ in range(maker.random.randint(1, 12)):
        others.append(maker.document(other))
    other.documents = kept + others
    there = {each.born for each in other.documents}
    other.added = [each for each in other.added if each.born is None or each.born in there]
    other.glass = {each for each in other.glass if each[2] in there}
    _age_unread_sources(other, visible, maker)
    for each in others:
        if any(other.may_read(person, each, version) for version in each.versions):
            other.added.append(Added("deny", f"user:{person}", each.source, each.born))
    maker.random.shuffle(others)
    for each in others:
        other.documents.remove(each)
        other.documents.insert(maker.random.randint(0, len(other.documents)), each)
    return other


def _let_glass_tell_what_succeeds(firm: Firm, person: str) -> None:
    """Let nothing succeed what is read under glass: that something did is told there on purpose."""
    opened = {born for name, _, born in firm.glass if name == person}
    under_glass = {(each.source, each.uri) for each in firm.documents if each.born in opened}
    for document in firm.documents:
        for version in document.versions:
            if (document.source, version.supersedes) in under_glass:
                version.supersedes = None


def _age_unread_sources(firm: Firm, visible: set[str], maker: Maker) -> None:
    """Make the sources of which a person reads nothing stale or fresh, as it comes."""
    read = {each.source for each in firm.documents if each.born in visible}
    for source in set(SOURCES) - read:
        firm.stale[source] = maker.random.random() < 0.5


async def _seen(built: House, firm: Firm, person: str, asked: list[str], shared: Firm) -> Seen:
    await built.move_in(firm)
    principal = await built.principal(firm, person)
    seen = await look(built, principal, shared, asked)
    await built.move_out()
    return seen


async def _pairs(kind: str, seeds: range) -> None:
    for few in batched(seeds):
        async with house(kind) as built:
            await _pairs_of(built, few)


async def _pairs_of(built: House, seeds: range) -> None:
    for seed in seeds:
        print(f"seed {seed}")
        maker = Maker(seed)
        firm = maker.firm()
        person = maker.random.choice(PEOPLE)
        other = other_than(firm, person, maker)
        _let_glass_tell_what_succeeds(firm, person)
        _let_glass_tell_what_succeeds(other, person)
        assert firm.readable(person).keys() == other.readable(person).keys()
        asked = [maker.random.choice(other.hidden(person))]
        shared = copy.copy(firm)
        shared.documents = []
        one = await _seen(built, firm, person, asked, shared)
        two = await _seen(built, other, person, asked, shared)
        for channel, text in one.channels.items():
            assert two.channels.get(channel) == text, channel
        assert one == two


@pytest.mark.usefixtures("same_moment")
@pytest.mark.parametrize("kind", ["edge", "server"])
async def test_what_one_may_not_read_moves_no_byte_of_what_one_sees(kind: str) -> None:
    await _pairs(kind, range(30))


@pytest.mark.deep
@pytest.mark.usefixtures("same_moment")
@pytest.mark.parametrize("kind", ["edge", "server"])
@pytest.mark.parametrize("part", range(25))
async def test_in_five_thousand_pairs(kind: str, part: int) -> None:
    first = 1_000 + 100 * part + (2_500 if kind == "server" else 0)
    await _pairs(kind, range(first, first + 100))
