"""The words that an answer rests on, by the source that they are from."""

from __future__ import annotations

from assistant.http.conversation_shapes import TurnOut
from assistant.http.shapes import AnswerOut, SentenceOut, SourceOut


def grouped(answer: AnswerOut | TurnOut) -> list[tuple[SourceOut, list[SentenceOut]]]:
    """Return quotes by the source that they are from, in the order the answer gives them.

    Of an answer that a model wrote, these are the words that it cites, each once.
    """
    sources = {each.number: each for each in answer.sources}
    groups: dict[int, list[SentenceOut]] = {}
    quotes = answer.sentences if answer.mode == "quotes" else _cited(answer)
    for sentence in quotes:
        groups.setdefault(sentence.citations[0].source, []).append(sentence)
    return [(sources[number], sentences) for number, sentences in groups.items()]


def _cited(answer: AnswerOut | TurnOut) -> list[SentenceOut]:
    every = (each for sentence in answer.sentences for each in sentence.citations)
    once = {each.link: each for each in every}
    return [
        SentenceOut(text=" ".join(each.words.split()), citations=[each]) for each in once.values()
    ]
