"""A small world for the gate: two tools that read, two that change, and who may use them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from retrieval.access import Principal
from tools.call import Call
from tools.decision import Approval, Spent
from tools.fields import Choice, Flag, Many, Number, Text
from tools.gate import Circumstances
from tools.labels import Label, Whence
from tools.policy import Allowance, Approver, Listed, Policy, Rule
from tools.tool import Asker, Effect, Tool

NOW = 1_800_000_000
SESSION = "session-1"
DIGEST = "d" * 64
ANN = Asker(Principal.person("ann", ["support"]), frozenset({"reviewer"}))

FIND = Tool(
    "desk.find",
    "Find tickets.",
    {
        "key": Text("Its key", most=20, pattern="^[A-Z]{2,5}-[0-9]{1,6}$", is_required=False),
        "words": Text("Words in it", most=60, is_required=False),
        "state": Choice("Its state", ("open", "closed"), is_required=False),
        "most": Number("How many", 1, 50, is_required=False),
        "mine": Flag("Only yours", is_required=False),
        "labels": Many("Its labels", Choice("A label", ("red", "blue")), is_required=False),
    },
    Effect.READS,
)
CREATE = Tool(
    "desk.create",
    "Create a ticket.",
    {
        "project": Text("The project", most=10, pattern="^[A-Z]{2,10}$"),
        "title": Text("Its title", most=100),
        "body": Text("What it says", most=2_000, is_long=True, is_required=False),
        "amount": Number("What it costs", 0, 10_000, decimals=True, is_required=False),
    },
    Effect.CHANGES,
    will="A ticket is created in {project}.",
)
PAY = Tool(
    "desk.pay",
    "Pay something.",
    {
        "owner": Text("Whose", most=40, pattern="^[a-z]{1,40}$"),
        "amount": Number("How much", -10, 10_000),
    },
    Effect.CHANGES,
)
UNLISTED = replace(FIND, name="desk.erase_everything", effect=Effect.READS)
TOOLS = {each.name: each for each in (FIND, CREATE, PAY, UNLISTED)}

SUPPORT = frozenset({"group:support"})
WEB = frozenset({"web", "api"})
POLICY = Policy(
    {
        "desk.find": Listed((Allowance(SUPPORT, WEB),), seen_by=SUPPORT),
        "desk.create": Listed(
            (Allowance(SUPPORT, WEB, {"project": Rule(one_of=frozenset({"IT", "HR"}))}),),
            seen_by=SUPPORT,
        ),
        "desk.pay": Listed(
            (
                Allowance(
                    frozenset({"role:reviewer"}),
                    frozenset({"web"}),
                    {"owner": Rule(is_own=True), "amount": Rule(at_least=1, at_most=500)},
                ),
            ),
            approver=Approver(frozenset({"group:leads"})),
        ),
        "desk.gone": Listed((Allowance(SUPPORT, WEB),)),
    },
    DIGEST,
)


def given(**changed: Any) -> Circumstances:
    """Return how things stand when ann asks on the web, with nothing spent or approved."""
    usual = Circumstances(TOOLS, ANN, SESSION, {}, (), Spent(), NOW)
    return replace(usual, **changed)


def typed(call: Call) -> dict[str, Label]:
    """Return labels that say that ann wrote every argument."""
    return {name: Label(Whence.TYPED) for name in call.arguments}


def approval(call: Call, **changed: Any) -> Approval:
    """Return ann's own approval of a call, good for five minutes."""
    usual = Approval(
        id="a1",
        call=call.digest,
        asker="ann",
        session=SESSION,
        policy=DIGEST,
        approver="ann",
        approver_keys=ANN.keys,
        expires=NOW + 300,
    )
    return replace(usual, **changed)
