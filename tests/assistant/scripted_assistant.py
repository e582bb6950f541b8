"""An assistant that says what it is given to say, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from assistant.answers import (
    Citation,
    Notice,
    Opening,
    Question,
    Reply,
    Sentence,
    Source,
    Told,
    reply_of,
)
from assistant.http.health import Part
from assistant.http.parts import Found, Parts
from retrieval.access import Principal
from retrieval.documents import Version
from retrieval.errors import NotFound
from tests.assistant.http_documents import make_version
from tests.assistant.http_world import make_parts


@dataclass
class Says:
    """`told` makes what is said of a question; `fails_with` comes after it."""

    told: Callable[[Question], Iterable[Told]]
    fails_with: Exception | None = None
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> Reply:
        return reply_of([piece async for piece in self.stream(question)])

    async def stream(self, question: Question) -> AsyncGenerator[Told, None]:
        self.asked.append(question)
        for piece in self.told(question):
            yield piece
        if self.fails_with is not None:
            raise self.fails_with

    def stop(self, answer_id: str, *, principal: Principal) -> None:
        raise NotFound("There is no such answer of yours being written.")

    async def search(self, question: Question, limit: int) -> Sequence[Found]:
        return ()


def saying(says: Says, **more: object) -> Parts:
    """Return the parts of a server that says this."""
    return make_parts(assistant=Part.ready("assistant", says), **more)


def lease(title: str = "Lease, Harbour Street 9", number: int = 31) -> Version:
    """Return a version to cite."""
    return make_version(number, f"{number:032x}", title)


def citing(source: int, words: str, start: int = 10) -> Citation:
    """Return a citation of words on the second page."""
    return Citation(source, 4711, start, start + len(words), 2, words)


def by_a_model(question: Question) -> list[Told]:
    """Say two sentences, the first with two sources, and that something was left out."""
    rent, notice = citing(1, "The rent is $900 a month."), citing(2, "Notice is ninety days.", 40)
    return [
        Opening(question, "model", "", (), "small-model"),
        Source(1, lease(), "approved"),
        Source(2, lease("Rules of the house", 32), "draft"),
        Sentence("The rent is $900 and notice takes 90 days.", (rent, notice)),
        Sentence("Notice is ninety days.", (notice,)),
        Notice("One sentence was left out."),
    ]
