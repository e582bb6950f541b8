"""The last gate before showing: a sentence stands only on words that are where it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.answers import Answer, Citation, Refusal, RefusalReason, Reply, Sentence
from retrieval.documents import Passage
from retrieval.retriever import Found

NOT_CARRIED = "What was found does not carry an answer word for word, so none is given."


def verified(reply: Reply, found: Sequence[Found]) -> Reply:
    """Return the reply without the sentences whose citations do not hold.

    A citation holds if its passage was retrieved for this principal and its words are exactly
    the passage's between the offsets. In quotes mode the sentence must be those words.
    """
    if not isinstance(reply, Answer):
        return reply
    passages = {each.passage.id: each.passage for each in found}
    kept = tuple(
        sentence
        for sentence in reply.sentences
        if sentence.citations and all(_holds(each, passages) for each in sentence.citations)
        if reply.mode != "quotes" or _is_quote(sentence)
    )
    if kept:
        return _with_cited_sources(replace(reply, sentences=kept))
    return Refusal(reply.question, RefusalReason.NOT_SUPPORTED, NOT_CARRIED, reply.sources)


def _holds(citation: Citation, passages: dict[int, Passage]) -> bool:
    passage = passages.get(citation.passage_id)
    if passage is None or not passage.start <= citation.start < citation.end <= passage.end:
        return False
    words = passage.text[citation.start - passage.start : citation.end - passage.start]
    return words == citation.words


def _is_quote(sentence: Sentence) -> bool:
    return sentence.text == " ".join(sentence.citations[0].words.split())


def _with_cited_sources(answer: Answer) -> Answer:
    cited = {each.source for sentence in answer.sentences for each in sentence.citations}
    return replace(answer, sources=tuple(each for each in answer.sources if each.number in cited))
