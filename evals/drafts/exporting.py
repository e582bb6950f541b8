"""Drafts as a suite of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

from evals.drafts.drafting import Drafting, Who
from evals.drafts.own_suites import FIRST, require_own_name
from evals.suites.case import Suite
from evals.suites.writing import written
from retrieval.audit import durably
from retrieval.errors import NotFound


async def suite_of_drafts(drafting: Drafting, who: Who, name: str) -> Suite:
    """Return all drafts that wait or were accepted, as far as this person may see them.

    Raises:
        NotFound: there are none.
        BadRequest: no suite of one's own may be called so.
    """
    require_own_name(name)
    cases = await drafting.cases(who)
    if not cases:
        raise NotFound("Expected drafts that wait or were accepted, got none that you may see.")
    return Suite(name, "From the review queue", cases, "")


async def export_drafts(drafting: Drafting, who: Who, path: Path, name: str = "") -> int:
    """Write them to a file for its owner alone, and return how many there are."""
    suite = await suite_of_drafts(drafting, who, name or FIRST)
    await asyncio.to_thread(_write, path, suite)
    return len(suite.cases)


def _write(path: Path, suite: Suite) -> None:
    whole = path.absolute()
    with durably.told("write the suite", whole):
        durably.write(whole, written(suite, whole.parent).encode())
