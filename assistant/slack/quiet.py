"""Slack's own libraries log bodies, words and tokens with them: they get a logger that is silent.

What went wrong is told by us instead, as a code, a kind and an id.
"""

from __future__ import annotations

import logging
from typing import Final


def _silent() -> logging.Logger:
    """Return a logger that belongs to no tree, so no setting wakes it up."""
    logger = logging.Logger("pincite.slack.libraries", logging.CRITICAL + 10)
    logger.disabled = True
    logger.propagate = False
    return logger


SILENT: Final = _silent()
