"""Safetensors files are read strictly: what differs from the format in anything is refused."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as some

from deploy.models.strict import Malformed
from deploy.models.weights import tensors_of
from tests.deploy.models.made_models import packed
from tests.deploy.models.made_models import safetensors as made

GOOD = made({"a": [1, 2, 3], "b": [4]})
A: dict[str, Any] = {"dtype": "I8", "shape": [2], "data_offsets": [0, 2]}


def names_of(content: bytes) -> frozenset[str]:
    return tensors_of(io.BytesIO(content), len(content))


def test_a_file_of_the_format_tells_its_tensors() -> None:
    assert names_of(GOOD) == {"a", "b"}


@pytest.mark.parametrize(
    "kind", ["bool", "u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8"]
)
def test_what_the_makers_of_the_format_write_is_read(kind: str) -> None:
    content = safetensors.numpy.save(
        {"x": numpy.zeros((2, 3), kind), "empty": numpy.zeros((0, 4), kind)}, {"format": "pt"}
    )

    assert names_of(content) == {"x", "empty"}


@pytest.mark.parametrize(
    "kind", ["F8_E4M3", "F8_E5M2", "F8_E8M0", "BF16", "F4", "F6_E2M3", "F6_E3M2"]
)
def test_types_that_numpy_lacks_are_known_as_the_format_has_them(kind: str) -> None:
    bits = {"BF16": 16, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}.get(kind, 8)
    size = bits * 8 // 8
    content = packed({"x": {"dtype": kind, "shape": [8], "data_offsets": [0, size]}}, bytes(size))

    assert safetensors.deserialize(content)
    assert names_of(content) == {"x"}


REFUSED = {
    "empty": b"",
    "shorter than a length": b"\x01\x02",
    "a pickle": b"\x80\x04\x95" + bytes(60),
    "a zip": b"PK\x03\x04" + bytes(60),
    "a header beyond the end": (1 << 20).to_bytes(8, "little") + b"{}",
    "a header beyond the bound": (1 << 60).to_bytes(8, "little") + b"{}",
    "an empty header": packed(b"", b""),
    "no tensors": packed({}, b""),
    "no tensors but metadata": packed({"__metadata__": {}}, b""),
    "spaces before the header": packed(b" " + json.dumps({"a": A}).encode(), b"12"),
    "a list": packed(b"[1]", b""),
    "no JSON": packed(b"{a}", b""),
    "no UTF-8": packed(b'{"\xff": 1}', b""),
    "deep nesting": packed(b'{"a":' + b"[" * 100_000, b""),
    "a tensor twice": packed(
        b'{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},'
        b'"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}',
        b"12",
    ),
    "a key twice in a tensor": packed(
        b'{"a":{"dtype":"I8","dtype":"I8","shape":[2],"data_offsets":[0,2]}}', b"12"
    ),
    "metadata that is no text": packed({"__metadata__": {"a": 1}, "a": A}, b"12"),
    "metadata that is a list": packed({"__metadata__": [], "a": A}, b"12"),
    "a tensor that is a number": packed({"a": 1}, b""),
    "a tensor without a type": packed({"a": {"shape": [2], "data_offsets": [0, 2]}}, b"12"),
    "a tensor with more": packed({"a": {**A, "x": 1}}, b"12"),
    "an unknown type": packed({"a": {**A, "dtype": "OBJECT"}}, b"12"),
    "a type that is a list": packed({"a": {**A, "dtype": []}}, b"12"),
    "a negative shape": packed({"a": {**A, "shape": [-2]}}, b"12"),
    "a shape that is true": packed({"a": {**A, "shape": [True], "data_offsets": [0, 1]}}, b"1"),
    "a shape with a fraction": packed({"a": {**A, "shape": [2.0]}}, b"12"),
    "a shape that is no list": packed({"a": {**A, "shape": 2}}, b"12"),
    "three offsets": packed({"a": {**A, "data_offsets": [0, 1, 2]}}, b"12"),
    "offsets the wrong way": packed({"a": {**A, "data_offsets": [2, 0]}}, b"12"),
    "offsets and shape that differ": packed({"a": {**A, "shape": [3]}}, b"12"),
    "offsets beyond the end": packed({"a": A}, b"1"),
    "bytes after the last tensor": packed({"a": A}, b"123"),
    "a hole": packed({"a": A, "b": {**A, "data_offsets": [3, 5]}}, b"12345"),
    "an overlap": packed({"a": A, "b": {**A, "data_offsets": [1, 3]}}, b"123"),
    "a start that is not 0": packed({"a": {**A, "data_offsets": [1, 3]}}, b"123"),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        names_of(content)


@settings(deadline=None)
@given(some.data())
def test_what_is_accepted_the_makers_of_the_format_accept_too(data: some.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(some.integers(1, 3))):
        at = data.draw(some.integers(0, len(content) - 1))
        content[at] = data.draw(some.integers(0, 255))
    try:
        names = names_of(bytes(content))
    except Malformed:
        return
    assert {name for name, _ in safetensors.deserialize(bytes(content))} == names
