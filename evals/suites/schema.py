"""`suite.schema.json`, written from the format itself: `python -m evals.suites.schema`."""

from __future__ import annotations

import json

from evals.measures.every import MEASURES
from evals.suites.file import schema
from evals.suites.writing import SCHEMA


def schema_text() -> str:
    """Return the text of the file, with the names of the measures that are there now."""
    made = schema()
    names = [each.name for each in MEASURES]
    made["properties"]["thresholds"]["propertyNames"] = {"enum": names}
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
