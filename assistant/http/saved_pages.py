"""One's own saved searches: the list with what is new, saving, opening, renaming, removing."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.http.conversations import ID
from assistant.http.errors import BadInput
from assistant.http.forms import Fields
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.pages import page
from assistant.http.parts import InParts, Looking, Searcher
from assistant.http.search_requests import FindIn, given_search
from assistant.signin.caller import Caller
from retrieval.errors import NotFound
from retrieval.plain import plain
from retrieval.search.saved import LONGEST_NAME, SavedSearch, SavedSearches

PAGE: Final = "/searches"
MOST_COUNTED: Final = 20
COUNTED_WITHIN_SECONDS: Final = 1.0
"""For so many of a list, and for no longer, it is worked out what is new: each is a search."""

router = APIRouter(prefix=PAGE, include_in_schema=False, default_response_class=HTMLResponse)


async def saved_of(parts: InParts) -> SavedSearches:
    """Return the saved searches; where none is kept, there is no such thing."""
    if parts.saved is None:
        raise NotFound
    return await parts.saved.get(wait_seconds=PART_WAITS_SECONDS)


async def saved_id(search: Annotated[str, Path()]) -> str:
    """Return the id, or raise the same `NotFound` for what cannot be one."""
    if not ID.fullmatch(search):
        raise NotFound
    return search


Saving = Annotated[SavedSearches, Depends(saved_of)]
Own = Annotated[str, Depends(saved_id)]


@dataclass(frozen=True, slots=True)
class SavedOut:
    """A saved search as it is listed; `fresh` is None where that was not worked out.

    `asked` is empty where it is none any longer.
    """

    saved: SavedSearch
    name: str
    asked: FindIn
    fresh: int | None

    @property
    def words(self) -> str:
        """Return what was typed."""
        return plain(self.asked.q)

    @property
    def sorts(self) -> list[str]:
        """Return the kinds and statuses that it is narrowed to."""
        return sorted({*self.asked.kind, *self.asked.status})

    @property
    def names(self) -> list[str]:
        """Return the sources, parties, owners and years that it is narrowed to."""
        asked = self.asked
        every = {*asked.source, *asked.party, *asked.owner, *asked.year}
        return sorted(plain(each) for each in every)


@router.get("")
async def searches(
    request: Request, parts: InParts, caller: Searcher, saving: Saving
) -> HTMLResponse:
    """List one's own, with how much is new to each since it was last opened."""
    own = await saving.own(person=caller.principal.name)
    looking = await parts.searching.get(wait_seconds=PART_WAITS_SECONDS)
    latest = await looking.latest(principal=caller.principal)
    until = time.monotonic() + COUNTED_WITHIN_SECONDS
    listed = []
    for at, each in enumerate(own):
        is_counted = at < MOST_COUNTED and time.monotonic() < until
        listed.append(await _listed(each, looking, caller, latest, is_counted=is_counted))
    return page(request, "saved.html", listed=listed, longest=LONGEST_NAME)


@router.post("")
async def save(caller: Searcher, saving: Saving, fields: Fields) -> Response:
    """Keep the search that the page shows, and go back to it."""
    asked = _asked(fields.get("asked", ""))
    if asked is None or not asked.is_asked:
        raise BadInput("a search to save", "none", "Search for something first, then save it.")
    name = _name(fields.get("name", "")) or asked.q[:LONGEST_NAME] or "Saved search"
    await saving.keep(name, asked.query, person=caller.principal.name)
    return RedirectResponse(PAGE, status_code=303)


@router.get("/{search}")
async def open_one(caller: Searcher, saving: Saving, search: Own) -> Response:
    """Search it again, and mark what came since it was last opened."""
    saved = await saving.look(search, person=caller.principal.name)
    asked = _asked(saved.asked) or FindIn()
    address = asked.address(since=saved.opened_at)
    return RedirectResponse(address, status_code=303)


@router.post("/{search}/rename")
async def rename(caller: Searcher, saving: Saving, search: Own, fields: Fields) -> Response:
    """Give it another name, and go back to the list."""
    name = _name(fields.get("name", ""))
    if not name:
        raise BadInput("a name", "nothing to read", "Write a name.")
    await saving.rename(search, name, person=caller.principal.name)
    return RedirectResponse(PAGE, status_code=303)


@router.post("/{search}/remove")
async def remove(caller: Searcher, saving: Saving, search: Own, _: Fields) -> Response:
    """Remove it, and go back to the list."""
    await saving.remove(search, person=caller.principal.name)
    return RedirectResponse(PAGE, status_code=303)


async def _listed(
    saved: SavedSearch, looking: Looking, caller: Caller, latest: int, *, is_counted: bool
) -> SavedOut:
    asked, fresh = _asked(saved.asked), None
    if latest <= saved.opened_at:
        fresh = 0
    elif is_counted and asked is not None:
        wish = asked.by(caller)
        window = replace(wish.window, limit=0, since=saved.opened_at)
        fresh = await looking.fresh(replace(wish, window=window))
    return SavedOut(saved, plain(saved.name), asked or FindIn(), fresh)


def _asked(query: str) -> FindIn | None:
    """Return the search of a query string, None if it is none any longer."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=400)
        asked = FindIn.model_validate(given_search(pairs))
    except (ValidationError, ValueError):
        return None
    return asked.model_copy(update={"page": 1, "since": None, "new": False})


def _name(typed: str) -> str:
    return " ".join(plain(typed).split())[:LONGEST_NAME]
