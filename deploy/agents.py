"""`pincite mcp`: Pincite for an agent that starts a program and speaks to it."""

from __future__ import annotations

import asyncio

import click

from deploy.commands import told_errors


@click.command()
@click.option("--server", metavar="URL", default="", help="Default: this machine's own server.")
def mcp(server: str) -> None:
    """Speak MCP on standard input and output for a running server.

    The agent asks with the rights of PINCITE_TOKEN: make one with `pincite token make`.
    """
    from assistant.mcp.stdio import pass_on
    from deploy.settings import read_settings

    def work() -> None:
        settings = read_settings()
        address = server.rstrip("/") or settings.address()
        asyncio.run(pass_on(address, settings.pincite_token.get_secret_value()))

    told_errors(work)
