"""A tiny set through the real pipeline, with a fake embedder that keeps likeness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.settings import Settings
from evals.errors import BadSet
from evals.retrieval import Files, measure
from evals.scratch import searchable
from evals.sets import read_queries
from tests.retrieval.hashed_embedder import HashedEmbedder

LEASE = "Rent is due on the first day.\n\nThe tenant must give notice of six months.\n"
LICENCE = "The licence covers ten users.\n\nSupport answers within two hours.\n"
CORPUS = [
    {"doc_id": "a", "title": "Lease, Alder", "text": LEASE},
    {"doc_id": "b", "title": "Licence, Birch", "text": LICENCE},
    {"doc_id": "c", "title": "Lease, Alder (copy)", "text": LEASE},
]


def query(number: str, text: str, document: str, words: str, **more: Any) -> dict[str, Any]:
    whole = next(each["text"] for each in CORPUS if each["doc_id"] == document)
    start = whole.index(words)
    gold = [{"doc_id": document, "start": start, "end": start + len(words)}]
    return {"query_id": number, "query": text, "gold": gold, "answerable": True, **more}


QUERIES = [
    query("1", "How soon does support answer?", "b", "Support answers within two hours."),
    query("2", "Lease, Alder: which notice must the tenant give?", "a", "notice of six months"),
    query("3", "Which notice must the tenant give?", "a", "six months", exclude_doc="c"),
    {"query_id": "4", "query": "Who is the king?", "gold": [], "answerable": False},
]


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    corpus = written(tmp_path / "corpus.jsonl", CORPUS)
    queries = written(tmp_path / "queries.jsonl", QUERIES)
    return Files(corpus, queries, tmp_path / "figures.json", tmp_path / "spans.jsonl")


async def test_a_set_goes_through_the_real_pipeline(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hashed(_: Settings) -> HashedEmbedder:
        return HashedEmbedder()

    monkeypatch.setattr("deploy.opening.open_embedder", hashed)
    figures = await measure(files, searchable(Settings()))

    assert (figures["n"], figures["questions"]) == (3, 4)
    assert figures["metrics"]["doc_r_at_10"] == 1.0
    assert figures["metrics"]["r_chars_8000"] == 1.0
    assert figures["metrics"]["mrr_at_10"] == 1.0
    assert files.json_file is not None
    assert json.loads(files.json_file.read_text()) == figures
    assert files.spans is not None
    spans = {
        line["query_id"]: line["spans"]
        for line in map(json.loads, files.spans.read_text().splitlines())
    }
    assert all(span["doc_id"] != "c" for span in spans["3"])
    for each in spans["1"]:
        assert 0 <= each["start"] < each["end"] <= max(len(LEASE), len(LICENCE))


@pytest.mark.parametrize(
    "line", ["{", '{"query_id": 1}', '{"query_id": 1, "query": "?", "gold": 3}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"query_id": "1", "query": "?"}\n' + line + "\n")
    with pytest.raises(BadSet, match="line 2"):
        read_queries(path)


def test_an_empty_file_is_no_set(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.touch()
    with pytest.raises(BadSet, match="empty"):
        read_queries(path)
