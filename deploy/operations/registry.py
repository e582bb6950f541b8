"""The operations there are: one line each."""

from __future__ import annotations

from deploy.operations.asking import ask, search
from deploy.operations.indexing import add, remove, sync
from deploy.operations.operation import Operation
from deploy.operations.upkeep import reindex, status

OPERATIONS: dict[str, Operation] = {
    "add": add,
    "ask": ask,
    "reindex": reindex,
    "remove": remove,
    "search": search,
    "status": status,
    "sync": sync,
}
