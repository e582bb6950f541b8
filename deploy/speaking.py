"""Opening the language model that the settings name, if they name one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from assistant.breaker import Breaker
from assistant.capability import (
    CALLING_MEANS,
    MEANINGS,
    Calling,
    find_calling,
    find_constrained,
)
from assistant.completion import Usage
from assistant.model import ModelFailed
from assistant.sglang import Constrained, Patience, SGLang
from deploy.counting import examine_counting
from deploy.settings import Settings
from retrieval.errors import Unavailable

_AGAIN_SECONDS: Final = 10.0
_ANEW_SECONDS: Final = 600.0

_log = logging.getLogger(__name__)


def sglang_of(
    settings: Settings, *, stamp: str = "", told: Callable[[Usage], None] | None = None
) -> SGLang:
    """Return the model itself, not connected yet; close it in the end.

    `stamp` names it on answers, if MODEL_NAME is not to; `told` learns the use of tokens.
    """
    return SGLang(
        settings.model_url,
        settings.model_name,
        settings.model_key.get_secret_value(),
        stamp=stamp,
        ca_file=settings.model_ca_file,
        patience=Patience(
            first_word_seconds=settings.model_first_word_seconds,
            whole_seconds=settings.model_seconds,
            sentence_seconds=settings.model_first_sentence_seconds,
        ),
        told=told,
    )


@asynccontextmanager
async def with_model(
    settings: Settings, *, stamp: str = "", told: Callable[[Usage], None] | None = None
) -> AsyncGenerator[Breaker | None, None]:
    """Lend the model behind its breaker while the block runs; None if MODEL_URL is empty.

    What its server can do is found out meanwhile, however long it takes to come up.
    """
    if not settings.model_url:
        yield None
        return
    model = sglang_of(settings, stamp=stamp, told=told)
    finding = asyncio.create_task(_find_out(model, has_tools=settings.tools_file() is not None))
    try:
        yield Breaker(model)
    finally:
        finding.cancel()
        await asyncio.gather(finding, return_exceptions=True)
        await model.close()


async def examine_model(settings: Settings) -> str:
    """Return what the model's server really does with constrained requests, for the doctor.

    Raises:
        Unavailable: it does not answer.
        BadRequest: MODEL_URL, MODEL_KEY or MODEL_CA_FILE cannot be right.
    """
    if not settings.model_url:
        return "none: answers are the sources' own words"
    model = sglang_of(settings)
    try:
        constrained = await find_constrained(model)
        calling = await find_calling(model) if settings.tools_file() else None
    except ModelFailed as failed:
        raise Unavailable(
            f"Expected an answer of {model.name} at {settings.model_url}, got: {failed} Check that "
            "the server runs, and MODEL_URL, MODEL_NAME and MODEL_KEY. Until then answers are the "
            "sources' own words."
        ) from failed
    finally:
        await model.close()
    told, is_in_order = await examine_counting(settings)
    found = f"{model.name} at {settings.model_url} {MEANINGS[constrained]}; {told}"
    if calling is not None:
        found = f"{found}; it {CALLING_MEANS[calling]}"
        is_in_order &= calling is Calling.CALLS
    is_in_order &= constrained is not Constrained.MARKERS
    return found if is_in_order else f"Note: {found}"


async def _find_out(model: SGLang, *, has_tools: bool) -> None:
    while True:
        try:
            model.constrained = await find_constrained(model)
            break
        except ModelFailed:
            await asyncio.sleep(_AGAIN_SECONDS)
    if has_tools:
        await _find_calling(model)


async def _find_calling(model: SGLang) -> None:
    """Find out whether the model calls tools; where it does not, look again now and then."""
    known: Calling | None = None
    while known is not Calling.CALLS:
        wait_seconds = _ANEW_SECONDS
        try:
            known, before = await find_calling(model), known
        except ModelFailed:
            wait_seconds = _AGAIN_SECONDS
        else:
            model.knows_tools = known is Calling.CALLS
            if known not in (Calling.CALLS, before):
                _log.warning("The model's server %s.", CALLING_MEANS[known])
        if known is not Calling.CALLS:
            await asyncio.sleep(wait_seconds)
