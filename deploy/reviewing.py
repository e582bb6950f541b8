"""The commands of whoever reviews: the queue, a case, and what becomes of it."""

from __future__ import annotations

from typing import Any

import click

from deploy.commands import as_json_option, run
from deploy.given_file import as_object
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
@click.option("--who", default=_ANY, show_default=True, help="Who works on them: me, nobody, any.")
@click.option("--order", default="newest", show_default=True, help="newest or oldest first.")
@click.option("--before", type=int, help="Only cases with a lower number.")
@click.option("--after", type=int, help="With --order oldest, only cases with a higher number.")
@_as
@as_json_option
def review_list(as_json: bool, **arguments: Any) -> None:
    """Show cases.

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
    @click.option("--tell", default="", help="What whoever asked reads under Replies.")
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


@review.command("waiting")
@_as
@as_json_option
def review_waiting(as_json: bool, **arguments: Any) -> None:
    """Show how many cases of each kind wait, and since when."""
    run("review_waiting", arguments, "show_any", as_json)


@review.command("assign")
@click.argument("case", type=int)
@click.option("--to", metavar="USER", help='Who works on it; "" gives it back. You, if left out.')
@_as
@as_json_option
def review_assign(as_json: bool, **arguments: Any) -> None:
    """Take CASE, hand it on, or give it back."""
    run("review_assign", arguments, "show_case", as_json)


_answer_file = click.option(
    "--file",
    "content",
    required=True,
    callback=as_object,
    metavar="FILE",
    help="A JSON file as /api/review/{case}/publish takes it.",
)


def _written(command: str, told: str, render: str) -> None:
    @review.command(command, help=told)
    @click.argument("case", type=int)
    @_answer_file
    @_as
    @as_json_option
    def act(as_json: bool, **arguments: Any) -> None:
        run(f"review_{command}", arguments, render, as_json)


_written("check", "Check the sentences of FILE against the words they rest on.", "show_any")
_written("publish", "Answer CASE from its sources, for all who ask the same.", "show_any")


@review.group("approved")
def approved() -> None:
    """Approved answers: shown first to whoever asks the same."""


@approved.command("list")
@click.option("--state", default=_ANY, show_default=True, help="published, withdrawn, or any.")
@click.option("--before", type=int, help="Only answers with a lower number.")
@_as
@as_json_option
def approved_list(as_json: bool, **arguments: Any) -> None:
    """Show the newest approved answers."""
    run("approved_list", arguments, "show_any", as_json)


@approved.command("show")
@click.argument("answer", type=int)
@_as
@as_json_option
def approved_show(as_json: bool, **arguments: Any) -> None:
    """Show one ANSWER with its editions."""
    run("approved_show", arguments, "show_any", as_json)


@approved.command("change")
@click.argument("answer", type=int)
@_answer_file
@_as
@as_json_option
def approved_change(as_json: bool, **arguments: Any) -> None:
    """Publish a new edition of ANSWER; FILE says `after` which one."""
    run("approved_change", arguments, "show_any", as_json)


@approved.command("withdraw")
@click.argument("answer", type=int)
@_as
@as_json_option
def approved_withdraw(as_json: bool, **arguments: Any) -> None:
    """Have ANSWER shown to nobody from now on."""
    run("approved_withdraw", arguments, "show_any", as_json)
