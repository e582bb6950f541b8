"""How well passages are found. READ FIRST: `measure` is the story.

Any set in the common format goes through the real pipeline into a scratch library; nothing
is measured on a short cut.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.bootstrap import interval
from evals.measures import characters, documents
from evals.sets import GoldSpan, Query, read_queries
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.retriever import Found

_DEPTH = 64
_SPARE = 16


@dataclass(frozen=True, slots=True)
class Files:
    """Where a set lies, and where the figures and the retrieved spans are written."""

    corpus: Path
    queries: Path
    json_file: Path | None
    spans: Path | None


@dataclass(frozen=True, slots=True)
class Searched:
    """One question and the spans retrieved for it, best first."""

    query: Query
    spans: tuple[GoldSpan, ...]
    seconds: float


Search = Callable[[str, int], Awaitable[list[Found]]]
Corpus = Callable[[Path], AbstractAsyncContextManager[Search]]


async def measure(files: Files, open_corpus: Corpus) -> dict[str, Any]:
    """Index the corpus, ask every question, and return the figures."""
    queries = read_queries(files.queries)
    async with open_corpus(files.corpus) as search:
        searched = [each async for each in _ask(queries, search)]
    figures = figures_of(searched)
    if files.json_file:
        files.json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if files.spans:
        _write_spans(files.spans, searched)
    return figures


def figures_of(searched: list[Searched]) -> dict[str, Any]:
    """Return the mean of every measure over the answerable questions, with 95 % intervals."""
    answerable = [each for each in searched if each.query.is_answerable and each.query.gold]
    rows = [_row(each) for each in answerable]
    names = list(rows[0]) if rows else []
    columns = {name: [row[name] for row in rows] for name in names}
    latencies = sorted(each.seconds for each in searched)
    return {
        "n": len(answerable),
        "questions": len(searched),
        "metrics": {name: sum(values) / len(values) for name, values in columns.items()},
        "intervals": {name: list(interval(values)) for name, values in columns.items()},
        "search_seconds": {
            "p50": latencies[len(latencies) // 2],
            "p95": latencies[int(len(latencies) * 0.95)],
        },
    }


def show_figures(figures: dict[str, Any]) -> None:
    """Print the figures as a table."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("measure", "mean", "95 % interval"):
        table.add_column(heading)
    for name, value in figures["metrics"].items():
        low, high = figures["intervals"][name]
        table.add_row(name, f"{value:.4f}", f"{low:.4f} to {high:.4f}")
    console = Console(highlight=False)
    console.print(f"{figures['n']} answerable of {figures['questions']} questions")
    console.print(table)


async def _ask(queries: list[Query], search: Search) -> AsyncIterator[Searched]:
    for query in queries:
        started = time.perf_counter()
        found = await search(query.text, _DEPTH + _SPARE)
        spans = (_span(each) for each in found)
        kept = tuple(span for span in spans if span.doc_id != query.excluded)
        yield Searched(query, kept, time.perf_counter() - started)


def _row(searched: Searched) -> dict[str, float]:
    spans, gold = searched.spans, searched.query.gold
    ranked = documents.ranked_documents(spans)
    relevant = {span.doc_id for span in gold}
    return {
        **{f"p_at_{k}": characters.precision_at(k, spans, gold) for k in (1, 8)},
        **{f"r_at_{k}": characters.recall_at(k, spans, gold) for k in (1, 8, 64)},
        **{f"r_chars_{n}": characters.recall_within(n, spans, gold) for n in (4000, 8000)},
        "doc_r_at_10": documents.recall_at(10, ranked, relevant),
        "mrr_at_10": documents.reciprocal_rank_at(10, ranked, relevant),
        "ndcg_at_10": documents.ndcg_at(10, ranked, relevant),
    }


def _span(found: Found) -> GoldSpan:
    passage = found.passage
    _, _, record = passage.version.uri.partition("#")
    return GoldSpan(record or passage.version.uri, passage.start, passage.end)


def _write_spans(path: Path, searched: list[Searched]) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for each in searched:
            spans = [
                {"doc_id": span.doc_id, "start": span.start, "end": span.end} for span in each.spans
            ]
            lines.write(json.dumps({"query_id": each.query.id, "spans": spans}) + "\n")


ANYBODY = Principal.person("evaluator")


def everything() -> Scope:
    """Return the scope of a measurement: all that is in force now."""
    return Scope(as_of=now())
