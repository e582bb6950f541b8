"""Who owns a document, and who approves what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.access import Principal
from tests.shelves import Shelves
from tests.tools.hand_contract import HandContract, Trial, errand
from tools.box.people import ApproverOf, OwnerOf
from tools.matching import fault_of
from tools.tool import Asker, ToolFailed

APPROVERS = {"a change of a contract": ("group:legal", "user:ben"), "spending": ("group:board",)}
BEN = Asker(Principal.person("ben"))


@pytest.fixture
async def shelves(tmp_path: Path) -> AsyncIterator[Shelves]:
    made = Shelves(tmp_path)
    await made.database.migrate()
    legal = frozenset({"group:legal"})
    await made.put("policy.txt", "Some words.", owner="Ann Ashford", readers=legal)
    await made.put("note.txt", "Other words.")
    yield made
    await made.database.close()


class TestOwnerOf(HandContract):
    @pytest.fixture
    async def trial(self, shelves: Shelves) -> Trial:
        arguments = {"passage": await passage_of("policy.txt", shelves)}
        return Trial(lambda: OwnerOf(shelves.library), arguments, secret="")


class TestApproverOf(HandContract):
    @pytest.fixture
    def trial(self) -> Trial:
        return Trial(lambda: ApproverOf(APPROVERS), {"matter": "spending"}, secret="")


async def passage_of(title: str, shelves: Shelves) -> int:
    found = [
        await shelves.library.passage(each, principal=errand().asker.principal)
        for each in await shelves.passage_ids()
    ]
    return next(each.id for each in found if each.version.title == title)


async def test_the_owner_is_told_to_who_may_read_the_document(shelves: Shelves) -> None:
    hand = OwnerOf(shelves.library)

    owned = await hand.run({"passage": await passage_of("policy.txt", shelves)}, errand())
    assert (owned.title, owned.text) == ("policy.txt", "Owner: Ann Ashford")
    other = await hand.run({"passage": await passage_of("note.txt", shelves)}, errand())
    assert other.text == "Nobody is named as its owner."


async def test_unreadable_and_missing_look_the_same(shelves: Shelves) -> None:
    first = await passage_of("policy.txt", shelves)
    told = set()
    for number in (first, first + 1_000):
        with pytest.raises(ToolFailed) as failed:
            await OwnerOf(shelves.library).run({"passage": number}, errand(asker=BEN))
        told.add(str(failed.value))

    assert len(told) == 1
    assert "Ashford" not in told.pop()


async def test_the_owner_is_the_present_one(shelves: Shelves) -> None:
    first = await passage_of("policy.txt", shelves)
    legal = frozenset({"group:legal"})
    await shelves.put("policy.txt", "New words.", owner="Ben Blythe", readers=legal)

    owned = await OwnerOf(shelves.library).run({"passage": first}, errand())

    assert owned.text == "Owner: Ben Blythe"


async def test_a_matter_is_one_of_those_stated() -> None:
    hand = ApproverOf(APPROVERS)

    told = await hand.run({"matter": "a change of a contract"}, replace(errand(), key="k-2"))

    assert told.text == "Approved by: the group legal, ben"
    assert fault_of({"matter": "something else"}, hand.tool.fields) == "matter"
