"""The safety layers around a request, each of which can be left out to measure what it costs.

Only the benchmark leaves any out. What goes on is the product's own: parts are replaced where
they are joined, and functions where they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from types import ModuleType
from typing import Any, cast

import numpy as np
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from assistant import assistant as story
from assistant.answers import Reply
from assistant.assistant import Assistant
from assistant.http import requests, shapes
from assistant.http.app import create_app
from assistant.http.health import Part
from assistant.http.parts import Asking
from assistant.http.parts import Parts as HttpParts
from assistant.quotes import Quoter
from assistant.recorded import Recorded
from assistant.signin.caller import Caller
from assistant.stopping import NeverStopped, Underway
from assistant.support import Support
from deploy.parts import Parts
from retrieval import library
from retrieval.access import EVERYONE, AclFilter
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Vector
from retrieval.qdrant import points
from retrieval.qdrant.bm25 import Words
from retrieval.readership import Readership


class Layer(StrEnum):
    """One layer: what it does is what is gone without it."""

    DOOR = "door"
    """Host, origin, size and headers; session or token; groups, shut sources and glass from SQL."""
    STOPS = "stops"
    """A look at what is stopped before an answer, and sources that are stopped."""
    RULE = "rule"
    """Who may read, in the index query and again on the rows from SQL."""
    RECORD = "record"
    """Question, passages and reply on the disk before a word is shown."""
    SHOWING = "showing"
    """Citations verified, and texts cleaned of what hides or reorders."""


EVERY = frozenset(Layer)
NONE: frozenset[Layer] = frozenset()


def app_with(layers: frozenset[Layer], parts: Parts, http: HttpParts, caller: Caller) -> FastAPI:
    """Return the server with these layers; with every one, it is the server as it is served.

    Without the door everybody is `caller`. Ask it within `left_out` of the same layers.
    """
    if layers == EVERY:
        return create_app(http)

    async def known(_: HTTPConnection) -> Caller:
        return caller

    assistant = Part.ready("assistant", _assistant(layers, parts))
    authenticate = http.authenticate if Layer.DOOR in layers else known
    app = create_app(replace(http, assistant=assistant, authenticate=authenticate))
    if Layer.DOOR not in layers:
        app.user_middleware.clear()
    return app


@contextmanager
def left_out(layers: frozenset[Layer]) -> Iterator[None]:
    """Leave out of the functions called in the block all layers but these, in this process."""
    there = [
        (module, name, getattr(module, name), stand_in)
        for layer, module, name, stand_in in _STAND_INS
        if layer not in layers
    ]
    for module, name, _, stand_in in there:
        setattr(module, name, stand_in)
    try:
        yield
    finally:
        for module, name, own, _ in there:
            setattr(module, name, own)


@contextmanager
def remembering(embedder: Embedder) -> Iterator[None]:
    """Have the model compute each text once in the block, so that its jitter blurs nothing."""
    own = embedder.embed
    known: dict[str, Vector] = {}

    async def embed(texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, await own(new), strict=True))
        return np.stack([known[text] for text in texts])

    name = "embed"
    setattr(embedder, name, embed)
    try:
        yield
    finally:
        delattr(embedder, name)


def _assistant(layers: frozenset[Layer], parts: Parts) -> Asking:
    underway = parts.underway if Layer.STOPS in layers else Underway(NeverStopped())
    quoter = Quoter(parts.embedder, Words().terms, Support.load())
    assistant = Assistant(parts.retriever, quoter, underway)
    if Layer.RECORD in layers:
        return Recorded(assistant, parts.record, f"benchmark, {parts.embedder.name}")
    return cast(Asking, assistant)  # unlike what is served it streams its context, too


def _everything(acl: AclFilter, bars: points.Bars | None = None) -> points.All:
    return points.All(())  # no limit, to the index


def _nothing(acl: AclFilter) -> points.All:
    return points.All((points.AnyOf("denied", ()),))


async def _everyones(connection: Any, version_ids: Sequence[int]) -> dict[int, Readership]:
    return dict.fromkeys(version_ids, Readership(frozenset({EVERYONE})))


def _believed(reply: Reply, found: Iterable[Any]) -> Reply:
    return reply


def _as_it_is(text: str) -> str:
    return text


_STAND_INS: tuple[tuple[Layer, ModuleType, str, Any], ...] = (
    (Layer.RULE, points, "readable", _everything),
    (Layer.RULE, points, "denied_to", _nothing),
    (Layer.RULE, library, "readerships", _everyones),
    (Layer.SHOWING, story, "verified", _believed),
    (Layer.SHOWING, requests, "plain", _as_it_is),
    (Layer.SHOWING, shapes, "plain", _as_it_is),
)
