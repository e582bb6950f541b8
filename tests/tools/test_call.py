"""A call is read strictly: what two readers could read as two things is none."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.call import MOST_CHARACTERS, MOST_LEVELS, MOST_NAME, Call, NoCall, read_call

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def nested(levels: int) -> str:
    """Return the text of an object in which this many objects and lists lie in each other."""
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def test_a_call_is_read_as_it_stands() -> None:
    call = read_call("desk.find", ' {"b": [1, 2.5, "é"], "a": {"c": null, "d": true}} ')

    assert call == Call("desk.find", {"b": [1, 2.5, "é"], "a": {"c": None, "d": True}})
    assert call.canonical == (
        '{"arguments":{"a":{"c":null,"d":true},"b":[1,2.5,"é"]},"tool":"desk.find"}'
    )
    assert call.digest == hashlib.sha256(call.canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "1",
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": 1} {}',
        '\ufeff{"a": 1}',
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": [{"b": 1, "b": 2}]}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": "tab\there"}',
        '{"a": 0x10}',
        '{"a": 01}',
        '{"a": ' + "9" * 5_000 + "}",
        "[" * 8_000,
        '{"a":' * 3_000,
        nested(MOST_LEVELS + 1),
        '{"a": [[[[[[[[]]]]]]]], "b": []}',
        '{"b": [], "a": [[[[[[[[]]]]]]]]}',
        '{"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}',
    ],
)
def test_what_is_no_call_is_refused(text: str) -> None:
    with pytest.raises(NoCall):
        read_call("desk.find", text)


def test_a_refusal_says_what_was_expected_and_nothing_that_came() -> None:
    for text, told in (
        ('{"secret": 1, "secret": 1}', "Expected every key once, got one twice."),
        ('["secret"]', "Expected a JSON object, got something else."),
        ("secret", "Expected the text of a JSON object, got something else."),
        ('{"secret": NaN}', "Expected a number, got NaN."),
        (nested(MOST_LEVELS + 1), "Expected at most 8 levels in each other, got more."),
        (" " * (MOST_CHARACTERS + 1), "Expected a text of at most 16384 characters."),
    ):
        with pytest.raises(NoCall) as refused:
            read_call("desk.find", text)
        assert str(refused.value) == told


def test_what_just_fits_is_read() -> None:
    longest = json.dumps({"a": "x" * (MOST_CHARACTERS - 9)})
    assert len(longest) == MOST_CHARACTERS
    assert len(read_call("t", longest).arguments) == 1
    assert read_call("t", nested(MOST_LEVELS)).tool == "t"
    assert read_call("t" * MOST_NAME, "{}").arguments == {}
    with pytest.raises(NoCall):
        read_call("t", longest + " ")
    with pytest.raises(NoCall):
        read_call("t" * (MOST_NAME + 1), "{}")


@pytest.mark.parametrize("other", [None, 1, b"{}", ["t"], {"a": 1}])
def test_only_texts_are_read(other: Any) -> None:
    with pytest.raises(NoCall):
        read_call("t", other)
    with pytest.raises(NoCall):
        read_call(other, "{}")


@settings(deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_one_call_has_one_spelling(arguments: dict[str, Any]) -> None:
    call = Call("t", arguments)
    turned = Call("t", dict(reversed(arguments.items())))
    again = json.loads(call.canonical)

    assert call.canonical == turned.canonical
    assert call.digest == turned.digest
    assert Call(again["tool"], again["arguments"]).digest == call.digest


@settings(deadline=None)
@given(JSON, JSON)
def test_two_calls_never_share_a_spelling(one: Any, other: Any) -> None:
    is_same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (Call("t", {"a": one}).digest == Call("t", {"a": other}).digest) is is_same
    assert Call("t", {"a": one}).digest != Call("u", {"a": one}).digest


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        call = read_call("t", text)
    except NoCall:
        return
    assert json.loads(text) == call.arguments


def test_a_half_character_has_a_digest_too() -> None:
    assert len(Call("t", {"a": "\ud800"}).digest) == 64
