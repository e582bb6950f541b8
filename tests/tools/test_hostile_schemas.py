"""What another system says of its tools, by a liar: nothing hides, hangs or floods."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from retrieval.access import Principal
from retrieval.errors import BadRequest
from tests.assistant.http_served import running
from tools.box.mcp import McpHand, Offered
from tools.box.mcp_line import McpLine
from tools.box.schema_fields import Unsayable, fields_of
from tools.fields import BadField, Choice
from tools.tool import Asker, Errand, ToolFailed

CANARY = "canary-words-of-the-server"
SECRET = "token-of-ann"
HIDDEN = ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\x1b", "\n", "\u2028", "\ufe0f"]
MOST_CHUNKS = 10_000
EMPTY: dict[str, Any] = {"type": "object", "properties": {}}


def one(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: schema}, "required": [name]}


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("at", [0, 3, 7])
def test_no_word_to_choose_is_other_than_it_looks(hidden: str, at: int) -> None:
    word = "approve"[:at] + hidden + "approve"[at:]
    with pytest.raises(Unsayable):
        fields_of(one("do", {"enum": [word, "approve"]}))
    with pytest.raises(BadField):
        Choice("What is done.", (word,))


@pytest.mark.parametrize(
    "word", [" a", "a ", "a\u00a0", "a  b", "<b>a", "https://evil.example", "a" * 5_000]
)
def test_no_word_to_choose_looks_like_another_or_is_more_than_words(word: str) -> None:
    with pytest.raises(Unsayable):
        fields_of(one("do", {"enum": [word, "a", "a b"]}))


@pytest.mark.parametrize(
    "name", ["amount\u202e", "am\nount", "", "a" * 65, "<b>", "{a}", "\u0430mount", "a b"]
)
def test_no_argument_is_called_other_than_it_looks(name: str) -> None:
    with pytest.raises(Unsayable):
        fields_of(one(name, {"type": "integer"}))
    assert fields_of({"type": "object", "properties": {name: {"type": "integer"}}}) == {}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"anyOf": [{"type": "array", "items": schema}, {"type": "null"}]}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        nested(100_000),
        {"type": "string", "pattern": 5},
        {"type": "string", "pattern": {"a": 1}},
        {"type": "array"},
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        {"enum": [[], {}]},
        {"type": {"a": 1}},
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_without_falling_over(schema: dict[str, Any]) -> None:
    with pytest.raises(Unsayable):
        fields_of(one("value", schema))


class Liar:
    """An MCP server that answers the listing of its tools as a test sets."""

    def __init__(self) -> None:
        self.mode = "whole"
        self.chunks = 0
        self.address = ""

    async def answer(self, request: Request) -> Response:
        asked = await request.json()
        if asked["method"] == "initialize":
            version = asked["params"]["protocolVersion"]
            told = {"protocolVersion": version, "capabilities": {"tools": {}}}
            return result_of(asked, {**told, "serverInfo": {"name": "liar", "version": "1"}})
        if asked["method"].startswith("notifications/"):
            return Response(status_code=202)
        tools = [{"name": "move", "description": "Move.", "inputSchema": EMPTY}]
        if asked["method"] == "tools/call":
            return result_of(asked, {"content": [{"type": CANARY, "text": 5}]})
        match self.mode:
            case "endless":
                return StreamingResponse(self.flood(), media_type="application/json")
            case "packed":
                whole = gzip.compress(result_of(asked, {"tools": tools}).body)
                packed = {"content-encoding": "gzip"}
                return Response(whole, media_type="application/json", headers=packed)
            case "no json":
                return Response(CANARY, media_type="application/json")
            case "another shape":
                return result_of(asked, {"tools": CANARY})
        return result_of(asked, {"tools": tools})

    async def flood(self) -> Any:
        for self.chunks in range(MOST_CHUNKS):
            yield b"a" * 100_000


def result_of(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Response:
    whole = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result})
    return Response(whole, media_type="application/json")


@pytest.fixture
def liar() -> Iterator[Liar]:
    liar = Liar()
    with running(Starlette(routes=[Route("/mcp", liar.answer, methods=["POST"])])) as liar.address:
        yield liar


@pytest.mark.parametrize("mode", ["endless", "packed", "no json", "another shape", "whole"])
async def test_a_lying_server_is_told_of_in_our_words_alone(
    liar: Liar, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    liar.mode = mode
    line = McpLine("liar", f"{liar.address}/mcp", private=True)
    hand = McpHand(line, Offered("move", "Move.", EMPTY))
    with caplog.at_level(logging.WARNING), pytest.raises(ToolFailed) as caught:
        await hand.run({}, Errand(Asker(Principal.person("ann")), "0" * 32, 0, SECRET))
    assert caught.value.happened is (None if mode == "whole" else False)
    assert CANARY not in str(caught.value)
    assert CANARY not in caplog.text
    assert SECRET not in caplog.text
    assert liar.chunks < MOST_CHUNKS - 1, "not all of it was read"


def test_a_tool_of_hidden_words_is_not_offered() -> None:
    line = McpLine("liar", "http://127.0.0.1:9/mcp", private=True)
    with pytest.raises(BadRequest, match="cannot be offered"):
        McpHand(line, Offered("move", "Move.", one("to", {"enum": ["a\u202e"]})))
