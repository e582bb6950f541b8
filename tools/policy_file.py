"""The policy from its file: who may use which tool. READ FIRST: `read_policy` is the story.

`tools/policy.schema.json` says the same to editors. What a tool's entry does not state is the
strictest that makes sense; who sees what it writes has to be stated. Far systems and who approves
what stand in the same file (`tools/configuration.py`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from retrieval.access import reader
from retrieval.errors import BadRequest
from retrieval.people.people import Role
from tools.policy import Allowance, Approver, Listed, Policy, Rule
from tools.policy_reading import LARGEST_BYTES, BadPolicy, Sheet, got

SCHEMA: Final = Path(__file__).with_name("policy.schema.json")
CHANNELS: Final = ("api", "evaluation", "mcp", "slack", "web")
MOST_EACH_TURN: Final = 100
MOST_EACH_DAY: Final = 100_000

_TOOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_ARGUMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_REVISION: Final = re.compile(r"[A-Za-z0-9:_.-]{1,128}")
_ROLES: Final = frozenset(f"role:{each}" for each in Role)
_TOP: Final = ("tools", "systems", "approvers")
_LISTED: Final = ("allow", "seen by", "read by", "approver", "at most", "confirm", "revision")
_ALLOWED: Final = ("for", "by", "when")
_BOUNDS: Final = ("at least", "at most")
_WHO: Final = "user:NAME, group:NAME, everyone or a role such as role:reviewer"


def read_policy(path: Path) -> Policy:
    """Return the policy that a file states. Its digest is that of the file's bytes.

    Raises:
        BadPolicy: it cannot be read, or is not what was expected: a line for each mistake, with
            the file, the line, what was expected and what came.
    """
    content = _content(path)
    sheet = Sheet(path, content)
    top = sheet.keys(sheet.root, _TOP, ("tools",))
    tools: dict[str, Listed] = {}
    for key, node in sheet.entries(top["tools"]) if "tools" in top else ():
        if not _TOOL.fullmatch(key.value):
            sheet.tell(key, f"Expected the name of a tool, got {got(key)}.")
        tools[key.value] = _listed(sheet, node)
    sheet.require_none()
    return Policy(MappingProxyType(tools), hashlib.sha256(content).hexdigest())


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadPolicy(f"{path}: Expected a policy of tools, got: {error.strerror}.") from error


def _listed(sheet: Sheet, node: Any) -> Listed:
    keys = sheet.keys(node, _LISTED, ("allow", "seen by"))
    allow = sheet.items(keys["allow"], "allowances") if "allow" in keys else []
    at_most = sheet.keys(keys["at most"], ("turn", "day"), ()) if "at most" in keys else {}
    usual = Listed(())
    return Listed(
        allowances=tuple(_allowance(sheet, each) for each in allow),
        approver=Approver(_approver(sheet, keys.get("approver"))),
        seen_by=_readers(sheet, keys.get("seen by"), "who reads what it writes"),
        read_by=_readers(sheet, keys.get("read by"), "who may read what it gives"),
        most_each_turn=_count(sheet, at_most.get("turn"), MOST_EACH_TURN, usual.most_each_turn),
        most_each_day=_count(sheet, at_most.get("day"), MOST_EACH_DAY, usual.most_each_day),
        always_confirm=_always(sheet, keys.get("confirm")),
        revision=_revision(sheet, keys.get("revision")),
    )


def _allowance(sheet: Sheet, node: Any) -> Allowance:
    keys = sheet.keys(node, _ALLOWED, ("for", "by"))
    rules = sheet.entries(keys["when"]) if "when" in keys else ()
    return Allowance(
        keys=_several(sheet, keys.get("for"), _WHO, _is_who),
        channels=_several(
            sheet, keys.get("by"), f"channels ({', '.join(CHANNELS)})", CHANNELS.__contains__
        ),
        rules=MappingProxyType({key.value: _rule(sheet, key, each) for key, each in rules}),
    )


def _rule(sheet: Sheet, key: Any, node: Any) -> Rule:
    if not _ARGUMENT.fullmatch(key.value):
        sheet.tell(key, f"Expected the name of an argument, got {got(key)}.")
    if node.value == "own":
        return Rule(is_own=True)
    if isinstance(node.value, str) or not node.value:
        sheet.tell(
            node,
            "Expected `own`, a list of words, or `at least` and `at most` with numbers, got "
            f"{got(node)}.",
        )
        return Rule()
    if node.id == "sequence":
        return Rule(one_of=_several(sheet, node, "words", bool))
    return _bounds(sheet, node)


def _bounds(sheet: Sheet, node: Any) -> Rule:
    keys = sheet.keys(node, _BOUNDS, ())
    numbers = {key: sheet.number(each, f"a number for `{key}`") for key, each in keys.items()}
    least, most = (numbers.get(key) for key in _BOUNDS)
    if least is not None and most is not None and least > most:
        sheet.tell(node, f"Expected `at least` not above `at most`, got {least} and {most}.")
    if any(each is not None and not math.isfinite(each) for each in (least, most)):
        sheet.tell(node, "Expected numbers that can be reached, got an endless one.")
    return Rule(at_least=least, at_most=most)


def _approver(sheet: Sheet, node: Any) -> frozenset[str]:
    if node is None or node.value == "self":
        return frozenset()
    return _several(sheet, node, f"who else confirms ({_WHO}), or `self`", _is_who)


def _readers(sheet: Sheet, node: Any, who: str) -> frozenset[str]:
    if node is None or node.value == "asker":
        return frozenset()
    what = f"{who} (user:NAME, group:NAME, everyone), or `asker`"
    return _several(sheet, node, what, _is_reader)


def _several(sheet: Sheet, node: Any, what: str, is_one: Callable[[str], bool]) -> frozenset[str]:
    """Return the words of a list, each of which has to be one of what is expected."""
    met: set[str] = set()
    for each in () if node is None else sheet.items(node, what):
        word = sheet.word(each, what)
        if word is None:
            continue
        if word in met or not is_one(word):
            sheet.tell(each, f"Expected {what}, each once, got {got(each)}.")
        met.add(word)
    return frozenset(met)


def _count(sheet: Sheet, node: Any, most: int, usual: int) -> int:
    if node is None:
        return usual
    what = f"a whole number from 1 to {most:,}"
    number = sheet.number(node, what)
    if number is not None and not (isinstance(number, int) and 1 <= number <= most):
        sheet.tell(node, f"Expected {what}, got {got(node)}.")
    return int(number) if isinstance(number, int) else usual


def _always(sheet: Sheet, node: Any) -> bool:
    if node is not None and node.value != "always":
        sheet.tell(node, f"Expected `always`, or no `confirm`, got {got(node)}.")
    return node is not None


def _revision(sheet: Sheet, node: Any) -> str:
    if node is None:
        return ""
    is_text = isinstance(node.value, str)
    if not is_text or not _REVISION.fullmatch(node.value):
        sheet.tell(node, f"Expected the revision of a tool, as it was shown, got {got(node)}.")
    return str(node.value)


def _is_who(word: str) -> bool:
    return word in _ROLES or _is_reader(word)


def _is_reader(word: str) -> bool:
    try:
        reader(word)
    except BadRequest:
        return False
    return True
