"""Answers: how near what was said is to a reference answer. A case counts if it states one.

`token_f1` is the harmonic mean of precision and recall over words as SQuAD counts them: small
letters, without punctuation and articles; where no spaces part words, each letter is one. Source:
Rajpurkar et al., SQuAD, 2016 (arXiv 1606.05250), and MLQA for letters (arXiv 1910.07475).

`rouge_l` is the same mean over the longest common subsequence of words, with small letters alone.
Source: Lin, ROUGE, 2004. Both lie in [0, 1] and are 0 where nothing was said. What is quoted
because it differs is not what is answered. Against quotes, which are longer than an answer, both
are low: compare runs of one mode.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from evals.measures.measure import Better, Measure, Unit
from evals.measures.wording import is_spaced
from evals.outcome import Outcome
from evals.suites.case import Case

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def token_f1(text: str, reference: str) -> float:
    """Return the F1 of the words of a text against those of a reference."""
    ours, theirs = squad_words(text), squad_words(reference)
    return _f1(sum((Counter(ours) & Counter(theirs)).values()), ours, theirs)


def rouge_l(text: str, reference: str) -> float:
    """Return the F1 of the longest common subsequence of words."""
    ours, theirs = _words(text.lower()), _words(reference.lower())
    return _f1(common_subsequence(ours, theirs), ours, theirs)


def squad_words(text: str) -> list[str]:
    """Return words as SQuAD normalises them."""
    return _words(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)))


def common_subsequence(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the length of the longest common subsequence.

    A bit for each of our words, a step for each of theirs (Hyyrö, 2004).
    """
    places: dict[str, int] = {}
    for at, word in enumerate(ours):
        places[word] = places.get(word, 0) | 1 << at
    row = whole = (1 << len(ours)) - 1
    for word in theirs:
        shared = row & places.get(word, 0)
        row = (row + shared | row - shared) & whole
    return len(ours) - row.bit_count()


def _words(text: str) -> list[str]:
    return [
        part
        for word in re.findall(r"\w+", text)
        for part in ([word] if all(map(is_spaced, word)) else re.findall(r"[0-9]+|.", word))
    ]


def _f1(shared: int, ours: Sequence[str], theirs: Sequence[str]) -> float:
    return 2 * shared / (len(ours) + len(theirs)) if shared else float(not ours and not theirs)


def said(outcome: Outcome) -> str:
    """Return what was answered, without what is quoted because it differs."""
    return " ".join(each.text for each in outcome.said if not each.differs)


def _token_f1(case: Case, outcome: Outcome) -> float | None:
    wanted = case.expected.answer
    return token_f1(said(outcome), wanted) if wanted else None


def _rouge_l(case: Case, outcome: Outcome) -> float | None:
    wanted = case.expected.answer
    return rouge_l(said(outcome), wanted) if wanted else None


MEASURES = (
    Measure("token_f1", "Words of the reference answer (F1)", Unit.SHARE, Better.HIGHER, _token_f1),
    Measure("rouge_l", "Likeness to the reference answer", Unit.SHARE, Better.HIGHER, _rouge_l),
)
