"""Ask and search, as a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from assistant.http.hit_shapes import HitsOut, shown_hits
from assistant.http.requests import AskIn, SearchIn
from assistant.http.shapes import shown
from deploy.acting import principal_of
from deploy.operations.operation import Event, Parts, Result, checked
from retrieval.access import Principal
from retrieval.audit.record import OPERATOR
from retrieval.errors import BadRequest

CHANNEL = "command line"
"""No policy opens a tool to it: whoever sits here need not be who they ask as."""


async def ask(
    parts: Parts,
    *,
    question: str,
    user: str | None = None,
    as_of: str | None = None,
    kinds: list[str] | None = None,
    goes_on: bool = False,
) -> AsyncIterator[Event]:
    """Give an answer or a refusal, as `/api/ask` does; `goes_on`, in the last conversation."""
    principal = await principal_of(parts, user)
    place = await _latest(parts, principal) if goes_on else None
    given = {"question": question, "as_of": as_of, "kinds": kinds, "conversation": place}
    asked = checked(AskIn, given)
    put = replace(asked.by(principal, OPERATOR.origin), channel=CHANNEL)
    reply = await parts.assistant.ask(put)
    yield Result(shown(reply).model_dump(mode="json"))


async def search(
    parts: Parts,
    *,
    question: str,
    user: str | None = None,
    as_of: str | None = None,
    kinds: list[str] | None = None,
    limit: int = 10,
) -> AsyncIterator[Event]:
    """Give the best passages, as `/api/search` does."""
    asked = checked(SearchIn, {"q": question, "as_of": as_of, "kind": kinds, "limit": limit})
    query = asked.by(await principal_of(parts, user), OPERATOR.origin)
    found = await parts.assistant.search(query, asked.limit)
    hits = shown_hits(found, query.scope.as_of)
    yield Result(HitsOut(hits=hits).model_dump(mode="json"))


async def _latest(parts: Parts, principal: Principal) -> str:
    """Return the conversation that a person last added to."""
    latest = await parts.history.latest(principal=principal)
    if latest is None:
        raise BadRequest(
            "Expected a conversation of yours to go on with, but none is kept. Ask without "
            "--continue."
        )
    return latest
