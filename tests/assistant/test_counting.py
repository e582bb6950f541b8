"""What a text is reckoned to come to is never too little, and what was counted is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from assistant.counting import Counting, likely, sure
from tests.assistant.test_tokens import NORMALIZERS

WORDS = "Either party may end this agreement with a notice of ninety days."
SCRIPTS = (
    WORDS,
    "Der Mieter kündigt schriftlich; die Größe beträgt 1.250,00 m².",
    "Настоящий договор вступает в силу с момента подписания.",
    "本合同自双方签字之日起生效，有效期为三年。",
    "यह अनुबंध तीन वर्षों तक मान्य रहेगा।",
    "การบอกเลิกสัญญา",
    "ይህ ውል ጸንቶ ይቆያል።",
    "👍🏽👩‍👩‍👧‍👦🔥",
    "ﷺ ﬃ ㍿ Å İ ŉ ẞ ΐ ﬗ ꟹ K ⫝̸ \u0958 \u1e9e \ufdfa" * 3,
    "\u0390\u0149\u01f0\u1e96" * 5,
    "각\u1112\u1161\u11ab",
    "\x00\x01\x7f\t\n\n  ",
)


def made_of_bytes(normalizer: Any, *, is_marked: bool) -> Tokenizer:
    """Return the worst tokenizer: one token a byte, and where marked one more for each word."""
    if is_marked:
        vocab = {f"<0x{byte:02X}>": byte for byte in range(256)} | {"▁": 256, "<unk>": 257}
        made = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>", byte_fallback=True))
        marks = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        made.normalizer = normalizers.Sequence([*([normalizer] if normalizer else []), *marks])
        return made
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={each: at for at, each in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.decoder = decoders.ByteLevel()
    if normalizer is not None:
        made.normalizer = normalizer
    return made


# BERT's way puts spaces around each ideograph, and takes those it does not know for one token:
# it never comes with bytes. Without that it is as bad as it can be.
CHANGES: dict[str, Any] = {
    kind: normalizers.BertNormalizer(handle_chinese_chars=False, lowercase="cased" not in kind)
    if "BERT" in kind
    else change
    for kind, change in NORMALIZERS.items()
    if "Llama" not in kind
}
UNLIKE = (
    *(range(0x20, 0x3400), range(0xA640, 0xAC00)),
    *(range(0xF900, 0x10000), range(0x1D000, 0x20000)),
)
"""Characters that may change: of ideographs, syllables and surrogates one is like another."""
KINDS = [(kind, is_marked) for kind in CHANGES for is_marked in (False, True)]


def tokens(made: Tokenizer, text: str) -> int:
    return len(made.encode(text, add_special_tokens=False).ids)


@pytest.mark.parametrize(("kind", "is_marked"), KINDS)
def test_the_worst_tokenizer_never_exceeds_what_is_sure(kind: str, is_marked: bool) -> None:
    made = made_of_bytes(CHANGES[kind], is_marked=is_marked)
    for text in (*SCRIPTS, "".join(SCRIPTS)):
        assert tokens(made, text) <= sure(text), text
    if kind == "none":
        assert tokens(made, WORDS) >= len(WORDS.encode()), "it is that bad"


@pytest.mark.parametrize(("kind", "is_marked"), KINDS)
@settings(max_examples=60, deadline=None)
@given(text=some.text(max_size=60))
def test_nor_does_it_for_any_text(kind: str, is_marked: bool, text: str) -> None:
    made = made_of_bytes(CHANGES[kind], is_marked=is_marked)
    assert tokens(made, text) <= sure(text)


@pytest.mark.parametrize(("kind", "is_marked"), KINDS)
def test_nor_does_it_for_any_character(kind: str, is_marked: bool) -> None:
    made = made_of_bytes(CHANGES[kind], is_marked=is_marked)
    every = [chr(code) for some_of in UNLIKE for code in some_of]
    for at in range(0, len(every), 500):
        text = "".join(every[at : at + 500])
        assert tokens(made, text) <= sure(text), hex(ord(text[0]))


@given(some.text(max_size=40), some.text(max_size=40))
def test_what_is_sure_of_the_parts_is_sure_of_the_whole(one: str, two: str) -> None:
    assert sure(one + two) <= sure(one) + sure(two)


def test_english_is_not_reckoned_by_bytes_where_it_need_not_be() -> None:
    assert len(WORDS.split()) <= likely(WORDS) < sure(WORDS) / 2
    assert likely("12.5 %") >= 5
    assert likely("契約") >= 2
    assert likely("") == 1


class Counts:
    """A server that counts a token for each word, and tells its window."""

    def __init__(self, window: int = 0, *, counts: bool = True) -> None:
        self.window = window
        self.counts = counts
        self.asked: list[list[str]] = []
        self.is_mute = False

    async def count(self, texts: Sequence[str]) -> list[int] | None:
        self.asked.append([*texts])
        return None if self.is_mute else [len(each.split()) for each in texts]


async def test_each_text_is_counted_once_and_all_new_ones_at_once() -> None:
    server = Counts()
    counting = Counting(server)
    first = await counting.sizes(["a b c", "d e", "a b c"])
    assert first == [5, 4, 5], "and the seams"
    assert await counting.sizes(["d e", "f g h", "a b c"]) == [4, 5, 5]
    assert server.asked == [["a b c", "d e"], ["f g h"]]


async def test_a_count_never_counts_for_more_than_what_is_sure() -> None:
    assert await Counting(Counts()).sizes(["a"]) == [2]


async def test_what_is_asked_for_surely_is_not_counted() -> None:
    server = Counts(window=4_096)
    assert await Counting(server).sizes([WORDS], surely=True) == [sure(WORDS)]
    assert server.asked == []


@pytest.mark.parametrize(("window", "reckoned"), [(0, sure), (4_096, likely)])
async def test_a_server_that_does_not_count_is_reckoned_by_its_window(
    window: int, reckoned: Any
) -> None:
    server = Counts(window, counts=False)
    counting = Counting(server)
    assert await counting.sizes([WORDS]) == [reckoned(WORDS)]
    assert counting.window == window
    assert server.asked == []


async def test_a_server_that_does_not_tell_is_left_alone_for_a_while() -> None:
    server, now = Counts(window=4_096), [0.0]
    counting = Counting(server, clock=lambda: now[0])
    server.is_mute = True
    for _ in range(3):
        assert await counting.sizes([WORDS]) == [likely(WORDS)]
    assert len(server.asked) == 1
    server.is_mute, now[0] = False, 11.0
    assert await counting.sizes([WORDS]) == [len(WORDS.split()) + 2]


async def test_what_is_remembered_has_a_bound() -> None:
    server = Counts()
    counting = Counting(server)
    for start in range(0, 20_000, 5_000):
        await counting.sizes([f"text {number}" for number in range(start, start + 5_000)])
    await counting.sizes(["text 1"])
    assert server.asked[-1] == ["text 1"], "it was forgotten"
    assert len(counting._known) <= 10_000
