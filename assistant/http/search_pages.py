"""The search page, and the part of it that changes while somebody types."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assistant.answers import Question
from assistant.contradicting import conflicts
from assistant.http.errors import of_validation
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.pages import page
from assistant.http.parts import InParts, Looking, Parts, Searcher
from assistant.http.search_requests import MOST_PAGES, FindIn, given_search
from assistant.http.search_shapes import shown_facets, shown_mistakes, shown_results
from assistant.marking import Marker
from assistant.signin.caller import Caller
from retrieval.documents import Scope, now
from retrieval.search.choice import chosen
from retrieval.search.finder import Results
from retrieval.search.wanted import Sort, Wanted

SORTS: Final = {Sort.RELEVANCE: "Relevance", Sort.NEWEST: "Newest first", Sort.TITLE: "Title"}

_NOTHING: Final[dict[str, Any]] = {
    "problem": None,
    "found": None,
    "results": None,
    "mistakes": (),
    "facets": (),
    "total": 0,
    "missing": (),
    "documents": 0,
    "earlier": "",
    "later": "",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/search")
async def search(request: Request, parts: InParts, caller: Searcher) -> HTMLResponse:
    """Search: the box, what results can be narrowed by, and what was found."""
    return await _answered(request, "search.html", parts, caller)


@router.get("/search/results")
async def results(request: Request, parts: InParts, caller: Searcher) -> HTMLResponse:
    """Return what of the search page changes with what is typed and ticked."""
    return await _answered(request, "search_results.html", parts, caller)


async def _answered(request: Request, template: str, parts: Parts, caller: Caller) -> HTMLResponse:
    context: dict[str, Any] = {
        "typed": request.query_params.get("q", ""),
        "sorts": SORTS,
        "may_save": parts.saved is not None,
        **_NOTHING,
    }
    try:
        asked = FindIn.model_validate(given_search(request.query_params.multi_items()))
    except ValidationError as error:
        context |= {"problem": of_validation(error.errors()), "asked": FindIn()}
        return page(request, template, context["problem"].status, **context)
    context["asked"] = asked
    looking = await _looking(parts)
    if asked.is_asked:
        context |= await _found(looking, asked, caller)
    else:
        context |= await _counted(looking, asked, caller)
    return page(request, template, **context)


async def _looking(parts: Parts) -> Looking:
    return await parts.searching.get(wait_seconds=PART_WAITS_SECONDS)


async def _counted(looking: Looking, asked: FindIn, caller: Caller) -> dict[str, Any]:
    """Return what there is to find, before anything is asked."""
    counted = await looking.tally(asked.ticked, principal=caller.principal, as_of=asked.instant)
    choice = chosen(Wanted(), asked.ticked, ())
    return {"facets": shown_facets(counted, choice, Wanted()), "total": counted.total}


async def _found(looking: Looking, asked: FindIn, caller: Caller) -> dict[str, Any]:
    wished = asked.by(caller)
    results = await looking.find(wished)
    passages = [each.passage for each in results.found]
    question = Question(wished.text, caller.principal, Scope(as_of=asked.instant))
    differing = await asyncio.to_thread(conflicts, question, passages, looking.terms)
    marker = Marker(wished.wanted, looking.stems)
    shown = shown_results(
        results, marker, differing, window=wished.window, as_of=asked.instant, instant=now()
    )
    return {
        "found": shown,
        "facets": shown_facets(results.tally, results.choice, wished.wanted),
        "total": results.tally.total,
        "results": results,
        "mistakes": shown_mistakes(wished.wanted.mistakes),
        "missing": marker.missing(f"{each.version.title} {each.text}" for each in passages),
        "documents": len({each.hit.document for each in shown}),
        **_beside(asked, results),
    }


def _beside(asked: FindIn, results: Results) -> dict[str, str]:
    """Return where the earlier and the later results are."""
    earlier = asked.address(page=asked.page - 1) if asked.page > 1 else ""
    is_last = not results.has_more or asked.page == MOST_PAGES
    return {"earlier": earlier, "later": "" if is_last else asked.address(page=asked.page + 1)}
