"""Which far systems there are, read from the file that the policy is in."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from tests.tools.far.jira import FakeJira
from tests.tools.far.serving import serving
from tests.tools.hand_contract import errand
from tools.box.desk import hands_of
from tools.box.desk_jira import JiraDesk
from tools.configuration import _KEYS, Configuration, Shape, read_tools
from tools.far import FarSystem
from tools.policy_file import SCHEMA
from tools.policy_reading import BadPolicy

WHOLE = """\
tools:
  desk.look_up:
    allow: [{for: [everyone], by: [web]}]
    seen by: asker
systems:
  Jira:
    shape: jira
    url: https://example.atlassian.net
    credential: basic
    projects: {RIM: Task, LEG: Request}
  Contract register:
    shape: register-sql
    url: postgresql://db.corp/contracts
    table: legal.contracts
    id: number
    title: party
    expires: ends
    shown: {notice days: notice}
    proposals: legal.proposals
    changeable: [notice days]
  Orders:
    shape: openapi
    url: http://orders.corp:8080/api
    where: inside
    certificates: authority.pem
    file: orders.yaml
    operations: [getOrder]
  Search:
    shape: mcp
    url: https://search.example.com/mcp
    names: [find, file]
    reads: [find]
approvers:
  a change of a contract: [group:legal, user:ben]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("orders.yaml", "authority.pem"):
        (tmp_path / name).write_text("")
    return tmp_path


def read(folder: Path, text: str) -> Configuration:
    path = folder / "tools.yaml"
    path.write_text(text, encoding="utf-8")
    return read_tools(path)


def test_everything_that_is_stated_is_read(folder: Path) -> None:
    stated = read(folder, WHOLE)

    jira, register, orders, search = stated.systems.values()
    assert (jira.shape, jira.credential, jira.is_inside) == (Shape.JIRA, "Basic", False)
    assert jira.queues == {"RIM": "Task", "LEG": "Request"}
    assert register.layout is not None
    assert register.layout.table == "legal.contracts"
    assert register.layout.shown == {"notice days": "notice"}
    assert (orders.is_inside, orders.names) == (True, ("getOrder",))
    assert (orders.file, orders.ca_file) == (folder / "orders.yaml", folder / "authority.pem")
    assert (search.names, search.reads) == (("find", "file"), ("find",))
    assert stated.approvers == {"a change of a contract": ("group:legal", "user:ben")}


def test_what_editors_are_told_is_what_is_read(folder: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    told = schema["$defs"]["system"]["properties"]

    assert set(told) == {key for keys in _KEYS.values() for key in keys}
    assert told["shape"]["enum"] == list(Shape)
    assert jsonschema_rs.is_valid(schema, yaml.safe_load(WHOLE))
    read(folder, WHOLE)


def test_a_file_without_systems_has_none(folder: Path) -> None:
    assert read(folder, "tools: {}\n") == Configuration()


async def test_a_system_is_reached_as_it_is_configured(folder: Path) -> None:
    with serving(FakeJira()) as jira:
        jira.put("RIM", "ann", "Mine")
        stated = f"systems:\n  Jira: {{shape: jira, url: '{jira.url}', where: inside}}\n"
        system = read(folder, stated).systems["Jira"]
        hands = {each.tool.name: each for each in hands_of(JiraDesk(system.far(), system.queues))}

        shown = await hands["desk.look_up"].run({"key": "RIM-1"}, errand())

    assert shown.title == "RIM-1: Mine"
    assert "desk.create_ticket" not in hands
    assert jira.people == {"ann"}


JIRA = "systems:\n  Jira:\n    shape: jira\n    url: https://a.example\n"
DESK = "systems:\n  Desk:\n    shape: zendesk\n    url: https://a.example\n"
SQL = "systems:\n  R:\n    shape: register-sql\n    table: t\n    title: t\n    expires: e\n"
MCP = "systems:\n  M:\n    shape: mcp\n    url: https://a.example\n    names: [find]\n"
ONE = "shape: jira, url: https://a.example"
MISTAKES = {
    "systems:\n  Jira: {url: https://a.example}\n": (2, "Expected `shape`"),
    f"systems:\n  Jira: {{{ONE.replace('j', 'g')}}}\n": (2, "got `gira`"),
    "systems:\n  Jira: {shape: [jira], url: https://a.example}\n": (2, "got a list"),
    "systems:\n  Jira:\n    shape: jira\n": (3, "Expected `url`, got none"),
    JIRA.replace("https", "http"): (4, "Expected https"),
    JIRA.replace("a.example", "10.0.0.1"): (4, "where: inside"),
    JIRA.replace("a.example", "a:geheim@b.example"): (4, "without a name"),
    f"{JIRA}    where: here\n": (5, "inside, outside"),
    f"{JIRA}    table: x\n": (5, "`projects`"),
    f"{JIRA}    certificates: no.pem\n": (5, "got none at `no.pem`"),
    f"{JIRA}    web: http://a.example\n": (5, "Expected https"),
    f"{JIRA}    projects: [RIM]\n": (5, "got a list"),
    f"{DESK}    groups: {{IT: it}}\n": (5, "the number of a group"),
    f"{DESK}    groups: {{IT: -1}}\n": (5, "the number of a group"),
    f"systems:\n  A: {{{ONE}}}\n  B: {{{ONE}}}\n": (3, "Expected one service desk"),
    f"systems:\n  A: {{{ONE}}}\n  A: {{{ONE}}}\n": (3, "once"),
    f"{SQL}    url: postgresql://a:geheim@db/x\n    id: i\n": (7, "without a name"),
    f"{SQL}    url: postgresql://db/x\n    id: i; DROP\n": (3, "names of letters"),
    f"{SQL}    url: postgresql://db/x\n": (3, "Expected `id`"),
    "systems:\n  M: {shape: mcp, url: https://a.example}\n": (2, "Expected `names`"),
    f"{MCP}    reads: [other]\n": (6, "some of `names`"),
    "systems: [jira]\n": (1, "Expected keys with values"),
    "approvers:\n  spending: [board]\n": (2, "who approves it"),
    "approvers:\n  spending: []\n": (2, "Expected a list"),
}


@pytest.mark.parametrize("stated", MISTAKES)
def test_a_mistake_is_one_line_that_says_where(folder: Path, stated: str) -> None:
    line, told = MISTAKES[stated]
    with pytest.raises(BadPolicy) as refused:
        read(folder, stated)

    [said] = str(refused.value).splitlines()
    assert said.startswith(f"{folder / 'tools.yaml'}, line {line}: Expected ")
    assert told in said
    assert "geheim" not in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="No such file"):
        read_tools(tmp_path / "none.yaml")


def test_a_system_is_called_as_it_is_configured(folder: Path) -> None:
    far = read(folder, WHOLE.replace("certificates: authority.pem", "")).systems["Orders"].far()

    assert isinstance(far, FarSystem)
    assert far.origin.url == "http://orders.corp:8080"
    assert "orders.corp" not in repr(read(folder, WHOLE).systems["Orders"])
