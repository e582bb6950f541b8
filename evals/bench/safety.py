"""What the safety layers add to a request over HTTP, beside the same request without them.

`python -m evals.bench.safety [FOLDER]`: the home of a library that `group:all` reads, as
`searching` makes them; it is copied, not changed. Without one, 1,000 made-up passages.

The server is asked in this process, through the application and not a socket. The same question
goes to each way of asking in turn, so that what is added is a difference of two requests made one
after the other; `noise` is that difference between two ways that are the same. `alone` has the
model's vectors remembered, so that the model's jitter does not hide what is measured; `with_model`
and `at_once` have not. Milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import numpy as np
from starlette.responses import Response

from assistant.http.parts import Parts as HttpParts
from assistant.signin.caller import Action, Caller, Means
from deploy.parts import Parts
from deploy.serving import Serving
from deploy.settings import Settings
from evals.bench.crowd import ASKER, ORIGIN, move_in
from evals.bench.index_world import World
from evals.bench.layers import EVERY, NONE, Layer, app_with, left_out, remembering
from evals.bench.made_up import fill
from pincite import join
from retrieval.people.credentials import CredentialKind
from retrieval.qdrant.bm25 import Words

BOUND_P95_MS = 25.0
SMALL = 1_000
_QUESTIONS = 100
_WORDS = 12
_AT_ONCE = 8
_ROUNDS = 3
_HOUR_SECONDS = 3600
_ADDRESS = "http://127.0.0.1"
_OUR_OWN = shutil.ignore_patterns("audit", "*.sock", "*.lock", ".probe-*")

Send = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]
Taken = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking: who answers, with which layers."""

    name: str
    layers: frozenset[Layer]
    client: httpx.AsyncClient

    async def timed(self, send: Send, text: str) -> float:
        """Return how many milliseconds a request takes; ask within `left_out`."""
        started = time.perf_counter()
        response = await send(self.client, text)
        taken = 1_000 * (time.perf_counter() - started)
        response.raise_for_status()
        return taken


async def bench(home: Path, questions: int = _QUESTIONS, rounds: int = _ROUNDS) -> dict[str, Any]:
    """Return what the layers add in a home of its own, filled with a library or empty."""
    settings = Settings(pincite_home=home, pincite_sync_minutes=1440)
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(Serving(settings, join))
        parts = await serving.parts()
        if not await parts.journal.count():
            await make_small(parts)
        await move_in(parts)
        ways = await ways_of(parts, serving.http_parts(None, ()), stack)
        texts = await questions_of(parts, questions)
        figures: dict[str, Any] = {"passages": await parts.journal.count()}
        figures["bound_p95_ms"] = BOUND_P95_MS
        with remembering(parts.embedder):
            figures["answered"] = await _answered(ways, texts)
            for name, send in _KINDS.items():
                figures[name] = await _precisely(ways, send, texts)
        for name, send in _KINDS.items():
            figures[name]["with_model"] = await _alone(ways, send, texts)
            figures[name]["at_once"] = await _at_once(ways, send, texts, rounds)
        return figures


async def make_small(parts: Parts) -> None:
    """Fill the library with 1,000 made-up passages."""
    await fill(parts.shelf, World(SMALL), parts.embedder.name, Words().of_body)
    await parts.indexer.bring_along()


async def ways_of(parts: Parts, http: HttpParts, stack: AsyncExitStack) -> dict[str, Way]:
    """Return every way of asking by name: guarded twice, bare twice, and with each layer alone."""
    caller = Caller(await parts.directory.principal(ASKER), None, Means.MACHINE, ORIGIN)
    session, token = await _credentials(parts, http)
    bare: dict[str, frozenset[Layer]] = {"bare": NONE, "again": NONE}
    alone = {each.value: frozenset({each}) for each in Layer}
    chosen = {"session": EVERY, "token": EVERY, **bare, **alone}
    headers = {"token": {"Authorization": f"Bearer {token}"}}
    ways = {}
    for name, layers in chosen.items():
        app = app_with(layers, parts, http, caller)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=_ADDRESS,
            headers=headers.get(name, {"Cookie": session}),
        )
        ways[name] = Way(name, layers, await stack.enter_async_context(client))
    return ways


async def _credentials(parts: Parts, http: HttpParts) -> tuple[str, str]:
    """Return the asker's session, as a browser sends it, and their token."""
    assert http.sign_in
    door = await http.sign_in.get(wait_seconds=60)
    told = Response()
    door.cookies.session.write(told, await door.sessions.begin(ASKER, "benchmark", ORIGIN))
    token, _ = await parts.credentials.make(
        ASKER,
        CredentialKind.TOKEN,
        lasts_seconds=_HOUR_SECONDS * 24,
        scopes=[Action.ASK, Action.SEARCH],
    )
    return told.headers["set-cookie"].split(";")[0], token


