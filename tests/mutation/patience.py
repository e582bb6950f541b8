"""A plugin for pytest: a test that a mutant has made endless fails after `_SECONDS`.

It also lets the rubbish of the whole run be: pytest looks for it after each mutant.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

_SECONDS = 15.0
_AGAIN_SECONDS = 3.0
"""What comes after the test, its fixtures' ends, may wait for ever as well."""


def pytest_configure() -> None:
    """Keep what was there before the tests out of what is collected after them."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Interrupt the test when its time is over, and again until it has ended."""
    signal.signal(signal.SIGALRM, _interrupt)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS, _AGAIN_SECONDS)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"Expected the test to end within {_SECONDS} seconds.")
