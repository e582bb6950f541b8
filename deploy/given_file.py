"""A file that is given on the command line, read as JSON before anything is asked of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_MOST_BYTES = 1_000_000


def as_object(context: click.Context, parameter: click.Parameter, value: str) -> dict[str, Any]:
    """Return the object in a JSON file, or say what is wrong with it."""
    try:
        content = Path(value).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"Expected a file to read, got {error.strerror}.") from error
    if len(content) > _MOST_BYTES:
        raise click.BadParameter(f"Expected at most {_MOST_BYTES:,} bytes, got {len(content):,}.")
    try:
        given = json.loads(content)
    except ValueError as error:
        raise click.BadParameter("Expected JSON, got another text.") from error
    if not isinstance(given, dict):
        raise click.BadParameter("Expected one JSON object, got another value.")
    return given
