"""The benchmarks of the safety layers and the record measure what they say they measure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from assistant import assistant as story
from assistant.answers import Answer, Citation, Question, Refusal, Sentence
from assistant.http import shapes
from deploy.parts import Parts
from deploy.serving import Serving
from deploy.settings import Settings
from evals.bench import recording, safety
from evals.bench.crowd import ASKER, move_in
from evals.bench.layers import EVERY, NONE, Layer, left_out, remembering
from evals.bench.safety import Way
from pincite import join
from retrieval.access import Principal
from retrieval.audit.reading import Choice
from retrieval.documents import Scope, now
from tests.retrieval.hashed_embedder import HashedEmbedder

pytestmark = pytest.mark.slow

STRANGER = Principal.person("stranger")


@pytest.fixture(autouse=True)
def _without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hashed(_: Settings) -> HashedEmbedder:
        return HashedEmbedder(384)

    monkeypatch.setattr("deploy.opening.open_embedder", hashed)


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    """Return the parts over the small library, with people in the house."""
    async with join(Settings(pincite_home=tmp_path / "home")) as joined:
        await safety.make_small(joined)
        await move_in(joined)
        yield joined


async def found(parts: Parts, who: Principal, text: str) -> int:
    scope = Scope(as_of=now())
    retrieved = await parts.retriever.retrieve(text, principal=who, scope=scope, limit=50)
    return len(retrieved.found)


async def test_each_layer_can_be_left_out_and_comes_back(parts: Parts) -> None:
    [text, *_] = await safety.questions_of(parts, 4)
    asker = await parts.directory.principal(ASKER)
    question = Question(text, asker, Scope(as_of=now()))
    invented = Sentence("Never said.", (Citation(1, 1, 0, 5, None, "other"),))
    answer = Answer(question, "quotes", "", (invented,), ())

    with left_out(NONE):
        assert await found(parts, STRANGER, text)
        assert story.verified(answer, ()) == answer
        assert shapes.plain("a\u202eb") == "a\u202eb"
    for layers in (EVERY, frozenset({Layer.RULE, Layer.SHOWING})):
        with left_out(layers):
            assert not await found(parts, STRANGER, text)
            assert isinstance(story.verified(answer, ()), Refusal)
            assert shapes.plain("a\u202eb") == "ab"
    assert not await found(parts, STRANGER, text)


async def test_the_layers_have_something_to_do(parts: Parts) -> None:
    asker = await parts.directory.principal(ASKER)
    readable = await parts.library.all_versions(principal=asker)
    every = await parts.library.all_versions(principal=Principal.person("other", ["all"]))

    assert {"group:team-0", "group:team-7", "group:all"} <= asker.keys
    assert asker.shut == {"elsewhere"}
    assert {each.source for each in every} - {each.source for each in readable} == asker.shut
    here = [each for each in every if each.source not in asker.shut]
    assert 0 < len(readable) < len(here)
    assert await parts.stops.listed()


async def test_only_the_guarded_server_needs_a_credential_and_keeps_a_record(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        ways, parts = await opened(tmp_path / "home", stack)
        before = await parts.record.newest()
        [text] = await safety.questions_of(parts, 1)
        with left_out(NONE):
            await ways["bare"].timed(safety.ask, text)
        assert await parts.record.newest() == before
        for name, acts in (
            ("session", ["ask", "retrieve", "answer"]),
            ("token", ["ask", "retrieve", "answer"]),
            ("record", ["ask", "retrieve", "answer"]),
            ("door", []),
        ):
            before = await parts.record.newest()
            with left_out(ways[name].layers):
                await ways[name].timed(safety.ask, text)
            assert await acts_after(parts, before) == acts, name
        ways["session"].client.headers.clear()
        assert (await safety.ask(ways["session"].client, text)).status_code == 401


async def opened(home: Path, stack: AsyncExitStack) -> tuple[dict[str, Way], Parts]:
    settings = Settings(pincite_home=home)
    serving = await stack.enter_async_context(Serving(settings, join))
    parts = await serving.parts()
    await safety.make_small(parts)
    await move_in(parts)
    return await safety.ways_of(parts, serving.http_parts(None, ()), stack), parts


async def acts_after(parts: Parts, number: int) -> list[str]:
    every = [each async for each in parts.record.export(Choice())]
    acts = [each["act"] for each in every if each["number"] > number]
    assert acts.pop() == "export"
    return acts


async def test_a_remembered_text_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder, computed = HashedEmbedder(), []
    own = embedder.embed

    async def counted(texts: Any) -> Any:
        computed.extend(texts)
        return await own(texts)

    monkeypatch.setattr(HashedEmbedder, "embed", staticmethod(counted))
    with remembering(embedder):
        await embedder.embed(["one", "two"])
        rows = await embedder.embed(["two", "three", "two"])

    assert computed == ["one", "two", "three"]
    assert (rows[0] == (await own(["two"]))[0]).all()
    assert "embed" not in vars(embedder)


async def test_the_whole_benchmark_runs_on_a_copy(tmp_path: Path) -> None:
    async with join(Settings(pincite_home=tmp_path / "library")) as joined:
        await safety.make_small(joined)

    async with safety.copied(tmp_path / "library") as home:
        figures = await safety.bench(home, 8, rounds=1)

    assert figures["passages"] >= safety.SMALL
    for name in ("ask", "search"):
        assert set(figures[name]["each_layer_alone"]) == {f"{each}_ms" for each in Layer}
        assert figures[name]["at_once"]["askers"] == 8
    assert not home.exists()
    async with join(Settings(pincite_home=tmp_path / "library")) as joined:
        assert await joined.directory.people() == []


async def test_the_record_is_measured_beside_the_disk(tmp_path: Path) -> None:
    figures = await recording.bench(tmp_path, callers=3, each=5)

    assert figures["bound_p99_ms"] == recording.BOUND_P99_MS
    for name in ("alone", "paced", "busy"):
        one = figures[name]
        assert one["to_disk"] == pytest.approx(one["p99_ms"] / figures["disk"]["p99_ms"], rel=0.5)
