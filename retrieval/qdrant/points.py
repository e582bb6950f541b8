"""What a point looks like in Qdrant and which points a query may see: said once, for both.

A condition is a small neutral tree. `shard.py` and `server.py` each render it in their own
dialect; neither adds to it or takes from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval.access import AclFilter
from retrieval.documents import Scope
from retrieval.errors import BadRequest, Damaged
from retrieval.index import Labels, Vector

DENSE = "dense"
WORDS = "words"
SCHEMA = 2
"""Raised whenever payload, vectors or indexes change, so that old folders say `Mismatch`."""

REACH = 256
"""How widely the vector graph is searched (`hnsw_ef`).

Measured recall of the 50 nearest at 10,000 hard points: 0.94 at 128, 0.98 at 256, for 0.3 ms.
"""

REINDEX = "Run `pincite reindex`: it makes the index anew from the library; nothing is lost."

TENANT = "readers"
KEYWORDS = (
    TENANT,
    "denied",
    "document_id",
    "source",
    "kind",
    "declared",
    "ended_by",
    "parties",
)
LOOKUPS = ("version_id",)
RANGES = ("start", "end", "past[].start")
"""Of `past` too: unindexed, a question as of a past day read every payload, 620 ms against 21."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field holds one of the values. No values: no point matches."""

    field: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The field holds none of the values. At least one value."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtMost:
    """The field is at most the value."""

    field: str
    value: int


@dataclass(frozen=True, slots=True)
class Above:
    """The field is above the value."""

    field: str
    value: int


@dataclass(frozen=True, slots=True)
class Holds:
    """One of the things that the field lists fits."""

    field: str
    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. At least one part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds. At least one part: an empty list means *no limit* to Qdrant."""

    parts: tuple[Condition, ...]


Condition = AnyOf | NoneOf | AtMost | Above | Holds | All | Either


@dataclass(frozen=True, slots=True)
class Rrf:
    """Reciprocal rank fusion: a point scores the sum over lists of 1 / (k + rank), from rank 0."""

    k: int = 60


@dataclass(frozen=True, slots=True)
class Dbsf:
    """Distribution-based score fusion: scores of each list scaled by its mean and spread."""


Fusion = Rrf | Dbsf


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a hybrid question is ranked.

    With `is_rarity_private`, how rare a word is gets counted over what the principal may
    read, so that nothing unreadable moves what they see. Measured at 200,000 points, all
    readable: 8 ms per question; at 1 % readable: under 1 ms.

    Up to `exact_up_to` points that a question admits, by the index's own estimate, every one
    of them is compared: about 7 ms at that many. Above it the vector graph is followed, in 2 ms,
    which runs over all points: there, and only there, what is unreadable can move which of the
    distant ones are found. The estimate counts what names the asker; an exact count would cost
    as much as the search.
    """

    fusion: Fusion = field(default_factory=Rrf)
    is_rarity_private: bool = True
    least_depth: int = 100
    exact_up_to: int = 50_000

    def depth(self, limit: int) -> int:
        """Return how many points each half of the question brings to the fusion."""
        return max(limit, self.least_depth)


@dataclass(frozen=True, slots=True)
class Bars:
    """What may keep a principal from points that name them. Leave out only what bars none.

    `has_denials` tells whether such a point denies one of the keys, `shut` names the sources of
    such points among those that are shut.
    """

    has_denials: bool
    shut: frozenset[str]

    @classmethod
    def all(cls, acl: AclFilter) -> Bars:
        """Return everything that could."""
        return cls(has_denials=True, shut=acl.shut)


def readable(acl: AclFilter, bars: Bars | None = None) -> All:
    """Return the condition that a principal may read a point; the twin of `AclFilter.allows`."""
    bars = bars or Bars.all(acl)
    shut = (NoneOf("source", tuple(sorted(bars.shut))),) if bars.shut else ()
    refused = (NoneOf("denied", tuple(sorted(acl.refusable))),) if bars.has_denials else ()
    return All((_named(acl), *refused, *shut))


