"""A register of contracts on loopback, and one in a database: the same records in both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.tools.far.serving import Far

RECORDS: Mapping[str, tuple[str, str, str, str]] = {
    "C-1": ("Rimview Ltd", "2026-12-01", "30", "group:legal"),
    "C-2": ("Talford AG", "2027-06-30", "90", "group:legal"),
    "C-3": ("Hidden GmbH", "2026-12-05", "60", "group:board"),
    "C-4": ("Orrin LLP", "2026-11-22", "14", "user:ann"),
    "C-5": ("Past Inc", "2026-11-21", "14", "group:legal"),
}
"""Title, last day, days of notice, and who may read it."""
_READS = {"ann": {"group:legal", "user:ann"}, "ben": {"group:board"}}

TABLES = (
    "CREATE TABLE contracts (number TEXT, party TEXT, ends DATE, notice INTEGER, readers TEXT)",
    "CREATE TABLE proposals (id TEXT PRIMARY KEY, record TEXT NOT NULL, field TEXT NOT NULL,"
    " value TEXT NOT NULL, reason TEXT NOT NULL, proposer TEXT NOT NULL,"
    " proposed_at BIGINT NOT NULL, withdrawn_at BIGINT)",
)
LAYOUT: Mapping[str, Any] = {
    "table": "contracts",
    "id": "number",
    "title": "party",
    "expires": "ends",
    "shown": {"notice days": "notice"},
    "proposals": "proposals",
    "changeable": ("notice days",),
}


class Rows:
    """A look into the database from outside, as nobody's assistant."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url)

    def make(self) -> None:
        """Make the tables and the records."""
        self.run(*TABLES)
        for number, (party, ends, notice, readers) in RECORDS.items():
            self.run(
                "INSERT INTO contracts VALUES "
                f"('{number}', '{party}', '{ends}', {notice}, '{readers}')"
            )

    def run(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with self._engine.begin() as connection:
            for each in statements:
                connection.execute(text(each))

    def all(self, statement: str) -> list[tuple[Any, ...]]:
        """Return every row of a statement."""
        with self._engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def close(self) -> None:
        """Return every connection."""
        self._engine.dispose()


def sqlite(folder: Path) -> Rows:
    """Return a register in a file."""
    rows = Rows(f"sqlite:///{folder / 'register of contracts.db'}")
    rows.make()
    return rows


class FakeRegister(Far):
    """A register behind a service, as `tools/box/register_rest.py` states it."""

    def __init__(self, page: int = 2) -> None:
        super().__init__(
            [
                Route("/api/records", self._list),
                Route("/api/records/{id}", self._record),
                Route("/api/records/{id}/proposals", self._propose, methods=["POST"]),
                Route("/api/proposals", self._proposals),
                Route("/api/proposals/{id}/withdrawal", self._withdraw, methods=["POST"]),
            ]
        )
        self.records = {
            number: {
                "id": number,
                "title": party,
                "expires": ends,
                "values": {"notice days": int(notice)},
                "readers": readers,
            }
            for number, (party, ends, notice, readers) in RECORDS.items()
        }
        self.proposals: dict[str, dict[str, Any]] = {}
        self._page = page

    def _seen(self, person: str) -> list[dict[str, Any]]:
        return [each for each in self.records.values() if each["readers"] in _READS[person]]

    async def _list(self, request: Request) -> Response:
        first, last = (request.query_params[f"expires_{each}"] for each in ("from", "to"))
        found = sorted(
            (e for e in self._seen(request.state.person) if first <= str(e["expires"]) <= last),
            key=lambda each: str(each["expires"]),
        )
        start = int(request.query_params.get("cursor") or "0")
        end = start + self._page
        rest = end if end < len(found) else None
        return JSONResponse({"records": found[start:end], "next": rest})

    async def _record(self, request: Request) -> Response:
        for each in self._seen(request.state.person):
            if each["id"] == request.path_params["id"]:
                return JSONResponse(each)
        return JSONResponse({"error": "not found"}, 404)

    async def _propose(self, request: Request) -> Response:
        person, key = request.state.person, request.headers["idempotency-key"]
        if request.path_params["id"] not in {each["id"] for each in self._seen(person)}:
            return JSONResponse({"error": "not found"}, 404)
        number = f"P-{len(self.proposals) + 1}"
        sent = {**request.state.body, "id": number, "proposer": person, "withdrawn": False}
        return JSONResponse({"id": self.proposals.setdefault(key, sent)["id"]}, 201)

    async def _proposals(self, request: Request) -> Response:
        wanted, person = request.query_params["key"], request.state.person
        found = [
            {"id": each["id"]}
            for key, each in self.proposals.items()
            if key == wanted and each["proposer"] == person
        ]
        return JSONResponse({"proposals": found})

    async def _withdraw(self, request: Request) -> Response:
        for each in self.proposals.values():
            if (each["id"], each["proposer"]) == (request.path_params["id"], request.state.person):
                each["withdrawn"] = True
                return JSONResponse({"id": each["id"]})
        return JSONResponse({"error": "not found"}, 404)
