"""The commands: they translate what is typed into an operation, and its result into text.

Exit codes: 0 done; 1 failed, the message says what to do; 2 wrong input or setting;
3 done, but some documents could not be taken in; 4 the gate of an evaluation is closed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

Arguments = dict[str, Any]
Join = Callable[[Any], AbstractAsyncContextManager[Any]]
Annexes = Callable[[Any, Any], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Program:
    """What `pincite.main` hands over: how the parts are joined, and the pages others bring.

    `deploy.serving` says what both take and return.
    """

    join: Join
    annexes: Annexes


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option("0.1.0", prog_name="pincite")
def cli() -> None:
    """Answers from your own contracts, policies and tickets, pinned to the exact words."""


def _asking(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every question has."""
    options = (
        click.argument("question"),
        click.option("--as", "user", metavar="USER", help="Ask as this person."),
        click.option("--as-of", metavar="DATE", help="What was in force at the end of this day."),
        click.option("--kind", "kinds", multiple=True, help="contract, policy, ticket or other."),
        as_json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@cli.command()
@_asking
@click.option("--continue", "goes_on", is_flag=True, help="Go on with your last conversation.")
def ask(question: str, as_json: bool, **arguments: Any) -> None:
    """Answer QUESTION with the words of the sources."""
    run("ask", {"question": question, **listed(arguments)}, "show_reply", as_json)


@cli.command()
@_asking
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 50))
def search(question: str, as_json: bool, **arguments: Any) -> None:
    """Find the passages nearest to QUESTION."""
    run("search", {"question": question, **listed(arguments)}, "show_hits", as_json)


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--name", help="Name of the source. Default: the folder's name.")
@click.option("--kind", help="contract, policy, ticket or other.")
@click.option(
    "--readers",
    multiple=True,
    help="user:NAME, group:NAME or everyone; may be repeated. Default: only you.",
)
@click.option("--status", help="draft or approved.")
@click.option("--owner", help="Who answers for these documents.")
@click.option("--new-versions", help="How they stand: declared, draft (they wait), or approved.")
@click.option("--overdue", help="What becomes of approved ones: marked, or expires.")
@as_json_option
def add(as_json: bool, **arguments: Any) -> None:
    """Index files and folders now, and watch them from then on."""
    run("add", listed(arguments), "show_sync", as_json)


@cli.command()
@click.argument("source", required=False)
@click.option("--retry", is_flag=True, help="Read again what was refused or read in part.")
@as_json_option
def sync(source: str | None, retry: bool, as_json: bool) -> None:
    """Take in what changed at SOURCE, or at every source."""
    run("sync", {"source": source, "retry": retry}, "show_sync", as_json)


@cli.command()
@click.argument("source")
@as_json_option
def remove(source: str, as_json: bool) -> None:
    """Forget SOURCE and every document taken in from it."""
    run("remove", {"source": source}, "show_any", as_json)


@cli.command()
@as_json_option
def status(as_json: bool) -> None:
    """Show sources, what is indexed, and what could not be and why."""
    run("status", {}, "show_status", as_json)


@cli.command()
@as_json_option
def reindex(as_json: bool) -> None:
    """Build the vector index anew from the library; nothing is lost."""
    run("reindex", {}, "show_any", as_json)


@cli.command()
@as_json_option
def doctor(as_json: bool) -> None:
    """Check every part, and say what to do about what is wrong."""
    from deploy.doctor import examine, show_findings
    from deploy.terminal import show_json

    findings = told_errors(lambda: asyncio.run(examine(_settings())))
    (show_json if as_json else show_findings)(findings)
    sys.exit(0 if findings["sound"] else 1)


@cli.command()
def serve() -> None:
    """Serve the web page and the API, and keep every source in step."""
    from deploy.serving import serve as run

    told_errors(lambda: asyncio.run(run(_settings(), _join(), annexes=_program().annexes)))


@cli.command()
@click.option("--serve/--no-serve", "stay", default=True, help="Keep the web page up.")
def demo(stay: bool) -> None:
    """Sample documents in, three questions answered, the page up."""
    from deploy.demonstration import run

    told_errors(lambda: asyncio.run(run(_settings(), _join(), stay, _program().annexes)))


def run(operation: str, arguments: Arguments, render: str, as_json: bool) -> None:
    """Have an operation done, show its result, and exit: 3 if some documents were not taken in."""
    from deploy import terminal

    value = told_errors(lambda: asyncio.run(terminal.follow(_events(operation, arguments))))
    if as_json:
        terminal.show_json(value)
    else:
        getattr(terminal, render)(terminal.legible(value))
    troubles = any(each["troubles"] for each in value.get("sources", []) if "troubles" in each)
    sys.exit(1 if value.get("is_sound") is False else 3 if troubles else 0)


def past(operation: str, arguments: Arguments, as_json: bool) -> None:
    """Stop or resume, past the running server: one that hangs is stopped too."""
    from deploy import terminal
    from deploy.halting import halted

    value = told_errors(
        lambda: asyncio.run(terminal.follow(halted(_settings(), operation, arguments)))
    )
    (terminal.show_json if as_json else terminal.show_any)(
        value if as_json else terminal.legible(value)
    )


async def _events(operation: str, arguments: Arguments) -> AsyncIterator[Any]:
    """Yield the events of an operation: from the running server if there is one, else from here."""
    from deploy.control import call, is_running
    from deploy.operations.registry import OPERATIONS

    settings = _settings()
    if await is_running(settings.home):
        async for event in call(settings.home, operation, _absolute(arguments)):
            yield event
        return
    if operation == "reindex":
        from deploy.reindexing import reindex as anew

        async for event in anew(settings):
            yield event
        return
    async with _join()(settings) as parts:
        async for event in OPERATIONS[operation](parts, **arguments):
            yield event


def _join() -> Join:
    """Return how the parts are joined."""
    return _program().join


def _program() -> Program:
    """Return what `pincite.main` handed over."""
    program: Program = click.get_current_context().find_root().obj
    return program


def _settings() -> Any:
    from deploy.settings import read_settings

    return read_settings()


def told_errors(work: Callable[[], Any]) -> Any:
    """Do the work; a failure that we foresee becomes a message and an exit code, never a trace."""
    from deploy.failing import exit_code_of, foreseen
    from deploy.terminal import complain

    try:
        return work()
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseException as error:
        known = foreseen(error)
        if known is None:
            raise
        complain(str(known))
        sys.exit(exit_code_of(known))


def listed(arguments: Arguments) -> Arguments:
    """Return arguments as JSON has them: lists where click gives tuples."""
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in arguments.items()
    }


def _absolute(arguments: Arguments) -> Arguments:
    """Paths are the caller's: the server may run in another folder."""
    paths = arguments.get("paths")
    return {**arguments, "paths": [str(Path(p).absolute()) for p in paths]} if paths else arguments
