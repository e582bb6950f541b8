"""Who is let in: so many at once, so many of one person, whichever way they come, or 429."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from assistant.admission import Admission, Admitted, Places
from assistant.answers import Question, Refusal, RefusalReason, Told
from assistant.http.health import Part
from assistant.recorded import Found
from assistant.signin.caller import Caller, Means
from assistant.turns import Room
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.errors import Busy, NotFound
from tests.assistant.http_client import client
from tests.assistant.http_world import make_parts, until

ROOM = Room(at_once=2, waiting=4)


@dataclass
class Slow:
    """Refuses every question, when it is let; a search likewise."""

    lets: asyncio.Event = field(default_factory=asyncio.Event)
    begun: Counter[str] = field(default_factory=Counter)
    under_way: int = 0

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        self.begun[question.principal.name] += 1
        self.under_way += 1
        try:
            await self.lets.wait()
            if question.text == "fail":
                raise NotFound("It is not there.")
            yield Refusal(question, RefusalReason.NOT_SUPPORTED, "No.", ())
        finally:
            self.under_way -= 1

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        self.begun[f"{question.principal.name} searches"] += 1
        await self.lets.wait()
        return ()


def question(asker: str, text: str = "why?", channel: str = "web") -> Question:
    return Question(text, Principal.person(asker, []), Scope(as_of=now()), channel=channel)


class House:
    """People ask, and what they are told comes in the end."""

    def __init__(self, room: Room = ROOM, each: int = 3) -> None:
        self.slow = Slow()
        self.assistant = Admitted(self.slow, Admission(room, each))
        self.tasks: list[asyncio.Task[object]] = []

    async def asks(self, *askers: str, **more: str) -> None:
        for each in askers:
            self.tasks.append(asyncio.create_task(self.assistant.ask(question(each, **more))))
            await asyncio.sleep(0)

    async def ends(self) -> list[object]:
        self.slow.lets.set()
        return await asyncio.gather(*self.tasks, return_exceptions=True)


def refused_among(results: list[object]) -> list[bool]:
    return [isinstance(each, Busy) for each in results]


async def test_beyond_the_room_a_question_is_refused_before_anything_is_done() -> None:
    house = House()
    await house.asks(*"abcdefgh")
    assert sorted(house.slow.begun) == list("abcdef")
    assert refused_among(await house.ends()) == [False] * 6 + [True] * 2
    assert house.slow.under_way == 0


async def test_one_person_has_so_many_open_whichever_way_they_ask() -> None:
    house = House(Room(at_once=20, waiting=4))
    for channel in ("web", "api", "command line", "web"):
        await house.asks("ann", channel=channel)
    await house.asks("bob")
    assert house.slow.begun == {"ann": 3, "bob": 1}
    assert refused_among(await house.ends()) == [False, False, False, True, False]


async def test_the_last_places_are_for_people_who_have_none() -> None:
    house = House()
    await house.asks("ann", "bob", "ann", "bob", "ann", "bob", "cam", "dan", "eve")
    assert house.slow.begun == {"ann": 2, "bob": 2, "cam": 1, "dan": 1}
    results = await house.ends()
    assert refused_among(results) == [False] * 4 + [True] * 2 + [False] * 2 + [True]


@pytest.mark.parametrize("text", ["why?", "fail"])
async def test_what_ends_or_fails_gives_its_place_back(text: str) -> None:
    house = House(each=1)
    await house.asks("ann", text=text)
    await house.ends()
    await house.asks("ann")
    assert refused_among(await house.ends()) == [False, False]


async def test_who_leaves_gives_the_place_back() -> None:
    house = House(each=1)
    await house.asks("ann")
    house.tasks[0].cancel()
    await until(lambda: not house.slow.under_way)
    async with aclosing(house.assistant.stream(question("ann"))) as pieces:
        house.slow.lets.set()
        await anext(pieces)
    await house.asks("ann")
    assert refused_among(await house.ends())[1:] == [False]


async def test_searching_goes_on_while_every_question_has_its_place_taken() -> None:
    house = House()
    await house.asks(*"abcdef")
    searches = [
        asyncio.create_task(house.assistant.search(question(each), 5)) for each in "aaaabcdef"
    ]
    await asyncio.sleep(0)
    assert house.slow.begun["a searches"] == 3
    await house.ends()
    found = await asyncio.gather(*searches, return_exceptions=True)
    assert refused_among(list(found)) == [
        False,
        False,
        False,
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_how_long_to_wait_is_how_long_questions_took_of_late() -> None:
    at = [0.0]
    places = Places(lambda: Room(at_once=1, waiting=0), 1, clock=lambda: at[0])
    for seconds, told in ((0.2, 1), (9.0, 4), (29.8, 8), (3_000.0, 60)):
        with places.place_of("ann"):
            at[0] += seconds
        with places.place_of("ann"), pytest.raises(Busy) as caught, places.place_of("bob"):
            pass
        assert caught.value.retry_seconds == told


def test_there_are_as_many_places_as_the_model_has_turns() -> None:
    admission = Admission(Room(at_once=5, waiting=5))
    admission.follow(lambda: Room(at_once=1, waiting=1))
    with admission.questions.place_of("ann"), admission.questions.place_of("bob"):
        with pytest.raises(Busy), admission.questions.place_of("cam"):
            pass
        with admission.searches.place_of("cam"):
            pass


COMES = st.tuples(st.just(True), st.integers(0, 9))
GOES = st.tuples(st.just(False), st.integers(0, 50))


@given(
    room=st.builds(Room, at_once=st.integers(1, 4), waiting=st.integers(0, 6)),
    each=st.integers(1, 4),
    course=st.lists(st.one_of(COMES, COMES, GOES), max_size=80),
)
def test_nobody_without_a_question_is_refused_while_there_is_a_place(
    room: Room, each: int, course: list[tuple[bool, int]]
) -> None:
    places = Places(lambda: room, each)
    inside: list[tuple[str, AbstractContextManager[None]]] = []
    for comes, number in course:
        own = Counter(name for name, _ in inside)
        if not comes:
            if inside:
                inside.pop(number % len(inside))[1].__exit__(None, None, None)
            continue
        asker = f"person-{number}"
        place = places.place_of(asker)
        try:
            place.__enter__()
        except Busy:
            assert own[asker] or len(inside) == room.at_once + room.waiting
            seconds = sum(own.values()) - len(own)
            assert seconds <= room.at_once + room.waiting // 2
        else:
            inside.append((asker, place))
            assert own[asker] < each
            assert len(inside) <= room.at_once + room.waiting


async def test_over_http_a_flood_of_one_person_is_told_to_wait_and_keeps_nobody_out() -> None:
    slow = Slow()
    assistant = Admitted(slow, Admission(Room(at_once=16, waiting=16), 8))
    parts = make_parts(assistant=Part.ready("assistant", assistant), authenticate=as_they_say)
    async with client(parts) as asker:
        flood = [asyncio.create_task(asked_by(asker, "ann", at)) for at in range(50)]
        await until(lambda: sum(each.done() for each in flood) == 42)
        other = asyncio.create_task(asked_by(asker, "bob", 0))
        await until(lambda: slow.begun["bob"] == 1)
        slow.lets.set()
        assert (await other).status_code == 200
        responses = await asyncio.gather(*flood)
    assert Counter(each.status_code for each in responses) == {429: 42, 200: 8}
    refused = [each for each in responses if each.status_code == 429]
    assert {each.headers["retry-after"] for each in refused} == {"1"}


async def test_over_http_a_full_house_turns_away_before_it_asks_who_is_there() -> None:
    slow, turned, known = Slow(), Counter[str](), Counter[str]()
    admission = Admission(
        Room(at_once=1, waiting=1), 8, turned_away=lambda: turned.update(["away"])
    )

    async def counted(connection: HTTPConnection) -> Caller:
        known.update([connection.headers["x-asker"]])
        return await as_they_say(connection)

    parts = make_parts(
        assistant=Part.ready("assistant", Admitted(slow, admission)),
        authenticate=counted,
        let_in=admission.let_in,
    )
    async with client(parts) as asker:
        let_in = [asyncio.create_task(asked_by(asker, name, 0)) for name in ("ann", "bob")]
        await until(lambda: slow.under_way == 2)
        late = [await asked_by(asker, "cam", at) for at in range(3)]
        assert [each.status_code for each in late] == [429, 429, 429]
        assert {each.headers["retry-after"] for each in late} == {"1"}
        assert (known["cam"], turned["away"]) == (0, 3)
        searched = asyncio.create_task(
            asker.get("/api/search", params={"q": "why?"}, headers={"X-Asker": "cam"})
        )
        await until(lambda: slow.begun["cam searches"] == 1)
        slow.lets.set()
        assert [(await each).status_code for each in let_in] == [200, 200]
        assert (await searched).status_code == 200
        assert (await asked_by(asker, "cam", 0)).status_code == 200
    assert (known["cam"], turned["away"]) == (2, 3)


async def as_they_say(connection: HTTPConnection) -> Caller:
    """Return whoever the header names."""
    asker = Principal.person(connection.headers["x-asker"], [])
    return Caller(asker, None, Means.MACHINE, "web test")


async def asked_by(asker: httpx.AsyncClient, name: str, at: int) -> httpx.Response:
    """Ask in one of the three ways that there are over HTTP."""
    headers = {"X-Asker": name}
    if at % 3 == 2:
        body = {"model": "pincite", "messages": [{"role": "user", "content": "why?"}]}
        return await asker.post("/v1/chat/completions", json=body, headers=headers)
    path = ("/api/ask", "/api/ask/stream")[at % 3]
    return await asker.post(path, json={"question": "why?"}, headers=headers)
