"""The web server itself: uvicorn, which returns once a signal has stopped it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


def web_server(app: ASGIApp) -> uvicorn.Server:
    """Return what serves an application on sockets of its caller's."""
    return _WebServer(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # who may say where a request comes from is judged elsewhere
            timeout_graceful_shutdown=5,
        )
    )


class _WebServer(uvicorn.Server):
    """Returns when a signal has stopped it, so that what stands behind it is closed in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM; uvicorn's own way would then end the process at once."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)
