"""What became of a confined process, as an error that says what to do."""

from __future__ import annotations

import os
import signal
from typing import Any

from retrieval.confinement import Limits
from retrieval.errors import Broke, Contained, TookTooLong, TookTooMuch
from retrieval.zygote import FOR_SCRATCH, FOR_TIME


def ended(status: int, why: bytes, limits: Limits) -> Contained:
    """Return the error for a process that ended with this wait status, killed for `why`."""
    code = os.waitstatus_to_exitcode(status)
    if why == FOR_TIME or code == -signal.SIGXCPU:
        return TookTooLong(
            f"it took longer than {limits.wall_seconds:g} seconds and was stopped; "
            "split the file or raise the limit of time"
        )
    if why == FOR_SCRATCH or code in (-signal.SIGKILL, -signal.SIGXFSZ):
        return _too_much(limits)
    if code < 0:
        return Broke(f"its reader crashed ({signal.Signals(-code).name}); save the file anew")
    return Broke("its reader ended without an answer; save the file anew")


def failure(answer: dict[str, Any], limits: Limits) -> Contained:
    """Return the error for an answer that holds none."""
    if answer.get("spent"):
        return _too_much(limits)
    text = str(answer.get("error", "nothing usable came"))[:500]
    said = "".join(letter if letter.isprintable() else " " for letter in text)
    return Broke(f"its reader failed ({said}); save the file anew")


def _too_much(limits: Limits) -> TookTooMuch:
    return TookTooMuch(
        f"it needed more than {limits.memory_bytes >> 20:,} MiB of memory or "
        f"{limits.scratch_bytes >> 20:,} MiB of space; split the file or raise the limit"
    )
