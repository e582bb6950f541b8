"""What the operations of access tell."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from deploy.operations.access import grants
from deploy.operations.operation import Parts, Result
from retrieval.people.grants import Addition, Effect, Grants
from retrieval.sources import Sources
from tests.retrieval.records import RememberingRecord
from tests.shelves import Shelves


async def listed(given: Grants) -> list[dict[str, Any]]:
    [result] = [each async for each in grants(cast(Parts, SimpleNamespace(grants=given)))]
    assert isinstance(result, Result)
    return list(result.value["grants"])


async def test_a_denial_of_what_is_gone_is_listed_as_such(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path)
    await shelves.database.migrate()
    await Sources(shelves.database).put("folder", "files", "there", {})
    await shelves.put("a.txt")
    document = await shelves.document_id("a.txt")
    given = Grants(shelves.database, RememberingRecord())
    for wanted in (
        Addition(Effect.DENY, "user:bob", document_id=document),
        Addition(Effect.DENY, "user:eve", "folder"),
    ):
        await given.add(wanted, by="root", origin="test")
    assert [each.get("note") for each in await listed(given)] == [None, None]
    await shelves.shelf.remove(document)
    await shelves.shelf.purge("folder")
    assert [each.get("note") for each in await listed(given)] == ["no such document now", None]
    await Sources(shelves.database).remove("folder")

    told = await listed(given)
    assert [each["note"] for each in told] == ["no such document now", "no such source now"]
    assert [each["document_id"] for each in told] == [document, None]
    await shelves.database.close()
