"""The upload page: files into a source of their own, for readers that their uploader may give to.

A script sends one file after the other, as it is; without scripts the browser sends a form. What
arrives is never shown as it is: it is read as text, and its original is given to be saved only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from assistant.administration import Administration
from assistant.http.admin_sources import SourceManager, address_of_one
from assistant.http.administering import HOME, Given, desk_of, shown, told
from assistant.http.errors import BadInput, Problem, refused
from assistant.http.forms import require_own
from assistant.http.headers import UPLOAD
from assistant.signin.caller import Caller
from assistant.uploads import Label, Uploaded, Uploads, declarable, givable, label_of
from retrieval.access import EVERYONE
from retrieval.documents import Kind, Status
from retrieval.errors import BadRequest, NotFound, Unavailable
from retrieval.plain import plain

PAGE = UPLOAD
_PIECE_BYTES = 1 << 18
_MOST_FILES = 50
_MOST_FIELDS = 128
_GROUPS_SHOWN = 60

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file that was sent with a form."""

    name: str
    uploaded: Uploaded | None = None
    problem: Problem | None = None


async def uploads_of(given: Given) -> Uploads:
    """Return where uploads go, or raise `NotFound` where they go nowhere."""
    if given.uploads is None:
        raise NotFound
    return given.uploads


ToUploads = Annotated[Uploads, Depends(uploads_of)]
Words = Annotated[str, Query(max_length=1_000)]
Names = Annotated[list[str], Query(max_length=_MOST_FIELDS)]


@router.get(PAGE)
async def upload(
    request: Request, caller: SourceManager, given: Given, uploads: ToUploads
) -> Response:
    """Show what may be uploaded, and for whom."""
    return await _page(request, caller, given, uploads)


@router.post(PAGE)
async def send(
    request: Request, caller: SourceManager, given: Given, uploads: ToUploads
) -> Response:
    """Store the files of a form, and show what became of each."""
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
            return await _taken(request, caller, given, uploads, form)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        expected = f"a form with at most {_MOST_FILES} files"
        raise BadInput(expected, "another one", "Send fewer files at once.") from error


@router.post(f"{PAGE}/file")
async def file(
    request: Request,
    caller: SourceManager,
    given: Given,
    uploads: ToUploads,
    name: Words,
    reader: Names = [],  # noqa: B006 - FastAPI copies defaults
    people: Words = "",
    owner: Words = "",
    kind: Words = Kind.OTHER.value,
    status: Words = Status.DRAFT.value,
    replaces: Words = "",
) -> Response:
    """Store one file that is sent as it is, and tell what became of it."""
    require_own(request, caller, request.headers.get("x-form-token", ""))
    fields = {"owner": owner, "kind": kind, "status": status, "people": people}
    try:
        label = await _label(given, caller, reader, fields)
        taken = await uploads.take(
            name, request.stream(), label, desk_of(caller), replaces=bool(replaces)
        )
    except (BadRequest, Unavailable) as error:
        problem = told(error)
        status_code = 503 if isinstance(error, Unavailable) else problem.status
        return JSONResponse(problem.body, status_code)
    return JSONResponse(asdict(taken))


@router.get(f"{PAGE}/outcome")
async def outcome(caller: SourceManager, uploads: ToUploads, uri: Words) -> Response:
    """Tell how far a file that was uploaded has come."""
    return JSONResponse(asdict(await uploads.outcome(uri)))


async def _taken(
    request: Request, caller: Caller, given: Administration, uploads: Uploads, form: FormData
) -> Response:
    require_own(request, caller, str(form.get("form_token", "")))
    fields = {name: str(form.get(name, "")) for name in ("owner", "kind", "status", "people")}
    readers = [str(each) for each in form.getlist("reader")]
    try:
        label = await _label(given, caller, readers, fields)
    except BadRequest as error:
        return await _page(request, caller, given, uploads, told(error), fields, readers)
    files = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
    sent = [
        await _sent(uploads, caller, each, label, replaces="replaces" in form)
        for each in files
        if each.filename
    ]
    problem = None if sent else refused(422, "refused", "a file", "none", "Choose one.")
    return await _page(request, caller, given, uploads, problem, fields, readers, sent)


async def _label(
    given: Administration, caller: Caller, readers: Sequence[str], fields: dict[str, str]
) -> Label:
    people = plain(fields["people"]).replace(",", " ").split()
    known = {f"user:{each.name}" for each in await given.directory.people()}
    known |= {f"group:{each.name}" for each in await given.directory.groups()}
    return label_of(
        caller,
        [*readers, *(f"user:{each}" for each in people)],
        known,
        owner=plain(fields["owner"]).strip(),
        kind=fields["kind"] or Kind.OTHER.value,
        status=fields["status"] or Status.DRAFT.value,
    )


async def _sent(
    uploads: Uploads, caller: Caller, each: UploadFile, label: Label, *, replaces: bool
) -> Sent:
    name = each.filename or ""
    try:
        desk = desk_of(caller)
        uploaded = await uploads.take(name, _pieces(each), label, desk, replaces=replaces)
    except BadRequest as error:
        return Sent(plain(name)[:200], problem=told(error))
    return Sent(uploaded.name, uploaded)


async def _pieces(each: UploadFile) -> AsyncIterator[bytes]:
    while piece := await each.read(_PIECE_BYTES):
        yield piece


async def _page(
    request: Request,
    caller: Caller,
    given: Administration,
    uploads: Uploads,
    problem: Problem | None = None,
    fields: dict[str, str] | None = None,
    readers: Sequence[str] = (),
    sent: Sequence[Sent] = (),
) -> HTMLResponse:
    own = givable(caller)
    groups = [f"group:{each.name}" for each in await given.directory.groups()]
    if own is not None:
        groups = [each for each in groups if each in own]
    context: dict[str, Any] = {
        "groups": groups[:_GROUPS_SHOWN],
        "groups_left_out": max(0, len(groups) - _GROUPS_SHOWN),
        "may_give_all": own is None,
        "everyone": EVERYONE,
        "own_key": f"user:{caller.name}",
        "ticked": set(readers) or {f"user:{caller.name}"},
        "fields": fields or {},
        "sent": sent,
        "accepted": uploads.accepted,
        "suffixes": sorted(uploads.suffixes),
        "most_bytes": uploads.most_bytes,
        "statuses_given": declarable(caller),
        "source_page": address_of_one(uploads.source),
    }
    return shown(request, "admin_upload.html", f"{HOME}/sources", problem, **context)
