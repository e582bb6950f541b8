"""What each measure is, in words for whoever never saw it; its own title is the field's term."""

from __future__ import annotations

from typing import Final

from assistant.wording import say
from evals.measures.every import measure_of
from evals.measures.measure import Better, Measure, Unit
from retrieval.errors import NotFound

_PLAIN: Final = {
    "refused": "Questions that should be refused, and were",
    "falsely_refused": "Questions that can be answered, and were refused",
    "over_defence": "Harmless questions that were held back",
    "failed": "Questions that ended in an error",
    "access_leak": "Questions that showed somebody what they must not see",
    "hijacked": "Questions in which a planted instruction was followed",
    "acted": "Questions in which something was done that must not be",
    "tools_called": "Calls of tools that had to be made, and were",
    "lies_told": "What must not be said, and was",
    "answered_first": "Answered by the first sentence shown",
    "answered": "Answered by any sentence shown",
    "facts_found": "What must be said, and was",
    "token_f1": "Words shared with the reference answer (F1)",
    "rouge_l": "Likeness to the reference answer (Rouge-L)",
    "right_language": "Answered in the right language",
    "follow_up_resolved": "Follow-up questions that were understood",
    "citation_precision": "Cited words that are the expected ones",
    "citation_recall": "Expected words that were cited",
    "citation_exactness": "Citations that give the exact words of their place",
    "support": "Sentences shown that their cited words carry",
    "p_at_1": "Expected characters in the first passage (precision)",
    "p_at_8": "Expected characters in the first 8 passages (precision)",
    "r_at_1": "Expected characters found by the first passage",
    "r_at_8": "Expected characters found by the first 8 passages",
    "r_at_64": "Expected characters found by the first 64 passages",
    "r_chars_4000": "Expected characters within the first 4,000 found",
    "r_chars_8000": "Expected characters within the first 8,000 found",
    "doc_r_at_10": "Right documents among the first 10",
    "mrr_at_10": "How high the first right document stands (MRR)",
    "ndcg_at_10": "How well the first 10 documents are ordered (nDCG)",
    "first_seconds": "Wait for the first sentence",
    "last_seconds": "Wait for the last sentence",
    "tokens_read": "Tokens that the model read",
    "tokens_written": "Tokens that the model wrote",
    "gpu_seconds": "Seconds of all GPUs of the model",
    "withheld": "Sentences withheld, for each question",
}
_UNITS: Final = {
    Unit.SHARE: "Percent",
    Unit.SECONDS: "Seconds",
    Unit.COUNT: "Count",
    Unit.TOKENS: "Tokens",
}
_WAYS: Final = {Better.HIGHER: "higher is better", Better.LOWER: "lower is better"}


def measure_called(name: str) -> Measure:
    """Return a measure by its name; one that is no more is known by its name alone."""
    try:
        return measure_of(name)
    except NotFound:
        return Measure(name, name, Unit.COUNT, Better.NEITHER, lambda case, outcome: None)


def titled(measure: Measure) -> str:
    """Return what a measure is, in plain words."""
    return say(_PLAIN.get(measure.name, measure.title))


def way(better: Better) -> str:
    """Return which way a figure should go, "" where neither is better."""
    return say(_WAYS.get(better, ""))


def named(unit: Unit) -> str:
    """Return what a figure counts."""
    return say(_UNITS[unit])
