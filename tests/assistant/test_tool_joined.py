"""The joined program with a policy of tools: a question of two steps, over the real parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Send

from assistant.answers import Answer, Question, Refusal
from deploy.settings import read_settings
from pincite import join
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.errors import NotFound
from tests.assistant.tool_world import PATIENT, READY, calls, citing
from tests.models import Puppet, Received, Says, running
from tests.retrieval.hashed_embedder import HashedEmbedder
from tests.tools.timeouts import PATIENT_SECONDS

pytestmark = pytest.mark.slow

POLICY = """\
tools:
  today:
    allow: [{for: [everyone], by: [web]}]
    seen by: asker
  search:
    allow: [{for: [everyone], by: [web]}]
    seen by: asker
"""


class Asked(Puppet):
    """Calls for the date once, and then says what it was told."""

    def reply(self, received: Received) -> Says:
        if not received.body.get("tools"):
            found = re.search(r"\[(\d+\.\d+)\] (Today is [^\n]*)", received.text)
            return Says((citing(found[2], found[1]) if found else "NO ANSWER",))
        return Says((READY,)) if "Result 1" in received.text else calls(("today", {}))

    async def respond(self, received: Received, send: Send) -> None:
        await self.send_said(self.reply(received), received, send)


@pytest.fixture
def model() -> Iterator[Asked]:
    with running(Asked()) as model:
        yield model


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Asked) -> Path:
    monkeypatch.setenv("PINCITE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MODEL_URL", model.url)
    monkeypatch.setenv("MODEL_NAME", "puppet")
    for name in ("_READ_WAITS_SECONDS", "TRUST_SECONDS"):
        monkeypatch.setattr(f"retrieval.stops.{name}", PATIENT_SECONDS)
    monkeypatch.setattr("deploy.speaking.Patience", lambda **_: PATIENT)
    monkeypatch.setenv("MODEL_SECONDS", "600")
    monkeypatch.setenv("TOOLS_SECONDS", "300")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "tools.yaml").write_text(POLICY)
    return tmp_path


def rounds_of(model: Asked) -> list[Received]:
    """Return the requests for calls that a question led to; the server is tried out too."""
    return [each for each in model.received if "tools" in each.body and "Question: " in each.text]


def question(person: str = "ann", channel: str = "web") -> Question:
    return Question(
        "What day is it?",
        Principal.person(person),
        Scope(as_of=now()),
        channel=channel,
        conversation="",
    )


async def test_what_a_tool_gave_is_cited_opened_and_recalled(home: Path, model: Asked) -> None:
    async with join(read_settings(), embedder=HashedEmbedder(64)) as parts:
        reply = await parts.assistant.ask(question())
        assert isinstance(reply, Answer)
        assert (reply.mode, reply.notices) == ("model", ())
        [sentence] = reply.sentences
        assert sentence.text.startswith("Today is ")
        [citation], ann = sentence.citations, Principal.person("ann")
        cited = reply.sources[0].version.document_id
        version = await parts.opened.version(cited, 1, principal=ann)
        text = (await parts.opened.text(version, principal=ann)).text
        assert text[citation.start : citation.end] == citation.words
        with pytest.raises(NotFound):
            await parts.opened.version(cited, 1, principal=Principal.person("bob"))
        assert reply.question.conversation
        [turn] = await parts.history.opened(reply.question.conversation, principal=ann)
        assert [each.text for each in turn.sentences] == [sentence.text]
        offered = rounds_of(model)[0].body["tools"]
        assert [each["function"]["name"] for each in offered] == ["search", "today"]
        assert isinstance(await parts.assistant.ask(question(channel="evaluation")), Refusal)
    assert len(rounds_of(model)) == 2
