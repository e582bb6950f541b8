"""The commands of whoever governs documents: how they stand, and what is decided about them."""

from __future__ import annotations

from typing import Any

import click

from deploy.commands import as_json_option, run

_as = click.option("--as", "user", metavar="USER", help="Act as this person.")
_note = click.option("--note", default="", help="Why; kept with each document.")


@click.group()
def documents() -> None:
    """How documents stand: status, owner, day of review."""


@documents.command("list")
@click.option("--title", default="", metavar="WORDS", help="With these words in the title.")
@click.option("--source", default="", help="Of this source alone.")
@click.option("--kind", help="contract, policy, ticket or other.")
@click.option("--status", help="draft, approved, superseded or expired.")
@click.option("--owner", default="", help="Of this owner alone.")
@click.option(
    "--show", default="all", show_default=True, help="all, mine, due, overdue or waiting."
)
@click.option(
    "--order", default="title", show_default=True, help="title, source, or review for its day."
)
@click.option("--after", default="", help="Go on where an earlier list ended.")
@_as
@as_json_option
def documents_list(as_json: bool, **arguments: Any) -> None:
    """Show the documents that USER may read, 50 at a time."""
    run("documents_list", arguments, "show_any", as_json)


@documents.command("show")
@click.argument("document")
@_as
@as_json_option
def documents_show(as_json: bool, **arguments: Any) -> None:
    """Show who decided what about DOCUMENT, and when."""
    run("documents_show", arguments, "show_any", as_json)


@documents.command("decide")
@click.argument("named", nargs=-1, required=True, metavar="DOCUMENT...")
@click.option("--status", help="draft, approved, expired, superseded, or declared: its source's.")
@click.option("--owner", help="Who answers for it; '' for whom the source names.")
@click.option("--review-by", metavar="DATE", help="Last day before it is overdue; '' for none.")
@click.option("--superseded-by", metavar="DOCUMENT", help="With that status: by which.")
@click.option("--version", type=int, help="About this version; of one document alone.")
@click.option(
    "--dry-run", "is_dry", is_flag=True, help="Show what would change, and change nothing."
)
@_note
@_as
@as_json_option
def documents_decide(named: tuple[str, ...], as_json: bool, **arguments: Any) -> None:
    """Decide about DOCUMENTS in one act: all of them, or none."""
    run("documents_decide", {"documents": list(named), **arguments}, "show_any", as_json)


@documents.command("acts")
@_as
@as_json_option
def documents_acts(as_json: bool, **arguments: Any) -> None:
    """Show what was decided lately."""
    run("documents_acts", arguments, "show_any", as_json)


@documents.command("undo")
@click.argument("act")
@_note
@_as
@as_json_option
def documents_undo(as_json: bool, **arguments: Any) -> None:
    """Bring back what ACT changed, of what nobody has decided anew since."""
    run("documents_undo", arguments, "show_any", as_json)
