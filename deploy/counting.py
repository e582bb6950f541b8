"""Counting tokens as the model's server does: opened beside the model, and told to the doctor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from assistant.compose import Budget
from assistant.counting import Counting
from assistant.served import Served
from deploy.settings import Settings

_AGAIN_SECONDS: Final = 10.0
_ANEW_SECONDS: Final = 600.0


def budget_of(settings: Settings) -> Budget:
    """Return how long prompts and answers may be."""
    return Budget(settings.model_prompt_tokens, settings.model_most_tokens)


@asynccontextmanager
async def with_counting(settings: Settings) -> AsyncGenerator[Counting, None]:
    """Lend what counts tokens while the block runs.

    What the server tells is found out meanwhile, and again every ten minutes: it may have been
    started anew, with another window.
    """
    if not settings.model_url:
        yield Counting()
        return
    served = _served(settings)
    finding = asyncio.create_task(_find_out(served))
    try:
        yield Counting(served)
    finally:
        finding.cancel()
        await asyncio.gather(finding, return_exceptions=True)
        await served.close()


async def examine_counting(settings: Settings) -> tuple[str, bool]:
    """Return how tokens are counted and what fits, for the doctor; and whether that is in order."""
    served, budget = _served(settings), budget_of(settings)
    try:
        await served.find_out()
    finally:
        await served.close()
    told = "it counts tokens" if served.counts else "it does not count tokens, they are reckoned"
    if not served.window:
        return (
            f"{told}; it tells no context length: MODEL_PROMPT_TOKENS and MODEL_MOST_TOKENS must "
            "fit into it together",
            True,
        )
    told = f"{told}; its context length is {served.window:,}"
    if budget.within(served.window) >= budget.prompt:
        return told, True
    return (
        f"{told}, so prompts are cut to {max(0, budget.within(served.window)):,} tokens: lower "
        f"MODEL_PROMPT_TOKENS ({budget.prompt:,}) or MODEL_MOST_TOKENS ({budget.answer:,}), or "
        "serve the model with a longer context",
        False,
    )


def _served(settings: Settings) -> Served:
    return Served(
        settings.model_url,
        settings.model_name,
        settings.model_key.get_secret_value(),
        ca_file=settings.model_ca_file,
    )


async def _find_out(served: Served) -> None:
    while True:
        is_found = await served.find_out()
        await asyncio.sleep(_ANEW_SECONDS if is_found else _AGAIN_SECONDS)
