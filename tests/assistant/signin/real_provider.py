"""The npm package `oidc-provider` as a process on loopback: a provider that others certified."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.signin.oidc import Provider

HERE = Path(__file__).with_name("provider")
CLIENT = "pincite & co"
SECRET = "a secret: with % and +"


@dataclass
class RealProvider:
    """A running provider."""

    issuer: str
    process: subprocess.Popen[str]

    def settings(self, **more: Any) -> Provider:
        """Return how Pincite is told of it."""
        return Provider("the firm", self.issuer, CLIENT, SECRET, **more)

    def come(self, subject: str, **claims: Any) -> None:
        """Have this person sit at every browser from now on."""
        told = json.dumps({"sub": subject, **claims})
        httpx.put(f"{self.issuer}/person", content=told).raise_for_status()

    async def visit(self, address: str) -> str:
        """Go to the provider as a browser does, and return where it sends the browser back to."""
        async with httpx.AsyncClient() as browser:
            while address.startswith(self.issuer):
                answer = await browser.get(address)
                assert answer.is_redirect, answer.text
                address = str(answer.next_request.url) if answer.next_request else ""
        return address


@contextmanager
def running(cache: Path, redirect_uri: str) -> Iterator[RealProvider]:
    """Run a provider; skip the test where node or the package cannot be had."""
    install(cache)
    port = free_port()
    process = subprocess.Popen(
        ["node", "provider.js", str(port), redirect_uri],
        cwd=cache,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        if process.stdout.readline().strip() != "ready":
            pytest.skip(f"The provider in {cache} does not start: node 20 or later is needed.")
        yield RealProvider(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.communicate()


def install(cache: Path) -> None:
    """Install the pinned package once."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed: apt-get install nodejs npm")
    lock = "package-lock.json"
    is_there = (cache / lock).is_file() and (cache / lock).read_text() == (HERE / lock).read_text()
    for name in ("package.json", "provider.js"):
        shutil.copy(HERE / name, cache / name)
    if not (is_there and (cache / "node_modules").is_dir()):
        shutil.copy(HERE / lock, cache / lock)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=cache,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            (cache / lock).unlink()
            pytest.skip(f"npm could not install oidc-provider: {done.stderr[-200:]}")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
