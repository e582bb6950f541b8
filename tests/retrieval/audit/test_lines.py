"""Entries, checkpoints and the file outside, each by itself and to the letter."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from retrieval.audit import checkpoint, entry
from retrieval.audit.checkpoint import Checkpoint, Mark, Signer, public_key_in
from retrieval.audit.entry import Draft, canonical, digest_of, entry_of
from retrieval.audit.event import Act, Event
from retrieval.audit.outside import Outside
from retrieval.audit.subject import Subject
from retrieval.errors import BadRequest, Damaged, Unavailable

ANN, BOB = Subject.new("ann"), Subject.new("bob")
TOLD = Event(Act.OPEN, "ann", "web é", {"ids": [1, None]}, {"question": "Who?"}, ("bob",))


def test_an_entry_says_all_of_its_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "now", lambda: 77)
    made = entry_of(Draft.of(TOLD), {"ann": ANN, "bob": BOB}, 5, "f" * 64)
    said = json.loads(made.body)
    words = ANN.unseal(said.pop("sealed"), f"5 open {ANN.id}")

    assert (made.number, made.at, made.act, made.actor) == (5, 77, "open", ANN.id)
    assert made.digest == digest_of(made.body)
    assert canonical(json.loads(made.body)) == made.body
    assert words == '{"origin":"web \\u00e9","words":{"question":"Who?"}}'
    assert said == {
        "about": {"ids": [1, None]},
        "act": "open",
        "actor": ANN.id,
        "at": 77,
        "concerns": [BOB.id],
        "number": 5,
        "previous": "f" * 64,
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, b"x", {"a": object()}])
def test_what_json_cannot_hold_is_told(value: object) -> None:
    with pytest.raises(BadRequest, match="JSON values"):
        canonical(value)


def test_what_lies_too_deep_is_told() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadRequest, match="JSON values"):
        canonical(deep)


def test_a_checkpoint_is_signed_over_all_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "now", lambda: 77)
    signer = Signer.open(tmp_path / "signing.key", tmp_path / "signed.pub")
    key = public_key_in(tmp_path / "signed.pub")
    signed = signer.sign(Mark.CHECKPOINT, 5, "f" * 64)
    said = {"at": 77, "digest": "f" * 64, "kind": "checkpoint", "number": 5}

    key.verify(base64.b64decode(signed.signature), b"pincite checkpoint 1\n" + text(said))
    assert signed.line().encode() == text(said | {"signature": signed.signature})
    assert Checkpoint.read(signed.line()) == signed
    assert signed.is_signed_by(key)
    assert not signed.is_signed_by(Ed25519PrivateKey.generate().public_key())
    for other in ("", "AAAA", "A", "é"):
        assert not replace(signed, signature=other).is_signed_by(key)
    for changed in ({"number": 6}, {"digest": "e" * 64}, {"at": 78}, {"kind": Mark.ANCHOR}):
        assert not replace(signed, **changed).is_signed_by(key)


def text(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "line", ["", "x", "null", "[]", "{}", '{"kind":"other","number":1}', '"text"', '{"kind":']
)
def test_a_line_that_is_none_is_nothing(line: str) -> None:
    assert Checkpoint.read(line) is None


@pytest.mark.parametrize("field", ["at", "digest", "kind", "number", "signature"])
def test_a_line_without_one_of_its_fields_is_nothing(field: str) -> None:
    whole = {"at": 1, "digest": "d", "kind": "anchor", "number": 2, "signature": "s"}
    assert Checkpoint.read(json.dumps(whole)) == Checkpoint(Mark.ANCHOR, 2, "d", 1, "s")
    del whole[field]
    assert Checkpoint.read(json.dumps(whole)) is None


def test_the_key_pair_is_made_once_and_the_public_key_again(tmp_path: Path) -> None:
    secret, public = tmp_path / "a" / "signing.key", tmp_path / "b" / "signed.pub"
    first = Signer.open(secret, public).sign(Mark.ANCHOR, 1, "d")
    made = (secret.read_bytes(), public.read_bytes())
    Signer.open(secret, public)
    assert (secret.read_bytes(), public.read_bytes()) == made
    public.unlink()
    again = Signer.open(secret, public).sign(Mark.ANCHOR, 1, "d")

    assert first.is_signed_by(public_key_in(public))
    assert again.is_signed_by(public_key_in(public))
    assert (secret.stat().st_mode & 0o777, public.stat().st_mode & 0o777) == (0o600, 0o600)


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    secret, public = tmp_path / "signing.key", tmp_path / "signed.pub"
    other = ec.generate_private_key(ec.SECP256R1())
    secret.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(Damaged, match="another kind"):
        Signer.open(secret, public)
    with pytest.raises(Damaged, match="another kind"):
        public_key_in(public)
    public.write_bytes(b"nonsense")
    with pytest.raises(Damaged, match="Expected an Ed25519 public key"):
        public_key_in(public)
    with pytest.raises(Unavailable, match="read the public key"):
        public_key_in(tmp_path / "none.pub")


def marks(*numbers: int) -> list[Checkpoint]:
    return [Checkpoint(Mark.CHECKPOINT, number, "d", 1, "s") for number in numbers]


async def test_lines_lie_outside_in_order_and_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "signed.jsonl"
    outside = Outside(path)
    assert outside.public_key == tmp_path / "signed.pub"
    assert await outside.read() == []
    assert await outside.tail(9) is None
    assert await outside.store([])
    assert not path.exists()

    assert await outside.store(marks(1, 2))
    assert await outside.store(marks(3))
    with path.open("ab") as file:
        file.write(b'\n\xff\n{"torn')
    assert await outside.read() == marks(1, 2, 3)
    assert await Outside(path).read() == marks(1, 2, 3)
    assert path.read_text("utf-8", "replace").startswith(marks(1)[0].line() + "\n")


async def test_what_cannot_be_stored_waits_and_keeps_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "signed.jsonl"
    path.mkdir()
    outside = Outside(path)
    with caplog.at_level(logging.WARNING):
        assert not await outside.store(marks(1))
    assert "wait to be stored" in caplog.text
    assert str(path) in caplog.text
    path.rmdir()
    assert await outside.store(marks(2))
    assert await outside.store(marks(3))

    assert await outside.read() == marks(1, 2, 3)


async def test_the_tail_is_the_last_bytes(tmp_path: Path) -> None:
    path = tmp_path / "signed.jsonl"
    path.write_bytes("1234é".encode())
    outside = Outside(path)

    assert await outside.tail(3) == "4é"
    assert await outside.tail(1) == "\ufffd"
    assert await outside.tail(99) == "1234é"


async def test_a_file_outside_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    outside = Outside(tmp_path)
    for attempt in (outside.read(), outside.tail(9)):
        with pytest.raises(Unavailable, match="read the checkpoints"):
            await attempt
