"""An internal service on loopback that an OpenAPI file describes: rooms, and who booked them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.tools.far.serving import Far

BOOKING = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "room": {"type": "string"},
        "by": {"type": "string"},
        "seats": {"type": "integer"},
        "part_of": {"$ref": "#/components/schemas/Booking"},
    },
}
FILE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Rooms", "version": "1"},
    "servers": [{"url": "https://elsewhere.example"}],
    "paths": {
        "/rooms/{room}/bookings": {
            "parameters": [{"$ref": "#/components/parameters/Room"}],
            "get": {
                "operationId": "list_bookings",
                "summary": "List the bookings of a room",
                "parameters": [
                    {
                        "name": "day",
                        "in": "query",
                        "schema": {
                            "type": "string",
                            "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                            "minLength": 10,
                            "maxLength": 10,
                        },
                    },
                    {
                        "name": "kind",
                        "in": "query",
                        "schema": {"type": "array", "items": {"enum": ["team", "guest"]}},
                    },
                    {
                        "name": "most",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 50},
                    },
                    {"name": "past", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                    {
                        "name": "filter",
                        "in": "query",
                        "style": "deepObject",
                        "schema": {"type": "object"},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Booking"},
                                }
                            }
                        },
                    }
                },
            },
            "post": {
                "operationId": "book",
                "summary": "Book a room.",
                "parameters": [
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string"},
                    }
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "allOf": [
                                    {
                                        "type": "object",
                                        "required": ["seats"],
                                        "properties": {
                                            "seats": {
                                                "type": "integer",
                                                "minimum": 1,
                                                "maximum": 20,
                                            }
                                        },
                                    },
                                    {
                                        "type": "object",
                                        "properties": {
                                            "note": {"type": "string", "maxLength": 200},
                                            "id": {"type": "string", "readOnly": True},
                                            "guests": {
                                                "type": "array",
                                                "items": {"type": "object"},
                                            },
                                        },
                                    },
                                ]
                            }
                        }
                    },
                },
                "responses": {
                    "201": {
                        "description": "",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Booking"}}
                        },
                    }
                },
            },
        },
    },
    "components": {
        "parameters": {
            "Room": {
                "name": "room",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "maxLength": 20},
            }
        },
        "schemas": {"Booking": BOOKING},
    },
}


class Intranet(Far):
    """Books rooms for whoever calls; what it answers has more in it than its file states."""

    def __init__(self) -> None:
        path = "/api/rooms/{room}/bookings"
        super().__init__([Route(path, self._list), Route(path, self._book, methods=["POST"])])
        self.bookings: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}

    def _list(self, request: Request) -> Response:
        room = request.path_params["room"]
        return JSONResponse([each for each in self.bookings if each["room"] == room])

    def _book(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        made = {
            "id": f"b{len(self.bookings)}",
            "room": request.path_params["room"],
            "by": request.state.person,
            "secret_note": "Lieferverzug evil",
            **request.state.body,
        }
        if key not in self.keys:
            self.keys[key] = made
            self.bookings.append(made)
        return JSONResponse(self.keys[key], 201)


def written(folder: Path, file: dict[str, Any] = FILE) -> Path:
    """Return where the file of the service lies."""
    path = folder / "rooms.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    return path
