"""Where a browser may be sent, and where a request comes from."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from assistant.signin.addresses import HOME, client_of, is_within, networks_of, safe_next
from retrieval.errors import BadRequest
from tests.assistant.signin.door import Door, sign_in

LEADS = st.sampled_from(
    [
        "/",
        "//",
        "///",
        "/\\",
        "\\",
        "https:",
        "http://evil.example",
        "/%2f",
        "/.",
        "/..//",
        " /",
        "",
    ]
)
PIECES = st.sampled_from(
    ["evil.example", "@", ":", "/", "\\", "\t", "\n", "\r", "?", "#", "%0d", "a"]
)


@given(
    LEADS.flatmap(
        lambda lead: st.lists(PIECES | st.text(max_size=4)).map(
            lambda pieces: lead + "".join(pieces)
        )
    )
    | st.text()
)
@example("/\t/evil.example")
@example("/\n//evil.example")
@example("//evil.example/..")
@example("/@evil.example")
@example("javascript:alert(1)")
def test_a_browser_is_only_ever_sent_to_this_server(wanted: str) -> None:
    given_ = safe_next(wanted)
    assert given_ in (wanted, HOME)
    assert given_.startswith("/")
    assert not given_.startswith("//")
    assert not set(given_) & {"\\", "\r", "\n", "\t", "\0", " "}
    assert urlsplit(urljoin("https://own.example/sign-in", given_)).netloc == "own.example"


@pytest.mark.parametrize(
    "wanted", ["/", "/search?q=a%20b&kind=policy", "/source/a1/2?start=1&end=9"]
)
def test_a_page_of_ours_is_gone_back_to(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/a\r\nSet-Cookie: b=c"],
)
async def test_no_form_or_link_leads_elsewhere(door: Door, wanted: str) -> None:
    async with door.client() as http:
        page = await http.get("/sign-in", params={"next": wanted})
        answer = await sign_in(http, "ann", next=wanted)
    assert "evil" not in page.text
    assert answer.headers["location"] == "/"
    assert "b=c" not in str(answer.headers)


def coming(peer: str, *told: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", each.encode()) for each in told]
    return HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "told", "expected"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("10.9.9.9",), "192.0.2.1"),
        ("10.0.0.1", ("192.0.2.1",), "192.0.2.1"),
        ("10.0.0.1", ("6.6.6.6, 192.0.2.1",), "192.0.2.1"),
        ("10.0.0.1", ("6.6.6.6", "192.0.2.1, 10.0.0.2"), "192.0.2.1"),
        ("10.0.0.1", ("6.6.6.6, <script>",), "10.0.0.1"),
        ("::ffff:10.0.0.1", ("192.0.2.1",), "192.0.2.1"),
        ("10.0.0.1", ("", " , "), "10.0.0.1"),
    ],
)
def test_only_a_listed_proxy_says_where_a_request_comes_from(
    peer: str, told: tuple[str, ...], expected: str
) -> None:
    assert client_of(coming(peer, *told), networks_of(["10.0.0.0/8"])) == expected


def test_networks_are_named_or_refused() -> None:
    networks = networks_of(["10.0.0.0/8", "::1"])
    assert is_within("10.200.1.1", networks)
    assert is_within("::1", networks)
    assert not is_within("11.0.0.1", networks)
    assert not is_within("testclient", networks)
    with pytest.raises(BadRequest, match="such as"):
        networks_of(["ten"])
