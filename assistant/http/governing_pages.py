"""The pages of documents: the list with its filters, what a change would do, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.governing import Governing
from assistant.http.administering import chosen as hidden
from assistant.http.administering import entered, told, when
from assistant.http.errors import Problem, of_validation
from assistant.http.forms import Fields, Form
from assistant.http.governing import (
    ActId,
    DecideIn,
    InGoverning,
    ListIn,
    Steward,
    decided,
    desk_of,
    planned,
    shown_plan,
)
from assistant.http.governing_shapes import DecisionOut, shown_act, shown_decision, shown_line
from assistant.http.pages import page
from assistant.http.parts import Reader, parts_of
from assistant.http.record_shown import document_of
from assistant.signin.caller import Action, Caller, may
from retrieval.documents import Version
from retrieval.errors import BadRequest, NotFound
from retrieval.governance.decision import MOST_DOCUMENTS, Chosen, Listing
from retrieval.plain import plain

PAGE: Final = "/documents"
PLANNED_SHOWN: Final = 200
MOST_OWNERS: Final = 200
"""So many owners are offered to choose from; of more, the first ones, and any can be typed."""

_PICK: Final = "pick-"
_FILTERS: Final = ("title", "source", "kind", "status", "owner", "show", "order")
_SUCCESSOR: Final = "superseded_by"
_CHANGES: Final = (
    "status",
    _SUCCESSOR,
    "new_owner",
    "owner_source",
    "review_by",
    "no_review",
    "note",
    "which",
    "version",
)
"""The fields of a change as forms have them."""

router = APIRouter(prefix=PAGE, include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Governed:
    """What a document's own page tells of it: what was decided, by what it was superseded.

    `last` is the decision on its status, if there was one; `may_decide` whether the reader may.
    """

    decisions: tuple[DecisionOut, ...]
    successor: Version | None
    last: DecisionOut | None
    may_decide: bool


@router.get("")
async def documents(request: Request, caller: Reader, governing: InGoverning) -> HTMLResponse:
    """List the documents that one may read, narrowed by the filters."""
    given = {name: value for name, value in request.query_params.items() if value}
    done = given.pop("done", "")
    return await _listed(request, caller, governing, given, done=done)


@router.post("/preview")
async def preview(
    request: Request, caller: Steward, governing: InGoverning, fields: Fields
) -> HTMLResponse:
    """Show what a change would do to each document; nothing is changed yet."""
    try:
        fields = await _succeeded(fields, caller, governing)
        asked = DecideIn.model_validate(_asked(fields))
        plan = await planned(asked, caller, governing)
    except (ValidationError, BadRequest, NotFound) as error:
        problem = _problem(error)
        given = _filters(fields)
        return await _listed(request, caller, governing, given, problem=problem, fields=fields)
    shown = shown_plan(plan, PLANNED_SHOWN)
    kept = {name: hidden(fields, name) for name in _CHANGES}
    kept |= {f"filter_{name}": value for name, value in _filters(fields).items()}
    kept |= {"documents": ",".join(asked.documents or ()), "digest": plan.digest}
    return page(
        request,
        "governing_plan.html",
        plan=shown,
        successor=await governing.successor(asked.change(), principal=caller.principal),
        note=asked.note,
        kept={name: value for name, value in kept.items() if value},
        back=_address(_filters(fields)),
    )


@router.post("/decide")
async def decide(
    request: Request, caller: Steward, governing: InGoverning, fields: Fields
) -> Response:
    """Make the change that was looked at, and go back to the list."""
    given = _filters(fields)
    try:
        asked = DecideIn.model_validate(_asked(fields))
        act = await decided(asked, caller, governing)
    except (ValidationError, BadRequest, NotFound) as error:
        problem = _problem(error)
        return await _listed(request, caller, governing, given, problem=problem, fields=fields)
    return RedirectResponse(_address({**given, "done": act.id}), status_code=303)


@router.get("/acts")
async def acts(request: Request, caller: Steward, governing: InGoverning) -> HTMLResponse:
    """Show what was decided lately, and by whom."""
    return await _acts(request, caller, governing)


@router.post("/acts/{act}/undo")
async def undo(
    request: Request, act: ActId, caller: Steward, governing: InGoverning, fields: Fields
) -> Response:
    """Bring back what an act changed."""
    who, note = caller.principal, entered(fields, "note")
    try:
        await governing.undo(act, note, principal=who, desk=desk_of(caller))
    except (BadRequest, NotFound) as error:
        return await _acts(request, caller, governing, told(error))
    return RedirectResponse(f"{PAGE}/acts", status_code=303)


async def governed(request: Request, caller: Caller, version: Version) -> Governed | None:
    """Return what a document's own page tells of decisions, None where nothing is governed."""
    part = parts_of(request).governing
    if part is None:
        return None
    governing = await part.get()
    found = await governing.told(version.document_id, principal=caller.principal)
    decisions = tuple(shown_decision(each) for each in found.decisions)
    last = next((each for each in decisions if each.change.status), None)
    return Governed(decisions, found.successor, last, may(caller, Action.GOVERN))


