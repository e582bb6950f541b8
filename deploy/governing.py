"""The commands of whoever answers for the server: people, access, the record, stops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from deploy.commands import as_json_option, listed, past, run
from deploy.documents import documents

_reason = click.option("--reason", required=True, help="Why. It is recorded.")


def _done(operation: str, arguments: dict[str, Any], as_json: bool) -> None:
    run(operation, listed(arguments), "show_any", as_json)


@click.group()
def people() -> None:
    """Who may come in, and as what."""


@people.command("list")
@as_json_option
def people_list(as_json: bool) -> None:
    """Show everybody, and every group with its members."""
    _done("people_list", {}, as_json)


@people.command("add")
@click.argument("name")
@click.option("--display", default="", help="The name that people use.")
@click.option(
    "--role", "roles", multiple=True, help="reviewer, evaluator, steward, admin or operator."
)
@click.option("--group", "groups", multiple=True, help="A group they are in; may be repeated.")
@as_json_option
def people_add(as_json: bool, **arguments: Any) -> None:
    """Add NAME, and show the link by which they set a password."""
    run("people_add", listed(arguments), "show_invitation", as_json)


@people.command("roles")
@click.argument("name")
@click.argument("roles", nargs=-1)
@as_json_option
def people_roles(as_json: bool, **arguments: Any) -> None:
    """Give NAME these ROLES and no others. Roles let people act, never read."""
    _done("people_roles", arguments, as_json)


def _of_person(command: str, told: str) -> None:
    @people.command(command, help=told)
    @click.argument("name")
    @as_json_option
    def act(name: str, as_json: bool) -> None:
        _done(f"people_{command}", {"name": name}, as_json)


_of_person("suspend", "Keep NAME out, from the next request on.")
_of_person("reinstate", "Let NAME back in.")


@people.command("invite")
@click.argument("name")
@as_json_option
def people_invite(name: str, as_json: bool) -> None:
    """Show a new password link for NAME; earlier ones end."""
    run("people_invite", {"name": name}, "show_invitation", as_json)


@click.group()
def group() -> None:
    """Groups: what readers are called besides people."""


def _of_group(command: str, told: str) -> None:
    @group.command(command, help=told)
    @click.argument("group")
    @click.argument("members", nargs=-1, required=True)
    @as_json_option
    def act(as_json: bool, **arguments: Any) -> None:
        _done(f"group_{command}", arguments, as_json)


_of_group("join", "Put MEMBERS (user:NAME, group:NAME) into GROUP.")
_of_group("leave", "Take MEMBERS out of GROUP.")


@click.group()
def token() -> None:
    """Tokens: what programs come in with."""


@token.command("make")
@click.argument("name")
@click.option("--label", default="", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="ask, search, read, read_metrics, ...; may be repeated.",
)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3650))
@as_json_option
def token_make(as_json: bool, **arguments: Any) -> None:
    """Show, this once, a token with which a program asks as NAME."""
    _done("token_make", arguments, as_json)


@token.command("list")
@click.argument("name")
@as_json_option
def token_list(name: str, as_json: bool) -> None:
    """Show what NAME can come in with."""
    _done("token_list", {"name": name}, as_json)


@token.command("revoke")
@click.argument("credential", required=False)
@click.option("--all-of", "name", help="Everything that this person can come in with.")
@as_json_option
def token_revoke(as_json: bool, **arguments: Any) -> None:
    """Have CREDENTIAL, named by its id, count no more."""
    _done("token_revoke", arguments, as_json)


@click.group()
def access() -> None:
    """Who may read, beyond what the sources state. A denial wins over everything."""


def _of_access(command: str, told: str) -> None:
    @access.command(command, help=told)
    @click.argument("reader")
    @click.option("--source", default="", help="A whole source.")
    @click.option("--document", help="One document, by its id.")
    @click.option("--reason", default="", help="Why. It is recorded.")
    @as_json_option
    def act(as_json: bool, **arguments: Any) -> None:
        _done(command, arguments, as_json)


_of_access("grant", "Let READER (user:NAME, group:NAME, everyone) read.")
_of_access("deny", "Keep READER from reading.")


@access.command("list")
@click.option("--source", help="Of this source alone.")
@as_json_option
def access_list(source: str | None, as_json: bool) -> None:
    """Show every grant and denial."""
    _done("grants", {"source": source}, as_json)


@access.command("undo")
@click.argument("number", type=int)
@as_json_option
def access_undo(number: int, as_json: bool) -> None:
    """Take the grant or denial with this NUMBER back."""
    _done("ungrant", {"number": number}, as_json)


@access.command("break-glass")
@click.argument("user")
@click.argument("document")
@_reason
@click.option("--minutes", default=15, show_default=True, type=click.IntRange(1, 60))
@as_json_option
def break_glass(as_json: bool, **arguments: Any) -> None:
    """Let the administrator USER read a DOCUMENT a while.

    Its owner is shown it, and it is recorded.
    """
    _done("break_glass", arguments, as_json)


@access.command("glass")
@as_json_option
def access_glass(as_json: bool) -> None:
    """Show every glass that was broken, newest first."""
    run("glass", {}, "show_glass", as_json)


@access.command("end-glass")
@click.argument("number", type=int)
@as_json_option
def end_glass(number: int, as_json: bool) -> None:
    """End the reading with this NUMBER early."""
    _done("end_glass", {"number": number}, as_json)


@click.group()
def audit() -> None:
    """The record of who did what."""


@audit.command("verify")
@as_json_option
def audit_verify(as_json: bool) -> None:
    """Check the whole record, and say where anything was changed."""
    _done("audit_verify", {}, as_json)


@audit.command("export")
@click.option("--person", default="", help="What this person did, or what was done to them.")
@click.option("--document", default="", help="What was done with this document.")
@click.option("--since", default="", metavar="DATE")
@click.option("--until", default="", metavar="DATE")
@click.option("--file", default="", help="Write it there, one event a line.")
@as_json_option
def audit_export(file: str, as_json: bool, **arguments: Any) -> None:
    """Show what is on record. Looking is recorded too."""
    path = str(Path(file).absolute()) if file else ""  # the server may run in another folder
    _done("audit_export", {**arguments, "file": path}, as_json)


@audit.command("erase")
@click.argument("person")
@as_json_option
def audit_erase(person: str, as_json: bool) -> None:
    """Destroy the key to PERSON's words and name on record. A legal hold refuses."""
    _done("audit_erase", {"person": person}, as_json)


