"""A far system is called as the asker, at the configured place, and nowhere else."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.errors import BadRequest
from tests.tools.far.certificates import certified
from tests.tools.far.wire import GOOD, Names, Wire, answered, listening
from tests.tools.timeouts import PATIENT_SECONDS, Timeouts
from tools.far import FarSystem, Limits
from tools.far_answer import FarRefused, read_json
from tools.origin import Place, origin_of, place_of
from tools.tool import ToolFailed

SECRET = "mine-0f8a77"
SMALL = Limits(
    connect_seconds=PATIENT_SECONDS,
    total_seconds=2 * PATIENT_SECONDS,
    most_bytes=10_000,
    most_levels=8,
)
METADATA = ("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
WITHIN = ("127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1", *METADATA)


def forms_of(address: str) -> list[str]:
    """Return ways in which parsers have been made to see this address in a host."""
    a, b, c, d = (int(each) for each in address.split("."))
    number = (a << 24) + (b << 16) + (c << 8) + d
    halves = f"{a:02x}{b:02x}:{c:02x}{d:02x}"
    wide = address.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    circled = address.replace("1", "①").replace("2", "②")
    dots = (address.replace(".", dot) for dot in "。．｡․")
    written = [
        str(number),
        f"0x{number:x}",
        f"0{number:o}",
        f"{number + 2**32}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"{a}.{b}.{c << 8 | d}",
        f"{a}.{b << 16 | c << 8 | d}",
        f"00{a}.{b}.{c}.{d}",
        f"{address}.",
        f"{address}%00.example.com",
        f"{a}%2e{b}%2e{c}%2e{d}",
        wide,
        circled,
        *dots,
        f"[::ffff:{address}]",
        f"[::ffff:{halves}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b:1::{address}]",
        f"[2002:{halves}::]",
        f"[2001:0:{halves}::1]",
        f"[::ffff:0:{address}]",
        "[fe80::1%25eth0]",
    ]
    tricked = [
        f"desk.example.com@{address}",
        f"{address}@desk.example.com",
        f"desk.example.com:x@{address}",
        f"desk.example.com\\@{address}",
        f"{address}#@desk.example.com",
        f"{address}?@desk.example.com",
        f"desk.example.com\t{address}",
        f"desk.example.com\r\nHost: {address}",
        f"desk.example.com {address}",
        f"{address}:80:80",
        f"{address}:99999",
    ]
    return written + tricked


FORMS = sorted({form for address in WITHIN for form in (*forms_of(address), address)})


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_an_inside_address_is_taken_for_a_public_one(form: str) -> None:
    for url in (f"https://{form}", f"https://{form}/api", f"https://{form}:8443/api"):
        with pytest.raises(BadRequest):
            origin_of(url, private=False)


@pytest.mark.parametrize("form", FORMS)
def test_an_inside_address_is_taken_in_its_usual_form_only(form: str) -> None:
    try:
        origin = origin_of(f"https://{form}", private=True)
    except BadRequest:
        return
    assert form in WITHIN
    assert form not in METADATA
    assert origin.place in (Place.INSIDE, Place.LOOPBACK)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desk.example.com",
        "ftp://desk.example.com",
        "file:///etc/passwd",
        "https://",
        "https:///api",
        "https://ann:secret@desk.example.com",
        "https://desk.example.com?next=1",
        "https://desk.example.com#part",
        "https://desk.example.com/a/../b",
        "https://desk.example.com/%2e%2e/b",
        "https://desk.example.com//b",
        "https://dësk.example.com",
        "https://desk..example.com",
        "https://-desk.example.com",
        "https://desk.example.com.",
        "https://desk.example.com:0",
        "https://0x7f.1",
        "https://[::1",
        "https://[1::2::3]",
        "https://0.0.0.0",
        "https://[::]",
        "https://224.0.0.1",
        "https://255.255.255.255",
        "http://desk.example.com",
        "https://localhost",
    ],
)
def test_what_is_no_plain_public_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        origin_of(url, private=False)

    assert "secret" not in str(refused.value)


@given(st.text(alphabet="htps:/.@#?\\%[]0179axf-ｅ。é\n ", max_size=30))
@example("desk.example.com")
@example("a.b@desk.example.com")
@example("1.1.1.1#@desk.example.com")
def test_whatever_is_taken_is_read_alike_by_other_parsers(rest: str) -> None:
    url = f"https://{rest}"
    try:
        origin = origin_of(url, private=False)
    except BadRequest:
        return
    assert urlsplit(url).hostname == origin.host
    assert httpx.URL(url).host == origin.host
    assert (urlsplit(url).port or 443) == origin.port
    assert origin.host.isascii()


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", *METADATA, "[fd00:ec2::254]"])
def test_a_public_or_metadata_address_is_no_inside_one(host: str) -> None:
    with pytest.raises(BadRequest):
        origin_of(f"https://{host}", private=True)


def test_a_configured_address_keeps_its_place_and_path() -> None:
    origin = origin_of("https://Desk.example.com:8443/jira/rest/", private=False)

    assert origin.url == "https://desk.example.com:8443"
    assert origin.path(["issue", "A B"], {"q": "x&y=1", "f": ["a", "b"]}) == (
        "/jira/rest/issue/A%20B?q=x%26y%3D1&f=a&f=b"
    )
    assert origin_of("http://[::1]:80", private=True).authority == "[::1]"
    assert origin_of("http://10.1.2.3", private=True).place is Place.INSIDE


@given(st.ip_addresses())
def test_every_address_has_one_place_and_embedded_ones_none(address: object) -> None:
    text = str(address)

    place = place_of(text)

    if text.startswith(("169.254.", "fe80:", "ff", "::ffff:", "64:ff9b:", "2002:")):
        assert place is Place.NEVER
    if getattr(address, "is_multicast", False) or getattr(address, "is_unspecified", False):
        assert place is Place.NEVER
    if place is Place.OUTSIDE:
        assert getattr(address, "is_global", False)


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4))
@example([".."])
@example(["．．"])
@example(["a/b"])
@example(["%2e%2e"])
@example(["a;x=1", "?q", "#f"])
def test_no_segment_leaves_its_place(segments: list[str]) -> None:
    origin = origin_of("https://desk.example.com/api", private=False)
    try:
        path = origin.path(segments)
    except (ValueError, UnicodeEncodeError):
        return
    parts = path.split("/")
    assert [unquote(each) for each in parts] == ["", "api", *segments]
    assert path.isascii()
    assert not set(path) & set("?#;\\ ")
    assert not set(parts) & {".", ".."}


@pytest.mark.parametrize(
    "segment",
    [
        "",
        " ",
        ".",
        "..",
        " .. ",
        "．．",
        "‥",
        "a/b",
        "a／b",
        "a\\b",
        "%2e",
        "a\n",
        "\x00",
        "\u202e",
        "x" * 257,
    ],
)
def test_a_segment_that_could_lead_elsewhere_is_refused(segment: str) -> None:
    origin = origin_of("https://desk.example.com/api", private=False)
    with pytest.raises(ValueError, match="elsewhere"):
        origin.path(["issue", segment])


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=9)))
def test_a_query_stays_one(query: dict[str, str]) -> None:
    origin = origin_of("https://desk.example.com", private=False)
    try:
        path = origin.path(["search"], query)
    except UnicodeEncodeError:
        return
    assert dict(parse_qsl(path.partition("?")[2])) == query
    assert path.count("?") <= 1


def far(wire: Wire, host: str = "127.0.0.1", limits: Limits = SMALL, **more: object) -> FarSystem:
    url = f"http://{host}:{wire.port}/api"
    return FarSystem("Desk", url, private=True, limits=limits, **more)  # type: ignore[arg-type]


async def test_a_call_goes_out_as_the_asker_and_only_so() -> None:
    async with listening(Wire()) as wire:
        answer = await far(wire).send(
            "POST", "issue", "Ä b", query={"x": "1"}, body={"a": "ü"}, secret=SECRET, key="k-1"
        )

    [heard] = wire.heard
    assert (answer.status, answer.body) == (200, {"fine": True})
    assert (heard.method, heard.target) == ("POST", "/api/issue/%C3%84%20b?x=1")
    assert json.loads(heard.body) == {"a": "ü"}
    assert heard.headers.pop("authorization") == f"Bearer {SECRET}"
    assert heard.headers == {
        "host": f"127.0.0.1:{wire.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": str(len(heard.body)),
        "user-agent": "pincite",
        "idempotency-key": "k-1",
    }


async def test_a_basic_credential_is_sent_as_one() -> None:
    async with listening(Wire()) as wire:
        await far(wire, scheme="Basic").send("GET", "me", secret="ann@x.y/token:s3")

    assert wire.heard[0].headers["authorization"] == "Basic YW5uQHgueS90b2tlbjpzMw=="
    assert "content-type" not in wire.heard[0].headers


@pytest.mark.parametrize("secret", ["", "a b", "a\r\nHost: evil", "ä", "a\x00", "x" * 9000])
async def test_without_a_proper_credential_nothing_is_sent(secret: str) -> None:
    async with listening(Wire()) as wire:
        with pytest.raises(ToolFailed) as failed:
            await far(wire).send("POST", "issue", secret=secret)

    assert wire.connections == 0
    assert failed.value.happened is False
    assert not secret or secret not in str(failed.value)


@pytest.mark.parametrize("key", ["a b", "a\r\nX: y", "ü", "x" * 200])
async def test_a_key_that_is_none_is_not_sent(key: str) -> None:
    async with listening(Wire()) as wire:
        with pytest.raises(ToolFailed):
            await far(wire).send("POST", "issue", secret=SECRET, key=key)

    assert wire.connections == 0


async def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(Wire()) as wire, listening(Wire()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await far(wire).send("GET", "me", secret=SECRET)

    assert (wire.connections, proxy.connections) == (1, 0)


async def test_no_cookie_is_kept() -> None:
    said = answered(GOOD, headers="Set-Cookie: a=b; Path=/\r\n")
    async with listening(Wire([said])) as wire:
        desk = far(wire)
        await desk.send("GET", "me", secret=SECRET)
        await desk.send("GET", "me", secret="another")

    assert all("cookie" not in each.headers for each in wire.heard)
    assert wire.heard[1].headers["authorization"] == "Bearer another"
    assert wire.connections == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
async def test_no_redirect_is_followed(status: int) -> None:
    async with listening(Wire()) as sink:
        for to in (f"http://127.0.0.1:{sink.port}/", "http://169.254.169.254/latest/", "/other"):
            said = answered(b"", status, headers=f"Location: {to}\r\n")
            async with listening(Wire([said])) as wire:
                with pytest.raises(FarRefused) as refused:
                    await far(wire).send("GET", "me", secret=SECRET)
            assert wire.connections == 1
            assert refused.value.status == status

    assert sink.connections == 0


BAD_ADDRESSES = [
    *WITHIN[1:],
    "8.8.8.8",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.251",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "ff02::1",
    "fd00:ec2::254",
    "no address",
    "",
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
@pytest.mark.parametrize("beside", [False, True])
async def test_a_name_that_leads_elsewhere_is_not_connected_to(address: str, beside: bool) -> None:
    async with listening(Wire()) as wire:
        names = Names(["127.0.0.1", address] if beside else [address])
        with pytest.raises(ToolFailed) as failed:
            await far(wire, "localhost", resolve=names).send("POST", "issue", secret=SECRET)

    assert wire.connections == 0
    assert failed.value.happened is False


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "8.8.8.8", *METADATA])
async def test_an_inside_name_may_lead_neither_home_nor_out(address: str) -> None:
    desk = FarSystem("Desk", "http://desk.corp", private=True, resolve=Names([address]))

    with pytest.raises(ToolFailed, match="where it may not be"):
        await desk.send("GET", "me", secret=SECRET)


@pytest.mark.parametrize("address", WITHIN)
async def test_a_public_name_may_not_lead_inside(address: str) -> None:
    desk = FarSystem("Desk", "https://desk.example.com", resolve=Names([address]))

    with pytest.raises(ToolFailed, match="where it may not be"):
        await desk.send("GET", "me", secret=SECRET)


async def test_a_name_with_very_many_addresses_is_not_believed() -> None:
    async with listening(Wire()) as wire:
        many = [f"127.0.0.{at}" for at in range(1, 18)]
        with pytest.raises(ToolFailed, match="no connection"):
            await far(wire, "localhost", resolve=Names(many)).send("GET", "me", secret=SECRET)

    assert wire.connections == 0


async def test_a_name_that_answers_twice_differently_is_asked_once_a_call() -> None:
    async with listening(Wire()) as first, listening(Wire(), address="127.0.0.2") as second:
        names = Names(["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"])
        desk = far(first, "localhost", resolve=names)

        await desk.send("GET", "me", secret=SECRET)
        assert (names.asked, first.connections, second.connections) == (1, 1, 0)
        with pytest.raises(ToolFailed, match="no connection"):
            await desk.send("GET", "me", secret=SECRET)
        assert (names.asked, first.connections) == (2, 1)
        with pytest.raises(ToolFailed, match="where it may not be"):
            await desk.send("GET", "me", secret=SECRET)
        assert names.asked == 3

    assert second.connections == 0


async def test_the_next_address_is_tried_where_the_first_is_closed() -> None:
    async with listening(Wire()) as wire:
        desk = far(wire, "localhost", resolve=Names(["127.0.0.9", "127.0.0.1"]))

        assert (await desk.send("POST", "issue", secret=SECRET)).status == 200

    assert len(wire.heard) == 1
    assert wire.heard[0].headers["host"] == f"localhost:{wire.port}"


@pytest.mark.parametrize(("certified_for", "is_good"), [("localhost", True), ("desk.test", False)])
async def test_a_certificate_must_be_for_the_configured_name(
    tmp_path: Path, certified_for: str, is_good: bool
) -> None:
    authority, tls = certified(tmp_path, certified_for)
    async with listening(Wire(), tls=tls) as wire:
        url = f"https://localhost:{wire.port}"
        names = Names(["127.0.0.1"])
        desk = FarSystem("Desk", url, private=True, ca_file=authority, resolve=names)
        if is_good:
            await desk.send("POST", "issue", secret=SECRET)
        else:
            with pytest.raises(ToolFailed) as failed:
                await desk.send("POST", "issue", secret=SECRET)
            assert failed.value.happened is False

    assert len(wire.heard) == int(is_good)


async def test_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    _, tls = certified(tmp_path, "localhost")
    async with listening(Wire(), tls=tls) as wire:
        url = f"https://localhost:{wire.port}"
        desk = FarSystem("Desk", url, private=True, resolve=Names(["127.0.0.1"]))
        with pytest.raises(ToolFailed):
            await desk.send("GET", "me", secret=SECRET)

    assert wire.heard == []


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        FarSystem("Desk", "https://desk.example.com", ca_file=tmp_path / "none.pem")


WIRES = {
    "closed at once": (Wire(is_deaf=True), None),
    "no answer": (Wire([b""]), None),
    "half a head": (Wire([b"HTTP/1.1 200"]), None),
    "half a body": (Wire([answered(GOOD)[:-4]]), None),
    "not HTTP": (Wire([b"hello\r\n\r\n"]), None),
    "too late": (Wire([answered(GOOD)], holds=True), None),
    "in drops": (Wire([bytes([each]) for each in answered(GOOD)], holds=True), None),
    "no JSON": (Wire([answered(b"<html>mine</html>")]), None),
    "half JSON": (Wire([answered(b'{"a": ')]), None),
    "a key twice": (Wire([answered(b'{"a": 1, "a": 2}')]), None),
    "no number": (Wire([answered(b'{"a": NaN}')]), None),
    "too deep": (Wire([answered(b"[" * 9 + b"]" * 9)]), None),
    "far too deep": (Wire([answered(b"[" * 4999 + b"]" * 4999)]), None),
    "too long": (Wire([answered(b'"' + b"x" * 20_000 + b'"')]), None),
    "HTML": (Wire([answered(GOOD, kind="text/html")]), None),
    "packed": (Wire([answered(GOOD, headers="Content-Encoding: gzip\r\n")]), None),
    "server's fault": (Wire([answered(b"{}", 500)]), None),
    "busy server": (Wire([answered(b"{}", 503)]), None),
    "redirect": (Wire([answered(b"", 303, headers="Location: /x\r\n")]), None),
    "bad request": (Wire([answered(b"{}", 400)]), False),
    "no credential": (Wire([answered(b"{}", 401)]), False),
    "forbidden": (Wire([answered(b"{}", 403)]), False),
    "nothing there": (Wire([answered(b"{}", 404)]), False),
    "too many": (Wire([answered(b"{}", 429, headers="Retry-After: 7\r\n")]), False),
}


@pytest.mark.parametrize("name", WIRES)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_failure_says_whether_anything_may_have_happened(
    name: str, method: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    timeouts = Timeouts()
    monkeypatch.setattr("tools.far.timeout", timeouts)
    template, happened = WIRES[name]
    scripted = Wire(template.parts, template.holds, template.is_deaf)
    async with listening(scripted) as wire:
        sending = far(wire).send(
            method, "klausel", query={"q": "geheim"}, body={"w": "wort"}, secret=SECRET
        )
        call = asyncio.create_task(sending)
        if wire.holds:
            await asyncio.wait_for(wire.said.wait(), PATIENT_SECONDS)
            timeouts.pass_by(SMALL.total_seconds)
        with pytest.raises(ToolFailed) as failed:
            await call

    assert failed.value.happened is (False if method == "GET" else happened)
    assert ("not known" in str(failed.value)) is (failed.value.happened is None)
    told = f"{failed.value!s} {failed.value!r} {caplog.text}"
    assert not [word for word in (SECRET, "klausel", "geheim", "wort", "mine") if word in told]


async def test_who_waits_for_their_turn_too_long_has_surely_done_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = replace(SMALL, most_calls=1)
    async with listening(Wire(holds=True)) as wire:
        desk = far(wire, limits=limits)
        first = asyncio.create_task(desk.send("POST", "issue", secret=SECRET))
        await asyncio.wait_for(wire.said.wait(), PATIENT_SECONDS)
        monkeypatch.setattr(desk, "_limits", replace(limits, connect_seconds=0.05))
        with pytest.raises(ToolFailed) as second:
            await desk.send("POST", "issue", secret=SECRET)
        wire.go_on.set()
        assert (await first).status == 200

    assert second.value.happened is False
    assert wire.connections == 1


async def test_who_is_stopped_hangs_up_and_can_call_again() -> None:
    heard, hung_up = asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        heard.set()
        await reader.read()
        hung_up.set()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        wire = Wire(port=server.sockets[0].getsockname()[1])
        desk = far(wire, limits=Limits(most_calls=1))
        for _ in range(2):
            call = asyncio.create_task(desk.send("POST", "issue", secret=SECRET))
            await asyncio.wait_for(heard.wait(), PATIENT_SECONDS)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(hung_up.wait(), PATIENT_SECONDS)
            heard.clear()
            hung_up.clear()


async def test_refused_and_unknown_names_have_surely_done_nothing() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    for resolve in (Names(["127.0.0.1"]), Names([]), unknown):
        desk = FarSystem("Desk", "http://localhost:9", private=True, resolve=resolve)
        with pytest.raises(ToolFailed) as failed:
            await desk.send("POST", "issue", secret=SECRET)
        assert failed.value.happened is False


async def test_what_to_do_is_said_for_each_refusal() -> None:
    for status, word in ((401, "Connect your account"), (403, "may not"), (429, "7 seconds")):
        said = answered(b'{"say": "evil"}', status, headers="Retry-After: 7\r\n")
        async with listening(Wire([said])) as wire:
            with pytest.raises(FarRefused, match=word) as refused:
                await far(wire).send("POST", "issue", secret=SECRET)
        assert "evil" not in str(refused.value)


async def test_an_empty_answer_is_one() -> None:
    async with listening(Wire([b"HTTP/1.1 204 None\r\n\r\n"])) as wire:
        assert (await far(wire).send("DELETE", "issue", secret=SECRET)).body is None


async def test_an_argument_that_could_lead_elsewhere_is_not_sent() -> None:
    async with listening(Wire()) as wire:
        for segment in ("..", "a/b", "a\\b", "%2f", "", "a\nb"):
            with pytest.raises(ToolFailed, match="cannot stand in an address"):
                await far(wire).send("GET", "issue", segment, secret=SECRET)
        assert far(wire).link("browse", "../x") == ""
        assert far(wire).link("browse", "A-1").endswith("/api/browse/A-1")

    assert wire.connections == 0


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert read_json(json.dumps(value).encode(), 200) == value


def test_every_form_differs() -> None:
    assert len(FORMS) > 200
    assert not [a for a, b in itertools.pairwise(FORMS) if a == b]
