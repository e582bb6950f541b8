"""Two documents, or two versions of one, beside each other: choose the other, see what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assistant.comparing import Change, Comparison, Row, compare, paragraphs
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.opened import flowing
from assistant.http.pages import page
from assistant.http.parts import InParts, Parts, Reader, parts_of
from assistant.http.reading import DocumentId, Library, Number, Opened
from assistant.http.search_requests import FindIn
from assistant.recorded import note_opening
from assistant.signin.caller import Action, Caller, may
from retrieval.documents import Status, Version, now
from retrieval.library import VersionText
from retrieval.search.syntax import read_query

SHOWN_AT_ONCE: Final = 200
_AROUND: Final = 1
_MOST_OFFERED: Final = 12

router = APIRouter(prefix="/compare", include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is shown: the number of its difference, or how many alike are left out here."""

    row: Row | None
    number: int = 0
    left_out: int = 0


@router.get("/{document}/{number}")
async def choose(
    request: Request,
    opened: Opened,
    parts: InParts,
    library: Library,
    caller: Reader,
    q: Annotated[str, Query(max_length=2_000)] = "",
) -> HTMLResponse:
    """Choose what a version is compared with: another of its versions, or another document."""
    versions = await library.versions(opened.document_id, principal=caller.principal)
    is_searcher = may(caller, Action.SEARCH)
    found = await _offered(parts, caller, opened, q) if q.strip() and is_searcher else None
    return page(
        request,
        "compare_choose.html",
        version=opened,
        versions=[each for each in versions if each.number != opened.number],
        instant=now(),
        q=q,
        found=found,
        is_searcher=is_searcher,
        mine=_path(opened),
    )


@router.get("/{document}/{number}/with/{other}/{other_number}")
async def compared(
    request: Request,
    opened: Opened,
    other: DocumentId,
    other_number: Number,
    library: Library,
    caller: Reader,
    part: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Show two versions beside each other, both as far as one may read them."""
    second = await library.version(other, other_number, principal=caller.principal)
    await _note(request, second, caller)
    texts = [await library.text(each, principal=caller.principal) for each in (opened, second)]
    comparison = await asyncio.to_thread(_compared, *texts)
    parts_there = max(1, -(-comparison.differences // SHOWN_AT_ONCE))
    shown = shown_rows(comparison, part)
    address = f"/compare/{_path(opened)}/with/{_path(second)}"
    return page(
        request,
        "compare.html",
        sides=(opened, second),
        instant=now(),
        comparison=comparison,
        shown=shown,
        part=part,
        parts_there=parts_there,
        address=address,
        swapped=f"/compare/{_path(second)}/with/{_path(opened)}",
        is_one=opened.document_id == second.document_id,
    )


def shown_rows(comparison: Comparison, part: int) -> list[Shown]:
    """Return the rows of one part: each difference with what is around it, numbered from 1."""
    numbered = _numbered(comparison.rows)
    first = (part - 1) * SHOWN_AT_ONCE + 1
    wanted = range(first, first + SHOWN_AT_ONCE)
    at = [index for index, number in enumerate(numbered) if number in wanted]
    if not at:
        return []
    keep = {index + near for index in at for near in range(-_AROUND, _AROUND + 1)}
    begin = 0 if part == 1 else at[0]
    end = len(numbered) if wanted.stop > comparison.differences else at[-1] + 1
    shown: list[Shown] = []
    left_out = 0
    for index in range(begin, end):
        if index not in keep:
            left_out += 1
            continue
        shown += [Shown(None, left_out=left_out)] if left_out else []
        left_out = 0
        shown.append(Shown(comparison.rows[index], numbered[index]))
    return [*shown, Shown(None, left_out=left_out)] if left_out else shown


def _numbered(rows: Sequence[Row]) -> list[int]:
    """Return the number of each row's difference, 0 where there is none."""
    numbers, last = [], 0
    for row in rows:
        last += row.change is not Change.SAME
        numbers.append(last if row.change is not Change.SAME else 0)
    return numbers


def _compared(left: VersionText, right: VersionText) -> Comparison:
    mine, its = (
        [flowing(one) for one in paragraphs(each.text, [(b.start, b.end) for b in each.blocks])]
        for each in (left, right)
    )
    return compare(mine, its)


async def _offered(parts: Parts, caller: Caller, opened: Version, q: str) -> list[dict[str, Any]]:
    """Return documents that a search brings, each once, with where they are compared.

    However they stand, for what was superseded is compared most; what is called so comes first.
    """
    looking = await parts.searching.get(wait_seconds=PART_WAITS_SECONDS)
    wanted = read_query(q)
    statuses = frozenset[Status]() if wanted.statuses else frozenset(Status)
    titled = " ".join(f'title:"{each}"' for each in wanted.words.split())
    there: dict[int, Version] = {}
    for asked in (titled, q):
        found = FindIn(q=asked, status=statuses) if asked else None
        for each in (await looking.find(found.by(caller))).found if found else ():
            there.setdefault(each.passage.version.id, each.passage.version)
    there.pop(opened.id, None)
    return [
        {"version": each, "link": f"/compare/{_path(opened)}/with/{_path(each)}"}
        for each in list(there.values())[:_MOST_OFFERED]
    ]


async def _note(request: Request, version: Version, caller: Caller) -> None:
    record = parts_of(request).record
    await note_opening(
        record, version, principal=caller.principal, origin=caller.origin, what="compare"
    )


def _path(version: Version) -> str:
    return f"{version.document_id}/{version.number}"
