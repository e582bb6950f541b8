"""However a stream is cut on its way, the text is the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer_form import JsonForm
from assistant.completion import Completion
from assistant.drafts import Draft, DraftReader
from assistant.event_stream import BadEvents, EventReader
from assistant.grammar import MOST_SENTENCES, NO_ANSWER
from assistant.model import Failing, ModelFailed
from tests.assistant.prompts import IDS, sglang_at, whole
from tests.models import Played, Puppet, Says, Tape
from tests.models.fixtures import puppet, tape

__all__ = ["puppet", "tape"]

PIECES = (
    "Wé",
    "ll 🙂, ",
    "data: ",
    "\u2028",
    "ninety\r\n",
    "days 期限 ",
    "‍[1.1",
    "] [2.1]\n",
    "B. [1.2]",
)
TEXT = "".join(PIECES)
ENDS = ("\n", "\r\n", "\r")


def events_of(pieces: Iterable[str], dice: random.Random) -> bytes:
    """Return a stream of these pieces as hostile as the standard allows."""
    end = dice.choice(ENDS)
    lines: list[str] = ["\ufeff: hello" if dice.random() < 0.5 else ": hello"]
    for piece in pieces:
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        said = json.dumps({"choices": [choice]}, ensure_ascii=dice.random() < 0.5)
        if dice.random() < 0.3:
            lines += [": ping", "event: message", "id: 7", "retry: 10", "data", ""]
            said = said.replace(', "finish', ', \n"finish')
        colon = dice.choice(["data: ", "data:"])
        lines += [*(colon + part for part in said.split("\n")), ""]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    lines += [f"data: {json.dumps(last)}", "", "data: [DONE]", "", ""]
    return end.join(lines).encode()


def cut(raw: bytes, dice: random.Random) -> Iterator[bytes]:
    """Yield the bytes in pieces of random sizes, often of one."""
    most = dice.choice([1, 2, 5, 40, 4000])
    at = 0
    while at < len(raw):
        size = dice.randint(0, most)
        yield raw[at : at + size]
        at += size


def read(writes: Iterable[bytes]) -> str:
    completion = Completion(10_000)
    said = "".join(text for each in writes for text in completion.take(each))
    completion.check()
    return said


def differences(splits: int, seed: int) -> int:
    dice = random.Random(seed)
    return sum(read(cut(events_of(PIECES, dice), dice)) != TEXT for _ in range(splits))


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_reads_the_same_however_it_is_cut(seed: int) -> None:
    assert differences(1000, seed) == 0


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 150))
def test_a_stream_reads_the_same_however_it_is_cut_at_length(seed: int) -> None:
    assert differences(1000, seed) == 0


def test_a_stream_reads_the_same_cut_at_any_two_places() -> None:
    raw = events_of(PIECES[:4], random.Random(1))
    for at in range(len(raw)):
        assert read([raw[:at], raw[at : at + 1], raw[at + 1 :]]) == "".join(PIECES[:4])


async def test_it_does_so_over_http(tape: Tape) -> None:
    dice = random.Random(7)
    async with sglang_at(tape.url) as model:
        for _ in range(40):
            tape.plays(Played([each for each in cut(events_of(PIECES, dice), dice) if each]))
            assert await whole(model) == TEXT


@pytest.mark.parametrize("wire", [1, 2, 3, 7, 64])
async def test_it_does_so_from_a_model_that_stutters(puppet: Puppet, wire: int) -> None:
    puppet.says(Says(PIECES, wire=wire))
    async with sglang_at(puppet.url) as model:
        assert await whole(model) == TEXT


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"data: x", b"\r", b"\n", b"\r\n"])))
def test_any_bytes_read_the_same_whole_or_one_by_one(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    assert read_events([raw]) == read_events(raw[at : at + 1] for at in range(len(raw)))


def read_events(writes: Iterable[bytes]) -> list[str]:
    reader = EventReader(longest=30)
    found: list[str] = []
    try:
        for each in writes:
            found += iterated(reader, each, found)
    except BadEvents as bad:
        found.append(f"bad: {bad}")
    return found


def iterated(reader: EventReader, raw: bytes, found: list[str]) -> list[str]:
    """Keep what comes before the reader gives up."""
    for each in reader.feed(raw):
        found.append(each)
    return []


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"data: a\n\n", ["a"]),
        (b"data:a\ndata: b\ndata:  c\n\n", ["a\nb\n c"]),
        (b"data\n\ndata\n\n", ["", ""]),
        (b"\n\n: x\n\nevent: y\n\n", []),
        (b"data: a", []),
        (b"data: a\n", []),
        (b"data: a\r\rdata: b\r\n\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"]),
        (b"dat: a\n\nData: b\n\n data: c\n\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(raw: bytes, found: list[str]) -> None:
    assert read_events([raw]) == found


# Answers as JSON

SENTENCES = [
    {"text": "Notice is [ninety] days. [1.1] [2.1]", "cites": ["1.1", "2.1"]},
    {"text": 'It "ends" {here}],\n soon 🙂.', "cites": ["9.9", "1.2"]},
    {"text": "No source.", "cites": []},
]
SAID = 'Notice is (ninety) days. [1.1] [2.1]\nIt "ends" {here}), soon 🙂. [1.2]\nNo source.\n'
FIRST = Draft("Notice is (ninety) days.", ("1.1", "2.1"))


def formed(pieces: Iterable[str]) -> str:
    form = JsonForm(IDS)
    said = "".join(text for each in pieces for text in form.feed(each))
    form.end()
    return said


@pytest.mark.parametrize("indent", [None, 2])
def test_json_becomes_the_form_of_the_grammar_however_it_is_cut(indent: int | None) -> None:
    raw = json.dumps({"refused": False, "sentences": SENTENCES}, indent=indent)
    dice = random.Random(3)
    for _ in range(300):
        ends = sorted(dice.sample(range(len(raw)), dice.randint(0, 20)))
        parts = [raw[a:b] for a, b in zip([0, *ends], [*ends, len(raw)], strict=True)]
        assert formed(parts) == SAID


def drafted(pieces: Iterable[str]) -> list[Draft]:
    """Return the drafts that JSON comes to, as a writer reads them."""
    form, reader = JsonForm(IDS), DraftReader()
    drafts = [each for raw in pieces for text in form.feed(raw) for each in reader.feed(text)]
    form.end()
    return [*drafts, *reader.end()]


def test_each_sentence_is_a_draft_as_soon_as_its_object_is_complete() -> None:
    form, reader = JsonForm(IDS), DraftReader()
    raw = json.dumps({"refused": False, "sentences": SENTENCES})
    came = [
        (at, draft)
        for at, character in enumerate(raw)
        for text in form.feed(character)
        for draft in reader.feed(text)
    ]
    assert came[0] == (raw.index("}"), FIRST)
    assert [at for at, _ in came] == [found.end() - 1 for found in re.finditer(r"\]\}", raw)][:3]


WRITTEN = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.text(min_size=1, max_size=30)
            | st.sampled_from(["Ninety days. [1.1]", "NO ANSWER", '"},{"', "]}", "a\nb"]),
            "cites": st.lists(st.sampled_from(["1.1", "2.1", "9.9"]), max_size=3),
        }
    ),
    max_size=MOST_SENTENCES + 2,
)


@given(WRITTEN, st.none() | st.integers(1, 3), st.randoms(use_true_random=False))
def test_however_json_is_cut_the_drafts_are_the_same(
    sentences: list[dict[str, object]], indent: int | None, dice: random.Random
) -> None:
    raw = json.dumps({"refused": False, "sentences": sentences}, indent=indent)
    ends = sorted(dice.sample(range(len(raw)), dice.randint(0, min(20, len(raw)))))
    parts = [raw[a:b] for a, b in zip([0, *ends], [*ends, len(raw)], strict=True)]
    assert drafted(parts) == drafted([raw]) == drafted(raw)


def test_the_last_sentence_that_there_may_be_is_read_to_the_end_of_the_answer() -> None:
    sentence = {"text": "Ninety days.", "cites": ["1.1"]}
    for count in (MOST_SENTENCES, MOST_SENTENCES + 1):
        raw = json.dumps({"refused": False, "sentences": [sentence] * count})
        assert len(drafted([raw])) == MOST_SENTENCES
    assert formed([json.dumps({"refused": False, "sentences": [sentence] * 8})])[-1] == "]"


@pytest.mark.parametrize(
    "answer",
    [
        {"refused": True, "sentences": []},
        {"refused": True, "sentences": SENTENCES},
        {"refused": False, "sentences": []},
    ],
)
def test_a_refusal_is_told_as_one(answer: dict[str, object]) -> None:
    raw = json.dumps(answer)
    assert formed([raw]) == formed(raw) == NO_ANSWER


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "banana",
        "{}",
        "[]",
        " " * 300,
        '{"sentences": []}',
        '{"refused": false, "sentences": [',
        '{"refused": false, "sentences": []',
        '{"refused": false, "sentences": []} {',
        '{"refused": false, "sentences": [1]}',
        '{"refused": false, "sentences": [{}]}',
        '{"refused": false, "sentences": [{"text": 1, "cites": []}]}',
        '{"refused": false, "sentences": [{"text": "a", "cites": "1.1"}]}',
        '{"refused": false, "sentences": [' + "[" * 7_000,
        '{"refused": false, "sentences": ["' + "a" * 9_000,
    ],
)
def test_what_is_not_that_json_is_no_answer(raw: str) -> None:
    for parts in ([raw], list(raw)):
        with pytest.raises(ModelFailed) as caught:
            formed(parts)
        assert caught.value.failing is Failing.BROKEN
        assert caught.value.__context__ is None


def test_a_hostile_id_is_no_id() -> None:
    cites = ["1.1] [2.1", "1.1", 7, None, ["1.1"], "1.1\n"]
    raw = json.dumps({"refused": False, "sentences": [{"text": "A.", "cites": cites}]})
    assert formed([raw]) == "A. [1.1]\n"
