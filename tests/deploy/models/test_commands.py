"""The commands of the register, as an operator meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deploy.homes import Home
from tests.deploy.models.made_models import write_model

pytestmark = pytest.mark.slow

SAID = ("--name", "tiny-1", "--source", "https://example.org/tiny", "--licence", "Apache-2.0")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    write_model(tmp_path / "tiny")
    return Home(tmp_path / "home")


def test_a_model_is_added_listed_and_verified(home: Home) -> None:
    added = home.run("models", "add", "tiny", *SAID, "--json")
    assert (added.code, added.json["family"]) == (0, "chatml"), added
    assert Path(added.json["chat_template"]).read_text().startswith("{#- ChatML")

    [model] = home.run("models", "list", "--json").json["models"]
    assert (model["name"], model["weights"]) == ("tiny-1", added.json["weights"])
    assert "tiny-1" in home.run("models", "list").out

    verified = home.run("models", "verify", "tiny-1", "--json")
    assert (verified.code, verified.json["is_sound"]) == (0, True)
    assert home.run("models", "verify").code == 0


def test_a_changed_model_is_named_and_ends_with_1(home: Home) -> None:
    home.run("models", "add", "tiny", *SAID)
    (home.folder.parent / "tiny" / "model.pkl").write_bytes(b"\x80\x04.")

    verified = home.run("models", "verify", "tiny-1")

    assert verified.code == 1
    assert "model.pkl" in verified.told
    assert "Do not serve" in verified.told
    told = home.run("models", "verify", "--json")
    assert (told.code, told.json["is_sound"]) == (1, False)
    assert "model.pkl" in told.json["models"][0]["troubles"][0]


def test_a_refused_model_ends_with_2(home: Home) -> None:
    (home.folder.parent / "tiny" / "pytorch_model.bin").write_bytes(b"\x80\x04.")

    added = home.run("models", "add", "tiny", *SAID)

    assert added.code == 2
    assert "pytorch_model.bin" in added.told
    assert home.run("models", "list", "--json").json == {"models": []}


def test_wrong_input_ends_with_2(home: Home) -> None:
    for arguments in (
        ("add", "tiny"),
        ("add", "nowhere", *SAID),
        ("verify", "tiny-1"),
        ("add", "tiny", *SAID, "--template", "none"),
        ("remove", "tiny-1"),
    ):
        assert home.run("models", *arguments).code == 2, arguments


def test_a_damaged_register_ends_with_1(home: Home) -> None:
    home.run("models", "add", "tiny", *SAID)
    (home.folder / "models.json").write_text("{}")

    for arguments in (("list",), ("verify",), ("add", "tiny", *SAID)):
        done = home.run("models", *arguments)
        assert done.code == 1
        assert "models.json" in done.told


def test_a_wrong_setting_is_told(home: Home) -> None:
    assert home.run("models", "list", PINCITE_PORT="x").code == 2


def test_an_addition_is_on_record(home: Home) -> None:
    home.run("models", "add", "tiny", *SAID)

    events = home.run("audit", "export", "--json").json["events"]
    [event] = [each for each in events if each["act"] == "model"]
    assert event["about"]["model"] == "tiny-1"
    assert home.run("audit", "verify").code == 0
