"""Ask and search, as a person."""

from __future__ import annotations

from collections.abc import AsyncIterator

from assistant.http.requests import AskIn, SearchIn
from assistant.http.shapes import HitsOut, shown, shown_hits
from deploy.acting import principal_of
from deploy.operations.operation import Event, Parts, Result, checked
from retrieval.audit.record import OPERATOR


async def ask(
    parts: Parts,
    *,
    question: str,
    user: str | None = None,
    as_of: str | None = None,
    kinds: list[str] | None = None,
) -> AsyncIterator[Event]:
    """Give an answer or a refusal, as `/api/ask` does."""
    asked = checked(AskIn, {"question": question, "as_of": as_of, "kinds": kinds})
    reply = await parts.assistant.ask(asked.by(await principal_of(parts, user), OPERATOR.origin))
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
