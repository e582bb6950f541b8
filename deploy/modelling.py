"""The commands of the model register. They work with and without a running server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import click

from deploy.commands import as_json_option, told_errors

_TOLD = ("name", "revision", "family", "licence", "source", "weights", "is_sound")


@click.group()
def models() -> None:
    """Models that may be served: add, verify, list."""


@models.command("add")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What it is served and stamped on answers as.")
@click.option("--source", required=True, help="Where it comes from: an address, a disk, a person.")
@click.option("--licence", required=True, help="Under which licence it may be used.")
@click.option("--revision", default="", help="The maker's revision. Default: from the files.")
@click.option("--template", "family", default="", help="Family of its chat template.")
@as_json_option
def models_add(folder: Path, as_json: bool, **said: Any) -> None:
    """Register the model in FOLDER, with the hash of every file. The name is taken for good."""
    _done(lambda: _added(folder, said), as_json)


@models.command("verify")
@click.argument("name", required=False)
@as_json_option
def models_verify(name: str | None, as_json: bool) -> None:
    """Check that files of NAME, or of all, are unchanged."""
    from deploy.operations.models import verify

    _done(lambda: verify(_home(), name=name), as_json)


@models.command("list")
@as_json_option
def models_list(as_json: bool) -> None:
    """Show every registered model."""
    from deploy.operations.models import list_all

    _done(lambda: list_all(_home()), as_json)


async def _added(folder: Path, said: dict[str, Any]) -> AsyncIterator[Any]:
    """Yield the events of an addition, which alone needs the record."""
    from deploy.home import prepare
    from deploy.models.register import Label
    from deploy.operations.models import add
    from deploy.settings import read_settings
    from retrieval.audit.record import KeptRecord

    settings = read_settings()
    prepare(settings.home)
    record = await KeptRecord.open(
        settings.home / "audit", url=settings.audit_url, checkpoints=settings.audit_checkpoints
    )
    try:
        async for event in add(settings.home, record, folder=folder, label=Label(**said)):
            yield event
    finally:
        await record.close()


def _done(events: Callable[[], AsyncIterator[Any]], as_json: bool) -> None:
    """Show what an operation gives; exit with 1 if a model is not what was registered."""
    from deploy import terminal

    value = told_errors(lambda: asyncio.run(terminal.follow(events())))
    if as_json:
        terminal.show_json(value)
    else:
        told = [_brief(each) for each in value.get("models", ())]
        terminal.show_any(terminal.legible({**value, "models": told} if told else value))
    for model in value.get("models", ()):
        for trouble in model.get("troubles", ()):
            terminal.complain(f"{model['name']}: {terminal.legible(trouble)}")
    if value.get("is_sound") is False:
        terminal.complain(
            "Expected the models as they were registered. Do not serve one that is not: put back "
            "the files from where it comes from, or register it under another name."
        )
        sys.exit(1)


def _brief(model: dict[str, Any]) -> dict[str, Any]:
    """Return what a person looks for; `--json` has the rest."""
    return {key: model[key] for key in _TOLD if key in model}


def _home() -> Path:
    from deploy.settings import read_settings

    return read_settings().home
