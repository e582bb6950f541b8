"""A Zendesk on loopback: what the service desk uses of the Ticketing API, with its behaviour.

Idempotency keys are kept until `forget_keys`, as the real one forgets them after two hours.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.tools.far.serving import Far

_API = "/api/v2"
PEOPLE = {"ann": 11, "ben": 12, "svc-pincite": 13}
_GROUPS = {360: {"ann", "ben"}, 361: {"ben"}}


class FakeZendesk(Far):
    """Groups 360 (ann and ben) and 361 (ben)."""

    def __init__(self, page: int = 3) -> None:
        super().__init__(
            [
                Route(f"{_API}/tickets", self._tickets, methods=["GET", "POST"]),
                Route(f"{_API}/tickets/{{id:int}}", self._ticket, methods=["GET", "PUT"]),
                Route(f"{_API}/tickets/{{id:int}}/comments", self._comments),
                Route(f"{_API}/tickets/{{id:int}}/audits", self._audits),
                Route(f"{_API}/users/me", self._me),
                Route(f"{_API}/users/{{id:int}}/tickets/{{role}}", self._mine),
            ]
        )
        self.tickets: dict[int, dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self.audits: list[dict[str, Any]] = []
        self.knows_nobody = False
        self.changes_meanwhile = False
        self._page = page
        self._keys: dict[str, tuple[str, dict[str, Any]]] = {}
        self._ticks = 0

    def forget_keys(self) -> None:
        """Do as two hours later."""
        self._keys.clear()

    def put(self, group: int, requester: str, subject: str, **fields: Any) -> int:
        """Add a ticket; return its number."""
        number = 100 + len(self.tickets)
        self.tickets[number] = {
            "id": number,
            "url": f"{self.url}{_API}/tickets/{number}.json",
            "subject": subject,
            "status": "open",
            "group_id": group,
            "requester_id": PEOPLE[requester],
            "assignee_id": None,
            "external_id": None,
            "updated_at": self.tick(),
            **fields,
        }
        return number

    def tick(self) -> str:
        """Return a new instant."""
        self._ticks += 1
        return f"2026-11-22T10:{self._ticks // 60:02}:{self._ticks % 60:02}Z"

    def _seen(self, person: str) -> dict[int, dict[str, Any]]:
        return {
            number: each
            for number, each in self.tickets.items()
            if person in _GROUPS[each["group_id"]]
        }

    async def _tickets(self, request: Request) -> Response:
        person = request.state.person
        if request.method == "GET":
            wanted = request.query_params["external_id"]
            found = [e for e in self._seen(person).values() if e["external_id"] == wanted]
            return JSONResponse({"tickets": found, "count": len(found), "next_page": None})
        key, sent = request.headers["idempotency-key"], json.dumps(request.state.body)
        if key in self._keys:
            known, answer = self._keys[key]
            if known != sent:
                return JSONResponse({"error": "IdempotentRequestError"}, 400)
            return JSONResponse(answer, 201, {"x-idempotency-lookup": "hit"})
        ticket = dict(request.state.body["ticket"])
        if person not in _GROUPS[ticket["group_id"]]:
            return JSONResponse({"error": "RecordInvalid"}, 422)
        comment = ticket.pop("comment")
        number = self.put(ticket.pop("group_id"), person, ticket.pop("subject"), **ticket)
        self._write(number, person, comment["body"], {})
        answer = {"ticket": self.tickets[number], "audit": self.audits[-1]}
        self._keys[key] = sent, answer
        return JSONResponse(answer, 201, {"x-idempotency-lookup": "miss"})

    async def _ticket(self, request: Request) -> Response:
        ticket = self._seen(request.state.person).get(request.path_params["id"])
        if ticket is None:
            return JSONResponse({"error": "RecordNotFound"}, 404)
        if request.method == "GET":
            users = [{"id": number, "name": name.title()} for name, number in PEOPLE.items()]
            return JSONResponse({"ticket": ticket, "users": users})
        change = request.state.body["ticket"]
        if change["safe_update"] and change["updated_stamp"] != ticket["updated_at"]:
            return JSONResponse({"error": "UpdateConflict"}, 409)
        ticket["updated_at"] = self.tick()
        self._write(
            ticket["id"], request.state.person, change["comment"]["body"], change["metadata"]
        )
        return JSONResponse({"ticket": ticket, "audit": self.audits[-1]})

    async def _comments(self, request: Request) -> Response:
        assert request.query_params["sort"] == "-created_at"
        if request.path_params["id"] not in self._seen(request.state.person):
            return JSONResponse({"error": "RecordNotFound"}, 404)
        own = [e for e in self.comments if e["ticket"] == request.path_params["id"]]
        users = [{"id": number, "name": name.title()} for name, number in PEOPLE.items()]
        return JSONResponse({"comments": own[::-1], "users": users, "meta": {"has_more": False}})

    async def _audits(self, request: Request) -> Response:
        if request.path_params["id"] not in self._seen(request.state.person):
            return JSONResponse({"error": "RecordNotFound"}, 404)
        if self.changes_meanwhile:
            self.tickets[request.path_params["id"]]["updated_at"] = self.tick()
        own = [e for e in self.audits if e["ticket_id"] == request.path_params["id"]]
        return JSONResponse({"audits": own[::-1], "meta": {"has_more": False}})

    async def _me(self, request: Request) -> Response:
        if self.knows_nobody:
            return JSONResponse({"user": {"id": None, "name": "Anonymous user"}})
        person = request.state.person
        return JSONResponse({"user": {"id": PEOPLE[person], "name": person.title()}})

    async def _mine(self, request: Request) -> Response:
        number, role = request.path_params["id"], request.path_params["role"]
        column = {"requested": "requester_id", "assigned": "assignee_id"}[role]
        found = [e for e in self._seen(request.state.person).values() if e[column] == number]
        start = int(request.query_params.get("page[after]", "0"))
        has_more = start + self._page < len(found)
        meta = {"has_more": has_more, "after_cursor": str(start + self._page)}
        return JSONResponse({"tickets": found[start : start + self._page], "meta": meta})

    def _write(self, ticket: int, person: str, body: str, custom: dict[str, Any]) -> None:
        number = 7_000 + len(self.comments)
        self.comments.append(
            {
                "id": number,
                "ticket": ticket,
                "author_id": PEOPLE[person],
                "body": body,
                "plain_body": body,
                "public": True,
                "created_at": self.tick(),
            }
        )
        self.audits.append(
            {
                "id": number + 1_000,
                "ticket_id": ticket,
                "author_id": PEOPLE[person],
                "metadata": {"system": {}, "custom": custom},
            }
        )
