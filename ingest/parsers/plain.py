"""Plain text: stored unchanged, character for character."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from ingest.parsed import Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.outline import Row, outlined
from ingest.visible import storable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE = re.compile(r"[^\r\n]+")


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the text as it stands, with paragraphs and clauses as blocks."""
    text, problems = decoded(raw)
    text = storable(text)
    if len(text) > limits.characters:
        text = text[: limits.characters]
        problems += (f"only the first {limits.characters:,} characters were read",)
    return Parsed(text=text, blocks=tuple(outlined(text, list(rows(text)))), problems=problems)


def decoded(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return text from UTF-8, UTF-16, UTF-32 or else Windows-1252, and what was wrong with it."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            text = raw[len(mark) :].decode(encoding, "replace")
            return text, _lost(text)
    if encoding := unmarked_utf16(raw[:4096]):
        text = raw.decode(encoding, "replace")
        return text, _lost(text)
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    if _is_mostly_utf8(raw):
        text = raw.decode("utf-8", "replace")
        return text, _lost(text)
    return raw.decode("cp1252", "replace"), ("not in UTF-8; it was read as Windows-1252",)


def rows(text: str) -> Iterator[Row]:
    """Yield the lines that are not blank; a blank line parts paragraphs."""
    before = 0
    for found in _LINE.finditer(text):
        line = found.group()
        if not line.strip():
            continue
        start = found.start() + len(line) - len(line.lstrip())
        end = found.start() + len(line.rstrip())
        gap = text[before:start]
        yield Row(start, end, before == 0 or gap.replace("\r\n", "\n").count("\n") > 1)
        before = end


def unmarked_utf16(sample: bytes) -> str:
    """Return which UTF-16 it is, told by every other byte being zero; empty if it is not."""
    half = len(sample) // 2 if len(sample) >= 8 else 0
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if half and odd > 0.7 * half and not even:
        return "utf-16-le"
    return "utf-16-be" if half and even > 0.7 * half and not odd else ""


def _lost(text: str) -> tuple[str, ...]:
    return ("some characters could not be read",) if "\ufffd" in text else ()


def _is_mostly_utf8(raw: bytes) -> bool:
    """Say whether a few bad bytes spoil a text that is UTF-8 otherwise."""
    text = raw[:1_000_000].decode("utf-8", "ignore")
    beyond = sum(letter > "\x7f" for letter in text)
    lost = len(raw[:1_000_000]) - len(text.encode())
    return beyond > 2 * lost
