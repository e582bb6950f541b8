"""Joining what writes answers: the model that the settings name, its prompts, and their check."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from assistant.admission import Admission
from assistant.carried import Bounds, Verifier
from assistant.compose import RULES, Composer
from assistant.conversation_rewriter import FollowUps, Rewriter
from assistant.counting import Counting
from assistant.disagreement import Differing
from assistant.measured import MeasuredModel
from assistant.metrics import Metrics
from assistant.neighbours import Neighbours
from assistant.tokens import fit_for
from assistant.tool_loop import ToolLoop
from assistant.tool_prompt import Briefing
from assistant.turns import Room, TakingTurns
from assistant.watching import Watching
from assistant.writer import Writer
from deploy.choices import SERVED, Choices
from deploy.counting import budget_of, with_counting
from deploy.models.register import listed
from deploy.settings import Settings
from deploy.speaking import with_model
from retrieval.embedder import Embedder
from retrieval.keywords import Terms
from retrieval.library import Library


@asynccontextmanager
async def open_writer(
    settings: Settings,
    embedder: Embedder,
    library: Library,
    terms: Terms,
    metrics: Metrics,
    watching: Watching,
    admission: Admission,
    follow_ups: FollowUps | None = None,
    choices: Choices = SERVED,
    tools: ToolLoop | None = None,
) -> AsyncGenerator[Writer | None, None]:
    """Lend a writer while the block runs; None if no model is set. It is asked for calls too.

    Salts are keyed anew at each start: a server's cache of prefixes is worth less than a secret
    to keep.
    """
    stamp, tokens = _known(settings)
    async with (
        with_model(settings, stamp=stamp, told=watching.saw) as model,
        with_counting(settings) as counting,
    ):
        if model is None:
            yield None
            return
        composer = _composer(settings, tokens, counting, library, choices)
        room = Room(settings.model_at_once, settings.model_waiting)
        checking = Verifier(embedder, terms, Bounds.load())
        turns = TakingTurns(MeasuredModel(model, watching), room)
        metrics.watch_model(turns, model)
        admission.follow(turns.room)
        if follow_ups is not None:
            seconds = settings.model_follow_up_seconds
            secret = secrets.token_bytes(32)
            follow_ups.write_by(Rewriter(turns, terms, fit_for(tokens), secret, seconds))
        if tools is not None:
            fit, secret = fit_for(tokens), secrets.token_bytes(32)
            tools.ask_by(turns, Briefing(fit, secret, counting=counting))
        compare = partial(Differing, terms=terms)
        yield Writer(composer, turns, checking, watching, compare)


def _composer(
    settings: Settings,
    tokens: Sequence[str],
    counting: Counting,
    library: Library,
    choices: Choices,
) -> Composer:
    """Return what lays prompts out, so that they fit."""
    return Composer(
        fit_for(tokens),
        secrets.token_bytes(32),
        budget_of(settings),
        counting=counting,
        neighbours=Neighbours(library) if choices.neighbours else None,
        rules=choices.rules or RULES,
    )


def _known(settings: Settings) -> tuple[str, tuple[str, ...]]:
    """Return the stamp and the control tokens of the model if it is registered."""
    for each in listed(settings.home):
        if each.name == settings.model_name:
            return each.stamp, each.tokens
    return f"{settings.model_name}, not registered", ()
