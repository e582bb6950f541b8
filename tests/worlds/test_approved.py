"""Firms at random, with approved answers: who is shown one may read all that it cites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from assistant.answers import Answer, Question
from assistant.assistant import Assistant
from assistant.http.shapes import shown
from assistant.quotes import Quoter
from assistant.review.first import ApprovedFirst
from assistant.review.lookout import Lookouts
from assistant.review.matching import Matching
from assistant.support import Support
from retrieval.access import Principal
from retrieval.approved.answers import ApprovedAnswers
from retrieval.approved.approved import Content, Stated, Words
from retrieval.documents import Passage, Scope, now
from retrieval.review.cases import Cases
from tests.worlds.channels import CANARY
from tests.worlds.firm import Firm
from tests.worlds.house import EMBEDDER, WORDS, House, house
from tests.worlds.maker import GROUPS, PEOPLE, Maker
from tests.worlds.test_review import Keys, place

DUE = (datetime.now(UTC) + timedelta(100)).date()


@dataclass(frozen=True)
class Published:
    """What was published: with which canaries, for whom, citing which versions."""

    id: int
    question: str
    canaries: frozenset[str]
    readers: frozenset[str]
    versions: frozenset[int]


async def fill(built: House, firm: Firm, answers: ApprovedAnswers, maker: Maker) -> list[Published]:
    """Publish answers from what each person may read, for readers at random."""
    made = []
    points = [each.id for each in await built.journal.points(0, 10_000)]
    for author in PEOPLE:
        principal = await built.principal(firm, author)
        passages = list((await built.library.passages(points, principal=principal)).values())
        for number in range(3 if passages else 0):
            cited = maker.random.sample(passages, min(len(passages), maker.random.randint(1, 2)))
            made.append(await publish(answers, maker, cited, f"{author}{number}"))
    return made


async def publish(
    answers: ApprovedAnswers, maker: Maker, cited: list[Passage], name: str
) -> Published:
    words = " ".join(f"{each.version.title} {each.text}" for each in cited)
    canaries = {each.version.owner.removeprefix("owner of ") for each in cited}
    names = [*(f"user:{each}" for each in PEOPLE), *(f"group:{each}" for each in GROUPS)]
    readers = maker.random.choice([["everyone"], maker.random.sample(names, 2)])
    question = f"What is the word {name} of {' and '.join(sorted(canaries))}?"
    stated = Stated(words, tuple(map(place, cited)))
    content = Content(question, (stated,), frozenset(readers), "ann", DUE)
    [vector] = await EMBEDDER.embed([question])
    kept = await answers.publish(Words(content, EMBEDDER.name, vector), by="ann")
    found = frozenset(canaries | set(CANARY.findall(words)))
    return Published(kept.id, question, found, content.readers, content.versions)


async def check(
    built: House, firm: Firm, assistant: Assistant, who: list[str], made: list[Published]
) -> None:
    """Compare what people who read together are told with what each of them may read."""
    principals = [await built.principal(firm, each) for each in who]
    together = principals[0].together(principals[1:]) if principals[1:] else principals[0]
    visible = set.intersection(*(firm.visible(each) for each in who))
    readable = set.intersection(*(set(firm.readable(each)) for each in who))
    for each in made:
        reply = await assistant.ask(Question(each.question, together, Scope(as_of=now())))
        told = shown(reply).model_dump_json()
        assert set(CANARY.findall(told)) <= visible | set(CANARY.findall(each.question))
        is_shown = isinstance(reply, Answer) and reply.mode == "approved"
        assert f'"id":{each.id},"version"' not in told or is_shown
        expected = await may_see(built, together, each, readable, is_one=len(who) == 1)
        assert is_shown == expected


async def may_see(
    built: House,
    principal: Principal,
    published: Published,
    readable: set[str],
    *,
    is_one: bool,
) -> bool:
    """Return whether an answer is for them, and all that it cites theirs to read, and counts."""
    is_reader = not published.readers.isdisjoint(principal.keys)
    if not is_reader or published.canaries & readable != published.canaries:
        return False
    versions = await built.library.readable(published.versions, principal=principal)
    if versions.keys() != published.versions:
        assert not is_one  # several together may read less than each of them
        return False
    return all(each.in_force.covers(now()) for each in versions.values())


@pytest.mark.parametrize("seed", range(12))
async def test_who_is_shown_an_approved_answer_may_read_all_it_cites(seed: int) -> None:
    await _world(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1_000, 2_000))
async def test_in_a_thousand_worlds_with_approved_answers(seed: int) -> None:
    await _world(seed)


async def _world(seed: int) -> None:
    maker = Maker(seed)
    firm = maker.firm()
    async with house("edge") as built:
        await built.move_in(firm)
        keys = Keys()
        answers = ApprovedAnswers(built.database, keys)
        lookouts = Lookouts(answers, Cases(built.database, keys))
        matching = Matching(answers, EMBEDDER, WORDS.terms)
        first = ApprovedFirst(matching, built.library, lookouts)
        quoter = Quoter(EMBEDDER, WORDS.terms, Support.load())
        assistant = Assistant(built.retriever, quoter, approved=first)
        made = await fill(built, firm, answers, maker)
        for who in (["ann"], ["bob"], ["eve"], ["ann", "bob"]):
            await check(built, firm, assistant, who, made)
