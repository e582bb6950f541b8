"""The readiness check finds what is wrong with a model server, over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy" / "sglang" / "ready.py"
KEY = "k" * 40


@dataclass
class Served:
    """How a stand-in behaves."""

    name: str = "tiny-1"
    words: str | None = "yes [1.1]"
    health: list[int] = field(default_factory=lambda: [200])
    asks_key: bool = True
    administration: int = 401
    garbage: bool = False
    drops_salt: bool = False
    has_cache: bool = True
    cache: set[tuple[str, str]] = field(default_factory=set)

    def looked(self, path: str, key: str | None) -> tuple[int, Any]:
        """Return what a GET gives."""
        if path == "/health":
            return self.health.pop(0) if len(self.health) > 1 else self.health[0], None
        if path != "/v1/models":
            return self.administration, {}
        return (200, {"data": [{"id": self.name}]}) if self.opens(key) else (401, {})

    def asked(self, sent: dict[str, Any], key: str | None) -> tuple[int, Any]:
        """Return what a chat gives."""
        if not self.opens(key):
            return 401, {}
        if self.words is None:
            return 200, {}
        count = self.cached(sent)
        message = {"role": "assistant", "content": self.words if "ebnf" in sent else "Hm."}
        details = {"cached_tokens": count} if count else None
        usage = {"prompt_tokens": 300, "prompt_tokens_details": details}
        return 200, {"choices": [{"message": message}], "usage": usage}

    def opens(self, key: str | None) -> bool:
        return not self.asks_key or key == f"Bearer {KEY}"

    def cached(self, sent: dict[str, Any]) -> int:
        """Return how many tokens of a request were in the cache, and put it there."""
        salt = "" if self.drops_salt else sent.get("cache_salt", "")
        key = (salt, sent["messages"][0]["content"])
        was_there = key in self.cache
        if self.has_cache:
            self.cache.add(key)
        return 100 if was_there else 0


@contextmanager
def serving(served: Served) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*served.looked(self.path, self.headers["Authorization"]))

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.reply(*served.asked(sent, self.headers["Authorization"]))

        def reply(self, status: int, told: Any) -> None:
            body = b"{no json" if served.garbage and told else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    return path


def check(url: str, key_file: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), url, "--name", "tiny-1", "--key-file", str(key_file), *more],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_server_in_order_is_ready(key_file: Path) -> None:
    with serving(Served()) as url:
        code, told = check(url, key_file)

    assert (code, told) == (0, f"tiny-1 at {url} is ready.\n")


def test_a_server_that_still_starts_is_waited_for(key_file: Path) -> None:
    with serving(Served(health=[503, 503, 200])) as url:
        assert check(url, key_file, "--wait", "30")[0] == 0
    with serving(Served(health=[503])) as url:
        assert "/health" in check(url, key_file)[1]


@pytest.mark.parametrize(
    ("served", "told"),
    [
        (Served(name="other"), "expected tiny-1"),
        (Served(words="maybe [9.9]"), "grammar"),
        (Served(words="yes [1.1] and more"), "grammar"),
        (Served(words=""), "grammar"),
        (Served(words=None), "expected an answer"),
        (Served(asks_key=False), "without a key"),
        (Served(drops_salt=True), "nothing to be shared"),
        (Served(has_cache=False), "to come from the cache"),
        (Served(administration=200), "to be shut"),
        (Served(administration=500), "to be shut"),
        (Served(garbage=True), "no answer that can be read"),
    ],
)
def test_what_is_wrong_is_named(served: Served, told: str, key_file: Path) -> None:
    with serving(served) as url:
        code, output = check(url, key_file)

    assert code == 1
    assert told in output


def test_a_proxy_that_passes_nothing_else_is_as_good(key_file: Path) -> None:
    with serving(Served(administration=404)) as url:
        assert check(url, key_file)[0] == 0


def test_a_wrong_key_is_told(key_file: Path) -> None:
    key_file.write_text("other")
    with serving(Served()) as url:
        code, told = check(url, key_file)

    assert code == 1
    assert "key" in told


def test_nobody_there_is_told(key_file: Path, tmp_path: Path) -> None:
    assert check("http://127.0.0.1:9", key_file)[0] == 1
    assert check("ftp://127.0.0.1", key_file)[0] == 2
    assert check("http://127.0.0.1:9", tmp_path / "none")[0] == 2
