"""Requests that Slack did not sign, or not just now: none of them is taken in.

10,000 of them go through the entrance itself, hundreds through the whole web application; `make
test-deep` sends all 10,000 through that too.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from assistant.http.app import create_app
from assistant.slack.bolt import Entrance
from assistant.slack.profiles import Installed
from assistant.slack.signature import OLDEST_SECONDS, Signature
from tests.assistant.http_world import make_parts
from tests.slack.fake import FakeSlack
from tests.slack.handling import Noting

Request = tuple[bytes, list[tuple[bytes, bytes]]]
COUNT = 10_000
NOW = 1_795_000_000
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@dataclass
class Door:
    slack: FakeSlack
    noting: Noting
    entrance: Entrance
    genuine: list[tuple[bytes, dict[str, str]]]


@pytest.fixture
async def door() -> Door:
    slack, noting = FakeSlack(signing_secret=SECRET), Noting()
    slack.url = "http://127.0.0.1:9/api/"
    slack.now = lambda: NOW  # type: ignore[method-assign]
    team = slack.team()
    ann = team.user("Ann")
    general = team.channel("general", [ann])
    bodies = slack.bodies(team)
    known = {team.id: Installed(team.id, "Firm", team.bot.id, team.bot_id)}
    entrance = Entrance(known, noting, api=slack.url, secret=SECRET, clock=lambda: NOW)
    genuine = [
        slack.signed(body)
        for body in (
            *bodies.asked(ann, general, "how long is the notice?"),
            bodies.command(ann, general, "how long is the notice?"),
            bodies.shortcut(ann, team.says(ann, general, "how long?")),
            *bodies.uninstalled(),
        )
    ]
    return Door(slack, noting, entrance, genuine)


def stamped(headers: dict[str, str]) -> tuple[bytes, bytes]:
    return (
        headers["X-Slack-Request-Timestamp"].encode(),
        headers["X-Slack-Signature"].encode(),
    )


def sign(secret: bytes, stamp: bytes, raw: bytes, version: bytes = b"v0") -> bytes:
    signed = version + b":" + stamp + b":" + raw
    return version + b"=" + hmac.new(secret, signed, hashlib.sha256).hexdigest().encode()


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one bit changed."""
    at = chance.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def forgeries(
    genuine: list[tuple[bytes, dict[str, str]]], seed: int = 7
) -> Iterator[tuple[str, Request]]:
    """Yield forged, altered and replayed requests without end."""
    chance = random.Random(seed)
    secret = SECRET.encode()
    while True:
        raw, headers = genuine[chance.randrange(len(genuine))]
        stamp, signature = stamped(headers)
        old = str(NOW - chance.choice((301, 302, 600, 86_400, NOW - 1))).encode()
        ahead = str(NOW + chance.choice((301, 302, 600, 86_400, 10**9))).encode()
        odd = chance.choice(
            (
                b"",
                b"0",
                b"-1",
                b"+" + stamp,
                b" " + stamp,
                stamp + b".0",
                b"nan",
                b"0x6b",
                stamp + b"\n",
                "١٢٣".encode(),
                b"1" * 400,
                b"1_795_000_000",
            )
        )
        cut = chance.randrange(1, len(raw))
        for kind, changed in (
            ("another secret", (raw, stamp, sign(chance.randbytes(16), stamp, raw))),
            ("no secret", (raw, stamp, sign(b"", stamp, raw))),
            ("a bit of the body", (flipped(raw, chance), stamp, signature)),
            ("a bit of the signature", (raw, stamp, flipped(signature, chance))),
            ("a cut body", (raw[:cut], stamp, signature)),
            ("a longer body", (raw + chance.randbytes(1 + cut % 9), stamp, signature)),
            ("white space", (raw + b" ", stamp, signature)),
            ("a byte order mark", (b"\xef\xbb\xbf" + raw, stamp, signature)),
            ("no UTF-8", (raw[:cut] + b"\xff" + raw[cut:], stamp, signature)),
            ("old", (raw, old, sign(secret, old, raw))),
            ("ahead", (raw, ahead, sign(secret, ahead, raw))),
            ("an old signature, a new time", (raw, stamp, sign(secret, old, raw))),
            ("an odd time", (raw, odd, sign(secret, odd, raw))),
            ("another version", (raw, stamp, sign(secret, stamp, raw, b"v1"))),
            ("no version", (raw, stamp, signature.removeprefix(b"v0="))),
            ("a cut signature", (raw, stamp, signature[: chance.randrange(len(signature))])),
            ("a longer signature", (raw, stamp, signature + b"0")),
            ("capital letters", (raw, stamp, signature.upper())),
            ("no ASCII", (raw, stamp, signature[:-2] + "é".encode())),
            (
                "another request's",
                (raw, stamp, stamped(genuine[0][1])[1])
                if raw != genuine[0][0]
                else (raw + b"\n", stamp, signature),
            ),
        ):
            body, time, made = changed
            yield kind, (body, _headers(headers, time, made))
        kind_of_body = headers["Content-Type"].encode()
        bare = [(b"content-type", kind_of_body)]
        yield "no headers", (raw, bare)
        yield "no time", (raw, [*bare, (b"x-slack-signature", signature)])
        yield "no signature", (raw, [*bare, (b"x-slack-request-timestamp", stamp)])
        twice = [*_headers(headers, stamp, signature), (b"x-slack-signature", signature)]
        yield "two signatures", (raw, twice)
        yield (
            "two times",
            (raw, [*_headers(headers, stamp, signature), (b"x-slack-request-timestamp", old)]),
        )


