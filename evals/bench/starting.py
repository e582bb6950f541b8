"""How soon a server answers after a cold start, and how much memory it holds then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

_PATIENCE_SECONDS = 60.0


async def bench(home: Path, port: int) -> dict[str, Any]:
    """Return seconds until `/healthz` answers and until the first question is answered."""
    started = time.perf_counter()
    async with serving(home, port, PINCITE_SIGN_IN="off") as process:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await _until(lambda: client.get("/healthz"))
            healthy = time.perf_counter() - started
            body = {"question": "How much notice must be given?"}
            await _until(lambda: client.post("/api/ask", json=body))
            answered = time.perf_counter() - started
        return {
            "healthy_s": round(healthy, 2),
            "first_answer_s": round(answered, 2),
            "resident_mib": _resident_mib(process),
        }


@asynccontextmanager
async def serving(home: Path, port: int, **settings: str) -> AsyncGenerator[int, None]:
    """Run `pincite serve` on a home while the block runs; lend the id of its process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pincite",
        "serve",
        env={**os.environ, "PINCITE_HOME": str(home), "PINCITE_PORT": str(port), **settings},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until(request: Any) -> None:
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while time.perf_counter() < deadline:
        try:
            if (await request()).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.02)
    raise TimeoutError("The server did not answer in time.")


def _resident_mib(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    return 0
