"""The reader of office files neither downloads nor reports anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ingest.parser import PRELOAD


def test_reading_never_loads_what_would_download_or_report() -> None:
    """A fresh process: importing every reader brings no spaCy, and reporting is off."""
    code = (
        "import sys, os, importlib\n"
        f"for name in {PRELOAD!r}: importlib.import_module(name)\n"
        "assert 'spacy' not in sys.modules\n"
        "from unstructured.utils import _telemetry_opt_out\n"
        "assert _telemetry_opt_out()\n"
        "from unstructured.nlp import tokenize\n"
        "assert tokenize.sent_tokenize('a. b.') == ['a. b.']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
