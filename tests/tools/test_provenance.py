"""Where a value comes from: only what the person wrote whole, or a far system gave, is trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.access import EVERYONE, Principal
from tests.tools.benches import CREATE, LOOK_UP, PROPOSE, SESSION, Bench, policy_of
from tools.call import Call, Json
from tools.confirmation import Denied, Done, Waiting
from tools.decision import Reason
from tools.kept import Asked
from tools.labels import Label, Whence
from tools.provenance import Provenance
from tools.tool import Effect, Result

NOTE = Call(PROPOSE.name, {"note": "Notice is ninety days."})
ALL = frozenset({EVERYONE})
STAFF, LEGAL, ANN = (frozenset({each}) for each in ("group:staff", "group:legal", "user:ann"))


def label_of(value: Json, held: Provenance, system: str = "desk") -> Label:
    return held.labels(Call("t", {"value": value}), system, form=False)["value"]


@pytest.mark.parametrize(
    ("typed", "value", "is_typed"),
    [
        ("close RIM-2247 please", "RIM-2247", True),
        ("close RIM-2247.", "RIM-2247", True),
        ("(RIM-2247)", "RIM-2247", True),
        ("close RIM-22471", "RIM-2247", False),
        ("close RIM-2247-b", "RIM-2247", False),
        ("close XRIM-2247", "RIM-2247", False),
        ("close X-RIM-2247", "RIM-2247", False),
        ("close rim-2247", "RIM-2247", False),
        ("it costs 500.", 500, True),
        ("it costs $500", 500, True),
        ("it costs 1500", 500, False),
        ("it costs 1,500", 500, False),
        ("it costs 500.50", 500, False),
        ("it costs 500,000", 500, False),
        ("it is -500", 500, False),
        ("it is 0.5", 0.5, True),
        ("do it: true", True, False),
        ("tags a, b", ["a", "b"], True),
        ("tags a", ["a", "b"], False),
        ("", "", False),
        ("null", None, False),
        ("x.*y", "x.*y", True),
        ("xzzy", "x.*y", False),
    ],
)
def test_only_whole_words_of_the_persons_count_as_typed(
    typed: str, value: Json, is_typed: bool
) -> None:
    assert (label_of(value, Provenance(typed)).whence is Whence.TYPED) is is_typed


def test_a_text_is_to_be_read_by_who_may_read_every_source_that_holds_it() -> None:
    held = Provenance("")
    assert label_of("made up", held) == Label(Whence.TEXT, ALL)
    held.saw("Notice is Ninety  days", STAFF | LEGAL)
    held.saw("open to all: notice is ninety days", ALL)
    held.saw("something else", ANN)
    assert label_of("notice is ninety\ndays", held) == Label(Whence.TEXT, STAFF | LEGAL)
    assert label_of("open to all", held) == Label(Whence.TEXT, ALL)
    assert label_of("nowhere found", held) == Label(Whence.TEXT, frozenset())
    assert label_of(["open to all", "else"], held) == Label(Whence.TEXT, ANN)
    assert label_of(True, held) == Label(Whence.TEXT, frozenset())


def test_who_is_denied_one_source_is_denied_what_may_be_from_it() -> None:
    held = Provenance("")
    held.saw("notice is ninety days", ALL, LEGAL)
    held.saw("notice is ninety days, we think", STAFF, ANN)
    held.saw("something else", ALL)
    assert label_of("ninety days", held) == Label(Whence.TEXT, STAFF, LEGAL | ANN)
    assert label_of("we think", held) == Label(Whence.TEXT, STAFF, ANN)
    assert label_of("something", held) == Label(Whence.TEXT, ALL)
    assert label_of("nowhere found", held) == Label(Whence.TEXT, STAFF, LEGAL | ANN)
    assert label_of(["something", "think"], held) == Label(Whence.TEXT, STAFF, ANN)


def test_an_identifier_counts_at_the_system_that_gave_it() -> None:
    held = Provenance("")
    held.gave("desk", ["RIM-1", "RIM-2"])
    assert label_of("RIM-1", held).whence is Whence.SYSTEM
    assert label_of(["RIM-1", "RIM-2"], held).whence is Whence.SYSTEM
    assert label_of(["RIM-1", "RIM-3"], held).whence is Whence.TEXT
    assert label_of("rim-1", held).whence is Whence.TEXT
    assert label_of("RIM-1", held, "shop").whence is Whence.TEXT
    assert label_of("RIM-1", held, "").whence is Whence.TEXT
    assert label_of([], held).whence is not Whence.SYSTEM


def test_a_form_is_typed_whatever_it_holds() -> None:
    labels = Provenance("").labels(Call("t", {"a": True, "b": "x"}), "", form=True)
    assert {each.whence for each in labels.values()} == {Whence.TYPED}


names = st.sampled_from(["everyone", "user:ann", "group:staff", "group:legal", "group:board"])
texts = st.text(alphabet="ab ", min_size=1, max_size=6)


@given(st.lists(st.tuples(texts, st.frozensets(names)), max_size=6), texts)
def test_no_source_that_holds_a_value_is_forgotten(
    seen: list[tuple[str, frozenset[str]]], value: str
) -> None:
    held = Provenance("")
    for text, readers in seen:
        held.saw(text, readers)
    readers = label_of(value, held).readers
    for text, may_read in seen:
        if value in text:
            assert readers <= may_read or EVERYONE in may_read


async def test_what_a_far_system_gave_is_known_in_the_next_turn(bench: Bench) -> None:
    first = await bench.turn().call(Call(LOOK_UP.name, {"ticket": "RIM-2247"}))
    assert isinstance(first, Done)
    assert first.result.ids == ("RIM-2000",)
    bench.again(policy_of(always_confirm=True))

    async def whence(ticket: str, **more: str) -> Whence:
        came = await bench.turn(**more).call(Call(LOOK_UP.name, {"ticket": ticket}))
        assert isinstance(came, Waiting)
        return came.confirmation.shown[0].whence

    assert await whence("RIM-2000") is Whence.SYSTEM
    assert await whence("RIM-2001") is Whence.TEXT
    assert await whence("RIM-2001", typed="RIM-2001?") is Whence.TYPED
    bench.clock.forward(86_401)
    assert await whence("RIM-2000") is Whence.TEXT
    await bench.secrets.set("cat", "desk", "secret of cat", origin="web")
    assert await whence("RIM-2000", person="cat") is Whence.TEXT


@pytest.mark.parametrize("denied", [frozenset(), frozenset({"user:dan"})])
async def test_nobody_who_is_denied_a_source_is_told_its_words(
    bench: Bench, denied: frozenset[str]
) -> None:
    """The desk is seen by the staff, of whom dan is one."""
    bench.again(policy_of(seen_by=STAFF))
    turn = bench.turn()
    turn.saw("Notice is ninety days.", ALL, denied)
    came = await turn.call(Call(CREATE.name, {"title": "Notice is ninety", "level": "low"}))
    if denied:
        assert isinstance(came, Denied)
        assert (came.decision.reason, came.decision.argument) == (Reason.READERS, "level")
    else:
        assert isinstance(came, Waiting)


async def test_an_approver_who_is_denied_a_source_is_not_shown_its_words(bench: Bench) -> None:
    bench.people.groups |= {"lea": ["legal"]}
    asked = Asked(
        id="0" * 32,
        turn="t",
        asker="ann",
        channel="web",
        origin="",
        session=SESSION,
        call=NOTE,
        effect=Effect.CHANGES,
        policy="p1",
        revision="r",
        expires=1,
        labels={"note": Label(Whence.TEXT, ALL, frozenset({"user:lea", "group:interns"}))},
        approver=LEGAL,
    )
    bob, lea = bench.people.person("bob"), bench.people.person("lea")
    beside = bob.principal.together([Principal.person("eve", ["interns", "legal"])])
    for kept in (asked, Asked.read(asked.written())):
        assert kept.may_confirm(bob)
        assert not kept.may_confirm(lea)
        assert not kept.may_be_shown(lea)
        assert not kept.may_confirm(replace(bob, principal=beside)), "who reads along counts"
    older = asked.written().replace(', ["group:interns", "user:lea"]]', "]")
    assert older != asked.written()
    assert Asked.read(older).labels == {"note": Label(Whence.TEXT, ALL)}, "kept before denials were"


async def test_what_a_tool_told_is_a_source_too(bench: Bench) -> None:
    bench.again(policy_of(seen_by=STAFF))
    turn = bench.turn()
    assert isinstance(await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"})), Done)
    came = await turn.call(Call("desk.create_ticket", {"title": "is open", "level": "low"}))
    assert isinstance(came, Denied)
    assert came.decision.reason is Reason.READERS


@pytest.mark.parametrize("readers", [STAFF, STAFF | LEGAL, ALL, LEGAL])
async def test_what_a_far_system_shows_to_more_may_be_told_to_those(
    bench: Bench, readers: frozenset[str]
) -> None:
    bench.again(policy_of(seen_by=STAFF))
    bench.hand(LOOK_UP.name).result = Result("RIM-1", "It is open.", readers=readers)
    turn = bench.turn()
    assert isinstance(await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"})), Done)
    told = await turn.call(Call(CREATE.name, {"title": "It is open", "level": "open"}))
    made = await turn.call(Call(CREATE.name, {"title": "It is open", "level": "low"}))
    assert isinstance(told, Denied), "no such level"
    assert isinstance(made, Denied if readers == LEGAL else Waiting)
    turn.saw("It is open, says the lease of the board.", ANN)
    also = await turn.call(Call(CREATE.name, {"title": "It is open", "level": "high"}))
    assert isinstance(also, Denied), "it may be from what the asker alone may read"


@pytest.mark.parametrize("read_by", [frozenset(), STAFF, LEGAL])
async def test_the_policy_may_say_who_reads_what_a_tool_gives(
    bench: Bench, read_by: frozenset[str]
) -> None:
    bench.again(policy_of(seen_by=STAFF, read_by=read_by))
    turn = bench.turn()
    assert isinstance(await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"})), Done)
    turn.saw("of level low", ALL)
    came = await turn.call(Call(CREATE.name, {"title": "is open", "level": "low"}))
    assert isinstance(came, Waiting if read_by == STAFF else Denied)


async def test_what_the_asker_alone_sees_there_goes_to_no_approver(bench: Bench) -> None:
    for readers, kind in ((frozenset[str](), Denied), (LEGAL, Waiting)):
        bench.hand(LOOK_UP.name).result = Result("RIM-1", "It is open.", readers=readers)
        turn = bench.turn()
        await turn.call(Call(LOOK_UP.name, {"ticket": "RIM-1"}))
        assert isinstance(await turn.call(Call(PROPOSE.name, {"note": "It is open."})), kind)
