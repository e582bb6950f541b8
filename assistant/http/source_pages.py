"""A source opened at its words: as pages or text, with what is sought in it and known of it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assistant.http.conversation_shapes import CitedOut, shown_cited
from assistant.http.finding import Finding, find
from assistant.http.governing_pages import governed
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.opened import excerpt, located, notices, pieces, sheets
from assistant.http.owners import looks_at, readers_of
from assistant.http.pages import page
from assistant.http.parts import Reader, Reading, parts_of
from assistant.http.reading import Library, Number, Opened, has_page_images, span_of
from assistant.http.shapes import source_link
from assistant.signin.caller import Action, Caller, may
from retrieval.boxes import lines
from retrieval.documents import Span, Version, now
from retrieval.library import VersionText

ZOOMS: Final = ("fit", "100", "150", "200")
CITED_SHOWN: Final = 5
_PIXELS_A_POINT: Final = 96 / 72
_WIDTHS: Final = (600, 1_000, 1_700, 2_400)
_FAR: Final = 2**31 - 1

router = APIRouter(prefix="/source", include_in_schema=False, default_response_class=HTMLResponse)


class View(BaseModel):
    """How a version is looked at: its cited words, as pages or text, how large, what is sought."""

    start: int | None = Field(None, ge=0, le=_FAR)
    end: int | None = Field(None, ge=0, le=_FAR)
    view: Literal["pages", "text"] = "pages"
    at: int | None = Field(None, ge=0, le=_FAR)
    zoom: Literal["fit", "100", "150", "200"] = "fit"
    find: str = Field("", max_length=200)
    hit: int | None = Field(None, ge=1, le=_FAR)

    def link(self, version: Version, **changes: Any) -> str:
        """Return the address of the same view but for `changes`; None takes something away."""
        values = self.model_dump(exclude_defaults=True) | changes
        told = {name: each for name, each in values.items() if each not in (None, "")}
        path = source_link(version.document_id, version.number)
        return f"{path}?{urlencode(told)}" if told else path


Looked = Annotated[View, Query()]


@router.get("/{document}/{number}")
async def source(
    request: Request, opened: Opened, library: Library, caller: Reader, looked: Looked
) -> HTMLResponse:
    """A version opened at its cited words: drawn pages where there are some, else its text."""
    span = span_of(opened, looked.start, looked.end)
    as_pages = (has_pages := has_page_images(opened)) and looked.view == "pages"
    versions = await library.versions(opened.document_id, principal=caller.principal)
    stored = await library.text(opened, principal=caller.principal)
    words = stored.text[span.start : span.end] if span else ""
    told, near = notices(opened, versions, now()), span.start if span else 0
    finding = await _found(stored, looked, near)
    return page(
        request,
        "source.html",
        version=opened,
        versions=versions,
        notices=await located(library, told, words, near, principal=caller.principal),
        looks=await looks_at(request, opened, caller),
        readers=readers_of(opened, caller),
        cited=await _cited(request, caller, versions),
        governed=await governed(request, caller, opened),
        may_search=may(caller, Action.SEARCH),
        instant=now(),
        has_pages=has_pages,
        as_pages=as_pages,
        is_lit=span is not None,
        words=words,
        looked=looked,
        finding=finding,
        zooms=ZOOMS,
        width_of=lambda points: round(points * _PIXELS_A_POINT * int(looked.zoom) / 100),
        widths=_WIDTHS,
        link=lambda **changes: looked.link(opened, **changes),
        api=f"/api/documents/{opened.document_id}/versions/{opened.number}",
        **await _shown(library, opened, stored, caller, looked, as_pages, span, finding),
    )


@router.get("/{document}/{number}/pages/{page_number}/words")
async def words(
    request: Request, opened: Opened, page_number: Number, library: Library, caller: Reader
) -> HTMLResponse:
    """The words of a page where they lie on it, to be selected over its image."""
    found = await library.page(opened, page_number, principal=caller.principal)
    stored = await library.text(opened, principal=caller.principal)
    written = await asyncio.to_thread(lines, found, stored.text[found.start : found.end])
    return page(request, "words.html", sheet=found, lines=written)


async def _found(stored: VersionText, looked: View, near: int) -> Finding | None:
    if not looked.find.strip():
        return None
    return await asyncio.to_thread(find, stored.text, looked.find, at=looked.hit, near=near)


async def _shown(
    library: Reading,
    opened: Version,
    stored: VersionText,
    caller: Caller,
    looked: View,
    as_pages: bool,
    span: Span | None,
    finding: Finding | None,
) -> dict[str, Any]:
    """Return the pages or the pieces of text that are shown, and which part of all they are."""
    if as_pages:
        who = caller.principal
        drawn, window = await sheets(
            library, opened, span, principal=who, at=looked.at, finding=finding
        )
        return {"sheets": drawn, "pieces": [], "window": window}
    in_hand = (finding.current if finding else None) or span
    window = excerpt(stored, in_hand, looked.at)
    return {"sheets": [], "pieces": pieces(stored, span, window, finding), "window": window}


async def _cited(request: Request, caller: Caller, versions: list[Version]) -> list[CitedOut]:
    """Return where the caller's own conversations cite the document, the latest first."""
    kept = parts_of(request).history
    if kept is None or not may(caller, Action.ASK):
        return []
    history = await kept.get(wait_seconds=PART_WAITS_SECONDS)
    found = await history.citing([each.id for each in versions], principal=caller.principal)
    return shown_cited(found[:CITED_SHOWN])
