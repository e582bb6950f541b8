"""One door to every format: what is light is read here, the rest in a process apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.records import MEDIA_TYPE as RECORD
from ingest import media
from ingest.errors import IngestError, TimedOut, TooLarge, TryLater, Unreadable
from ingest.parser import PRELOAD, TASKS, SandboxedParser
from ingest.parsers.limits import ReadLimits
from retrieval.confinement import Limits
from retrieval.errors import (
    BadRequest,
    Broke,
    RetrievalError,
    TookTooLong,
    TookTooMuch,
    Unavailable,
)  # fmt: skip
from retrieval.pdf import render
from retrieval.sandbox import Sandbox
from tests.ingest import made_files as made
from tests.retrieval.made_pdfs import pdf, scan

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TASKS, preload=PRELOAD) as opened:
        yield opened


class FailingSandbox(Sandbox):
    """Fails every call with one error."""

    def __init__(self, error: RetrievalError) -> None:
        super().__init__({})
        self._error = error

    async def call(
        self, task: str, header: dict[str, object], payload: bytes
    ) -> tuple[dict[str, object], bytes]:
        raise self._error


async def test_light_formats_need_no_sandbox() -> None:
    parser = SandboxedParser(FailingSandbox(Unavailable("no")))
    assert (await parser.parse(b"words", "", "a.txt")).media_type == media.TEXT
    assert (await parser.parse(b"# words", "", "a.md")).parsed.text == "words"
    assert (await parser.parse(made.ticket(text="words"), RECORD, "1")).media_type == RECORD


async def test_other_formats_come_back_from_the_sandbox(sandbox: Sandbox) -> None:
    parser = SandboxedParser(sandbox)
    reading = await parser.parse(pdf([(72, 72, "words on paper")], title="A b"), "", "a.pdf")
    assert reading.media_type == media.PDF
    assert (reading.parsed.text, reading.parsed.title) == ("words on paper", "A b")
    assert reading.parsed.pages[0].boxes
    reading = await parser.parse(made.word(("Heading 1", "Top"), ("", "words")), "", "a.docx")
    assert reading.parsed.blocks[1].headings == ("Top",)


async def test_long_plain_text_is_the_same_from_the_sandbox(sandbox: Sandbox) -> None:
    text = "1. Terms. Words é\u202e\r\n\r\n" * 40_000
    reading = await SandboxedParser(sandbox).parse(text.encode(), "", "a.txt")
    assert reading.parsed.text == text


async def test_a_name_that_lies_is_a_problem_but_read(sandbox: Sandbox) -> None:
    reading = await SandboxedParser(sandbox).parse(pdf([(72, 72, "words")]), "", "a.docx")
    assert reading.parsed.problems == ("its name ends in .docx, but its content is PDF",)


async def test_the_readers_refusal_keeps_its_reason(sandbox: Sandbox) -> None:
    with pytest.raises(Unreadable, match="password"):
        await SandboxedParser(sandbox).parse(pdf([], password="x"), "", "a.pdf")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TookTooLong("x"), TimedOut),
        (TookTooMuch("x"), TooLarge),
        (Broke("x"), Unreadable),
        (Unavailable("x"), TryLater),
    ],
)
async def test_failures_are_named_by_their_remedy(
    error: RetrievalError, kind: type[IngestError]
) -> None:
    with pytest.raises(kind):
        await SandboxedParser(FailingSandbox(error)).parse(b"a,b", "", "a.csv")


async def test_too_many_bytes_are_refused_before_anything_reads_them() -> None:
    parser = SandboxedParser(FailingSandbox(Unavailable("no")), ReadLimits(file_bytes=3))
    with pytest.raises(TooLarge, match="at most 3 bytes"):
        await parser.parse(b"four", "", "a.txt")


@pytest.mark.parametrize(
    ("raw", "name"), [(b"", "a.txt"), (b" \n ", "a.md"), (b"---\na: b\n---\n", "b.md")]
)
async def test_a_file_without_words_is_refused(raw: bytes, name: str) -> None:
    with pytest.raises(Unreadable):
        await SandboxedParser(FailingSandbox(Unavailable("no"))).parse(raw, "", name)


async def test_a_page_is_drawn_in_the_sandbox(sandbox: Sandbox) -> None:
    data = pdf([(72, 72, "words")])
    assert (await render(sandbox, data, 1, 300)).startswith(b"\x89PNG")
    with pytest.raises(BadRequest, match="from 1 to 1"):
        await render(sandbox, data, 2, 300)


async def test_a_scan_is_read_by_the_program_that_is_allowed(tmp_path: Path) -> None:
    pytest.importorskip("pytesseract")
    program = tmp_path / "tesseract"
    program.write_text(FAKE_TESSERACT)
    program.chmod(0o755)
    limits = Limits(programs=(str(program),))
    async with Sandbox(TASKS, preload=PRELOAD, limits=limits) as sandbox:
        parser = SandboxedParser(sandbox, ReadLimits(ocr_program=str(program)))
        reading = await parser.parse(scan(), "", "a.pdf")
    assert reading.parsed.text == "Thirty days"
    assert reading.parsed.problems == ()


FAKE_TESSERACT = """#!/bin/sh
if [ "$1" = "--version" ]; then echo "tesseract 5.3.0"; exit 0; fi
{
  printf 'level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop'
  printf '\\twidth\\theight\\tconf\\ttext\\n'
  printf '5\\t1\\t1\\t1\\t1\\t1\\t100\\t200\\t150\\t40\\t96\\tThirty\\n'
  printf '5\\t1\\t1\\t1\\t1\\t2\\t300\\t200\\t100\\t40\\t91\\tdays\\n'
} > "$2.tsv"
"""
