"""The API under generated requests: whatever is sent, no answer is a fault of the server."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case

from assistant.http.app import create_app
from tests.assistant.http_client import CONTRACT
from tests.assistant.http_world import make_parts

schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(make_parts()))

_HOW = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@schema.hook("map_path_parameters")
def _often_something_that_is_there(_: Any, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """Replace what would only ever be missing: a document, a version, a page that exist."""
    if not given or "document" not in given or len(str(given["document"])) % 3 == 0:
        return given
    there = {"document": CONTRACT, "number": 1, "page": 3}
    return {name: there.get(name, value) for name, value in given.items()}


def _check(case: Case) -> None:
    response = case.call()
    assert response.status_code < 500, response.content[:500]
    assert b"Traceback" not in response.content


@schema.parametrize()
@settings(max_examples=40, **_HOW)  # type: ignore[arg-type]
def test_no_request_is_a_fault_of_the_server(case: Case) -> None:
    _check(case)


@pytest.mark.deep
@schema.parametrize()
@settings(max_examples=5_000, **_HOW)  # type: ignore[arg-type]
def test_no_request_of_very_many_is_a_fault_of_the_server(case: Case) -> None:
    _check(case)
