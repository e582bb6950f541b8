"""Each format, opened by libraries that others wrote."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import pypdfium2.raw as pdfium
import pytest
from docx.oxml.ns import qn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from assistant.export import markdown, pdf, word
from assistant.export.exported import Stated
from assistant.export.forms import Form, file_of
from assistant.export.wording import assured, place, shown
from retrieval.documents import Status
from tests.assistant.export.made import (
    AT,
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
from tests.assistant.hostile_words import XSS

TOLD = (
    f"Master Services Agreement, version 1, approved, in force from 1 January 2026, page 14: "
    f"“{WORDS}”"
)
TWO = exported(quote(), replace(quote(number=2), differs=True), left_out=1, mode="model", model="m")
HOSTILE = (
    *XSS,
    "see [^1] and [^2]: there",
    "\\[^1]",
    "[^1]: injected",
    '=HYPERLINK("http://evil.example")',
    "+1 -1 @SUM(A1) |x| :--",
    "# heading\n---\n> quote\n- item\n1. item",
    "\x00\x01\x0b\x0c\ufffe\uffff\ud800 half",
    "\u202eright to left\u2066",
    "<w:t>x</w:t></w:r>&lt;b&gt;<super>1</super><link href='x'>y</link>",
    "***bold*** __under__ ~~gone~~ `code` $x^2$ {: .red}",
    "trailing #",
)
hostile = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=80),
    st.text(alphabet="<>&[]()^:\\`*_~#|!{}$=+-@'\" \n1ax", max_size=60),
)


def test_word_has_real_footnotes() -> None:
    opened = open_word(word.written(TWO))
    assert opened.referred == [1, 2]
    assert opened.footnotes[1] == f"{TOLD} Open"
    assert opened.links == [note().link]
    assert "Another source says: " in opened.paragraphs[-1]
    assert any("1 sentence is left out" in each for each in opened.paragraphs)


def test_word_ties_its_parts_together_as_the_standard_says() -> None:
    opened = open_word(word.written(TWO))
    types = opened.parts["[Content_Types].xml"].decode()
    rels = opened.parts["word/_rels/document.xml.rels"].decode()
    settings_ = etree.fromstring(opened.parts["word/settings.xml"])
    order = [etree.QName(each).localname for each in settings_]
    notes = etree.fromstring(opened.parts["word/footnotes.xml"])
    assert (
        '/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.footnotes+xml"'
    ) in types
    assert rels.count("relationships/footnotes") == 1
    assert order.index("footnotePr") < order.index("compat")
    assert [each.get(qn("w:id")) for each in notes] == ["-1", "0", "1", "2"]
    ids = [each.style_id for each in opened.document.styles]
    used = {each.get(qn("w:val")) for each in notes.iter(qn("w:rStyle"), qn("w:pStyle"))}
    assert used <= set(ids)
    assert len(ids) == len(set(ids))


def test_word_says_what_it_is() -> None:
    opened = open_word(word.written(TWO))
    properties = opened.document.core_properties
    assert (properties.title, properties.author) == ("How much notice?", "ann")
    assert properties.language == "en-GB"
    assert opened.paragraphs[0] == "How much notice?"
    assert opened.document.paragraphs[0].style.name == "Heading 1"


def test_a_pdf_can_be_read_searched_and_followed() -> None:
    content = pdf.written(TWO)
    text, document = read_pdf(content)
    assert f"“{WORDS}” 1" in text
    assert f"1. {TOLD} Open" in text
    assert "Another source says:" in text
    assert document.get_metadata_dict()["Title"] == "How much notice?"
    assert [each.get_title() for each in document.get_toc()] == ["How much notice?", "Footnotes"]
    assert b"/Lang (en-GB)" in content
    assert b"/DisplayDocTitle true" in content
    assert targets(document) == [note().link, note().link]


def targets(document: object) -> list[str]:
    """Return the addresses that the first page links to."""
    page = document[0]  # type: ignore[index]
    found = []
    at, link = pdfium.c_int(0), pdfium.FPDF_LINK()
    while pdfium.FPDFLink_Enumerate(page.raw, at, link):
        action = pdfium.FPDFLink_GetAction(link)
        size = pdfium.FPDFAction_GetURIPath(document.raw, action, None, 0)  # type: ignore[attr-defined]
        if size > 1:
            letters = (pdfium.c_char * size)()
            pdfium.FPDFAction_GetURIPath(document.raw, action, letters, size)  # type: ignore[attr-defined]
            found.append(letters.value.decode())
    return found


def test_a_pdf_draws_its_letters_with_its_own_font_and_names_those_it_lacks() -> None:
    words = "Ταχύτητα, Скорость, Łódź, Größe ≤ 5 €; 中 and א"
    content = pdf.written(exported(quote(words)))
    text, _ = read_pdf(content)
    assert "Ταχύτητα, Скорость, Łódź, Größe ≤ 5 €; [U+4E2D] and [U+05D0]" in text
    assert "4 letters could not be drawn here and are written as numbers" in text
    assert content.count(b"/FontFile2") == 2
    assert "could not be drawn" not in read_pdf(pdf.written(exported(quote())))[0]


def test_a_long_export_goes_over_pages() -> None:
    many = exported(*(quote(WORDS * 30, number) for number in range(1, 60)))
    text, document = read_pdf(pdf.written(many))
    assert len(document) > 20
    assert text.count("“Either") == 2 * 59
    assert open_word(word.written(many)).referred == list(range(1, 60))


def test_markdown_has_footnotes_that_a_renderer_follows() -> None:
    page = rendered(markdown.written(TWO))
    assert [each.text for each in page.findall(".//sup/a")] == ["1", "2"]
    assert notes_in(page)[0].startswith(f"{TOLD} Open")
    assert page.find(".//h1").text == "How much notice?"


@pytest.mark.parametrize("form", Form)
def test_every_form_tells_what_was_asked_when_and_by_whom(form: Form) -> None:
    text = text_of(TWO, form)
    assert "Exported by ann on 1 January 2026, 10:20 UTC." in text
    assert assured() in text
    assert "Asked on 1 January 2026, 10:20 UTC, as of 1 January 2026." in text
    assert "Written by a language model, m." in text
    assert "1 sentence is left out" in text


def test_what_cannot_be_seen_is_counted() -> None:
    text = text_of(exported(quote("No\u200bt\x00ice")), Form.MARKDOWN)
    assert "“Notice” (2 invisible characters left out)" in text


def text_of(what: object, form: Form) -> str:
    """Return the text that a reader finds in a file of this form, white space made even."""
    content = file_of(what, form).content  # type: ignore[arg-type]
    match form:
        case Form.DOCX:
            opened = open_word(content)
            found = "\n".join([*opened.paragraphs, *opened.footnotes.values()])
        case Form.PDF:
            found = read_pdf(content)[0]
        case Form.MARKDOWN:
            page = rendered(content)
            found = "".join(page.itertext())
    return " ".join(found.split())


@settings(max_examples=60, deadline=None)
@given(hostile, hostile)
@example("trailing #", "[^1]: injected")
@example("#", "##")
@example("<b>", "\\[^1]")
def test_word_shows_hostile_words_as_words(title: str, words: str) -> None:
    if not shown(words):
        return
    opened = open_word(word.written(exported(quote(words, title=title), asked=title)))
    assert opened.paragraphs[0] == shown(title)
    assert f"“{shown(words)}”" in opened.footnotes[1]
    assert opened.footnotes[1].startswith(shown(title))
    assert opened.links == [note(words).link]
    fields = opened.document.element.body.iter(qn("w:instrText"), qn("w:fldSimple"))
    assert list(fields) == []


@settings(max_examples=60, deadline=None)
@given(hostile, hostile)
@example("<super>", "<link href='x'>y</link> &amp;")
def test_a_pdf_shows_hostile_words_as_words(title: str, words: str) -> None:
    if not shown(words):
        return
    content = pdf.written(exported(quote(words, title=title), asked=title))
    _, document = read_pdf(content)
    assert targets(document) == [note(words).link]
    assert b"/JavaScript" not in content


printable = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(printable.map(lambda each: each[:30]), min_size=1, max_size=6))
def test_a_pdf_loses_no_letter(words: list[str]) -> None:
    text, _ = read_pdf(pdf.written(exported(quote(" ".join(words)))))
    bare = re.sub(r"\s+", "", text)
    assert bare.count(f"“{''.join(words)}”") == 2


@settings(max_examples=120, deadline=None)
@given(hostile, hostile)
@example("trailing #", "[^1]: injected")
@example("#", "##")
@example("x", "\\[^1]")
@example("x", "\\\\[^1] [^2]")
def test_markdown_shows_hostile_words_as_words(title: str, words: str) -> None:
    if not shown(words):
        return
    content = markdown.written(exported(quote(words, title=title), asked=title))
    page = rendered(content)
    strict = MarkdownIt("commonmark").render(content.decode())
    tags = {each.tag for each in page.iter()}
    assert tags <= {"div", "h1", "p", "ul", "li", "sup", "a", "hr", "ol", "code"}
    assert len(page.findall(".//sup")) == 1
    assert len(notes_in(page)) == 1
    assert re.findall(r"<(?!/?(?:h1|p|ul|li|a|code)\b)", strict) == []
    assert {a.get("href") for a in page.iter("a")} <= {"#fn:1", "#fnref:1", note(words).link}
    heading = html.unescape(re.sub("<[^>]+>", "", strict.partition("</h1>")[0]))
    assert heading.strip().replace("`", "'") == shown(title).replace("`", "'")


def test_a_file_has_a_name_that_no_system_takes_amiss() -> None:
    name = file_of(exported(quote(), asked='../../a\\b: "c"?\n<x>|* ' + "y" * 90), Form.PDF).name
    assert re.fullmatch(r"Pincite 2026-01-01 [\w \-]{1,60}\.pdf", name)
    assert file_of(exported(quote(), asked="???"), Form.DOCX).name == "Pincite 2026-01-01.docx"
    assert AT == 1_767_262_800


def test_a_footnote_says_that_the_review_of_its_source_is_overdue() -> None:
    late = replace(note(), version=version(review_by=date(2026, 1, 31)))
    mark = ", review overdue since 1 February 2026, page 14"

    assert mark in place(late)
    assert "overdue" not in place(replace(late, status=Status.DRAFT))
    assert "overdue" not in place(note())
    text, _ = read_pdf(pdf.written(exported(Stated(WORDS, (late,)))))
    assert mark in text
