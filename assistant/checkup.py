"""The state of each part of a server, as administrators see it: looked at when they ask for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class PartState(StrEnum):
    """What was found of a part. NOTE: it works, and something is to be said of it."""

    UNSEEN = "not looked at"
    LOOKING = "looking"
    SOUND = "sound"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Look:
    """One part: what was found, when it was looked at, and since when it has been so."""

    part: str
    state: PartState
    found: str = ""
    at: int | None = None
    since: int | None = None


class Checkups(Protocol):
    """Looks at the parts, each on its own, while the server goes on."""

    def looks(self) -> Sequence[Look]:
        """Return how each part stood when it was last looked at."""

    def begin(self, parts: Collection[str] = ()) -> None:
        """Begin to look at these parts, or at all; what is being looked at goes on.

        Raises:
            BadRequest: there is no such part.
        """


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A registered model: whose weights they are, and whether they were still so when verified.

    `verified_at` is None where nobody has verified it since it was registered; `troubles` is what
    differed then. `weights` is the sha256 that tells them.
    """

    name: str
    revision: str
    source: str
    licence: str
    weights: str
    template: str
    files: int
    size: int
    added_at: int
    is_served: bool
    verified_at: int | None = None
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Verifying:
    """A verification that goes on: `done` of `total` files of a model were read."""

    model: str = ""
    done: int = 0
    total: int = 0


class Models(Protocol):
    """The register of models."""

    @property
    def served(self) -> str:
        """Return the name of the model that answers, empty where none does."""

    @property
    def verifying(self) -> Verifying | None:
        """Return how far a verification is, None where none goes on."""

    @property
    def failed(self) -> str:
        """Return why the last verification did not reach its end, empty where it did."""

    async def listed(self) -> Sequence[ModelSeen]:
        """Return every registered model, by name; raise `Damaged` if the register is not sound."""

    def begin(self, name: str, by: str, origin: str) -> None:
        """Begin to verify one model, or every one where `name` is empty; what was found is noted.

        Raises:
            BadRequest: a verification goes on.
        """
