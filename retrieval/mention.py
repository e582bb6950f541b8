"""Which document a question names, and what it asks once that name is left out.

"Consider the Master Lease between A and B; how much notice must be given?" finds title pages
as it stands. Without the name it finds notice periods.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.candidates import Floats, Ints
from retrieval.keywords import Terms

LIKELY: Final = 0.6
"""Share of a title's weight from which a question is taken to name the document."""

WORD: Final = re.compile(r"\w+")
_MOST_WORDS: Final = 256
_EPSILON: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a question of `w` words names each of `m` candidate documents.

    `stems` (w,) has 0 for a stop word; `start` and `end` (m,) are words; `share` (m,) is the
    share of each title's weight that is mentioned; `likely` is the document named, or -1;
    `rest` is the question without its name, or all of it when none is named; `asked` (a,) are
    the different stems of the rest.
    """

    stems: Ints
    start: Ints
    end: Ints
    share: Floats
    likely: int
    rest: str
    asked: Ints


def find_mention(question: str, titles: Sequence[str], terms: Terms) -> Mention:
    """Return which of the titles the question names; nothing but the titles is looked at."""
    words = list(WORD.finditer(question))[:_MOST_WORDS]
    stems = np.array([stem(word.group(), terms) for word in words], np.int64)
    owns, weight, column = _title_stems(stems, [terms(title) for title in titles])
    start, end, gain = _longest_runs(stems, owns[:, column])
    share = _title_share(owns, weight, column, start, end)
    best = int(np.argmax(share + 1e-3 * gain)) if len(titles) else -1
    if best < 0 or share[best] < LIKELY or gain[best] < 1:
        return Mention(stems, start, end, share, -1, question, _different(question, terms))
    rest = _without(question, words, stems, int(start[best]), int(end[best]))
    return Mention(stems, start, end, share, best, rest, _different(rest, terms))


def stem(word: str, terms: Terms) -> int:
    """Return the id of a word's stem, 0 for a stop word."""
    ids = terms(word)
    return ids[0] if ids else 0


def _different(text: str, terms: Terms) -> Ints:
    return np.unique(np.array(terms(text), np.int64))


def _title_stems(
    stems: Ints, titles: Sequence[Sequence[int]]
) -> tuple[NDArray[np.bool_], Floats, Ints]:
    """Return which title has which stem (m, s + 1), stems' weights (s + 1,), words' columns (w,).

    Stems that few candidate titles have weigh more. The last column is for words of no title.
    """
    count = len(titles)
    flat = np.array([each for title in titles for each in title], np.int64)
    ids, column = np.unique(flat, return_inverse=True)
    owns = np.zeros((count, len(ids) + 1), bool)
    owns[np.repeat(np.arange(count), [len(title) for title in titles]), column] = True
    weight = np.log1p(count / np.maximum(owns.sum(axis=0), 1))
    at = np.searchsorted(ids, stems)
    known = (np.append(ids, -1)[at] == stems) & (stems != 0)
    return owns, weight, np.where(known, at, len(ids))


def _longest_runs(stems: Ints, matches: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
    """Return per title the run of words that names it best: start, end and gain, each (m,).

    A word of the title counts +1, another -1, a stop word 0. Kadane's maximum subarray over
    all titles at once; `matches` is (m, w).
    """
    count = len(matches)
    step = np.where(stems == 0, 0.0, np.where(matches, 1.0, -1.0))
    run, gain = np.zeros(count), np.zeros(count)
    run_start, start, end = (np.zeros(count, np.int64) for _ in range(3))
    for word in range(len(stems)):
        fresh = run <= 0
        run_start[fresh] = word
        run = np.maximum(run, 0.0) + step[:, word]
        better = run > gain
        gain[better], start[better], end[better] = run[better], run_start[better], word + 1
    return start, end, gain


def _title_share(
    owns: NDArray[np.bool_], weight: Floats, column: Ints, start: Ints, end: Ints
) -> Floats:
    """Return the share of each title's weight that its run holds, 0 for an empty title, (m,)."""
    word = np.arange(len(column))
    inside = (word >= start[:, None]) & (word < end[:, None])
    found = np.zeros_like(owns)
    title, at = np.nonzero(inside)
    found[title, column[at]] = True
    return np.asarray(((found & owns) @ weight) / np.maximum(owns @ weight, _EPSILON))


def _without(
    question: str, words: Sequence[re.Match[str]], stems: Ints, start: int, end: int
) -> str:
    """Return the question without words start..end, unless too little is left to search with."""
    before, after = (int((side != 0).sum()) for side in (stems[:start], stems[end:]))
    if before + after < 2:
        return question
    left, right = question[: words[start].start()], question[words[end - 1].end() :]
    right = right.lstrip(".\"') ")
    if right[:1] in {",", ";", ":"} and before <= 1 and after >= 2:
        left = ""
    return f"{left} {right}".strip(" ;:,.?-")
