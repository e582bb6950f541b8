"""Arguments match a tool's fields or do not, whatever JSON there is."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.tools.gate_world import CREATE, FIND, PAY
from tests.tools.test_call import JSON
from tools.fields import (
    LARGEST_NUMBER,
    MOST_LISTED,
    MOST_PATTERNED,
    MOST_TEXT,
    BadField,
    Choice,
    Field,
    Flag,
    Many,
    Number,
    Text,
)
from tools.matching import fault_of, schema_of

KEY = Text("A key", most=8, least=3, pattern="^[A-Z]+-\\d+$")
LINE = Text("A line", most=5, least=2)
LONG = Text("Long text", most=5, is_long=True)
FREE = Text("Maybe nothing", most=5, least=0)
WORD = Choice("A word", ("red", "blue"))
WHOLE = Number("Whole", -2, 5)
BROKEN = Number("With decimals", 0.5, 5, decimals=True)
FLAG = Flag("Yes or no")
WORDS = Many("Some", WORD, most=2, least=1)
KEYS = Many("Keys", KEY, most=3)
NUMBERS = Many("Numbers", BROKEN, most=3)
EVERY = (KEY, LINE, LONG, FREE, WORD, WHOLE, BROKEN, FLAG, WORDS, KEYS, NUMBERS)

RIGHT: list[tuple[Field, Any]] = [
    (KEY, "A-1"),
    (KEY, "ABC-1234"),
    (LINE, "ab"),
    (LINE, "abcde"),
    (LINE, "a/b"),
    (LONG, "a\nb"),
    (FREE, ""),
    (FREE, "abc"),
    (WORD, "red"),
    (WORD, "blue"),
    (WHOLE, -2),
    (WHOLE, 0),
    (WHOLE, 5),
    (BROKEN, 0.5),
    (BROKEN, 1),
    (BROKEN, 1.0),
    (BROKEN, 5),
    (FLAG, True),
    (FLAG, False),
    (WORDS, ["red"]),
    (WORDS, ["red", "blue"]),
    (KEYS, []),
    (KEYS, ["A-1", "B-2", "C-3"]),
    (NUMBERS, [1, 2, 2.5]),
]
WRONG: list[tuple[Field, Any]] = [
    (KEY, "A-"),
    (KEY, "A1"),
    (KEY, "ABCD-12345"),
    (KEY, "a-1"),
    (KEY, "A-1\n"),
    (KEY, "xA-1"),
    (KEY, "A-1x"),
    (KEY, "A-١"),
    (KEY, "Ａ-1"),
    (KEY, ["A-1"]),
    (LINE, "a"),
    (LINE, "abcdef"),
    (LINE, ""),
    (LINE, "  "),
    (LINE, "a\nb"),
    (LINE, "a\u200bb"),
    (LINE, "{{a"),
    (LINE, 12),
    (LINE, True),
    (LINE, None),
    (LINE, {"a": "b"}),
    (LONG, "a\tb"),
    (LONG, "\n\n"),
    (FREE, " "),
    (WORD, "Red"),
    (WORD, "red "),
    (WORD, ""),
    (WORD, ["red"]),
    (WORD, None),
    (WHOLE, -3),
    (WHOLE, 6),
    (WHOLE, 1.0),
    (WHOLE, 1.5),
    (WHOLE, True),
    (WHOLE, "1"),
    (WHOLE, None),
    (WHOLE, [1]),
    (WHOLE, 10**400),
    (BROKEN, 0.49),
    (BROKEN, 5.01),
    (BROKEN, True),
    (BROKEN, float("nan")),
    (BROKEN, float("inf")),
    (BROKEN, float("-inf")),
    (BROKEN, "1"),
    (FLAG, 0),
    (FLAG, 1),
    (FLAG, "true"),
    (FLAG, None),
    (WORDS, []),
    (WORDS, ["red", "red"]),
    (WORDS, ["red", "blue", "red"]),
    (WORDS, ["red", "green"]),
    (WORDS, "red"),
    (WORDS, {"red": 1}),
    (WORDS, [["red"]]),
    (WORDS, None),
    (KEYS, ["A-1", "B-2", "C-3", "D-4"]),
    (KEYS, ["A-1", {}]),
    (NUMBERS, [1, 1.0]),
    (NUMBERS, [1, True]),
]


@pytest.mark.parametrize(("field", "value"), RIGHT)
def test_what_a_field_says_matches(field: Field, value: Any) -> None:
    assert fault_of({"a": value}, {"a": field}) is None
    assert jsonschema_rs.is_valid(schema_of({"a": field}), {"a": value})


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_what_it_does_not_say_does_not(field: Field, value: Any) -> None:
    assert fault_of({"a": value}, {"a": field}) == "a"


def test_what_reads_as_more_than_words_is_refused_whatever_the_pattern_says() -> None:
    fields = {"a": Text("A path", pattern="^[a-z./]{1,40}$")}

    assert fault_of({"a": "a/b.c"}, fields) is None
    assert fault_of({"a": "../b"}, fields) == "a"


def test_what_is_not_required_may_be_absent_but_not_null() -> None:
    fields = {"a": Text("A", is_required=False), "b": Flag("B")}

    assert fault_of({"b": True}, fields) is None
    assert fault_of({"a": None, "b": True}, fields) == "a"
    assert fault_of({"a": "x"}, fields) == "b"
    assert fault_of({}, fields) == "b"


def test_the_first_field_at_fault_is_named_and_an_unknown_name_is_not() -> None:
    fields = {"b": Flag("B"), "a": Flag("A")}

    assert fault_of({"a": 1, "b": 1}, fields) == "b"
    assert fault_of({"a": 1, "b": True}, fields) == "a"
    assert fault_of({"a": 1, "b": 1, "c": 1}, fields) == ""
    assert fault_of({"A": True, "b": True}, fields) == ""
    assert fault_of({}, {}) is None


@pytest.mark.parametrize("other", [None, [], "a", 1, [["a", 1]]])
def test_only_objects_match(other: Any) -> None:
    assert fault_of(other, {}) == ""


def test_a_view_of_an_object_matches_as_well() -> None:
    assert fault_of(MappingProxyType({"a": True}), {"a": FLAG}) is None


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "__proto__", ""]), JSON), st.sampled_from(EVERY))
@example({"a": "\ud800"}, LINE)
@example({"a": "\ufdfa" * 4_000}, Text("x", most=4_000))
@example({"a": "\u0301" * 4_000}, Text("x", most=4_000))
@example({"a": "a" * 200}, Text("x", pattern="^[a-z]+$"))
def test_any_json_matches_or_not_and_nothing_matches_more_than_the_schema(
    arguments: dict[str, Any], field: Field
) -> None:
    fault = fault_of(arguments, {"a": field})

    if set(arguments) - {"a"}:
        assert fault == ""
    if fault is None:
        assert jsonschema_rs.is_valid(schema_of({"a": field}), arguments)


@settings(deadline=None)
@given(st.data())
def test_whatever_a_schema_says_but_for_what_words_hold_matches(data: st.DataObject) -> None:
    value = {
        "key": data.draw(st.from_regex(r"\A[A-Z]{2,5}-[0-9]{1,6}\Z")),
        "words": data.draw(st.text("abc déf/-", min_size=1, max_size=60).map("x".__add__)),
        "state": data.draw(st.sampled_from(["open", "closed"])),
        "most": data.draw(st.integers(1, 50)),
        "labels": data.draw(st.lists(st.sampled_from(["red", "blue"]), unique=True)),
    }
    value["words"] = re.sub("/+", "/", value["words"][:60])

    assert fault_of(value, FIND.fields) is None


def test_the_schema_is_closed_and_says_everything() -> None:
    fields = {"k": KEY, "l": LINE, "c": WORD, "w": WHOLE, "d": BROKEN, "f": FLAG, "m": WORDS}
    optional = {"o": Number("Maybe", 1.0, 2.0, is_required=False)}

    assert schema_of(fields | optional) == {
        "type": "object",
        "properties": {
            "k": {
                "description": "A key",
                "type": "string",
                "minLength": 3,
                "maxLength": 8,
                "pattern": "^[A-Z]+-\\d+$",
            },
            "l": {"description": "A line", "type": "string", "minLength": 2, "maxLength": 5},
            "c": {"description": "A word", "type": "string", "enum": ["red", "blue"]},
            "w": {"description": "Whole", "type": "integer", "minimum": -2, "maximum": 5},
            "d": {
                "description": "With decimals",
                "type": "number",
                "minimum": 0.5,
                "maximum": 5.0,
            },
            "f": {"description": "Yes or no", "type": "boolean"},
            "m": {
                "description": "Some",
                "type": "array",
                "items": {"description": "A word", "type": "string", "enum": ["red", "blue"]},
                "minItems": 1,
                "maxItems": 2,
            },
            "o": {"description": "Maybe", "type": "integer", "minimum": 1, "maximum": 2},
        },
        "required": ["k", "l", "c", "w", "d", "f", "m"],
        "additionalProperties": False,
    }
    assert '"minimum": 1,' in json.dumps(schema_of(optional))
    for tool in (FIND, CREATE, PAY):
        jsonschema_rs.validator_for(schema_of(tool.fields))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Text("x", most=5, least=6),
        lambda: Text("x", least=-1),
        lambda: Text("x", most=0, least=0),
        lambda: Text("x", most=MOST_TEXT + 1),
        lambda: Text("x", most=MOST_PATTERNED + 1, pattern="^a+$"),
        lambda: Text("x", pattern="a+"),
        lambda: Text("x", pattern="^(a+)+$"),
        lambda: Text("x", pattern="^a+$", is_long=True),
        lambda: Choice("x", ()),
        lambda: Choice("x", ("a", "a")),
        lambda: Choice("x", ("a", "")),
        lambda: Number("x", 2, 1),
        lambda: Number("x", 0.5, 1),
        lambda: Number("x", 0, 1.5),
        lambda: Number("x", 0, LARGEST_NUMBER + 2),
        lambda: Number("x", -LARGEST_NUMBER - 2, 0),
        lambda: Number("x", float("nan"), 1),
        lambda: Number("x", 0, float("inf"), decimals=True),
        lambda: Many("x", FLAG, most=0),  # type: ignore[arg-type]
        lambda: Many("x", WORD, most=MOST_LISTED + 1),
        lambda: Many("x", WORD, most=1, least=2),
    ],
)
def test_a_field_that_nothing_could_match_or_nobody_could_check_is_not_made(make: Any) -> None:
    with pytest.raises(BadField):
        make()


def test_fields_at_their_bounds_are_made() -> None:
    assert Text("x", most=MOST_TEXT, least=MOST_TEXT)
    assert Text("x", most=MOST_PATTERNED, pattern="^a+$")
    assert Text("x", most=1, least=0)
    assert Choice("x", ("a",))
    assert Choice("x", ("a", "A"))
    assert Number("x", -LARGEST_NUMBER, LARGEST_NUMBER)
    assert Number("x", 1, 1)
    assert Number("x", 0.5, 1.5, decimals=True)
    assert Many("x", WORD, most=MOST_LISTED, least=MOST_LISTED)


def test_it_is_said_what_is_wrong_with_a_field() -> None:
    with pytest.raises(BadField, match=r"two ways|got two\. The pattern is '\^a\?a\$'\."):
        Text("x", pattern="^a?a$")
    with pytest.raises(BadField, match="at most 1 to 4000, and at least 0, got 6 to 5"):
        Text("x", most=5, least=6)
    with pytest.raises(BadField, match="Expected whole bounds"):
        Number("x", 0.5, 1)
    with pytest.raises(BadField, match="bounds from lower to higher"):
        Number("x", 2, 1)
