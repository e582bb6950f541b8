"""A Jira on loopback: what the service desk uses of REST API version 3, with its behaviour.

Its search lags: a new issue is found after `settle`. People see the projects they are members of.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.tools.far.serving import Far

_API = "/rest/api/3"
_MEMBERS = {"RIM": {"ann", "ben"}, "LEG": {"ben"}}


class FakeJira(Far):
    """Projects RIM (ann and ben) and LEG (ben)."""

    reads_by_post = (f"{_API}/comment/list",)

    def __init__(self, page: int = 3) -> None:
        super().__init__(
            [
                Route(f"{_API}/issue", self._create, methods=["POST"]),
                Route(f"{_API}/issue/{{key}}", self._issue),
                Route(f"{_API}/issue/{{key}}/comment", self._comments, methods=["GET", "POST"]),
                Route(f"{_API}/comment/list", self._list, methods=["POST"]),
                Route(f"{_API}/search/jql", self._search),
            ]
        )
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self._page = page
        self._found: set[str] = set()

    def settle(self) -> None:
        """Let the search catch up."""
        self._found = set(self.issues)

    def put(self, project: str, reporter: str, summary: str, **fields: Any) -> str:
        """Add an issue that the search knows; return its key."""
        key = self._add(project, reporter, {"summary": summary, **fields})
        self.settle()
        return key

    def _add(self, project: str, reporter: str, fields: dict[str, Any]) -> str:
        key = f"{project}-{len(self.issues) + 1}"
        self.issues[key] = {
            "id": str(10_000 + len(self.issues)),
            "key": key,
            "self": f"{self.url}{_API}/issue/{key}",
            "fields": {
                "status": {"name": "Open"},
                "updated": f"2026-11-{len(self.issues) + 1:02}T09:00:00.000+0000",
                "assignee": None,
                "description": None,
                "labels": [],
                **fields,
                "reporter": {"accountId": reporter, "displayName": reporter.title()},
            },
        }
        return key

    def _seen(self, person: str) -> list[dict[str, Any]]:
        return [each for key, each in self.issues.items() if person in _MEMBERS[key.split("-")[0]]]

    async def _create(self, request: Request) -> Response:
        fields = request.state.body["fields"]
        project, person = fields["project"]["key"], request.state.person
        if person not in _MEMBERS.get(project, ()):
            return _errors(400, "project: valid project is required")
        assert fields["issuetype"]["name"] == "Task"
        assert fields["description"]["type"] == "doc"
        key = self._add(project, person, dict(fields))
        issue = self.issues[key]
        return JSONResponse({name: issue[name] for name in ("id", "key", "self")}, 201)

    async def _issue(self, request: Request) -> Response:
        found = self._one(request)
        return JSONResponse(found) if found else _errors(404, "Issue does not exist")

    async def _comments(self, request: Request) -> Response:
        issue = self._one(request)
        if issue is None:
            return _errors(404, "Issue does not exist")
        if request.method == "POST":
            sent = request.state.body
            comment = {
                "id": str(500 + len(self.comments)),
                "issue": issue["key"],
                "author": {"displayName": request.state.person.title()},
                "created": f"2026-11-22T10:00:{len(self.comments):02}.000+0000",
                **sent,
            }
            self.comments.append(comment)
            return JSONResponse(_plain(comment), 201)
        own = [each for each in self.comments if each["issue"] == issue["key"]]
        assert request.query_params["orderBy"] == "-created"
        newest = own[::-1][: int(request.query_params["maxResults"])]
        return JSONResponse(
            {
                "startAt": 0,
                "maxResults": len(newest),
                "total": len(own),
                "comments": [_plain(each) for each in newest],
            }
        )

    async def _list(self, request: Request) -> Response:
        assert request.query_params["expand"] == "properties"
        seen = {each["key"] for each in self._seen(request.state.person)}
        wanted = {str(each) for each in request.state.body["ids"]}
        found = [each for each in self.comments if each["id"] in wanted and each["issue"] in seen]
        return JSONResponse({"values": found, "isLast": True, "total": len(found)})

    async def _search(self, request: Request) -> Response:
        jql, person = request.query_params["jql"], request.state.person
        found = [each for each in self._seen(person) if each["key"] in self._found]
        if jql.startswith("reporter = currentUser()"):
            found = [each for each in found if each["fields"]["reporter"]["accountId"] == person]
        elif jql.startswith("assignee = currentUser()"):
            found = [each for each in found if each["fields"]["assignee"] == {"accountId": person}]
        elif jql.startswith('labels = "pincite-'):
            label = jql.split('"')[1]
            found = [each for each in found if label in each["fields"]["labels"]]
        else:
            return _errors(400, "JQL not understood")
        start = int(request.query_params.get("nextPageToken", "0"))
        body: dict[str, Any] = {"issues": found[start : start + self._page]}
        if start + self._page < len(found):
            body["nextPageToken"] = str(start + self._page)
        return JSONResponse(body)

    def _one(self, request: Request) -> dict[str, Any] | None:
        key = request.path_params["key"]
        return next((each for each in self._seen(request.state.person) if each["key"] == key), None)


def _plain(comment: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in comment.items() if name != "properties"}


def _errors(status: int, told: str) -> Response:
    return JSONResponse({"errorMessages": [told], "errors": {}}, status)
