"""A provider that says what a test wants it to say, over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwk, jwt

from retrieval.documents import now

CLIENT = "us"


@dataclass
class Liar:
    """What is answered at each path, as a status and a body; and the key that is published."""

    issuer: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: jwk.RSAKey = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "k"}))

    def describe(self, **changed: Any) -> None:
        """Describe itself as a provider does."""
        described = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self.say("/.well-known/openid-configuration", described | changed)
        self.say("/jwks", {"keys": [self.key.as_dict(private=False)]})

    def say(self, path: str, body: Any, status: int = 200) -> None:
        """Answer so from now on."""
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = (status, encoded)

    def signed(self, claims: dict[str, Any], key: jwk.RSAKey | None = None) -> str:
        """Return claims as a signed token."""
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, key or self.key, algorithms=["RS256"])

    def claims(self, sent: str, /, **changed: Any) -> dict[str, Any]:
        """Return the claims of an honest token, some of them changed; None leaves one out."""
        instant = now()
        honest = {
            "iss": self.issuer,
            "sub": "7",
            "aud": CLIENT,
            "iat": instant,
            "exp": instant + 300,
            "nonce": sent,
            "preferred_username": "carla",
        }
        return {key: value for key, value in (honest | changed).items() if value is not None}


@contextmanager
def lying() -> Iterator[Liar]:
    """Lend a liar on a free port."""
    liar = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            liar.asked.append(self.path)
            status, body = liar.answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
