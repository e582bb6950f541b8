"""What reaches a terminal cannot steer it."""

from __future__ import annotations

import json

import pytest

from deploy import terminal

HOSTILE = "\x1b[31mred\x07 \x9b2J \u202egnp.exe é"


def test_results_are_shown_without_what_hides_or_steers() -> None:
    shown = terminal.legible({"a": [HOSTILE], "n": 3})

    assert shown["n"] == 3
    assert not set(shown["a"][0]) & set("\x1b\x07\x9b\u202e")
    assert shown["a"][0].endswith("é")


def test_json_keeps_every_character_and_steers_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.show_json({"text": HOSTILE})

    printed = capsys.readouterr().out

    assert not set(printed) & set("\x1b\x07\x9b\u202e")
    assert json.loads(printed) == {"text": HOSTILE}


def test_a_long_location_is_shown_whole_and_nothing_in_it_is_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = {"documents": 1, "versions": 1, "passages": 1, "synced_at": None}
    location = f"https://files.example/[legal]/{'a' * 200}/signed"
    more = {"source": "contracts", "location": location, "without_readers": 0}
    terminal.show_status({"stops": [], "failures": [], "sources": [source | more]})
    printed = "".join(capsys.readouterr().out.split())
    assert "…" not in printed
    assert printed.endswith(location[-60:])
    assert "".join(each for each in printed if each in "[]") == "[]"
