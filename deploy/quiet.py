"""Library switches, set in one place and before anything is imported: nothing leaves.

No telemetry, no download, no update check. A test runs the program without a network and
watches for attempts.
"""

from __future__ import annotations

import os
import warnings

SWITCHES = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGFUSE_MEDIA_UPLOAD_ENABLED": "false",  # it would go to where Langfuse keeps files
    "LANGFUSE_TRACING_ENABLED": "true",  # nothing is traced without LANGFUSE_URL
    "SCARF_NO_ANALYTICS": "true",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "UNSTRUCTURED_DISABLE_NOTICE": "true",
}


def keep_quiet() -> None:
    """Turn off what libraries would say to their makers, and chatter on the terminal."""
    os.environ.update(SWITCHES)
    warnings.filterwarnings("ignore", module=r"(torch|transformers|sentence_transformers)\b")
