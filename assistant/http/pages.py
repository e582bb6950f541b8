"""The page to ask on, and what all pages share. They work without scripts."""

from __future__ import annotations

import re
import secrets
from datetime import date
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, Template
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from assistant import wording
from assistant.administration import administers
from assistant.http.ask import replied
from assistant.http.conversation_shapes import TurnOut, shown_turns
from assistant.http.conversations import ID
from assistant.http.drawn import bulleted, drawn
from assistant.http.errors import Problem, of_validation
from assistant.http.escaping import escaping
from assistant.http.forms import token_for
from assistant.http.grouped import grouped
from assistant.http.health import PART_WAITS_SECONDS
from assistant.http.keys import has_letter_keys
from assistant.http.languages import NAMES, here, let_speak, says
from assistant.http.opened import flowing
from assistant.http.owners import due_of, looked_at
from assistant.http.parts import Asker, InParts, Parts, parts_of
from assistant.http.related import RelatedOut, cited_first, suggested
from assistant.http.requests import QUESTION_LIMIT, AskIn, given
from assistant.http.shapes import AnswerOut
from assistant.http.table import table
from assistant.signin.addresses import HOME
from assistant.signin.caller import Action, Caller, may
from retrieval.documents import Kind, Status, day_of, now
from retrieval.people.glass import OWNERS_SEE_DAYS

WEB = Path(__file__).parent.parent / "web"

_NAMES = re.compile(r"`(\w+)`")
_WORDS = {"question": "a question", "q": "a question", "as_of": "the day", "kinds": "the kind"}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def _day(value: date | int | None) -> str:
    if isinstance(value, int):
        value = day_of(value)
    return wording.day(value) if value else ""


def _said(expected: str) -> str:
    """Return what was expected in a form's own words instead of the API's names."""
    return _NAMES.sub(lambda match: _WORDS.get(match[1], match[1]), expected)


def environment_of(*folders: Path) -> Environment:
    """Return what renders our templates and those in `folders`, which may extend ours."""
    environment = escaping(WEB / "templates", *folders)
    environment.filters.update(day=_day, flowing=flowing, drawn=drawn, said=_said)
    environment.filters["bulleted"] = bulleted
    environment.filters.update(grouped=grouped, iso_day=lambda day: _day(date.fromisoformat(day)))
    environment.globals.update(table=lambda rows: table([each.runs for each in rows]))
    environment.globals.update(kinds=list(Kind), statuses=list(Status), limit=QUESTION_LIMIT)
    environment.globals.update(owners_see_days=OWNERS_SEE_DAYS)
    environment.globals.update(says=says, languages=NAMES)
    return let_speak(environment)


_TEMPLATES = environment_of()


def page(
    request: Request, template: str | Template, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page; who asks is shown on each."""
    parts, asker = parts_of(request), getattr(request.state, "caller", None)
    people = parts.people
    html = _TEMPLATES.get_template(template).render(
        asker=asker,
        is_administrator=bool(parts.administration and asker and administers(asker)),
        annexes=[each for each in parts.annexes if asker and may(asker, each.action)],
        is_reviewer=bool(parts.review and asker and may(asker, Action.REVIEW)),
        may_govern=bool(parts.governing and asker and may(asker, Action.GOVERN)),
        may_report=parts.review is not None,
        form_token=token_for(request),
        people=people,
        has_history=parts.history is not None,
        may_share=parts.sharing is not None,
        may_act=bool(parts.workbench and asker and may(asker, Action.ACT)),
        chosen=people.chosen(request).name if people else "",
        today=day_of(now()),
        language=wording.spoken(),
        letter_keys=has_letter_keys(request),
        **{"due": getattr(request.state, "due", 0), "this_page": here(request), **context},
    )
    return HTMLResponse(html.encode("utf-8", "replace"), status)


def error_page(request: Request, problem: Problem) -> HTMLResponse:
    """Return a page that says what was expected, what came and what to do.

    It does not repeat its address: it is the same for what is not there and what is not yours.
    """
    return page(request, "error.html", problem.status, problem=problem, this_page=HOME)


@router.get("/")
async def home(request: Request, parts: InParts, caller: Asker) -> HTMLResponse:
    """Ask: the box alone, or the box and the reply to `q`."""
    fields = _as_asked(given(request.query_params.multi_items()))
    before = fields.pop("before", "")
    context: dict[str, Any] = {"examples": parts.examples, "fields": fields, "problem": None}
    context |= {"looked_at": [], "turns": [], "conversation": fields.get("conversation", "")}
    context |= {"due_of": (), "changes": {}, "before": "", "title": "", "related": []}
    context |= {"past_day": None, "reportable": frozenset[str]()}
    if "question" not in fields:
        context["looked_at"] = await looked_at(request, caller)
        context["due_of"] = await due_of(request, caller)
        return page(request, "ask.html", reply=None, **context)
    try:
        asked = AskIn.model_validate(fields)
    except ValidationError as error:
        context["problem"] = of_validation(error.errors())
        return page(request, "ask.html", context["problem"].status, reply=None, **context)
    context["answer"] = asked.answer or secrets.token_hex(16)
    asked = asked.model_copy(update={"answer": context["answer"]})
    asked, context["turns"] = await _placed(asked, before, parts, caller)
    if asked.as_of and asked.as_of < day_of(now()):
        context["past_day"] = asked.as_of
    reply = await replied(asked, parts, caller)
    context["conversation"] = reply.conversation
    context["groups"] = grouped(reply) if isinstance(reply, AnswerOut) else []
    context["related"] = await _related(request, reply, parts, caller)
    return page(request, "ask.html", reply=reply, **context)


async def _placed(
    asked: AskIn, before: str, parts: Parts, caller: Caller
) -> tuple[AskIn, list[TurnOut]]:
    """Return a question in its conversation, and what came before it there.

    Where it takes the place of a turn, it begins another conversation with what came before that.
    """
    if not asked.conversation or parts.history is None:
        return asked, []
    history = await parts.history.get(wait_seconds=PART_WAITS_SECONDS)
    if ID.fullmatch(before):
        anew = await history.branch(asked.conversation, before, principal=caller.principal)
        asked = asked.model_copy(update={"conversation": anew or None})
    if not asked.conversation:
        return asked, []
    earlier = await history.opened(asked.conversation, principal=caller.principal)
    return asked, shown_turns(asked.conversation, earlier).turns


async def _related(
    request: Request, reply: BaseModel, parts: Parts, caller: Caller
) -> list[RelatedOut]:
    """Return what else may be asked of the documents that an answer cites."""
    if not isinstance(reply, AnswerOut):
        return []
    library = await parts.library.get(wait_seconds=PART_WAITS_SECONDS)
    return await suggested(request, library, caller, cited_first(reply))


def _as_asked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return form fields under the names that `AskIn` gives them."""
    names = {"q": "question", "kind": "kinds"}
    return {names.get(name, name): value for name, value in fields.items()}
