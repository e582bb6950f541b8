"""Answers as blocks: whole, numbered, within Slack's limits, and without a way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Question, Refusal, RefusalReason, Sentence, Source
from assistant.slack.blocks import (
    MOST_CHARACTERS,
    answer_shown,
    confirmation_shown,
    refusal_shown,
    that_fit,
)
from assistant.slack.shown import Button, Shown, defanged, link
from retrieval.access import Principal
from retrieval.documents import Scope, Status
from tests.assistant.hostile_markdown import ADDRESSES, AROUND, hostile_texts
from tests.assistant.http_documents import make_version
from tests.assistant.test_http_plain import BANNED
from tools.confirmation import Confirmation, Standing
from tools.confirmation import Shown as Argument
from tools.labels import Whence

BASE = "https://pincite.internal.test"
VERSION = make_version(1, "a1c0ffee00000000000000000000d0c1", "Services Agreement")
QUESTION = Question("How long is notice?", Principal.person("ann"), Scope(as_of=0))
MARKUP = (
    "<{}|x>",
    "<{}>",
    "&lt;{}|x&gt;",
    "*<{}|x>*",
    "~<{}>~",
    "```<{}|x>```",
    "> <{}|x>",
    "<!channel> {}",
    "<!here|{}>",
    "<!subteam^S1|{}>",
    "<@U024BE7LH> {}",
    "<#C024BE7LR|{}>",
    "<!date^1392734382^x^{}|x>",
    ":shipit: {}",
    "<mailto:{}|x>",
    "<slack://channel?team=T1&id=C1|{}>",
)
# Every way in which a client could see an address: a scheme, or a name with a dot before letters.
SEEN = re.compile(
    r"://|\b(?:mailto|tel|data|javascript|slack|file|vbscript):\S"
    r"|[^\W_][.\u3002\uff0e\uff61\u2024][^\W\d_][^\W_]"
    r"|\b\d+\.\d+\.\d+\.\d+\b",
    re.IGNORECASE,
)
FILES = re.compile(r"\.(?:html?|xml|json|txt|png|jpe?g|docx?|pdf|csv)\b", re.IGNORECASE)
KINDS = {
    "rich_text",
    "rich_text_section",
    "rich_text_quote",
    "rich_text_preformatted",
    "text",
    "link",
    "actions",
    "button",
    "plain_text",
}


def answer_of(texts: Sequence[str], mode: str = "model", title: str = "Agreement") -> Answer:
    source = Source(1, make_version(1, "a1c0ffee", title), Status.APPROVED)
    said = tuple(
        Sentence(each, (Citation(1, 7, n, n + 5, n % 3 or None, each, head=each[:20]),))
        for n, each in enumerate(texts)
    )
    return Answer(QUESTION, mode, "What your sources say", said, (source,), texts[:1] and ("",))


def strings_of(value: object) -> Iterator[str]:
    """Yield every string of a payload, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings_of(each)


def kinds_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "type" in value:
            yield value["type"]
        for each in value.values():
            yield from kinds_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from kinds_of(each)


def found_in(shown: Shown) -> list[str]:
    """Return what a client could press that is not ours."""
    every = (each.replace(BASE, "") for each in strings_of([shown.text, list(shown.blocks)]))
    return [each for each in every if SEEN.search(FILES.sub("", each))]


def hostile() -> list[str]:
    marked = (
        around.format(form.format(address))
        for around, form, address in product(AROUND, MARKUP, ADDRESSES)
    )
    return [*hostile_texts(), *marked]


def test_no_form_of_a_link_leaves_a_message() -> None:
    forms = hostile()
    assert len(forms) >= 2000
    for text in forms:
        for mode in ("model", "quotes"):
            shown = answer_shown(answer_of([text, f"A {text}"], mode, text), base=BASE)
            assert found_in(shown) == []
            assert set(kinds_of(list(shown.blocks))) <= KINDS
        near = (Source(1, make_version(1, "a1c0ffee", text), Status.DRAFT),)
        refusal = Refusal(QUESTION, RefusalReason.NOT_SUPPORTED, text, near)
        assert found_in(refusal_shown(refusal, base=BASE)) == []


