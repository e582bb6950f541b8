"""People, nested groups, denials, a stale source and stops: something to do for every layer."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise

from deploy.parts import Parts
from evals.bench.index_world import World
from evals.bench.made_up import documents
from retrieval.access import Principal
from retrieval.halting import Sort, Target
from retrieval.people.grants import Addition, Effect
from retrieval.people.people import Role
from retrieval.qdrant.bm25 import Words
from retrieval.sources import MAX_AGE

ASKER = "asker"
ORIGIN = "benchmark"
_ADMIN = "administrator"
_PEOPLE = 100
_DEPTH = 8
_DENIED_EACH = 100
_SHUT = "elsewhere"
_REASON = "Something to do for the layer."


async def move_in(parts: Parts) -> None:
    """Fill a library whose documents `group:all` reads with what a house of some age has.

    The asker is in that group over eight others, in a circle; one document in a hundred is
    denied to one of these, and as many to others. Two documents are of a source that is shut.
    """
    directory = parts.directory
    await directory.add(_ADMIN, roles=[Role.ADMIN], issuer=ORIGIN, subject=_ADMIN)
    await directory.add(ASKER)
    teams = [f"team-{number}" for number in range(_DEPTH)]
    for inner, outer in pairwise([*teams, "all"]):
        await directory.join(outer, [f"group:{inner}"])
    await directory.join(teams[0], [f"user:{ASKER}", "group:all"])
    for number in range(_PEOPLE):
        await directory.add(f"person-{number}")
        await directory.join(f"others-{number % 20}", [f"user:person-{number}"])
    await _deny(parts, [f"group:{teams[_DEPTH // 2]}", "group:others-1"])
    await _shut(parts)
    for target in (Target(Sort.SOURCE, "stopped"), Target(Sort.USER, "person-1")):
        await parts.stops.stop(target, reason=_REASON, by=_ADMIN, origin=ORIGIN)
    await parts.indexer.bring_along()


async def _shut(parts: Parts) -> None:
    """Take documents in from a source that was never synced to its end."""
    await parts.sources.put(_SHUT, "remote", "there", {MAX_AGE: 1})
    made = documents(World(1_000), parts.embedder.name, Words().of_body)
    for version in islice(made, 2):
        await parts.shelf.publish(await parts.shelf.stage(replace(version, source=_SHUT)))


async def _deny(parts: Parts, readers: list[str]) -> None:
    """Deny each of the readers one document in a hundred, and at least one."""
    listed = await parts.library.all_versions(principal=Principal.person(ASKER, ["all"]))
    for at, reader in enumerate(readers):
        for version in listed[at::_DENIED_EACH]:
            denial = Addition(Effect.DENY, reader, document_id=version.document_id, reason=_REASON)
            await parts.grants.add(denial, by=_ADMIN, origin=ORIGIN)
