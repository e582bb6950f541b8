"""The policy is read from its file as it stands, or every mistake in it is told with its line."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.gate_world import CREATE, FIND, PAY
from tools.configuration import _KEYS, Shape
from tools.fields import Choice, Flag, Many, Number, Text
from tools.policy import Allowance, Approver, Listed, Policy, Rule
from tools.policy_file import _LISTED, CHANNELS, SCHEMA, read_policy
from tools.policy_fit import check
from tools.policy_reading import LARGEST_BYTES, BadPolicy
from tools.tool import Effect, Tool

WHOLE = """\
# yaml-language-server: $schema=policy.schema.json
tools:
  desk.create_ticket:
    allow:
      - for: [group:support, role:reviewer]
        by: [web, api]
        when: {project: [IT, "7"], amount: {at most: 500}, assignee: own}
      - for: [everyone]
        by: [slack]
        when:
          amount: {at least: -1.5, at most: 100.0}
    approver: [group:leads, user:lea]
    seen by: [group:support]
    read by: [everyone]
    at most: {turn: 2, day: 20}
    confirm: always
    revision: 9f86d081884c7d65
  today:
    allow: [{for: [everyone], by: [web]}]
    seen by: asker
    read by: asker
    approver: self
"""
TOOL = "tools:\n  t:\n    allow: [{for: [everyone], by: [web]}]\n    seen by: asker\n"


def read(folder: Path, text: str | bytes) -> Policy:
    path = folder / "tools.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_policy(path)


def told(folder: Path, text: str | bytes) -> list[str]:
    """Return what is told about a file, without its path."""
    with pytest.raises(BadPolicy) as refused:
        read(folder, text)
    lines = str(refused.value).split("\n")
    return [line.removeprefix(f"{folder / 'tools.yaml'}, ") for line in lines]


def test_a_policy_is_read_as_it_stands(tmp_path: Path) -> None:
    policy = read(tmp_path, WHOLE)

    assert policy.digest == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert policy.tools == {
        "desk.create_ticket": Listed(
            (
                Allowance(
                    frozenset({"group:support", "role:reviewer"}),
                    frozenset({"web", "api"}),
                    {
                        "project": Rule(one_of=frozenset({"IT", "7"})),
                        "amount": Rule(at_most=500),
                        "assignee": Rule(is_own=True),
                    },
                ),
                Allowance(
                    frozenset({"everyone"}),
                    frozenset({"slack"}),
                    {"amount": Rule(at_least=-1.5, at_most=100.0)},
                ),
            ),
            Approver(frozenset({"group:leads", "user:lea"})),
            frozenset({"group:support"}),
            2,
            20,
            always_confirm=True,
            revision="9f86d081884c7d65",
            read_by=frozenset({"everyone"}),
        ),
        "today": Listed((Allowance(frozenset({"everyone"}), frozenset({"web"})),)),
    }
    assert isinstance(policy.tools["desk.create_ticket"].allowances[0].rules["amount"].at_most, int)


def test_another_byte_is_another_policy(tmp_path: Path) -> None:
    assert read(tmp_path, TOOL).digest != read(tmp_path, TOOL + "\n").digest
    assert read(tmp_path, TOOL).tools == read(tmp_path, TOOL + "\n").tools


def test_a_policy_without_tools_allows_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "tools: {}").tools == {}


def test_a_number_is_a_number(tmp_path: Path) -> None:
    for text, least, kind in (("-5", -5, int), ("+5", 5, int), ("1.5e0", 1.5, float)):
        rule = read(tmp_path, ruled(f"{{at least: {text}, at most: 5}}")).tools["t"].allowances[0]
        assert rule.rules["a"] == Rule(at_least=least, at_most=5)
        assert type(rule.rules["a"].at_least) is kind


def test_many_tools_lie_beside_each_other_and_not_in_each_other(tmp_path: Path) -> None:
    text = TOOL + "".join(TOOL[7:].replace("  t:", f"  t{at}:") for at in range(20))

    assert len(read(tmp_path, text).tools) == 21


def test_a_word_is_a_word(tmp_path: Path) -> None:
    text = TOOL.replace(
        "by: [web]", "by: [web], when: {a: [no, NO, on, y, 2024-01-01, 'true', 1.2.3]}"
    )

    rule = read(tmp_path, text).tools["t"].allowances[0].rules["a"]

    assert rule.one_of == {"no", "NO", "on", "y", "2024-01-01", "true", "1.2.3"}


def with_line(old: str, new: str) -> str:
    assert old in TOOL
    return TOOL.replace(old, new)


def ruled(rule: str) -> str:
    return with_line("by: [web]", f"by: [web], when: {{a: {rule}}}")


WHO = "Expected user:NAME, group:NAME, everyone or a role such as role:reviewer"
RULES = "Expected `own`, a list of words, or `at least` and `at most` with numbers"
ALL_CHANNELS = "channels (api, evaluation, mcp, slack, web)"
MISTAKES: list[tuple[str, str]] = [
    ("", "line 1: Expected `tools`, got an empty file."),
    ("# nothing", "line 1: Expected `tools`, got an empty file."),
    ("- a", "line 1: Expected keys with values, got a list."),
    ("tools", "line 1: Expected keys with values, got `tools`."),
    ("tools:", "line 1: Expected keys with values, got nothing."),
    ("tools: []", "line 1: Expected keys with values, got an empty list."),
    ("{}", "line 1: Expected `tools`, got none."),
    (
        "Tools: {}",
        "line 1: Expected one of `tools`, `systems`, `approvers`, got `Tools` (did you mean "
        "`tools`?).",
    ),
    ("tools: {}\nmore: 1", "line 2: Expected one of `tools`, `systems`, `approvers`, got `more`."),
    ("tools: {t: }", "line 1: Expected keys with values, got nothing."),
    ("tools: {t: x}", "line 1: Expected keys with values, got `x`."),
    (with_line("  t:", "  'a b':"), "line 2: Expected the name of a tool, got `a b`."),
    (with_line("  t:", "  t\u0131:"), "line 2: Expected the name of a tool, got `tı`."),
    (TOOL + TOOL[7:], "line 5: Expected `t` once, got it twice."),
    (TOOL + "    allow: []", "line 5: Expected `allow` once, got it twice."),
    (TOOL + "tools: {}", "line 5: Expected `tools` once, got it twice."),
    ("tools: {[a]: {}}", "line 1: Expected a word as a key, got a list."),
    ("tools: {{}: {}}", "line 1: Expected a word as a key, got no keys."),
    ("tools:\n  t:\n    seen by: asker", "line 3: Expected `allow`, got none."),
    (with_line("    seen by: asker\n", ""), "line 3: Expected `seen by`, got none."),
    (
        TOOL + "    seen_by: asker",
        "line 5: Expected one of `allow`, `seen by`, `read by`, `approver`, `at most`, "
        "`confirm`, `revision`, got `seen_by` (did you mean `seen by`?).",
    ),
    (
        with_line("[{for: [everyone], by: [web]}]", "[]"),
        "line 3: Expected a list of allowances, got an empty list.",
    ),
    (
        with_line("[{for: [everyone], by: [web]}]", "{}"),
        "line 3: Expected a list of allowances, got no keys.",
    ),
    (
        with_line("[{for: [everyone], by: [web]}]", "[a]"),
        "line 3: Expected keys with values, got `a`.",
    ),
    (with_line("for: [everyone], ", ""), "line 3: Expected `for`, got none."),
    (with_line(", by: [web]", ""), "line 3: Expected `by`, got none."),
    (
        with_line(", by: [web]", ", by: [web], if: {}"),
        "line 3: Expected one of `for`, `by`, `when`, got `if`.",
    ),
    (with_line("[everyone]", "everyone"), f"line 3: Expected a list of {WHO[9:]}, got `everyone`."),
    (with_line("[everyone]", "[]"), f"line 3: Expected a list of {WHO[9:]}, got an empty list."),
    (
        with_line("[everyone]", "[ann]"),
        f"line 3: {WHO}, each once, got `ann`.",
    ),
    (with_line("[everyone]", "['user:a b']"), f"line 3: {WHO}, each once, got `user:a b`."),
    (with_line("[everyone]", "[role:boss]"), f"line 3: {WHO}, each once, got `role:boss`."),
    (
        with_line("[everyone]", "[everyone, everyone]"),
        f"line 3: {WHO}, each once, got `everyone`.",
    ),
    (with_line("[everyone]", "[7]"), f"line 3: {WHO}, got `7` (put it in quotes)."),
    (with_line("[everyone]", "[[a]]"), f"line 3: {WHO}, got a list."),
    (with_line("[web]", "[Web]"), f"line 3: Expected {ALL_CHANNELS}, each once, got `Web`."),
    (with_line("[web]", "web"), f"line 3: Expected a list of {ALL_CHANNELS}, got `web`."),
    (with_line("[web]", "[web], when: x"), "line 3: Expected keys with values, got `x`."),
    (
        with_line("[web]", "[web], when: {a b: own}"),
        "line 3: Expected the name of an argument, got `a b`.",
    ),
    (
        with_line("[web]", "[web], when: {a: own, a: own}"),
        "line 3: Expected `a` once, got it twice.",
    ),
    (ruled("mine"), f"line 3: {RULES}, got `mine`."),
    (ruled("''"), f"line 3: {RULES}, got nothing."),
    (ruled("5"), f"line 3: {RULES}, got `5`."),
    (ruled("[]"), f"line 3: {RULES}, got an empty list."),
    (ruled("{}"), f"line 3: {RULES}, got no keys."),
    (ruled("[1]"), "line 3: Expected words, got `1` (put it in quotes)."),
    (ruled("[true]"), "line 3: Expected words, got `true` (put it in quotes)."),
    (ruled("['']"), "line 3: Expected words, got nothing (put it in quotes)."),
    (ruled("[x, x]"), "line 3: Expected words, each once, got `x`."),
    (ruled("[{}]"), "line 3: Expected words, got no keys."),
    (ruled("[{a: b}]"), "line 3: Expected words, got keys with values."),
    (
        ruled("{below: 5}"),
        "line 3: Expected one of `at least`, `at most`, got `below`.",
    ),
    (ruled("{at most: x}"), "line 3: Expected a number for `at most`, got `x`."),
    (ruled("{at most: '5'}"), "line 3: Expected a number for `at most`, got `5`."),
    (ruled("{at most: .inf}"), "line 3: Expected a number for `at most`, got `.inf`."),
    (ruled("{at most: .nan}"), "line 3: Expected a number for `at most`, got `.nan`."),
    (ruled("{at most: 1_000}"), "line 3: Expected a number for `at most`, got `1_000`."),
    (ruled("{at most: 0x10}"), "line 3: Expected a number for `at most`, got `0x10`."),
    (ruled("{at most: []}"), "line 3: Expected a number for `at most`, got an empty list."),
    (
        ruled("{at most: 1e999}"),
        "line 3: Expected numbers that can be reached, got an endless one.",
    ),
    (
        ruled("{at least: -1e999}"),
        "line 3: Expected numbers that can be reached, got an endless one.",
    ),
    (
        ruled("{at least: 6, at most: 5}"),
        "line 3: Expected `at least` not above `at most`, got 6 and 5.",
    ),
    (
        TOOL + "    approver: me",
        "line 5: Expected a list of who else confirms (user:NAME, group:NAME, everyone or a role "
        "such as role:reviewer), or `self`, got `me`.",
    ),
    (
        TOOL + "    approver: [self]",
        "line 5: Expected who else confirms (user:NAME, group:NAME, everyone or a role such as "
        "role:reviewer), or `self`, each once, got `self`.",
    ),
    (
        with_line("asker", "me"),
        "line 4: Expected a list of who reads what it writes (user:NAME, group:NAME, everyone), "
        "or `asker`, got `me`.",
    ),
    (
        with_line("asker", "[role:admin]"),
        "line 4: Expected who reads what it writes (user:NAME, group:NAME, everyone), or `asker`, "
        "each once, got `role:admin`.",
    ),
    (TOOL + "    at most: 5", "line 5: Expected keys with values, got `5`."),
    (
        TOOL + "    at most: {hour: 5}",
        "line 5: Expected one of `turn`, `day`, got `hour`.",
    ),
    (
        TOOL + "    at most: {turn: 0}",
        "line 5: Expected a whole number from 1 to 100, got `0`.",
    ),
    (
        TOOL + "    at most: {turn: 101}",
        "line 5: Expected a whole number from 1 to 100, got `101`.",
    ),
    (
        TOOL + "    at most: {day: 1.5}",
        "line 5: Expected a whole number from 1 to 100,000, got `1.5`.",
    ),
    (
        TOOL + "    at most: {day: x}",
        "line 5: Expected a whole number from 1 to 100,000, got `x`.",
    ),
    (
        TOOL + "    confirm: true",
        "line 5: Expected `always`, or no `confirm`, got `true`.",
    ),
    (
        TOOL + "    confirm: [always]",
        "line 5: Expected `always`, or no `confirm`, got a list.",
    ),
    (
        TOOL + "    revision: a b",
        "line 5: Expected the revision of a tool, as it was shown, got `a b`.",
    ),
    (
        TOOL + "    revision: [a]",
        "line 5: Expected the revision of a tool, as it was shown, got a list.",
    ),
    (
        TOOL + "    revision: ''",
        "line 5: Expected the revision of a tool, as it was shown, got nothing.",
    ),
]
NO_YAML: list[tuple[str | bytes, str]] = [
    ("tools: {", "line 1: Expected YAML, got: expected the node content, but found"),
    ("a: b\n\tc: d", "line 2: Expected YAML, got: "),
    (TOOL + "---\n" + TOOL, "line 5: Expected YAML, got: but found another document"),
    ("tools: &a {}", "line 1: Expected plain values, got an anchor or alias (& or *)."),
    ("a: &a 1\ntools: *a", "line 1: Expected plain values, got an anchor or alias (& or *)."),
    ("\ntools: *a", "line 2: Expected plain values, got an anchor or alias (& or *)."),
    ("tools: !!map {}", "line 1: Expected plain values, got a tag (!)."),
    ("tools: !!python/object:os.system {}", "line 1: Expected plain values, got a tag (!)."),
    ("tools: {a: !x y}", "line 1: Expected plain values, got a tag (!)."),
    ("tools: " + "[" * 9, "line 1: Expected at most 8 levels, got more."),
    ("tools: " + "[" * 100_000, "line 1: Expected at most 8 levels, got more."),
    ("tools: \x07", "line 1: Expected YAML, got characters that it does not allow."),
    (b"tools:\n  \xff: x", "line 2: Expected UTF-8, got other bytes."),
    (b"x" * (LARGEST_BYTES + 1), "line 1: Expected at most 1,000,000 bytes, got more."),
]


@pytest.mark.parametrize(("text", "mistake"), MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, mistake: str) -> None:
    assert told(tmp_path, text) == [mistake]


@pytest.mark.parametrize(("text", "mistake"), NO_YAML)
def test_what_is_no_yaml_of_plain_values_is_refused(
    tmp_path: Path, text: str | bytes, mistake: str
) -> None:
    [line] = told(tmp_path, text)

    assert line.startswith(mistake)


def test_what_was_meant_is_not_missed_as_well(tmp_path: Path) -> None:
    text = with_line("seen by", "seen-by").replace("for:", "whom:")

    lines = told(tmp_path, text)

    assert lines[0] == "line 3: Expected one of `for`, `by`, `when`, got `whom`."
    assert lines[1] == "line 3: Expected `for`, got none."
    assert lines[2].endswith("got `seen-by` (did you mean `seen by`?).")
    assert len(lines) == 3


def test_every_mistake_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "tools:\n  a b: {allow: [], seen by: me}\nmore: 1\n"

    lines = told(tmp_path, text)

    assert [line.split(":")[0] for line in lines] == ["line 2"] * 3 + ["line 3"]


def test_mistakes_in_one_list_are_all_told(tmp_path: Path) -> None:
    assert told(tmp_path, ruled("[1, x, x]")) == [
        "line 3: Expected words, got `1` (put it in quotes).",
        "line 3: Expected words, each once, got `x`.",
    ]


def test_no_more_mistakes_are_told_than_can_be_read(tmp_path: Path) -> None:
    lines = told(tmp_path, "tools:\n" + "".join(f"  t{at}: x\n" for at in range(25)))

    assert len(lines) == 21
    assert lines[-1].endswith("And 5 more.")
    assert len(told(tmp_path, "tools:\n" + "".join(f"  t{at}: x\n" for at in range(20)))) == 20


def test_what_came_is_told_in_few_characters_that_can_be_seen(tmp_path: Path) -> None:
    [long] = told(tmp_path, f"tools: {'x' * 99}")
    [hidden] = told(tmp_path, 'tools: "a\\e[31m"')

    assert long == f"line 1: Expected keys with values, got `{'x' * 60}…`."
    assert hidden == "line 1: Expected keys with values, got 'a\\x1b[31m'."


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match=r"none\.yaml: Expected a policy of tools, got: No such"):
        read_policy(tmp_path / "none.yaml")


def test_a_mark_at_the_beginning_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + TOOL.encode()).tools.keys() == {"t"}


def test_the_largest_counts_are_taken(tmp_path: Path) -> None:
    listed = read(tmp_path, TOOL + "    at most: {turn: 100, day: 100000}").tools["t"]
    some = read(tmp_path, TOOL + "    at most: {turn: 1, day: 1}").tools["t"]
    usual = read(tmp_path, TOOL).tools["t"]

    assert (listed.most_each_turn, listed.most_each_day) == (100, 100_000)
    assert (some.most_each_turn, some.most_each_day) == (1, 1)
    assert (usual.most_each_turn, usual.most_each_day) == (8, 100)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, len(WHOLE) - 1), st.sampled_from(list("[]{}:,'\"&*!- \n\tx5\0~#")))
def test_a_changed_character_is_read_or_told(tmp_path: Path, at: int, character: str) -> None:
    with suppress(BadPolicy):
        read(tmp_path, WHOLE[:at] + character + WHOLE[at + 1 :])


def test_editors_are_told_the_same() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)

    assert validator.is_valid(yaml.safe_load(WHOLE))
    assert validator.is_valid({"tools": {}})
    for text, mistake in MISTAKES:
        if not any(each in mistake for each in ("twice", "not above", "as a key", "endless")):
            is_numeric = "1_000" in text or "0x10" in text or ".nan" in text or ".inf" in text
            assert is_numeric or not validator.is_valid(yaml.safe_load(text)), text
    channels = schema["$defs"]["allowance"]["properties"]["by"]["items"]["enum"]
    assert tuple(channels) == CHANNELS
    listed = schema["$defs"]["tool"]["properties"]
    assert tuple(listed) == _LISTED


def test_editors_are_told_of_every_system() -> None:
    system = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["system"]["properties"]

    assert system["shape"]["enum"] == list(Shape)
    assert system.keys() == {key for keys in _KEYS.values() for key in keys}


EVERYONE = frozenset({"everyone"})
WEB = frozenset({"web"})


def policy_of(tool: Tool, rules: dict[str, Rule], **listed: object) -> Policy:
    whole = Listed((Allowance(EVERYONE, WEB), Allowance(EVERYONE, WEB, rules)))
    return Policy({tool.name: replace(whole, **listed)})  # type: ignore[arg-type]


THING = Tool(
    "thing.do",
    "Does a thing.",
    {
        "word": Choice("A word", ("red", "blue")),
        "key": Text("A key", pattern="^[A-Z]+$", is_required=False),
        "number": Number("A number", 0, 10),
        "flag": Flag("A flag"),
        "words": Many("Words", Choice("A word", ("red", "blue"))),
    },
    Effect.CHANGES,
    revision="r1",
)


def one_of(*words: str) -> Rule:
    return Rule(one_of=frozenset(words))


@pytest.mark.parametrize(
    ("rules", "mistakes"),
    [
        ({}, ()),
        ({"word": one_of("red"), "key": one_of("A", "B"), "words": one_of("blue")}, ()),
        ({"number": Rule(at_least=10, at_most=10)}, ()),
        ({"number": Rule(at_least=0, at_most=0)}, ()),
        ({"number": Rule(at_least=-5, at_most=50)}, ()),
        ({"key": Rule(is_own=True)}, ()),
        (
            {"work": Rule(is_own=True)},
            ("Expected an argument of the tool, got `work` (did you mean `word`?).",),
        ),
        ({"x": Rule(is_own=True)}, ("Expected an argument of the tool, got `x`.",)),
        (
            {"word": one_of("red", "green")},
            ("`word`: Expected words that it can be, got `green`.",),
        ),
        ({"words": one_of("green")}, ("`words`: Expected words that it can be, got `green`.",)),
        ({"key": one_of("a")}, ("`key`: Expected words that it can be, got `a`.",)),
        (
            {"number": one_of("5")},
            ("`number`: Expected a text for a list of words, got an argument that is none.",),
        ),
        (
            {"flag": Rule(is_own=True)},
            ("`flag`: Expected a text for `own`, got an argument that is none.",),
        ),
        (
            {"word": Rule(at_most=5)},
            (
                "`word`: Expected a number for `at least` and `at most`, got "
                "an argument that is none.",
            ),
        ),
        ({"number": Rule(at_least=11)}, ("`number`: Expected `at least` not above 10, got 11.",)),
        ({"number": Rule(at_most=-1)}, ("`number`: Expected `at most` not below 0, got -1.",)),
    ],
)
def test_what_can_never_apply_is_told(rules: dict[str, Rule], mistakes: tuple[str, ...]) -> None:
    policy = policy_of(THING, rules, revision="r1")

    assert check(policy, {THING.name: THING}) == tuple(f"thing.do: {each}" for each in mistakes)


def test_a_tool_that_is_not_there_or_has_changed_is_told() -> None:
    policy = policy_of(THING, {}, revision="r0")

    assert check(policy, {}) == ("thing.do: Expected a tool that there is, got none of this name.",)
    assert check(policy, {"thing.doo": THING}) == (
        "thing.do: Expected a tool that there is, got none of this name (did you mean "
        "`thing.doo`?).",
    )
    assert check(policy, {"thing.do": THING}) == (
        "thing.do: Expected `revision: r1`, got another: it is denied until that is accepted.",
    )
    assert check(policy, {"thing.do": replace(THING, revision="")}) == (
        "thing.do: Expected no `revision`, got another: it is denied until that is accepted.",
    )


def test_an_approver_whom_nobody_asks_is_told() -> None:
    leads = Approver(frozenset({"group:leads"}))
    for tool, always, is_told in ((FIND, False, True), (FIND, True, False), (PAY, False, False)):
        policy = policy_of(tool, {}, approver=leads, always_confirm=always)
        assert bool(check(policy, {tool.name: tool})) is is_told


def test_tools_are_told_of_in_the_order_of_their_names() -> None:
    policy = Policy({each.name: Listed(()) for each in (PAY, FIND, CREATE)})

    assert [line.split(":")[0] for line in check(policy, {})] == [
        "desk.create",
        "desk.find",
        "desk.pay",
    ]
