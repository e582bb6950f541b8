"""How templates are read, for pages and reports alike: what they print is cleaned and escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrieval.plain import plain


def escaping(*folders: Path) -> Environment:
    """Return what renders the templates in these folders; a name that is not there is an error."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    """Clean every text that a template prints; markup comes from our own macros only."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
