"""The commands of tools: what the file says, and whether it can be meant."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from deploy.commands import as_json_option, told_errors


@click.group()
def tools() -> None:
    """Which tools there are, and who may use them."""


@tools.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@as_json_option
def tools_check(file: Path | None, as_json: bool) -> None:
    """Check FILE, or the file in force: every mistake, and what in it can never apply."""
    from deploy.operations.tools import checked

    value = _shown(checked, as_json, file)
    sys.exit(0 if value["is_sound"] else 1)


@tools.command("list")
@as_json_option
def tools_list(as_json: bool) -> None:
    """Show every tool, and who may use it by which channels."""
    from deploy.operations.tools import listed

    _shown(listed, as_json)


@tools.command("accept")
@click.argument("system")
@click.option("--yes", is_flag=True, help="Accept without being asked.")
def tools_accept(system: str, yes: bool) -> None:
    """Look at what an MCP server offers, and accept it.

    It asks for a credential of yours at SYSTEM, which is sent there and not kept.
    """
    from deploy import terminal
    from deploy.operations.accepting import accept, looked_at, system_of
    from deploy.settings import read_settings

    settings = told_errors(read_settings)
    told_errors(lambda: system_of(settings, system))
    secret = click.prompt(f"Your credential at {system}", hide_input=True, err=True)
    offer = told_errors(lambda: asyncio.run(looked_at(settings, system, secret)))
    for name in offer.missing:
        terminal.complain(f"{system} offers no tool {name!r}.")
    for line in offer.differences or ["Nothing is new."]:
        terminal.out.print(terminal.legible(line), markup=False)
    for tool in offer.tools.values():
        terminal.show_json({"name": tool.name, "says": tool.says, "schema": dict(tool.schema)})
    if not yes and not click.confirm("Accept all of it?", err=True):
        sys.exit(1)
    told_errors(lambda: asyncio.run(accept(settings, offer)))
    for name, revision in offer.revisions.items():
        terminal.out.print(f"{name}: revision: {revision}", markup=False)


def _shown(read: Callable[..., dict[str, Any]], as_json: bool, *more: Any) -> dict[str, Any]:
    from deploy import terminal
    from deploy.settings import read_settings

    value: dict[str, Any] = told_errors(lambda: read(read_settings(), *more))
    if as_json:
        terminal.show_json(value)
        return value
    told = terminal.legible(value)
    for each in told.pop("found", ()):
        terminal.complain(each)
    rows = told.pop("tools") if isinstance(told["tools"], list) else ()
    terminal.show_any(told)
    for row in rows:
        for line in _lines(row):
            terminal.out.print(line, markup=False)
    return value


def _lines(row: dict[str, Any]) -> list[str]:
    """Return a tool in a few lines: its name, what it does, and who may use it."""
    state = row["effect"] if row["is_open"] else "denied"
    lines = [f"{row['name']}  {state}  {row['says']}"]
    for each in row["allow"]:
        when = "".join(f", {name} {json.dumps(rule)}" for name, rule in each["when"].items())
        lines.append(f"    {', '.join(each['for'])} by {', '.join(each['by'])}{when}")
    return lines
