"""A run that might have been: questions of the box, and what an assistant made of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from evals.measures.every import MEASURES
from evals.outcome import Cited, Outcome, Said
from evals.running.result import Row, Run, Stamp
from evals.running.scoring import Tally, scores_of
from evals.sets import GoldSpan
from evals.suites.case import Case
from evals.suites.reading import read_suite, suite_of

STAMP = Stamp(
    suite="golden",
    suite_digest="5f0c2a91b3d4",
    configuration="",
    settings="9d1e7b2c44aa",
    library="71c3e8f0a6b5",
    embedder="all-MiniLM-L6-v2",
    model="",
    code="0.1.0 4fd2b7e0c1a9",
    seed=7,
)
MIDNIGHT = 1_795_000_000
DAY = 86_400


@cache
def cases() -> tuple[Case, ...]:
    """Return every second case that has an answer, and of those that have none."""
    golden, refusal = (read_suite(suite_of(name)).cases for name in ("golden", "refusal"))
    unanswerable = (replace(case, category="not in the sources") for case in refusal[::2])
    return tuple(map(_without_facts, (*golden[::2], *unanswerable)))


def _without_facts(case: Case) -> Case:
    """Return a case as far as made-up answers can meet it."""
    return replace(case, expected=replace(case.expected, facts=(), lies=(), answer=""))


def rows(seed: int = 1, skill: float = 0.75, of: Sequence[Case] | None = None) -> list[Row]:
    """Return what came of each case; `skill` is the share that comes out right."""
    dice = random.Random(seed)
    return [scored(case, _outcome(case, dice, skill)) for case in of or cases()]


def scored(case: Case, outcome: Outcome) -> Row:
    """Return a row with the scores that the measures give."""
    return Row(case, outcome, scores_of(case, outcome, MEASURES))


def run_of(found: Iterable[Row], day: int = 0, **more: Any) -> Run:
    """Return the run of these rows, `day` days after the first."""
    tally, ids = Tally(), []
    for row in found:
        tally.take(row)
        ids.append(row.case.id)
    began = MIDNIGHT + day * DAY
    values: dict[str, Any] = {
        "id": f"202611{10 + day:02d}T090000Z-golden-{day:06x}",
        "title": "Questions to the demonstration’s library",
        "stamp": STAMP,
        "corpus": "demo",
        "began": began,
        "ended": began + 41,
        "cases": len(ids),
        "asked": len(ids),
        "figures": tally.figures(ids),
        "categories": tally.categories(ids),
        "gate": (),
    }
    return Run(**(values | more))


@cache
def earlier(count: int = 8) -> tuple[Run, ...]:
    """Return runs of the same suite, the oldest first; of the first two the cases were others."""
    return tuple(
        run_of(
            rows(seed=day, skill=0.55 + 0.02 * day),
            day - count,
            stamp=replace(STAMP, suite_digest="0ld") if day < 2 else STAMP,
        )
        for day in range(count)
    )


def _outcome(case: Case, dice: random.Random, skill: float) -> Outcome:
    golds = tuple(
        GoldSpan(each.document, 1200 + 40 * at, 1200 + 40 * at + len(each.words))
        for at, each in enumerate(case.expected.gold)
    )
    is_right = dice.random() < skill
    first = dice.lognormvariate(-1.9, 0.5)
    away = GoldSpan("policies/procurement-policy.docx", 400, 400 + len(ELSEWHERE))
    found = [GoldSpan("policies/code-of-conduct.html", at * 500, at * 500 + 480) for at in range(7)]
    outcome = Outcome(
        case=case.id,
        refused="",
        mode="quotes",
        said=(),
        named=(),
        retrieved=(*golds, away, *found) if is_right else (away, *found),
        gold=golds,
        notices=(),
        looked_for="",
        withheld=0,
        first_seconds=first,
        seconds=first * 1.2,
    )
    wrong = said(away.doc_id, away.start, ELSEWHERE)
    if not golds:
        return _refusal(outcome) if is_right else replace(outcome, said=(wrong,))
    right = [
        said(each.document, span.start - 18, f"As agreed herein: {each.words}")
        for each, span in zip(case.expected.gold, golds, strict=True)
    ]
    if is_right:
        shown = (*right, wrong) if dice.random() < 0.4 else tuple(right)
        return replace(outcome, said=shown, named=tuple(each.doc_id for each in golds))
    if dice.random() < 0.5:
        return _refusal(outcome)
    return replace(outcome, said=(wrong,))


ELSEWHERE = (
    "Orders above EUR 25,000 need three written offers, and the reasons for choosing one of them "
    "are kept with the order."
)


def said(document: str, start: int, words: str, *, text: str = "", is_exact: bool = True) -> Said:
    """Return a sentence that cites these words."""
    cited = Cited(document, 1, start, start + len(words), words, is_exact)
    return Said(text or words, (cited,), is_supported=True)


def _refusal(outcome: Outcome) -> Outcome:
    return replace(
        outcome, refused="not_supported", named=("policies/code-of-conduct.html",), mode=""
    )
