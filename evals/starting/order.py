"""What a process of its own is told to run, as one line of JSON: the settings are the server's.

They are handed over as they are, the secrets too: through a pipe, which nobody else reads, and
not in the environment or in arguments, which others may see.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import SecretStr

from deploy.settings import Settings
from evals.starting.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Order:
    """Settings, and what is wanted with them."""

    settings: Settings
    wanted: Wanted

    def line(self) -> bytes:
        """Return the order as one line."""
        told = self.settings.model_dump(mode="json")
        for name in told:
            value = getattr(self.settings, name)
            if isinstance(value, SecretStr):
                told[name] = value.get_secret_value()
        return json.dumps({"settings": told, "wanted": asdict(self.wanted)}).encode() + b"\n"


def read_order(line: bytes) -> Order:
    """Return the order of a line that a server of the same version has written."""
    told: dict[str, Any] = json.loads(line)
    return Order(Settings.model_validate(told["settings"]), Wanted(**told["wanted"]))
