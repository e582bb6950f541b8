"""Say whether a model server is ready, answers as it must, and keeps its doors shut.

    python3 deploy/sglang/ready.py http://127.0.0.1:30000 --name NAME --key-file model.key

Needs nothing but Python. Ends with 0 if all is well, 1 if not; each finding is a line.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

GRAMMAR = 'root ::= ("yes" | "no") " [" [1-3] "." [1-9] "]"'
_PATH = "/v1/chat/completions"
_TIMES = 4
HELD = re.compile(r"(yes|no) \[[1-3]\.[1-9]\]")
ADMINISTRATION = ("/hicache/storage-backend", "/list_external_corpora")
"""Paths that only look, of the kind that administers: the key of a client must not open them."""


@dataclass(frozen=True)
class Server:
    """A model server, or a proxy before it."""

    url: str
    key: str
    seconds: float

    def ask(self, path: str, body: Any = None, *, with_key: bool = True) -> tuple[int, Any]:
        """Return status and JSON of an answer; raise `OSError` if there is none."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.seconds)
        headers = {"Authorization": f"Bearer {self.key}"} if with_key else {}
        try:
            sent = None if body is None else json.dumps(body)
            headers |= {"Content-Type": "application/json"} if sent else {}
            connection.request("GET" if sent is None else "POST", path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else None
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"no answer that can be read ({type(error).__name__})") from error
        finally:
            connection.close()


def troubles(server: Server, name: str) -> Iterator[str]:
    """Yield what is wrong with a server that is up."""
    status, told = server.ask("/v1/models")
    if status == 401:
        yield "/v1/models: expected the key to be taken, got 401. Give the key it was started with."
        return
    names = [each.get("id") for each in (told or {}).get("data", [])]
    if name not in names:
        yield f"/v1/models: expected {name}, got {names}. Start it with launch.sh {name}."
    yield from _of_grammar(server, name)
    yield from _of_salt(server, name)
    status, _ = server.ask("/v1/chat/completions", _request(name, "Hello."), with_key=False)
    if status not in (401, 403):
        yield f"{_PATH}: expected 401 without a key, got {status}. Start it with an API key."
    for path in ADMINISTRATION:
        status, _ = server.ask(path)
        if status not in (401, 403, 404, 405):
            yield (
                f"{path}: expected it to be shut, got {status}. Start it with launch.sh, which "
                "sets a second key for it, and let a proxy pass four paths only."
            )


def _of_grammar(server: Server, name: str) -> Iterator[str]:
    body = _request(name, "Is water wet? Cite [1.1].") | {"ebnf": GRAMMAR}
    status, told = server.ask(_PATH, body)
    try:
        words = told["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        yield f"{_PATH}: expected an answer, got {status} {json.dumps(told)[:200]}."
        return
    if not HELD.fullmatch(words or ""):
        yield (
            f"{_PATH}: expected words that the grammar allows, got {words!r:.80}. Start it with "
            "--grammar-backend xgrammar, and pass requests on unchanged."
        )


def _of_salt(server: Server, name: str) -> Iterator[str]:
    """Try whether one prompt is shared under one salt, and not under another.

    It is asked several times, because several servers may stand behind one address.
    """
    nonce = secrets.token_hex(8)
    body = _request(name, f"{nonce} " + "All that glitters is not gold. " * 40)
    own = [_cached(server, {**body, "cache_salt": nonce}) for _ in range(_TIMES)]
    others = [_cached(server, {**body, "cache_salt": f"{nonce}-{n}"}) for n in range(_TIMES)]
    if max(others) > 0:
        yield (
            f"cache_salt: expected nothing to be shared between two salts, got {max(others)} "
            "tokens. Something on the way drops it, so that people with other rights share a "
            "cache. sglang-router 0.3.2 does; README.md names a router that does not."
        )
    elif max(own) == 0:
        yield (
            "cache_salt: expected a repeated prompt to come from the cache, got 0 tokens. Start it "
            "with the prefix cache and with --enable-cache-report."
        )


def _cached(server: Server, body: dict[str, Any]) -> int:
    _, told = server.ask(_PATH, body)
    usage = (told or {}).get("usage") or {}
    return int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)


def _request(name: str, text: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": name, "messages": messages, "max_tokens": 16, "temperature": 0}


def wait(server: Server, seconds: float) -> str:
    """Return nothing once the server is healthy, or why it was not in time."""
    until = time.monotonic() + seconds
    while True:
        try:
            status, _ = server.ask("/health", with_key=False)
            if status == 200:
                return ""
            why = f"status {status}"
        except OSError as error:
            why = str(error)
        if time.monotonic() > until:
            return f"/health: expected 200 within {seconds:g} s, got {why}. Look at its log."
        time.sleep(min(1.0, seconds))


def main() -> int:
    """Read the command line, look, and tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="Address without a path, such as http://127.0.0.1:30000.")
    parser.add_argument("--name", required=True, help="The name it is served as.")
    parser.add_argument("--key-file", required=True, type=Path, help="File with the API key.")
    parser.add_argument("--wait", default=0.0, type=float, help="Seconds to wait for it to start.")
    given = parser.parse_args()
    if urlsplit(given.url).scheme not in ("http", "https"):
        parser.error(f"expected an address with http:// or https://, got {given.url}")
    try:
        server = Server(given.url.rstrip("/"), given.key_file.read_text().strip(), 30.0)
    except OSError as error:
        parser.error(f"expected {given.key_file} to hold the key, got: {error.strerror}")
    try:
        late = wait(server, given.wait)
        found = [late] if late else [*troubles(server, given.name)]
    except OSError as error:
        found = [f"{given.url}: expected it to answer, got: {error}. Look at its log."]
    for each in found:
        print(each, file=sys.stderr)
    if not found:
        print(f"{given.name} at {given.url} is ready.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
