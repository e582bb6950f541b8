"""The pages of one run and of two: a run, a case, two runs side by side, files to keep.

It is for evaluators. `evals.web.seeing` says which cases they see; one that they may not see
looks like one that is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.health import PART_WAITS_SECONDS, Part
from assistant.http.pages import environment_of, page
from assistant.http.parts import Annex, doing, parts_of
from assistant.recorded import note_opening
from assistant.signin.caller import Action, Caller
from deploy.parts import Parts
from deploy.settings import Settings
from evals.comparing.paired import compare
from evals.reports.cases import seen
from evals.reports.compared import compared_of
from evals.reports.html import page_of
from evals.reports.machine import Reported, json_of, junit_of
from evals.reports.rendering import LOOK, TEMPLATES, dress
from evals.reports.report import report_of
from evals.reports.wording import measure_called
from evals.running.kept import KeptRuns
from evals.running.result import Row, Run
from evals.running.session import FOLDER
from evals.starting.bench import Bench
from evals.starting.runner import Runner
from evals.web.drafts import DRAFTS, DraftPages, lending
from evals.web.places import PAGE, Places, run_page
from evals.web.runs import RunsPage
from evals.web.seeing import Openness, Viewer
from evals.web.shelf import RunShelf
from retrieval.documents import Version
from retrieval.errors import NotFound
from retrieval.library import Library

Evaluator = Annotated[Caller, Depends(doing(Action.EVALUATE))]
_PAGES = dress(environment_of(Path(__file__).parent / "templates", TEMPLATES))
_PAGES.globals.update(page=PAGE, drafts=DRAFTS, run_page=run_page)


def evaluations(settings: Settings, joined: Part[Parts]) -> Annex:
    """Return the pages over the runs that are kept in a home."""

    async def parts() -> Parts:
        return await joined.get(wait_seconds=PART_WAITS_SECONDS)

    async def library() -> Library:
        return (await parts()).library

    shelf = RunShelf(KeptRuns(settings.home / FOLDER), library)
    drafts = DraftPages(lending(settings.home, joined))
    return annex_of(shelf, drafts, Runner(settings, parts))


def annex_of(shelf: RunShelf, drafts: DraftPages, runner: Runner) -> Annex:
    """Return the pages over runs and drafts. What is at work ends with the server."""
    bench = Bench()
    runs = RunsPage(shelf, bench, runner, _PAGES)

    @asynccontextmanager
    async def lent(_: object) -> AsyncIterator[None]:
        yield
        await bench.stop()

    # What is named comes before the id of a run, which matches anything.
    routes = [*drafts.router().routes, *runs.router().routes, *Evaluations(shelf).router().routes]
    router = APIRouter(routes=routes, lifespan=lent)
    return Annex(router, PAGE, "Evaluations", Action.EVALUATE)


class Evaluations:
    """The routes of the page."""

    def __init__(self, shelf: RunShelf) -> None:
        self._shelf = shelf

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route(f"{PAGE}/look.css", look)
        router.add_api_route(f"{PAGE}/compare", self.compared)
        router.add_api_route(f"{PAGE}/{{run}}", self.opened)
        router.add_api_route(f"{PAGE}/{{run}}/files/{{kind}}", self.saved)
        router.add_api_route(f"{PAGE}/{{run}}/cases/{{case:path}}", self.case)
        return router

    async def opened(self, request: Request, run: str, caller: Evaluator) -> Response:
        """Show a run: its figures, and the cases that the caller may see."""
        found, rows, viewer = await self._read(run, caller)
        earlier = await self._shelf.runs()
        links, may_see = Places(found, viewer), viewer.may_see
        report = await asyncio.to_thread(
            report_of, found, rows, earlier, links=links, may_see=may_see
        )
        others = [each for each in earlier if _is_like(each, found)]
        is_own = viewer.openness is Openness.READERS
        context = {"report": report, "others": others, "is_own": is_own}
        return _shown(request, "evaluation.html", **context)

    async def case(self, request: Request, run: str, case: str, caller: Evaluator) -> Response:
        """Show one case, with the words that it rests on where they stand."""
        found, rows, viewer = await self._read(run, caller)
        for row in rows:
            if row.case.id == case and viewer.may_see(row):
                await _note(request, caller, viewer.shown([row]))
                return _shown(request, "evaluated_case.html", **_about(found, row, viewer))
        raise NotFound("There is no such case for you.")

    async def compared(
        self,
        request: Request,
        caller: Evaluator,
        first: Annotated[str, Query(max_length=200)],
        second: Annotated[str, Query(max_length=200)],
    ) -> Response:
        """Show two runs side by side, and the cases that came out otherwise."""
        a, before, seer = await self._read(first, caller)
        b, after, viewer = await self._read(second, caller)
        compared = await asyncio.to_thread(
            compared_of,
            await asyncio.to_thread(compare, before, after),
            (a, b),
            (before, after),
            links=(Places(a, seer), Places(b, viewer)),
            may_see=lambda one, other: seer.may_see(one) and viewer.may_see(other),
        )
        pairs = compared.pairs
        await _note(request, caller, seer.shown(each.first.row for each in pairs))
        await _note(request, caller, viewer.shown(each.second.row for each in pairs))
        return _shown(request, "compared_runs.html", compared=compared)

    async def saved(self, request: Request, run: str, kind: str, caller: Evaluator) -> Response:
        """Return a run as a file: HTML, JSON or JUnit's XML, with the cases one may see."""
        found, rows, viewer = await self._read(run, caller)
        visible = [row for row in rows if viewer.may_see(row)]
        if kind not in _FILES:
            raise NotFound("There is no such file.")
        await _note(request, caller, viewer.shown(visible))
        media_type, ending = _FILES[kind]
        earlier = await self._shelf.runs()
        text = await asyncio.to_thread(_written, kind, found, rows, viewer, earlier)
        disposition = f'attachment; filename="{found.id}.{ending}"'
        return Response(text, media_type=media_type, headers={"Content-Disposition": disposition})

    async def _read(self, run_id: str, caller: Caller) -> tuple[Run, list[Row], Viewer]:
        run = await self._shelf.run(run_id)
        rows = await self._shelf.rows(run)
        return run, rows, await self._shelf.viewer(run, rows, principal=caller.principal)


