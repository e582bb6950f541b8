"""All that a search brings as a file, from the first result on, whichever page of it is open.

The address says what is searched, not what was found: it is found anew for whoever saves it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from assistant.export.forms import Form
from assistant.export.gathering import of_passages
from assistant.http.export import MOST_PASSAGES, Address, sent
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import InParts, Searcher
from assistant.http.reading import Library
from assistant.http.search_requests import FindIn
from retrieval.audit.event import Json
from retrieval.errors import NotFound


class FoundIn(FindIn):
    """A search, as its page takes it, and the form of the file."""

    form: Form = Form.DOCX


async def found(
    request: Request,
    parts: InParts,
    caller: Searcher,
    library: Library,
    address: Address,
    asked: Annotated[FoundIn, Query()],
) -> Response:
    """Return a file of the first results, which says so where there are more."""
    looking = await parts.searching.get(wait_seconds=PART_WAITS_SECONDS)
    search = asked.by(caller)
    window = replace(search.window, skip=0, limit=MOST_PASSAGES)
    results = await looking.find(replace(search, window=window))
    numbers = [each.passage.id for each in results.found]
    if not asked.is_asked or not numbers:
        raise NotFound("There are no such passages for you. Search again.")
    sections = await of_passages(
        numbers,
        library,
        principal=caller.principal,
        address=address,
        asked=asked.q,
        as_of=asked.as_of,
        is_part=results.has_more,
    )
    about: dict[str, Json] = {"passages": list[Json](numbers)}
    return await sent(request, caller, sections, asked.form, about)
