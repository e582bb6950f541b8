"""Every test runs without a network: a connection beyond loopback is an error."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from deploy.quiet import keep_quiet

_LOOPBACK = ("127.", "::1", "localhost")


def _refuse_to_reach_out(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise AssertionError(f"A test tried to connect to {address}: only loopback is allowed.")
    if event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode() if isinstance(host, bytes) else host
        if name and not str(name).startswith((*_LOOPBACK, "0.0.0.0")):
            raise AssertionError(f"A test tried to look up {name}: only loopback is allowed.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last: the browser's driver keeps an event loop of its own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


keep_quiet()
sys.addaudithook(_refuse_to_reach_out)
