"""What happens when more is asked than the model can answer: `python -m evals.bench.overload`.

`pincite serve` runs as it is, over real HTTP, with a stand-in for the model that takes the time
one takes. People ask whether or not they are answered (open loop, Poisson), at parts and multiples
of what the model can do. A question has been *admitted* if it was not told to come again (429). An
admitted one is answered by the model, or with quotes where its turn did not come in time; both are
given. What ends in any other way is lost. Seconds, as the client sees them.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import numpy as np

from assistant.signin.caller import Action
from deploy.operations.indexing import add
from deploy.settings import Settings
from deploy.terminal import follow
from evals.bench.model_standin import NAME, Hardware, ModelStandIn
from evals.bench.ports import free_port
from evals.bench.safety import questions_of
from evals.bench.starting import serving
from evals.bench.taking_in import write_files
from pincite import join
from retrieval.people.credentials import CredentialKind

LOADS = (0.5, 0.9, 1.0, 2.0, 4.0)
SECONDS = 60.0
BOUND_P99_RATIO = 1.5
BOUND_GOODPUT = 0.9
BOUND_REFUSAL_SECONDS = 0.1
_PEOPLE = 400
_FILES = 24
_QUESTIONS = 200
_WARM_SECONDS = 8.0
_START_SECONDS = 120.0
_A_DAY_SECONDS = 86_400

Ended = Literal["model", "quotes", "refused", "unsupported", "lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question went; `first` is when its first sentence or its refusal came.

    `why` says of a lost one how it ended: a status, the last event, or what broke.
    """

    ended: Ended
    asked: float
    first: float = 0.0
    last: float = 0.0
    retry_after: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """Who asks, and what."""

    tokens: Sequence[str]
    questions: Sequence[str]


async def bench(
    home: Path, loads: Sequence[float] = LOADS, seconds: float = SECONDS
) -> dict[str, Any]:
    """Return the figures of each load, and whether they are within the bounds."""
    house = await _move_in(home)
    hardware = Hardware()
    model = ModelStandIn(hardware)
    capacity = hardware.capacity()
    figures: dict[str, Any] = {
        "capacity_per_s": round(capacity, 2),
        "slots": hardware.slots,
        "seconds_each": seconds,
        "loads": {},
    }
    async with model.served() as url, _server(home, url, hardware) as client:
        await _warm_up(client, house)
        for load in loads:
            outcomes = await _offer(client, house, load * capacity, seconds)
            figures["loads"][str(load)] = figures_of(outcomes, seconds)
            print(f"{load} of capacity offered", file=sys.stderr, flush=True)
    figures["most_waiting_in_the_model"] = model.most_waiting
    return figures | verdict(figures["loads"])


async def _move_in(home: Path) -> House:
    """Fill a home with documents that everyone reads, and people who have tokens."""
    async with join(Settings(pincite_home=home)) as parts:
        files = home / "files"
        files.mkdir()
        write_files(files, 0, _FILES)
        await follow(add(parts, paths=[str(files)], readers=["everyone"]))
        tokens = []
        for number in range(_PEOPLE):
            await parts.directory.add(f"person-{number}")
            token, _ = await parts.credentials.make(
                f"person-{number}",
                CredentialKind.TOKEN,
                lasts_seconds=_A_DAY_SECONDS,
                scopes=[Action.ASK],
            )
            tokens.append(token)
        return House(tokens, await questions_of(parts, _QUESTIONS))


