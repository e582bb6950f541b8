"""What waits for a word, told by every entrance; and what is kept, measured and noted of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from assistant.answers import Answer, Asking, Question, Told, pieces_of, reply_of
from assistant.conversation import Conversing
from assistant.conversation_recall import History
from assistant.course import Ended, Going, Mode
from assistant.http.shapes import shown
from assistant.measured import Measured, MeasuredRecord
from assistant.metrics import Metrics
from assistant.recorded import Recorded
from assistant.tool_opened import WithResults
from assistant.watching import Called, Seen, Step, Unwatched, Watchers
from retrieval.access import Principal
from retrieval.audit.reading import Choice
from retrieval.audit.record import OPERATOR
from retrieval.blobs import Blobs
from retrieval.conversations import Conversations
from retrieval.documents import Scope
from retrieval.library import Library
from tests.assistant.http_client import client
from tests.assistant.http_world import asking_as, make_parts
from tests.assistant.scripted_assistant import Says, by_a_model, saying
from tests.assistant.test_http_ask import parsed
from tests.assistant.tool_world import READY, World, calls, citing, world_at
from tests.models import Puppet
from tests.models.fixtures import puppet
from tests.tools.benches import TICKET
from tools.confirmation import Confirmation, Shown, Standing
from tools.kept_results import Results
from tools.labels import Whence

__all__ = ["puppet"]

ID = "0123456789abcdef0123456789abcdef"
WAITS = Confirmation(
    id=ID,
    tool="desk.create_ticket",
    will="A ticket <b>[Printer](https://evil.example)</b> is created.",
    shown=(Shown("title", "<b>[Printer](https://evil.example)</b>", Whence.TEXT),),
    asker="ann",
    approver="yourself",
    expires=1_790_000_300,
    standing=Standing.WAITING,
    digest="d" * 64,
)


def waits_alone(question: Question) -> Iterable[Told]:
    yield Asking(question, WAITS)


def waits_too(question: Question) -> Iterable[Told]:
    yield Asking(question, WAITS)
    yield from by_a_model(question)


async def answered(told: Any, path: str, **body: Any) -> Any:
    async with client(saying(Says(told))) as http:
        response = await http.post(path, json=body)
        assert response.status_code == 200
        return response


async def test_as_json_it_stands_alone_or_beside_an_answer() -> None:
    alone = (await answered(waits_alone, "/api/ask", question="Create a ticket.")).json()
    assert alone["outcome"] == "confirmation"
    waits = alone["confirmation"]
    [shown] = waits["shown"]
    assert shown["value"] == WAITS.shown[0].value, "values are exact"
    assert (shown["name"], shown["whence"]) == ("title", "text")
    assert "taken from documents" in shown["told"]
    assert (waits["id"], waits["digest"], waits["standing"]) == (ID, "d" * 64, "waiting")
    assert waits["link"] == f"/confirmations/{ID}"
    beside = (await answered(waits_too, "/api/ask", question="Create a ticket.")).json()
    assert beside["outcome"] == "answer"
    assert beside["confirmation"] == waits
    assert len(beside["sentences"]) == 2


async def test_in_a_stream_it_comes_first() -> None:
    alone = parsed((await answered(waits_alone, "/api/ask/stream", question="Do it.")).text)
    assert [name for name, _ in alone] == ["confirmation", "done"]
    beside = parsed((await answered(waits_too, "/api/ask/stream", question="Do it.")).text)
    assert [name for name, _ in beside][:2] == ["confirmation", "sources"]
    assert beside[0][1]["confirmation"]["id"] == ID


async def test_in_a_chat_it_is_a_sentence_of_ours_with_our_link_alone() -> None:
    asked = {"model": "pincite", "messages": [{"role": "user", "content": "Do it."}]}
    alone = (await answered(waits_alone, "/v1/chat/completions", **asked)).json()
    message = alone["choices"][0]["message"]
    assert message["content"] == (
        f"This has to be confirmed before it is done: <http://testserver/confirmations/{ID}>"
    )
    assert message["pincite"]["outcome"] == "confirmation"
    streamed = await answered(waits_too, "/v1/chat/completions", **asked, stream=True)
    assert f"/confirmations/{ID}" in streamed.text
    assert "evil" not in streamed.text
    assert "The rent is" in streamed.text


async def test_a_page_without_scripts_stands_all_the_same() -> None:
    for told in (waits_alone, waits_too):
        async with client(saying(Says(told))) as http:
            response = await http.get("/", params={"q": "Create a ticket."})
        assert response.status_code == 200
        assert '<a href="https://evil' not in response.text


def test_a_reply_comes_apart_and_together_again() -> None:
    question = Question("Do it.", Principal.person("ann"), Scope(as_of=0))
    for told in (waits_alone, waits_too):
        pieces = list(told(question))
        reply = reply_of(pieces)
        assert reply_of(pieces_of(reply)) == reply
    assert isinstance(reply, Answer)
    assert reply.asking == WAITS
    assert shown(replace(reply, asking=None)).confirmation is None  # type: ignore[union-attr]


def test_a_question_that_only_waits_is_told_from_an_answer() -> None:
    question = Question("Do it.", Principal.person("ann"), Scope(as_of=0))
    for told, mode, ended in (
        (waits_alone, Mode.NONE, Ended.ASKED),
        (waits_too, Mode.MODEL, Ended.ANSWERED),
    ):
        going = Going(lambda: 0.0)
        for each in told(question):
            going.take(each)
        going.end(Ended.ANSWERED)
        course = going.course()
        assert (course.mode, course.outcome) == (mode, ended)


def whole(world: World, folder: Path, metrics: Metrics) -> tuple[Any, History]:
    """Return the assistant with all that stands around it, and what it remembers."""
    record, database = world.bench.record, world.bench.database
    library = WithResults(Library(database, Blobs(folder / "blobs")), Results(world.bench.calls))
    conversations = Conversations(database, record)
    history = History(conversations, library, library)
    watching = Watchers(metrics)
    recorded = Recorded(world.assistant, MeasuredRecord(record, watching), "test")
    conversing = Conversing(recorded, conversations, history, frozenset)
    return Measured(conversing, watching), history


async def test_it_is_kept_noted_and_counted(puppet: Puppet, tmp_path: Path) -> None:
    metrics = Metrics()
    puppet.says(calls(("desk__create_ticket", TICKET)), "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        assistant, history = whole(world, tmp_path, metrics)
        reply = await assistant.ask(replace(world.question, conversation=""))
        assert isinstance(reply, Asking)
        place, ann = reply.question.conversation, world.question.principal
        [turn] = await history.opened(place, principal=ann)
        assert (turn.asking, turn.sentences, turn.is_partial) == (
            reply.confirmation.id,
            (),
            False,
        )
        entries = await world.bench.record.latest(Choice(), OPERATOR, limit=100)
        told = [each for each in entries if each["act"] == "answer"]
        assert [each["about"]["confirmation"] for each in told] == [reply.confirmation.id]
    exposition = metrics.exposition().decode()
    assert 'pincite_questions_total{mode="none",outcome="asked"} 1.0' in exposition


async def test_what_a_tool_gave_is_recalled_for_its_asker_alone(
    puppet: Puppet, tmp_path: Path
) -> None:
    said = citing("RIM-2000 is open.", "1.1")
    puppet.says(calls(("desk__look_up", {"ticket": "RIM-7"})), READY, said)
    async with world_at(tmp_path, puppet.url) as world:
        assistant, history = whole(world, tmp_path, Metrics())
        reply = await assistant.ask(replace(world.question, conversation=""))
        assert isinstance(reply, Answer)
        place, ann = reply.question.conversation, world.question.principal
        assert place
        [turn] = await history.opened(place, principal=ann)
        assert [each.text for each in turn.sentences] == ["RIM-2000 is open."]
        assert turn.sources[0].version.document_id == reply.sources[0].version.document_id
        [earlier] = await history.earlier(place, principal=ann)
        assert earlier.told == ("RIM-2000 is open.",)
        assert earlier.rests_on[0].readers == {"user:ann"}
        shut = replace(ann, shut=frozenset({"desk.look_up"}))
        [partial] = await history.opened(place, principal=shut)
        assert (partial.sentences, partial.is_partial) == ((), True)
        beside = ann.together([Principal.person("bob", ["staff"])])
        [partial] = await history.opened(place, principal=beside)
        assert (partial.sentences, partial.is_partial) == ((), True)


async def test_what_a_tool_gave_opens_over_http_at_its_words(
    puppet: Puppet, tmp_path: Path
) -> None:
    said = citing("RIM-2000 is open.", "1.1")
    puppet.says(calls(("desk__look_up", {"ticket": "RIM-7"})), READY, said)
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
        out = shown(reply).model_dump(mode="json")
        link = out["sentences"][0]["citations"][0]["link"]
        path = "/api/documents/{document}/versions/{version}/text".format(
            **out["sentences"][0]["citations"][0]
        )
        library = WithResults(
            Library(world.bench.database, Blobs(tmp_path / "blobs")), Results(world.bench.calls)
        )
        for name, status in (("ann", 200), ("bob", 404)):
            who = Principal.person(name, ["staff"])
            parts = make_parts(real=library, authenticate=asking_as(who))
            async with client(parts) as http:
                for each in (path, link):
                    response = await http.get(each)
                    assert response.status_code == status, (each, response.text[:500])
                    assert ("RIM-2000 is open." in response.text) is (status == 200)


def test_secrets_are_no_part_of_what_is_shown() -> None:
    question = Question("x", Principal.person("ann"), Scope(as_of=0), session=secrets.token_hex(8))
    assert question.session not in repr(question)
    assert question.session not in json.dumps(
        shown(Asking(question, WAITS)).model_dump(mode="json")
    )


class Spy(Unwatched):
    """Remembers what was called."""

    def __init__(self) -> None:
        self.called: list[Called] = []
        self.steps: list[Step] = []

    def step(self, step: Step) -> AbstractContextManager[object]:
        self.steps.append(step)
        return nullcontext()

    def saw(self, seen: Seen) -> None:
        if isinstance(seen, Called):
            self.called.append(seen)


async def test_who_watches_is_told_names_of_tools_and_no_word_of_a_model(
    puppet: Puppet, tmp_path: Path
) -> None:
    spy = Spy()
    wanted = (("desk__look_up", {"ticket": "RIM-7"}), ("canary", {}), ("today", {"canary": 1}))
    puppet.says(calls(*wanted), READY, "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        world.loop._watching = spy
        await world.ask()
    assert spy.called == [
        Called("desk.look_up", "done"),
        Called("", "denied"),
        Called("today", "denied"),
    ]
    assert spy.steps.count(Step.CALL) == 3
