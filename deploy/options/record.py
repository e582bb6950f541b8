"""Settings of the record and of conversations: where they are kept, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from deploy.options.group import Group
from retrieval.audit.retention import DEFAULT_DAYS, check_retention
from retrieval.errors import BadRequest


class Record(Group):
    """What is noted of who did what."""

    audit_url: str = Field(
        "", description="Database of the record, as DATABASE_URL. Default: one in home."
    )
    audit_checkpoints: Path | None = Field(
        None,
        description="File for the signed checkpoints of the record. Put it on another disk or "
        "host. Default: in home.",
    )
    audit_days: int = Field(
        DEFAULT_DAYS, ge=1, le=36_500, description="How long the record is kept, in days."
    )
    audit_profile: str = Field(
        "standard",
        description="The fewest days allowed: standard, 184, or hipaa, 2,192.",
    )

    conversation_days: int = Field(
        30,
        ge=0,
        le=36_500,
        description="How long conversations are kept after their last question, in days. 0: none "
        "is kept, and no question can follow another.",
    )

    @model_validator(mode="after")
    def _is_kept_long_enough(self) -> Self:
        try:
            check_retention(self.audit_days, self.audit_profile)
        except BadRequest as error:
            raise ValueError(str(error)) from error
        return self
