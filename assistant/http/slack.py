"""The entrance for Slack, where it is configured for HTTP: events, buttons and commands alike.

Nobody is signed in here. What Slack signed counts, and nothing else (`assistant.slack.signature`).
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from assistant.http.parts import InParts
from retrieval.errors import NotFound

PATH = "/slack/events"

router = APIRouter(include_in_schema=False)


@router.post(PATH)
async def events(request: Request, parts: InParts) -> Response:
    """Take in what Slack sends, over the exact bytes that came."""
    if parts.slack is None:
        raise NotFound
    answered = await parts.slack.received(await request.body(), request.headers.raw)
    return Response(answered.body, answered.status, media_type=answered.media_type)
