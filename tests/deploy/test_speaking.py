"""The model that the settings name, over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from assistant.capability import Calling, find_calling
from assistant.sglang import Constrained, SGLang
from deploy import speaking
from deploy.settings import Settings, read_settings
from deploy.speaking import examine_model, sglang_of, with_model
from retrieval.errors import Unavailable
from tests.assistant.prompts import prompt_of, whole
from tests.assistant.test_capability import BANANAS, Able, Equipped, Refusing
from tests.models import Fault, Mode, StandIn, running
from tests.models.fixtures import fault

__all__ = ["fault"]


def settings_of(home: Path, url: str, **more: str) -> Settings:
    named = {"PINCITE_HOME": str(home), "MODEL_URL": url, "MODEL_NAME": "tiny"}
    return read_settings(named | more)


async def test_without_an_address_there_is_no_model(tmp_path: Path) -> None:
    async with with_model(settings_of(tmp_path, "")) as model:
        assert model is None


async def test_the_settings_reach_the_server(tmp_path: Path) -> None:
    with running(Able("ebnf")) as able:
        settings = settings_of(tmp_path, able.url, MODEL_KEY="s3cret")
        async with with_model(settings, stamp="tiny@abc") as model:
            assert model is not None
            assert model.name == "tiny@abc"
            assert await whole(model) != BANANAS
    [ours] = [each for each in able.received if each.body["cache_salt"] == prompt_of().salt]
    assert ours.headers["authorization"] == "Bearer s3cret"
    assert ours.body["model"] == "tiny"


async def test_what_it_can_do_is_found_out_once_it_answers(
    tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "_AGAIN_SECONDS", 0.01)
    made: list[SGLang] = []

    def remembered(*given: object, **named: object) -> SGLang:
        made.append(sglang_of(*given, **named))  # type: ignore[arg-type]
        return made[0]

    monkeypatch.setattr(speaking, "sglang_of", remembered)
    fault.does(Mode.BUSY, Mode.BUSY, Mode.NONE)
    async with with_model(settings_of(tmp_path, fault.url)):
        [model] = made
        while model.constrained is not Constrained.MARKERS:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    assert len(fault.received) == 5


@pytest.mark.parametrize(
    ("knows", "told"),
    [
        (("ebnf",), "tiny at URL keeps to a grammar"),
        (("response_format",), "tiny at URL keeps to a JSON schema"),
        ((), "Note: tiny at URL keeps to no form"),
    ],
)
async def test_the_doctor_is_told_what_the_server_really_does(
    tmp_path: Path, knows: tuple[str, ...], told: str
) -> None:
    with running(Able(*knows)) as able:
        found = await examine_model(settings_of(tmp_path, able.url))
        assert found.replace(able.url, "URL").startswith(told)


TOOLS = "tools: {today: {allow: [{for: [everyone], by: [web]}], seen by: asker}}\n"


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (Equipped(calls=True), "; it calls tools"),
        (Equipped(must=True, sees=False), "; it keeps tools from its model, so "),
        (Equipped(), "; it knows no tools: where a call was required"),
        (Refusing(every=True), "; it knows no tools: it takes no request with them"),
    ],
)
async def test_the_doctor_is_told_what_becomes_of_tools(
    tmp_path: Path, server: StandIn, told: str
) -> None:
    with running(server) as running_one:
        assert "tools" not in await examine_model(settings_of(tmp_path, running_one.url))
        (tmp_path / "tools.yaml").write_text(TOOLS)
        found = await examine_model(settings_of(tmp_path, running_one.url))
    assert told in found
    assert ("--" in found) is ("it calls tools" not in found)
    assert found.startswith("Note: ")


@pytest.mark.parametrize("knows", [True, False])
async def test_a_server_that_knows_no_tools_is_asked_for_none_and_that_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    knows: bool,
) -> None:
    made: list[SGLang] = []
    found = asyncio.Event()

    def remembered(*given: object, **named: object) -> SGLang:
        made.append(sglang_of(*given, **named))  # type: ignore[arg-type]
        return made[0]

    async def looked(model: SGLang) -> Calling:
        calling = await find_calling(model)
        asyncio.get_running_loop().call_soon(found.set)
        return calling

    monkeypatch.setattr(speaking, "sglang_of", remembered)
    monkeypatch.setattr(speaking, "find_calling", looked)
    (tmp_path / "tools.yaml").write_text(TOOLS)
    with running(Equipped(calls=knows)) as server:
        async with with_model(settings_of(tmp_path, server.url)):
            await asyncio.wait_for(found.wait(), 60)
            assert made[0].knows_tools is knows
    assert ("--tool-call-parser" in caplog.text) is not knows


async def test_the_doctor_is_told_what_to_check(tmp_path: Path, fault: Fault) -> None:
    assert "own words" in await examine_model(settings_of(tmp_path, ""))
    with pytest.raises(Unavailable, match="MODEL_NAME") as caught:
        await examine_model(settings_of(tmp_path, fault.refused_url, MODEL_KEY="s3cret"))
    assert "s3cret" not in str(caught.value)
