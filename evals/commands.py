"""`pincite eval`: measure how well passages are found, and how fast everything is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from deploy.commands import told_errors
from deploy.settings import read_settings


@click.group(name="eval")
def evaluate() -> None:
    """Measure how well passages are found, and how fast."""


@evaluate.command()
@click.option("--corpus", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--queries", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the figures.")
@click.option("--spans", type=click.Path(dir_okay=False), help="Write what was retrieved.")
def retrieval(corpus: str, queries: str, json_file: str | None, spans: str | None) -> None:
    """Run a set of questions through the real pipeline, in a scratch library."""
    from evals.retrieval import Files, measure, show_figures
    from evals.scratch import searchable

    files = Files(Path(corpus), Path(queries), _path(json_file), _path(spans))
    opener = searchable(told_errors(read_settings))
    show_figures(told_errors(lambda: asyncio.run(measure(files, opener))))


@evaluate.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(1_000))
def bench(sizes: tuple[int, ...]) -> None:
    """Time taking in, searching and starting, with libraries of SIZES passages.

    Prints one JSON object. Compare figures of one run only: machines differ, and so do hours.
    """
    from evals.bench.suite import SIZES, run

    figures = told_errors(lambda: asyncio.run(run(list(sizes) or list(SIZES))))
    click.echo(json.dumps(figures, indent=2))


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None
