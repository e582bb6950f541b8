"""Sharing over HTTP: a link is made, opened with one's own rights, and ended; all is on record."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.audit.event import Act
from retrieval.errors import Unavailable
from tests.assistant.http_client import client, offences, read
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ANN, BOB, asking_as, demo_people
from tests.assistant.remembered import Remembered, begun, remembered, saying

NOTICE = "How much written notice must either party give to terminate the agreement?"
FORM = {"origin": "http://testserver"}


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path) as kept:
        yield kept


def as_(kept: Remembered, who: Any) -> Any:
    """Return a client of somebody, where ann and bob are known."""
    return client(kept.parts(authenticate=asking_as(who), people=demo_people()))


async def conversation_of(kept: Remembered) -> str:
    """Return a conversation of ann's: a sentence that bob may read, one that he may not."""
    versions = [each.version for each in firm()]
    theirs = next(each.id for each in versions if "everyone" in each.readers)
    hers = next(each.id for each in versions if each.readers == {"group:legal"})
    said = (saying("Open to all.", theirs), saying("Canary.", hers))
    return await begun(kept.conversations, ANN.name, *said)


async def link_of(http: Any, conversation: str, **fields: str) -> str:
    sent = {"who": "everybody", "days": "7"} | fields
    answer = await http.post(f"/conversations/{conversation}/share", data=sent, headers=FORM)
    assert answer.status_code == 303, answer.text
    page = await http.get(answer.headers["location"])
    assert "The link is made" in page.text
    assert offences(page.text) == []
    [found] = set(re.findall(r"/shared/[0-9a-f]{32}", page.text))
    return found


