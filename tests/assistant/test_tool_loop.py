"""Tools before an answer, over real HTTP: what is called, what is told, and what is not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answers import Answer, Asking, Context, Refusal, reply_of
from assistant.breaker import Breaker
from assistant.model import Failing, ModelFailed
from assistant.prompt import Message, Prompt
from assistant.sglang import SGLang
from assistant.tool_brought import UNUSED
from assistant.tool_loop import Limits
from assistant.tool_opened import WithResults
from assistant.tool_prompt import RULES
from retrieval.access import Principal
from retrieval.blobs import Blobs
from retrieval.documents import Scope
from retrieval.errors import NotFound
from retrieval.library import Library
from retrieval.retriever import Retrieved
from tests.assistant.tool_world import (
    HONEST,
    LOOK,
    PATIENT,
    READY,
    Found,
    World,
    calls,
    citing,
    world_at,
)
from tests.models import Fault, Mode, Puppet, Says, running
from tests.models.fixtures import puppet
from tests.retrieval.made_candidates import retrieved_of
from tests.tools.benches import SESSION, TICKET, TODAY, DeskHand, policy_of
from tests.tools.timeouts import PATIENT_SECONDS
from tools.confirmation import Denied, Done
from tools.fields import PassageNumber
from tools.kept_results import Results
from tools.tool import Result

__all__ = ["puppet"]

LOOK_UP, CREATE = "desk__look_up", "desk__create_ticket"
ALDER = citing(HONEST, "1.1")


def opened(world: World, folder: Path) -> WithResults:
    library = Library(world.bench.database, Blobs(folder / "blobs"))
    return WithResults(library, Results(world.bench.calls))


async def test_a_model_that_wants_no_tool_answers(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(READY, ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
    assert isinstance(reply, Answer)
    assert [each.text for each in reply.sentences] == [HONEST]
    first, second = (each.body for each in puppet.received)
    assert {each["function"]["name"] for each in first["tools"]} >= {LOOK_UP, CREATE, "today"}
    assert first["messages"][0]["content"] == RULES
    assert "tools" not in second
    assert "ebnf" in second


async def test_whoever_has_no_tool_open_is_answered_as_before(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(ALDER, ALDER, ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        assert isinstance(await world.ask(may_act=False), Answer)
        for principal, channel in ((Principal.person("eve"), "web"), (None, "openai")):
            more = {} if principal is None else {"principal": principal}
            assert isinstance(await world.ask(channel=channel, **more), Answer)
    assert all("tools" not in each.body for each in puppet.received)


async def test_what_a_tool_gave_is_cited_to_the_letter(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(calls((LOOK_UP, LOOK)), READY, citing("RIM-2000 is open.", "1.1"))
    async with world_at(tmp_path, puppet.url) as world:
        pieces = await world.pieces()
        reply = reply_of(pieces)
        assert isinstance(reply, Answer)
        [source], [sentence] = reply.sources, reply.sentences
        [citation] = sentence.citations
        assert source.version.title == "Ticket RIM-2000"
        library, ann = opened(world, tmp_path), world.question.principal
        version = await library.version(source.version.document_id, 1, principal=ann)
        text = (await library.text(version, principal=ann)).text
        assert text[citation.start : citation.end] == citation.words == "RIM-2000 is open."
        assert version.id == source.version.id
        for other in ("bob", "ann2"):
            with pytest.raises(NotFound):
                await library.version(
                    source.version.document_id, 1, principal=Principal.person(other, ["staff"])
                )
        assert world.bench.far.asked[0].secret == "secret of ann"
    contexts = [each for each in pieces if isinstance(each, Context)]
    assert [each.version.document_id for each in contexts[1].passages] == [version.document_id]


async def test_what_would_change_something_waits_and_an_answer_comes_all_the_same(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(calls((CREATE, TICKET), (LOOK_UP, LOOK)), ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        pieces = await world.pieces()
        reply = reply_of(pieces)
        assert isinstance(reply, Answer)
        assert reply.asking is not None
        assert isinstance(pieces[1], Asking)
        shown = {each.name: each.value for each in reply.asking.shown}
        assert shown == TICKET
        assert world.bench.far.asked == [], "what waits is not done, and nothing comes after it"
        assert len(puppet.received) == 2
        waiting = await world.bench.workbench.waiting(world.bench.people.person("ann"))
        assert [each.id for each in waiting] == [reply.asking.id]
        await world.bench.confirm(reply.asking)
        assert len(world.bench.far.effects) == 1


async def test_no_refusal_stands_beside_what_waits(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(calls((CREATE, TICKET)), "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
    assert isinstance(reply, Asking)
    assert reply.confirmation.tool == "desk.create_ticket"


async def test_what_waits_is_told_though_the_model_then_fails(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(calls((CREATE, TICKET)))
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
    assert isinstance(reply, Answer)
    assert reply.mode == "quotes"
    assert reply.asking is not None


@pytest.mark.parametrize("again", [LOOK, '{"ticket":   "RIM-7"}'])
async def test_a_call_wanted_twice_ends_it(puppet: Puppet, tmp_path: Path, again: object) -> None:
    puppet.says(calls((LOOK_UP, LOOK)), calls((LOOK_UP, again)), citing("RIM-2000 is open.", "1.1"))
    async with world_at(tmp_path, puppet.url) as world:
        assert isinstance(await world.ask(), Answer)
        assert len(world.bench.far.asked) == 1


async def test_there_are_only_so_many_rounds(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(*(calls((LOOK_UP, {"ticket": f"RIM-{at}"})) for at in range(3)), "NO ANSWER")
    async with world_at(tmp_path, puppet.url, limits=Limits(3, PATIENT_SECONDS)) as world:
        assert isinstance(await world.ask(), Refusal)
        assert len(world.bench.far.asked) == 3
    assert len(puppet.received) == 4


async def test_what_is_denied_and_worth_telling_is_told(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(calls((LOOK_UP, LOOK)), READY, ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        await world.bench.secrets.forget("ann", "desk", origin="web")
        reply = await world.ask()
        assert world.bench.far.asked == []
    assert isinstance(reply, Answer)
    [notice] = reply.notices
    assert notice.startswith("desk.look_up: Connect your own account at desk first")


async def test_a_model_is_told_in_our_words_what_is_wrong_with_a_call(
    puppet: Puppet, tmp_path: Path
) -> None:
    wrong = ((LOOK_UP, {"ticket": "canary"}), ("canary", {}), (LOOK_UP, "canary"))
    puppet.says(calls(*wrong), calls((LOOK_UP, LOOK)), READY, "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        await world.ask()
        assert len(world.bench.far.asked) == 1, "it may try again"
    said = str(puppet.received[1].body["messages"][1]["content"])
    assert "canary" not in said
    assert "Result 1, of desk.look_up: An argument is not what this tool takes. It is the " in said
    assert "Result 2, of a call: This is no call of a tool that there is." in said
    assert "Result 3, of a call: This is no call of a tool that there is." in said


async def test_what_failed_is_told_without_a_word_of_the_far_system(
    puppet: Puppet, tmp_path: Path
) -> None:
    async def fails() -> None:
        raise ValueError("canary of the far system")

    puppet.says(calls((LOOK_UP, LOOK)), READY, "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        world.bench.hand("desk.look_up").before = fails
        reply = await world.ask()
    assert isinstance(reply, Refusal)
    assert reply.text.endswith("desk.look_up: The tool failed.")
    assert "canary" not in str(puppet.received[1].body)


async def test_our_own_passages_are_read_anew_and_only_those_in_scope_are_used(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(calls(("today", {})), READY, citing("Carriers book by 16:00.", "3.1"))
    async with world_at(tmp_path, puppet.url) as world:
        more = [*world.found.pairs, ("Docks", "Carriers book by 16:00."), ("Secret", "Canary.")]
        other = (await retrieved_of("x", more)).found
        docks, secret = (each.passage for each in other[2:])
        world.found.readable = {docks.id: docks}
        hand = world.bench.hand("today")
        hand.result = Result("Found", passages=(docks, secret))
        reply = await world.ask()
        assert isinstance(reply, Answer)
        assert [each.version.title for each in reply.sources] == ["Docks"]
        assert "Canary" not in str([each.body for each in puppet.received])
        puppet.says(calls(("today", {})), READY, ALDER)
        elsewhere = Scope(as_of=world.question.scope.as_of, sources=frozenset({"another"}))
        pieces = await world.pieces(scope=elsewhere)
    assert [len(each.passages) for each in pieces if isinstance(each, Context)] == [2]


OPEN = replace(TODAY, fields={"passage": PassageNumber("Which passage.")})


async def test_a_model_knows_passages_by_short_numbers(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(calls(("today", {"passage": 2})), calls(("today", {"passage": 3})), "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        pairs = [*world.found.pairs, ("Docks", "Carriers book by 16:00.")]
        *found, docks = (each.passage for each in (await retrieved_of("x", pairs)).found)
        hand = DeskHand(OPEN, world.bench.far, Result("Read on", passages=(docks, found[1])))
        world.bench.swap(hand)
        world.found.readable = {each.id: each for each in (docks, *found)}
        await world.ask()
        given = [each["passage"] for each in world.bench.far.effects.values()]
    assert given == [found[1].id, docks.id]
    first, second = (str(each.body["messages"][1]["content"]) for each in puppet.received[:2])
    assert re.findall(r"Passage (\S+): (.*)", first) == [
        ("1", "Lease, Alder"),
        ("2", "Lease, Birch"),
    ]
    shown = re.findall(r"Passage (\S+): (.*)", second)
    assert shown == [("3", "Docks"), ("2", "Lease, Birch"), ("1", "Lease, Alder")]
    assert "Result 1, of today: Read on See the passages 3, 2." in second


@pytest.mark.parametrize("number", [0, 3, -1, 99, 2**53])
async def test_a_number_that_nothing_has_is_told_to_the_model(
    puppet: Puppet, tmp_path: Path, number: int
) -> None:
    puppet.says(calls(("today", {"passage": number})), calls(("today", {"passage": "2"})), READY)
    async with world_at(tmp_path, puppet.url) as world:
        world.bench.swap(DeskHand(OPEN, world.bench.far))
        await world.ask()
        assert world.bench.far.asked == []
    said = str(puppet.received[2].body["messages"][1]["content"])
    assert "Result 1, of today: There is no passage of this number here." in said
    assert "Result 2, of today: An argument is not what this tool takes." in said


@pytest.mark.parametrize("denied", [frozenset(), frozenset({"user:dan"})])
async def test_no_word_of_a_document_goes_where_somebody_is_denied_it(
    puppet: Puppet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, denied: frozenset[str]
) -> None:
    """Everyone may read the lease but dan, and dan is one of the staff, who see the desk."""
    retrieve = Found.retrieve

    async def but_denied(self: Found, text: str, **more: object) -> Retrieved:
        made = await retrieve(self, text, **more)
        found = (
            replace(
                each,
                passage=replace(each.passage, version=replace(each.passage.version, denied=denied)),
            )
            for each in made.found
        )
        return replace(made, found=tuple(found))

    monkeypatch.setattr(Found, "retrieve", but_denied)
    wanted = calls((CREATE, {"title": "The rent is 1,250 euros", "level": "low"}))
    puppet.says(wanted, *([READY] if denied else []), "NO ANSWER")
    async with world_at(tmp_path, puppet.url) as world:
        policy = policy_of(seen_by=frozenset({"group:staff"}))
        monkeypatch.setattr(world.loop, "_workbench", world.bench.again(policy))
        reply = await world.ask()
    if denied:
        assert isinstance(reply, Refusal)
        assert "not everybody may read who would see it" in reply.text
    else:
        assert isinstance(reply, Asking)


async def test_what_tools_take_is_taken_from_the_time_for_the_answer(
    puppet: Puppet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts, took, clock = list[Prompt](), list[float](), asyncio.get_running_loop().time
    complete = Breaker.complete

    def remembered(self: Breaker, prompt: Prompt) -> AsyncGenerator[str, None]:
        prompts.append(prompt)
        return complete(self, prompt)

    async def works() -> None:
        took.append(clock())
        await asyncio.sleep(0.05)
        took.append(clock())

    monkeypatch.setattr(Breaker, "complete", remembered)
    puppet.says(calls((LOOK_UP, LOOK)), READY, citing(HONEST, "2.1"))
    async with world_at(tmp_path, puppet.url) as world:
        began = clock()
        world.bench.hand("desk.look_up").before = works
        assert isinstance(await world.ask(), Answer)
        all_of_it = clock() - began
    assert [each.spent_seconds for each in prompts[:2]] == [0, 0]
    assert took[1] - took[0] <= prompts[2].spent_seconds <= all_of_it


async def test_where_the_time_is_spent_no_more_is_waited(tmp_path: Path) -> None:
    prompt = Prompt((Message("user", "x"),), {}, "", "salt", 10, spent_seconds=PATIENT_SECONDS)
    with running(Fault()) as fault:
        fault.does(Mode.HANG)
        served = SGLang(fault.url, "puppet", patience=PATIENT)
        with pytest.raises(ModelFailed) as failed:
            async with asyncio.timeout(PATIENT_SECONDS / 2):
                await anext(served.complete(prompt))
        await served.close()
        fault.close()
    assert failed.value.failing is Failing.SLOW


async def test_quotes_say_that_what_tools_gave_is_not_among_them(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(calls((LOOK_UP, LOOK)), READY, calls((LOOK_UP, LOOK)))
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
        assert isinstance(reply, Answer)
        assert (reply.mode, reply.notices.count(UNUSED)) == ("quotes", 1)
        puppet.says(READY, calls((LOOK_UP, LOOK)))
        reply = await world.ask()
    assert isinstance(reply, Answer)
    assert (reply.mode, reply.notices.count(UNUSED)) == ("quotes", 0)


async def test_a_stop_ends_a_call_that_hangs(puppet: Puppet, tmp_path: Path) -> None:
    puppet.says(calls((LOOK_UP, LOOK)))
    is_begun, is_over = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        is_begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            is_over.set()

    async with world_at(tmp_path, puppet.url) as world:
        world.bench.hand("desk.look_up").before = hangs
        asking = asyncio.create_task(world.ask(id="answer"))
        await asyncio.wait_for(is_begun.wait(), PATIENT_SECONDS)
        world.assistant.stop("answer", principal=world.question.principal)
        reply = await asyncio.wait_for(asking, PATIENT_SECONDS)
        assert isinstance(reply, Refusal)
        await asyncio.wait_for(is_over.wait(), PATIENT_SECONDS)


async def test_replies_of_calls_are_no_failures(puppet: Puppet, tmp_path: Path) -> None:
    async with world_at(tmp_path, puppet.url) as world:
        for at in range(6):
            said = citing(HONEST, "2.1")
            puppet.says(calls((LOOK_UP, {"ticket": f"RIM-{at}"})), READY, said)
            assert isinstance(await world.ask(), Answer)
        for _ in range(6):  # calls where an answer was asked for
            puppet.says(READY, calls((LOOK_UP, LOOK)))
            reply = await world.ask()
            assert isinstance(reply, Answer)
            assert reply.mode == "quotes"
        assert not world.breaker.is_resting


async def test_a_model_that_is_not_there_is_not_asked_twice(puppet: Puppet, tmp_path: Path) -> None:
    async with world_at(tmp_path, "http://127.0.0.1:9") as world:
        reply = await world.ask()
        assert isinstance(reply, Answer)
        assert reply.mode == "quotes"
        assert world.breaker._failures == 1


async def test_a_model_that_only_talks_is_hung_up_on(puppet: Puppet, tmp_path: Path) -> None:
    talk = Says(tuple(["I would rather talk about it. "] * 40), holds=True)
    puppet.says(talk, ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask()
        assert isinstance(reply, Answer)
        assert await asyncio.to_thread(puppet.received[0].wait_aborted, PATIENT_SECONDS)
    assert reply.notices == ()


async def test_what_was_asked_for_where_nobody_can_confirm_is_confirmed_by_its_person_anywhere(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(*[calls((CREATE, TICKET)), "NO ANSWER"] * 2)
    async with world_at(tmp_path, puppet.url) as world:
        chat = await world.ask(session="")
        assert isinstance(chat, Asking)
        for person, session in (("bob", SESSION), ("cat", SESSION)):
            with pytest.raises(NotFound):
                await world.bench.confirm(chat.confirmation, person=person, session=session)
        assert isinstance(await world.bench.confirm(chat.confirmation), Done)
        web = await world.ask()
        assert isinstance(web, Asking)
        for session in ("", "another"):
            came = await world.bench.confirm(web.confirmation, session=session)
            assert isinstance(came, Denied), "one that is bound to a session stays so"
        assert len(world.bench.far.effects) == 1


async def test_whoever_may_not_act_is_answered_without_tools(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        reply = await world.ask(may_act=False)
        assert world.bench.far.asked == []
    assert isinstance(reply, Answer)
    assert [each.body.get("tools") for each in puppet.received] == [None]


async def test_where_a_question_names_tools_there_are_no_others(
    puppet: Puppet, tmp_path: Path
) -> None:
    puppet.says(calls((LOOK_UP, LOOK)), READY, ALDER)
    async with world_at(tmp_path, puppet.url) as world:
        await world.ask(tools=frozenset({"today", "not.there"}))
        assert world.bench.far.asked == []
    offered = [each["function"]["name"] for each in puppet.received[0].body["tools"]]
    assert offered == ["today"]
