"""Bad input is answered: what was expected, what came, what to do. Never a trace."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from assistant.answers import Question, Reply
from assistant.http.health import Part
from retrieval.errors import BadRequest, Damaged, Unavailable
from tests.assistant.http_client import CONTRACT, POLICY, client
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary, WordAssistant, make_parts


def assert_told(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "expected", "got", "do"}
    assert all(error.values()), error
    assert "Traceback" not in response.text
    assert len(response.text) < 600


BAD_BODIES: list[Any] = [
    {},
    [],
    "a question",
    None,
    7,
    {"question": ""},
    {"question": "   \n\t "},
    {"question": "\u200b\u2060"},
    {"question": "x" * 2_001},
    {"question": "a\0b"},
    {"question": 7},
    {"question": ["a"]},
    {"question": None},
    {"question": "a", "kinds": ["invoice"]},
    {"question": "a", "kinds": "contract"},
    {"question": "a", "kinds": [3]},
    {"question": "a", "kinds": {"contract": 1}},
    {"question": "a", "statuses": ["final"]},
    {"question": "a", "as_of": "2999-01-01"},
    {"question": "a", "as_of": "2026-02-30"},
    {"question": "a", "as_of": "yesterday"},
    {"question": "a", "as_of": 0},
    {"question": "a", "as_of": True},
    {"question": "a", "as_of": "2026-01-01T00:00:00"},
    {"question": "a", "sources": ["s"] * 51},
    {"question": "a", "parties": ["p" * 501]},
    {"question": "a", "parties": ["a\0b"]},
    {"question": "a", "principal": "ann"},
    {"question": "a", "keys": ["group:board"]},
]


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: str(body)[:50])
async def test_a_wrong_body_is_told(body: Any, path: str) -> None:
    async with client() as http:
        assert_told(await http.post(path, json=body), 422)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"question=a", 400),
        (b'{"question": "\\ud800"}', 422),
        (b"\xff\xfe\x00", 400),
        (b'{"question": NaN}', 422),
        (b"[" * 30_000, 400),
    ],
)
async def test_what_is_not_json_is_told(content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    async with client() as http:
        assert_told(await http.post("/api/ask", content=content, headers=headers), status)


async def test_a_form_is_not_taken_for_json() -> None:
    async with client() as http:
        response = await http.post("/api/ask", data={"question": "a"})
    assert 400 <= response.status_code < 500


async def test_a_question_of_a_hundred_thousand_characters_is_told() -> None:
    async with client() as http:
        assert_told(await http.post("/api/ask", json={"question": "x" * 100_000}), 413)
        page = await http.get("/", params={"q": "x" * 50_000})
    assert page.status_code == 422
    assert "Ask in fewer words." in page.text


async def test_a_body_that_hides_its_length_is_bounded() -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b"x" * 10_000

    async with client() as http:
        response = await http.post(
            "/api/ask", content=endless(), headers={"Content-Type": "application/json"}
        )
    assert_told(response, 413)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": ""},
        {"q": "a\0"},
        {"q": "a", "kind": "invoice"},
        {"q": "a", "status": "final"},
        {"q": "a", "as_of": "2999-01-01"},
        {"q": "a", "limit": "0"},
        {"q": "a", "limit": "51"},
        {"q": "a", "limit": "many"},
        {"q": "a", "colour": "red"},
        {"q": "x" * 2_001},
    ],
    ids=str,
)
async def test_a_wrong_search_is_told(params: dict[str, str]) -> None:
    async with client() as http:
        assert_told(await http.get("/api/search", params=params), 422)
        page = await http.get("/search", params=params)
    assert page.status_code in (200, 422)
    assert "Traceback" not in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/documents/{CONTRACT}/versions/0", 422),
        (f"/api/documents/{CONTRACT}/versions/99999999999999999999", 422),
        (f"/api/documents/{CONTRACT}/versions/one", 422),
        (f"/api/documents/{CONTRACT}/versions/1/pages/5.png", 404),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1.png?width=9", 422),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1.png?width=99999", 422),
        (f"/api/documents/{POLICY}/versions/1/pages/1.png", 404),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1/boxes?start=9&end=2", 422),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1/boxes?start=9", 422),
        (f"/api/documents/{CONTRACT}/versions/1/pages/1/boxes?start=0&end=99999999", 422),
        ("/api/documents/..%2f..%2fetc/versions/1", 404),
        ("/api/documents/%00/versions/1", 422),
        ("/api/passages/0", 422),
        ("/api/passages/x", 422),
        ("/api/nothing", 404),
    ],
)
async def test_a_wrong_address_is_told(path: str, status: int) -> None:
    async with client() as http:
        assert_told(await http.get(path), status)


async def test_a_wrong_method_is_told() -> None:
    async with client() as http:
        assert_told(await http.get("/api/ask"), 405)
        assert_told(await http.delete("/api/search"), 405)


async def test_a_wrong_source_link_is_told_on_a_page() -> None:
    async with client() as http:
        response = await http.get(f"/source/{CONTRACT}/1?start=5&end=99999999")
    assert response.status_code == 422
    assert "Use a link that an answer or a search gave" in response.text


class Failing(WordAssistant):
    """Raises whatever it was given."""

    error: Exception

    async def ask(self, question: Question) -> Reply:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequest("Expected a, got b. Do c."), 422),
        (Unavailable("The index is being rebuilt. Try again soon."), 503),
        (Damaged("The folder /secret/place is damaged."), 500),
        (RuntimeError("password=hunter2"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_failing_part_is_told_without_its_insides(error: Exception, status: int) -> None:
    assistant = Failing(ShelfLibrary(firm()))
    assistant.error = error
    async with client(make_parts(assistant=Part.ready("assistant", assistant))) as http:
        response = await http.post("/api/ask", json={"question": "a"})
        page = await http.get("/", params={"q": "a"})
    assert_told(response, status)
    assert page.status_code == status
    for shown in (response.text, page.text):
        assert "hunter2" not in shown
        assert "/secret/place" not in shown
    assert ("Retry-After" in response.headers) == (status == 503)


async def test_does_not_repeat_what_was_asked_when_it_is_refused() -> None:
    async with client() as http:
        response = await http.post("/api/ask", json={"question": "canary-9912\0"})
    assert "canary-9912" not in response.text
