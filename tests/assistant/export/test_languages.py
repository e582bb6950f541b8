"""Files speak as the page they are taken from; what is quoted stays in the language it is in."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx.oxml.ns import qn

from assistant.export import pdf
from assistant.export.exported import Exported
from assistant.export.forms import Form, file_of
from assistant.export.wording import about, assured, exported_by, left_out, quoted, shown
from assistant.wording import Language, speaking
from retrieval.conversation_turn import Cited, Said, Turn
from retrieval.documents import Status, now
from tests.assistant.export.made import (
    WORDS,
    exported,
    note,
    notes_in,
    open_word,
    quote,
    read_pdf,
    rendered,
    version,
)
from tests.assistant.http_client import client
from tests.assistant.http_world import ANN, make_parts
from tests.assistant.remembered import Remembered, remembered

OTHERS = [each for each in Language if each is not Language.EN]
CANARY = "zebracanary"
NOTES = {Language.EN: "Footnotes", Language.DE: "Fußnoten", Language.FR: "Notes de bas de page"}
OPEN = {Language.EN: "Open", Language.DE: "Öffnen", Language.FR: "Ouvrir"}
LOCALE = {Language.EN: "en-GB", Language.DE: "de-DE", Language.FR: "fr-FR"}
TOLD = {
    Language.EN: (
        "Master Services Agreement, version 1, approved, in force from 1 January 2026, page 14: "
        f"“{WORDS}”",
        "Exported by ann on 1 January 2026, 10:20 UTC.",
        "Asked on 1 January 2026, 10:20 UTC, as of 1 January 2026.",
        "2 sentences are left out",
        "Another source says: “Either",
    ),
    Language.DE: (
        "Master Services Agreement, Fassung 1, freigegeben, in Kraft ab 1. Januar 2026, Seite 14: "
        f"„{WORDS}“",
        "Exportiert von ann am 1. Januar 2026, 10:20 UTC.",
        "Gefragt am 1. Januar 2026, 10:20 UTC, Stand 1. Januar 2026.",
        "2 Sätze sind weggelassen",
        "Eine andere Quelle sagt: „Either",
    ),
    Language.FR: (
        "Master Services Agreement, version 1, approuvé, en vigueur à compter du 1er janvier 2026, "
        f"page 14 : « {WORDS} »",
        "Exporté par ann le 1er janvier 2026, 10:20 UTC.",
        "Demandé le 1er janvier 2026, 10:20 UTC, état au 1er janvier 2026.",
        "2 phrases sont omises",
        "Une autre source dit : « Either",
    ),
}
TWO = exported(quote(), replace(quote(number=2), differs=True), left_out=2, mode="model", model="m")


@dataclass(frozen=True)
class Read:
    """A file as it is found: its whole text, and its footnotes where the format has them."""

    text: str
    notes: list[str]


def read(content: bytes, form: Form) -> Read:
    """Open a file with a library that others wrote."""
    notes: list[str] = []
    match form:
        case Form.DOCX:
            opened = open_word(content)
            notes = list(opened.footnotes.values())
            text = "\n".join([*opened.paragraphs, *notes])
        case Form.PDF:
            text = read_pdf(content)[0]
        case Form.MARKDOWN:
            page = rendered(content)
            notes, text = notes_in(page), "".join(page.itertext())
    return Read(" ".join(text.split()), [" ".join(each.split()) for each in notes])


def written(what: Exported, form: Form, language: Language) -> Read:
    """Return what is read in a file that was written in a language."""
    with speaking(language):
        return read(file_of(what, form).content, form)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("form", Form)
def test_a_file_says_everything_of_ours_in_the_language_spoken(
    form: Form, language: Language
) -> None:
    found = written(TWO, form, language)
    assert [each for each in TOLD[language] if each not in found.text] == []
    for each in found.notes:
        assert each.startswith(f"{TOLD[language][0]} {OPEN[language]}")
    for other in {*Language} - {language}:
        assert [each for each in TOLD[other] if each in found.text] == []


@pytest.mark.parametrize("language", Language)
def test_a_file_names_its_language_for_those_who_read_it_aloud(language: Language) -> None:
    with speaking(language):
        word, paper = (file_of(TWO, form).content for form in (Form.DOCX, Form.PDF))
        promise = assured()
    document = open_word(word).document
    [lang] = document.styles["Normal"].element.iter(qn("w:lang"))
    assert lang.get(qn("w:val")) == document.core_properties.language == LOCALE[language]
    assert document.core_properties.comments == promise
    assert f"/Lang ({LOCALE[language]})".encode() in paper
    _, opened = read_pdf(paper)
    assert opened.get_metadata_dict()["Subject"] == promise
    assert [each.get_title() for each in opened.get_toc()][-1] == NOTES[language]


def everything() -> list[str]:
    """Return all that exports can say of how they came about, in the language spoken."""
    ways = ("model", "approved", "quotes", "passages")
    made = [exported(mode=mode, left_out=some) for mode in ways for some in (1, 2)]
    made += [replace_section(made[0], at=None, as_of=day) for day in (None, date(2026, 1, 2))]
    made += [replace_section(made[1], at=None, left_out=2, as_of=None)]
    made += [replace_section(made[0], as_of=None, model="m, not registered", looked_for="x")]
    said = [line for each in made for line in about(each.sections[0])]
    said += [left_out(each.sections[0]) for each in made]
    said += [exported_by(made[0]), exported_by(replace(made[0], by="")), assured()]
    said += [quoted(note("No\u200btice")), quoted(note("No\u200bti\u200bce"))]
    letters = [read_pdf(pdf.written(exported(quote(each))))[0] for each in ("中", "中 and 中")]
    return said + letters


def replace_section(what: Exported, **more: Any) -> Exported:
    """Return an export whose section is another in part."""
    return replace(what, sections=(replace(what.sections[0], **more),))


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_that_a_file_can_say_is_left_in_english(language: Language) -> None:
    english = everything()
    with speaking(language):
        other = everything()
    assert [one for one, same in zip(english, other, strict=True) if one == same] == []
    words = ("Written", "left out", "Searched", "chosen", "order", "drawn", "registered", "known")
    assert [each for each in other for word in words if word in each] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("form", Form)
def test_where_a_source_stands_is_said_in_the_language_spoken(
    form: Form, language: Language
) -> None:
    late = version(expires_on=date(2026, 5, 1), review_by=date(2025, 12, 31))
    late = replace(late, effective_from=None, added_at=1_767_262_800)
    stated = replace(quote(), footnotes=(replace(note(), version=late, status=Status.APPROVED),))
    text = written(exported(stated), form, language).text
    assert {
        Language.EN: "taken in on 1 January 2026, until 1 May 2026, review overdue since 1 January",
        Language.DE: "aufgenommen am 1. Januar 2026, bis 1. Mai 2026, Prüfung überfällig seit 1.",
        Language.FR: "ajouté le 1er janvier 2026, jusqu’au 1er mai 2026, relecture en retard",
    }[language] in text


def test_the_marks_of_a_quotation_stay_on_its_line() -> None:
    with speaking(Language.FR):
        assert quoted(note("mot")) == shown(quoted(note("mot"))) == "«\xa0mot\xa0»"
    assert shown("a \xa0 b\xa0c «\xa0 d \xa0»") == "a b c « d »"


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path) as kept:
        yield kept


async def kept_with_a_lie(kept: Remembered) -> tuple[str, str]:
    """Keep words of the contract and others that it does not have; return where and the first."""
    contract = kept.library.held[0]
    start = contract.text.index("Either party")
    words = contract.text[start : start + 40]
    good = Cited(contract.version.id, 1, start, start + 40, 3, words)
    said = (
        Said(" ".join(words.split()), (good,)),
        Said(CANARY, (replace(good, words=CANARY + words[len(CANARY) :]),)),
    )
    turn = Turn(secrets.token_hex(16), now(), "What?", mode="quotes", model="", said=said)
    conversation = secrets.token_hex(16)
    await kept.conversations.keep(conversation, turn, person=ANN.name)
    return conversation, " ".join(words.split())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("form", Form)
async def test_a_page_saves_in_its_language_only_what_holds(
    kept: Remembered, form: Form, language: Language
) -> None:
    conversation, words = await kept_with_a_lie(kept)
    async with client(kept.parts()) as http:
        http.headers["accept-language"] = language
        told = await http.get(f"/export/conversations/{conversation}?form={form}")
        api = await http.get(f"/api/export/conversations/{conversation}?form={form}")
    here, there = read(told.content, form).text, read(api.content, form).text
    missing = {
        Language.EN: "1 sentence is left out:",
        Language.DE: "1 Satz ist weggelassen:",
        Language.FR: "1 phrase est omise :",
    }
    assert missing[language] in here
    assert missing[Language.EN] in there
    for text in (here, there):
        assert CANARY not in text
        assert text.count(words) >= 2


async def test_a_search_is_saved_in_the_language_of_the_page() -> None:
    async with client(make_parts()) as http:
        hits = (await http.get("/api/search", params={"q": "written notice"})).json()["hits"]
        http.cookies["pincite_language"] = "de"
        asked = {"form": "md", "as_of": "2026-01-31"}
        page = (await http.get("/export/found", params=asked | {"q": "written notice"})).text
        chosen = asked | {"passage": [hits[0]["passage"], 999_999]}
        api = (await http.get("/api/export/passages", params=chosen)).text
    assert "Gesucht, Stand 31. Januar 2026." in page
    assert api.startswith("# What was found\n")
    assert "Searched, as of 31 January 2026." in api
    assert "1 passage is left out" in api
