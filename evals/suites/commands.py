"""`pincite eval import`, `export` and `schema`: suites from what others made, and for others."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from deploy.commands import Program, told_errors

if TYPE_CHECKING:
    from evals.running.placing import Places
    from evals.suites.case import Suite

_IN: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT: Final = click.Path(dir_okay=False, path_type=Path)


@click.command(name="import")
@click.argument("paths", nargs=-1, type=_OUT, metavar="[FILE] SUITE")
@click.option("--corpus", type=_IN, help="The corpus.jsonl that the questions are about.")
@click.option("--name", default="", help="The name of the suite; otherwise that of the folder.")
@click.option("--from", "source", type=click.Choice(["review"]), help="Drafts instead of FILE.")
@click.option("--as", "user", metavar="USER", help="Drafts that this person may see.")
def import_suite(
    paths: tuple[Path, ...], corpus: Path | None, name: str, source: str | None, user: str | None
) -> None:
    """Make the suite SUITE (YAML) of FILE.

    FILE is a queries.jsonl in the common format, or CSV. With `--from review`, make it of the
    drafts that wait or were accepted.
    """
    if len(paths) != (1 if source else 2) or not (source or paths[0].is_file()):
        raise click.UsageError("Expected a FILE that is there and SUITE, or SUITE --from review.")
    suite, file = paths[-1], paths[0]
    if source:
        from evals.drafts.commands import import_drafts

        import_drafts(suite, user, name)
        return

    def work() -> None:
        from evals.suites.importing import from_queries, from_table
        from evals.suites.writing import written

        if file.suffix.lower() == ".csv":
            made = from_table(file, name=name)
        else:
            made = from_queries(file, corpus, name=name)
        _write(suite, written(made, suite.absolute().parent))
        click.echo(f"{suite}: {len(made.cases)} cases")

    told_errors(work)


@click.command(name="export")
@click.argument("suite")
@click.argument("file", type=_OUT)
@click.option("--corpus", type=_IN, help="Name documents as this corpus.jsonl does.")
def export_suite(suite: str, file: Path, corpus: Path | None) -> None:
    """Write the cases of SUITE to FILE.

    Its ending says how: .csv, .jsonl or .yaml. For .jsonl, gold words are looked for in the
    library that the suite asks.
    """

    def work() -> None:
        from deploy.settings import read_settings
        from evals.errors import BadSuite
        from evals.suites.exporting import to_queries, to_table
        from evals.suites.reading import read_suite, suite_of
        from evals.suites.writing import written

        read = read_suite(suite_of(suite, read_settings().home))
        match file.suffix.lower():
            case ".csv":
                _write(file, to_table(read))
            case ".jsonl":
                _write(file, to_queries(read, places=_places(read), corpus=corpus))
            case ".yaml" | ".yml":
                _write(file, written(read, file.absolute().parent))
            case other:
                raise BadSuite(f"Expected a file that ends in .csv, .jsonl or .yaml, got {other!r}")

    told_errors(work)


@click.command()
def schema() -> None:
    """Print the JSON schema of a suite's file, for editors."""
    from evals.suites.schema import schema_text

    click.echo(schema_text(), nl=False)


def _places(suite: Suite) -> Places:
    """Return where its gold stands that names words; a library is opened only if there is any."""
    from deploy.settings import read_settings
    from evals.running.placing import needs_places, places_of

    if not needs_places(suite):
        return {}
    program: Program = click.get_current_context().find_root().obj
    return asyncio.run(places_of(suite, read_settings(), program.join))


def _write(path: Path, text: str) -> None:
    """Write a file as it is; a table keeps its own line ends."""
    path.write_text(text, encoding="utf-8", newline="")
