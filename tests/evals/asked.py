"""Suites of made cases, and an asker without a library. `python -m tests.evals.asked FOLDER`
runs one slowly, to be killed."""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from evals.measures.every import MEASURES
from evals.outcome import Cited, Outcome, Said
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Stamp
from evals.running.run import Work, run_suite
from evals.sets import GoldSpan
from evals.suites.case import Case, Expected, Gold, Suite

SLOW_CASES = 60


class Interrupted(Exception):
    """What ends a run that is interrupted."""


def made_suite(count: int = 20) -> Suite:
    """Return cases of two categories, every fifth without an answer."""
    cases = tuple(
        Case(
            id=f"case-{number:04}",
            question=f"What is number {number}?",
            category=("odd" if number % 2 else "even"),
            expected=Expected(
                answerable=number % 5 != 0,
                gold=(Gold("made/paper.txt", start=number * 10, end=number * 10 + 10),)
                if number % 5
                else (),
                facts=((f"number {number}",),) if number % 5 else (),
            ),
        )
        for number in range(count)
    )
    return Suite("made", "Made up", cases, "digest")


@dataclass
class MadeAsker:
    """Answers by chance, the same for each case; `broken` cases are left out of the answers.

    `ends_after` so many cases it is interrupted. `asked` has the cases in the order asked.
    """

    broken: frozenset[str] = frozenset()
    ends_after: int | None = None
    pause_seconds: float = 0.0
    words: int = 1
    asked: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0

    async def ask(self, case: Case) -> Outcome:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(self.pause_seconds)
        self._at_once -= 1
        if self.ends_after is not None and len(self.asked) >= self.ends_after:
            raise Interrupted
        self.asked.append(case.id)
        return outcome_of(case, case.id in self.broken, self.words)


def outcome_of(case: Case, is_broken: bool = False, words: int = 1) -> Outcome:
    """Return what came of a case: right seven times of ten, never where it is broken."""
    is_right = random.Random(case.id).random() < 0.7 and not is_broken
    number = int(case.id[-4:])
    start = number * 10 if is_right else 0
    is_refused = case.expected.answerable is not is_right
    cited = Cited("made/paper.txt", 1, start, start + 10, f"number {number} " * words, True)
    return Outcome(
        case=case.id,
        refused="not_supported" if is_refused else "",
        mode="" if is_refused else "quotes",
        said=() if is_refused else (Said(cited.words, (cited,), is_supported=True),),
        named=("made/paper.txt",),
        retrieved=(GoldSpan("made/paper.txt", start, start + 10),),
        gold=tuple(GoldSpan(g.document, g.start or 0, g.end or 0) for g in case.expected.gold),
        notices=(),
        looked_for="",
        withheld=0,
        first_seconds=0.5,
        seconds=1.0,
    )


@dataclass(frozen=True)
class MadeSession:
    """Whom a suite asks, without a library."""

    asker: MadeAsker
    corpus: str = "made"
    library: str = "library"

    async def stamp(self, suite: Suite, seed: int) -> Stamp:
        return Stamp(suite.name, suite.digest, "served", "s", self.library, "e", "", "c", seed)


def work_in(
    folder: Path, suite: Suite | None = None, *, resumes: bool = False, plan: Plan | None = None
) -> Work:
    """Return a run of a made suite, kept in a folder."""
    return Work(suite or made_suite(), plan or Plan(), MEASURES, KeptRuns(folder), resumes)


if __name__ == "__main__":
    asyncio.run(
        run_suite(
            work_in(Path(sys.argv[1]), made_suite(SLOW_CASES)),
            MadeSession(MadeAsker(pause_seconds=0.03)),
        )
    )
