"""The register: what is added stays as it was, is on record first, and every change is named."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deploy.models.register import Label, listed, registered, template_path
from deploy.models.templates import FAMILIES
from deploy.operations.models import add, list_all, verify
from deploy.operations.operation import Event, Progress, Result
from retrieval.audit.event import Act
from retrieval.audit.event import Event as Noted
from retrieval.errors import BadRequest, Damaged, Unavailable
from tests.deploy.models.made_models import MARKS, safetensors, write_model
from tests.retrieval.records import DISK_FULL, RememberingRecord

TINY = Label("tiny-1", "https://example.org/tiny", "Apache-2.0")


async def result(events: AsyncIterator[Event]) -> dict[str, Any]:
    seen = [each async for each in events]
    assert all(isinstance(each, Progress) for each in seen[:-1])
    assert isinstance(seen[-1], Result)
    return seen[-1].value


async def added(home: Path, folder: Path, label: Label = TINY) -> dict[str, Any]:
    return await result(add(home, RememberingRecord(), folder=folder, label=label))


async def troubles(home: Path, name: str | None = None) -> list[str]:
    told = await result(verify(home, name=name))
    found = [each for model in told["models"] for each in model["troubles"]]
    assert told["is_sound"] == (not found)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "models" / "tiny", shards=2)


async def test_what_is_added_is_found_by_its_name(home: Path, folder: Path) -> None:
    told = await added(home, folder)
    model = registered(home, "tiny-1")

    assert (model.source, model.licence, model.family) == (TINY.source, "Apache-2.0", "chatml")
    assert model.folder == str(folder)
    assert len(model.weights) == 64
    assert model.stamp == f"tiny-1 {model.revision}, weights {model.weights[:12]}"
    assert "<|im_end|>" in model.tokens
    assert {each.name for each in model.files} == set(os.listdir(folder))
    assert told["weights"] == model.weights
    assert told["chat_template"] == str(template_path(home, "tiny-1"))
    assert (await result(list_all(home)))["models"][0]["name"] == "tiny-1"
    assert not await troubles(home)
    assert not await troubles(home, "tiny-1")


async def test_the_same_files_have_the_same_revision_anywhere(home: Path, folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("copy"))
    await added(home, folder)
    await added(home, folder.with_name("copy"), Label("tiny-2", "a disk", "MIT"))
    await added(home, folder, Label("tiny-3", "a disk", "MIT", revision="v0.3"))

    one, two, three = listed(home)
    assert (one.revision, one.weights) == (two.revision, two.weights)
    assert three.revision == "v0.3"


@pytest.mark.parametrize("family", FAMILIES)
async def test_each_family_is_known_by_its_marks(family: str, home: Path, tmp_path: Path) -> None:
    assert family in MARKS
    await added(home, write_model(tmp_path / "tiny", family))

    assert registered(home, "tiny-1").family == family
    assert not await troubles(home)


async def test_an_addition_is_on_record_before_it_takes_effect(home: Path, folder: Path) -> None:
    record = RememberingRecord()

    def before(event: Noted) -> None:
        assert not listed(home)

    record.before = before
    await result(add(home, record, folder=folder, label=TINY))

    [event] = record.events
    model = registered(home, "tiny-1")
    assert (event.act, event.actor, event.origin) == (Act.MODEL, "operator", "command line")
    assert event.about["model"] == "tiny-1"
    assert (event.about["weights"], event.about["revision"]) == (model.weights, model.revision)
    assert event.words["folder"] == str(folder)
    assert str(folder) not in str(event.about)


async def test_what_cannot_be_recorded_is_not_registered(home: Path, folder: Path) -> None:
    record = RememberingRecord()
    record.fails = DISK_FULL
    with pytest.raises(Unavailable):
        await result(add(home, record, folder=folder, label=TINY))

    assert not listed(home)
    assert not template_path(home, "tiny-1").exists()


async def test_a_refused_model_leaves_no_trace(home: Path, folder: Path) -> None:
    (folder / "model.py").write_text("")
    record = RememberingRecord()
    with pytest.raises(BadRequest, match=r"model\.py"):
        await result(add(home, record, folder=folder, label=TINY))

    assert not record.events
    assert not os.listdir(home)


async def test_a_name_is_taken_for_good(home: Path, folder: Path, tmp_path: Path) -> None:
    await added(home, folder)
    before = (home / "models.json").read_bytes()
    other = write_model(tmp_path / "other", "gemma")

    with pytest.raises(BadRequest, match="name that is free"):
        await added(home, other)
    assert (home / "models.json").read_bytes() == before


@pytest.mark.parametrize(
    "label",
    [
        Label("", "s", "l"),
        Label("../x", "s", "l"),
        Label("a/b", "s", "l"),
        Label(".hidden", "s", "l"),
        Label("a b", "s", "l"),
        Label("ti\u200bny", "s", "l"),
        Label("x" * 101, "s", "l"),
        Label("tiny", "", "l"),
        Label("tiny", "s", " "),
        Label("tiny", "a\nb", "l"),
        Label("tiny", "a\u202eb", "l"),
        Label("tiny", "s" * 301, "l"),
        Label("tiny", "s", "l", revision="a\x1b[2Jb"),
        Label("tiny", "s", "l", family="mine"),
        Label("tiny", "s", "l", family="gemma"),
        Label("tiny", "s", "l", family="../../etc/passwd"),
    ],
)
async def test_a_wrong_label_is_refused(label: Label, home: Path, folder: Path) -> None:
    with pytest.raises(BadRequest, match=r"Expected .* got"):
        await added(home, folder, label)
    assert not listed(home)


async def test_a_model_without_a_template_of_ours_is_refused(home: Path, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    told = (folder / "tokenizer.json").read_text().replace("<|im_", "<|om_")
    (folder / "tokenizer.json").write_text(told)

    with pytest.raises(BadRequest, match="chatml"):
        await added(home, folder)


async def test_an_unknown_name_is_refused(home: Path, folder: Path) -> None:
    with pytest.raises(BadRequest, match="none yet"):
        registered(home, "tiny")
    await added(home, folder)
    with pytest.raises(BadRequest, match="tiny-1"):
        await result(verify(home, name="tiny"))


def _appended(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def _linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


ONE = "model-00001-of-00002.safetensors"
TAMPERED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a changed byte": (ONE, lambda folder: _flipped(folder / ONE)),
    "a changed setting": ("config.json", lambda folder: _appended(folder / "config.json")),
    "a missing file": ("config.json", lambda folder: (folder / "config.json").unlink()),
    "an unlisted file": ("vocab.json", lambda f: (f / "vocab.json").write_text("{}")),
    "unlisted weights": ("x.safetensors", lambda f: shutil.copy(f / ONE, f / "x.safetensors")),
    "a pickle": ("model.pkl", lambda folder: (folder / "model.pkl").write_bytes(b"\x80\x04.")),
    "a renamed pickle": (ONE, lambda folder: (folder / ONE).write_bytes(b"\x80\x04." * 20)),
    "code": ("modeling_tiny.py", lambda folder: (folder / "modeling_tiny.py").write_text("")),
    "a link to the same": (ONE, lambda folder: _linked(folder / ONE)),
    "a linked folder": ("leads to", _linked),
    "no folder": ("No such file", lambda folder: shutil.rmtree(folder)),
    "swapped weights": (
        ONE,
        lambda f: (f / ONE).write_bytes(safetensors({"layer.1": [9]})),
    ),
}


@pytest.mark.parametrize(("named", "harm"), TAMPERED.values(), ids=TAMPERED.keys())
async def test_whatever_changed_is_named(
    named: str, harm: Callable[[Path], object], home: Path, folder: Path
) -> None:
    await added(home, folder)
    harm(folder)

    assert named in " ".join(await troubles(home))


async def test_every_change_is_named_at_once(home: Path, folder: Path) -> None:
    await added(home, folder)
    _flipped(folder / ONE)
    (folder / "LICENSE").unlink()
    (folder / "vocab.json").write_text("{}")

    assert len(await troubles(home)) == 3


async def test_one_bad_model_does_not_hide_the_others(home: Path, folder: Path) -> None:
    await added(home, folder)
    await added(home, write_model(folder.with_name("two")), Label("tiny-2", "s", "l"))
    (folder / "a.pkl").write_bytes(b"")

    told = await result(verify(home))
    assert [each["is_sound"] for each in told["models"]] == [False, True]
    assert not await troubles(home, "tiny-2")


async def test_a_changed_chat_template_is_named(home: Path, folder: Path) -> None:
    await added(home, folder)
    path = template_path(home, "tiny-1")
    before = path.read_bytes()
    path.write_bytes(before + b"{{ evil }}")
    assert "chat template" in " ".join(await troubles(home))
    path.unlink()
    assert "chat template" in " ".join(await troubles(home))
    path.write_bytes(before)
    assert not await troubles(home)


async def test_the_register_is_as_it_was_written_or_refused(home: Path, folder: Path) -> None:
    await added(home, folder)
    path = home / "models.json"
    written = path.read_text()
    told = json.loads(written)
    for wrong in (
        "",
        "[]",
        "{}",
        written + " ",
        json.dumps(told),
        json.dumps({**told, "version": 2}, indent=1, sort_keys=True) + "\n",
        json.dumps({**told, "models": [{}]}, indent=1, sort_keys=True) + "\n",
        json.dumps({**told, "models": [7]}, indent=1, sort_keys=True) + "\n",
        written.replace('"files": [', '"files": 7, "more": ['),
    ):
        path.write_text(wrong)
        with pytest.raises(Damaged, match=r"models\.json"):
            listed(home)
    path.write_text(written)
    assert listed(home)


async def test_a_register_with_other_hashes_does_not_agree_with_the_files(
    home: Path, folder: Path
) -> None:
    await added(home, folder)
    path = home / "models.json"
    model = registered(home, "tiny-1")
    path.write_text(path.read_text().replace(model.weights, "0" * 64))

    assert "register" in " ".join(await troubles(home))


async def test_the_register_is_for_its_owner_alone(home: Path, folder: Path) -> None:
    await added(home, folder)

    for path in (home / "models.json", template_path(home, "tiny-1")):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (home / "models").stat().st_mode & 0o777 == 0o700


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
async def test_no_single_byte_can_change_unseen(
    data: some.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("tampered")
    folder = write_model(top / "tiny", shards=2)
    await added(top / "home", folder)
    path = folder / data.draw(some.sampled_from(sorted(os.listdir(folder))))
    content = bytearray(path.read_bytes())
    at = data.draw(some.integers(0, len(content) - 1))
    content[at] ^= data.draw(some.integers(1, 255))
    path.write_bytes(bytes(content))

    assert path.name in " ".join(await troubles(top / "home"))
    shutil.rmtree(top)
