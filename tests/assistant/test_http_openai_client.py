"""OpenAI's own package against a served Pincite: what real clients see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from starlette.requests import HTTPConnection

from assistant.answers import Question, Told
from assistant.http.parts import Parts
from assistant.signin.caller import Action, Caller, Means
from assistant.signin.errors import NotAllowed, NotSignedIn
from retrieval.errors import Busy, Unavailable
from tests.assistant.http_client import CONTRACT
from tests.assistant.http_served import served
from tests.assistant.http_world import ANN, BOB, make_parts, until
from tests.assistant.scripted_assistant import Says, by_a_model, saying
from tests.assistant.signin.door import opened
from tests.assistant.test_http_openai import NOTICE
from tests.assistant.test_http_stream import parts_of, writer

ASKED: list[Any] = [{"role": "user", "content": NOTICE}]


async def by_token(connection: HTTPConnection) -> Caller:
    """Recognise ann and bob by tokens that are their names."""
    token = connection.headers.get("authorization", "").removeprefix("Bearer ")
    if token == "narrow":
        raise NotAllowed("Expected somebody who may ask, got a token. Use another.")
    if token not in ("ann", "bob"):
        raise NotSignedIn("Expected a token that counts, got one that does not. Make another.")
    return Caller({"ann": ANN, "bob": BOB}[token], None, Means.TOKEN, "web 127.0.0.1")


@asynccontextmanager
async def using(parts: Parts | None = None, token: str = "ann") -> AsyncIterator[AsyncOpenAI]:
    """Lend a client of a server on a port of this machine."""
    with served(parts or make_parts(authenticate=by_token)) as address:
        async with (
            asyncio.timeout(120),
            AsyncOpenAI(base_url=f"{address}/v1", api_key=token, max_retries=0) as ai,
        ):
            yield ai


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(make_parts(authenticate=by_token)) as address:
        yield f"{address}/v1"


def client_of(address: str, token: str = "ann") -> AsyncOpenAI:
    return AsyncOpenAI(base_url=address, api_key=token, max_retries=0)


async def test_lists_the_model(address: str) -> None:
    async with client_of(address) as ai:
        assert [each.id async for each in ai.models.list()] == ["pincite"]
        assert (await ai.models.retrieve("pincite")).owned_by == "pincite"
        with pytest.raises(openai.NotFoundError):
            await ai.models.retrieve("gpt-5")


async def test_completes_with_annotations(address: str) -> None:
    async with client_of(address) as ai:
        reply = await ai.chat.completions.create(model="pincite", messages=ASKED, temperature=0)
    said = reply.choices[0].message
    assert said.content
    assert said.annotations
    place = said.annotations[0].url_citation
    assert said.content[place.start_index : place.end_index] == "[1]"
    assert place.url.startswith(f"{address.removesuffix('/v1')}/source/{CONTRACT}/1?start=")
    pinned = (said.annotations[0].model_extra or {})["pincite"]
    assert "ninety (90) days" in pinned["words"]
    assert reply.usage
    assert reply.usage.total_tokens == 0


def test_completes_without_an_event_loop(address: str) -> None:
    with OpenAI(base_url=address, api_key="ann", max_retries=0) as ai:
        reply = ai.chat.completions.create(model="pincite", messages=ASKED)
    assert "ninety (90) days" in (reply.choices[0].message.content or "")


async def test_streams_the_same(address: str) -> None:
    async with client_of(address) as ai:
        at_once = await ai.chat.completions.create(model="pincite", messages=ASKED)
        stream = await ai.chat.completions.create(
            model="pincite", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
        chunks = [each async for each in stream]
    choices = [each.choices[0] for each in chunks if each.choices]
    assert choices[0].delta.role == "assistant"
    text = "".join(each.delta.content or "" for each in choices)
    assert text == at_once.choices[0].message.content
    assert choices[-1].finish_reason == "stop"
    assert len((choices[-1].delta.model_extra or {})["annotations"]) >= 2
    assert chunks[-1].usage
    assert [each.usage for each in chunks[:-1]] == [None] * (len(chunks) - 1)


async def test_the_helper_for_streams_gathers_the_whole_text(address: str) -> None:
    async with (
        client_of(address) as ai,
        ai.chat.completions.stream(model="pincite", messages=ASKED) as stream,
    ):
        reply = await stream.get_final_completion()
    assert "ninety (90) days" in (reply.choices[0].message.content or "")
    assert reply.choices[0].finish_reason == "stop"


async def test_each_token_has_its_own_rights(address: str) -> None:
    async with client_of(address, "bob") as ai:
        reply = await ai.chat.completions.create(model="pincite", messages=ASKED)
    assert CONTRACT not in reply.model_dump_json()
    assert "None of the documents you may read" in (reply.choices[0].message.content or "")


async def test_a_token_that_does_not_count_is_an_authentication_error(address: str) -> None:
    async with client_of(address, "nobody") as ai:
        for stream in (False, True):
            with pytest.raises(openai.AuthenticationError, match="Make another"):
                await ai.chat.completions.create(model="pincite", messages=ASKED, stream=stream)
        with pytest.raises(openai.AuthenticationError):
            await ai.models.list()


async def test_a_token_for_something_else_is_a_permission_error(address: str) -> None:
    async with client_of(address, "narrow") as ai:
        with pytest.raises(openai.PermissionDeniedError):
            await ai.chat.completions.create(model="pincite", messages=ASKED)


async def test_what_is_not_supported_is_a_bad_request(address: str) -> None:
    tool: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
    async with client_of(address) as ai:
        with pytest.raises(openai.BadRequestError, match="`tools`") as refused:
            await ai.chat.completions.create(model="pincite", messages=ASKED, tools=[tool])
        with pytest.raises(openai.BadRequestError, match="`n`"):
            await ai.chat.completions.create(model="pincite", messages=ASKED, n=2)
        with pytest.raises(openai.BadRequestError, match="`model`"):
            await ai.chat.completions.create(model="gpt-5", messages=ASKED)
    assert (refused.value.param, refused.value.code) == ("tools", "bad_input")
    assert refused.value.type == "invalid_request_error"


async def test_too_many_questions_are_a_rate_limit_error() -> None:
    parts = saying(Says(lambda _: [], Busy("More is asked than can be answered.", 7)))
    async with using(parts) as ai:
        for stream in (False, True):
            with pytest.raises(openai.RateLimitError) as refused:
                await ai.chat.completions.create(model="pincite", messages=ASKED, stream=stream)
            assert refused.value.response.headers["retry-after"] == "7"


async def test_a_client_that_tries_again_is_answered() -> None:
    def busy_at_first(question: Question) -> list[Told]:
        if len(says.asked) == 1:
            raise Busy("More is asked than can be answered.", 1)
        return by_a_model(question)

    says = Says(busy_at_first)
    async with using(saying(says)) as ai:
        patient = ai.with_options(max_retries=1)
        reply = await patient.chat.completions.create(model="pincite", messages=ASKED)
    assert reply.choices[0].message.content
    assert len(says.asked) == 2


async def test_what_fails_midway_is_raised_by_the_stream() -> None:
    says = Says(by_a_model, Unavailable("The record cannot be written."))
    async with using(saying(says)) as ai:
        stream = await ai.chat.completions.create(model="pincite", messages=ASKED, stream=True)
        with pytest.raises(openai.APIError, match="The record cannot be written"):
            [each async for each in stream]


async def test_who_leaves_ends_the_writing() -> None:
    writes = writer()
    async with using(parts_of(writes)) as ai:
        stream = await ai.chat.completions.create(model="pincite", messages=ASKED, stream=True)
        async for each in stream:
            if "ninety (90) days" in (each.choices[0].delta.content or ""):
                break
        await stream.close()
        await until(writes.was_cancelled.is_set)


async def test_an_answer_is_stopped_by_the_id_that_its_chunks_have() -> None:
    writes = writer()
    async with using(parts_of(writes)) as ai:
        stream = await ai.chat.completions.create(model="pincite", messages=ASKED, stream=True)
        text = ""
        async for each in stream:
            added = each.choices[0].delta.content or ""
            text += added
            if "ninety (90) days" in added:
                root = str(ai.base_url).removesuffix("/v1/")
                async with httpx2.AsyncClient(base_url=root) as http:
                    assert (await http.post(f"/api/answers/{each.id}/stop")).status_code == 204
    assert "You stopped this answer." in text


async def test_a_real_token_opens_the_door(tmp_path: Path) -> None:
    async with opened(tmp_path) as door:
        await door.add("ann", ["legal"])
        tokens = {
            "asks": await door.token("ann", Action.ASK),
            "searches": await door.token("ann", Action.SEARCH),
        }
        transport = httpx2.ASGITransport(door.app)
        async with httpx2.AsyncClient(transport=transport) as http:
            for name, token in tokens.items():
                ai = AsyncOpenAI(
                    base_url="http://testserver/v1", api_key=token, http_client=http, max_retries=0
                )
                asking = ai.chat.completions.create(model="pincite", messages=ASKED)
                if name == "searches":
                    with pytest.raises(openai.PermissionDeniedError, match="scope 'ask'"):
                        await asking
                    continue
                url = (await asking).choices[0].message.annotations[0].url_citation.url  # type: ignore[index]
                assert url.startswith(f"http://testserver/source/{CONTRACT}/1?start=")
