"""Whether a policy fits the tools that there are: what in it can never apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from tools.fields import Choice, Field, Many, Number, Text
from tools.matching import fault_of
from tools.policy import Listed, Policy, Rule
from tools.tool import Effect, Tool


def check(policy: Policy, tools: Mapping[str, Tool]) -> tuple[str, ...]:
    """Return what in a policy can never apply to these tools, a line each; () if all of it can."""
    return tuple(
        f"{name}: {told}"
        for name, listed in sorted(policy.tools.items())
        for told in _faults(name, listed, tools)
    )


def _faults(name: str, listed: Listed, tools: Mapping[str, Tool]) -> Iterator[str]:
    tool = tools.get(name)
    if tool is None:
        yield f"Expected a tool that there is, got none of this name{_meant(name, tools)}."
        return
    if tool.revision != listed.revision:
        shown = f"`revision: {tool.revision}`" if tool.revision else "no `revision`"
        yield f"Expected {shown}, got another: it is denied until that is accepted."
    if tool.effect is Effect.READS and listed.approver.keys and not listed.always_confirm:
        yield "Expected no `approver`, got one: it only reads, and nobody is asked to confirm."
    for allowance in listed.allowances:
        for argument, rule in allowance.rules.items():
            field = tool.fields.get(argument)
            if field is None:
                meant = _meant(argument, tool.fields)
                yield f"Expected an argument of the tool, got `{argument}`{meant}."
            else:
                each = field.each if isinstance(field, Many) else field
                yield from (f"`{argument}`: {told}" for told in _unfit(rule, each))


def _unfit(rule: Rule, field: Field) -> Iterator[str]:
    is_text = isinstance(field, Text | Choice)
    if rule.is_own and not is_text:
        yield "Expected a text for `own`, got an argument that is none."
    if rule.one_of and not is_text:
        yield "Expected a text for a list of words, got an argument that is none."
    for word in sorted(rule.one_of) if is_text else ():
        if fault_of({"word": word}, {"word": field}) is not None:
            yield f"Expected words that it can be, got `{word}`."
    if rule.at_least is None and rule.at_most is None:
        return
    if not isinstance(field, Number):
        yield "Expected a number for `at least` and `at most`, got an argument that is none."
    elif rule.at_least is not None and rule.at_least > field.most:
        yield f"Expected `at least` not above {field.most:g}, got {rule.at_least:g}."
    elif rule.at_most is not None and rule.at_most < field.least:
        yield f"Expected `at most` not below {field.least:g}, got {rule.at_most:g}."


def _meant(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean `{close[0]}`?)" if close else ""