@asynccontextmanager
async def _server(
    home: Path, model: str, hardware: Hardware
) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Run `pincite serve` on the home while the block runs; lend a client of it."""
    port = free_port()
    settings = {"MODEL_URL": model, "MODEL_NAME": NAME, "MODEL_AT_ONCE": str(hardware.slots)}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
    async with (
        serving(home, port, **settings),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=60, trust_env=False
        ) as client,
    ):
        yield client


async def _warm_up(client: httpx.AsyncClient, house: House) -> None:
    """Ask until the model answers."""
    until = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < until:
        if (await _ask(client, house.tokens[0], house.questions[0])).ended == "model":
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("No answer of the model came in time.")


async def _offer(
    client: httpx.AsyncClient, house: House, per_second: float, seconds: float
) -> list[Outcome]:
    """Ask at that rate, and return what was asked once the load had built up."""
    drawn = random.Random(per_second)  # noqa: S311 - not for secrets
    asking: list[asyncio.Task[Outcome]] = []
    began = at = time.perf_counter()
    while (at := at + drawn.expovariate(per_second)) < began + _WARM_SECONDS + seconds:
        await asyncio.sleep(max(at - time.perf_counter(), 0))
        who, what = drawn.choice(house.tokens), drawn.choice(house.questions)
        asking.append(asyncio.create_task(_ask(client, who, what)))
    outcomes = await asyncio.gather(*asking)
    return [each for each in outcomes if each.asked >= began + _WARM_SECONDS]


async def _ask(client: httpx.AsyncClient, token: str, question: str) -> Outcome:
    asked = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with client.stream(
            "POST", "/api/ask/stream", json={"question": question}, headers=headers
        ) as response:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                await response.aread()
                now = time.perf_counter()
                wait = int(response.headers.get("retry-after", "0"))
                return Outcome("refused", asked, now, now, wait)
            return await _read(response, asked)
    except httpx.HTTPError as error:
        return Outcome("lost", asked, why=type(error).__name__)


async def _read(response: httpx.Response, asked: float) -> Outcome:
    """Return how an admitted question went, by the events that came."""
    mode: Ended = "lost"
    event, first = "", 0.0
    async for line in response.aiter_lines():
        name, _, data = line.partition(": ")
        if name == "event":
            event = data
            first = first or (time.perf_counter() if event == "sentence" else 0.0)
        elif name == "data" and event == "sources":
            mode = "model" if json.loads(data)["mode"] == "model" else "quotes"
    now = time.perf_counter()
    if event == "refusal":
        return Outcome("unsupported", asked, now, now)
    why = "" if event == "done" else event or f"status {response.status_code}"
    return Outcome("lost" if why else mode, asked, first, now, why=why)


def figures_of(outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    """Return how many ended how, a rate, and how long they took."""
    of: dict[str, list[Outcome]] = {}
    for each in outcomes:
        of.setdefault(each.ended, []).append(each)
    model, quotes, refused = (of.get(each, []) for each in ("model", "quotes", "refused"))
    return {
        "offered": len(outcomes),
        "answered_by_model": len(model),
        "answered_in_quotes": len(quotes),
        "not_supported": len(of.get("unsupported", [])),
        "refused_429": len(refused),
        "lost": len(of.get("lost", [])),
        "lost_by": Counter(each.why for each in of.get("lost", [])),
        "goodput_per_s": round(len(model) / seconds, 2),
        "first_sentence_of_model_s": _spread([each.first - each.asked for each in model]),
        "first_sentence_of_admitted_s": _spread(
            [each.first - each.asked for each in model + quotes]
        ),
        "whole_answer_of_model_s": _spread([each.last - each.asked for each in model]),
        "refusal_s": _spread([each.first - each.asked for each in refused]),
        "retry_after_s": _spread([each.retry_after for each in refused]),
    }


def verdict(loads: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that count, if the model answered at the loads they are made of."""
    before, over = loads.get("0.9"), loads.get("4.0")
    if not (before and over and before["answered_by_model"] and over["answered_by_model"]):
        return {"is_within_bounds": False}
    peak = max(each["goodput_per_s"] for each in loads.values())
    ratios = {
        name: round(over[name]["p99"] / before[name]["p99"], 2)
        for name in ("first_sentence_of_model_s", "first_sentence_of_admitted_s")
    }
    kept = round(over["goodput_per_s"] / peak, 3)
    lost = sum(each["lost"] for each in loads.values())
    return {
        "p99_at_4_by_p99_at_0.9": ratios,
        "goodput_kept_at_4": kept,
        "lost": lost,
        "is_within_bounds": max(ratios.values()) <= BOUND_P99_RATIO
        and kept >= BOUND_GOODPUT
        and not lost
        and over["refusal_s"].get("p99", 0) <= BOUND_REFUSAL_SECONDS,
    }


def _spread(taken: Sequence[float]) -> dict[str, float]:
    if not taken:
        return {}
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}


async def main(seconds: float) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="pincite-overload-") as folder:
        print(json.dumps(await bench(Path(folder) / "home", seconds=seconds), indent=2))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
