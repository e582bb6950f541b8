"""The first page of Evaluations: every run by its suite, one at work, and the form that starts one.

Whoever may see runs may start and stop them. What is at work is told to all of them: who began it,
and how far it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from assistant.http.administering import back_to, chosen, desk_of, entered, told
from assistant.http.errors import Problem
from assistant.http.forms import Fields, Form
from assistant.http.pages import page
from assistant.http.parts import doing, parts_of
from assistant.signin.caller import Action, Caller
from assistant.wording import Language, speaking
from evals.presets.configuration import named
from evals.starting.bench import Bench, Job
from evals.starting.runner import Runner
from evals.starting.wanted import MOST_CASES, MOST_MINUTES, Wanted, count_of
from evals.suites.listing import suites_in
from evals.web.places import PAGE
from evals.web.shelf import RunShelf, lines_of
from retrieval.audit.event import Act, Event, Json
from retrieval.errors import BadRequest

AT_WORK: Final = f"{PAGE}/at-work"
_SCRIPT: Final = Path(__file__).parent / "static" / "at_work.js"

Evaluator = Annotated[Caller, Depends(doing(Action.EVALUATE))]


@dataclass(frozen=True, slots=True)
class RunsPage:
    """The routes of the list of runs, and of the run that is at work."""

    shelf: RunShelf
    bench: Bench
    runner: Runner
    templates: Environment

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route(PAGE, self.listed)
        router.add_api_route(PAGE, self.start, methods=["POST"])
        router.add_api_route(AT_WORK, self.at_work)
        router.add_api_route(f"{AT_WORK}/stop", self.stop, methods=["POST"])
        router.add_api_route(f"{AT_WORK}.js", script)
        return router

    async def listed(self, request: Request, caller: Evaluator) -> Response:
        """Show every run by its suite, how the figures went, and what is at work."""
        return await self._shown(request)

    async def start(self, request: Request, caller: Evaluator, fields: Fields) -> Response:
        """Start a run, and show how far it is."""
        try:
            wanted = _wanted(fields)
            self.bench.require_free()
            start = await self.runner.ready(wanted, caller.name)
            await _note(request, caller, "run", wanted)
            with speaking(Language.EN):  # what a run leaves is not of whoever started it
                self.bench.begin(wanted, start, by=caller.display)
        except BadRequest as error:
            return await self._shown(request, told(error), fields)
        return back_to(f"{PAGE}#at-work")

    async def at_work(self, caller: Evaluator) -> Response:
        """Tell a script how far the run is."""
        return JSONResponse(_told(self.bench.job))

    async def stop(self, request: Request, caller: Evaluator, fields: Fields) -> Response:
        """Stop what is at work."""
        job = self.bench.job
        if job and job.is_running:
            await _note(request, caller, "stop", job.wanted)
            await self.bench.stop()
        return back_to(f"{PAGE}#at-work")

    async def _shown(
        self, request: Request, problem: Problem | None = None, fields: Form | None = None
    ) -> HTMLResponse:
        found = await self.shelf.everything()
        return page(
            request,
            self.templates.get_template("evaluations.html"),
            problem.status if problem else 200,
            problem=problem,
            lines=lines_of(found.runs),
            damaged=found.damaged,
            job=self.bench.job,
            suites=await asyncio.to_thread(suites_in, self.runner.settings.home),
            configurations=named(),
            given=fields or {},
        )


async def script(caller: Evaluator) -> Response:
    """Return the script that keeps the page in step with the run."""
    return Response(_SCRIPT.read_text(encoding="utf-8"), media_type="text/javascript")


def _wanted(fields: Form) -> Wanted:
    return Wanted(
        suite=chosen(fields, "suite"),
        configuration=chosen(fields, "configuration"),
        limit=count_of(entered(fields, "limit"), MOST_CASES, "how many cases are asked at most"),
        minutes=count_of(entered(fields, "minutes"), MOST_MINUTES, "how many minutes it may take"),
        is_gated="gate" in fields,
    )


def _told(job: Job | None) -> dict[str, Any]:
    if job is None:
        return {"state": ""}
    return {"state": job.state, "done": job.done, "total": job.total}


async def _note(request: Request, caller: Caller, did: str, wanted: Wanted) -> None:
    """Note that a run is started or stopped, before it is."""
    desk = desk_of(caller)
    about: dict[str, Json] = {"do": did, "limit": wanted.limit, "minutes": wanted.minutes}
    words = {"suite": wanted.suite, "configuration": wanted.configuration}
    await parts_of(request).record.note(Event(Act.EVALUATE, desk.by, desk.origin, about, words))
