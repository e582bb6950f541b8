"""Settings of what the assistant may do."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from deploy.options.group import Group


class Tools(Group):
    """Where it is written which tools there are, and who may use them."""

    tools_policy: Path | None = Field(
        None,
        description="File with the far systems and the policy of tools. Default: tools.yaml in "
        "PINCITE_HOME, if there is one. Without it there are no tools.",
    )
    tools_rounds: int = Field(
        4, ge=1, le=20, description="How often the model may ask for tools before an answer."
    )
    tools_seconds: float = Field(
        15,
        gt=0,
        le=600,
        description="Longest time for all tools before an answer. It is a part of MODEL_SECONDS, "
        "of which tools never take more than half.",
    )
