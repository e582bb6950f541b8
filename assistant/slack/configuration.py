"""`slack.yaml` as it is read at the start: each mistake is told with its line.

`assistant/slack/slack.schema.json` says the same to editors. A word is a word: `no` is one too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from assistant.slack.channels import (
    Answers,
    Configured,
    Looking,
    Matching,
    Rules,
    Tokens,
    Workspace,
)
from assistant.wording import Language
from retrieval.access import reader
from retrieval.documents import Kind
from retrieval.errors import BadRequest
from tools.policy_reading import LARGEST_BYTES, BadPolicy, Sheet, got

SCHEMA: Final = Path(__file__).with_name("slack.schema.json")

_TEAM: Final = re.compile(r"T[A-Z0-9]{2,40}")
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,40}")
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,40}")
_DOMAIN: Final = re.compile(r"(?=.{3,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_TOOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_A_TEAM: Final = "the id of a workspace (T0123ABCD, as in the address of Slack in a browser)"
_A_USER: Final = "the id of a user (U0123ABCD, in the menu of their profile in Slack)"
_A_CHANNEL: Final = "the id of a channel (C0123ABCD, at the end of its details in Slack)"
_A_DOMAIN: Final = "an e-mail domain in small letters (example.com)"
_TOP: Final = ("workspaces", "usual", "direct", "channels", "shared", "open channels", "looking")
_WORKSPACE: Final = ("tokens", "domains", "people", "remind owners")
_TOKENS: Final = ("bot", "app", "signing")
_RULES: Final = (
    "answers",
    "follow ups",
    "sources",
    "kinds",
    "tools",
    "each hour",
    "all each hour",
    "help",
    "language",
)
_LOOKING: Final = ("members", "seconds", "remember", "remember people")
_MOST_QUESTIONS: Final = 100_000
_NOBODY: Final = "nobody"

T = TypeVar("T")


def read_slack(path: Path) -> Configured:
    """Return what the file states.

    Raises:
        BadPolicy: it cannot be read, or is not what was expected: a line for each mistake, with
            the file, the line, what was expected and what came.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadPolicy(f"{path}: Expected the rules of Slack, got: {error.strerror}.") from error
    sheet = Sheet(path, content, "`workspaces`")
    reading = _Reading(sheet, path.parent)
    configured = reading.configured()
    sheet.require_none()
    return configured


