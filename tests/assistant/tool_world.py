"""An assistant that may call tools: real parts, a far system that counts, and a model that lies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.answers import Piece, Question, Reply
from assistant.assistant import Assistant
from assistant.breaker import Breaker
from assistant.carried import Bounds, Verifier
from assistant.compose import Composer
from assistant.quotes import Quoter
from assistant.sglang import Patience, SGLang
from assistant.tokens import fit_for
from assistant.tool_loop import Limits, ToolLoop
from assistant.tool_prompt import Briefing
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.database import Database
from retrieval.documents import Passage, Scope, now
from retrieval.retriever import Retrieved
from tests.assistant.test_quotes import ANSWERS
from tests.models import Call, Says
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of
from tests.tools.benches import SESSION, Bench
from tests.tools.timeouts import PATIENT_SECONDS

ASKED = "How much notice must the tenant of Alder give?"
HONEST = "The tenant must give notice of 6 months to Alder Holdings."
LEASES = [
    ("Lease, Alder", f"{HONEST} The rent is 1,250 euros a month."),
    ("Lease, Birch", "The tenant may end the lease with a notice of ninety days."),
]
PATIENT = Patience(*[PATIENT_SECONDS] * 4)
QUICK = replace(PATIENT, first_word_seconds=0.5, next_word_seconds=0.5, whole_seconds=2.0)
"""For a model that says nothing however long one waits. Any other may be slow."""
LOOK = {"ticket": "RIM-7"}
READY = "READY"


def calls(*wanted: tuple[str, Any], **more: Any) -> Says:
    """Return a reply that calls these tools; arguments that are no text are written as JSON."""
    made = (
        Call(name, given if isinstance(given, str) else json.dumps(given), f"call_{at}")
        for at, (name, given) in enumerate(wanted)
    )
    return Says(calls=tuple(made), **more)


def citing(text: str, at: str) -> str:
    """Return a sentence that cites one place."""
    return f"{text} [{at}]"


@dataclass
class Found:
    """What a search finds, whatever is asked; and the same passages by number."""

    pairs: list[tuple[str, str]] = field(default_factory=lambda: list(LEASES))
    readable: dict[int, Passage] = field(default_factory=dict)

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        return await retrieved_of(text, self.pairs)

    async def passages(
        self, passage_ids: Collection[int], *, principal: Principal
    ) -> Mapping[int, Passage]:
        return {each: self.readable[each] for each in passage_ids if each in self.readable}


@dataclass
class World:
    """The assistant, and all that stands around it."""

    bench: Bench
    found: Found
    breaker: Breaker
    loop: ToolLoop
    served: SGLang
    assistant: Assistant
    question: Question

    @classmethod
    async def open(
        cls,
        folder: Path,
        url: str,
        *,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> World:
        database = Database(f"sqlite:///{folder}/library.db")
        await database.migrate()
        bench, found = await Bench.open(database, folder), Found()
        served = SGLang(url, "puppet", patience=patience or PATIENT)
        model = Breaker(served)
        neutral, secret = fit_for(()), b"s" * 32
        writer = Writer(
            Composer(neutral, secret), model, Verifier(EMBEDDER, WORDS.terms, Bounds.load())
        )
        loop = ToolLoop(bench.workbench, found, limits or Limits(seconds=PATIENT_SECONDS))
        loop.ask_by(model, Briefing(neutral, secret))
        quoter = Quoter(EMBEDDER, WORDS.terms, ANSWERS)
        assistant = Assistant(found, quoter, writer=writer, tools=loop)  # type: ignore[arg-type]
        question = Question(
            ASKED, Principal.person("ann", ["staff"]), Scope(as_of=now()), session=SESSION
        )
        return cls(bench, found, model, loop, served, assistant, question)

    async def ask(self, **more: Any) -> Reply:
        return await self.assistant.ask(replace(self.question, **more))

    async def pieces(self, **more: Any) -> list[Piece]:
        question = replace(self.question, **more)
        return [each async for each in self.assistant.stream(question)]

    async def close(self) -> None:
        await self.served.close()
        await self.bench.close()
        await self.bench.database.close()


@asynccontextmanager
async def world_at(folder: Path, url: str, **more: Any) -> AsyncIterator[World]:
    """Lend a world whose model is at this address."""
    world = await World.open(folder, url, **more)
    try:
        yield world
    finally:
        await world.close()