async def test_who_opens_a_link_is_shown_what_they_may_read(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        link = await link_of(http, conversation, who="named", names="bob")
        own = await http.get(link)
    async with as_(kept, BOB) as http:
        his = await http.get(link)
        other = await http.get(f"/conversations/{conversation}")
    assert other.status_code == 404, "a link opens what is shared, not the conversation"
    assert "Canary." in own.text
    text = read(his.text).text
    assert "Open to all." in text
    assert "anary" not in his.text
    assert "What is the notice?" not in his.text
    assert "The question is not shown" in text
    assert "1 sentence of the answer is not shown: it rests on a document" in text
    assert offences(his.text) == []


async def test_a_link_is_for_those_it_names(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, BOB) as http:
        mine = await begun(kept.conversations, BOB.name)
        link = await link_of(http, mine, who="named", names="ann")
    async with as_(kept, ANN) as http:
        assert (await http.get(link)).status_code == 200
        private = await link_of(http, conversation, who="named", names="bob, bob")
        await http.get(f"/conversations/{conversation}/share")
    stranger = type(ANN).person("cleo", ["legal"])
    async with as_(kept, stranger) as http:
        there = await http.get(private)
        nowhere = await http.get(f"/shared/{'0' * 32}")
    assert there.status_code == nowhere.status_code == 404
    assert there.text == nowhere.text


async def test_a_link_ends_at_once(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        link = await link_of(http, conversation)
        share = link.rsplit("/", 1)[1]
        ended = f"/conversations/{conversation}/share/{share}/end"
        assert (await http.post(ended, headers=FORM)).status_code == 303
        assert (await http.get(link)).status_code == 404
        assert (await http.post(ended, headers=FORM)).status_code == 404


async def test_making_opening_and_ending_are_on_record(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        link = await link_of(http, conversation, who="named", names="bob")
    async with as_(kept, BOB) as http:
        await http.get(link)
    async with as_(kept, ANN) as http:
        share = link.rsplit("/", 1)[1]
        await http.post(f"/conversations/{conversation}/share/{share}/end", headers=FORM)
    noted = [each for each in kept.notes.events if each.act is Act.SHARE]
    assert [each.about["what"] for each in noted] == ["make", "open", "end"]
    assert [each.actor for each in noted] == ["ann", "bob", "ann"]
    assert [each.concerns for each in noted] == [("bob",), ("ann",), ("bob",)]
    assert noted[1].about["masked"] == 1
    assert all(not each.words for each in noted)


async def test_what_cannot_be_noted_is_neither_shared_nor_shown(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        link = await link_of(http, conversation)
        kept.notes.fails_at = 0
        sent = {"who": "everybody", "days": "7"}
        made = await http.post(f"/conversations/{conversation}/share", data=sent, headers=FORM)
        assert made.status_code == 503
        assert (await http.get(link)).status_code == 503
    assert len(await kept.sharing.of(conversation, principal=ANN)) == 1
    with pytest.raises(Unavailable):
        await kept.sharing.opened(link.rsplit("/", 1)[1], principal=BOB, origin="")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"who": "named", "days": "7"},
        {"who": "named", "names": "nobody-here", "days": "7"},
        {"who": "named", "names": "ann", "days": "7"},
        {"who": "everybody", "days": "8"},
        {"who": "everybody", "days": "7", "turn": "x"},
        {"who": "everybody", "days": "7", "turn": "0" * 32},
    ],
)
async def test_what_is_no_sharing_is_told_and_shares_nothing(
    kept: Remembered, fields: dict[str, str]
) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        address = f"/conversations/{conversation}/share"
        answer = await http.post(address, data=fields, headers=FORM)
    assert answer.status_code in (404, 422)
    assert await kept.sharing.of(conversation, principal=ANN) == []


async def test_the_form_comes_back_as_it_was_sent_with_what_is_wrong(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    fields = {"who": "named", "names": "bob nobody-here", "days": "7"}
    async with as_(kept, ANN) as http:
        address = f"/conversations/{conversation}/share"
        page = (await http.post(address, data=fields, headers=FORM)).text
    assert "nobody-here" in page.partition("</div>")[0]
    assert 'value="bob nobody-here"' in page
    assert '<option value="7" selected>' in page
    assert "Make the link" in page


async def test_somebody_elses_is_shared_and_ended_by_nobody(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with as_(kept, ANN) as http:
        link = await link_of(http, conversation)
    share = link.rsplit("/", 1)[1]
    async with as_(kept, BOB) as http:
        fields = {"who": "everybody", "days": "7"}
        for address, data in (("share", fields), (f"share/{share}/end", {})):
            there = f"/conversations/{conversation}/{address}"
            assert (await http.post(there, data=data, headers=FORM)).status_code == 404
        assert (await http.get(f"/conversations/{conversation}/share")).status_code == 404
        branches = f"/api/conversations/{conversation}/branches"
        assert (await http.post(branches, json={"before": "0" * 32})).status_code == 404
        renamed = f"/conversations/{conversation}/rename"
        assert (await http.post(renamed, data={"name": "x"}, headers=FORM)).status_code == 404
    async with as_(kept, ANN) as http:
        assert (await http.get(link)).status_code == 200


async def test_one_answer_is_shared_without_the_others(kept: Remembered) -> None:
    async with as_(kept, ANN) as http:
        first = (await http.post("/api/ask", json={"question": NOTICE})).json()
        more = {"question": "What is the daily meal allowance?"}
        place = {"conversation": first["conversation"]}
        second = (await http.post("/api/ask", json=more | place)).json()
        link = await link_of(http, first["conversation"], turn=second["turn"])
        page = read((await http.get(link)).text).text
    assert "daily meal allowance" in page
    assert "ninety (90) days" not in page


async def test_where_nobody_else_is_nothing_is_shared(kept: Remembered) -> None:
    conversation = await conversation_of(kept)
    async with client(kept.parts(sharing=None)) as http:
        page = await http.get(f"/conversations/{conversation}")
        assert "Share" not in read(page.text).text
        assert (await http.get(f"/conversations/{conversation}/share")).status_code == 404