@pytest.mark.parametrize("ways", [2, 3, 7])
def test_no_form_comes_together_again_when_it_is_cut(ways: int) -> None:
    for text in hostile():
        at = max(1, len(text) // ways)
        pieces = [text[n : n + at] for n in range(0, len(text), at)]
        shown = answer_shown(answer_of(pieces), base=BASE)
        sections = [
            "".join(str(each["text"]) for each in part["elements"])  # type: ignore[index]
            for part in shown.blocks[0]["elements"]  # type: ignore[attr-defined]
        ]
        assert not [each for each in sections if SEEN.search(FILES.sub("", each))]


def test_the_check_sees_an_address() -> None:
    for each in (*ADDRESSES[:3], "evil.com", "mailto:me@evil.example", "ht tps://x", "1.2.3.4"):
        assert found_in(Shown(each, ()))


@pytest.mark.parametrize("shape", ["{}90 days", "90{} days", "90 days{}"])
def test_no_banned_character_is_shown(shape: str) -> None:
    for code in BANNED:
        text = shape.format(chr(code))
        shown = answer_shown(answer_of([text], title=text), base=BASE)
        assert not [each for each in strings_of(list(shown.blocks)) if chr(code) in each]


def test_what_is_no_address_stays_to_the_letter() -> None:
    for text in (
        "Clause 4.2(b) says 12.5 % p.a., i.e. not more.",
        "Art. 7 of agreement.pdf and notes.docx",
        "At 10:30 a.m. (see sec. 3.1.2.): it ends.",
        "Ratio 3:1; key: value",
        "§ 5 Abs. 2 Satz 1 z.B. gilt",
    ):
        assert defanged(text) == text


def test_addresses_stay_readable() -> None:
    assert defanged("see https://evil.example/x") == "see https[:]//evil[.]example/x"
    assert defanged("at 10.0.0.1") == "at 10.0.0[.]1"


@given(st.text(max_size=300))
def test_changing_it_twice_changes_nothing_more(text: str) -> None:
    assert defanged(defanged(text)) == defanged(text)


@given(st.lists(st.text(min_size=1, max_size=4000), min_size=1, max_size=60))
def test_every_sentence_is_shown_once_and_within_the_limits(texts: list[str]) -> None:
    answer, shown_ones, messages = answer_of(texts), 0, 0
    while shown_ones < len(texts):
        shown = answer_shown(answer, base=BASE, after=shown_ones)
        shown_ones += that_fit(answer.sentences[shown_ones:])
        messages += 1
        assert len(shown.blocks) <= 50
        assert max(len(each) for each in strings_of(list(shown.blocks))) <= 3000
    assert messages <= 1 + 2 * sum(map(len, texts)) // MOST_CHARACTERS


def test_a_number_leads_to_the_words_and_a_footnote_names_the_page() -> None:
    version = make_version(
        1, "d0c1", "Services Agreement", effective_from=date(2024, 3, 1), number=2
    )
    said = (
        Sentence("Notice is 90 days.", (Citation(1, 7, 10, 28, 3, "Notice is 90 days."),)),
        Sentence("It is in writing.", (Citation(1, 7, 30, 48, 3, "in writing"),)),
        Sentence("By post.", (Citation(1, 8, 90, 98, 4, "By post."),)),
    )
    sources = (Source(1, version, Status.SUPERSEDED),)
    answer = Answer(QUESTION, "model", "", said, sources, ("Something was left out.",), "Tiny 1")
    text = json.dumps(answer_shown(answer, base=BASE + "/").blocks)

    assert text.count(f'"{BASE}/source/d0c1/2?start=10&end=28", "text": "[1]"') == 1
    assert text.count(f'"{BASE}/source/d0c1/2?start=30&end=48", "text": "[1]"') == 1
    assert text.count(f'"{BASE}/source/d0c1/2?start=90&end=98", "text": "[2]"') == 1
    assert '"1  "' in text
    assert ", page 3, superseded, in force from 1 Mar 2024" in text
    assert "Something was left out." in text
    assert "Written by a language model, Tiny 1; each sentence was checked." in text


def test_the_rest_keeps_its_numbers_and_names_only_its_own_pages() -> None:
    texts = ["x" * 4000] * 3
    first = json.dumps(answer_shown(answer_of(texts), base=BASE).blocks)
    rest = json.dumps(answer_shown(answer_of(texts), base=BASE, after=1).blocks)
    assert "[1]" in first
    assert "[2]" not in first
    assert "[1]" not in rest
    assert "[2]" in rest
    assert '"1  "' not in rest


def test_another_sources_words_are_marked_as_such() -> None:
    source = Source(1, VERSION, Status.APPROVED)
    said = Sentence("Notice is 30 days.", (Citation(1, 7, 0, 5, None, "Notice"),), differs=True)
    answer = Answer(QUESTION, "model", "", (said,), (source,))
    assert "Another source states otherwise" in json.dumps(answer_shown(answer, base=BASE).blocks)


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://x", "/a\nb", "x"])
def test_a_link_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValueError, match="a path of ours"):
        link(BASE, path, "x")


def confirmation_of(*values: str) -> Confirmation:
    shown = tuple(Argument(f"field_{n}", each, Whence.TEXT) for n, each in enumerate(values))
    return Confirmation(
        "0" * 32, "create_ticket", "Create a ticket.", shown, "ann", "yourself", 9,
        Standing.WAITING, digest="1" * 64,
    )  # fmt: skip


def test_a_confirmation_shows_every_argument_to_the_letter() -> None:
    values = ("Printer <!channel> & https://evil.example", "", "  two\n\nlines ", "*bold* `x`")
    buttons = (Button("confirm", "v", "Confirm", "primary"), Button("decline", "v", "Decline"))
    shown = confirmation_shown(
        confirmation_of(*values), base=BASE, until="10:05:00 UTC", buttons=buttons
    )
    exact = [
        part["elements"][0]["text"]  # type: ignore[index]
        for part in shown.blocks[0]["elements"]  # type: ignore[attr-defined]
        if part["type"] == "rich_text_preformatted"
    ]
    assert exact == [each or " " for each in values]
    assert shown.blocks[-1]["type"] == "actions"


def test_what_is_too_long_to_be_seen_whole_cannot_be_confirmed_here() -> None:
    buttons = (Button("confirm", "v", "Confirm", "primary"),)
    long = confirmation_of("x" * 2000, "y" * 2000)
    shown = confirmation_shown(long, base=BASE, until="soon", buttons=buttons)
    assert {each["type"] for each in shown.blocks} == {"rich_text"}
    assert f"{BASE}/confirmations/{'0' * 32}" in json.dumps(shown.blocks)
