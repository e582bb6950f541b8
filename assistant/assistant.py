"""How a question is answered. READ FIRST: `Assistant.ask` is the story, the rest are its verbs."""

from __future__ import annotations

from assistant.answers import Question, Reply
from assistant.quotes import Quoter
from assistant.verify import verified
from retrieval.retriever import Found, Retrieved, Retriever

PASSAGES = 24


class Assistant:
    """Answers with the words of the sources, and says so when they do not answer."""

    def __init__(self, retriever: Retriever, quoter: Quoter) -> None:
        self._retriever = retriever
        self._quoter = quoter

    async def ask(self, question: Question) -> Reply:
        """Return an answer whose every sentence is pinned, or a refusal."""
        retrieved = await self._retrieve(question)
        draft = await self._quoter.quote(question, retrieved)
        return verified(draft, retrieved.found)

    async def search(self, question: Question, limit: int) -> list[Found]:
        """Return the stretches nearest to the question, best first."""
        return await self._retriever.search(
            question.text, principal=question.principal, scope=question.scope, limit=limit
        )

    async def _retrieve(self, question: Question) -> Retrieved:
        return await self._retriever.retrieve(
            question.text, principal=question.principal, scope=question.scope, limit=PASSAGES
        )