async def questions_of(parts: Parts, count: int) -> list[str]:
    """Return questions that the library answers: words of passages from all over it."""
    step = max(await parts.journal.count() // count, 1)
    found = [await parts.journal.points(at * step, 1) for at in range(count)]
    return [" ".join(point.text.split()[:_WORDS]) for each in found for point in each]


async def ask(client: httpx.AsyncClient, text: str) -> httpx.Response:
    """Send a question."""
    return await client.post("/api/ask", json={"question": text})


async def search(client: httpx.AsyncClient, text: str) -> httpx.Response:
    """Send a search."""
    return await client.get("/api/search", params={"q": text})


_KINDS: Mapping[str, Send] = MappingProxyType({"ask": ask, "search": search})


async def _answered(ways: dict[str, Way], texts: Sequence[str]) -> str:
    """Ask each way all that is asked later, so that none has more to do; count the answers."""
    count = 0
    for way in ways.values():
        with left_out(way.layers):
            replies = [(await ask(way.client, text)).json() for text in texts]
        count += sum("sentences" in each for each in replies)
    return f"{count} of {len(ways) * len(texts)}"


async def _precisely(ways: dict[str, Way], send: Send, texts: Sequence[str]) -> dict[str, Any]:
    alone = await _alone(ways, send, texts)
    return {
        "is_within_bound": alone["added_ms"]["p95"] <= BOUND_P95_MS,
        "alone": alone,
        "each_layer_alone": await _each(ways, send, texts),
    }


async def _alone(ways: dict[str, Way], send: Send, texts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one asker, who asks one question after the other."""
    taken = await _in_turn(
        [ways[each] for each in ("session", "token", "bare", "again")], send, texts
    )
    guarded = taken["session"] + taken["token"]
    return {
        "session_ms": _spread(taken["session"]),
        "token_ms": _spread(taken["token"]),
        "bare_ms": _spread(taken["bare"]),
        "added_ms": _spread(_less(guarded, taken["bare"] * 2)),
        "noise_ms": _spread(_less(taken["again"], taken["bare"])),
    }


async def _each(ways: dict[str, Way], send: Send, texts: Sequence[str]) -> dict[str, Any]:
    """Return what each layer adds alone."""
    taken = await _in_turn([ways["bare"], *(ways[each] for each in Layer)], send, texts)
    return {f"{each}_ms": _spread(_less(taken[each], taken["bare"])) for each in Layer}


async def _in_turn(ways: Sequence[Way], send: Send, texts: Sequence[str]) -> Taken:
    """Ask each way each question; whoever goes first changes with every question."""
    taken: Taken = {each.name: [] for each in ways}
    for at, text in enumerate(texts):
        first = at % len(ways)
        for way in (*ways[first:], *ways[:first]):
            with left_out(way.layers):
                taken[way.name].append(await way.timed(send, text))
    return taken


async def _at_once(
    ways: dict[str, Way], send: Send, texts: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Return the figures of eight askers who never pause, and the share of requests left."""
    taken: Taken = {"session": [], "bare": [], "again": []}
    seconds = dict.fromkeys(taken, 0.0)
    for number in range(rounds * len(taken)):
        name = list(taken)[number % len(taken)]
        started = time.perf_counter()
        taken[name] += await _crowd(ways[name], send, texts)
        seconds[name] += time.perf_counter() - started
    return {
        "askers": _AT_ONCE,
        "session_ms": _spread(taken["session"]),
        "bare_ms": _spread(taken["bare"]),
        "added_ms": _spread(_less(taken["session"], taken["bare"])),
        "noise_ms": _spread(_less(taken["again"], taken["bare"])),
        "requests_kept": round(seconds["bare"] / seconds["session"], 3),
    }


async def _crowd(way: Way, send: Send, texts: Sequence[str]) -> list[float]:
    """Let each of the askers ask two questions; return what each took, in the same order."""

    async def asker(number: int) -> list[float]:
        own = [texts[(2 * number + at) % len(texts)] for at in range(2)]
        return [await way.timed(send, text) for text in own]

    with left_out(way.layers):
        found = await asyncio.gather(*(asker(number) for number in range(_AT_ONCE)))
    return [each for one in found for each in one]


def _less(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [ours - theirs for ours, theirs in zip(one, other, strict=True)]


def _spread(taken: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


@asynccontextmanager
async def copied(folder: Path | None) -> AsyncIterator[Path]:
    """Lend a home on the disk that the folder is on, with a copy of its library if one is named."""
    top = folder.parent if folder else None
    with tempfile.TemporaryDirectory(prefix="pincite-safety-", dir=top) as scratch:
        home = Path(scratch) / "home"
        if folder:
            await asyncio.to_thread(shutil.copytree, folder, home, ignore=_OUR_OWN)
        yield home


async def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    async with copied(Path(arguments[0]) if arguments else None) as home:
        print(json.dumps(await bench(home), indent=2))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
