"""Words say something to people, and do nothing where they are shown or read."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from tools.words import MOST_MARKS, are_words, does_nothing

WORDS = [
    "Printer on floor 3 is out of toner",
    "yes/no, and/or, 24/7",
    "It costs < 5 € (or > 4), 100 % sure; see section 2.1 & annex #4!",
    "a <- b, a < b, 1<2",
    "key: value, ratio 2:1, at 10:30",
    "C:\\Users\\ann, \\ alone",
    "wait ... and so on .../ or … /",
    "a.b@example.com",
    "example.com",
    "{a} {b: 1} $5 # 3 $x",
    "(a) [b] [c] (d)",
    "// a remark",
    "the data: none",
    "metadata:x",
    "Größe, naïve, Ærø",
    "これは　テスト",
    "می‌خواهم",
    "क्‍ष",
    "שָׁלוֹם",
    "emoji 😀",
    "non\u00a0breaking",
    "e\u0301" + "\u0301" * (MOST_MARKS - 1),
    "\u0301" * MOST_MARKS,
    "…" * 20,
    "e" + "\u0301" * (MOST_MARKS - 1) + "…" * 5,
    "e" + "\u0301" * MOST_MARKS + "e" + "\u0301" * MOST_MARKS,
]
NO_WORDS = [
    "",
    " ",
    "\u00a0 ",
    "tab\there",
    "line\nbreak",
    "carriage\rreturn",
    "a\x00b",
    "a\x1b[31mb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "a\u200bb",
    "a\u200db",
    "a\u200cb",
    "\u200dم",
    "a\u202eb",
    "a\u2066b",
    "a\ufeffb",
    "a\xadb",
    "a\U000e0041b",
    "a\ufe0fb",
    "a\U000e0100b",
    "a\u034fb",
    "a\u2800b",
    "a\u3164b",
    "a\uffa0b",
    "a\u180bb",
    "a\ud800b",
    "a\ue000b",
    "a\u0378b",
    "e" + "\u0301" * (MOST_MARKS + 1),
    "…" + "\u0301" * (MOST_MARKS + 1) + "…",
    "see https://x",
    "HTTPS://x",
    "ftp://x",
    "www.example.com",
    "WWW.example.com",
    "//host/share",
    "see //host",
    "\\\\server\\share",
    "javascript:alert(1)",
    "JavaScript:x",
    "data:text/html",
    "mailto:eve@example.com",
    "file:x",
    "../etc",
    "..\\etc",
    "a/../b",
    "{{x}}",
    "{% x %}",
    "${x}",
    "#{x}",
    "$(x)",
    "<%= x %>",
    "<b>",
    "</b>",
    "<!channel>",
    "<@U1>",
    "<#C1>",
    "<?x",
    "[a](b)",
    "![](b)",
    "https：／／x",
    "＜b＞",
    "｛｛x｝｝",
    "ｊavascript:x",
]


@pytest.mark.parametrize("text", WORDS)
def test_words_are_words(text: str) -> None:
    assert are_words(text)
    assert are_words(text, is_long=True)


@pytest.mark.parametrize("text", NO_WORDS)
def test_what_is_more_or_less_than_words_is_none(text: str) -> None:
    assert not are_words(text)
    assert are_words(text, is_long=True) is (text == "line\nbreak")


def test_what_does_something_is_found_in_either_form() -> None:
    for text in NO_WORDS[NO_WORDS.index("see https://x") :]:
        assert not does_nothing(text)
        assert not does_nothing(f"before {text} after")
        assert not does_nothing(unicodedata.normalize("NFKC", text))


def test_no_hidden_character_passes_anywhere() -> None:
    hidden = [
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        and ord(character) < 0xF0000
        and not 0xE100 <= ord(character) < 0xF900
        and not 0xD900 <= ord(character) < 0xDF00
    ]
    assert len(hidden) > 500
    for each in hidden:
        for text in (f"{each}ab", f"a{each}b", f"ab{each}"):
            assert not are_words(text), hex(ord(each))
            assert not are_words(text, is_long=True) or each == "\n"
