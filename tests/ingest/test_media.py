"""What a file is, by its content first and its name second."""

from __future__ import annotations

import pytest

from connectors.records import MEDIA_TYPE as RECORD
from ingest import media
from ingest.errors import FileRefused, Unreadable, Unsupported
from ingest.media import identified
from tests.ingest import made_files as made
from tests.retrieval.made_pdfs import pdf

OLD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        (b"plain", "a.txt", media.TEXT),
        (b"plain", "NOTES.TXT", media.TEXT),
        (b"plain", "no suffix", media.TEXT),
        (b"# Title", "a.md", media.MARKDOWN),
        (b"a,b", "a.csv", media.CSV),
        (b"a\tb", "a.tsv", media.TSV),
        (b"<p>x", "a.htm", media.HTML),
        (b"<!DOCTYPE html><p>x", "page", media.HTML),
        (b"From: a\nTo: b\n\nx", "letter", media.EML),
        (b"From: a\nTo: b\n\nx", "a.eml", media.EML),
        (b'{"text": "x"}', "a.json", RECORD),
        ("später".encode("utf-16"), "a.txt", media.TEXT),
        ("later".encode("utf-16-le"), "a.txt", media.TEXT),
        (pdf([(72, 72, "x")]), "a.pdf", media.PDF),
        (b"\n\n" + pdf([(72, 72, "x")]), "A.PDF", media.PDF),
        (made.word(("", "x")), "a.docx", media.DOCX),
        (made.slides(("x", "y")), "a.pptx", media.PPTX),
        (made.sheets(one=[[1]]), "a.xlsx", media.XLSX),
        (OLD + "__substg1.0_".encode("utf-16-le"), "a.msg", media.MSG),
    ],
)
def test_knows_what_is_accepted(raw: bytes, name: str, expected: str) -> None:
    assert identified(raw, name) == media.Media(expected)


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        (pdf([(72, 72, "x")]), "a.docx", media.PDF),
        (made.word(("", "x")), "a.pdf", media.DOCX),
        (made.word(("", "x")), "a.txt", media.DOCX),
        (pdf([(72, 72, "x")]), "a.html", media.PDF),
    ],
)
def test_content_wins_over_a_name_that_lies(raw: bytes, name: str, expected: str) -> None:
    found = identified(raw, name)
    assert found.type == expected
    assert "its name ends in" in found.problem


@pytest.mark.parametrize(
    ("raw", "name", "kind", "said"),
    [
        (b"", "a.txt", Unreadable, "empty"),
        (b" \n\x00", "a.pdf", Unreadable, "empty"),
        (b"words", "a.pdf", Unreadable, "its name says PDF"),
        (b"words", "a.docx", Unreadable, "its name says DOCX"),
        (b"\x89PNG\r\n\x1a\n", "a.txt", Unsupported, "a picture"),
        (b"\xff\xd8\xff\xe0", "a.pdf", Unsupported, "a picture"),
        (b"MZ\x90\x00\x03", "a.txt", Unsupported, "a program"),
        (b"\x7fELF\x02", "a", Unsupported, "a program"),
        (b"{\\rtf1 x}", "a.rtf", Unsupported, "rich text came; save it"),
        (b"x = 1", "a.py", Unsupported, r"\.py"),
        (bytes(range(32)) * 9, "a.txt", Unsupported, "binary"),
        (made.archive(a=b"x"), "a.zip", Unsupported, "an archive"),
        (made.archive(mimetype=b"application/vnd.oasis"), "a.odt", Unsupported, "OpenDocument"),
        (made.word(("", "x"))[:400], "a.docx", Unreadable, "cut short"),
        (OLD + "WordDocument".encode("utf-16-le"), "a.doc", Unsupported, "old Word"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "a.docx", Unreadable, "password"),
        (OLD, "a.xls", Unsupported, "old Office"),
        (b'{"text": 1}\n{"text": 2}', "a.jsonl", Unreadable, "add it as a source"),
    ],
)
def test_refuses_the_rest_and_says_what_came(
    raw: bytes, name: str, kind: type[FileRefused], said: str
) -> None:
    with pytest.raises(kind, match=said):
        identified(raw, name)


def test_a_refusal_lists_what_is_accepted() -> None:
    with pytest.raises(Unsupported, match="PDF, DOCX, PPTX"):
        identified(b"x", "a.exe")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\a\\b.txt",
        "a\x00.txt",
        "\u202etxt.md",
        "x" * 5000,
        ".",
        "..",
        "/",
        "",
    ],
)
def test_no_name_is_dangerous(name: str) -> None:
    assert identified(b"words", name).type in (media.TEXT, media.MARKDOWN)


def test_a_record_is_what_its_source_says_it_is() -> None:
    assert identified(b"[]", "export.jsonl#7", RECORD).type == RECORD
