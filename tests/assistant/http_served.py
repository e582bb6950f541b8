"""The application on a port of this machine, for what a client without a network cannot show."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from assistant.http.app import create_app
from assistant.http.parts import Parts


@contextmanager
def served(parts: Parts) -> Iterator[str]:
    """Serve an application of these parts."""
    with running(create_app(parts)) as address:
        yield address


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