async def look(caller: Evaluator) -> Response:
    """Return the style of charts and cases."""
    return Response(LOOK.read_text(encoding="utf-8"), media_type="text/css")


_FILES = {
    "html": ("text/html", "html"),
    "json": ("application/json", "json"),
    "junit": ("application/xml", "xml"),
}


def _written(
    kind: str, run: Run, rows: Sequence[Row], viewer: Viewer, earlier: Sequence[Run]
) -> str:
    """Return a run as a file's text."""
    if kind == "html":
        return page_of(run, rows, earlier, may_see=viewer.may_see)
    report = report_of(run, rows, may_see=viewer.may_see)
    gate = None if run.gate is None else report.gate
    visible = Reported(replace(run, gate=gate), [row for row in rows if viewer.may_see(row)])
    return json_of([visible]) if kind == "json" else junit_of([visible])


def _about(run: Run, row: Row, viewer: Viewer) -> dict[str, Any]:
    """Return what the page of a case shows."""
    return {
        "run": run,
        "one": seen(row, Places(run, viewer, row.case.as_of)),
        "scores": [(measure_called(name), score) for name, score in row.scores.items()],
        "is_elsewhere": bool(run.corpus) and not viewer.same,
    }


def _is_like(one: Run, run: Run) -> bool:
    """Return whether two different runs have cases in common, as far as can be told."""
    return one.id != run.id and one.stamp.suite == run.stamp.suite


def _shown(request: Request, name: str, **context: Any) -> HTMLResponse:
    return page(request, _PAGES.get_template(name), **context)


async def _note(request: Request, caller: Caller, versions: Sequence[Version]) -> None:
    """Note that the words of these versions are shown, before they are."""
    for each in versions:
        await note_opening(
            parts_of(request).record,
            each,
            principal=caller.principal,
            origin=caller.origin,
            what="evaluation",
        )
