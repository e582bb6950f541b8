"""What a model's server tells beside answers: how much it takes, and how many tokens a text has.

The only file that knows how: SGLang counts a list of texts at `/tokenize`, vLLM one text, and
llama.cpp one under another name; the first two tell the window at `/v1/models`, the third at
`/props`. What cannot be right is not believed, and nothing here is waited for long.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import httpx

from assistant.calling import address_of, client_of
from assistant.counting import sure

_MOST_BYTES: Final = 16_000_000
_AT_ONCE: Final = 16
_CHARACTERS_PER_TOKEN: Final = 64
_LEAST_WINDOW: Final = 256
_LARGEST_WINDOW: Final = 100_000_000
_SHORT_AND_LONG: Final = ("one", "one and two, and the rest of them")


class Asked(StrEnum):
    """How texts are given to a server to be counted."""

    LIST = "list"
    TEXT = "text"
    CONTENT = "content"


class Served:
    """A model's server, asked about itself.

    `window` is 0 and `way` None until `find_out` has learnt them, and after it where the server
    does not tell.
    """

    def __init__(
        self,
        url: str,
        served: str,
        key: str = "",
        *,
        ca_file: Path | None = None,
        seconds: float = 0.25,
    ) -> None:
        """Raise `BadRequest` for an address or a key that cannot be one."""
        self.window = 0
        self.way: Asked | None = None
        self._served = served
        self._seconds = seconds
        self._tokenize = address_of(url, "/tokenize")
        self._models = address_of(url, "/v1/models")
        self._props = address_of(url, "/props")
        self._client = client_of(key, ca_file, connect_seconds=1.0)

    @property
    def counts(self) -> bool:
        """Return whether the server counts tokens, as far as is known."""
        return self.way is not None

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def find_out(self, seconds: float = 5.0) -> bool:
        """Learn what the server tells; return False if it cannot be reached, or not in time."""
        try:
            async with asyncio.timeout(seconds):
                self.window = await self._find_window()
                self.way = await self._find_way()
        except (TimeoutError, httpx.HTTPError):
            return False
        return True

    async def count(self, texts: Sequence[str]) -> list[int] | None:
        """Return how many tokens each text has, or None: not all were counted rightly in time."""
        if self.way is None:
            return None
        try:
            async with asyncio.timeout(self._seconds):
                return await self._counted(texts, self.way)
        except (TimeoutError, httpx.HTTPError):
            return None

    async def _find_window(self) -> int:
        told = await self._answer("GET", self._models)
        cards = told.get("data") if isinstance(told, dict) else None
        for card in cards if isinstance(cards, list) else ():
            if isinstance(card, dict) and card.get("id") == self._served:
                if window := _window_of(card.get("max_model_len")):
                    return window
                break
        told = await self._answer("GET", self._props)
        set_to = told.get("default_generation_settings") if isinstance(told, dict) else None
        return _window_of(set_to.get("n_ctx")) if isinstance(set_to, dict) else 0

    async def _find_way(self) -> Asked | None:
        """Return the way in which a long text has more tokens than a short one."""
        for way in Asked:
            counts = await self._counted(_SHORT_AND_LONG, way)
            if counts and counts[0] < counts[1]:
                return way
        return None

    async def _counted(self, texts: Sequence[str], way: Asked) -> list[int] | None:
        if way is Asked.LIST:
            counts = _counts_of(await self._told(texts, way))
        else:
            room = asyncio.Semaphore(_AT_ONCE)

            async def one(text: str) -> Any:
                with suppress(httpx.HTTPError):
                    async with room:
                        return await self._told(text, way)

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(each)) for each in texts]
            counts = [_count_of(each.result()) for each in tasks]
        is_right = len(counts) == len(texts) and all(map(_is_possible, counts, texts))
        return counts if is_right else None

    async def _told(self, text: str | Sequence[str], way: Asked) -> Any:
        if way is Asked.CONTENT:
            body: dict[str, Any] = {"content": text, "add_special": False}
        else:
            body = {"model": self._served, "prompt": text, "add_special_tokens": False}
        return await self._answer("POST", self._tokenize, json.dumps(body).encode())

    async def _answer(self, method: str, address: httpx.URL, body: bytes = b"") -> Any:
        """Return the JSON of a good answer, or None; raise `httpx.HTTPError` if none comes."""
        request = self._client.build_request(
            method, address, content=body, headers={"Accept": "application/json"}
        )
        response = await self._client.send(request, stream=True)
        try:
            if response.status_code != httpx.codes.OK:
                return None
            raw = bytearray()
            async for data in response.aiter_raw():
                raw += data
                if len(raw) > _MOST_BYTES:
                    return None
        finally:
            await response.aclose()
        with suppress(ValueError, RecursionError):
            return json.loads(raw)
        return None


def _counts_of(told: Any) -> list[int]:
    counts = told.get("count") if isinstance(told, dict) else None
    return counts if isinstance(counts, list) else []


def _count_of(told: Any) -> int:
    """Return the count of one text, or 0: llama.cpp lists the tokens and does not count them."""
    if not isinstance(told, dict):
        return 0
    count, tokens = told.get("count"), told.get("tokens")
    if count is None and isinstance(tokens, list):
        return len(tokens)
    return count if type(count) is int else 0


def _is_possible(count: Any, text: str) -> bool:
    """Return whether a text may have so many tokens."""
    return type(count) is int and len(text) / _CHARACTERS_PER_TOKEN <= count <= sure(text)


def _window_of(told: Any) -> int:
    return told if type(told) is int and _LEAST_WINDOW <= told <= _LARGEST_WINDOW else 0