def denied_to(acl: AclFilter) -> All:
    """Return the condition that a point names a principal and denies a key they answer for."""
    return All((AnyOf("denied", tuple(sorted(acl.refusable))), _named(acl)))


def shut_in(acl: AclFilter, source: str) -> All:
    """Return the condition that a point of this source names a principal."""
    return All((AnyOf("source", (source,)), _named(acl)))


def admitted(
    acl: AclFilter, scope: Scope, bars: Bars | None = None, *, has_past: bool = True
) -> All:
    """Return the condition that readers and scope admit a point; the twin of `Scope.admits`.

    `has_past` is whether `stood` fits any point at all: leave it out where none does.
    """
    named = (
        ("kind", scope.kinds),
        ("source", scope.sources),
        ("parties", scope.parties),
        ("document_id", scope.documents),
    )
    limits = tuple(_any_of(field, values) for field, values in named if values)
    return All((readable(acl, bars), *limits, _stands(scope, has_past)))


def stood(scope: Scope) -> All:
    """Return the condition that a point stood so before a decision changed how it stands."""
    then = (AtMost("start", scope.as_of), Above("end", scope.as_of))
    how = _any_of("status", scope.statuses)
    return All((Above("start", scope.as_of), Holds("past", All((*then, how)))))


def of_version(version_id: int) -> AnyOf:
    """Return the condition that a point belongs to this version."""
    return AnyOf("version_id", (version_id,))


def check_limit(limit: int) -> None:
    """Raise `BadRequest` unless some points are asked for."""
    if limit < 1:
        raise BadRequest(f"Expected a limit of at least 1, got {limit}.")


def to_payload(labels: Labels) -> dict[str, Any]:
    """Return the labels as a point's payload: nothing else is stored with a point."""
    return {
        "document_id": labels.document_id,
        "version_id": labels.version_id,
        "source": labels.source,
        "kind": labels.kind,
        "declared": labels.declared,
        "ended_by": labels.ended_by,
        "start": labels.start,
        "end": labels.end,
        "readers": list(labels.readers),
        "denied": list(labels.denied),
        "parties": list(labels.parties),
        **_past(labels),
    }


def to_labels(payload: Mapping[str, Any]) -> Labels:
    """Return the labels that a payload was made from, or raise `Damaged`."""
    try:
        lists = {key: tuple(payload[key]) for key in ("readers", "denied", "parties")}
        listed = payload.get("past", ())
        past = tuple((each["start"], each["end"], each["status"]) for each in listed)
        return Labels(**{**payload, **lists, "past": past})
    except (KeyError, TypeError) as error:
        raise Damaged(f"Expected a point's labels, got {payload!r}: {error}. {REINDEX}") from error


def floats(vector: Vector, dimension: int) -> list[float]:
    """Return a vector as Qdrant takes it, or raise `BadRequest` if its shape is another."""
    if vector.shape != (dimension,):
        raise BadRequest(
            f"Expected a vector of shape ({dimension},), got {vector.shape}. "
            "Embed with the model that the index was made for."
        )
    return list(vector.tolist())


def _named(acl: AclFilter) -> Condition:
    """Return the condition that readers or broken glass name a principal."""
    named = AnyOf(TENANT, tuple(sorted(acl.keys)))
    return Either((named, _any_of("document_id", acl.glass))) if acl.glass else named


def _any_of(field: str, values: Iterable[str]) -> AnyOf:
    return AnyOf(field, tuple(sorted(str(each) for each in values)))


def _past(labels: Labels) -> dict[str, Any]:
    """Return nothing for what nobody decided about, as in an index that was made before."""
    if not labels.past:
        return {}
    names = ("start", "end", "status")
    return {"past": [dict(zip(names, each, strict=True)) for each in labels.past]}


def _stands(scope: Scope, has_past: bool) -> Either:
    in_force = (AtMost("start", scope.as_of), Above("end", scope.as_of))
    present = (
        All((*in_force, _any_of("declared", scope.statuses))),
        All((AtMost("end", scope.as_of), _any_of("ended_by", scope.statuses))),
    )
    return Either((*present, stood(scope)) if has_past else present)
