"""Keyword vectors: Qdrant's own BM25, computed here for the embedded index and the server.

The vectors carry term frequencies only; how rare a term is, the index works out itself.
"""

from __future__ import annotations

import numpy as np
from qdrant_edge import Bm25, Bm25Config, SparseVector

from retrieval.keywords import Keywords

AVERAGE_TOKENS = 55.0
"""Tokens in a usual passage with its title, after stopwords: BM25's average length.

Measured on 500-character passages: contracts 57, policies 48 to 49, tickets 53.

A constant, because the true average would move with every document and would let what one
may not read move what one sees.
"""


class Words:
    """Turns text into keyword vectors. `name` changes whenever its vectors would."""

    def __init__(self, language: str = "english") -> None:
        self.name = f"bm25/{language}/folded/{AVERAGE_TOKENS:g}"
        self._bm25 = Bm25(Bm25Config(avg_len=AVERAGE_TOKENS, language=language, ascii_folding=True))

    def of_passage(self, context: str, text: str) -> SparseVector:
        """Return the vector of a passage under its title and headings."""
        return self._bm25.embed_document(f"{context}\n{text}")

    def of_body(self, body: str) -> Keywords:
        """Return the keywords of a passage without its title, for ranking."""
        vector = self._bm25.embed_document(body)
        return Keywords(np.array(vector.indices, np.uint32), np.array(vector.values, np.float32))

    def terms(self, text: str) -> list[int]:
        """Return the ids of a text's stems, stop words left out, in no particular order."""
        whole = text.encode("utf-8", "replace").decode()  # half a character has no bytes
        return list(self._bm25.embed_query(whole).indices)

    def of_question(self, words: str) -> SparseVector:
        """Return the vector of a question; without any word it has no entries."""
        return self._bm25.embed_query(words)
