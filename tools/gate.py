"""The gate: whether a call is made. READ FIRST: `decide` is the whole of it.

A pure function of what it is given: it asks no model, no network, no clock and no database, always
returns, and denies what nothing allows. A model may ask for anything; it has no say here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retrieval.access import EVERYONE
from tools.call import Call, Json
from tools.decision import CONFIRMING, Approval, Decision, Outcome, Reason, Spent
from tools.labels import Label, Labels, Whence
from tools.matching import fault_of
from tools.policy import Allowance, Listed, Policy, Rule
from tools.tool import Asker, Effect, Tool


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision goes by beside the call and the policy.

    `tools` are those that there were when the turn began. `session` is what a confirmation is
    bound to, `now` an instant.
    """

    tools: Mapping[str, Tool]
    asker: Asker
    session: str
    labels: Labels
    approvals: tuple[Approval, ...]
    spent: Spent
    now: int


def decide(  # noqa: C901 - a line for each reason, in their order
    call: Call, given: Circumstances, policy: Policy
) -> Decision:
    """Return whether the call is allowed, denied, or has to be confirmed first; never raise."""
    if (tool := _tool_of(call, given.tools)) is None:
        return _deny(Reason.NO_SUCH_TOOL)
    if (listed := policy.tools.get(tool.name)) is None:
        return _deny(Reason.NOT_LISTED)
    if tool.revision != listed.revision:
        return _deny(Reason.CHANGED)
    open_to = [each for each in listed.allowances if _is_open(each, given.asker)]
    if not open_to:
        return _deny(Reason.NOT_FOR_YOU)
    if (argument := fault_of(call.arguments, tool.fields)) is not None:
        return _deny(Reason.BAD_ARGUMENTS, argument)
    if (argument := _ruled_out(open_to, call.arguments, given.asker)) is not None:
        return _deny(Reason.AGAINST_A_RULE, argument)
    if argument := _told_to_others(call, given.labels, listed):
        return _deny(Reason.READERS, argument)
    if given.spent.turn >= listed.most_each_turn or given.spent.day >= listed.most_each_day:
        return _deny(Reason.SPENT)
    if tool.effect is Effect.READS and not listed.always_confirm:
        return Decision(Outcome.ALLOW, Reason.FINE)
    return _confirmed(call, given, policy, listed)


def _tool_of(call: Call, tools: Mapping[str, Tool]) -> Tool | None:
    tool = tools.get(call.tool) if isinstance(call.tool, str) else None
    return tool if tool is not None and tool.name == call.tool else None


def _is_open(allowance: Allowance, asker: Asker) -> bool:
    return asker.channel in allowance.channels and not allowance.keys.isdisjoint(asker.keys)


def _ruled_out(
    allowances: Iterable[Allowance], arguments: Mapping[str, Json], asker: Asker
) -> str | None:
    """Return None if the rules of one allowance are kept, else the first argument that breaks one.

    Of several allowances it is the first one that says which argument.
    """
    broken = [_broken(each, arguments, asker) for each in allowances]
    return None if None in broken else broken[0]


def _broken(allowance: Allowance, arguments: Mapping[str, Json], asker: Asker) -> str | None:
    """Return the argument that breaks a rule of this allowance, or None."""
    for name, rule in allowance.rules.items():
        values = _values(arguments.get(name))
        if not values or not all(_keeps(rule, each, asker) for each in values):
            return name
    return None


def _values(value: Json) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _keeps(rule: Rule, value: Json, asker: Asker) -> bool:
    if rule.one_of and not (isinstance(value, str) and value in rule.one_of):
        return False
    if rule.is_own and value != asker.principal.name:
        return False
    if rule.at_most is None and rule.at_least is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    is_small = rule.at_most is None or value <= rule.at_most
    return is_small and (rule.at_least is None or value >= rule.at_least)


def _told_to_others(call: Call, labels: Labels, listed: Listed) -> str:
    """Return the argument that would be seen by somebody who may not read where it is from.

    Whoever is asked to confirm a call is shown it.
    """
    seen_by = listed.seen_by | listed.approver.keys
    for name in call.arguments:
        label = labels.get(name, Label())
        if label.whence is Whence.TEXT and not _may_all_read(seen_by, label):
            return name
    return ""


def _may_all_read(seen_by: frozenset[str], label: Label) -> bool:
    """Return whether surely everybody of these names may read where a value is from.

    Who is in a group is not known here, so where anybody is denied, nobody in one surely may read.
    """
    if EVERYONE not in label.readers and not seen_by <= label.readers:
        return False
    if not label.denied or not seen_by:
        return True
    are_people = all(each.startswith("user:") for each in seen_by | label.denied)
    return are_people and seen_by.isdisjoint(label.denied)


def _confirmed(call: Call, given: Circumstances, policy: Policy, listed: Listed) -> Decision:
    """Return what the approvals make of a call that needs one."""
    if not given.approvals:
        return Decision(Outcome.CONFIRM, Reason.NEEDS_CONFIRMATION)
    for each in _valid(given.approvals, call, given, policy):
        if _may_approve(each, given.asker, listed):
            return Decision(Outcome.ALLOW, Reason.FINE, approval=each.id)
    return _deny(Reason.BAD_APPROVAL)


def _valid(
    approvals: Iterable[Approval], call: Call, given: Circumstances, policy: Policy
) -> Iterator[Approval]:
    bound = (call.digest, given.asker.principal.name, given.session, policy.digest)
    for each in approvals:
        is_bound = (each.call, each.asker, each.session, each.policy) == bound
        is_shown = each.channel in CONFIRMING
        if is_bound and is_shown and not each.is_spent and given.now < each.expires:
            yield each


def _may_approve(approval: Approval, asker: Asker, listed: Listed) -> bool:
    if listed.approver.is_self:
        return approval.approver == asker.principal.name
    is_other = approval.approver != asker.principal.name
    return is_other and not listed.approver.keys.isdisjoint(approval.approver_keys)


def _deny(reason: Reason, argument: str = "") -> Decision:
    return Decision(Outcome.DENY, reason, argument)
