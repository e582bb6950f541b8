"""Language: whether the answer is in the language that was expected. 0 or 1 for a case.

A case counts if it states a language and enough was said to tell one: 16 letters. Judged is
all that was said, without what is quoted because it differs. In quotes mode the sources speak, in
their own language. Danish and Norwegian are told apart poorly where a sentence is short.
Source: a naive Bayes classifier over bytes, Lui and Baldwin, langid.py, 2012, as `py3langid`
has it: BSD licence, maintained, 4.5 MB with its model, nothing to download and nothing by chance.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from evals.measures.answers import said
from evals.measures.measure import Better, Measure, Unit
from evals.outcome import Outcome
from evals.suites.case import Case

_FEWEST_LETTERS = 16
_WRITTEN_AS = {"nb": "no", "nn": "no"}


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language; None where it is too short to tell."""
    if sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
        return None
    return _alike(str(_identifier().classify(text)[0]))


@cache
def _identifier() -> Any:
    """Load the model when it is first needed: 0.3 seconds."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([each for each in identifier.labels if len(each) == 2])
    return identifier


def _alike(code: str) -> str:
    return _WRITTEN_AS.get(code, code)


def _right_language(case: Case, outcome: Outcome) -> float | None:
    wanted = case.expected.language
    found = language_of(said(outcome)) if wanted else None
    return float(found == _alike(wanted)) if found else None


MEASURES = (
    Measure("right_language", "In the right language", Unit.SHARE, Better.HIGHER, _right_language),
)
