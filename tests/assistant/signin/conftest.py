"""A door for each test, with ann and bob behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.assistant.signin.door import Door, opened


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        await door.add("ann", ["legal"])
        await door.add("bob", ["support"])
        yield door
