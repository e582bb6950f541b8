"""The program as it is, but for the model: `python -m tests.deploy.command_line COMMAND…`.

FAKE_DIMENSION is the dimension of the hashed embedder, and so its name. With `--nursery` it runs
many commands, each in a child process forked after the imports: a line of JSON
`{"arguments", "folder", "environment", "out", "err"}` in, the exit code out.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from typing import Any

import deploy.opening
import pincite
from deploy.settings import Settings
from tests.retrieval.hashed_embedder import HashedEmbedder

_HEAVY = (
    "assistant.quotes",
    "deploy.doctor",
    "deploy.operations.registry",
    "deploy.reindexing",
    "ingest.pipeline",
    "llama_index.core.node_parser",
    "retrieval.retriever",
)
_LONGEST_SECONDS = 900


async def _open_embedder(_: Settings) -> HashedEmbedder:
    return HashedEmbedder(int(os.environ.get("FAKE_DIMENSION", "64")))


def main() -> None:
    """Run the program, or a nursery of it."""
    deploy.opening.open_embedder = _open_embedder  # type: ignore[assignment]
    if sys.argv[1:] == ["--nursery"]:
        for name in _HEAVY:
            importlib.import_module(name)
        for line in sys.stdin:
            child = os.fork()
            if child == 0:
                _become(json.loads(line))
                break
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        else:
            return
    pincite.main()


def _become(order: dict[str, Any]) -> None:
    """Make this process look as if it had just been started with these arguments."""
    signal.alarm(_LONGEST_SECONDS)
    for descriptor, path in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv[1:] = order["arguments"]


if __name__ == "__main__":
    main()
