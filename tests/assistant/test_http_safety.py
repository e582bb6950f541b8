"""Every route carries the headers; nothing from outside gets into a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from assistant.http.app import create_app
from assistant.http.headers import POLICY
from assistant.http.pages import WEB
from retrieval.documents import Kind, Status
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import CONTRACT, client, offences, read
from tests.assistant.http_documents import Held, make_held, make_version
from tests.assistant.http_world import ShelfLibrary, demo_people, make_parts

VERSION = f"/api/documents/{CONTRACT}/versions/1"
DOORS = {
    "/sign-in": "/sign-in",
    "/sign-in/provider": "/sign-in/provider",
    "/sign-in/callback": "/sign-in/callback",
    "/sign-out": "/sign-out",
    "/invitation/{secret}": "/invitation/nothing",
    "/slack/events": "/slack/events",  # a door for Slack: what it signed counts, nobody signs in
}
OFFICES = {
    path: path
    for path in (
        "/admin",
        "/admin/stop",
        "/admin/resume",
        "/admin/people",
        "/admin/people/invite",
        "/admin/people/suspend",
        "/admin/people/reinstate",
        "/admin/people/roles",
        "/admin/people/join",
        "/admin/people/leave",
        "/admin/access",
        "/admin/access/take-back",
        "/admin/access/break-glass",
        "/admin/access/end-glass",
        "/admin/record",
        "/admin/record/check",
        "/admin/record/export",
        "/admin/record/holds",
        "/admin/record/holds/release",
        "/admin/record/erase",
        "/admin/people/tokens",
        "/admin/people/tokens/revoke",
        "/admin/sources",
        "/admin/sources/one",
        "/admin/sources/sync",
        "/admin/sources/retry",
        "/admin/upload",
        "/admin/upload/file",
        "/admin/upload/outcome",
        "/admin/usage",
        "/admin/unanswered",
        "/admin/health",
        "/admin/health/look",
        "/admin/models",
        "/admin/models/verify",
        "/admin/tools",
        "/admin/tools/stop",
        "/admin/tools/resume",
        "/metrics",
    )
}
HISTORY = {
    path: path.replace("{conversation}", "1" * 32).replace("{share}", "2" * 32)
    for path in (
        "/conversations",
        "/conversations/{conversation}",
        "/conversations/{conversation}/remove",
        "/conversations/{conversation}/rename",
        "/conversations/{conversation}/share",
        "/conversations/{conversation}/share/{share}/end",
        "/shared/{share}",
        "/api/conversations/{conversation}/branches",
        "/api/conversations",
        "/api/conversations/{conversation}",
        "/export/conversations/{conversation}",
        "/api/export/conversations/{conversation}",
    )
}
REVIEWS = {
    "/answers/{answer}/report": "/answers/none-of-mine/report",
    "/api/answers/{answer}/report": "/api/answers/none-of-mine/report",
    "/api/review": "/api/review",
    "/api/review/{case}": "/api/review/7",
    "/review": "/review",
    "/review/{case}": "/review/7",
    "/review/{case}/draft": "/review/7/draft",
    "/api/review/waiting": "/api/review/waiting",
    "/replies": "/replies",
    "/api/replies": "/api/replies",
    "/approved": "/approved",
    "/api/approved": "/api/approved",
    **{
        path: path.replace("{case}", "7").replace("{answer}", "7")
        for path in (
            "/api/review/{case}/assign",
            "/api/review/{case}/check",
            "/api/review/{case}/publish",
            "/review/{case}/assign",
            "/review/{case}/answer",
            "/api/approved/{answer}",
            "/api/approved/{answer}/withdraw",
            "/approved/{answer}",
            "/approved/{answer}/edit",
            "/approved/{answer}/withdraw",
        )
    },
    "/api/review/{case}/draft": "/api/review/7/draft",
}
WAITS = "1" * 32
ACTS = {
    path: path.replace("{confirmation}", WAITS).replace("{tool}", "today")
    for path in (
        "/actions",
        "/actions/tools/{tool}",
        "/actions/accounts",
        "/actions/accounts/remove",
        "/confirmations/{confirmation}",
        "/confirmations/{confirmation}/confirm",
        "/confirmations/{confirmation}/decline",
        "/api/tools",
        "/api/tools/{tool}/calls",
        "/api/confirmations",
        "/api/confirmations/{confirmation}",
        "/api/confirmations/{confirmation}/confirm",
        "/api/confirmations/{confirmation}/decline",
        "/api/calls",
        "/mcp",
    )
}
SAVED = {
    path: path.replace("{search}", "1" * 32)
    for path in (
        "/searches",
        "/searches/{search}",
        "/searches/{search}/rename",
        "/searches/{search}/remove",
    )
}
GOVERNED = {
    path: path.replace("{act}", "1" * 16).replace("{document}", "none")
    for path in (
        "/documents",
        "/documents/acts",
        "/documents/acts/{act}/undo",
        "/documents/decide",
        "/documents/preview",
        "/api/documents/{document}/decisions",
        "/api/governance/acts",
        "/api/governance/acts/{act}/undo",
        "/api/governance/decisions",
        "/api/governance/documents",
        "/api/governance/plan",
    )
}
HOSTILE = "bad00000000000000000000000000009"
EVERY_ROUTE = {
    **ACTS,
    **DOORS,
    **OFFICES,
    **HISTORY,
    **REVIEWS,
    **SAVED,
    **GOVERNED,
    "/": "/?q=notice+to+terminate",
    "/search": "/search?q=notice",
    "/search/results": "/search/results?q=notice",
    "/compare/{document}/{number}": f"/compare/{CONTRACT}/1",
    "/compare/{document}/{number}/with/{other}/{other_number}": (
        f"/compare/{CONTRACT}/1/with/{CONTRACT}/1"
    ),
    "/person": "/person",
    "/language": "/language",
    "/keys": "/keys",
    "/source/{document}/{number}": f"/source/{CONTRACT}/1",
    "/source/{document}/{number}/pages/{page_number}/words": f"/source/{CONTRACT}/1/pages/1/words",
    "/openapi.json": "/openapi.json",
    "/static": "/static/pincite.css",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
    "/api/ask": "/api/ask",
    "/api/ask/stream": "/api/ask/stream",
    "/api/answers/{answer}/stop": "/api/answers/none-of-mine/stop",
    "/api/related": "/api/related?passage=1",
    "/api/search": "/api/search?q=notice",
    "/api/documents/{document}": f"/api/documents/{CONTRACT}",
    "/api/documents/{document}/versions/{number}": VERSION,
    "/api/documents/{document}/versions/{number}/text": f"{VERSION}/text",
    "/api/documents/{document}/versions/{number}/pages/{page}.png": f"{VERSION}/pages/1.png",
    "/api/documents/{document}/versions/{number}/pages/{page}/boxes": f"{VERSION}/pages/1/boxes",
    "/api/documents/{document}/versions/{number}/original": f"{VERSION}/original",
    "/api/passages/{passage}": "/api/passages/1001",
    "/export/found": "/export/found?q=notice",
    "/api/export/passages": "/api/export/passages?q=notice&passage=1001",
    "/v1/models": "/v1/models",
    "/v1/models/{model}": "/v1/models/pincite",
    "/v1/chat/completions": "/v1/chat/completions",
}


def body_for(path: str) -> dict[str, Any]:
    """Return a question in the form that this route takes."""
    question = "notice to terminate"
    if path.startswith("/v1/"):
        return {"model": "pincite", "messages": [{"role": "user", "content": question}]}
    return {"question": question}


def routes_of(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    """Yield path and methods of every route, however deep it was included."""
    waiting: list[Any] = list(app.routes)
    while waiting:
        route = waiting.pop()
        if hasattr(route, "original_router"):
            prefix = route.include_context.prefix or ""
            assert prefix == "", "a prefix at inclusion would have to be added here"
            waiting += route.original_router.routes
        else:
            yield route.path, set(getattr(route, "methods", None) or {"GET"})


def test_every_route_is_in_the_table() -> None:
    assert {path for path, _ in routes_of(create_app(make_parts()))} == set(EVERY_ROUTE)


async def test_every_route_carries_the_security_headers_and_no_foreign_reference() -> None:
    people = demo_people()
    parts = make_parts(people=people, authenticate=people.authenticate)
    answered = 0
    async with client(parts) as http:
        for path, methods in routes_of(create_app(parts)):
            for method in methods:
                sent = {"json": body_for(path)} if method == "POST" else {}
                response = await http.request(method, EVERY_ROUTE[path], **sent)  # type: ignore[arg-type]
                answered += response.status_code < 400
                assert_headers(response.headers, is_original=is_file(path))
                if "html" in response.headers.get("content-type", ""):
                    assert offences(response.text) == []
    guarded = len(ACTS) + len(DOORS) + len(OFFICES) + len(HISTORY) + len(REVIEWS) + len(SAVED)
    guarded += len(GOVERNED)
    choices = len(("/person", "/language", "/keys"))  # each takes one of those offered
    assert answered >= len(EVERY_ROUTE) - guarded - choices


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/source/x/1", "/static/nope", "/?q=%00"])
async def test_mistakes_carry_the_security_headers_too(path: str) -> None:
    async with client() as http:
        response = await http.get(path)
    assert response.status_code >= 400
    assert_headers(response.headers)


async def test_an_unforeseen_fault_carries_the_security_headers_too() -> None:
    async def faulty(original: bytes, page: int, width: int) -> bytes:
        raise ZeroDivisionError

    async with client(make_parts(render=faulty)) as http:
        response = await http.get(f"{VERSION}/pages/1.png")
    assert response.status_code == 500
    assert_headers(response.headers)


@pytest.mark.parametrize("is_https", [True, False])
async def test_browsers_are_told_to_stay_with_https_where_people_come_over_it(
    is_https: bool,
) -> None:
    async def faulty(original: bytes, page: int, width: int) -> bytes:
        raise ZeroDivisionError

    told = "max-age=31536000" if is_https else None
    async with client(make_parts(render=faulty, is_https=is_https)) as http:
        for path in ("/", "/nope", "/static/pincite.css", f"{VERSION}/pages/1.png"):
            response = await http.get(path)
            assert response.headers.get("strict-transport-security") == told, path


def is_file(path: str) -> bool:
    """Say whether what lies there is a file to be saved."""
    return path.endswith("/original") or "/export/passages" in path or "/export/found" in path


def assert_headers(headers: Any, *, is_original: bool = False) -> None:
    policy = "default-src 'none'; sandbox" if is_original else POLICY
    assert headers["content-security-policy"] == policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "no-store" in headers["cache-control"] or "no-cache" in headers["cache-control"]
    assert "access-control-allow-origin" not in headers


async def test_a_browser_may_keep_static_files_but_asks_whether_they_changed() -> None:
    async with client() as http:
        first = await http.get("/static/pincite.css")
        tag = {"If-None-Match": first.headers["etag"]}
        assert first.headers["cache-control"] == "no-cache"
        assert (await http.get("/static/pincite.css", headers=tag)).status_code == 304


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.nip.io", ""])
async def test_answers_only_to_its_own_names(host: str) -> None:
    async with client() as http:
        response = await http.get("/api/search?q=notice", headers={"Host": host})
    assert response.status_code == 421
    assert "hits" not in response.text


async def test_a_star_among_the_hosts_turns_that_check_off() -> None:
    async with client(make_parts(hosts=frozenset({"*"}))) as http:
        response = await http.get("/healthz", headers={"Host": "any.example"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_refuses_changes_that_another_site_asks_for(headers: dict[str, str]) -> None:
    people = demo_people()
    async with client(make_parts(people=people, authenticate=people.authenticate)) as http:
        person = await http.post("/person", data={"person": "bob"}, headers=headers)
        asked = await http.post("/api/ask", json={"question": "notice"}, headers=headers)
    assert person.status_code == asked.status_code == 403
    assert "set-cookie" not in person.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("part", ["image", "iframe", "empty"])
async def test_no_other_page_asks_by_embedding_an_address_but_its_links_open(
    site: str, part: str
) -> None:
    async with client() as http:
        for asks, status in ((part, 403), ("document", 200)):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": asks}
            response = await http.get("/?q=notice", headers=headers)
            assert response.status_code == status


async def test_accepts_its_own_pages_requests() -> None:
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    async with client() as http:
        response = await http.post("/api/ask", json={"question": "notice"}, headers=headers)
    assert response.status_code == 200


def test_static_files_reach_for_nothing_outside() -> None:
    for file in (WEB / "static").iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(|innerHTML|eval\(|document\.write", text), (
            file
        )


def test_templates_hold_no_script_style_or_unescaped_value() -> None:
    for file in (WEB / "templates").iterdir():
        text = file.read_text()
        assert not re.search(r"\son\w+=|style=|<style|\|\s*safe|autoescape|<script(?! type)", text)


def hostile(payload: str) -> Held:
    """Return a document that says the payload wherever a source can say anything."""
    version = make_version(
        9,
        "bad00000000000000000000000000009",
        f"{payload} zebra title",
        kind=Kind.TICKET,
        declared=Status.DRAFT,
        owner=payload,
        uri=payload,
        source=payload,
        link=f"javascript:{payload}",
        parties=(payload,),
        problems=(payload,),
    )
    kinds = ("heading", "text", "clause", "list_item", "table_row", "comment")
    return make_held(version, *((kind, f"{payload} zebra stripes", 1) for kind in kinds))


@pytest.mark.parametrize("payload", XSS)
async def test_hostile_words_are_shown_as_words(payload: str) -> None:
    library = ShelfLibrary([hostile(payload)])
    parts = make_parts(library, examples=(payload,))
    question = payload.replace("\0", "") + " zebra stripes"
    async with client(parts) as http:
        for path, params in (
            ("/", {}),
            ("/", {"q": question}),
            ("/", {"q": payload + " nothing"}),
            ("/", {"q": "a", "as_of": payload}),
            ("/search", {"q": question, "party": payload}),
            ("/search", {"q": "a", "kind": payload}),
            ("/search", {"q": payload, "owner": payload, "year": payload}),
            ("/search", {"q": f'"{payload}" {question}'}),
            ("/search/results", {"q": f"{question} zz:{payload} after:{payload}"}),
            ("/search/results", {"q": question, "since": "0"}),
            (f"/compare/{HOSTILE}/1", {"q": question}),
            (f"/compare/{HOSTILE}/1/with/{HOSTILE}/1", {}),
            ("/source/bad00000000000000000000000000009/1", {}),
            ("/source/bad00000000000000000000000000009/1", {"start": "2", "end": "9"}),
        ):
            page = await http.get(path, params=params)
            assert page.status_code in (200, 422), path
            assert offences(page.text) == [], path
            dom = read(page.text)
            scripts = [tag for tag, _ in dom.elements].count("script")
            assert scripts == (0 if path == "/search/results" else 1)
            assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\x1b]", page.text)


async def test_json_carries_only_web_addresses_as_origins() -> None:
    library = ShelfLibrary([hostile("x"), replace(hostile("y"))])
    async with client(make_parts(library)) as http:
        body = (await http.post("/api/ask", json={"question": "zebra stripes"})).json()
    assert {each["origin_link"] for each in body["sources"]} == {""}
