"""Examples and error answers, for the API's own description."""

from __future__ import annotations

from typing import Any

from assistant.http.errors import ErrorOut

Responses = dict[int | str, dict[str, Any]]

ERRORS: Responses = {
    401: {"model": ErrorOut, "description": "Nothing that counts says who asks"},
    403: {"model": ErrorOut, "description": "You may not do this, or another site asked for it"},
    404: {"model": ErrorOut, "description": "No such thing, or none that you may read"},
    422: {"model": ErrorOut, "description": "Something in the request is not as expected"},
    429: {"model": ErrorOut, "description": "More is asked than can be answered; see Retry-After"},
    503: {"model": ErrorOut, "description": "A part is not ready; see Retry-After"},
}

_PLACE = {
    "document": "8c1f6a0e5d7b4c2f",
    "version": 2,
    "start": 18204,
    "end": 18307,
    "page": 14,
    "link": "/source/8c1f6a0e5d7b4c2f/2?start=18204&end=18307",
}
_WORDS = "Either party may terminate this Agreement upon ninety (90) days' written notice."
_ABOUT = {
    "title": "Master Services Agreement: Northwind",
    "kind": "contract",
    "status": "approved",
    "effective_from": "2025-04-01",
    "uri": "contracts/northwind-msa.pdf",
}
_SOURCE = _ABOUT | {
    "today": None,
    "overdue_since": None,
    "number": 1,
    "document": _PLACE["document"],
    "version": 2,
    "expires_on": None,
    "added_on": "2025-03-20",
    "owner": "Legal",
    "origin_link": "",
    "link": "/source/8c1f6a0e5d7b4c2f/2",
}
_SENTENCE = {
    "text": _WORDS,
    "citations": [{"source": 1, "passage": 4711, "words": _WORDS, "head": "", **_PLACE}],
    "differs": False,
}
_ANSWER = {
    "outcome": "answer",
    "conversation": "0f8e6c1ba7d24953b2c4e5f60718293a",
    "turn": "5b1d0c7e94f34a0e8a6d2f7b3c9e1a48",
    "looked_for": "",
    "mode": "quotes",
    "model": "",
    "question": "How much notice must either party give to terminate?",
    "as_of": "2026-03-31",
    "lead": "Here is what your sources say",
    "sentences": [_SENTENCE],
    "notices": [],
    "confirmation": None,
    "sources": [_SOURCE],
    "approved": None,
}
_REFUSAL = {
    "outcome": "refusal",
    "conversation": "0f8e6c1ba7d24953b2c4e5f60718293a",
    "turn": "5b1d0c7e94f34a0e8a6d2f7b3c9e1a48",
    "looked_for": "",
    "reason": "not_supported",
    "text": "None of the documents you may read answers this.",
    "nearest": [_SOURCE],
}
_HIT = _ABOUT | _PLACE
_HIT |= {"headings": ["12 Termination"], "text": _WORDS, "passage": 4711, "score_rank": 1}

ANSWERED: Responses = {
    200: {
        "content": {
            "application/json": {
                "examples": {
                    "answer": {"summary": "An answer", "value": _ANSWER},
                    "refusal": {"summary": "A refusal", "value": _REFUSAL},
                }
            }
        }
    }
}
STREAMED: Responses = {
    200: {
        "description": "Server-sent events",
        "content": {
            "text/event-stream": {
                "example": 'event: sources\ndata: {"mode": "quotes", ...}\n\n'
                'event: sentence\ndata: {"text": "...", "citations": [...]}\n\n'
                'event: done\ndata: {"sentences": 1}\n\n'
            }
        },
    }
}
FOUND: Responses = {200: {"content": {"application/json": {"example": {"hits": [_HIT]}}}}}
PNG: Responses = {200: {"description": "The page", "content": {"image/png": {}}}}
EXPORTED: Responses = {
    200: {
        "description": "The file, to be saved",
        "content": {
            "application/pdf": {},
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {},
            "text/markdown": {},
        },
    }
}
ORIGINAL: Responses = {
    200: {"description": "The file as it came", "content": {"application/octet-stream": {}}}
}
