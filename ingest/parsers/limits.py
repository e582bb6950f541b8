"""How much of one file is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Sizes beyond which a file is refused (bytes, archives) or read in part (the others)."""

    file_bytes: int = 100_000_000
    members: int = 10_000
    unpacked_bytes: int = 500_000_000
    ratio: int = 200
    depth: int = 200
    pages: int = 5_000
    characters: int = 20_000_000
    columns: int = 1_000
    ocr_program: str = ""
