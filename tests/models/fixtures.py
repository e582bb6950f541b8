"""A fixture for each stand-in model: fresh for each test, ended after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.models import Echo, Fault, Played, Puppet, Scripted, Tape, running


@pytest.fixture
def puppet() -> Iterator[Puppet]:
    with running(Puppet()) as standin:
        yield standin


@pytest.fixture
def echo() -> Iterator[Echo]:
    with running(Echo()) as standin:
        yield standin


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with running(Scripted()) as standin:
        yield standin


@pytest.fixture
def fault() -> Iterator[Fault]:
    with running(Fault()) as standin:
        yield standin
    standin.close()


@pytest.fixture
def tape() -> Iterator[Tape]:
    with running(Tape(Played())) as standin:
        yield standin
