"""Pincite as an MCP server: the real client of the `mcp` package against a served Pincite."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from starlette.requests import HTTPConnection

from assistant.admission import Admission
from assistant.mcp.stdio import pass_on
from assistant.signin.caller import Action, Caller, Means
from assistant.turns import Room
from retrieval.audit.event import Act
from retrieval.errors import Unavailable
from tests.assistant.http_client import CONTRACT
from tests.assistant.http_served import served
from tests.assistant.http_world import ANN, Notes, make_parts
from tests.assistant.test_http_openai_client import by_token

ROOT = Path(__file__).parents[2]
NOTICE = "How much written notice must either party give?"
FOR_ANN = {"document": CONTRACT}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(make_parts(authenticate=by_token)) as address:
        yield address


@asynccontextmanager
async def using(address: str, token: str = "ann", mode: str = "auto") -> AsyncIterator[Client]:
    """Lend a client of the server; `mode` is the age of the protocol."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as http:
        transport = streamable_http_client(f"{address}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


def test_what_speaks_the_protocol_is_imported_when_somebody_does() -> None:
    served = "import sys, pincite, deploy.serving, deploy.own_tools, assistant.http.app"
    told = "print({each.split('.')[0] for each in sys.modules} & {'mcp', 'mcp_types', 'httpx2'})"
    done = subprocess.run(
        [sys.executable, "-c", f"{served}; {told}"], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"set()"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_offers_three_tools_that_only_read(address: str, mode: str) -> None:
    async with using(address, mode=mode) as client:
        listed = (await client.list_tools()).tools
    assert [each.name for each in listed] == ["search", "ask", "open_document"]
    for each in listed:
        assert each.annotations
        assert each.annotations.read_only_hint
        assert each.input_schema["additionalProperties"] is False


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_answers_with_pinned_words(address: str, mode: str) -> None:
    async with using(address, mode=mode) as client:
        came = await client.call_tool("ask", {"question": NOTICE})
    assert not came.is_error
    assert "ninety (90) days" in text_of(came)
    assert f"<{address}/source/{CONTRACT}/1?start=" in text_of(came)
    assert came.structured_content["outcome"] == "answer"
    assert came.structured_content["sentences"][0]["citations"][0]["words"]


async def test_finds_and_opens(address: str) -> None:
    async with using(address) as client:
        found = (
            await client.call_tool("search", {"question": NOTICE, "limit": 2})
        ).structured_content
        hit = found["hits"][0]
        opened = await client.call_tool(
            "open_document",
            {"document": hit["document"], "start": hit["start"], "characters": 60},
        )
    assert len(found["hits"]) == 2
    assert opened.structured_content["text"] == hit["text"][:60]
    assert opened.structured_content["end"] == hit["start"] + 60


async def test_reads_a_document_to_its_end_and_no_further(address: str) -> None:
    whole, at = "", 0
    async with using(address) as client:
        while True:
            came = await client.call_tool(
                "open_document", {**FOR_ANN, "start": at, "characters": 500}
            )
            if not (part := came.structured_content["text"]):
                break
            whole, at = whole + part, came.structured_content["end"]
    assert len(whole) == came.structured_content["characters"]
    assert text_of(came) == "There is no more of it."


async def test_nobody_reads_what_they_may_not(address: str) -> None:
    async with using(address, "bob") as client:
        opened = await client.call_tool("open_document", FOR_ANN)
        missing = await client.call_tool("open_document", {"document": "no-such-thing"})
        found = await client.call_tool("search", {"question": NOTICE, "limit": 50})
        asked = await client.call_tool("ask", {"question": NOTICE})
    assert opened.is_error
    assert text_of(opened) == text_of(missing)
    assert CONTRACT not in {each["document"] for each in found.structured_content["hits"]}
    assert "ninety" not in text_of(asked)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("ask", {}, "question"),
        ("ask", {"question": "x" * 2_001}, "text of 1 to 2,000 characters"),
        ("ask", {"question": NOTICE, "principal": "ann"}, "only the fields"),
        ("search", {"question": NOTICE, "limit": 51}, "limit"),
        ("open_document", {"document": "../../etc/passwd"}, "document"),
        ("open_document", {**FOR_ANN, "characters": 20_001}, "characters"),
    ],
)
async def test_says_what_is_wrong(
    address: str, name: str, arguments: dict[str, Any], expected: str
) -> None:
    async with using(address) as client:
        came = await client.call_tool(name, arguments)
    assert came.is_error
    assert expected in text_of(came)


async def test_knows_no_other_tool(address: str) -> None:
    async with using(address) as client:
        with pytest.raises(MCPError, match="search, ask, open_document"):
            await client.call_tool("Ask", {"question": NOTICE})