async def _listed(
    request: Request,
    caller: Caller,
    governing: Governing,
    given: dict[str, str],
    *,
    problem: Problem | None = None,
    fields: Form | None = None,
    done: str = "",
) -> HTMLResponse:
    try:
        asked = ListIn.model_validate(given)
    except ValidationError as error:
        asked, problem = ListIn(), problem or of_validation(error.errors())
    who, is_steward = caller.principal, may(caller, Action.GOVERN)
    chosen = await asked.chosen(caller, governing)
    listing, wrong = await _page_of(governing, chosen, asked, caller)
    problem = problem or wrong
    filters = asked.model_dump(exclude_defaults=True, exclude={"after"}, mode="json")
    return page(
        request,
        "governing.html",
        problem.status if problem else 200,
        problem=problem,
        lines=[shown_line(each) for each in listing.lines],
        tallies=await governing.tallies(chosen, principal=who),
        due=await governing.due(principal=who),
        asked=asked,
        filters=filters,
        further=_address({**filters, "after": listing.after}) if listing.after else "",
        first=_address(filters) if asked.after else "",
        **_offered(*await governing.values(principal=who)),
        is_steward=is_steward,
        fields=fields or {},
        picked=_picked(fields or {}),
        done=await _done(governing, caller, done) if done and is_steward else None,
        most=MOST_DOCUMENTS,
    )


def _offered(sources: list[str], owners: list[str]) -> dict[str, Any]:
    """Return what there is to choose from, and whether there are more owners than are offered."""
    return {
        "sources": [plain(each) for each in sources],
        "owners": [plain(each) for each in owners[:MOST_OWNERS]],
        "are_more_owners": len(owners) > MOST_OWNERS,
    }


async def _page_of(
    governing: Governing, chosen: Chosen, asked: ListIn, caller: Caller
) -> tuple[Listing, Problem | None]:
    """Return a page of the list; the first, with what was wrong, where another was not meant."""
    who, order = caller.principal, asked.order
    try:
        found = await governing.listed(chosen, principal=who, after=asked.after, order=order)
    except BadRequest as error:
        return await governing.listed(chosen, principal=who, order=order), told(error)
    return found, None


async def _done(governing: Governing, caller: Caller, act: str) -> Any:
    """Return the act that has just been made, to say so."""
    found = await governing.acts(principal=caller.principal)
    return next((shown_act(each) for each in found if each.id == act), None)


async def _acts(
    request: Request, caller: Caller, governing: Governing, problem: Problem | None = None
) -> HTMLResponse:
    found = await governing.acts(principal=caller.principal)
    return page(
        request,
        "governing_acts.html",
        problem.status if problem else 200,
        problem=problem,
        acts=[shown_act(each) for each in found],
        when=lambda at: when(int(at.timestamp())),
    )


async def _succeeded(fields: Form, caller: Caller, governing: Governing) -> Form:
    """Return the fields with the id of the document that supersedes, however it was named.

    Raises:
        BadRequest: the words given stand in no title that one may read, or in several.
    """
    named = document_of(entered(fields, _SUCCESSOR))
    if not named:
        return fields
    for chosen in (Chosen(documents=frozenset((named,))), Chosen(title=named)):
        found = (await governing.listed(chosen, principal=caller.principal)).lines
        if len(found) == 1:
            return {**fields, _SUCCESSOR: found[0].document_id}
    raise BadRequest(
        "Expected the title, the address or the id of the one document that supersedes, got "
        f"“{named}”, which fits {'several' if found else 'none'}. Give more of its title."
    )


def _asked(fields: Form) -> dict[str, Any]:
    """Return what a form asks for, as the API takes it."""
    asked: dict[str, Any] = {"note": entered(fields, "note")}
    if hidden(fields, "which") == "all":
        asked["filter"] = {
            name: value for name, value in _filters(fields).items() if name != "order"
        }
    else:
        asked["documents"] = _picked(fields)
    for name in ("status", _SUCCESSOR, "digest", "version"):
        if value := entered(fields, name):
            asked[name] = value
    for name, emptied in (("owner", "owner_source"), ("review_by", "no_review")):
        if fields.get(emptied):
            asked[name] = ""
        elif value := entered(fields, name if name != "owner" else "new_owner"):
            asked[name] = value
    return asked


def _picked(fields: Form) -> list[str]:
    """Return the documents that were ticked, or that the page carried along."""
    carried = [each for each in hidden(fields, "documents").split(",") if each]
    return carried or [name.removeprefix(_PICK) for name in fields if name.startswith(_PICK)]


def _filters(fields: Form) -> dict[str, str]:
    """Return the filters that a form carried along: they have a name of their own there."""
    named = {name: hidden(fields, f"filter_{name}") for name in _FILTERS}
    return {name: value for name, value in named.items() if value}


def _address(given: dict[str, Any]) -> str:
    return f"{PAGE}?{urlencode(given)}" if given else PAGE


def _problem(error: Exception) -> Problem:
    return of_validation(error.errors()) if isinstance(error, ValidationError) else told(error)
