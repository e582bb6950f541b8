"""How soon Slack is acknowledged while the model is down and more is asked than can be answered.

`python -m evals.bench.acknowledging`: a server of its own with 1,000 made-up passages takes signed
mentions over HTTP on loopback, each of a thread of its own, and answers them through a stand-in for
Slack. The model's address leads nowhere. First it is measured how many a second are answered; then
as many, and twice as many, come for some seconds, whatever was answered by then. Milliseconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from assistant.http.app import create_app
from deploy.serving import Serving
from deploy.settings import Settings
from deploy.web_server import web_server
from evals.bench.crowd import ASKER, move_in
from evals.bench.ports import free_port
from evals.bench.safety import make_small, questions_of
from evals.bench.slack_standin import BOT, DOMAIN, TEAM, USER, SlackStandIn
from pincite import join

BOUND_P99_MS = 500.0
BOUND_MOST_MS = 3_000.0
_SECRET = "f" * 32
_FIRST = 24
_FEWEST = 60
_SECONDS = 20.0
_PATIENCE_SECONDS = 180.0


async def bench(home: Path, seconds: float = _SECONDS) -> dict[str, Any]:
    """Return how long acknowledging takes in a home of its own, at one and two times the load."""
    await asyncio.to_thread(_prepare, home)
    slack = SlackStandIn(ASKER)
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(slack.served())
        serving = await stack.enter_async_context(Serving(_settings(home, api), join))
        parts = await serving.parts()
        await make_small(parts)
        await move_in(parts)
        url = await stack.enter_async_context(_served(serving))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        asking = Asking(client, await questions_of(parts, 100))
        await asking.until_ready()
        answered = await _answered_each_second(asking, slack)
        figures: dict[str, Any] = {
            "answered_each_second": round(answered, 2),
            "bound_p99_ms": BOUND_P99_MS,
            "bound_most_ms": BOUND_MOST_MS,
        }
        for times in (1, 2):
            lasts = max(seconds, _FEWEST / (times * answered))
            figures[f"at_{times}x"] = _told(await asking.for_a_while(times * answered, lasts))
        return figures


class Asking:
    """Slack's side: mentions, signed and posted, each timed until it is acknowledged."""

    def __init__(self, client: httpx.AsyncClient, texts: Sequence[str]) -> None:
        self._client = client
        self._texts = itertools.cycle(texts)
        self._numbers = itertools.count(1)

    async def until_ready(self) -> None:
        """Wait until the server has signed in to Slack."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while (await self._send(b'{"type":"url_verification","challenge":"c"}')) != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def ask(self) -> float:
        """Mention the app once; return the milliseconds until that was acknowledged."""
        raw = json.dumps(_mention(next(self._numbers), next(self._texts))).encode()
        started = time.perf_counter()
        status = await self._send(raw)
        taken = 1_000 * (time.perf_counter() - started)
        if status != 200:
            raise RuntimeError(f"Expected an acknowledgement, got status {status}.")
        return taken

    async def for_a_while(self, each_second: float, seconds: float) -> list[float]:
        """Ask so often, whatever was acknowledged by then; return the milliseconds of each."""
        loop, asked = asyncio.get_running_loop(), []
        began = loop.time()
        for number in range(max(1, round(each_second * seconds))):
            await asyncio.sleep(max(0.0, began + number / each_second - loop.time()))
            asked.append(asyncio.create_task(self.ask()))
        return await asyncio.gather(*asked)

    async def _send(self, raw: bytes) -> int:
        stamp = str(int(time.time()))
        signed = b"v0:" + stamp.encode() + b":" + raw
        digest = hmac.new(_SECRET.encode(), signed, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        return (await self._client.post("/slack/events", content=raw, headers=headers)).status_code


async def _answered_each_second(asking: Asking, slack: SlackStandIn) -> float:
    """Return how many questions are answered a second when there are always some waiting."""
    started = time.perf_counter()
    await asyncio.gather(*(asking.ask() for _ in range(_FIRST)))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while slack.told < _FIRST:  # noqa: ASYNC110 - another task counts
            await asyncio.sleep(0.02)
    return _FIRST / (time.perf_counter() - started)


@asynccontextmanager
async def _served(serving: Serving) -> AsyncGenerator[str, None]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = web_server(create_app(serving.http_parts(None, ())))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


def _prepare(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "slack.yaml").write_text(
        f"workspaces:\n  {TEAM}:\n    domains:\n      {DOMAIN}: name\n"
        "usual:\n  each hour: 0\n  all each hour: 0\n"
    )


def _settings(home: Path, api: str) -> Settings:
    return Settings(
        pincite_home=home,
        pincite_sync_minutes=1440,
        model_url=f"http://127.0.0.1:{free_port()}",
        model_name="gone",
        slack_bot_token=SecretStr("xoxb-bench"),
        slack_signing_secret=SecretStr(_SECRET),
        slack_connection="http",
        slack_api=api,
    )


def _mention(number: int, text: str) -> dict[str, Any]:
    """Return a mention in a channel of its own, so that no limit of Slack's holds answers up."""
    ts = f"{int(time.time())}.{number:06d}"
    event = {"type": "app_mention", "user": USER, "text": f"<@{BOT}> {text}", "ts": ts}
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "event_id": f"Ev{number:09d}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "event": event | {"channel": f"C{number:09d}", "event_ts": ts, "team": TEAM},
    }


def _told(taken: Sequence[float]) -> dict[str, float]:
    middle, late = np.percentile(taken, (50, 99))
    told = {"events": len(taken), "p50_ms": middle, "p99_ms": late, "most_ms": max(taken)}
    return {name: round(float(value), 1) for name, value in told.items()}


def main() -> None:
    """Print the figures; say on standard error what they mean."""
    with tempfile.TemporaryDirectory(prefix="pincite-slack-") as folder:
        figures = asyncio.run(bench(Path(folder) / "home"))
    late = max(figures["at_1x"]["p99_ms"], figures["at_2x"]["p99_ms"])
    print(f"acknowledged within {late} ms (p99, bound {BOUND_P99_MS})", file=sys.stderr)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
