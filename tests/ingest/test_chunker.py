from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunker import Chunker
from ingest.parsed import Block, BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import parse
from retrieval.documents import Page
from retrieval.staging import Chunk

CHUNKER = Chunker()
CONTRACT = (
    "ARTICLE I TERM\n\n1.1 Start. This agreement starts on 1 May. It runs for two years.\n\n"
    "1.2 End. It ends by notice.\n\nARTICLE II PRICE\n\n"
    + "\n\n".join(
        f"2.{number} Fee {number}. " + f"The fee of year {number} is due in advance. " * 9
        for number in range(1, 6)
    )
)


def chunks_of(text: str) -> tuple[Chunk, ...]:
    return CHUNKER.chunk(parse(text.encode(), "a.txt", ReadLimits()))


def sentences_of(text: str, *blocks: Block) -> list[str]:
    parsed = Parsed(text, blocks or (Block(0, len(text), BlockKind.TEXT),))
    return [
        text[each.start : each.end] for chunk in CHUNKER.chunk(parsed) for each in chunk.sentences
    ]


def lines_as(text: str, kind: BlockKind) -> list[Block]:
    """Return a block for each line."""
    blocks, start = [], 0
    for line in text.split("\n"):
        blocks.append(Block(start, start + len(line), kind))
        start += len(line) + 1
    return blocks


def test_offsets_are_exact_and_passages_do_not_overlap() -> None:
    chunks = chunks_of(CONTRACT)
    assert [chunk.text for chunk in chunks] == [CONTRACT[c.start : c.end] for c in chunks]
    assert all(one.end <= other.start for one, other in pairwise(chunks))
    assert max(len(chunk.text) for chunk in chunks) <= 500
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))


def test_sentences_lie_inside_their_passage_and_do_not_overlap() -> None:
    for chunk in chunks_of(CONTRACT):
        assert all(chunk.start <= s.start < s.end <= chunk.end for s in chunk.sentences)
        assert all(one.end <= other.start for one, other in pairwise(chunk.sentences))


def test_a_passage_has_the_path_of_its_headings() -> None:
    paths = {chunk.headings for chunk in chunks_of(CONTRACT)}
    assert ("ARTICLE I TERM",) in paths
    assert ("ARTICLE II PRICE", "2.3 Fee 3") in paths


def test_passages_do_not_reach_from_one_article_into_the_next() -> None:
    for chunk in chunks_of(CONTRACT):
        assert not ("It ends by notice" in chunk.text and "Fee" in chunk.text)


def test_text_outside_blocks_such_as_a_running_header_is_in_no_passage() -> None:
    text = "The fee is due.\nPage 3 of 9\nIt is paid in euro."
    second = text.index("It is")
    blocks = (Block(0, 15, BlockKind.TEXT), Block(second, len(text), BlockKind.TEXT))
    chunks = CHUNKER.chunk(Parsed(text, blocks))
    assert [chunk.text for chunk in chunks] == ["The fee is due.", "It is paid in euro."]


@pytest.mark.parametrize(
    "sentence",
    [
        "Alder Ltd. shall pay the fee.",
        "See Sec. 4 of the lease.",
        "1.2. The tenant shall pay.",
        "Mr. Birch signs for J. Alder.",
        "The tenants, cf. clause No. 7, shall pay.",
        "Version v. 2.1 of Art. 5 counts for room no. 12.",
        "Article 12. The tenant shall pay.",
        "Section 4. The tenant shall pay.",
        "Die Frist endet am 3. Mai 2027.",
        "Die Frist endet am 13. Dezember 2027.",
    ],
)
def test_an_abbreviation_or_clause_number_ends_no_sentence(sentence: str) -> None:
    assert sentences_of(f"It is so. {sentence} It ends.") == ["It is so.", sentence, "It ends."]


@pytest.mark.parametrize(
    "sentence",
    [
        "Goods go to dock 2.",
        "There is a limit of 5.",
        "See Art. 5.",
        "We use version 2.1.",
        "It is kept under No. 7.",
        "It counts from 1.5.2024.",
        "The gate opens at 8.",
        "The term ends with the year 2027.",
    ],
)
def test_a_number_may_end_a_sentence(sentence: str) -> None:
    assert sentences_of(f"It is so. {sentence} The rest is paid.") == [
        "It is so.", sentence, "The rest is paid.",
    ]  # fmt: skip


def test_each_table_row_and_list_item_is_a_sentence_of_its_own() -> None:
    rows = "Grade: A; Rate: 10\nGrade: B; Rate: 20\nGrade: C; Rate: 30"
    assert sentences_of(rows, *lines_as(rows, BlockKind.TABLE_ROW)) == rows.split("\n")


def test_a_table_is_cut_between_its_rows() -> None:
    rows = [
        f"Grade: {at}; Held by: clerks, buyers; planners B.V. and more; Rate: {at},500"
        for at in range(60)
    ]
    text = "\n".join(["Rates of pay. They are net.", *rows, "They count for a year."])
    first, *table, last = lines_as(text, BlockKind.TABLE_ROW)
    blocks = (replace(first, kind=BlockKind.TEXT), *table, replace(last, kind=BlockKind.TEXT))
    chunks = CHUNKER.chunk(Parsed(text, blocks))
    said = [text[each.start : each.end] for chunk in chunks for each in chunk.sentences]
    assert said == ["Rates of pay.", "They are net.", *rows, "They count for a year."]
    assert max(len(chunk.text) for chunk in chunks) <= 500
    assert len(chunks) < 14
    assert "Rates of pay" in chunks[0].text
    assert rows[0] in chunks[0].text


def test_a_heading_leads_its_text_and_is_no_sentence() -> None:
    text = "Who may claim\nStaff may claim within a month."
    heading = Block(0, 13, BlockKind.HEADING)
    body = Block(14, len(text), BlockKind.TEXT, ("Who may claim",))
    assert sentences_of(text, heading, body) == ["Staff may claim within a month."]


def test_a_heading_without_text_is_a_passage_of_its_own() -> None:
    text = "Annex 1\nAnnex 2"
    chunks = CHUNKER.chunk(Parsed(text, tuple(lines_as(text, BlockKind.HEADING))))
    assert "Annex 1" in chunks[0].text
    assert "Annex 2" in chunks[-1].text


def test_passages_and_sentences_know_the_page_they_start_on() -> None:
    text = "One page. " * 60 + "Next page."
    page_break = text.index("Next")
    pages = (Page(1, 0, page_break, 595, 842), Page(2, page_break, len(text), 595, 842))
    chunks = CHUNKER.chunk(Parsed(text, (Block(0, len(text), BlockKind.TEXT),), pages))
    assert chunks[0].page == 1
    assert chunks[-1].sentences[-1].page == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=900), st.sampled_from(BlockKind)), max_size=8)
)
def test_the_text_of_every_block_is_in_some_passage(parts: list[tuple[str, BlockKind]]) -> None:
    text, blocks, path = "", [], ()
    for words, kind in parts:
        if not words.strip():
            continue
        words = words.strip()
        blocks.append(Block(len(text), len(text) + len(words), kind, path))
        path = (words[:20],) if kind is BlockKind.HEADING else path
        text += words + "\n\n"
    chunks = CHUNKER.chunk(Parsed(text, tuple(blocks)))
    covered = {at for chunk in chunks for at in range(chunk.start, chunk.end)}
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            continue  # one that leads text is in the path of that text
        missed = [at for at in range(block.start, block.end) if at not in covered]
        assert not "".join(text[at] for at in missed).strip()
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end]
        assert all(chunk.start <= s.start < s.end <= chunk.end for s in chunk.sentences)
