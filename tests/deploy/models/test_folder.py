"""What a model's folder may hold: anything that could run, hide or lead elsewhere is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.models.contents import Contents, contents_of
from deploy.models.folder import opened
from retrieval.errors import BadRequest
from tests.deploy.models.made_models import safetensors, write_json, write_model

Harm = Callable[[Path], object]


def contents(folder: Path) -> Contents:
    with opened(folder) as files:
        return contents_of(folder, [files.read(each) for each in files.names])


def refusal(folder: Path) -> str:
    with pytest.raises(BadRequest) as caught:
        contents(folder)
    message = str(caught.value)
    assert message.startswith("Expected ")
    assert "got" in message
    return message


def told(name: str, value: Any) -> Harm:
    return lambda folder: write_json(folder / name, value)


def holds(name: str, content: bytes = b"x") -> Harm:
    return lambda folder: (folder / name).write_bytes(content)


def changed(name: str, change: Callable[[dict[str, Any]], object]) -> Harm:
    def harm(folder: Path) -> None:
        value = json.loads((folder / name).read_text())
        change(value)
        write_json(folder / name, value)

    return harm


def test_a_model_in_order_is_taken(tmp_path: Path) -> None:
    found = contents(write_model(tmp_path / "tiny"))

    assert [each.name for each in found.files] == [
        "LICENSE",
        "README.md",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert "<|im_start|>" in found.tokens


def test_a_model_in_several_files_is_taken_with_its_index(tmp_path: Path) -> None:
    assert len(contents(write_model(tmp_path / "tiny", shards=3)).files) == 10


def test_the_hash_of_the_weights_can_be_made_by_hand(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny", shards=3)
    by_hand = "sha256sum *.safetensors | cut -c1-64 | sort | sha256sum | cut -c1-64"
    whole = "sha256sum * | sha256sum | cut -c1-64"

    found = contents(folder)

    for command, expected in ((by_hand, found.weights), (whole, found.manifest)):
        done = subprocess.run(
            ["sh", "-c", command], cwd=folder, env={"LC_ALL": "C"}, capture_output=True, text=True
        )
        assert done.stdout.strip() == expected


KINDS = [
    "a.bin",
    "a.pt",
    "a.pth",
    "a.pkl",
    "a.pickle",
    "a.ckpt",
    "a.h5",
    "a.msgpack",
    "a.gguf",
    "a.py",
    "a.PY",
    "a.so",
    "a.onnx",
    "a.npz",
    "a.joblib",
    "a.zip",
    "a.sh",
    "a.pyc",
    "a.safetensors.py",
    "a.exe",
    "a.dll",
    "a.png",
    "a.html",
    "a",
    "tokenizer.model2",
]


@pytest.mark.parametrize("name", KINDS)
def test_files_of_other_kinds_are_refused_by_name(name: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    holds(name)(folder)

    assert name in refusal(folder)


HARMS: dict[str, tuple[str, Harm]] = {
    "a link to a file": (
        "link.json",
        lambda folder: (folder / "link.json").symlink_to("config.json"),
    ),
    "a link to nothing": ("gone.json", lambda folder: (folder / "gone.json").symlink_to("gone")),
    "a linked folder": ("more", lambda folder: (folder / "more").symlink_to("/etc")),
    "a folder": ("more", lambda folder: (folder / "more").mkdir()),
    "a pipe": ("pipe.json", lambda folder: os.mkfifo(folder / "pipe.json")),
    "a hidden file": (".gitattributes", holds(".gitattributes")),
    "a hidden folder": (".cache", lambda folder: (folder / ".cache").mkdir()),
    "a name with a space": ("'a b.json'", holds("a b.json", b"{}")),
    "a name that ends in a space": ("'a.json '", holds("a.json ", b"{}")),
    "a name that hides": (r"config\u200b.json", holds("config\u200b.json", b"{}")),
    "a name that reads backwards": (r"\u202e", holds("a\u202enosj.json", b"{}")),
    "a name that looks the same": (r"\u0441onfig", holds("сonfig.json", b"{}")),
    "a name with a line break": (r"a\nb.json", holds("a\nb.json", b"{}")),
    "a name that is no text": (r"\udcff", lambda f: holds(os.fsdecode(b"\xff.json"), b"{}")(f)),
    "a name in other case": ("config.json", holds("Config.json", b"{}")),
    "a long name": ("aaaa", holds("a" * 240 + ".json", b"{}")),
    "a pickle as weights": ("model.safetensors", holds("model.safetensors", b"\x80\x04." * 30)),
    "a zip as weights": ("model.safetensors", holds("model.safetensors", b"PK\x03\x04" * 30)),
    "a pickle as text": ("NOTICE", holds("NOTICE", b"\x80\x04\x95abc")),
    "a script as text": ("merges.txt", holds("merges.txt", b"#!/bin/sh\n")),
    "numbers as text": ("merges.txt", holds("merges.txt", b"\xff\xfe\x00")),
    "a zip as a tokenizer": ("tokenizer.model", holds("tokenizer.model", b"PK\x03\x04")),
    "JSON that is none": ("vocab.json", holds("vocab.json", b"{")),
    "JSON that is a list": ("vocab.json", holds("vocab.json", b"[]")),
    "JSON nested too deep": ("vocab.json", holds("vocab.json", b'{"a":' + b"[" * 200_000)),
    "JSON with a key twice": ("vocab.json", holds("vocab.json", b'{"a": 1, "a": 2}')),
    "remote code": (
        "auto_map",
        changed("config.json", lambda told: told.update(auto_map={"AutoModel": "m.Model"})),
    ),
    "remote code below": (
        "auto_map",
        changed("config.json", lambda told: told.update(text=[{"auto_map": "m.Model"}])),
    ),
    "remote code of the tokenizer": (
        "auto_map",
        changed("tokenizer_config.json", lambda told: told.update(auto_map={"A": ["t.T", None]})),
    ),
    "trust asked for": (
        "trust_remote_code",
        changed("generation_config.json", lambda told: told.update(trust_remote_code=True)),
    ),
    "own generating": (
        "custom_generate",
        changed("generation_config.json", lambda told: told.update(custom_generate="x/y")),
    ),
    "no config": ("config.json", lambda folder: (folder / "config.json").unlink()),
    "no tokenizer": ("tokenizer.json", lambda folder: (folder / "tokenizer.json").unlink()),
    "no weights": ("0 weight files", lambda folder: (folder / "model.safetensors").unlink()),
    "weights beside the others": (
        "2 weight files",
        holds("consolidated.safetensors", safetensors({"c": [1]})),
    ),
    "the same weights twice": (
        "consolidated.safetensors",
        holds("consolidated.safetensors", safetensors({"a": [1]})),
    ),
    "an index of other weights": (
        "../../etc/passwd",
        told("model.safetensors.index.json", {"weight_map": {"a": "../../etc/passwd"}}),
    ),
    "an index of less": (
        "'b' in 'model.safetensors'",
        told("model.safetensors.index.json", {"weight_map": {"a": "model.safetensors"}}),
    ),
    "an index without a map": ("'a'", told("model.safetensors.index.json", {})),
    "a control token of one letter": (
        "'§'",
        changed("tokenizer_config.json", lambda told: told.update(eos_token="§")),
    ),
    "a control token of spaces": (
        "special_tokens_map.json",
        told("special_tokens_map.json", {"additional_special_tokens": ["\n\n"]}),
    ),
}


@pytest.mark.parametrize(("named", "harm"), HARMS.values(), ids=HARMS.keys())
def test_what_could_harm_is_refused_by_name(named: str, harm: Harm, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    harm(folder)

    assert named in refusal(folder)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    with opened(folder) as files:
        (folder / "config.json").unlink()
        with pytest.raises(BadRequest, match=r"config\.json"):
            files.read("config.json")


def test_a_file_that_becomes_a_link_after_looking_is_not_followed(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    with opened(folder) as files:
        (folder / "config.json").unlink()
        (folder / "config.json").symlink_to("generation_config.json")
        with pytest.raises(BadRequest, match=r"config\.json"):
            files.read("config.json")


def test_a_file_that_becomes_a_pipe_after_looking_does_not_hang(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    with opened(folder) as files:
        (folder / "config.json").unlink()
        os.mkfifo(folder / "config.json")
        with pytest.raises(BadRequest, match="regular file"):
            files.read("config.json")


def test_a_folder_that_is_swapped_after_opening_is_not_read(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    with opened(folder) as files:
        folder.rename(tmp_path / "before")
        write_model(folder, "llama3")
        assert b"im_start" in json.dumps(files.read("tokenizer.json").told).encode()


def test_no_link_may_lead_to_the_folder(tmp_path: Path) -> None:
    real = write_model(tmp_path / "real" / "tiny")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "tiny").symlink_to(real)

    for path in (tmp_path / "tiny", tmp_path / "link" / "tiny", real / ".." / "tiny"):
        assert str(real) in refusal(path)
    assert contents(real)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    assert refusal(tmp_path / "circle")
    assert "No such file" in refusal(tmp_path / "none")
    assert "Not a directory" in refusal(tmp_path / "file")


def test_words_of_a_vocabulary_are_no_settings(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    write_json(folder / "vocab.json", {"auto_map": 7, "trust_remote_code": 8})

    assert contents(folder)


def test_control_tokens_are_found_wherever_they_are_added(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    write_json(
        folder / "tokenizer_config.json",
        {
            "added_tokens_decoder": {"300": {"content": "<one>", "special": True}},
            "pad_token": {"content": "<two>"},
            "eos_token": "<three>",
            "add_bos_token": True,
            "unk_token": None,
            "extra_special_tokens": {"image_token": "<four>"},
        },
    )
    write_json(folder / "special_tokens_map.json", {"additional_special_tokens": ["<five>"]})
    write_json(folder / "added_tokens.json", {"<six>": 301, "\n\n": 302})

    found = set(contents(folder).tokens)

    assert {"<one>", "<two>", "<three>", "<four>", "<five>", "<six>", "<|im_end|>"} <= found
    assert "\n\n" not in found


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_any_byte_of_a_file_counts(name: str, tmp_path: Path) -> None:
    whole = contents(write_model(tmp_path / "tiny"))
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "tiny", other)
    content = bytearray((other / name).read_bytes())
    content[-1:] = b"\x07" if name == "model.safetensors" else b"} "
    (other / name).write_bytes(bytes(content))

    assert contents(other).manifest != whole.manifest
    assert (contents(other).weights != whole.weights) == (name == "model.safetensors")