def _headers(headers: dict[str, str], stamp: bytes, signature: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", headers["Content-Type"].encode()),
        (b"x-slack-request-timestamp", stamp),
        (b"x-slack-signature", signature),
    ]


async def test_of_ten_thousand_forged_requests_none_is_taken_in(door: Door) -> None:
    kinds: set[str] = set()
    for count, (kind, (raw, headers)) in enumerate(forgeries(door.genuine)):
        if count == COUNT:
            break
        kinds.add(kind)
        answered = await door.entrance.received(raw, headers)
        assert answered.status == 401, (kind, raw, headers)

    assert len(kinds) == 25
    assert door.noting.everything == []


async def test_the_genuine_ones_are_taken_in(door: Door) -> None:
    for raw, headers in door.genuine:
        answered = await door.entrance.received(raw, _headers(headers, *stamped(headers)))
        assert answered.status == 200

    assert len(door.noting.asked) == 4
    assert len(door.noting.gone) == 2


@pytest.mark.parametrize(
    ("age", "is_taken"),
    [(0, True), (299, True), (300, True), (301, False), (-299, True), (-300, True), (-301, False)],
)
async def test_is_taken_for_five_minutes(door: Door, age: int, is_taken: bool) -> None:
    raw, _ = door.genuine[0]
    stamp = str(NOW - age).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"x-slack-request-timestamp", stamp),
        (b"x-slack-signature", sign(SECRET.encode(), stamp, raw)),
    ]

    assert (await door.entrance.received(raw, headers)).status == (200 if is_taken else 401)
    assert bool(door.noting.asked) is is_taken
    assert OLDEST_SECONDS == 300


def test_slacks_own_example_is_right() -> None:
    # https://docs.slack.dev/authentication/verifying-requests-from-slack
    raw = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
        b".803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = [
        (b"x-slack-request-timestamp", b"1531420618"),
        (
            b"x-slack-signature",
            b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ]

    assert Signature(SECRET, lambda: 1531420618).is_on(raw, headers)
    assert not Signature(SECRET, lambda: 1531420618).is_on(raw + b" ", headers)


def test_compares_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    headers = [(b"x-slack-request-timestamp", str(NOW).encode()), (b"x-slack-signature", b"v0=")]

    assert not Signature(SECRET, lambda: NOW).is_on(b"{}", headers)
    assert [other for _, other in compared] == [b"v0="]


def test_an_empty_secret_is_no_secret() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Signature("")


def http(door: Door | None) -> httpx.AsyncClient:
    app = create_app(make_parts(slack=door.entrance if door else None))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def send(client: httpx.AsyncClient, request: Request) -> httpx.Response:
    raw, headers = request
    return await client.post("/slack/events", content=raw, headers=headers)


async def through_the_application(door: Door, count: int) -> None:
    async with http(door) as client:
        for number, (kind, request) in enumerate(forgeries(door.genuine, seed=11)):
            if number == count:
                break
            response = await send(client, request)
            assert response.status_code == 401, (kind, request)
    assert door.noting.everything == []


async def test_the_application_takes_in_none_of_hundreds(door: Door) -> None:
    await through_the_application(door, 300)


@pytest.mark.deep
async def test_the_application_takes_in_none_of_ten_thousand(door: Door) -> None:
    await through_the_application(door, COUNT)


async def test_the_application_takes_in_the_genuine_ones(door: Door) -> None:
    async with http(door) as client:
        for raw, headers in door.genuine:
            answer = await send(client, (raw, _headers(headers, *stamped(headers))))
            assert answer.status_code == 200
    assert len(door.noting.asked) == 4


async def test_there_is_no_such_place_where_slack_does_not_come_by_http() -> None:
    async with http(None) as client:
        response = await client.post("/slack/events", content=b"{}")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_the_doorkeeper_stands_before_it(
    door: Door, change: dict[str, str], status: int
) -> None:
    raw, headers = door.genuine[0]
    async with http(door) as client:
        response = await client.post("/slack/events", content=raw, headers=headers | change)
        large: Any = await client.post("/slack/events", content=b"x" * 262_145)
    assert response.status_code == status
    assert large.status_code == 413
    assert door.noting.everything == []


async def test_a_message_of_fifty_blocks_fits_into_what_is_taken(door: Door) -> None:
    make: Callable[[bytes], tuple[bytes, dict[str, str]]] = door.slack.signed
    raw, headers = make(b'{"type":"event_callback","pad":"' + b"x" * 200_000 + b'"}')
    async with http(door) as client:
        response = await client.post("/slack/events", content=raw, headers=headers)
    assert response.status_code != 413
