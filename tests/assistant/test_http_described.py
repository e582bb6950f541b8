"""The API describes itself truthfully in /openapi.json."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from assistant.http.app import create_app
from assistant.http.documented import ANSWERED, FOUND
from assistant.http.hit_shapes import HitsOut
from assistant.http.shapes import AnswerOut, RefusalOut
from tests.assistant.http_client import client
from tests.assistant.http_world import make_parts


def operations() -> list[tuple[str, dict[str, Any]]]:
    paths = create_app(make_parts()).openapi()["paths"]
    return [(path, each) for path, methods in paths.items() for each in methods.values()]


def test_every_operation_has_a_summary_and_says_more() -> None:
    for path, operation in operations():
        assert operation["summary"], path
        assert operation["description"], path


def test_every_operation_of_the_api_tells_its_errors_in_our_shape() -> None:
    for path, operation in operations():
        if path.startswith("/api/"):
            for status in ("404", "422", "503"):
                content = operation["responses"][status]["content"]["application/json"]
                assert content["schema"]["$ref"].endswith("/ErrorOut"), (path, status)


def test_pages_are_not_part_of_the_api() -> None:
    assert {path for path, _ in operations()}.isdisjoint({"/", "/search", "/person"})


def test_the_examples_have_the_shapes_they_stand_for() -> None:
    examples = ANSWERED[200]["content"]["application/json"]["examples"]
    reply: TypeAdapter[AnswerOut | RefusalOut] = TypeAdapter(AnswerOut | RefusalOut)
    for example in examples.values():
        assert reply.validate_python(example["value"]).model_dump(mode="json") == example["value"]
    found = FOUND[200]["content"]["application/json"]["example"]
    assert HitsOut.model_validate(found).model_dump(mode="json") == found


async def test_no_page_of_documentation_is_loaded_from_outside() -> None:
    async with client() as http:
        assert (await http.get("/docs")).status_code == 404
        assert (await http.get("/redoc")).status_code == 404
        assert (await http.get("/openapi.json")).status_code == 200
