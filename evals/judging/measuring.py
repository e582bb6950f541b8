"""Measuring the judge that a configuration names, and keeping what came of it."""

from __future__ import annotations

from pathlib import Path

from deploy.settings import Settings
from evals.errors import BadSuite
from evals.judging.agreement import LABELLED, Agreement, measured, read_labelled
from evals.judging.believed import Believed
from evals.judging.judge import open_judge
from evals.presets.configuration import Configuration
from evals.running.session import FOLDER, JUDGES


async def measure_judge(
    configuration: Configuration, settings: Settings, labelled: Path | None = None
) -> Agreement:
    """Return how far the judge agrees with people.

    Raises:
        BadSuite: the configuration names none, or the labelled sentences are not as expected.
        Unavailable: it gives no verdicts.
    """
    if configuration.judge is None:
        raise BadSuite(
            f"Expected a configuration with `judge: {{url, model, revision}}`, got "
            f"{configuration.name}, which has none."
        )
    sentences = read_labelled(labelled or LABELLED)
    async with open_judge(configuration.judge, settings) as judge:
        found = await measured(judge, sentences)
    Believed(settings.home / FOLDER / JUDGES).keep(configuration.judge, found)
    return found
