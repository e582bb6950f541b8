"""Files that were cut, swollen, disguised or forged, each made in code from a good one."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator

from tests.ingest import made_files as made
from tests.retrieval.made_pdfs import pdf, scan

_ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]>"
)
_OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_WORD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'


def good_files() -> Iterator[tuple[str, bytes]]:
    """Yield one small good file of each format."""
    yield "good.txt", "A word, größer.\n\nAnother.".encode()
    yield "good.md", b"---\ntitle: T\n---\n# A\n\nwords\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    yield "good.html", b"<html><title>t</title><h1>a</h1><p>words<table><tr><td>1</table>"
    yield "good.csv", b"name,city\nAnn,Ghent\n"
    yield "good.json", made.ticket(title="t", text="words", comments=[{"text": "c"}])
    yield "good.eml", made.letter("words\n> quoted", "<p>words", subject="s", from_="a@example.org")
    yield "good.docx", made.word(("Heading 1", "a"), ("", "words"), rows=(("1", "2"), ("3", "4")))
    yield "good.pptx", made.slides(("a", "words"))
    yield "good.xlsx", made.sheets(one=[["name", "city"], ["Ann", "Ghent"]])
    yield "good.pdf", pdf([(72, 72, "words on a page")], [(72, 72, "more words")])


def forged_files() -> Iterator[tuple[str, bytes]]:
    """Yield files made to hurt whoever reads them."""
    word = made.word(("", "words"))
    main = "word/document.xml"
    yield "empty.pdf", b""
    yield "header.pdf", b"%PDF-1.7\n"
    yield "garbage.pdf", b"%PDF-1.7\n" + random.Random(1).randbytes(20_000)
    yield "scan.pdf", scan()
    yield "locked.pdf", pdf([(72, 72, "x")], password="secret")
    yield "huge page.pdf", pdf([(72, 72, "x")], size=(14_400, 14_400))
    yield "no page.pdf", pdf([(72, 72, "x")]).replace(b"/Count 1", b"/Count 0")
    yield "many pages.pdf", pdf([(72, 72, "x")]).replace(b"/Count 1", b"/Count 999999999")
    yield "external entity.docx", made.replaced(word, main, _OUTSIDE + _WORD + _body(b"&x;"))
    yield "entity bomb.docx", made.replaced(word, main, _ENTITIES + _WORD + _body(b"&m;"))
    yield "deep.docx", made.replaced(word, main, _WORD + b"<w:body>" + b"<w:p>" * 100_000)
    yield "no parts.docx", made.archive(word__document_xml=b"x", **{"[Content_Types]_xml": b"x"})
    yield "zip bomb.docx", made.replaced(word, main, b" " * 60_000_000)
    yield "many members.docx", _many_members(20_000)
    yield (
        "climbing.docx",
        made.archive(**{"..__..__word__x_xml": b"x", "[Content_Types]_xml": b"x"}),
    )
    yield (
        "entity bomb.xlsx",
        made.replaced(
            made.sheets(one=[["words"]]), "xl/worksheets/sheet1.xml", _ENTITIES + b"<d>&m;</d>"
        ),
    )
    yield "entity bomb.html", _ENTITIES + b"<html><p>&m;</p></html>"
    yield "deep.html", b"<div>" * 50_000 + b"words"
    yield "wide.html", b"<table><tr>" + b"<td>1" * 50_000
    yield (
        "remote.html",
        b"<p>words<img src='http://192.0.2.1/a.png'><link href='//192.0.2.1/a.css'>",
    )
    yield "deep.json", b"[" * 500_000
    yield "deep field.json", b'{"text": "x", "a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    yield "long number.json", b'{"text": ' + b"9" * 50_000 + b"}"
    yield "wide.csv", b",".join([b"c"] * 10_000) + b"\n" + b",".join([b"1"] * 10_000)
    yield "quote.csv", b'"' + b"a,b\n" * 50_000
    yield "one line.txt", b"x" * 3_000_000
    yield "zeros.txt", b"\x00" * 100_000
    yield "random.txt", random.Random(2).randbytes(50_000)
    yield "stars.md", b"*" * 200_000 + b"x"
    yield "brackets.md", b"[" * 100_000 + b"x](" * 50_000
    yield "aliases.md", b"---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\nwords"
    yield "nested.eml", _nested_letters(300)
    yield "bad headers.eml", b"From: =?x?q?\xff?=\nDate: never\nTo: <<<>>>\nSubject:\n\nwords"
    yield "picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(100)
    yield "program.docx", b"MZ" + bytes(1000)
    yield "words.pdf", b"only words"
    yield "forged.msg", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + b"_\x00_\x00" * 200
    yield "looping.msg", (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes.fromhex("3e000300feff0900")
        + "__substg1.0_".encode("utf-16-le") + bytes(4096)
    )  # fmt: skip


def damaged_files(rounds: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield good files cut short, with bytes changed, doubled or swapped for noise."""
    chance = random.Random(seed)
    for name, content in good_files():
        for number in range(rounds):
            damaged = bytearray(content)
            kind = chance.choice(("cut", "flip", "noise", "double"))
            at = chance.randrange(len(damaged))
            if kind == "cut":
                del damaged[at:]
            elif kind == "flip":
                for _ in range(chance.randint(1, 20)):
                    damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            elif kind == "noise":
                damaged[at : at + 50] = chance.randbytes(50)
            else:
                damaged[at:at] = damaged[: chance.randrange(len(damaged) + 1)]
            yield f"{kind} {number} {name}", bytes(damaged)


def _body(text: bytes) -> bytes:
    return b"<w:body><w:p><w:r><w:t>words " + text + b"</w:t></w:r></w:p></w:body></w:document>"


def _many_members(count: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        for number in range(count):
            archive.writestr(f"word/{number}.xml", "x")
    return file.getvalue()


def _nested_letters(depth: int) -> bytes:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return b"From: a@example.org\nSubject: s\nMIME-Version: 1.0\n" + parts + b"\nwords\n"
