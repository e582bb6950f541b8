"""Exports: many records in one file, and places where there is none."""

from __future__ import annotations

import json

import pytest

from connectors.records import BadRecord, Record, records

TICKET = {"id": "T-1", "title": "Door stuck", "text": "It sticks."}


@pytest.mark.parametrize(
    "content",
    [
        [TICKET],
        {"tickets": [TICKET]},
        TICKET,
    ],
)
def test_reads_every_shape_of_json(content: object) -> None:
    [record] = records("a.json", json.dumps(content).encode())

    assert isinstance(record, Record)
    assert (record.id, record.title) == ("T-1", "Door stuck")


def test_reads_lines_and_skips_blank_ones() -> None:
    content = f"\ufeff{json.dumps(TICKET)}\n\n{json.dumps({'key': 'T-2', 'body': 'B'})}\n"

    assert [each.id for each in records("a.jsonl", content.encode())] == ["T-1", "T-2"]


def test_a_record_without_an_id_is_named_by_its_place() -> None:
    assert [each.id for each in records("a.json", b'[{"text": "A"}]')] == ["item 1"]


def test_the_same_record_has_the_same_digest_whatever_the_order_of_its_keys() -> None:
    one, other = (
        next(iter(records("a.json", json.dumps(value).encode())))
        for value in (TICKET, dict(reversed(TICKET.items())))
    )

    assert isinstance(one, Record)
    assert isinstance(other, Record)
    assert one.digest == other.digest


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b"{", "expected JSON"),
        ("a.json", b"[" * 100_000, "expected JSON"),
        ("a.json", b"3", "expected an array"),
        ("a.json", b"[3]", "expected an object"),
        ("a.json", b'[{"x": 1}]', "the keys: x"),
        ("a.json", b"\xff\xfe", "UTF-8"),
        ("a.jsonl", b"nonsense", "expected JSON"),
        ("a.jsonl", b'{"text": " "}', "expected a text"),
    ],
)
def test_says_what_was_expected_where_there_is_no_record(
    name: str, content: bytes, reason: str
) -> None:
    [bad] = records(name, content)

    assert isinstance(bad, BadRecord)
    assert reason in bad.reason


def test_the_second_record_with_an_id_is_told_and_the_first_kept() -> None:
    content = json.dumps([TICKET, TICKET | {"text": "Another."}])

    first, second = records("a.json", content.encode())

    assert isinstance(first, Record)
    assert isinstance(second, BadRecord)
