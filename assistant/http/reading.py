"""Open what is cited: documents, versions, text, page images, boxes, originals, passages."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from assistant.http.documented import ERRORS, ORIGINAL, PNG
from assistant.http.errors import BadInput
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.origin import origin_link
from assistant.http.parts import InParts, Reader, Reading, parts_of
from assistant.http.shapes import PassageOut, shown_passage, source_link
from assistant.recorded import note_opening
from assistant.signin.caller import Caller
from retrieval.boxes import rectangles
from retrieval.documents import Kind, Page, Span, Status, Version, now
from retrieval.errors import NotFound
from retrieval.plain import plain

DocumentId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Offset = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
Width = Annotated[int, Query(ge=100, le=2_400, description="Pixels")]

router = APIRouter(prefix="/api", tags=["reading"], responses=ERRORS)


class VersionOut(BaseModel):
    """One version of a document, with its status now."""

    document: str
    version: int
    title: str
    kind: Kind
    status: Status
    effective_from: date | None
    expires_on: date | None
    owner: str
    parties: list[str]
    source: str
    uri: str
    origin_link: str
    media_type: str
    characters: int
    pages: int
    problems: list[str]
    link: str


class DocumentOut(BaseModel):
    """A document: the version in force now, else the newest, and all of them, newest first."""

    document: str
    title: str
    current: int
    versions: list[VersionOut]


class BlockOut(BaseModel):
    """A stretch of the text and what it is."""

    start: int
    end: int
    kind: str
    depth: int


class TextOut(BaseModel):
    """The stored text of a version, exactly, and its structure."""

    text: str
    blocks: list[BlockOut]


class BoxesOut(BaseModel):
    """Where words lie on a page: left, top, right, bottom as fractions of the page's size."""

    page: int
    width: float
    height: float
    boxes: list[tuple[float, float, float, float]]


def shown_version(version: Version, instant: int) -> VersionOut:
    """Return a version as it is sent."""
    return VersionOut(
        document=version.document_id,
        version=version.number,
        title=plain(version.title),
        kind=version.kind,
        status=version.status_at(instant),
        effective_from=version.effective_from,
        expires_on=version.expires_on,
        owner=plain(version.owner),
        parties=[plain(each) for each in version.parties],
        source=plain(version.source),
        uri=plain(version.uri),
        origin_link=origin_link(version.link),
        media_type=plain(version.media_type),
        characters=version.characters,
        pages=version.pages,
        problems=[plain(each) for each in version.problems],
        link=source_link(version.document_id, version.number),
    )


async def library_of(parts: InParts) -> Reading:
    """Return the library once it is there."""
    return await parts.library.get(wait_seconds=PART_WAITS_SECONDS)


Library = Annotated[Reading, Depends(library_of)]


async def version_of(
    request: Request, document: DocumentId, number: Number, library: Library, caller: Reader
) -> Version:
    """Return the version that the path names, if this principal may read it; that is on record."""
    version = await library.version(document, number, principal=caller.principal)
    await _note(request, version, caller)
    return version


async def _note(request: Request, version: Version, caller: Caller) -> None:
    record = parts_of(request).record
    what = request.scope["endpoint"].__name__
    await note_opening(record, version, principal=caller.principal, origin=caller.origin, what=what)


Opened = Annotated[Version, Depends(version_of)]


def span_of(version: Version, start: int | None, end: int | None) -> Span | None:
    """Return the asked span of the version's text, None if none is asked for."""
    if start is None and end is None:
        return None
    if start is None or end is None or not start < end <= version.characters:
        raise BadInput(
            f"`start` and `end` with start < end <= {version.characters}",
            f"start={start}, end={end}",
            "Use a link that an answer or a search gave, or leave both out.",
        )
    return Span(start, end)


