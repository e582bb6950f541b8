"""What a file is: its content decides, its name only says which kind of text it is."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from connectors.records import MEDIA_TYPE as RECORD
from ingest.errors import TooLarge, Unreadable, Unsupported
from ingest.parsers import plain
from ingest.visible import one_line

PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"
HTML = "text/html"
MARKDOWN = "text/markdown"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TEXT = "text/plain"

ACCEPTED = "PDF, DOCX, PPTX, XLSX, HTML, Markdown, EML, MSG, CSV, TSV, TXT and JSON records"

_BY_SUFFIX = {
    ".pdf": PDF, ".docx": DOCX, ".docm": DOCX, ".pptx": PPTX, ".pptm": PPTX, ".xlsx": XLSX,
    ".xlsm": XLSX, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".md": MARKDOWN,
    ".markdown": MARKDOWN, ".eml": EML, ".msg": MSG, ".csv": CSV, ".tsv": TSV, ".tab": TSV,
    ".txt": TEXT, ".text": TEXT, ".log": TEXT, ".rst": TEXT, ".org": TEXT, ".json": RECORD,
}  # fmt: skip
SUFFIXES = tuple(_BY_SUFFIX)
"""The endings of names of files that are read."""
_TEXTUAL = frozenset({HTML, MARKDOWN, EML, CSV, TSV, TEXT, RECORD})
_BINARY = (
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"BM", "a picture"), (b"II*\x00", "a picture"), (b"MM\x00*", "a picture"),
    (b"RIFF", "sound, video or a picture"), (b"ID3", "sound"), (b"OggS", "sound or video"),
    (b"{\\rtf", "rich text"), (b"\x1f\x8b", "an archive"), (b"7z\xbc\xaf", "an archive"),
    (b"Rar!", "an archive"), (b"BZh", "an archive"), (b"\xfd7zXZ", "an archive"),
    (b"MZ", "a program"), (b"\x7fELF", "a program"), (b"%!PS", "PostScript"),
    (b"SQLite format 3", "a database"),
)  # fmt: skip
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_LINE = re.compile(
    rb"(?im)^(?:from|to|subject|date|received|message-id|mime-version|return-path|content-type):"
)
_PAGE = re.compile(
    rb"(?is)^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b"
)
_MOST_DIRECTORY_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is; `problem` says so where its name claims something else."""

    type: str
    problem: str = ""


def identified(raw: bytes, name: str, declared: str = "") -> Media:
    """Return what a file is, or raise `Unsupported` or `Unreadable` and name what is accepted."""
    if declared == RECORD:
        return Media(RECORD)
    if not raw.strip(b" \t\r\n\x00"):
        raise Unreadable("the file is empty")
    suffix = _suffix(name)
    claimed = _BY_SUFFIX.get(suffix) or _plain_type(declared)
    found = _by_content(raw, suffix)
    if found is None:
        return Media(_text_type(raw, claimed, suffix))
    if claimed in (None, found):
        return Media(found)
    return Media(found, f"its name ends in {suffix}, but its content is {_word(found)}")


def _suffix(name: str) -> str:
    base = re.split(r"[/\\]", name)[-1]
    return "." + base.rsplit(".", 1)[1].lower() if "." in base.strip(".") else ""


def _plain_type(declared: str) -> str | None:
    kind = declared.partition(";")[0].strip().lower()
    return kind if kind in _BY_SUFFIX.values() else None


def _word(kind: str) -> str:
    return next(suffix for suffix, known in _BY_SUFFIX.items() if known == kind)[1:].upper()


def _by_content(raw: bytes, suffix: str) -> str | None:
    """Return the type of a binary file, or None for text."""
    if b"%PDF-" in raw[:1024]:
        return PDF
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(raw)
    if raw.startswith(_OLD_OFFICE):
        return _compound(raw)
    for start, what in _BINARY:
        if raw.startswith(start) and (len(start) > 2 or b"\x00" in raw[:512]):
            raise _unsupported(what)
    return None


def _archive(raw: bytes) -> str:
    tail = raw[-65_558:].rfind(b"PK\x05\x06")
    end = raw[-65_558:][tail:] if tail >= 0 else b""
    if len(end) < 22:
        raise Unreadable("it is damaged or cut short; save it anew")
    if int.from_bytes(end[12:16], "little") > _MOST_DIRECTORY_BYTES:
        raise TooLarge("it holds far more parts than a document has; save it anew")
    try:
        names = zipfile.ZipFile(io.BytesIO(raw)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable("it is damaged or cut short; save it anew") from None
    for folder, kind in (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX)):
        if "[Content_Types].xml" in names and any(each.startswith(folder) for each in names):
            return kind
    if "mimetype" in names:
        is_book = "META-INF/container.xml" in names
        raise _unsupported("an e-book" if is_book else "an OpenDocument file")
    raise _unsupported("an archive")


def _compound(raw: bytes) -> str:
    marks = (
        ("EncryptedPackage", ""), ("__substg1.0_", MSG), ("WordDocument", "an old Word file"),
        ("PowerPoint Document", "an old PowerPoint file"), ("Workbook", "an old Excel file"),
    )  # fmt: skip
    for mark, what in marks:
        if mark.encode("utf-16-le") in raw:
            if not what:
                raise Unreadable("it is protected by a password; save it without one")
            if what != MSG:
                raise _unsupported(what)
            return MSG
    raise _unsupported("an old Office file")


def _text_type(raw: bytes, claimed: str | None, suffix: str) -> str:
    """Return which text it is: its name says, or else how it begins."""
    if claimed is not None and claimed not in _TEXTUAL:
        raise Unreadable(f"its name says {_word(claimed)}, but its content is not; save it anew")
    if not _is_text(raw):
        raise _unsupported("binary data of an unknown kind")
    if claimed is not None:
        return claimed
    if suffix in (".jsonl", ".ndjson"):
        raise Unreadable("one record was expected, an export of many came; add it as a source")
    if suffix:
        raise _unsupported(f"a file whose name ends in {one_line(suffix, 20)}")
    if _PAGE.match(raw[:4096]):
        return HTML
    if len(_HEADER_LINE.findall(raw[:4096])) >= 2:
        return EML
    return TEXT


def _is_text(raw: bytes) -> bool:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return True
    if plain.unmarked_utf16(raw[:4096]):
        return True
    sample = raw[:65_536]
    odd = sum(sample.count(bytes([code])) for code in range(32) if code not in (9, 10, 12, 13, 27))
    return odd <= len(sample) * 0.02


def _unsupported(what: str) -> Unsupported:
    hint = "; save it as one of them" if what.startswith(("an old", "an Open", "rich")) else ""
    return Unsupported(f"{ACCEPTED} are read, {what} came{hint}")