@audit.command("hold")
@click.argument("person")
@_reason
@as_json_option
def audit_hold(as_json: bool, **arguments: Any) -> None:
    """Keep all that is on record of PERSON until the hold is released."""
    _done("audit_hold", arguments, as_json)


@audit.command("release")
@click.argument("person")
@as_json_option
def audit_release(person: str, as_json: bool) -> None:
    """End the legal hold on PERSON."""
    _done("audit_release", {"person": person}, as_json)


def _targets(command: Any) -> Any:
    for name in ("channel", "tool", "source", "user"):
        command = click.option(f"--{name}", metavar="NAME", help=f"Only this {name}.")(command)
    told = "Answers alone, not the syncing of sources."
    return click.option("--answers", is_flag=True, help=told)(command)


@click.command()
@_targets
@_reason
@as_json_option
def stop(answers: bool, reason: str, as_json: bool, **named: Any) -> None:
    """Stop everything, or one thing, until `resume`.

    It counts in every process and over restarts. Searching and reading go on.
    """
    past("stop", {"target": _target(answers, named), "reason": reason}, as_json)


@click.command()
@_targets
@as_json_option
def resume(answers: bool, as_json: bool, **named: Any) -> None:
    """Take back one stop: of everything, or of one thing.

    What was stopped by another one stays stopped.
    """
    past("resume", {"target": _target(answers, named)}, as_json)


def _target(answers: bool, named: dict[str, str | None]) -> str:
    chosen = ["answers"] * answers + [f"{sort}:{name}" for sort, name in named.items() if name]
    if len(chosen) > 1:
        raise click.UsageError(f"Expected one thing at a time, got {' and '.join(chosen)}.")
    return chosen[0] if chosen else "everything"


COMMANDS = (documents, people, group, token, access, audit, stop, resume)
