"""Costs: seconds, tokens, GPU seconds and sentences withheld; none has an upper bound.

`first_seconds` is from the question to the first sentence or the refusal, `last_seconds` to the
end; a case that failed has none. Tokens are those that the model's server counted; a case counts
if any were told. `withheld` are sentences that were written or chosen and not shown: many can be a
poor model or a good verifier. Seconds differ by machine and by hour: compare within one run of
both.

`gpu_seconds` is the time in which the model was at work for a question (from a request to the end
of its stream, rewriting a follow-up included, waiting for a turn not), times the GPUs of its
server, `MODEL_GPUS`. It is measured here, by the clock. A server writes for several at once: then
its time is shared equally among the questions of the run that it writes for, so that their sum is
what the run has cost. Questions of others at the same server are not known, so beside them it is an
upper bound. Range: 0 and above; nothing where no model was asked, or `MODEL_GPUS` is 0.
"""

from __future__ import annotations

from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case


def _first(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else outcome.first_seconds


def _last(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else outcome.seconds


def _read(case: Case, outcome: Outcome) -> float | None:
    return outcome.tokens_read


def _written(case: Case, outcome: Outcome) -> float | None:
    return outcome.tokens_written


def _gpu_seconds(case: Case, outcome: Outcome) -> float | None:
    return outcome.gpu_seconds


def gpu_seconds(model_seconds: float | None, gpus: int) -> float | None:
    """Return what a model's time costs on so many GPUs; None where either is not known."""
    return None if model_seconds is None or not gpus else model_seconds * gpus


def _withheld(case: Case, outcome: Outcome) -> float | None:
    return None if outcome.error else float(outcome.withheld)


MEASURES = (
    Measure("first_seconds", "Time to the first sentence", Unit.SECONDS, Better.LOWER, _first),
    Measure("last_seconds", "Time to the last sentence", Unit.SECONDS, Better.LOWER, _last),
    Measure("tokens_read", "Tokens read by the model", Unit.TOKENS, Better.LOWER, _read),
    Measure("tokens_written", "Tokens written by the model", Unit.TOKENS, Better.LOWER, _written),
    Measure("gpu_seconds", "GPU seconds of the model", Unit.SECONDS, Better.LOWER, _gpu_seconds),
    Measure("withheld", "Sentences withheld", Unit.COUNT, Better.NEITHER, _withheld),
)
