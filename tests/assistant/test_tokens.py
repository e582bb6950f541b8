"""No control token comes out of untrusted text, whatever the tokenizer; people read the same."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tokenizers import Regex, Tokenizer, normalizers

from assistant.tokens import KNOWN, cleaned, fit_for, is_breakable, neutral
from tests.deploy.models.made_models import tokenizer

OWN = (
    "<|im_start|>",
    "<<SYS>>",
    "<SYS>",
    "[INST]",
    "<a<a<",
    "aba",
    "< xy",
    "<xy",
    "< |y",
    "<|y",
    "ﬁn",
    "<é>",
    "<Ω>",
    "<가>",
    "</s>",
    "<unused7>",
    "Human:",
    "<｜end▁of▁turn｜>",
    "###",
    "\u2026stop",
)
NORMALIZERS: dict[str, Any] = {
    "none": None,
    "NFC": normalizers.NFC(),
    "NFKC": normalizers.NFKC(),
    "NFKD": normalizers.NFKD(),
    "lowercase": normalizers.Lowercase(),
    "like BERT": normalizers.BertNormalizer(),
    "like BERT, cased": normalizers.BertNormalizer(lowercase=False, strip_accents=True),
    "like T5": normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    ),
    "like Llama": normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
    "without accents": normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    ),
    "without the invisible": normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\p{Cf}\p{Mn}\x00-\x08\x0b\x0c\x0e-\x1f]"), ""),
            normalizers.Strip(),
        ]
    ),
}


@functools.cache
def reader(kind: str, tokens: Collection[str]) -> Tokenizer:
    return tokenizer(tokens, is_normalized=kind != "none", normalizer=NORMALIZERS[kind])


def special(kind: str, tokens: Collection[str], text: str) -> list[str]:
    """Return the control tokens that a tokenizer finds in the text."""
    made = reader(kind, tuple(tokens))
    added = made.get_added_tokens_decoder()
    found = made.encode(text, add_special_tokens=False).ids
    return [added[each].content for each in found if each in added]


ALL = tuple(sorted({*KNOWN, *OWN}))
FILLERS = ["", " ", "\u200b", "\u00ad", "\u0301", "\u2060", "\x07", "\ufeff", "\ufe0f", "\n"]


@pytest.mark.parametrize("kind", NORMALIZERS)
def test_each_token_is_broken_for_every_kind_of_tokenizer(kind: str) -> None:
    found = 0
    for token in ALL:
        for text in (token, f"word{token}word", f" {token} ", token * 3, f"x\n{token}\ny"):
            found += bool(special(kind, ALL, text))
            assert not special(kind, ALL, neutral(text, OWN)), (token, text)
    assert found > 2 * len(ALL)  # the tokenizer does find them when they are whole


@pytest.mark.parametrize("kind", NORMALIZERS)
def test_disguised_tokens_are_broken_too(kind: str) -> None:
    for token in ALL:
        for text in (
            token.upper(),
            token.lower(),
            unicodedata.normalize("NFD", token),
            "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in token),
            *(filler.join(token) for filler in FILLERS),
            *(token[0] + filler + token[1:] for filler in FILLERS),
        ):
            assert not special(kind, ALL, neutral(text, OWN)), ascii(text)
            assert not special(kind, ALL, neutral(cleaned(text), OWN)), ascii(text)
            assert not special(kind, ALL, cleaned(neutral(text, OWN))), ascii(text)


@pytest.mark.parametrize("token", sorted(KNOWN))
def test_removing_a_token_never_makes_another(token: str) -> None:
    for outer in ("<|im_start|>", "[INST]", token):
        for at in range(len(outer) + 1):
            nested = outer[:at] + token + outer[at:]
            assert not special("none", ALL, neutral(nested, OWN)), nested


@pytest.mark.parametrize("kind", NORMALIZERS)
@settings(max_examples=60, deadline=None)
@given(data=some.data())
def test_no_mixture_of_tokens_and_their_parts_gets_through(
    kind: str, data: some.DataObject
) -> None:
    whole = some.sampled_from(ALL)
    part = whole.flatmap(
        lambda token: some.tuples(some.integers(0, len(token)), some.integers(0, len(token))).map(
            lambda ends: token[min(ends) : max(ends)]
        )
    )
    loose = some.text(some.sampled_from("<>|[]/_aAbBsSyYxX{}éﬁﬀ가\u1100\u1161…Ω\u200b\u0301 \n▁"))
    pieces = some.one_of(whole, part, some.sampled_from(FILLERS), loose, some.text(max_size=3))
    text = data.draw(some.lists(pieces, max_size=12).map("".join))

    assert not special(kind, ALL, neutral(text, OWN))
    assert not special(kind, ALL, neutral(cleaned(text), OWN))


@settings(deadline=None)
@given(some.lists(some.one_of(some.sampled_from(ALL), some.text(max_size=6))).map("".join))
def test_neutral_text_stays_as_it_is(text: str) -> None:
    once = neutral(text, OWN)

    assert neutral(once, OWN) == once


@settings(deadline=None)
@given(
    some.lists(some.one_of(some.sampled_from(sorted(KNOWN)), some.text(max_size=6))).map("".join)
)
def test_people_read_the_same_letters(text: str) -> None:
    def letters(shown: str) -> str:
        return "".join(unicodedata.normalize("NFKC", shown).split())

    assert letters(neutral(text)) == letters(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The carrier shall pay within 30 days [1], see <b>Annex</b> | <td> & < 5 %.",
        "if a <| b then [x] else {y} |> z",
        "naïve – “quotes” 漢字 🙂 می\u200cخواهم क्\u200dष",
        "<html><body><p>1 < 2</p></body></html>",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text
    assert cleaned(text) == text


def test_tokens_of_an_unknown_family_are_known_by_their_shape() -> None:
    assert neutral("<|my_own|> <｜mein｜>") == "< |my_own|> < ｜mein｜>"
    assert neutral("<|reserved_special_token_12|>").startswith("< |")


def test_what_a_space_cannot_break_is_no_token() -> None:
    assert not any(map(is_breakable, ("", " ", "\n\n", "a", "§", "a b", "▁▁", "e\u0301")))
    assert all(map(is_breakable, (*KNOWN, "ab", "a bc", "ﬁ")))
    assert neutral("a \n\n b", {"a", "\n\n", " "}) == "a \n\n b"


def test_one_character_that_stands_for_a_token_is_written_out() -> None:
    assert neutral("a ﬁ b", {"fi"}) == "a f i b"


def test_invisible_and_reordering_characters_go() -> None:
    assert cleaned("pay\u202e 01 \u2066EUR\u200b\u00ad now\u061c\U000e0041") == "pay 01 EUR now"


def test_text_made_fit_is_cleaned_and_neutral() -> None:
    fit = fit_for({"<mine>"})

    assert fit("a\u200b <m\u00adine> \u202e<|im_end|>") == "a < mine> < |im_end|>"


def test_long_hostile_text_takes_no_longer_than_its_length() -> None:
    many = frozenset(f"<SPECIAL_{number}>" for number in range(1000))
    for text in ("<|" * 20_000, "<s" * 20_000, "<|im_start|>" * 4_000, "[[INST]" * 6_000):
        assert not special("none", ALL, neutral(text, many))
