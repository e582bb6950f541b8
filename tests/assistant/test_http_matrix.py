"""Every route for every kind of principal. A route that is not listed here fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.signin.caller import Action
from deploy.settings import Settings
from evals.running.kept import KeptRuns
from evals.starting.runner import Runner
from evals.web.drafts import DraftPages
from evals.web.evaluations import annex_of
from evals.web.shelf import RunShelf
from retrieval.errors import NotFound
from retrieval.people.people import Role
from retrieval.search.saved import SavedSearches
from tests.assistant.http_client import CONTRACT, POLICY
from tests.assistant.http_firm import firm
from tests.assistant.http_world import ShelfLibrary
from tests.assistant.remembered import Keys, begun, remembering
from tests.assistant.signin.door import Door, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERYTHING = [each.value for each in Action]
QUESTION = {"question": "How much written notice must either party give?"}
WAITS = "/confirmations/" + "0" * 32
CHAT = {
    "model": "pincite",
    "messages": [{"role": "user", "content": QUESTION["question"]}],
}


@dataclass(frozen=True)
class Row:
    """A route, a request that it takes, and what it needs: nothing, an action, a document, a role.

    `is_own` routes are of a conversation of the reader's. `permitted` is the status for whoever
    may, `to_role` for whoever has the role: most find nothing here, no administration (see
    `test_http_admin.py`), and no run.
    """

    method: str
    path: str
    example: str
    action: Action | None = None
    is_of_document: bool = False
    is_own: bool = False
    body: dict[str, Any] | None = None
    is_page: bool = False
    others: frozenset[int] = field(default=frozenset())
    roles: frozenset[str] = frozenset()
    permitted: int = 200
    to_role: int = 404


def _api(path: str, action: Action, **more: Any) -> Row:
    method = "POST" if "body" in more else "GET"
    return Row(method, "/api" + path, "/api" + more.pop("example", path), action, **more)


def _of_version(path: str) -> Row:
    whole = "/documents/{document}" + path
    example = whole.format(document=CONTRACT, number=1, page=1)
    return _api(whole, Action.READ, example=example, is_of_document=True)


def _open(method: str, path: str, *others: int, example: str = "") -> Row:
    return Row(method, path, example or path, is_page=True, others=frozenset(others))


def _own(method: str, path: str, permitted: int = 200) -> Row:
    is_page = not path.startswith("/api/")
    example = path.replace("{conversation}", "CONVERSATION")
    return Row(method, path, example, Action.ASK, is_own=True, is_page=is_page, permitted=permitted)


def _exported(path: str) -> Row:
    """Return a route for passages as a file."""
    is_page, example = not path.startswith("/api/"), path + "?q=notice&passage=PASSAGE"
    return Row("GET", path, example, Action.READ, is_of_document=True, is_page=is_page)


def _office(method: str, path: str, *roles: str, example: str = "") -> Row:
    return Row(method, path, example or path, is_page=True, roles=frozenset({"admin", *roles}))


def _acting(method: str, path: str, example: str = "", action: Action = Action.ACT) -> Row:
    return Row(method, path, example or path, action, is_page=True, permitted=404)


def _draft(method: str, path: str, example: str = "") -> Row:
    """Return a route for evaluators, who have no drafts here: `test_drafts_web.py` has some."""
    return Row(method, path, example or path, is_page=True, roles=frozenset({"evaluator"}))


def _saved(method: str, path: str) -> Row:
    permitted = 422 if path.endswith("/rename") else 404
    example = path.replace("{search}", "0" * 32)
    return Row(method, path, example, Action.SEARCH, is_page=True, permitted=permitted)


def _unsent(path: str) -> Row:
    example, is_page = path.replace("{conversation}", "0" * 32), not path.startswith("/api/")
    return Row("POST", path, example, Action.ASK, is_page=is_page, permitted=422)


def _shared(method: str, path: str, action: Action) -> Row:
    """Return a route for a link, of which there is none here: `test_http_sharing.py` has some."""
    example = path.replace("{conversation}", "0" * 32).replace("{share}", "0" * 32)
    return Row(method, path, example, action, is_page=True, permitted=404)


def _compared(path: str) -> Row:
    example = path.format(document=CONTRACT, number=1, other=POLICY, other_number=2)
    return Row("GET", path, example, Action.READ, is_of_document=True, is_page=True)


def _review(method: str, path: str, example: str = "", **more: Any) -> Row:
    """Return a route for reviewers, who have no queue here: `test_http_review.py` has one."""
    is_page = not path.startswith("/api/")
    example = example or path
    return Row(method, path, example, is_page=is_page, roles=frozenset({"reviewer"}), **more)


def _governing(method: str, path: str, *, is_for_all: bool = False) -> Row:
    """Return a route of what is decided of documents: `test_http_governing.py` has some."""
    example = path.format(act="0" * 16, document=CONTRACT)
    roles = frozenset() if is_for_all else frozenset({"steward"})
    action, is_page = Action.READ if is_for_all else None, not path.startswith("/api/")
    return Row(method, path, example, action, is_page=is_page, roles=roles, permitted=404)


def _evaluations(method: str, path: str, example: str = "", to_role: int = 404) -> Row:
    """Return a route for evaluators, who have no run here: `tests/evals/test_web.py` has some."""
    path, example = "/evaluations" + path, "/evaluations" + (example or path)
    roles = frozenset({"evaluator"})
    return Row(method, path, example, is_page=True, roles=roles, to_role=to_role)


WANTED = {"question": "?", "sentences": [], "readers": [], "review_by": "2031-01-01"}
APPROVING: dict[str, Any] = {
    "/api/review/{case}/assign": {"to": ""},
    "/api/review/{case}/check": {"sentences": []},
    "/api/review/{case}/publish": WANTED,
    "/api/approved/{answer}": WANTED | {"after": 1},
    "/api/approved/{answer}/withdraw": {},
}
MATRIX = [
    _api("/ask", Action.ASK, body=QUESTION),
    _api("/ask/stream", Action.ASK, body=QUESTION),
    _api(
        "/answers/{answer}/stop",
        Action.ASK,
        example="/answers/none-of-mine/stop",
        body={},
        permitted=404,
    ),
    _api(
        "/answers/{answer}/report",
        Action.ASK,
        example="/answers/none-of-mine/report",
        body={},
        permitted=404,
    ),
    Row(
        "POST",
        "/answers/{answer}/report",
        "/answers/none-of-mine/report",
        Action.ASK,
        is_page=True,
        permitted=404,
    ),
    _review("GET", "/api/review"),
    _review("GET", "/api/review/{case}", example="/api/review/7"),
    _review("POST", "/api/review/{case}", example="/api/review/7", body={"do": "resolve"}),
    _review("POST", "/api/review/{case}/draft", example="/api/review/7/draft", body={}),
    _review("GET", "/review"),
    _review("GET", "/review/{case}", example="/review/7"),
    _review("POST", "/review/{case}", example="/review/7"),
    _review("POST", "/review/{case}/draft", example="/review/7/draft"),
    _review("GET", "/api/review/waiting"),
    *(
        _review("POST", path, path.replace("{case}", "7").replace("{answer}", "7"), body=body)
        for path, body in APPROVING.items()
    ),
    _review("GET", "/api/approved"),
    _review("GET", "/api/approved/{answer}", example="/api/approved/7"),
    _review("GET", "/approved"),
    _review("GET", "/approved/{answer}", example="/approved/7"),
    _review("GET", "/approved/{answer}/edit", example="/approved/7/edit"),
    _review("POST", "/approved/{answer}/edit", example="/approved/7/edit"),
    _review("POST", "/approved/{answer}/withdraw", example="/approved/7/withdraw"),
    _review("POST", "/review/{case}/assign", example="/review/7/assign"),
    _review("GET", "/review/{case}/answer", example="/review/7/answer"),
    _review("POST", "/review/{case}/answer", example="/review/7/answer"),
    _api("/replies", Action.ASK, permitted=404),
    Row("GET", "/replies", "/replies", Action.ASK, is_page=True, permitted=404),
    _draft("GET", "/evaluations/drafts"),
    _draft("POST", "/evaluations/drafts"),
    _draft("GET", "/evaluations/drafts/{number}", example="/evaluations/drafts/7"),
    _draft("POST", "/evaluations/drafts/{number}", example="/evaluations/drafts/7"),
    _api("/related", Action.ASK, example="/related?passage=PASSAGE"),
    _api("/search", Action.SEARCH, example="/search?q=notice"),
    _api("/conversations", Action.ASK),
    _own("GET", "/api/conversations/{conversation}"),
    _own("DELETE", "/api/conversations/{conversation}", 204),
    Row("GET", "/conversations", "/conversations", Action.ASK, is_page=True),
    _own("GET", "/conversations/{conversation}"),
    _own("POST", "/conversations/{conversation}/remove", 303),
    _own("POST", "/conversations/{conversation}/rename", 303),
    # Nothing is sent: `test_http_sharing.py` sends what is somebody else's.
    _unsent("/api/conversations/{conversation}/branches"),
    _unsent("/conversations/{conversation}/share"),
    _shared("POST", "/conversations/{conversation}/share/{share}/end", Action.ASK),
    _shared("GET", "/shared/{share}", Action.READ),
    _of_version(""),
    _of_version("/versions/{number}"),
    _of_version("/versions/{number}/text"),
    _of_version("/versions/{number}/pages/{page}.png"),
    _of_version("/versions/{number}/pages/{page}/boxes"),
    _of_version("/versions/{number}/original"),
    Row(
        "GET", "/api/passages/{passage}", "/api/passages/PASSAGE", Action.READ, is_of_document=True
    ),
    Row("GET", "/", "/?q=notice", Action.ASK, is_page=True),
    Row("GET", "/search", "/search?q=notice", Action.SEARCH, is_page=True),
    Row("GET", "/search/results", "/search/results?q=notice", Action.SEARCH, is_page=True),
    Row("GET", "/searches", "/searches", Action.SEARCH, is_page=True),
    # Nothing to save is sent, and nothing saved is named: `test_http_saved.py` has some.
    Row("POST", "/searches", "/searches", Action.SEARCH, is_page=True, permitted=422),
    _saved("GET", "/searches/{search}"),
    _saved("POST", "/searches/{search}/rename"),
    _saved("POST", "/searches/{search}/remove"),
    _compared("/compare/{document}/{number}"),
    _compared("/compare/{document}/{number}/with/{other}/{other_number}"),
    Row(
        "GET",
        "/source/{document}/{number}",
        f"/source/{CONTRACT}/1",
        Action.READ,
        is_of_document=True,
        is_page=True,
    ),
    Row(
        "GET",
        "/source/{document}/{number}/pages/{page_number}/words",
        f"/source/{CONTRACT}/1/pages/1/words",
        Action.READ,
        is_of_document=True,
        is_page=True,
    ),
    _open("GET", "/healthz"),
    _open("GET", "/readyz", 200, 503),  # as many parts are ready as were asked for before
    _open("GET", "/openapi.json"),
    Row("GET", "/metrics", "/metrics", roles=frozenset({"admin", "operator"})),
    Row("GET", "/v1/models", "/v1/models", Action.ASK),
    Row("GET", "/v1/models/{model}", "/v1/models/pincite", Action.ASK),
    # Where there are no tools there is nothing of them: `test_http_acting.py` has some.
    _api("/tools", Action.ACT, permitted=404),
    _api("/tools/{tool}/calls", Action.ACT, example="/tools/today/calls", body={}, permitted=404),
    _api("/confirmations", Action.ACT, permitted=404),
    _api("/confirmations/{confirmation}", Action.ACT, example=WAITS, permitted=404),
    _api(
        "/confirmations/{confirmation}/confirm",
        Action.CONFIRM,
        example=f"{WAITS}/confirm",
        body={"digest": "0" * 64},
        permitted=404,
    ),
    _api(
        "/confirmations/{confirmation}/decline",
        Action.CONFIRM,
        example=f"{WAITS}/decline",
        body={},
        permitted=404,
    ),
    _api("/calls", Action.ACT, permitted=404),
    _acting("GET", "/actions"),
    _acting("GET", "/actions/tools/{tool}", "/actions/tools/today"),
    _acting("POST", "/actions/tools/{tool}", "/actions/tools/today"),
    _acting("POST", "/actions/accounts"),
    _acting("POST", "/actions/accounts/remove"),
    _acting("GET", "/confirmations/{confirmation}", WAITS),
    _acting("POST", "/confirmations/{confirmation}/confirm", f"{WAITS}/confirm", Action.CONFIRM),
    _acting("POST", "/confirmations/{confirmation}/decline", f"{WAITS}/decline", Action.CONFIRM),
    _office("GET", "/admin/tools", "operator"),
    _office("POST", "/admin/tools/stop", "operator"),
    _office("POST", "/admin/tools/resume", "operator"),
    # Open only where the server has started (see `test_mcp.py`): whoever may is told so.
    Row("POST", "/mcp", "/mcp", Action.ASK, body={}, permitted=503),
    Row("POST", "/v1/chat/completions", "/v1/chat/completions", Action.ASK, body=CHAT),
    # These need our own address, which the sign-in part brings: ready from then on.
    # Nothing was said in this conversation, so whoever may is told that there is nothing to save.
    _own("GET", "/api/export/conversations/{conversation}", 422),
    _own("GET", "/export/conversations/{conversation}", 422),
    _exported("/api/export/passages"),
    Row(
        *("GET", "/export/found", "/export/found?q=notice", Action.SEARCH),
        is_of_document=True,
        is_page=True,
    ),
    # Slack's signature counts here, nobody's sign-in: `tests/slack/test_forged.py`.
    _open("POST", "/slack/events", 404),
    _open("POST", "/person", 404),
    _open("POST", "/language", 422),
    _open("POST", "/keys", 422),
    _open("GET", "/sign-in"),
    _open("POST", "/sign-in", 403),
    _open("GET", "/sign-in/provider", 404),
    _open("GET", "/sign-in/callback", 404),
    _open("POST", "/sign-out", 303, 401, 403),
    _open("GET", "/invitation/{secret}", 410, example="/invitation/none"),
    _open("POST", "/invitation/{secret}", 403, example="/invitation/none"),
    _office("GET", "/admin", "operator"),
    _office("POST", "/admin/stop", "operator"),
    _office("POST", "/admin/resume", "operator"),
    _office("GET", "/admin/people"),
    _office("POST", "/admin/people"),
    _office("POST", "/admin/people/invite"),
    _office("POST", "/admin/people/suspend"),
    _office("POST", "/admin/people/reinstate"),
    _office("POST", "/admin/people/roles"),
    _office("POST", "/admin/people/join"),
    _office("POST", "/admin/people/leave"),
    _office("GET", "/admin/access"),
    _office("POST", "/admin/access"),
    _office("POST", "/admin/access/take-back"),
    _office("POST", "/admin/access/break-glass"),
    _office("POST", "/admin/access/end-glass"),
    _office("GET", "/admin/sources", "operator"),
    _office("GET", "/admin/sources/one", "operator", example="/admin/sources/one?source=none"),
    _office("POST", "/admin/sources/sync", "operator"),
    _office("POST", "/admin/sources/retry", "operator"),
    _office("GET", "/admin/upload", "operator"),
    _office("POST", "/admin/upload", "operator"),
    _office("POST", "/admin/upload/file", "operator", example="/admin/upload/file?name=a.txt"),
    _office("GET", "/admin/upload/outcome", "operator", example="/admin/upload/outcome?uri=none"),
    _office("GET", "/admin/usage", "operator"),
    _review("GET", "/admin/unanswered"),
    _office("GET", "/admin/health", "operator"),
    _office("POST", "/admin/health/look", "operator"),
    _office("GET", "/admin/models", "operator"),
    _office("POST", "/admin/models/verify", "operator"),
    _office("POST", "/admin/record/export"),
    _office("GET", "/admin/people/tokens", example="/admin/people/tokens?name=bob"),
    _office("POST", "/admin/people/tokens"),
    _office("POST", "/admin/people/tokens/revoke"),
    _office("GET", "/admin/record/holds"),
    _office("POST", "/admin/record/holds"),
    _office("POST", "/admin/record/holds/release"),
    _office("POST", "/admin/record/erase"),
    _office("GET", "/admin/record"),
    _office("POST", "/admin/record/check"),
    _governing("GET", "/documents", is_for_all=True),
    _governing("GET", "/documents/acts"),
    _governing("POST", "/documents/preview"),
    _governing("POST", "/documents/decide"),
    _governing("POST", "/documents/acts/{act}/undo"),
    _governing("GET", "/api/governance/documents", is_for_all=True),
    _governing("GET", "/api/governance/acts"),
    _governing("POST", "/api/governance/plan"),
    _governing("POST", "/api/governance/decisions"),
    _governing("POST", "/api/governance/acts/{act}/undo"),
    _governing("GET", "/api/documents/{document}/decisions", is_for_all=True),
    _evaluations("GET", "", to_role=200),
    _evaluations("GET", "/look.css", to_role=200),
    _evaluations("POST", "", to_role=422),
    _evaluations("GET", "/at-work", to_role=200),
    _evaluations("GET", "/at-work.js", to_role=200),
    _evaluations("POST", "/at-work/stop", to_role=303),
    _evaluations("GET", "/compare", "/compare?first=none&second=none"),
    _evaluations("GET", "/{run}", "/none"),
    _evaluations("GET", "/{run}/files/{kind}", "/none/files/html"),
    _evaluations("GET", "/{run}/cases/{case:path}", "/none/cases/1"),
    # It asks the sign-in for its address, which makes that ready.
    _own("GET", "/conversations/{conversation}/share"),
]
"""`others` are the statuses, if not 200, that a route without an action gives to anybody."""

PRINCIPALS = (
    "nobody",
    "reader",
    "other reader",
    "suspended",
    "reviewer",
    "evaluator",
    "steward",
    "admin",
    "operator",
    "too little scope",
)
_ROLES = {
    "reviewer": Role.REVIEWER,
    "evaluator": Role.EVALUATOR,
    "steward": Role.STEWARD,
    "admin": Role.ADMIN,
    "operator": Role.OPERATOR,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app_and_tokens(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[FastAPI, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("matrix")
    async with opened(folder) as door:
        tokens = await _tokens(door)
        kept = remembering(door.database, ShelfLibrary(firm()))
        runner = Runner(Settings(pincite_home=folder), _nothing)
        annex = annex_of(RunShelf(KeptRuns(folder), _nothing), DraftPages(_nothing), runner)
        app = create_app(
            door.parts(
                history=Part.ready("history", kept.history),
                sharing=Part.ready("sharing", kept.sharing),
                saved=Part.ready("searches", SavedSearches(door.database, Keys())),
                annexes=(annex,),
            )
        )
        app.state.kept = kept.conversations
        yield app, tokens


async def _nothing() -> NoReturn:
    raise NotFound


async def _tokens(door: Door) -> dict[str, str]:
    await door.add("ann", ["legal"])
    await door.add("bob", ["support"])
    await door.add("sue", ["legal"])
    tokens = {
        "reader": await door.token("ann", *EVERYTHING),
        "other reader": await door.token("bob", *EVERYTHING),
        "suspended": await door.token("sue", *EVERYTHING),
        "too little scope": await door.token("ann", Action.REVIEW),
    }
    for kind, role in _ROLES.items():
        await door.add(kind, ["support"], [role])
        tokens[kind] = await door.token(kind, *EVERYTHING)
    await door.directory.suspend("sue")
    return tokens


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for each in app.routes:
        for route in getattr(getattr(each, "original_router", None), "routes", [each]):
            for method in sorted(getattr(route, "methods", None) or ["MOUNT"]):
                if method != "HEAD":
                    yield method, route.path


async def test_every_route_is_listed(app_and_tokens: tuple[FastAPI, dict[str, str]]) -> None:
    listed = {(row.method, row.path) for row in MATRIX} | {("MOUNT", "/static")}
    assert set(_routes(app_and_tokens[0])) == listed


def _expected(row: Row, principal: str) -> frozenset[int]:
    """Return the statuses that this principal may get."""
    if row.roles and principal not in ("nobody", "suspended"):
        return frozenset({row.to_role if principal in row.roles else 403})
    if row.action is None and not row.roles:
        return row.others or frozenset({200})
    if principal in ("nobody", "suspended"):
        return frozenset({303 if row.is_page else 401})
    if principal == "too little scope":
        return frozenset({403})
    if (row.is_of_document or row.is_own) and principal != "reader":
        return frozenset({404})
    return frozenset({row.permitted})


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.path}")
async def test_a_route_gives_each_principal_what_is_theirs(
    app_and_tokens: tuple[FastAPI, dict[str, str]], row: Row, principal: str
) -> None:
    app, tokens = app_and_tokens
    headers = {"Authorization": f"Bearer {tokens[principal]}"} if principal in tokens else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        example = row.example.replace("PASSAGE", await _passage(http, tokens))
        example = example.replace("CONVERSATION", await begun(app.state.kept, "ann"))
        response = await http.request(row.method, example, json=row.body, headers=headers)
    assert response.status_code in _expected(row, principal), response.text[:300]


async def _passage(http: httpx.AsyncClient, tokens: dict[str, str]) -> str:
    """Return the number of a passage of the contract, which the reader can find."""
    mine = {"Authorization": f"Bearer {tokens['reader']}"}
    found = (await http.get("/api/search?q=notice", headers=mine)).json()["hits"]
    return str(next(each["passage"] for each in found if each["document"] == CONTRACT))


@pytest.mark.parametrize("principal", ["other reader", "admin"])
@pytest.mark.parametrize("row", [each for each in MATRIX if each.is_own])
async def test_a_conversation_of_somebody_else_looks_like_one_that_is_not_there(
    app_and_tokens: tuple[FastAPI, dict[str, str]], row: Row, principal: str
) -> None:
    app, tokens = app_and_tokens
    headers = {"Authorization": f"Bearer {tokens[principal]}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=headers
    ) as http:
        told = [
            await http.request(row.method, row.example.replace("CONVERSATION", each))
            for each in (await begun(app.state.kept, "ann"), "f" * 32, "none")
        ]
    assert {each.status_code for each in told} == {404}
    assert len({each.content for each in told}) == 1
    assert len({repr(each.headers) for each in told}) == 1


@pytest.mark.parametrize("row", [each for each in MATRIX if each.is_of_document])
async def test_what_one_may_not_read_looks_like_what_is_not_there(
    app_and_tokens: tuple[FastAPI, dict[str, str]], row: Row
) -> None:
    app, tokens = app_and_tokens
    theirs = {"Authorization": f"Bearer {tokens['other reader']}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://testserver", headers=theirs
    ) as http:
        example = row.example.replace("PASSAGE", await _passage(http, tokens))
        unreadable = await http.get(example)
        missing = await http.get(
            row.example.replace("PASSAGE", "999999").replace(CONTRACT, "f" * len(CONTRACT))
        )
    assert unreadable.status_code == missing.status_code == 404
    assert unreadable.content == missing.content
    assert unreadable.headers == missing.headers
