"""Candidates made of titles and texts, with word-hashed vectors and real keywords."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from retrieval.candidates import Candidate, Candidates
from retrieval.documents import InForce, Kind, Passage, Span, Status, Version
from retrieval.index import Hit, Vector
from retrieval.mention import find_mention
from retrieval.qdrant.bm25 import Words
from retrieval.retriever import Found, Retrieved
from tests.retrieval.hashed_embedder import HashedEmbedder

WORDS = Words()
EMBEDDER = HashedEmbedder(256)


def version_of(number: int, title: str) -> Version:
    return Version(
        id=number,
        document_id=f"d{number}",
        number=1,
        title=title,
        kind=Kind.OTHER,
        source="folder",
        uri=f"{number}.txt",
        declared=Status.APPROVED,
        owner="",
        link="",
        parties=(),
        effective_from=None,
        expires_on=None,
        media_type="text/plain",
        blob="",
        characters=1000,
        pages=0,
        added_at=0,
        in_force=InForce(),
        readers=frozenset({"everyone"}),
    )


def passage_of(number: int, version: Version, text: str) -> Passage:
    """Return a passage at an offset of 100; a sentence ends where a full stop and a space do."""
    spans = re.finditer(r"\S.*?(?:\.(?=\s|$)|$)", text, re.DOTALL)
    sentences = tuple(Span(100 + each.start(), 100 + each.end()) for each in spans)
    return Passage(number, version, number, 100, 100 + len(text), None, (), text, sentences)


async def vector_of(text: str) -> Vector:
    vector: Vector = (await EMBEDDER.embed([text]))[0]
    return vector


async def candidates_of(pairs: Sequence[tuple[str, str]]) -> Candidates:
    """Return one passage for each pair of title and text, in the order of the index."""
    titles = list(dict.fromkeys(title for title, _ in pairs))
    versions = {title: version_of(number, title) for number, title in enumerate(titles, 1)}
    readable = {}
    for number, (title, text) in enumerate(pairs):
        passage = passage_of(number, versions[title], text)
        vector = await vector_of(f"{title}\n{text}")
        readable[number] = Candidate(
            versions[title], vector, WORDS.of_body(text), lambda passage=passage: passage
        )
    hits = [Hit(number, 1 / (10 + number)) for number in range(len(pairs))]
    return Candidates.of(hits, readable)


async def retrieved_of(question: str, pairs: Sequence[tuple[str, str]]) -> Retrieved:
    """Return the pairs as a retriever would, in the order they are given."""
    candidates = await candidates_of(pairs)
    mention = find_mention(question, candidates.titles, WORDS.terms)
    order = np.arange(len(pairs))
    found = tuple(Found(candidates.passages[row], -float(row)) for row in order)
    whole, rest = await vector_of(question), await vector_of(mention.rest)
    return Retrieved(found, whole, rest, mention, candidates, order)
