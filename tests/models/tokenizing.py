"""Stand-ins that count tokens as the servers do which people run: a word is a token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.models.parrots import Puppet

Body = dict[str, Any]


def as_sglang(body: Body) -> Body | None:
    """Count one text, or a list of them."""
    prompt = body.get("prompt")
    if isinstance(prompt, list):
        tokens = [_tokens(each) for each in prompt]
        return {"tokens": tokens, "count": [len(each) for each in tokens], "max_model_len": 8192}
    return as_vllm(body)


def as_vllm(body: Body) -> Body | None:
    """Count one text; a list is refused."""
    prompt = body.get("prompt")
    if not isinstance(prompt, str):
        return None
    return {"count": len(_tokens(prompt)), "max_model_len": 8192, "tokens": _tokens(prompt)}


def as_llama(body: Body) -> Body | None:
    """Give the tokens of what is called content, and of nothing else none."""
    return {"tokens": _tokens(str(body.get("content", "")))}


class Tokenizing(Puppet):
    """Counts in one of these ways. It tells its window in its card, or as llama.cpp does.

    `altered` may change what is answered; `holds` never answers.
    """

    def __init__(
        self, manner: Callable[[Body], Body | None], *, window: int = 8192, is_llama: bool = False
    ) -> None:
        super().__init__()
        self.manner = manner
        self.window = window
        self.counted: list[Body] = []
        self.keys: set[str] = set()
        self.altered: Callable[[Any], Any] = lambda told: told
        self.holds = False
        self._is_llama = is_llama
        self._app.add_route("/tokenize", self._tokenize, methods=["POST"])
        self._app.add_route("/props", self._props)

    async def _tokenize(self, request: Request) -> Response:
        body = await request.json()
        self.counted.append(body)
        self.keys.add(request.headers.get("authorization", ""))
        if self.holds:
            await asyncio.sleep(60)
        told = self.manner(body)
        if told is None:
            return JSONResponse({"error": "prompt must be a string"}, 400)
        return JSONResponse(self.altered(told))

    async def _props(self, _: Request) -> Response:
        if not self._is_llama:
            return Response(status_code=404)
        return JSONResponse({"default_generation_settings": {"n_ctx": self.window}})

    async def _models(self, _: Request) -> Response:
        card = {"id": self.model, "object": "model"}
        return JSONResponse(
            {"data": [card if self._is_llama else {**card, "max_model_len": self.window}]}
        )


def _tokens(text: str) -> list[int]:
    return [*range(len(text.split()))]
