"""Drafts printed: as text to read, or as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.text import Text

from deploy.terminal import out, show_json
from evals.drafts.becoming import case_of
from evals.drafts.drafting import Listing
from evals.drafts.edits import Edits
from evals.drafts.seen import SeenDraft, Stretch
from evals.suites.writing import plain_case
from retrieval.plain import plain


def show_drafts(listing: Listing, as_json: bool) -> None:
    """Print a list, two lines each, and how many are hidden."""
    if as_json:
        show_json(asdict(listing))
        return
    for each in listing.drafts:
        where = f", in {each.suite}" if each.state == "accepted" else ""
        out.print(
            Text(f"{each.number:>4}  ", style="dim")
            + Text(each.kind, style="bold")
            + Text(f"  {each.state}{where}", style="dim")
        )
        _line(each.question)
    if not listing.drafts:
        out.print("Nothing waits here.")
    if listing.hidden:
        out.print(f"{listing.hidden} more, on sources that are not yours to read.", style="dim")
    if listing.earlier:
        out.print(f"Earlier ones: `--before {listing.earlier}`", style="dim")


def show_draft(seen: SeenDraft, as_json: bool) -> None:
    """Print one draft."""
    if as_json:
        show_json(_value(seen))
        return
    out.print(Text(plain(seen.question), style="bold"))
    _line(f"{seen.kind}, {seen.draft.state}; asked by {seen.asker}; answered with {seen.made_by}")
    for before in seen.earlier:
        _line(f"asked before it: {before}")
    for told in circumstances(seen):
        _line(told)
    for note in (*seen.notes, seen.correction):
        if note:
            _line(f"note: {note}")
    for said in seen.said:
        _line(f"said: {said.text}")
    for number, found in enumerate(seen.found, 1):
        _line(f"passage {number}: {found.document}, characters {found.start}–{found.end}")
        _line(f"  {' '.join(found.words.split())}")
    for piece in seen.pieces:
        where = "stands in the sources" if piece.may_be_shown else "stands in no source"
        _line(f"{piece.label} {where}")
    _show_expected(seen.edits)


def circumstances(seen: SeenDraft) -> Iterator[str]:
    """Yield how it was asked, a line each: the day, and what the search was limited to."""
    if seen.as_of:
        yield f"as of {seen.as_of}"
    for name in ("kinds", "statuses", "sources", "parties"):
        if names := getattr(seen.limits, name):
            yield f"{name}: {', '.join(names)}"


def _show_expected(edits: Edits) -> None:
    for line in edits.words:
        _line(f"answers it: {line}")
    for fact in edits.facts:
        _line(f"must be said: {' or '.join(fact)}")
    for line in edits.lies:
        _line(f"must not be said: {line}")


def _value(seen: SeenDraft) -> dict[str, Any]:
    """Return a draft for programs: what is masked is nowhere in it, nor who asked."""
    return {
        "number": seen.number,
        "state": seen.draft.state,
        "suite": seen.draft.suite,
        "kind": seen.kind,
        "asker": seen.asker,
        "question": seen.question,
        "notes": list(seen.notes),
        "correction": seen.correction,
        "reason": seen.reason,
        "said": [each.text for each in seen.said],
        "found": [_place(each) for each in seen.found],
        "masked": {each.label: each.may_be_shown for each in seen.pieces},
        "case": plain_case(case_of(seen)),
    }


def _place(stretch: Stretch) -> dict[str, Any]:
    return {
        "document": stretch.document,
        "version": stretch.version,
        "start": stretch.start,
        "end": stretch.end,
        "words": stretch.words,
    }


def _line(text: str) -> None:
    out.print(Text(f"      {plain(text)}"))