async def test_lets_nobody_in_without_a_token(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for headers in ({}, {"Authorization": "Bearer nobody"}):
            response = await http.post(f"{address}/mcp", json=LIST, headers=ACCEPTS | headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_browsers_session_does_not_count() -> None:
    async def by_session(_: HTTPConnection) -> Caller:
        return Caller(ANN, None, Means.SESSION, "web 127.0.0.1")

    with served(make_parts(authenticate=by_session)) as address:
        async with httpx.AsyncClient(trust_env=False) as http:
            response = await http.post(f"{address}/mcp", json=LIST, headers=ACCEPTS)
    assert response.status_code == 403


async def test_a_token_opens_what_it_is_for() -> None:
    async def to_search(_: HTTPConnection) -> Caller:
        return Caller(ANN, None, Means.TOKEN, "web 127.0.0.1", scopes=frozenset({Action.SEARCH}))

    with served(make_parts(authenticate=to_search)) as address:
        async with using(address) as client:
            found = await client.call_tool("search", {"question": NOTICE})
            asked = await client.call_tool("ask", {"question": NOTICE})
            opened = await client.call_tool("open_document", FOR_ANN)
    assert [found.is_error, asked.is_error, opened.is_error] == [False, True, True]
    assert "ninety" not in text_of(asked) + text_of(opened)


async def test_a_full_house_says_when_to_come_again() -> None:
    full = Admission(Room(0, 0))
    parts = make_parts(authenticate=by_token, let_in=full.let_in)
    with served(parts) as address:
        async with using(address) as client:
            came = await client.call_tool("ask", {"question": NOTICE})
    assert came.is_error
    assert "Wait 1 seconds" in text_of(came)


async def test_nonsense_is_answered(address: str) -> None:
    headers = ACCEPTS | {"Authorization": "Bearer ann"}
    async with httpx.AsyncClient(trust_env=False) as http:
        for body in (b"", b"{", b"[]", b"null", b'{"jsonrpc":"1.0"}', b"\xff\xfe", b"[" * 5_000):
            response = await http.post(f"{address}/mcp", content=body, headers=headers)
            assert 400 <= response.status_code < 500, body
        assert (await http.get(f"{address}/mcp", headers=headers)).status_code == 405
        assert (await http.delete(f"{address}/mcp", headers=headers)).status_code == 405


async def test_what_is_opened_is_on_record_by_its_channel() -> None:
    notes = Notes()
    with served(make_parts(authenticate=by_token, record=notes)) as address:
        async with using(address) as client:
            await client.call_tool("open_document", FOR_ANN)
    assert [(each.act, each.actor, each.origin) for each in notes.events] == [
        (Act.OPEN, "ann", "mcp 127.0.0.1")
    ]


async def test_what_cannot_be_noted_is_not_opened() -> None:
    parts = make_parts(authenticate=by_token, record=Notes(fails_at=0))
    with served(parts) as address:
        async with using(address) as client:
            came = await client.call_tool("open_document", FOR_ANN)
    assert came.is_error
    assert "ninety" not in text_of(came)


def program(address: str, token: str) -> StdioServerParameters:
    """Return how an agent starts `pincite mcp`."""
    speak = "import asyncio; from assistant.mcp.stdio import pass_on; "
    speak += f"asyncio.run(pass_on({address!r}, {token!r}))"
    return StdioServerParameters(command=sys.executable, args=["-c", speak], cwd=ROOT)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_program_passes_on_what_an_agent_says(address: str, mode: str) -> None:
    async with Client(stdio_client(program(address, "ann")), mode=mode) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        came = await client.call_tool("ask", {"question": NOTICE})
        with pytest.raises(MCPError, match="search, ask, open_document"):
            await client.call_tool("nothing", {})
    assert names == ["search", "ask", "open_document"]
    assert "ninety (90) days" in text_of(came)


async def test_a_program_asks_with_the_rights_of_its_token(address: str) -> None:
    async with Client(stdio_client(program(address, "bob"))) as client:
        came = await client.call_tool("open_document", FOR_ANN)
    assert came.is_error


@pytest.mark.parametrize(
    ("path", "token", "expected"),
    [
        (None, "ann", "pincite serve"),
        ("", "nobody", "token make"),
        ("/x", "ann", "Name the address"),
    ],
)
async def test_a_program_says_why_it_cannot(
    address: str, path: str | None, token: str, expected: str
) -> None:
    there = "http://127.0.0.1:9" if path is None else address + path
    with pytest.raises(Unavailable, match=expected):
        await pass_on(there, token, io.StringIO(""), io.StringIO())


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPTS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-06-18",
}


def text_of(came: Any) -> str:
    return "".join(each.text for each in came.content)
