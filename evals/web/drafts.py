"""The pages of drafts: what readers found wrong, on its way into a suite.

They are for evaluators; `evals.drafts.drafting` says which drafts they see. Every button of a
draft's form keeps what was typed, before it does anything else.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.administering import back_to, chosen, desk_of, entered, told
from assistant.http.errors import BadInput, Problem
from assistant.http.forms import Fields, Form
from assistant.http.health import PART_WAITS_SECONDS, Part
from assistant.http.pages import environment_of, page
from assistant.http.parts import doing
from assistant.signin.caller import Action, Caller
from assistant.wording import Language, say, spoken
from deploy.parts import Parts
from evals.drafts.drafting import Drafting, Who
from evals.drafts.edits import Edits, as_lines, facts_of, lines_of
from evals.drafts.masking import LABEL
from evals.drafts.own_suites import FIRST, own_suites
from evals.drafts.seen import SeenDraft
from evals.drafts.showing import circumstances
from evals.reports.cases import either
from evals.web.places import PAGE
from retrieval.drafts.draft import DraftState
from retrieval.errors import BadRequest
from retrieval.plain import plain

DRAFTS: Final = f"{PAGE}/drafts"
_OFFERED: Final = 9
_ANSWERABLE: Final = {"yes": True, "no": False}

Evaluator = Annotated[Caller, Depends(doing(Action.EVALUATE))]
Number = Annotated[int, InPath(ge=1, le=2**62)]
Before = Annotated[int | None, Query(ge=1, le=2**62)]
State = Literal["waiting", "accepted", "discarded"]
Lend = Callable[[], Awaitable[Drafting]]
"""Return what works on drafts once its parts are there."""


def labelled(text: str) -> Markup:
    """Return a text with the labels of what was masked set apart."""
    pieces, at = list[Markup](), 0
    for match in LABEL.finditer(shown := plain(text)):
        pieces += (escape(shown[at : match.start()]), masked(match[0]))
        at = match.end()
    return Markup("").join((*pieces, escape(shown[at:])))


def masked(label: str) -> Markup:
    """Return the label of what was masked, which is written alike in every language."""
    of = Markup("") if spoken() is Language.EN else Markup(' lang="en"')
    return Markup('<span class="masked"{}>{}</span>').format(of, label[1:-1])


_PAGES = environment_of(Path(__file__).parent / "templates")
_PAGES.filters.update(labelled=labelled, masked=masked, lines=as_lines, either=either)
_PAGES.globals.update(drafts=DRAFTS, evaluations=PAGE)


def lending(home: Path, joined: Part[Parts]) -> Lend:
    """Return what lends the drafts of a home."""

    async def lend() -> Drafting:
        parts = await joined.get(wait_seconds=PART_WAITS_SECONDS)
        return Drafting(
            parts.review, parts.library, parts.directory, parts.record, own_suites(home)
        )

    return lend


class DraftPages:
    """The routes of drafts."""

    def __init__(self, lend: Lend) -> None:
        self._lend = lend

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route(DRAFTS, self.listed)
        router.add_api_route(DRAFTS, self.make, methods=["POST"])
        router.add_api_route(f"{DRAFTS}/{{number}}", self.draft)
        router.add_api_route(f"{DRAFTS}/{{number}}", self.act, methods=["POST"])
        return router

    async def listed(
        self, request: Request, caller: Evaluator, state: State = "waiting", before: Before = None
    ) -> Response:
        """Show the drafts of a state, newest first, and what readers reported besides."""
        drafting, who = await self._lend(), _who(caller)
        listing = await drafting.listed(who, state=DraftState(state), before=before)
        is_first = state == "waiting" and before is None
        earlier = urlencode({"state": state, "before": listing.earlier or ""})
        return _shown(
            request,
            "drafts.html",
            listing=listing,
            state=state,
            states=list(DraftState),
            earlier=f"{DRAFTS}?{earlier}" if listing.earlier else "",
            reported=await drafting.reported(who) if is_first else (),
        )

    async def make(self, caller: Evaluator, fields: Fields) -> Response:
        """Make a draft of what a reader reported, and open it."""
        drafting, number = await self._lend(), chosen(fields, "case")
        if not re.fullmatch(r"[1-9][0-9]{0,17}", number):
            raise BadInput("`case` as the number of a case", "another", "Use the form as it is.")
        await drafting.make(int(number), _who(caller))
        return back_to(f"{DRAFTS}/{number}")

    async def draft(self, request: Request, number: Number, caller: Evaluator) -> Response:
        """Show one draft, masked, to edit, accept or discard."""
        drafting = await self._lend()
        return _opened(request, drafting, await drafting.draft(number, _who(caller)))

    async def act(
        self, request: Request, number: Number, caller: Evaluator, fields: Fields
    ) -> Response:
        """Keep what was typed, and do what the button says."""
        drafting, who = await self._lend(), _who(caller)
        try:
            return await _done(drafting, number, fields, who)
        except BadRequest as error:
            seen = await drafting.draft(number, who)
            shown = _as_typed(seen, fields) if seen.is_waiting else seen
            return _opened(request, drafting, shown, told(error), fields)


async def _done(drafting: Drafting, number: int, fields: Form, who: Who) -> Response:
    do, _, label = chosen(fields, "do").partition(" ")
    if do not in ("save", "unmask", "accept", "discard"):
        raise BadInput("`do` as a button of the form", "something else", "Use the form as it is.")
    if do == "discard":
        await drafting.discard(number, who)
        return back_to(DRAFTS)
    await drafting.change(number, _edits(fields), who)
    if do == "unmask":
        await drafting.unmask(number, label, who)
    if do == "accept":
        await drafting.accept(number, entered(fields, "suite"), who)
        return back_to(DRAFTS)
    return back_to(f"{DRAFTS}/{number}")


def _as_typed(seen: SeenDraft, fields: Form) -> SeenDraft:
    edits = _edits(fields)
    return replace(
        seen,
        edits=edits,
        question=edits.question,
        earlier=edits.earlier or (),
        as_of=edits.as_of or "",
    )


def _edits(fields: Form) -> Edits:
    """Return what a form says; the words of passages and of answers as they were typed."""
    ticked = (name.removeprefix("gold_") for name in fields if name.startswith("gold_"))
    return Edits(
        question=entered(fields, "question"),
        answerable=_ANSWERABLE.get(fields.get("answerable", "")),
        gold=tuple(sorted(int(each) for each in ticked if re.fullmatch(r"[0-9]{1,3}", each))),
        words=lines_of(entered(fields, "words")),
        facts=facts_of(entered(fields, "facts")),
        lies=lines_of(entered(fields, "lies")),
        language=entered(fields, "language"),
        person=entered(fields, "person"),
        category=entered(fields, "category"),
        earlier=lines_of(entered(fields, "earlier")) if "earlier" in fields else None,
        as_of=entered(fields, "as_of") if "as_of" in fields else None,
    )


def _opened(
    request: Request,
    drafting: Drafting,
    seen: SeenDraft,
    problem: Problem | None = None,
    fields: Form | None = None,
) -> Response:
    suites = drafting.suites.names()
    suite = entered(fields, "suite") if fields else (suites or [FIRST])[0]
    return _shown(
        request,
        "draft.html",
        problem,
        draft=seen,
        asked_by=_in_words(seen.asker),
        limits=[_limit(each) for each in circumstances(seen) if ":" in each],
        edits=seen.edits,
        offered=_OFFERED,
        suites=suites,
        suite=suite,
    )


def _in_words(asker: str) -> str:
    """Return what kind of person asked in the language spoken; names of groups stay."""
    groups = asker.removeprefix("somebody in ")
    return say(asker) if groups == asker else say("somebody in {groups}", groups=groups)


def _limit(told: str) -> str:
    """Return what the search was limited to in the language spoken; what has a name keeps it."""
    name, _, values = told.partition(": ")
    if name in ("kinds", "statuses"):
        values = ", ".join(map(say, values.split(", ")))
    return say("{name}: {values}", name=say(name), values=values)


def _shown(
    request: Request, name: str, problem: Problem | None = None, **context: Any
) -> HTMLResponse:
    status = problem.status if problem else 200
    return page(request, _PAGES.get_template(name), status, problem=problem, **context)


def _who(caller: Caller) -> Who:
    return Who(caller.principal, desk_of(caller))
