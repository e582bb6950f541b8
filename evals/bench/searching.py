"""How fast a whole search and a whole answer are, question embedding included.

A made-up library of the size asked for, the real model for the questions, the real index
after its rebuild; once for a principal who may read everything, once for one who may read
1 %; the first round of questions, which reads the index from disk, apart. Milliseconds; MiB
of resident memory.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from assistant.answers import Question
from deploy.parts import Parts
from evals.bench.index_world import World
from evals.bench.made_up import fill
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.qdrant.bm25 import Words

_QUESTIONS = 100
_SUBJECTS = ("termination", "liability", "delivery", "payment", "confidentiality", "insurance")
_ASKED = (
    "How much notice must be given for {}?",
    "What does the agreement say about {} of the supplier?",
    "Who decides on {} when the parties disagree?",
    "{} limits and exceptions",
)


async def bench(parts: Parts, size: int) -> dict[str, Any]:
    """Return latencies for a library of `size` passages."""
    await fill(parts.shelf, World(size), parts.embedder.name, Words().of_body)
    await parts.indexer.bring_along()
    started = time.perf_counter()
    await parts.upkeep.rebuild()
    rebuilt = time.perf_counter() - started
    figures: dict[str, Any] = {"passages": size, "rebuild_s": round(rebuilt, 1)}
    for name, group in (("all", "all"), ("one_percent", "few")):
        asker = Principal.person("bench", [group])
        figures[name] = {
            "search_first_ms": await _spread(partial(_search, parts, asker)),
            "search_ms": await _spread(partial(_search, parts, asker)),
            "answer_ms": await _spread(partial(_answer, parts, asker)),
        }
    figures["resident_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


async def _search(parts: Parts, who: Principal, text: str) -> None:
    await parts.retriever.retrieve(text, principal=who, scope=Scope(as_of=now()), limit=20)


async def _answer(parts: Parts, who: Principal, text: str) -> None:
    await parts.assistant.ask(Question(text, who, Scope(as_of=now())))


async def _spread(ask: Callable[[str], Awaitable[None]]) -> dict[str, float]:
    taken = []
    for text in _questions():
        started = time.perf_counter()
        await ask(text)
        taken.append((time.perf_counter() - started) * 1000)
    taken = sorted(taken[5:])
    return {
        "p50": round(taken[len(taken) // 2], 1),
        "p95": round(taken[int(len(taken) * 0.95)], 1),
    }


def _questions() -> list[str]:
    asked = [form.format(subject) for form in _ASKED for subject in _SUBJECTS]
    return [asked[at % len(asked)] for at in range(_QUESTIONS)]
