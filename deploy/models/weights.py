"""The safetensors format, read strictly: a header in JSON, then numbers, and nothing else.

Source: https://huggingface.co/docs/safetensors, section Format. Where a reader may be lenient,
this one is not: offsets leave no hole and do not overlap, keys do not repeat, and every size is
what type and shape say.
"""

from __future__ import annotations

import math
from typing import Any, BinaryIO

from deploy.models.strict import Malformed, as_json

_LENGTH = 8
_LONGEST_HEADER = 100_000_000
_BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E8M0": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


def tensors_of(file: BinaryIO, size: int) -> frozenset[str]:
    """Return the names of the tensors in a safetensors file of `size` bytes, read from its start.

    Raises:
        Malformed: it is not safetensors, or not exactly.
    """
    length = int.from_bytes(file.read(_LENGTH), "little")
    if size < _LENGTH + 2 or not 2 <= length <= min(_LONGEST_HEADER, size - _LENGTH):
        raise Malformed("a header that does not fit the file, so it is no safetensors file")
    text = file.read(length)
    if len(text) != length or not text.startswith(b"{"):
        raise Malformed("no header in JSON, so it is no safetensors file")
    header = as_json(text)
    _check_metadata(header.pop("__metadata__", {}))
    _check_order([_extent(name, told) for name, told in header.items()], size - _LENGTH - length)
    if not header:
        raise Malformed("a header without tensors")
    return frozenset(header)


def _check_metadata(told: Any) -> None:
    if not isinstance(told, dict) or not all(isinstance(each, str) for each in told.values()):
        raise Malformed("metadata other than text")


def _extent(name: str, told: Any) -> tuple[int, int]:
    """Return where the bytes of a tensor start and end, counted from after the header."""
    if not isinstance(told, dict) or told.keys() != {"dtype", "shape", "data_offsets"}:
        raise Malformed(f"a tensor without exactly type, shape and offsets: {name[:80]!r}")
    bits = _BITS.get(told["dtype"]) if isinstance(told["dtype"], str) else None
    shape, offsets = told["shape"], told["data_offsets"]
    if bits is None:
        raise Malformed(f"a tensor of an unknown type: {name[:80]!r}")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise Malformed(f"a tensor with a shape or offsets that are no counts: {name[:80]!r}")
    start, end = offsets
    if (end - start) * 8 != bits * math.prod(shape):
        raise Malformed(f"a tensor whose offsets do not match its shape: {name[:80]!r}")
    return start, end


def _are_counts(values: Any) -> bool:
    """Return whether these are whole numbers that a file of any size could need."""
    return (
        isinstance(values, list)
        and len(values) <= 64
        and all(type(each) is int and 0 <= each < 1 << 63 for each in values)
    )


def _check_order(extents: list[tuple[int, int]], size: int) -> None:
    expected = 0
    for start, end in sorted(extents):
        if start != expected:
            raise Malformed("tensors that overlap, or bytes between them that belong to none")
        expected = end
    if expected != size:
        raise Malformed("more or fewer bytes than its tensors take")
