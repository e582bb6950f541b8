"""The folder where everything that Pincite keeps lies."""

from __future__ import annotations

import os
from pathlib import Path

from retrieval.errors import Unavailable


def prepare(home: Path) -> None:
    """Make the folder if it is not there, for its owner only, and see that it can be written.

    Raises:
        Unavailable: it cannot be made or written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        raise Unavailable(
            f"Expected to write into {home} (PINCITE_HOME), got: {error.strerror}. Free some "
            "space, fix the permissions, or set PINCITE_HOME to another folder."
        ) from error
