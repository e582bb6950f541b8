"""The shape of an operation, and how its arguments are checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from assistant.http.errors import of_validation
from deploy.parts import Parts
from retrieval.errors import BadRequest

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work is: `done` of `total` steps of `unit`."""

    label: str
    done: int
    total: int
    unit: str = "documents"


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation gives: one JSON object, documented in the README."""

    value: dict[str, Any]


Event = Progress | Result
Operation = Callable[..., AsyncIterator[Event]]
Arguments = dict[str, Any]


def checked(model: type[ModelT], values: dict[str, Any]) -> ModelT:
    """Return `values` as the model, or raise `BadRequest` with what was expected."""
    given = {key: value for key, value in values.items() if value not in (None, [])}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        detail = of_validation(error.errors()).detail
        raise BadRequest(f"Expected {detail.expected}, got {detail.got}. {detail.do}") from error


__all__ = ["Arguments", "Event", "Operation", "Parts", "Progress", "Result", "checked"]
