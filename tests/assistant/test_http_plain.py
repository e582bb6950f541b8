"""Characters that hide or reorder are not shown; letters that need joiners keep them."""

from __future__ import annotations

import pytest

from retrieval.plain import plain

BANNED = [
    *range(0xE0000, 0xE1000),
    *range(0xFE00, 0xFE10),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xD800, 0xE000),
    *range(0xFFF0, 0xFFFC),
    0x16FE4,
    0x1D159,
    *range(0x1D173, 0x1D17B),
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0),
    *(code for code in range(0x20) if code not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
]


@pytest.mark.parametrize("shape", ["{}word", "wo{}rd", "word{}"])
def test_every_banned_character_goes(shape: str) -> None:
    for code in BANNED:
        assert plain(shape.format(chr(code))) == "word", hex(code)


@pytest.mark.parametrize(
    "text",
    ["က္\u200dယ", "ក\u200cា", "می\u200cخواهم", "क्\u200dष", "naïve – “quotes” 漢字 🙂", "a\tb\nc"],
)
def test_ordinary_text_stays(text: str) -> None:
    assert plain(text) == text


def test_terminal_sequences_go_whole() -> None:
    assert plain("\x1b[31mred\x1b[0m \x1b]8;;https://x\x07link\x1b]8;;\x07") == "red link"
