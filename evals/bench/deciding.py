"""How long the gate takes to decide: `python -m evals.bench.deciding`.

`short`: a search of three arguments. `waiting`: a change that has to be confirmed. `confirmed`: the
same, with ten approvals of which the last one counts. `longest`: four texts of 4,000 characters,
which is the longest call there is, not in ASCII, with ten approvals. `worst`: such text that is
dearest to look at, and is refused at its end. Each call is decided again and again, the kinds in
turn. Milliseconds of computing: the gate waits for nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from retrieval.access import Principal
from tools.call import Call
from tools.decision import Approval, Decision, Outcome, Spent
from tools.fields import MOST_TEXT, Choice, Number, Text
from tools.gate import Circumstances, decide
from tools.labels import Label, Whence
from tools.policy import Allowance, Listed, Policy, Rule
from tools.tool import Asker, Effect, Tool

BOUND_P99_MS = 1.0
_TIMES = 2_000
_NOW = 1_800_000_000
_ASKER = Asker(Principal.person("ann", [f"group-{each}" for each in range(50)]))
_STAFF = frozenset({"group:group-7"})
_FIND = Tool(
    "desk.find",
    "Find tickets.",
    {
        "project": Text("The project", most=10, pattern="^[A-Z][A-Z0-9]{1,9}$"),
        "words": Text("Words in it"),
        "state": Choice("Its state", ("open", "closed")),
    },
    Effect.READS,
)
_CREATE = replace(
    _FIND,
    name="desk.create",
    fields={**_FIND.fields, "amount": Number("What it costs", 0, 500)},
    effect=Effect.CHANGES,
)
_WRITE = Tool(
    "desk.write",
    "Write much.",
    {f"text_{each}": Text("Text", most=MOST_TEXT, is_long=True) for each in range(4)},
    Effect.CHANGES,
)
_TOOLS = {each.name: each for each in (_FIND, _CREATE, _WRITE)}
_RULES: Mapping[str, Rule] = MappingProxyType(
    {"project": Rule(one_of=frozenset(f"P{each}" for each in range(200)))}
)
_POLICY = Policy(
    {
        **{f"other.tool_{each}": Listed(()) for each in range(200)},
        "desk.find": Listed((Allowance(_STAFF, frozenset({"web"}), _RULES),), seen_by=_STAFF),
        "desk.create": Listed((Allowance(_STAFF, frozenset({"web"}), _RULES),), seen_by=_STAFF),
        "desk.write": Listed((Allowance(_STAFF, frozenset({"web"})),), seen_by=_STAFF),
    },
    "d" * 64,
)
_SHORT = {"project": "P7", "words": "printer is out of toner", "state": "open"}
_LONG = dict.fromkeys(_WRITE.fields, "Größe: größer. " * (MOST_TEXT // 15))
_DEAREST = "".join(chr(0x4E00 + each) for each in range(MOST_TEXT - 3)) + "://"


def bench(times: int = _TIMES) -> dict[str, Any]:
    """Return what deciding takes, for each kind of call."""
    create, write = Call("desk.create", {**_SHORT, "amount": 5}), Call("desk.write", _LONG)
    worst = Call("desk.write", {**_LONG, "text_3": _DEAREST})
    kinds = {
        "short": (Call("desk.find", _SHORT), _given(Call("desk.find", _SHORT)), Outcome.ALLOW),
        "waiting": (create, _given(create), Outcome.CONFIRM),
        "confirmed": (create, _given(create, 10), Outcome.ALLOW),
        "longest": (write, _given(write, 10), Outcome.ALLOW),
        "worst": (worst, _given(worst, 10), Outcome.DENY),
    }
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(times):
        for name, (call, given, expected) in kinds.items():
            decision, milliseconds = _timed(call, given)
            assert decision.outcome is expected, name
            taken[name].append(milliseconds)
    figures = {name: _spread(each) for name, each in taken.items()}
    return {
        "bound_p99_ms": BOUND_P99_MS,
        "is_within_bound": all(each["p99_ms"] <= BOUND_P99_MS for each in figures.values()),
        **figures,
    }


def _given(call: Call, approvals: int = 0) -> Circumstances:
    """Return how things stand; of the approvals, the last one is for this call."""
    good = Approval(
        "a", call.digest, "ann", "s", _POLICY.digest, "ann", _ASKER.keys, expires=_NOW + 300
    )
    others = tuple(replace(good, call="0" * 64) for _ in range(approvals - 1))
    return Circumstances(
        tools=_TOOLS,
        asker=_ASKER,
        session="s",
        labels={name: Label(Whence.TEXT, _STAFF) for name in call.arguments},
        approvals=(*others, good) if approvals else (),
        spent=Spent(1, 1),
        now=_NOW,
    )


def _timed(call: Call, given: Circumstances) -> tuple[Decision, float]:
    started = time.thread_time()
    decision = decide(call, given, _POLICY)
    return decision, 1_000 * (time.thread_time() - started)


def _spread(taken: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(float(np.percentile(taken, 50)), 4),
        "p99_ms": round(float(np.percentile(taken, 99)), 4),
    }


if __name__ == "__main__":
    print(json.dumps(bench(), indent=2))