@router.get("/documents/{document}", summary="A document and its versions")
async def document(
    request: Request, document: DocumentId, library: Library, caller: Reader
) -> DocumentOut:
    """Return a document's versions, newest first, and which one is in force now."""
    versions = await library.versions(document, principal=caller.principal)
    current = await library.version(document, None, principal=caller.principal)
    await _note(request, current, caller)
    instant = now()
    return DocumentOut(
        document=document,
        title=plain(current.title),
        current=current.number,
        versions=[shown_version(each, instant) for each in versions],
    )


@router.get("/documents/{document}/versions/{number}", summary="One version")
async def version(opened: Opened) -> VersionOut:
    """Return what is known about a version."""
    return shown_version(opened, now())


@router.get("/documents/{document}/versions/{number}/text", summary="The text of a version")
async def text(opened: Opened, library: Library, caller: Reader) -> TextOut:
    """Return the stored text, exactly, with its structure."""
    stored = await library.text(opened, principal=caller.principal)
    blocks = [
        BlockOut(start=each.start, end=each.end, kind=each.kind, depth=each.depth)
        for each in stored.blocks
    ]
    return TextOut(text=stored.text, blocks=blocks)


@router.get(
    "/documents/{document}/versions/{number}/pages/{page}.png",
    summary="A page as an image",
    response_class=Response,
    responses=PNG,
)
async def page_image(
    request: Request,
    opened: Opened,
    page: Number,
    parts: InParts,
    library: Library,
    caller: Reader,
    width: Width = 1_000,
) -> Response:
    """Return a page of a PDF, drawn on the server.

    A version never changes, so a browser may keep the image but must ask each time whether
    it may still show it.
    """
    if page > opened.pages or not has_page_images(opened):
        raise NotFound
    headers = {"ETag": f'"{opened.blob}-{page}-{width}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    original = await library.original(opened, principal=caller.principal)
    image = await parts.render(original, page, width)
    return Response(image, media_type="image/png", headers=headers)


@router.get(
    "/documents/{document}/versions/{number}/pages/{page}/boxes",
    summary="Where words lie on a page",
)
async def boxes(
    opened: Opened,
    page: Number,
    library: Library,
    caller: Reader,
    start: Offset = None,
    end: Offset = None,
) -> BoxesOut:
    """Return one box for each line that the words from `start` to `end` touch on this page."""
    found = await library.page(opened, page, principal=caller.principal)
    span = span_of(opened, start, end) or Span(found.start, found.end)
    wide, high = found.width or 1.0, found.height or 1.0
    return BoxesOut(
        page=page,
        width=found.width,
        height=found.height,
        boxes=[
            (left / wide, top / high, right / wide, bottom / high)
            for left, top, right, bottom in rectangles(found, span)
        ],
    )


@router.get(
    "/documents/{document}/versions/{number}/original",
    summary="The file as it came",
    response_class=Response,
    responses=ORIGINAL,
)
async def original(opened: Opened, library: Library, caller: Reader) -> Response:
    """Return the file to be saved, never to be shown: a browser must not run what is in it."""
    content = await library.original(opened, principal=caller.principal)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(opened.uri))}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/passages/{passage}", summary="A passage by its permanent number")
async def passage(
    request: Request,
    passage: Annotated[int, Path(ge=1, le=2**62)],
    library: Library,
    caller: Reader,
) -> PassageOut:
    """Return one passage with its status now."""
    found = await library.passage(passage, principal=caller.principal)
    await _note(request, found.version, caller)
    return shown_passage(found, now())


def has_page_images(version: Version) -> bool:
    """Say whether pages of this version can be drawn."""
    return version.media_type == "application/pdf" and version.pages > 0


def file_name(uri: str) -> str:
    """Return a harmless file name from the last step of a source's address."""
    last = re.split(r"[/\\]", plain(uri.split("#")[0].split("?")[0]).strip())[-1]
    return re.sub(r"[^\w .()\-]", "_", last).strip(". ")[-120:] or "document"


def cited_pages(pages: list[Page], span: Span | None) -> list[int]:
    """Return the numbers of the pages that a span touches."""
    if span is None:
        return []
    return [each.number for each in pages if each.start < span.end and span.start < each.end]
