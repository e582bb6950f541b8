"""Joining what writes answers: the model that the settings name, its prompts, and their check."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from assistant.carried import Bounds, Verifier
from assistant.compose import Budget, Composer
from assistant.measured import MeasuredModel
from assistant.metrics import Metrics
from assistant.tokens import fit_for
from assistant.turns import Room, TakingTurns
from assistant.writer import Writer
from deploy.models.register import listed
from deploy.settings import Settings
from deploy.speaking import with_model
from retrieval.embedder import Embedder
from retrieval.keywords import Terms


@asynccontextmanager
async def open_writer(
    settings: Settings, embedder: Embedder, terms: Terms, metrics: Metrics
) -> AsyncGenerator[Writer | None, None]:
    """Lend a writer while the block runs; None if no model is set.

    Salts are keyed anew at each start: a server's cache of prefixes is worth less than a secret
    to keep.
    """
    stamp, tokens = _known(settings)
    async with with_model(settings, stamp=stamp, told=metrics.tokens_used) as model:
        if model is None:
            yield None
            return
        budget = Budget(settings.model_prompt_tokens, settings.model_most_tokens)
        composer = Composer(fit_for(tokens), secrets.token_bytes(32), budget)
        room = Room(settings.model_at_once, settings.model_waiting)
        checking = Verifier(embedder, terms, Bounds.load())
        turns = TakingTurns(MeasuredModel(model, metrics), room)
        metrics.watch_model(turns, model)
        yield Writer(composer, turns, checking, metrics)


def _known(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Return the stamp and the control tokens of the model if it is registered."""
    for each in listed(settings.home):
        if each.name == settings.model_name:
            return each.stamp, each.tokens
    return f"{settings.model_name}, not registered", ()
