"""`pincite eval drafts`: what was found wrong, on its way into a suite."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from deploy.commands import as_json_option, told_errors

if TYPE_CHECKING:
    from evals.drafts.drafting import Drafting, Who
    from evals.drafts.edits import Edits

_ANY: Final = "any"
_as = click.option("--as", "user", metavar="USER", help="Look as this person.")
_number = click.argument("number", metavar="CASE", type=click.IntRange(1, 2**62))


@click.group()
def drafts() -> None:
    """Drafts of test cases, of answers found wrong."""


@drafts.command("list")
@click.option(
    "--state",
    default="waiting",
    show_default=True,
    type=click.Choice(["waiting", "accepted", "discarded", _ANY]),
)
@click.option("--before", type=int, help="Only drafts with a lower number.")
@_as
@as_json_option
def drafts_list(state: str, before: int | None, user: str | None, as_json: bool) -> None:
    """Show the newest drafts.

    Of those whose sources are not USER's to read, only how many.
    """
    from evals.drafts.showing import show_drafts
    from retrieval.drafts.draft import DraftState

    chosen = None if state == _ANY else DraftState(state)
    listing = _done(user, lambda drafting, who: drafting.listed(who, state=chosen, before=before))
    show_drafts(listing, as_json)


@drafts.command("show")
@_number
@_as
@as_json_option
def drafts_show(number: int, user: str | None, as_json: bool) -> None:
    """Show what was asked, found, said and is expected."""
    from evals.drafts.showing import show_draft

    show_draft(_done(user, lambda drafting, who: drafting.draft(number, who)), as_json)


@drafts.command("make")
@_number
@_as
def drafts_make(number: int, user: str | None) -> None:
    """Make a draft of CASE, which a reader reported.

    Reviewers have `pincite review draft`.
    """
    _done(user, lambda drafting, who: drafting.make(number, who))
    click.echo(f"Case {number} waits as a draft.")


@drafts.command("accept")
@_number
@click.option("--suite", required=True, help="Which suite it goes into; made if need be.")
@click.option("--question", help="The question, in other words.")
@click.option("--answerable/--unanswerable", default=None, help="Whether it should be answered.")
@click.option("--passage", "gold", multiple=True, type=click.IntRange(1), help="One that answers.")
@click.option("--words", multiple=True, help="Words of a passage that answer it.")
@click.option("--fact", "facts", multiple=True, help="Must be said; wordings with | between.")
@click.option("--not", "lies", multiple=True, help="Must not be said.")
@click.option("--earlier", multiple=True, help="Asked before it, instead of what was.")
@click.option("--as-of", metavar="DATE", help="The day that is asked about.")
@click.option("--person", help="Who asks in the suite; otherwise whoever runs it.")
@_as
def drafts_accept(number: int, suite: str, user: str | None, **given: Any) -> None:
    """Put the draft of CASE into a suite."""

    async def accept(drafting: Drafting, who: Who) -> str:
        seen = await drafting.draft(number, who)
        edits = _edited(seen.edits, given)
        if edits != seen.edits:
            await drafting.change(number, edits, who)
        case = await drafting.accept(number, suite, who)
        return f"{drafting.suites.path(suite)}: {case.id}"

    click.echo(_done(user, accept))


@drafts.command("discard")
@_number
@_as
def drafts_discard(number: int, user: str | None) -> None:
    """Put the draft of CASE away: no test case is made of it."""
    _done(user, lambda drafting, who: drafting.discard(number, who))
    click.echo(f"The draft of case {number} is discarded.")


def import_drafts(suite: Path, user: str | None, name: str) -> None:
    """Make a suite of all drafts that wait or were accepted, as this person sees them."""
    from evals.drafts.exporting import export_drafts

    count = _done(user, lambda drafting, who: export_drafts(drafting, who, suite, name))
    click.echo(f"{suite}: {count} cases")


def _edited(edits: Edits, given: dict[str, Any]) -> Edits:
    """Return edits with what was given instead of what was there."""
    from evals.drafts.edits import facts_of

    if given["question"]:
        edits = replace(edits, question=given["question"])
    if given["answerable"] is not None:
        edits = replace(edits, answerable=given["answerable"])
    if given["gold"]:
        edits = replace(edits, gold=tuple(each - 1 for each in given["gold"]))
    if given["person"]:
        edits = replace(edits, person=given["person"])
    if given["earlier"]:
        edits = replace(edits, earlier=given["earlier"])
    if given["as_of"] is not None:
        edits = replace(edits, as_of=given["as_of"])
    if given["facts"]:
        edits = replace(edits, facts=facts_of("\n".join(given["facts"])))
    return replace(edits, words=given["words"] or edits.words, lies=given["lies"] or edits.lies)


def _done(user: str | None, work: Callable[[Drafting, Who], Awaitable[Any]]) -> Any:
    """Do something with the drafts of the home, in the name of a person."""
    from deploy.settings import read_settings
    from evals.drafts.opening import drafting_in

    async def do() -> Any:
        async with drafting_in(read_settings(), user) as (drafting, who):
            return await work(drafting, who)

    return told_errors(lambda: asyncio.run(do()))
