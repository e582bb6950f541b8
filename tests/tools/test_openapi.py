"""Operations of a service become tools as far as they can be checked, called as the asker."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from retrieval.errors import BadRequest
from tests.tools.far.intranet import FILE, Intranet, written
from tests.tools.far.serving import serving
from tests.tools.hand_contract import HandContract, Trial, errand
from tools.box.openapi import OpenApiHand, hands_of
from tools.box.openapi_document import LARGEST_BYTES, MOST_VALUES
from tools.box.openapi_file import Operation, read_operations
from tools.configuration import Shape, System
from tools.fields import Choice, Flag, Many, Number, Text
from tools.matching import fault_of
from tools.tool import Effect, ToolFailed

PATH = "/rooms/{room}/bookings"


@pytest.fixture
def rooms() -> Iterator[Intranet]:
    with serving(Intranet()) as far:
        yield far


def system(far: Intranet, folder: Path, *names: str) -> System:
    return System(
        "intranet",
        Shape.OPENAPI,
        f"{far.url}/api",
        is_inside=True,
        file=written(folder),
        names=names,
    )


def hand(far: Intranet, folder: Path, name: str) -> OpenApiHand:
    [made] = hands_of(system(far, folder, name))
    return made


class TestListing(HandContract):
    @pytest.fixture
    def trial(self, rooms: Intranet, tmp_path: Path) -> Trial:
        def flood() -> None:
            rooms.bookings += [{"id": f"{at}", "room": "r1", "by": "x" * 90} for at in range(2_000)]

        return Trial(
            lambda: hand(rooms, tmp_path, "list_bookings"),
            {"room": "r1"},
            lambda: len(rooms.changes),
            rooms,
            flood=flood,
        )


class TestBooking(HandContract):
    @pytest.fixture
    def trial(self, rooms: Intranet, tmp_path: Path) -> Trial:
        return Trial(
            lambda: hand(rooms, tmp_path, "book"),
            {"room": "r1", "seats": 4, "note": "Lieferverzug"},
            lambda: len(rooms.bookings),
            rooms,
        )


def operation(folder: Path, name: str, change: Callable[[Any], None] = lambda _: None) -> Operation:
    """Return an operation of the file once it was changed."""
    file = copy.deepcopy(FILE)
    change(file)
    [read] = read_operations(written(folder, file), [name])
    return read


def test_a_tool_says_what_the_file_says(rooms: Intranet, tmp_path: Path) -> None:
    listing, booking = (hand(rooms, tmp_path, each).tool for each in ("list_bookings", "book"))

    assert (listing.name, listing.effect) == ("intranet.list_bookings", Effect.READS)
    assert (booking.name, booking.effect) == ("intranet.book", Effect.CHANGES)
    assert listing.says == "List the bookings of a room."
    assert booking.will == "intranet is sent POST /rooms/{room}/bookings, as below."
    assert (listing.system, listing.knows_keys, booking.knows_keys) == ("intranet", False, True)
    assert len(booking.revision) == 64
    assert listing.fields == {
        "room": Text("", most=20, pattern="^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$"),
        "day": Text("", most=10, least=10, pattern="^\\d{4}-\\d{2}-\\d{2}$", is_required=False),
        "kind": Many("", Choice("", ("team", "guest")), is_required=False),
        "most": Number("", 1, 50, is_required=False),
        "past": Flag("", is_required=False),
    }
    assert booking.fields.keys() == {"room", "seats", "note"}
    assert booking.fields["seats"] == Number("", 1, 20)


async def test_what_is_sent_and_shown_is_what_the_file_states(
    rooms: Intranet, tmp_path: Path
) -> None:
    booking = hand(rooms, tmp_path, "book")
    made = await booking.run({"room": "r~1.a", "seats": 4, "note": "a"}, errand())
    listed = await hand(rooms, tmp_path, "list_bookings").run(
        {"room": "r~1.a", "day": "2026-11-22", "kind": ["team", "guest"], "most": 5, "past": False},
        errand(),
    )

    assert json.loads(made.text) == {"id": "b0", "room": "r~1.a", "by": "ann", "seats": 4}
    assert json.loads(listed.text) == [json.loads(made.text)]
    assert made.ids == listed.ids == ("b0",)
    assert made.title == "book of intranet"
    sent, asked = rooms.noted
    assert (sent.method, sent.path) == ("POST", "/api/rooms/r~1.a/bookings")
    assert sent.body == {"seats": 4, "note": "a"}
    assert sent.key
    assert (asked.method, asked.body, asked.key) == ("GET", None, "")
    assert asked.query == {"day": "2026-11-22", "kind": "guest", "most": "5", "past": "false"}


EVIL = [
    "..",
    ".",
    "../x",
    "a/b",
    "a%2fb",
    "a\\b",
    "a?b",
    "a#b",
    "a b",
    "",
    "https://x",
    "a\nb",
    "á",
    "／",
    "x" * 21,
]


@pytest.mark.parametrize("value", EVIL)
def test_no_argument_leaves_its_part_of_the_path(
    rooms: Intranet, tmp_path: Path, value: str
) -> None:
    fields = hand(rooms, tmp_path, "list_bookings").tool.fields

    assert fault_of({"room": value}, fields) == "room"


@pytest.mark.parametrize("value", ["..", ".", "a/b", "a%2fb", "", "a\\b"])
async def test_what_slipped_through_would_not_be_sent(
    rooms: Intranet, tmp_path: Path, value: str
) -> None:
    with pytest.raises(ToolFailed) as failed:
        await hand(rooms, tmp_path, "list_bookings").run({"room": value}, errand())

    assert failed.value.happened is False
    assert not rooms.noted


def get(file: Any) -> Any:
    return file["paths"][PATH]["get"]


def post(file: Any) -> Any:
    return file["paths"][PATH]["post"]


def with_room(schema: Any) -> Callable[[Any], None]:
    return lambda file: file["components"]["parameters"]["Room"].update(schema=schema)


def with_body(schema: Any) -> Callable[[Any], None]:
    media = {"application/json": {"schema": schema}}
    return lambda file: post(file)["requestBody"].update(content=media)


def with_query(**parameter: Any) -> Callable[[Any], None]:
    return lambda file: get(file)["parameters"].append({"in": "query", **parameter})


GET, POST = f"paths.{PATH}.get", f"paths.{PATH}.post"
BODY = f"{POST}.requestBody.content.schema"
ANY = {"type": "string"}
UNSAYABLE: list[tuple[str, Callable[[Any], None], str]] = [
    ("list_bookings", with_room({"type": "string", "pattern": "^[a-z/]+$"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "string", "pattern": "^.+$"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "string", "pattern": "[a-z]"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "string", "pattern": 5}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "string", "pattern": "^[a-z]*$", "minLength": 0}), ""),
    ("list_bookings", with_room({"enum": ["a", "b/c"]}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "number"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "boolean"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "array", "items": ANY}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "object"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room({"type": "string", "format": "uri"}), f"{GET}.parameters.0"),
    ("list_bookings", with_room(None), f"{GET}.parameters.0"),
    (
        "list_bookings",
        with_query(name="q", required=True, schema={"type": "object"}),
        f"{GET}.parameters.6",
    ),
    (
        "list_bookings",
        with_query(name="q", required=True, style="spaceDelimited", schema=ANY),
        f"{GET}.parameters.6",
    ),
    (
        "list_bookings",
        with_query(name="q", required=True, explode=False, schema=ANY),
        f"{GET}.parameters.6",
    ),
    (
        "list_bookings",
        with_query(name="q", required=True, content={"application/json": {"schema": ANY}}),
        f"{GET}.parameters.6",
    ),
    ("list_bookings", with_query(name="a b", required=True, schema=ANY), f"{GET}.parameters.6"),
    (
        "list_bookings",
        lambda file: get(file)["parameters"].append(
            {"in": "header", "name": "X", "required": True, "schema": ANY}
        ),
        f"{GET}.parameters.6",
    ),
    (
        "list_bookings",
        lambda file: get(file)["parameters"].append(
            {"in": "cookie", "name": "X", "required": True, "schema": ANY}
        ),
        f"{GET}.parameters.6",
    ),
    (
        "list_bookings",
        lambda file: get(file).update(
            requestBody={"required": True, "content": {"application/json": {"schema": {}}}}
        ),
        f"{GET}.requestBody.content",
    ),
    (
        "book",
        lambda file: post(file)["requestBody"].update(content={"text/xml": {"schema": ANY}}),
        f"{POST}.requestBody.content",
    ),
    ("book", with_body({"type": "array", "items": ANY}), BODY),
    ("book", with_body({"oneOf": [{"type": "object"}]}), BODY),
    (
        "book",
        with_body({"type": "object", "required": ["x"], "properties": {"x": {"type": "object"}}}),
        f"{BODY}.properties.x",
    ),
    (
        "book",
        with_body({"type": "object", "required": ["room"], "properties": {"room": ANY}}),
        f"{BODY}.properties.room",
    ),
    (
        "book",
        with_body(
            {"type": "object", "required": ["x"], "properties": {"x": {**ANY, "readOnly": True}}}
        ),
        f"{BODY}.properties.x",
    ),
    (
        "book",
        with_body({"type": "object", "properties": {f"p{at}": ANY for at in range(40)}}),
        POST,
    ),
    (
        "list_bookings",
        lambda file: file["paths"][PATH].update(parameters=[]),
        GET,
    ),
    (
        "odd id",
        lambda file: get(file).update(operationId="odd id"),
        GET,
    ),
]


@pytest.mark.parametrize(("name", "change", "place"), UNSAYABLE)
def test_what_cannot_be_checked_cannot_be_offered(
    tmp_path: Path, name: str, change: Callable[[Any], None], place: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        operation(tmp_path, name, change)

    told = f"rooms.json: The operation `{name}` cannot be offered, at {place}"
    assert told in str(refused.value)
    assert "Expected " in str(refused.value)


@pytest.mark.parametrize("path", ["/rooms//x", "/rooms/", "/a/../b", "/a b", "/a/{room}/{x}", "/a"])
def test_a_path_is_plain_and_names_its_parameters(tmp_path: Path, path: str) -> None:
    def change(file: Any) -> None:
        file["paths"] = {path: file["paths"][PATH]}

    with pytest.raises(BadRequest, match="Expected a p"):
        operation(tmp_path, "list_bookings", change)


@pytest.mark.parametrize(
    ("schema", "field"),
    [
        ({"enum": ["r1", "r2"]}, Choice("", ("r1", "r2"))),
        ({"type": "integer", "minimum": 1, "maximum": 9}, Number("", 1, 9)),
        (
            {"type": "string", "pattern": "^r\\d$", "minLength": 2, "maxLength": 2},
            Text("", most=2, least=2, pattern="^r\\d$"),
        ),
    ],
)
def test_what_cannot_leave_its_part_of_the_path_is_taken_as_it_is(
    tmp_path: Path, schema: Any, field: Any
) -> None:
    def change(file: Any) -> None:
        with_room(schema)(file)
        get(file).pop("responses")

    listing = operation(tmp_path, "list_bookings", change)

    assert (listing.fields["room"], listing.answer) == (field, {})


def test_what_need_not_be_said_is_left_out(tmp_path: Path) -> None:
    def change(file: Any) -> None:
        odd = {"type": "object", "properties": {"room": ANY, "day": ANY, "x y": ANY, "in": ANY}}
        with_body(odd)(file)
        post(file)["parameters"].append({"in": "header", "name": "Accept", "required": True})
        post(file)["parameters"].append("odd")
        post(file)["responses"] = {"404": {}, "204": {"description": ""}, "200": "odd"}

    booking = operation(tmp_path, "book", change)

    assert booking.fields.keys() == {"room", "day", "in"}
    assert booking.body == {"day", "in"}
    assert (booking.answer, booking.takes_key) == ({}, True)


def test_a_body_that_need_not_be_and_is_no_json_is_left_out(tmp_path: Path) -> None:
    def change(file: Any) -> None:
        post(file)["requestBody"] = {"content": {"text/xml": {"schema": ANY}}}

    assert operation(tmp_path, "book", change).body == frozenset()


def test_a_schema_that_is_not_stated_is_no_body(tmp_path: Path) -> None:
    def change(file: Any) -> None:
        post(file)["requestBody"] = {"content": {"application/json": {"schema": "odd"}}}

    with pytest.raises(BadRequest, match="Expected an object of named properties"):
        operation(tmp_path, "book", change)


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "object", "properties": {"a": ANY}}, {"properties": {"a": ANY}}],
        [{"type": "object"}, {"type": "string"}],
        "odd",
    ],
)
def test_parts_that_say_different_things_are_not_put_together(tmp_path: Path, parts: Any) -> None:
    with pytest.raises(BadRequest, match="Expected an object of named properties"):
        operation(tmp_path, "book", with_body({"allOf": parts}))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)

    with pytest.raises(BadRequest, match="at most 10,000,000 bytes"):
        read_operations(path, ["x"])


def test_an_operation_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"`list_booking`, got none \(did you mean `list_book"):
        operation(tmp_path, "list_booking")
    with pytest.raises(BadRequest, match="`x`, got none\\."):
        operation(tmp_path, "x")


def test_another_word_in_an_operation_is_another_revision(tmp_path: Path) -> None:
    def elsewhere(file: Any) -> None:
        file["info"]["version"] = "2"
        post(file)["summary"] = "Other"

    def in_it(file: Any) -> None:
        get(file)["summary"] = "Other"

    def in_what_it_refers_to(file: Any) -> None:
        file["components"]["parameters"]["Room"]["description"] = "Other"

    first = operation(tmp_path, "list_bookings").revision
    assert operation(tmp_path, "list_bookings", elsewhere).revision == first
    assert operation(tmp_path, "list_bookings", in_it).revision != first
    assert operation(tmp_path, "list_bookings", in_what_it_refers_to).revision != first


def test_a_file_in_yaml_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rooms.yaml"
    path.write_text(yaml.safe_dump(FILE), encoding="utf-8")

    assert read_operations(path, ["book"]) == read_operations(written(tmp_path), ["book"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "Expected `openapi: 3`"),
        ("[]", "Expected `openapi: 3`"),
        ('{"swagger": "2.0"}', "Expected `openapi: 3`"),
        ("{", "Expected JSON or YAML"),
        ("a: [", "Expected JSON or YAML"),
        ("openapi: !!python/object:os.system {}", "Expected JSON or YAML"),
        ("[" * 5_000, "Expected JSON or YAML"),
        ("openapi: 3.0.0", "Expected an operation `x`"),
        ("openapi: 3.0.0\npaths: []", "Expected an operation `x`"),
        ("openapi: 3.0.0\npaths: {/a: 5, /b: {get: 5}, /c: {get: {}}}", "Expected an operation"),
    ],
)
def test_what_is_no_openapi_file_is_told(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest, match=told):
        read_operations(path, ["x"])
    with pytest.raises(BadRequest, match="No such file"):
        read_operations(tmp_path / "none", ["x"])


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("https://elsewhere.example/x.json", "Expected a reference within the file"),
        ("other.yaml#/a", "Expected a reference within the file"),
        ("#/components/none", "Expected what '#/components/none' leads to, got nothing"),
        ("#/components/chain/0", "Expected at most 20,000 values"),
        ("#/components/bomb0", "Expected at most 20,000 values"),
    ],
)
def test_references_are_followed_within_reason(tmp_path: Path, reference: str, told: str) -> None:
    def change(file: Any) -> None:
        get(file)["responses"] = {"200": {"$ref": reference}}
        chain = {str(at): {"$ref": f"#/components/chain/{at + 1}"} for at in range(100)}
        file["components"] |= {"chain": chain} | {
            f"bomb{at}": [{"$ref": f"#/components/bomb{at + 1}"}] * 10 for at in range(9)
        }
        file["components"]["bomb9"] = {}

    assert MOST_VALUES == 20_000
    with pytest.raises(BadRequest, match=told):
        operation(tmp_path, "list_bookings", change)


def test_only_a_system_whose_name_can_stand_in_a_tools_is_taken(
    rooms: Intranet, tmp_path: Path
) -> None:
    odd = System("a b", Shape.OPENAPI, rooms.url, is_inside=True, file=written(tmp_path), names=())
    assert hands_of(odd) == ()
    with pytest.raises(BadRequest, match="a system's name"):
        OpenApiHand(odd.far(), operation(tmp_path, "book"))
    with pytest.raises(BadRequest, match="OpenAPI `file`"):
        hands_of(System("a", Shape.OPENAPI, rooms.url, is_inside=True))


@pytest.mark.parametrize(
    ("schema", "body", "shown"),
    [
        ({}, {"a": [1]}, {"a": [1]}),
        ({"type": "object"}, {"a": 1}, {"a": 1}),
        ({"type": "string"}, "a", "a"),
        ({"type": "string"}, 1, None),
        ({"type": "integer"}, 1, 1),
        ({"type": "integer"}, True, None),
        ({"type": "boolean"}, True, True),
        ({"type": "boolean"}, 1, None),
        ({"type": "number"}, 1.5, 1.5),
        ({"type": "array"}, [1, "a"], [1, "a"]),
        ({"type": "array"}, {"a": 1}, None),
        ({"type": "array", "items": {"type": "string"}}, [1, "a"], [None, "a"]),
        ({"properties": {"a": {"type": "string"}, "b": 5}}, {"a": "x", "b": 1, "c": 2}, {"a": "x"}),
        ({"properties": {"a": {}}}, [1], None),
    ],
)
async def test_of_an_answer_only_what_the_file_states_is_shown(
    tmp_path: Path, schema: Any, body: Any, shown: Any
) -> None:
    def change(file: Any) -> None:
        get(file)["responses"] = {
            "404": {"content": {"application/json": {"schema": {"type": "boolean"}}}},
            "200": {"content": {"application/json": {"schema": schema}}},
        }

    with serving(_Saying(body)) as far:
        odd = System("intranet", Shape.OPENAPI, f"{far.url}/api", is_inside=True)
        made = OpenApiHand(odd.far(), operation(tmp_path, "list_bookings", change))
        result = await made.run({"room": "r1"}, errand())

    assert (json.loads(result.text) if result.text else None) == shown


class _Saying(Intranet):
    """Answers one thing."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def _list(self, request: Request) -> Response:
        return JSONResponse(self._body)
