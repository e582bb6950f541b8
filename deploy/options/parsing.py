"""Settings of reading files: how much time, memory and size one may take."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from deploy.options.group import Group


class Parsing(Group):
    """What reading one file may cost."""

    parse_seconds: int = Field(60, ge=1, le=3600, description="Longest time to read one file.")
    parse_memory_mb: int = Field(
        1024, ge=256, le=65536, description="Most memory to read one file with, in MiB."
    )
    parse_max_mb: int = Field(100, ge=1, le=10_000, description="Largest file to read, in MB.")
    uploads_folder: Path | None = Field(
        None, description="Folder in which uploaded files lie. Default: uploads in home."
    )
