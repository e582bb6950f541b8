"""The gate over every combination of what it looks at, beside a table that knows what is right."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tools.gate_world import (
    ANN,
    CREATE,
    DIGEST,
    FIND,
    NOW,
    POLICY,
    SESSION,
    SUPPORT,
    TOOLS,
    WEB,
    approval,
    given,
    typed,
)
from tools.call import Call
from tools.decision import Approval, Decision, Outcome, Reason, Spent
from tools.fields import Number, Text
from tools.gate import Circumstances, decide
from tools.labels import Label, Whence
from tools.policy import Allowance, Approver, Listed, Policy, Rule
from tools.tool import Asker, Effect, Tool

ROOT = Path(__file__).parents[2]
READERS = frozenset({"group:support", "group:board"})
LEADS = frozenset({"group:leads"})

THERE = {"there": None, "absent": Reason.NO_SUCH_TOOL, "by another name": Reason.NO_SUCH_TOOL}
LISTED = {True: None, False: Reason.NOT_LISTED}
REVISION = {"r1": None, "r2": Reason.CHANGED}
OPEN = {
    ("group:support", "web"): None,
    ("group:board", "web"): Reason.NOT_FOR_YOU,
    ("group:support", "slack"): Reason.NOT_FOR_YOU,
}
ARGUMENTS = {"IT": None, "it": Reason.BAD_ARGUMENTS}
RULES = {"none": None, "kept": None, "broken": Reason.AGAINST_A_RULE}
LABELS: dict[str, tuple[dict[str, Label], frozenset[str]]] = {
    "none": ({}, frozenset()),
    "nobody": ({"project": Label()}, frozenset()),
    "some": ({"project": Label(Whence.TEXT, frozenset({"group:board"}))}, frozenset()),
    "exactly": ({"project": Label(Whence.TEXT, READERS)}, READERS),
    "more": ({"project": Label(Whence.TEXT, READERS | LEADS)}, READERS | LEADS),
    "everyone": ({"project": Label(Whence.TEXT, frozenset({"everyone"}))}, READERS | LEADS),
    "typed": ({"project": Label(Whence.TYPED)}, READERS | LEADS),
    "system": ({"project": Label(Whence.SYSTEM)}, READERS | LEADS),
    "all but one": (
        {"project": Label(Whence.TEXT, frozenset({"everyone"}), frozenset({"user:eve"}))},
        frozenset(),
    ),
    "readers but some": (
        {"project": Label(Whence.TEXT, READERS | LEADS, frozenset({"group:interns"}))},
        frozenset(),
    ),
    "typed, if denied": (
        {"project": Label(Whence.TYPED, denied=frozenset({"user:eve"}))},
        READERS | LEADS,
    ),
}
"""Where a value is from, and who may see it, as far as that is sure."""
SEEN_BY = (frozenset[str](), READERS)
APPROVERS = (frozenset[str](), LEADS)
SPENT = {
    Spent(1, 4): None,
    Spent(2, 4): Reason.SPENT,
    Spent(1, 5): Reason.SPENT,
    Spent(3, 6): Reason.SPENT,
}
EFFECTS = {
    (Effect.READS, False): False,
    (Effect.READS, True): True,
    (Effect.CHANGES, False): True,
}
DEFECTS: dict[str, dict[str, Any]] = {
    "other call": {"call": "0" * 64},
    "other asker": {"asker": "ben"},
    "other session": {"session": "session-2"},
    "other policy": {"policy": "e" * 64},
    "expired": {"expires": NOW},
    "spent": {"is_spent": True},
    "no person there": {"channel": "mcp"},
}


EVERY_WORD = 6 + 2 * len(DEFECTS)


def approvals(call: Call) -> Iterator[tuple[tuple[Approval, ...], bool | None, bool | None]]:
    """Yield approvals, and whether they count where ann, and where a lead, confirms."""
    mine = approval(call)
    lead = replace(mine, id="a2", approver="lea", approver_keys=LEADS)
    yield (), None, None
    yield (mine,), True, False
    yield (lead,), False, True
    yield (replace(lead, approver="ann"),), True, False
    yield (replace(lead, approver_keys=SUPPORT),), False, False
    for defect in DEFECTS.values():
        yield (replace(mine, **defect),), False, False
        yield (replace(lead, **defect),), False, False
    yield (replace(mine, is_spent=True), lead, mine), True, True


def ruled(rules: str) -> dict[str, Rule]:
    return {
        "none": {},
        "kept": {"project": Rule(one_of=frozenset({"IT", "it"}))},
        "broken": {"project": Rule(one_of=frozenset({"HR"}))},
    }[rules]


def tools_of(there: str, effect: Effect) -> dict[str, Tool]:
    tool = replace(CREATE, fields={"project": CREATE.fields["project"]}, effect=effect)
    tool = replace(tool, revision="r1")
    if there == "absent":
        return {"desk.other": tool}
    return {CREATE.name: tool if there == "there" else replace(tool, name="desk.Create")}


@pytest.mark.parametrize(
    ("there", "labelled", "spending", "with_denied"),
    [
        pytest.param(
            ("there", "absent"), ("nobody", "exactly", "typed"), list(SPENT)[:2], 3, id="most"
        ),
        pytest.param(
            tuple(THERE), tuple(LABELS), list(SPENT), EVERY_WORD, id="all", marks=pytest.mark.deep
        ),
    ],
)
def test_every_combination_is_decided_as_the_table_says(
    there: tuple[str, ...], labelled: tuple[str, ...], spending: list[Spent], with_denied: int
) -> None:
    """`with_denied`: how many sets of approvals are tried with what is denied anyhow."""
    rows, count = 0, 0
    fronts = itertools.product(EFFECTS, REVISION, OPEN, RULES, SEEN_BY, APPROVERS, LISTED)
    for effect, revision, opened, rules, seen_by, approver, is_listed in fronts:
        key, channel = opened
        listed = Listed(
            (Allowance(frozenset({key}), frozenset({channel}), ruled(rules)),),
            Approver(approver),
            seen_by,
            most_each_turn=2,
            most_each_day=5,
            always_confirm=effect[1],
            revision=revision,
        )
        policy = Policy({CREATE.name: listed} if is_listed else {}, DIGEST)
        front = {LISTED[is_listed], REVISION[revision], OPEN[opened], RULES[rules]}
        for name, project, told, spent in itertools.product(there, ARGUMENTS, labelled, spending):
            tools = tools_of(name, effect[0])
            call = Call(CREATE.name, {"project": project})
            labels, may_read = LABELS[told]
            readers = None if (seen_by | approver) <= may_read else Reason.READERS
            denied = front | {THERE[name], ARGUMENTS[project], readers, SPENT[spent]}
            rows += 1
            tried = with_denied if denied - {None} else EVERY_WORD
            for some, by_ann, by_lead in itertools.islice(approvals(call), tried):
                now = Circumstances(tools, ANN, SESSION, labels, some, spent, NOW)
                is_good = by_lead if approver else by_ann
                expected = expected_of(denied - {None}, needs=EFFECTS[effect], is_good=is_good)
                decision = decide(call, now, policy)
                assert (decision.outcome, decision.reason) == expected
                assert bool(decision.approval) is (EFFECTS[effect] and decision.outcome == "allow")
                count += 1

    fronts_there_are = 3 * 2 * 3 * 3 * 2 * 2 * 2
    assert rows == fronts_there_are * len(there) * 2 * len(labelled) * len(spending)
    assert count == rows * EVERY_WORD or with_denied < EVERY_WORD


def expected_of(
    denied: set[Reason | None], *, needs: bool, is_good: bool | None
) -> tuple[Outcome, Reason]:
    """Return what is right: the first reason against it, else what the approvals are worth."""
    first = next((each for each in Reason if each in denied), None)
    if first:
        return Outcome.DENY, first
    if not needs or is_good:
        return Outcome.ALLOW, Reason.FINE
    if is_good is None:
        return Outcome.CONFIRM, Reason.NEEDS_CONFIRMATION
    return Outcome.DENY, Reason.BAD_APPROVAL


@pytest.mark.parametrize("told", LABELS)
@pytest.mark.parametrize("seen_by", SEEN_BY)
def test_a_value_goes_only_where_all_may_read_its_source(
    told: str, seen_by: frozenset[str]
) -> None:
    labels, may_read = LABELS[told]
    listed = Listed((Allowance(SUPPORT, WEB),), seen_by=seen_by, revision="r1")
    call = Call(CREATE.name, {"project": "IT"})
    now = given(tools=tools_of("there", Effect.READS), labels=labels)

    decision = decide(call, now, Policy({CREATE.name: listed}, DIGEST))

    expected = (Reason.FINE, "") if seen_by <= may_read else (Reason.READERS, "project")
    assert (decision.reason, decision.argument) == expected


EVE, BEN, INTERNS = (frozenset({each}) for each in ("user:eve", "user:ben", "group:interns"))


@pytest.mark.parametrize(
    ("seen_by", "denied", "is_fine"),
    [
        (frozenset(), EVE, True),
        (frozenset(), INTERNS, True),
        (BEN, frozenset(), True),
        (BEN, EVE, True),
        (BEN, EVE | BEN, False),
        (EVE, EVE, False),
        (EVE | BEN, EVE, False),
        (BEN, INTERNS, False),
        (SUPPORT, EVE, False),
        (SUPPORT | BEN, EVE, False),
        (SUPPORT, frozenset(), True),
        (INTERNS, INTERNS, False),
        (frozenset({"everyone"}), EVE, False),
        (frozenset({"everyone"}), frozenset(), True),
    ],
)
@pytest.mark.parametrize("as_approver", [False, True])
def test_nobody_is_told_what_they_may_be_denied(
    seen_by: frozenset[str], denied: frozenset[str], is_fine: bool, as_approver: bool
) -> None:
    """A person is denied by name, or by a group; who is in one, the gate does not know."""
    call = Call(CREATE.name, {"project": "IT"})
    seen = {"approver": Approver(seen_by)} if as_approver else {"seen_by": seen_by}
    listed = Listed((Allowance(SUPPORT, WEB),), revision="r1", **seen)  # type: ignore[arg-type]
    for readers in (frozenset({"everyone"}), seen_by | SUPPORT):
        labels = {"project": Label(Whence.TEXT, readers, denied)}
        now = given(tools=tools_of("there", Effect.READS), labels=labels)
        decision = decide(call, now, Policy({CREATE.name: listed}, DIGEST))
        assert decision.reason is (Reason.FINE if is_fine else Reason.READERS)


@pytest.mark.parametrize(("spent", "reason"), SPENT.items())
def test_what_is_spent_is_spent(spent: Spent, reason: Reason | None) -> None:
    listed = Listed((Allowance(SUPPORT, WEB),), most_each_turn=2, most_each_day=5)
    decision = decide(Call(FIND.name), given(spent=spent), Policy({FIND.name: listed}))

    assert decision.reason is (reason or Reason.FINE)


def test_a_tool_is_there_by_its_own_name_only() -> None:
    for there, reason in THERE.items():
        now = given(tools=tools_of(there, Effect.READS))
        decision = decide(Call(CREATE.name, {"project": "IT"}), now, POLICY)
        assert (decision.reason is Reason.NO_SUCH_TOOL) is (reason is Reason.NO_SUCH_TOOL)


def test_the_approval_that_counts_is_named() -> None:
    call = Call(CREATE.name, {"project": "IT", "title": "Printer"})
    some = (approval(call, session="other"), approval(call, id="a9"))

    decision = decide(call, given(labels=typed(call), approvals=some), POLICY)

    assert decision == Decision(Outcome.ALLOW, Reason.FINE, approval="a9")


def test_a_denial_names_the_argument_and_never_what_is_unknown() -> None:
    bad = Call(CREATE.name, {"project": "IT", "title": "x" * 101})
    unknown = Call(CREATE.name, {"project": "IT", "title": "x", "says the model": "x"})
    ruled_out = Call(CREATE.name, {"project": "LAW", "title": "x"})
    told = Call(CREATE.name, {"project": "IT", "title": "x"})
    half = {"project": Label(Whence.TYPED)}

    assert decide(bad, given(labels=typed(bad)), POLICY).argument == "title"
    assert decide(unknown, given(labels=typed(unknown)), POLICY).argument == ""
    assert decide(ruled_out, given(labels=typed(ruled_out)), POLICY).argument == "project"
    assert decide(told, given(labels=half), POLICY).argument == "title"


@pytest.mark.parametrize("name", [None, 1, [], {}, ["desk.find"], "desk.Find", "desk.find ", ""])
def test_what_is_no_name_of_a_tool_is_denied(name: Any) -> None:
    assert decide(Call(name, {}), given(), POLICY) == Decision(Outcome.DENY, Reason.NO_SUCH_TOOL)


def test_any_allowance_that_is_open_and_kept_is_enough() -> None:
    wide = Allowance(SUPPORT, WEB, {"project": Rule(one_of=frozenset({"LAW"}))})
    shut = Allowance(frozenset({"group:board"}), WEB)
    first, *_ = POLICY.tools[CREATE.name].allowances
    call = Call(CREATE.name, {"project": "LAW", "title": "x"})
    for allowances, reason in (
        ((first, wide), Reason.NEEDS_CONFIRMATION),
        ((wide, first), Reason.NEEDS_CONFIRMATION),
        ((first, shut), Reason.AGAINST_A_RULE),
        ((), Reason.NOT_FOR_YOU),
    ):
        listed = replace(POLICY.tools[CREATE.name], allowances=allowances)
        decision = decide(call, given(labels=typed(call)), Policy({CREATE.name: listed}, DIGEST))
        assert decision.reason is reason


RULE_CASES: list[tuple[Rule, Any, bool]] = [
    (Rule(), "x", True),
    (Rule(one_of=frozenset({"x", "y"})), "y", True),
    (Rule(one_of=frozenset({"x"})), "X", False),
    (Rule(one_of=frozenset({"1"})), 1, False),
    (Rule(is_own=True), "ann", True),
    (Rule(is_own=True), "Ann", False),
    (Rule(is_own=True), "ben", False),
    (Rule(one_of=frozenset({"ben"}), is_own=True), "ann", False),
    (Rule(one_of=frozenset({"ann"}), is_own=True), "ann", True),
    (Rule(at_most=5), 5, True),
    (Rule(at_most=5), 5.5, False),
    (Rule(at_most=0), 0, True),
    (Rule(at_most=0), 1, False),
    (Rule(at_least=0), -1, False),
    (Rule(at_least=0), 0, True),
    (Rule(at_least=5), 5, True),
    (Rule(at_least=5), 4, False),
    (Rule(at_least=2, at_most=5), 3, True),
    (Rule(at_least=2, at_most=5), 1, False),
    (Rule(at_least=2, at_most=5), 6, False),
    (Rule(at_most=5), "5", False),
    (Rule(at_most=5), True, False),
    (Rule(at_least=0), False, False),
    (Rule(one_of=frozenset({"x"}), at_most=5), "x", False),
    (Rule(at_most=5), [1, 5], True),
    (Rule(at_most=5), [1, 6], False),
    (Rule(one_of=frozenset({"x", "y"})), ["x", "y"], True),
    (Rule(one_of=frozenset({"x"})), ["x", "y"], False),
    (Rule(one_of=frozenset({"x"})), [], False),
    (Rule(), [], False),
    (Rule(), None, False),
]


@pytest.mark.parametrize(("rule", "value", "is_kept"), RULE_CASES)
def test_a_rule_is_kept_or_not(
    rule: Rule, value: Any, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.gate.fault_of", lambda *_: None)  # the rule alone is looked at
    tool = Tool("t", "says", {"a": Text("x")}, Effect.READS)
    policy = Policy({"t": Listed((Allowance(SUPPORT, WEB, {"a": rule}),))})
    call = Call("t", {"a": value} if value is not None else {})

    decision = decide(call, given(tools={"t": tool}), policy)

    assert (decision.outcome is Outcome.ALLOW) is is_kept
    assert decision.reason is (Reason.FINE if is_kept else Reason.AGAINST_A_RULE)


def test_every_rule_of_an_allowance_must_hold() -> None:
    tool = Tool("t", "says", {"a": Number("a", 0, 9), "b": Number("b", 0, 9)}, Effect.READS)
    rules = {"a": Rule(at_most=5), "b": Rule(at_most=5)}
    policy = Policy({"t": Listed((Allowance(SUPPORT, WEB, rules),))})
    for a, b, argument in ((5, 5, None), (6, 5, "a"), (5, 6, "b"), (6, 6, "a")):
        decision = decide(Call("t", {"a": a, "b": b}), given(tools={"t": tool}), policy)
        assert decision.argument == (argument or "")
        assert (decision.outcome is Outcome.ALLOW) is (argument is None)


def test_an_approver_who_is_not_the_asker_is_shown_nothing_that_they_may_not_read() -> None:
    call = Call("desk.pay", {"owner": "ann", "amount": 5})
    for readers, reason in (
        (frozenset({"group:support"}), Reason.READERS),
        (frozenset({"group:support", "group:leads"}), Reason.NEEDS_CONFIRMATION),
    ):
        labels = {name: Label(Whence.TEXT, readers) for name in call.arguments}
        assert decide(call, given(labels=labels), POLICY).reason is reason


def test_an_asker_answers_to_their_groups_and_roles_and_to_nothing_else() -> None:
    call = Call("desk.pay", {"owner": "ann", "amount": 5})
    for asker, reason in (
        (ANN, Reason.NEEDS_CONFIRMATION),
        (replace(ANN, roles=frozenset({"admin"})), Reason.NOT_FOR_YOU),
        (replace(ANN, channel="api"), Reason.NOT_FOR_YOU),
        (Asker(replace(ANN.principal, keys=frozenset({"reviewer"}))), Reason.NOT_FOR_YOU),
    ):
        assert decide(call, given(asker=asker, labels=typed(call)), POLICY).reason is reason


def test_tools_are_those_of_the_beginning_of_the_turn() -> None:
    call = Call(FIND.name, {})
    without = {name: tool for name, tool in TOOLS.items() if name != FIND.name}

    assert decide(call, given(), POLICY).outcome is Outcome.ALLOW
    assert decide(call, given(tools=without), POLICY).reason is Reason.NO_SUCH_TOOL


PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "json",
    "math",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
}


def test_the_gate_can_reach_no_model_and_no_network() -> None:
    reached, outside, left = set[str](), set[str](), ["tools.gate"]
    while left:
        name = left.pop()
        if name in reached:
            continue
        reached.add(name)
        path = ROOT / Path(*name.split("."))
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        left += name.rpartition(".")[:1] if "." in name else ()
        for module in imports_of(file):
            ours = (ROOT / module.split(".")[0]).is_dir()
            left += [module] if ours else ()
            outside |= set() if ours else {module.split(".")[0]}

    assert outside <= PURE
    assert {"tools.gate", "tools.matching", "retrieval.access"} <= reached
    assert all(name.split(".")[0] in ("tools", "retrieval") for name in reached)


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def imports_of(file: Path) -> Iterator[str]:
    """Yield every module that is imported anywhere in a file, and refuse hidden ways to import."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            yield node.module
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (each for each in inner if is_module(each))
        elif isinstance(node, ast.Name):
            assert node.id not in {"__import__", "importlib", "open", "eval", "exec"}
