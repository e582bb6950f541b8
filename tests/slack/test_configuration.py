"""`slack.yaml`: the example is what it says, and each mistake is told with its line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from assistant.slack.channels import Answers, Configured, Looking, Matching, Rules, Tokens
from assistant.slack.configuration import SCHEMA, read_slack
from assistant.slack.event import Place
from assistant.wording import Language
from retrieval.documents import Kind
from tools.policy_reading import BadPolicy

EXAMPLE = Path("deploy/slack/slack.example.yaml")
LEAST = "workspaces: {T123: {}}\n"


def read(folder: Path, text: str) -> Configured:
    path = folder / "slack.yaml"
    path.write_text(text, encoding="utf-8")
    return read_slack(path)


def valid(text: str) -> bool:
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return jsonschema_rs.is_valid(schema, yaml.safe_load(text))


def test_the_example_states_what_its_comments_say() -> None:
    example = read_slack(EXAMPLE)

    workspace = example.workspace("T0123ABCD")
    assert workspace.domains == {"example.com": Matching.NAME}
    assert workspace.people == {"U0123ABCD": "ann", "U0456EFGH": ""}
    assert workspace.tokens == Tokens()
    assert not workspace.reminds_owners
    assert example.public == {"website"}
    assert not example.is_open_public
    assert example.looking == Looking()
    assert example.usual == Rules()
    policies = example.rules_for(Place("T0123ABCD", "C0123ABCD"))
    assert policies == Rules(
        Answers.ALL,
        sources=frozenset({"policies"}),
        kinds=frozenset({Kind.POLICY}),
        helpers="C0456EFGH",
        language=Language.DE,
    )
    assert example.rules_for(Place("T0123ABCD", "C0789IJKL")).answers is Answers.OFF
    tools = example.rules_for(Place("T0123ABCD", "C0999MNOP"))
    assert tools.tools_for(frozenset({"group:support"})) == {"desk.look_up"}
    assert tools.tools_for(frozenset({"everyone"})) == frozenset()
    assert example.rules_for(Place("T0123ABCD", "D0123")).answers is Answers.ALL
    assert example.rules_for(Place("T0123ABCD", "C0")).answers is Answers.ASKED
    assert valid(EXAMPLE.read_text(encoding="utf-8"))


def test_what_is_not_said_is_as_usual_and_a_channel_says_only_what_differs(tmp_path: Path) -> None:
    text = f"{LEAST}usual: {{answers: off, each hour: 5, language: fr}}\n"
    text += "channels: {C123: {answers: asked}, C789: {language: en}}\n"

    configured = read(tmp_path, text)

    french = Rules(Answers.OFF, each_hour=5, language=Language.FR)
    assert configured.rules_for(Place("T123", "C123")) == replace(french, answers=Answers.ASKED)
    assert configured.rules_for(Place("T123", "C456")) == french
    assert configured.rules_for(Place("T123", "C789")) == replace(french, language=Language.EN)
    assert configured.rules_for(Place("T123", "D123")).language is Language.EN
    assert configured.workspace("T999").domains == {}


def test_owners_are_reminded_where_a_workspace_says_so_and_nowhere_else(tmp_path: Path) -> None:
    text = "workspaces: {T123: {}, T456: {remind owners: yes}, T789: {remind owners: no}}\n"

    assert read(tmp_path, text).reminding == ("T456",)
    assert valid(text)
    assert read(tmp_path, LEAST).reminding == ()


def test_a_token_is_named_by_a_file_beside_it(tmp_path: Path) -> None:
    text = "workspaces: {T123: {tokens: {bot: bot, signing: keys/signing}}}\n"

    tokens = read(tmp_path, text).workspace("T123").tokens

    assert tokens == Tokens(bot=tmp_path / "bot", signing=tmp_path / "keys/signing")


@pytest.mark.parametrize("prefix", ["xoxb-", "xapp-1-", "xoxp-", "xoxe.xoxb-"])
def test_a_token_itself_is_refused_and_not_repeated(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(BadPolicy, match="got a token") as caught:
        read(tmp_path, f"workspaces: {{T123: {{tokens: {{bot: {prefix}very-secret}}}}}}\n")

    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "Expected `workspaces`, got an empty file"),
        ("usual: {}\n", 1, "Expected `workspaces`, got none"),
        ("workspaces: {X1: {}}\n", 1, "the id of a workspace (T0123ABCD, as in the address"),
        (f"{LEAST}usual: {{answer: all}}\n", 2, "did you mean `answers`?"),
        (f"{LEAST}usual:\n  answers: sometimes\n", 3, "one of all, asked, off, got `sometimes`"),
        (f"{LEAST}usual: {{follow ups: perhaps}}\n", 2, "one of yes, no"),
        (f"{LEAST}usual: {{each hour: -1}}\n", 2, "a whole number from 0 to 100,000, got `-1`"),
        (f"{LEAST}usual: {{each hour: 1.5}}\n", 2, "a whole number"),
        (f"{LEAST}usual: {{kinds: [memo]}}\n", 2, "kinds (contract, policy, ticket, other)"),
        (f"{LEAST}usual: {{sources: []}}\n", 2, "a list of names of sources, got an empty list"),
        (f"{LEAST}usual: {{language: German}}\n", 2, "one of en, de, fr, got `German`"),
        (f"{LEAST}usual: {{language: es}}\n", 2, "one of en, de, fr, got `es`"),
        (f"{LEAST}usual: {{language: [de]}}\n", 2, "one of en, de, fr"),
        (f"{LEAST}usual: {{help: me}}\n", 2, "`review`, or the id of a channel"),
        (f"{LEAST}usual: {{tools: {{x: [role:admin]}}}}\n", 2, "user:NAME, group:NAME or everyone"),
        (f"{LEAST}channels: {{general: {{}}}}\n", 2, "its details in Slack), got `general`"),
        (f"{LEAST}shared: {{}}\n", 2, "Expected `sources`"),
        (f"{LEAST}open channels: some\n", 2, "one of members, everyone"),
        (f"{LEAST}looking: {{remember: 61}}\n", 2, "from 0 to 60, got `61`"),
        (f"{LEAST}looking: {{members: 0}}\n", 2, "from 1 to 5,000"),
        ("workspaces: {T123: {domains: {Example.com: name}}}\n", 1, "in small letters"),
        ("workspaces: {T123: {domains: {com: name}}}\n", 1, "e-mail domain"),
        ("workspaces: {T123: {domains: {a.com: local}}}\n", 1, "one of name, address"),
        ("workspaces: {T123: {domains: [a.com]}}\n", 1, "a colon, a space and what holds for it"),
        ("workspaces: {T123: {domains: 'a.com:name'}}\n", 1, "holds for it, got `a.com:name`"),
        ("workspaces: {T123: {people: {ann: U123}}}\n", 1, "their profile in Slack), got `ann`"),
        ("workspaces: {T123: {people: {U123: a b}}}\n", 1, "the name of a person here"),
        ("workspaces: {T123: {remind owners: daily}}\n", 1, "one of yes, no, got `daily`"),
        ("workspaces: {T123: {remind owners: [yes]}}\n", 1, "one of yes, no"),
        ("workspaces: {T123: {remind_owners: yes}}\n", 1, "did you mean `remind owners`?"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(BadPolicy) as caught:
        read(tmp_path, text)

    assert f"line {line}: " in str(caught.value)
    assert told in str(caught.value)
    assert not valid(text)


def test_quotes_are_not_asked_for_where_they_would_not_help(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match=r"Expected one of yes, no, got `true`\.$"):
        read(tmp_path, f"{LEAST}usual: {{follow ups: true}}\n")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="No such file"):
        read_slack(tmp_path / "slack.yaml")
