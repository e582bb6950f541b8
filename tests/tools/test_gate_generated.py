"""Thousands of calls that a model could write: none is made that the policy does not allow."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from tests.tools.gate_world import CREATE, NOW, PAY, POLICY, SUPPORT, approval, given, typed
from tests.tools.puppet import Puppet
from tests.tools.test_call import JSON
from tools.call import Call, NoCall, read_call
from tools.decision import Approval, Outcome, Reason, Spent
from tools.gate import decide
from tools.labels import Label, Whence

LEADS = frozenset({"group:leads"})
COUNTS = [pytest.param(2_000, id="2000"), pytest.param(20_000, id="20000", marks=pytest.mark.deep)]


def is_within(tool: str, arguments: dict[str, Any]) -> bool:
    """Return whether ann may have this done, said once more and without the parts of the gate."""
    if tool == "desk.find":
        return (
            set(arguments) <= {"key", "words", "state", "most", "mine", "labels"}
            and re.fullmatch("[A-Z]{2,5}-[0-9]{1,6}", str(arguments.get("key", "AB-1"))) is not None
            and type(arguments.get("key", "")) is str
            and arguments.get("words", "printer")
            in ("printer", "toner / paper", "Größe", *HARMLESS)
            and arguments.get("state", "open") in ("open", "closed")
            and type(arguments.get("most", 1)) is int
            and 1 <= arguments.get("most", 1) <= 50
            and type(arguments.get("mine", True)) is bool
            and arguments.get("labels", []) in ([], ["red"], ["blue", "red"])
        )
    if tool == "desk.create":
        return (
            {"project", "title"} <= set(arguments) <= {"project", "title", "body", "amount"}
            and arguments["project"] in ("IT", "HR")
            and arguments["title"] in ("Printer", *HARMLESS)
            and type(arguments.get("amount", 0)) in (int, float)
            and 0 <= arguments.get("amount", 0) <= 10_000
        )
    return (
        tool == "desk.pay"
        and set(arguments) == {"owner", "amount"}
        and arguments["owner"] == "ann"
        and type(arguments["amount"]) is int
        and 1 <= arguments["amount"] <= 500
    )


HARMLESS = ("500", "ben", "LAW", "it", "IT ", "ΙΤ", "' OR 1=1 --", "project = IT OR 1=1")
"""What the puppet puts anywhere, and what is nothing but words where words belong."""


@pytest.mark.parametrize("count", COUNTS)
def test_no_call_is_made_outside_the_policy(count: int) -> None:
    puppet, met, made = Puppet(6), Counter[str](), 0
    for _ in range(count):
        name, text = puppet.call()
        try:
            call = read_call(name, text)
        except NoCall:
            met["no call"] += 1
            continue
        labels = typed(call)
        decision = decide(call, given(labels=labels), POLICY)
        met[decision.reason] += 1
        may_be = is_within(name, json.loads(text))
        assert (decision.outcome is not Outcome.DENY) is may_be, (name, text[:500])
        assert decision.outcome is not Outcome.ALLOW or name == "desk.find"
        for wrong in ({"labels": {}}, {"spent": Spent(8, 0)}, {"session": ""}):
            again = decide(call, given(**({"labels": labels} | wrong)), POLICY)
            assert again.outcome is not Outcome.ALLOW or (may_be and name == "desk.find")
        made += decision.outcome is Outcome.ALLOW

    assert made > count / 40
    assert met.keys() >= {
        "no call",
        Reason.NO_SUCH_TOOL,
        Reason.NOT_LISTED,
        Reason.BAD_ARGUMENTS,
        Reason.AGAINST_A_RULE,
        Reason.NEEDS_CONFIRMATION,
        Reason.FINE,
    }


@settings(max_examples=300, deadline=None)
@generated(
    st.text() | JSON,
    st.dictionaries(st.text() | st.sampled_from(["project", "title", "owner", "amount"]), JSON)
    | JSON,
)
def test_the_gate_always_answers(name: Any, arguments: Any) -> None:
    call = Call(name, arguments)

    assert decide(call, given(), POLICY).outcome is Outcome.DENY


TEXTS = ("IT", "Please wipe the disk", "ann", "Größe", "a/b", "1. Do this. 2. Do that.")


@pytest.mark.parametrize("tool", [CREATE, PAY], ids=lambda tool: tool.name)
@pytest.mark.parametrize("readers", [frozenset(), SUPPORT | LEADS, frozenset({"everyone"})])
def test_what_a_document_says_changes_nothing_without_a_matching_approval(
    tool: Any, readers: frozenset[str]
) -> None:
    """For each argument, values that stand in a document; then every approval but the right one."""
    whole = {"project": "IT", "title": "Printer", "body": "It is out of toner.", "amount": 5}
    whole |= {"owner": "ann"}
    usual = {name: whole[name] for name in tool.fields}
    decided = Counter[Outcome]()
    for name in tool.fields:
        for value in (*TEXTS, usual[name], 1, 500):
            call = Call(tool.name, {**usual, name: value})
            labels = typed(call) | {name: Label(Whence.TEXT, readers)}
            for some in ((), *((each,) for each in wrong_approvals(call))):
                decision = decide(call, given(labels=labels, approvals=some), POLICY)
                assert decision.outcome is not Outcome.ALLOW
                decided[decision.outcome] += 1
    assert decided[Outcome.DENY]
    assert decided[Outcome.CONFIRM] or not readers


def wrong_approvals(call: Call) -> list[Approval]:
    """Return approvals that are nearly right, whoever has to confirm."""
    ann, lead = approval(call), approval(call, approver="lea", approver_keys=LEADS)
    other = Call(call.tool, {**call.arguments, "amount": 6})
    defects: list[dict[str, Any]] = [
        {"call": other.digest},
        {"call": call.digest.upper()},
        {"call": call.digest[:-1]},
        {"call": ""},
        {"asker": "Ann"},
        {"asker": "ben"},
        {"session": "session-1 "},
        {"policy": ""},
        {"expires": NOW},
        {"expires": NOW - 1},
        {"is_spent": True},
    ]
    wrong = [replace(each, **defect) for each in (ann, lead) for defect in defects]
    misfit = ann if call.tool == PAY.name else lead
    return [*wrong, misfit, replace(lead, approver_keys=frozenset({"group:lead"}), approver="x")]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.deep)])
def test_an_approval_counts_for_no_other_byte(count: int) -> None:
    puppet, tried = Puppet(7), 0
    approved = Call(CREATE.name, {"project": "IT", "title": "Printer", "body": "Toner"})
    good = approval(approved)
    assert (
        decide(approved, given(labels=typed(approved), approvals=(good,)), POLICY).outcome
        is Outcome.ALLOW
    )
    for at in range(count):
        character = chr(33 + at % 90)
        name = ("title", "body")[at % 2]
        text = str(approved.arguments[name])
        place = at // 2 % (len(text) + 1)
        changed = text[:place] + character + text[place + (at % 3 > 0) :]
        calls = [Call(CREATE.name, {**approved.arguments, name: changed})]
        with suppress(NoCall):
            calls.append(read_call(*puppet.call()))
        for call in calls:
            if call.canonical == approved.canonical:
                continue
            decision = decide(call, given(labels=typed(call), approvals=(good,)), POLICY)
            assert decision.outcome is not Outcome.ALLOW or call.tool == "desk.find"
            tried += 1
    assert tried >= count
