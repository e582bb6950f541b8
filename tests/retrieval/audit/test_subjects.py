"""A person under a pseudonym: what their key seals opens with it alone, and in its place alone."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from retrieval.audit import durably
from retrieval.audit.keyring import Keyring
from retrieval.audit.subject import Subject
from retrieval.errors import Unavailable


def test_everybody_is_another_and_has_another_key() -> None:
    one, other = Subject.new("ann"), Subject.new("ann")

    assert re.fullmatch("s[0-9a-f]{32}", one.id)
    assert (one.name, len(one.key)) == ("ann", 32)
    assert one.id != other.id
    assert one.key != other.key
    assert Subject.read(one.written()) == one


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"key": None}, "without"),
        ({"name": ...}, "without 'name'"),
        ({"subject": ...}, "without 'subject'"),
        ({"key": base64.b64encode(b"x" * 31).decode()}, "a key of 31 bytes"),
        ({"key": base64.b64encode(b"x" * 33).decode()}, "a key of 33 bytes"),
        ({"key": "*" + base64.b64encode(b"x" * 32).decode()}, "base64"),
    ],
)
def test_a_file_that_holds_no_key_is_told(changed: dict[str, object], says: str) -> None:
    values = json.loads(Subject.new("ann").written()) | changed
    content = json.dumps({key: value for key, value in values.items() if value is not ...})

    with pytest.raises(ValueError, match=says):
        Subject.read(content.encode())


def test_what_is_sealed_is_the_standard_scheme_with_the_nonce_first() -> None:
    ann = Subject.new("ann")
    content = base64.b64decode(ann.seal("words", "here"))

    assert AESGCM(ann.key).decrypt(content[:12], content[12:], b"here") == b"words"
    assert ann.seal("words", "here") != ann.seal("words", "here")


def test_it_opens_with_its_key_in_its_place_only() -> None:
    ann, bob = Subject.new("ann"), Subject.new("bob")
    sealed = ann.seal("words", "here")

    assert ann.unseal(sealed, "here") == "words"
    assert ann.unseal(sealed, "there") is None
    assert bob.unseal(sealed, "here") is None
    for broken in ("", "AAAA", sealed[:-8], "*" + sealed, "not base64"):
        assert ann.unseal(broken, "here") is None


async def test_a_name_keeps_its_subject_until_it_is_destroyed(tmp_path: Path) -> None:
    keyring, other = Keyring(tmp_path / "keys"), Keyring(tmp_path / "keys")
    first = await keyring.subjects(["ann", "bob", "ann"])
    assert set(first) == {"ann", "bob"}
    assert await keyring.subjects(["ann"]) == {"ann": first["ann"]}
    assert await other.subjects(["bob", "cho"]) == {
        "bob": first["bob"],
        "cho": (third := await keyring.named("cho")),
    }
    assert third
    assert await keyring.all() == {each.id: each for each in [*first.values(), third]}

    assert await other.destroy([first["ann"].id, third.id, "snobody"]) == 2
    assert await other.destroy([first["ann"].id]) == 0
    assert await keyring.named("ann") is None
    again = await keyring.subjects(["ann", "bob"])
    assert again["bob"] == first["bob"]
    assert again["ann"].id != first["ann"].id
    assert set(await keyring.all()) == {again["ann"].id, first["bob"].id}


async def test_a_key_that_is_destroyed_does_not_stay_in_memory(tmp_path: Path) -> None:
    keyring = Keyring(tmp_path)
    ann = (await keyring.subjects(["ann"]))["ann"]
    await keyring.destroy([ann.id])

    assert keyring._by_id == keyring._by_name == {}


async def test_a_key_is_in_a_file_of_its_own_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"
    keyring = Keyring(folder)
    assert await keyring.named("ann") is None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / ".new-left.key").write_bytes(b"half a key")
    ann = (await keyring.subjects(["ann"]))["ann"]

    assert sorted(each.name for each in folder.iterdir()) == [".lock", f"{ann.id}.key"]
    assert Subject.read((folder / f"{ann.id}.key").read_bytes()) == ann
    assert stat.S_IMODE((folder / f"{ann.id}.key").stat().st_mode) == 0o600


async def test_what_a_crash_left_half_written_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed: list[str] = []
    monkeypatch.setattr(durably, "destroy", lambda path: destroyed.append(path.name))
    (tmp_path / ".new-left.key").write_bytes(b"half a key")
    await Keyring(tmp_path).subjects(["ann"])

    assert destroyed == [".new-left.key"]


async def test_a_key_that_cannot_be_read_or_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    keyring = Keyring(tmp_path / "file" / "keys")
    for attempt in (keyring.subjects(["ann"]), keyring.named("ann"), keyring.all()):
        with pytest.raises(Unavailable, match="Expected to"):
            await attempt
    with pytest.raises(Unavailable, match="Expected to"):
        await keyring.destroy(["s1"])


async def test_a_key_that_goes_while_the_folder_is_read_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = (await Keyring(tmp_path).subjects(["ann"]))["ann"]
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == f"{ann.id}.key":
            os.unlink(path)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert await Keyring(tmp_path).named("ann") is None
