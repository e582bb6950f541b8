"""Status, owner and day of review over HTTP: listed for readers, decided on by stewards."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from starlette.requests import Request

from assistant.governing import DUE_DAYS, Governing, due_day
from assistant.http.documented import ERRORS
from assistant.http.governing_shapes import (
    ActOut,
    ActsOut,
    DecisionsOut,
    DocumentsOut,
    PlanOut,
    shown_act,
    shown_decision,
    shown_line,
    shown_planned,
)
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.parts import Reader, doing, parts_of
from assistant.http.reading import DocumentId
from assistant.http.review import to_note
from assistant.signin.caller import Action, Caller
from retrieval.audit.record import Desk
from retrieval.documents import Kind, Status
from retrieval.errors import NotFound
from retrieval.governance.decision import Act, Change, Chosen, Order, Plan
from retrieval.people.owning import owner_names

router = APIRouter(prefix="/api", tags=["governing"], responses=ERRORS)

SHOWN = ("all", "overdue", "due", "waiting", "mine")
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Note = Annotated[str, BeforeValidator(to_note), Field(max_length=500)]
ActId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
_DOCUMENT = r"^[A-Za-z0-9_.-]{1,64}$"
_Document = Annotated[str, Field(pattern=_DOCUMENT)]


class FilterIn(BaseModel):
    """Which documents; what is left out does not limit."""

    model_config = ConfigDict(extra="forbid")

    title: Name = Field("", description="Words that all stand in the title, in whatever case.")
    source: Name = ""
    kind: Kind | None = None
    status: Status | None = None
    owner: Name = ""
    show: Literal["all", "overdue", "due", "waiting", "mine"] = Field(
        "all", description=f"`due` is by {DUE_DAYS} days from now, `mine` what you own."
    )

    async def chosen(self, caller: Caller, governing: Governing) -> Chosen:
        """Return the choice as this caller makes it."""
        chosen = Chosen(
            title=self.title,
            source=self.source,
            kind=self.kind,
            status=self.status,
            owner=self.owner,
            is_overdue=self.show == "overdue",
            waits=self.show == "waiting",
            due_until=due_day() if self.show == "due" else None,
        )
        if self.show != "mine":
            return chosen
        names = owner_names(caller.principal, caller.display)
        return await governing.owned(chosen, names, principal=caller.principal)


class ListIn(FilterIn):
    """A page of documents; `after` goes on where an earlier one ended."""

    order: Order = Field(
        Order.TITLE, description="`source` is by source and name, `review` by the day of review."
    )
    after: Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")] = ""


class ChangeIn(BaseModel):
    """What is to change, and of what; a field left out changes nothing.

    Give `documents`, or `filter` for all that fit it. An empty owner is the one that the source
    names, an empty `review_by` none, and `declared` the status that the source gives.
    """

    model_config = ConfigDict(extra="forbid")

    documents: list[_Document] | None = Field(None, max_length=10_000)
    filter: FilterIn | None = None
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Of one document alone.")
    status: Literal["draft", "approved", "expired", "superseded", "declared"] | None = None
    owner: Name | None = None
    review_by: date | Literal[""] | None = None
    superseded_by: _Document | None = None

    @model_validator(mode="after")
    def _names_documents(self) -> Self:
        if (self.documents is None) == (self.filter is None):
            raise ValueError("Expected `documents` or `filter`, one of them.")
        if self.version is not None and len(self.documents or ()) != 1:
            raise ValueError("Expected one document with `version`.")
        return self

    async def chosen(self, caller: Caller, governing: Governing) -> Chosen:
        """Return which documents."""
        if self.filter is not None:
            return await self.filter.chosen(caller, governing)
        return Chosen(documents=frozenset(self.documents or ()))

    def change(self) -> Change:
        """Return what changes."""
        day = self.review_by.isoformat() if isinstance(self.review_by, date) else self.review_by
        return Change(self.status, self.owner, day, self.superseded_by)


class DecideIn(ChangeIn):
    """A change to be made. `digest` is that of the plan that you looked at."""

    note: Note = ""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class UndoIn(BaseModel):
    """Why it is undone."""

    model_config = ConfigDict(extra="forbid")

    note: Note = ""


async def governing_of(request: Request) -> Governing:
    """Return what documents are governed with, or raise `NotFound` where they are not."""
    part = parts_of(request).governing
    if part is None:
        raise NotFound
    return await part.get(wait_seconds=PART_WAITS_SECONDS)


Steward = Annotated[Caller, Depends(doing(Action.GOVERN))]
InGoverning = Annotated[Governing, Depends(governing_of)]


def desk_of(caller: Caller) -> Desk:
    """Return who decides and from where, as it is put on record."""
    return Desk(caller.name, caller.origin)


@router.get("/governance/documents", summary="Documents with status, owner and day of review")
async def documents(
    asked: Annotated[ListIn, Query()], caller: Reader, governing: InGoverning
) -> DocumentsOut:
    """List the documents that you may read, each by its version in force, else its newest."""
    chosen, who = await asked.chosen(caller, governing), caller.principal
    listing = await governing.listed(chosen, principal=who, after=asked.after, order=asked.order)
    tallies = await governing.tallies(chosen, principal=who)
    return DocumentsOut(
        documents=[shown_line(each) for each in listing.lines],
        after=listing.after,
        total=tallies.total,
        overdue=tallies.overdue,
        waiting=tallies.waiting,
    )


@router.get("/documents/{document}/decisions", summary="What was decided about a document")
async def decisions(document: DocumentId, caller: Reader, governing: InGoverning) -> DecisionsOut:
    """Who decided what about a document that you may read, and when, newest first."""
    told = await governing.told(document, principal=caller.principal)
    return DecisionsOut(decisions=[shown_decision(each) for each in told.decisions])


@router.post("/governance/plan", summary="What a change would do")
async def plan(asked: ChangeIn, caller: Steward, governing: InGoverning) -> PlanOut:
    """Work out what a change would do to each document, and change nothing."""
    return shown_plan(await planned(asked, caller, governing))


@router.post("/governance/decisions", summary="Decide about documents, in one act")
async def decide(asked: DecideIn, caller: Steward, governing: InGoverning) -> ActOut:
    """Make a change of every document named, or of none; each is on record."""
    return shown_act(await decided(asked, caller, governing))


@router.get("/governance/acts", summary="What was decided lately")
async def acts(caller: Steward, governing: InGoverning) -> ActsOut:
    """List the last acts about documents that you may read, counted as far as you may."""
    found = await governing.acts(principal=caller.principal)
    return ActsOut(acts=[shown_act(each) for each in found])


@router.post("/governance/acts/{act}/undo", summary="Undo an act")
async def undo(act: ActId, asked: UndoIn, caller: Steward, governing: InGoverning) -> ActOut:
    """Bring back what an act changed, of what nobody has decided anew since."""
    who = caller.principal
    return shown_act(await governing.undo(act, asked.note, principal=who, desk=desk_of(caller)))


async def planned(asked: ChangeIn, caller: Caller, governing: Governing) -> Plan:
    """Return what a change would do."""
    chosen = await asked.chosen(caller, governing)
    who = caller.principal
    return await governing.plan(chosen, asked.change(), principal=who, number=asked.version)


async def decided(asked: DecideIn, caller: Caller, governing: Governing) -> Act:
    """Make a change of every document named, or of none, and return the act."""
    return await governing.decide(
        await asked.chosen(caller, governing),
        asked.change(),
        asked.note,
        principal=caller.principal,
        desk=desk_of(caller),
        number=asked.version,
        digest=asked.digest,
    )


def shown_plan(found: Plan, most: int | None = None) -> PlanOut:
    """Return a plan as it is sent, at most so many documents of it named."""
    return PlanOut(
        total=len(found.planned),
        unchanged=found.unchanged,
        digest=found.digest,
        documents=[shown_planned(each) for each in found.planned[:most]],
    )