class _Reading:
    """Reads values, and tells what is wrong with them where they stand."""

    def __init__(self, sheet: Sheet, folder: Path) -> None:
        self._sheet = sheet
        self._folder = folder

    def configured(self) -> Configured:
        sheet = self._sheet
        top = sheet.keys(sheet.root, _TOP, ("workspaces",))
        usual = self._rules(top["usual"], Rules()) if "usual" in top else Rules()
        direct = Configured().direct
        shared = sheet.keys(top["shared"], ("sources",), ("sources",)) if "shared" in top else {}
        return Configured(
            workspaces=self._by(top.get("workspaces"), _A_TEAM, _TEAM, self._workspace),
            usual=usual,
            direct=self._rules(top["direct"], direct) if "direct" in top else direct,
            channels=self._by(
                top.get("channels"), _A_CHANNEL, _CHANNEL, lambda _, node: self._rules(node, usual)
            ),
            public=self._words(shared.get("sources"), "names of sources", _is_source),
            is_open_public=self._one(
                top.get("open channels"), "members, everyone", _OPEN, _OPEN["members"]
            ),
            looking=self._looking(top.get("looking")),
        )

    def _by(
        self, node: Any, what: str, name: re.Pattern[str], read: Callable[[str, Any], T]
    ) -> Mapping[str, T]:
        """Return what stands under the names of a mapping; `what` is what such a name is."""
        found: dict[str, T] = {}
        if node is not None and not _is_mapping(node):
            told = f"Expected {what}, a colon, a space and what holds for it, got {got(node)}."
            self._sheet.tell(node, told)
            return MappingProxyType(found)
        for key, value in self._sheet.entries(node) if node is not None else ():
            if not name.fullmatch(key.value):
                self._sheet.tell(key, f"Expected {what}, got {got(key)}.")
            found[key.value] = read(key.value, value)
        return MappingProxyType(found)

    def _workspace(self, team: str, node: Any) -> Workspace:
        keys = self._sheet.keys(node, _WORKSPACE, ())
        tokens = self._sheet.keys(keys["tokens"], _TOKENS, ()) if "tokens" in keys else {}
        files = {name: self._file(each) for name, each in tokens.items()}
        matching = {each.value: each for each in Matching}
        return Workspace(
            team,
            domains=self._by(
                keys.get("domains"),
                _A_DOMAIN,
                _DOMAIN,
                lambda _, each: self._one(each, "name, address", matching, Matching.ADDRESS),
            ),
            people=self._by(keys.get("people"), _A_USER, _USER, lambda _, each: self._person(each)),
            tokens=Tokens(**files),
            reminds_owners=self._one(keys.get("remind owners"), "yes, no", _YES, False),
        )

    def _file(self, node: Any) -> Path | None:
        word = self._sheet.word(node, "the name of a file with the token alone in it")
        if word is not None and word.startswith(("xoxb-", "xapp-", "xoxp-", "xoxe")):
            self._sheet.tell(node, "Expected the name of a file, got a token. Put it in a file.")
            return None
        return None if word is None else self._folder / word

    def _person(self, node: Any) -> str:
        word = self._sheet.word(node, f"the name of a person here, or {_NOBODY}")
        if word is None or word == _NOBODY:
            return ""
        if not _is_name(word):
            self._sheet.tell(node, f"Expected the name of a person here, got {got(node)}.")
        return word

    def _rules(self, node: Any, usual: Rules) -> Rules:
        keys = self._sheet.keys(node, _RULES, ())
        answers = {each.value: each for each in Answers}
        languages = {each.value: each for each in Language}
        kinds = self._words(keys.get("kinds"), f"kinds ({', '.join(Kind)})", _KINDS.__contains__)
        tools = self._tools(keys["tools"]) if "tools" in keys else usual.tools
        sources = self._words(keys.get("sources"), "names of sources", _is_source)
        return Rules(
            answers=self._one(keys.get("answers"), "all, asked, off", answers, usual.answers),
            follow_ups=self._one(keys.get("follow ups"), "yes, no", _YES, usual.follow_ups),
            sources=sources if "sources" in keys else usual.sources,
            kinds=frozenset(map(Kind, kinds & _KINDS)) if "kinds" in keys else usual.kinds,
            tools=tools,
            each_hour=self._count(keys.get("each hour"), 0, _MOST_QUESTIONS, usual.each_hour),
            all_each_hour=self._count(
                keys.get("all each hour"), 0, _MOST_QUESTIONS, usual.all_each_hour
            ),
            helpers=self._helpers(keys["help"]) if "help" in keys else usual.helpers,
            language=self._one(
                keys.get("language"), ", ".join(languages), languages, usual.language
            ),
        )

    def _helpers(self, node: Any) -> str:
        word = self._sheet.word(node, "`review`, or the id of a channel of helpers")
        if word is not None and word != "review" and not _CHANNEL.fullmatch(word):
            self._sheet.tell(node, f"Expected `review`, or {_A_CHANNEL}, got {got(node)}.")
        return "" if word in (None, "review") else str(word)

    def _tools(self, node: Any) -> Mapping[str, frozenset[str]]:
        who = "user:NAME, group:NAME or everyone"
        named = "the name of a tool (desk.look_up)"
        return self._by(node, named, _TOOL, lambda _, each: self._words(each, who, _is_reader))

    def _looking(self, node: Any) -> Looking:
        keys = self._sheet.keys(node, _LOOKING, ()) if node is not None else {}
        usual = Looking()
        return Looking(
            members=self._count(keys.get("members"), 1, 5_000, usual.members),
            seconds=self._count(keys.get("seconds"), 1, 60, int(usual.seconds)),
            remember=self._count(keys.get("remember"), 0, 60, usual.remember),
            remember_people=self._count(
                keys.get("remember people"), 0, 3_600, usual.remember_people
            ),
        )

    def _words(self, node: Any, what: str, is_one: Callable[[str], bool]) -> frozenset[str]:
        found: set[str] = set()
        for each in self._sheet.items(node, what) if node is not None else ():
            word = self._sheet.word(each, what)
            if word is not None and not is_one(word):
                self._sheet.tell(each, f"Expected {what}, got {got(each)}.")
            found.add(word or "")
        return frozenset(found)

    def _one(self, node: Any, what: str, known: Mapping[str, T], usual: T) -> T:
        if node is None:
            return usual
        if not isinstance(node.value, str) or node.value not in known:
            self._sheet.tell(node, f"Expected one of {what}, got {got(node)}.")
            return usual
        return known[node.value]

    def _count(self, node: Any, least: int, most: int, usual: int) -> int:
        if node is None:
            return usual
        what = f"a whole number from {least} to {most:,}"
        number = self._sheet.number(node, what)
        if number is not None and not (isinstance(number, int) and least <= number <= most):
            self._sheet.tell(node, f"Expected {what}, got {got(node)}.")
        return int(number) if number is not None else usual


_YES: Final = {"yes": True, "no": False}
_OPEN: Final = {"members": False, "everyone": True}
_KINDS: Final = frozenset(each.value for each in Kind)


def _is_mapping(node: Any) -> bool:
    return str(node.id) == "mapping"


def _is_reader(name: str) -> bool:
    try:
        reader(name)
    except BadRequest:
        return False
    return True


def _is_name(name: str) -> bool:
    return _is_reader(f"user:{name}")


def _is_source(name: str) -> bool:
    return 0 < len(name) <= 200 and name.isprintable()
