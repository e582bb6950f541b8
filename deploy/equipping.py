"""Joining the tools: the hands that the configuration names, behind the gate of its policy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path

from deploy.settings import Settings
from deploy.terminal import err
from retrieval.audit.record import KeptRecord
from retrieval.database import Database
from retrieval.errors import RetrievalError
from retrieval.people.directory import Directory
from retrieval.stops import Stops
from tools.box import desk, openapi, register
from tools.box.desk_jira import JiraDesk
from tools.box.desk_zendesk import ZendeskDesk
from tools.box.people import ApproverOf
from tools.box.register_rest import RestRegister
from tools.box.register_sql import SqlRegister
from tools.calls import Calls
from tools.configuration import Configuration, Shape, System, read_tools
from tools.confirmations import Confirmations
from tools.policy import Policy
from tools.policy_file import read_policy
from tools.policy_fit import check
from tools.rights import DirectoryRights
from tools.secrets import Secrets
from tools.tool import Hand
from tools.workbench import Workbench

Equip = Callable[[Configuration, Path], list[Hand]]
"""Makes the hands of a configuration; what was accepted of MCP servers lies in the folder."""


@asynccontextmanager
async def open_workbench(
    settings: Settings,
    own: Collection[Hand],
    database: Database,
    record: KeptRecord,
    directory: Directory,
    stops: Stops,
    equip: Equip | None = None,
) -> AsyncGenerator[Workbench | None, None]:
    """Lend a workbench while the block runs; None if no policy is set.

    `own` are the hands that need nothing but this server, `equip` makes the others. What a crash
    left half done is settled first. What in the policy can never apply is told, and is denied.

    Raises:
        BadRequest: the policy or a system in it is not what was expected.
    """
    if (policy := settings.tools_file()) is None:
        yield None
        return
    listed, configuration = read_file(policy)
    hands = [*own, *(equip or hands_of)(configuration, settings.home / "mcp")]
    _tell_unfit(policy, listed, hands)
    calls = Calls(database, record)
    workbench = Workbench(
        hands,
        listed,
        calls,
        Confirmations(calls),
        Secrets(database, record, record),
        record,
        stops,
        rights=DirectoryRights(directory),
    )
    with suppress(RetrievalError):  # what cannot be settled now is settled in the next round
        await workbench.settle()
    try:
        yield workbench
    finally:
        await workbench.close()


def _tell_unfit(path: Path, policy: Policy, hands: Collection[Hand]) -> None:
    for each in check(policy, {hand.tool.name: hand.tool for hand in hands}):
        err.print(f"{path}: {each}", markup=False)


def look(settings: Settings) -> None:
    """Raise `BadRequest` if the policy of tools or a system in it is not what was expected."""
    if (policy := settings.tools_file()) is not None:
        read_file(policy)


def read_file(path: Path) -> tuple[Policy, Configuration]:
    """Return the policy and the far systems of a file; it is read again only if it has changed.

    Raises:
        BadRequest: it is not what was expected.
    """
    content = path.read_bytes() if path.is_file() else b""
    return _read(path, content)


@lru_cache(maxsize=1)
def _read(path: Path, _: bytes) -> tuple[Policy, Configuration]:
    return read_policy(path), read_tools(path)


def hands_of(configuration: Configuration, accepted: Path) -> list[Hand]:
    """Return the hands of every far system, and those that know who approves what."""
    hands: list[Hand] = []
    for each in configuration.systems.values():
        hands.extend(_BY_SHAPE[each.shape](each, accepted))
    if configuration.approvers:
        hands.append(ApproverOf(configuration.approvers))
    return hands


def _of_jira(system: System, _: Path) -> Collection[Hand]:
    return desk.hands_of(JiraDesk(system.far(), system.queues))


def _of_zendesk(system: System, _: Path) -> Collection[Hand]:
    groups = {name: int(number) for name, number in system.queues.items()}
    return desk.hands_of(ZendeskDesk(system.far(), groups))


def _of_rest_register(system: System, _: Path) -> Collection[Hand]:
    return register.hands_of(RestRegister(system.far(), system.changeable))


def _of_sql_register(system: System, _: Path) -> Collection[Hand]:
    assert system.layout is not None
    return register.hands_of(SqlRegister(system.name, system.url, system.layout))


def _of_openapi(system: System, _: Path) -> Collection[Hand]:
    return openapi.hands_of(system)


def _of_mcp(system: System, accepted: Path) -> Collection[Hand]:
    from tools.box.mcp import AcceptedTools, McpHand
    from tools.box.mcp_line import McpLine

    line = McpLine(system.name, system.url, private=system.is_inside, ca_file=system.ca_file)
    offered = AcceptedTools(accepted).of(system.name)
    hands = []
    for name in system.names:
        if name not in offered:
            err.print(
                f"{system.name}: the tool {name} was not accepted yet. Look at what the server "
                f"offers with `pincite tools accept {system.name}`.",
                markup=False,
            )
            continue
        hands.append(McpHand(line, offered[name], reads=name in system.reads))
    return hands


_BY_SHAPE: Mapping[Shape, Callable[[System, Path], Collection[Hand]]] = {
    Shape.JIRA: _of_jira,
    Shape.ZENDESK: _of_zendesk,
    Shape.REGISTER_REST: _of_rest_register,
    Shape.REGISTER_SQL: _of_sql_register,
    Shape.OPENAPI: _of_openapi,
    Shape.MCP: _of_mcp,
}
