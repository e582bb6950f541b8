"""The commands of whoever reviews: the queue, a case, and what becomes of it."""

from __future__ import annotations

from typing import Any

import click

from deploy.commands import as_json_option, run
from retrieval.review.case import CaseKind, CaseState

_as = click.option("--as", "user", metavar="USER", help="Look as this person.")
_ANY = "any"


@click.group()
def review() -> None:
    """What was refused, withheld, or reported not right."""


@review.command("list")
@click.option(
    "--state",
    default=CaseState.OPEN.value,
    show_default=True,
    help=f"{', '.join(CaseState)}, or any.",
)
@click.option("--kind", default=_ANY, show_default=True, help=f"{', '.join(CaseKind)}, or any.")
@click.option("--before", type=int, help="Only cases with a lower number.")
@_as
@as_json_option
def review_list(as_json: bool, **arguments: Any) -> None:
    """Show the newest cases.

    Of those whose sources are not USER's to read, only how many there are.
    """
    run("review_list", arguments, "show_cases", as_json)


@review.command("show")
@click.argument("case", type=int)
@_as
@as_json_option
def review_show(as_json: bool, **arguments: Any) -> None:
    """Show one CASE, with the words that it rests on."""
    run("review_show", arguments, "show_case", as_json)


def _closing(command: str, told: str) -> None:
    @review.command(command, help=told)
    @click.argument("case", type=int)
    @click.option("--note", default="", help="What was done, for other reviewers.")
    @_as
    @as_json_option
    def act(as_json: bool, **arguments: Any) -> None:
        run(f"review_{command}", arguments, "show_case", as_json)


_closing("resolve", "Close CASE: it is seen to.")
_closing("dismiss", "Close CASE: there is nothing to do.")


@review.command("draft")
@click.argument("case", type=int)
@_as
@as_json_option
def review_draft(as_json: bool, **arguments: Any) -> None:
    """Have CASE wait to become a test case.

    `pincite eval drafts list` shows it then.
    """
    run("review_draft", arguments, "show_case", as_json)
