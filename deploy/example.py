"""`deploy/env.example`, written from the settings themselves: `python -m deploy.example`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.settings import Settings

PATH = Path(__file__).with_name("env.example")

_HEAD = """\
# Every setting of Pincite with its default. Set it in the environment, or in a file of lines
# like these: $PINCITE_HOME/pincite.env, or the file that PINCITE_SETTINGS names.
"""


def example() -> str:
    """Return the text of the file."""
    defaults = Settings()
    return _HEAD + "".join(
        f"\n# {field.description}\n# {name.upper()}={_written(getattr(defaults, name))}\n"
        for name, field in Settings.model_fields.items()
    )


def _written(value: Any) -> str:
    if value is None or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return json.dumps([str(each) for each in value])
    return json.dumps(value) if isinstance(value, dict) else str(value)


if __name__ == "__main__":
    PATH.write_text(example(), encoding="utf-8")
