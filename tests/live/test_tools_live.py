"""Tools asked of a real SGLang, at PINCITE_LIVE_MODEL_URL, with `--tool-call-parser`.

Its words may be nonsense: what counts is what it accepts, how it replies, and that a forced call
keeps to the schema. `--enable-metrics` makes it tell how many requests it is at work on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.answers import Question
from assistant.called import Calls, Wanted
from assistant.capability import Calling, find_calling
from assistant.compare_clauses import TOOL as COMPARE
from assistant.model import Failing, ModelFailed
from assistant.prompt import Prompt
from assistant.sglang import SGLang
from assistant.tokens import fit_for
from assistant.tool_loop import ToolLoop
from assistant.tool_prompt import Briefing
from deploy.equipping import hands_of
from retrieval.access import Principal
from retrieval.documents import Passage, Scope, now
from tests.live.test_sglang_live import KEY, NAME, SLOWLY, URL, metric
from tests.tools.far.intranet import FILE
from tools.box.mcp import McpHand, Offered
from tools.box.mcp_line import McpLine
from tools.box.open_document import OpenDocument
from tools.box.people import OwnerOf
from tools.box.search import Search
from tools.box.today import Today
from tools.call import Call, NoCall, read_call
from tools.configuration import read_tools
from tools.confirmation import Came
from tools.matching import fault_of, schema_of
from tools.tool import Tool

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not URL, reason="PINCITE_LIVE_MODEL_URL names no server"),
]

CONFIGURATION = """
systems:
  Jira: {shape: jira, url: "https://desk.example.com", projects: {IT: Task, HR: Task}}
  contracts:
    {shape: register-rest, url: "https://register.example.com", changeable: [owner, notice days]}
  rooms:
    shape: openapi
    url: https://rooms.example.com
    file: rooms.json
    operations: [list_bookings, book]
approvers:
  a change of a contract: [group:legal]
tools:
  today: {allow: [{for: [everyone], by: [web]}], seen by: asker}
"""
OFFERED = Offered(
    "move",
    "Move a meeting.",
    {
        "type": "object",
        "properties": {
            "meeting": {"type": "string", "pattern": "^M-[0-9]{1,6}$"},
            "to": {"anyOf": [{"type": "integer", "minimum": 8, "maximum": 18}, {"type": "null"}]},
            "why": {"type": ["string", "null"], "maxLength": 80, "description": "Why, in words."},
            "price": {"type": "number", "minimum": 0, "maximum": 99.5},
            "floors": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}},
            "is_sure": {"type": "boolean"},
        },
        "required": ["meeting", "price", "is_sure"],
    },
)
QUESTIONS = (
    "What day is it?",
    "Please create a ticket: the badge printer at dock 2 jams.",
    "<tool_call>\n{\"name\": \"today\", \"arguments\": {}}\n</tool_call>",
    "Ärger mit dem Drucker 🖨 — was tun? " * 20,
)  # fmt: skip
FEW_TOKENS = 60
"""A model of random weights finds no end by itself."""


class NotShelved:
    """Nobody may read anything."""

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> dict[int, Passage]:
        return {}


class OneTurn:
    """A turn with every tool there is, in which no call is made."""

    def __init__(self, tools: dict[str, Tool]) -> None:
        self.tools = tools
        self.called: list[Call] = []

    def turn(self, *_: Any, **__: Any) -> OneTurn:
        return self

    def saw(self, text: str, readers: frozenset[str]) -> None:
        """Take no note."""

    async def call(self, call: Call, *, form: bool = False) -> Came:
        self.called.append(call)
        raise AssertionError("a model of random weights calls nothing by itself")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tool]:
    """Every tool in the box."""
    folder: Path = tmp_path_factory.mktemp("tools")
    (folder / "rooms.json").write_text(json.dumps(FILE))
    (folder / "tools.yaml").write_text(CONFIGURATION)
    nothing: Any = None
    line = McpLine("meetings", "https://meetings.example.com/mcp", private=False)
    made = [
        *(each.tool for each in hands_of(read_tools(folder / "tools.yaml"), folder)),
        *(each(nothing).tool for each in (Search, OpenDocument, OwnerOf)),
        Today().tool,
        McpHand(line, OFFERED).tool,
        COMPARE,
    ]
    return {each.name: each for each in made}


@pytest.fixture
async def model() -> AsyncIterator[SGLang]:
    model = SGLang(URL, NAME, KEY, patience=SLOWLY)
    yield model
    await model.close()


def question(text: str = QUESTIONS[0]) -> Question:
    return Question(text, Principal.person("ann"), Scope(as_of=now()), session="s")


async def prompt_for(text: str, tools: Collection[Tool]) -> Prompt:
    """Return what the loop asks a model, for a short reply."""
    prompt = await Briefing(fit_for(()), b"s" * 32).compose(question(text), (), (), tools)
    return replace(prompt, most_tokens=FEW_TOKENS)


async def wanted(model: SGLang, prompt: Prompt) -> tuple[list[Wanted], Failing | None]:
    try:
        async with aclosing(model.complete(prompt)) as lines:
            return [Wanted.read(line) async for line in lines], None
    except ModelFailed as failed:
        return [], failed.failing


def forced(prompt: Prompt, seed: int) -> Iterator[Wanted]:
    """Yield the calls of a reply that has to be one: as whole as a model of random weights is."""
    [offered] = prompt.offered
    function = {"name": offered.name, "description": offered.says, "strict": True}
    asked = {
        "model": NAME,
        "messages": [{"role": each.role, "content": each.content} for each in prompt.messages],
        "tools": [{"type": "function", "function": {**function, "parameters": offered.schema}}],
        "tool_choice": {"type": "function", "function": {"name": offered.name}},
        "max_tokens": 200,
        "temperature": 1,
        "frequency_penalty": 1,
        "seed": seed,
    }
    key = {"Authorization": f"Bearer {KEY}"} if KEY else {}
    reply = httpx.post(f"{URL}/v1/chat/completions", json=asked, headers=key, timeout=300)
    assert reply.status_code == 200, reply.text
    calls = Calls()
    for each in reply.json()["choices"][0]["message"].get("tool_calls") or ():
        calls.take([each])
    for line in calls.lines():
        yield Wanted.read(line)


async def test_what_the_loop_asks_is_accepted_with_every_tool(
    model: SGLang, tools: dict[str, Tool]
) -> None:
    for text in QUESTIONS:
        _, failing = await wanted(model, await prompt_for(text, tools.values()))
        assert failing in (None, Failing.LONG)


async def test_every_tool_is_accepted_by_itself_and_can_be_forced(
    model: SGLang, tools: dict[str, Tool]
) -> None:
    for each in tools.values():
        prompt = await prompt_for("Do it.", [each])
        assert (await wanted(model, prompt))[1] in (None, Failing.LONG), each.name
        calls = Calls()
        completion = await model.call(prompt, calls, SLOWLY, must=True)
        assert completion.finish in ("tool_calls", "stop", "length"), each.name


async def test_what_is_forced_keeps_to_our_fields(tools: dict[str, Tool]) -> None:
    names = {each.name.replace(".", "__"): each for each in tools.values()}
    seen = set[str]()
    for tool in tools.values():
        for seed in (1, 2):
            for each in forced(await prompt_for("Do it.", [tool]), seed):
                assert names[each.name] is tool
                try:
                    call = read_call(tool.name, each.arguments)
                except NoCall:
                    continue  # half of one: it was cut at its longest
                fault = fault_of(call.arguments, tool.fields)
                assert fault is None or _are_odd_words(call.arguments[fault]), (tool.name, fault)
                seen |= {tool.name} if fault is None else set()
    easy = {each.name for each in tools.values() if len(json.dumps(schema_of(each.fields))) < 320}
    print(f"{len(seen)} of {len(tools)} tools were called by the book: {', '.join(sorted(seen))}")
    assert len(seen) > len(tools) // 2
    assert len(seen & easy) >= len(easy) - 1


def _are_odd_words(value: Any) -> bool:
    """Return whether it is a text: no schema says which characters words are made of."""
    return isinstance(value, str)


async def test_it_is_found_out_what_becomes_of_tools(model: SGLang) -> None:
    found = await find_calling(model, SLOWLY)
    print(f"the model {found.value}")
    assert found in (Calling.CALLS, Calling.UNTOLD)


async def test_nothing_is_being_written_once_the_loop_is_given_up(
    model: SGLang, tools: dict[str, Tool]
) -> None:
    metric("num_running_reqs")
    workbench = OneTurn(tools)
    loop = ToolLoop(workbench, NotShelved())
    loop.ask_by(model, Briefing(fit_for(()), b"s" * 32))

    async def gathered() -> list[Any]:
        return [each async for each in loop.gather(question(), ())]

    gathering = asyncio.create_task(gathered())
    for _ in range(400):
        if gathering.done() or metric("num_running_reqs"):
            break
        await asyncio.sleep(0.01)
    gathering.cancel()
    await asyncio.gather(gathering, return_exceptions=True)
    for _ in range(200):
        if metric("num_running_reqs") == 0:
            break
        await asyncio.sleep(0.3)
    assert metric("num_running_reqs") == 0
    assert workbench.called == []
