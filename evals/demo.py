"""How well the demonstration's questions are answered. READ FIRST: `check` is the story.

Each question of `deploy/demo/questions.yaml` is asked as its person and on its day, in quotes
mode. `python -m evals.demo` prints the shares and every failure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from assistant.answers import Answer, Question, Reply
from deploy.acting import principal_of
from deploy.parts import Parts
from deploy.quiet import keep_quiet
from evals.scratch import taken_in
from retrieval.documents import Scope, end_of, now

DEMO = Path(__file__).parent.parent / "deploy" / "demo"
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Expected:
    """Words that answer a question; `document` is a path below sources/, with #ticket."""

    document: str
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its known answer; `withheld` are documents that must not show."""

    id: str
    text: str
    person: str
    as_of: int | None
    is_answerable: bool
    expected: tuple[Expected, ...]
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence as it was shown, and the document it stands in."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: sentences in the order shown, and the documents named besides."""

    case: Case
    is_refused: bool
    shown: tuple[Shown, ...]
    named: tuple[str, ...]
    seconds: float

    @property
    def place(self) -> int | None:
        """Return the place of the first sentence with expected words, from 0."""
        return next((at for at, each in enumerate(self.shown) if _has(each, self.case)), None)

    @property
    def is_right(self) -> bool:
        """Return whether it was answered with the expected words, or refused as it should be."""
        return self.place is not None if self.case.is_answerable else self.is_refused

    @property
    def leaks(self) -> bool:
        """Return whether a withheld document came up."""
        seen = {each.document for each in self.shown}.union(self.named)
        return any(name.startswith(held) for held in self.case.withheld for name in seen)


async def check(parts: Parts, cases: Sequence[Case]) -> list[Outcome]:
    """Ask every question once and return what came."""
    return [await _asked(parts, case) for case in cases]


def shares(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the shares of answerable questions shown right and of unanswerable ones refused."""
    answerable = [each for each in outcomes if each.case.is_answerable]
    others = [each for each in outcomes if not each.case.is_answerable]
    seconds = sorted(each.seconds for each in outcomes)
    return {
        "answerable": len(answerable),
        "unanswerable": len(others),
        "shown": _share(each.place is not None for each in answerable),
        "shown_first": _share(each.place == 0 for each in answerable),
        "falsely_refused": _share(each.is_refused for each in answerable),
        "refused": _share(each.is_refused for each in others),
        "leaks": sum(each.leaks for each in outcomes),
        "p95_seconds": seconds[int(len(seconds) * 0.95)],
    }


def read_cases(path: Path = DEMO / "questions.yaml") -> list[Case]:
    """Return the demonstration's questions, without those on scanned pages: not all read them."""
    questions = yaml.safe_load(path.read_text(encoding="utf-8"))["questions"]
    return [_case(each) for each in questions if not each.get("scanned")]


def _case(value: dict[str, Any]) -> Case:
    expected = tuple(Expected(each["document"], each["words"]) for each in value["expects"])
    as_of = end_of(value["as_of"]) - 1 if "as_of" in value else None
    return Case(
        id=value["id"],
        text=value["question"],
        person=value["as"],
        as_of=as_of,
        is_answerable=value["answerable"],
        expected=expected,
        withheld=tuple(value.get("withheld", ())),
    )


async def question_of(case: Case, parts: Parts) -> Question:
    """Return a case as its person asks it on its day; a day to come is allowed here."""
    scope = Scope(as_of=now() if case.as_of is None else case.as_of)
    return Question(case.text, await principal_of(parts, case.person), scope)


async def _asked(parts: Parts, case: Case) -> Outcome:
    question = await question_of(case, parts)
    started = time.perf_counter()
    reply = await parts.assistant.ask(question)
    return _outcome(case, reply, time.perf_counter() - started)


def _outcome(case: Case, reply: Reply, seconds: float) -> Outcome:
    if not isinstance(reply, Answer):
        named = tuple(_name(each.version.source, each.version.uri) for each in reply.nearest)
        return Outcome(case, True, (), named, seconds)
    names = {each.number: _name(each.version.source, each.version.uri) for each in reply.sources}
    shown = tuple(Shown(names[each.citations[0].source], each.text) for each in reply.sentences)
    return Outcome(case, False, shown, tuple(names.values()), seconds)


def _name(source: str, uri: str) -> str:
    return f"{source}/{uri}"


def _has(shown: Shown, case: Case) -> bool:
    """Return whether a sentence holds most of the expected words, or they hold it."""
    return any(
        shown.document == each.document and _overlaps(_plain(shown.text), _plain(each.words))
        for each in case.expected
    )


def _overlaps(one: str, other: str) -> bool:
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return match.size >= _OVERLAP * min(len(one), len(other))


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .").lower()


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


async def main() -> None:
    """Take the demonstration in, ask everything, print the shares and the failures."""
    people = yaml.safe_load((DEMO / "people.yaml").read_text(encoding="utf-8"))["people"]
    async with taken_in(sorted((DEMO / "sources").iterdir()), people=people) as parts:
        outcomes = await check(parts, read_cases())
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("question", "should", "came"):
        table.add_column(heading)
    for each in outcomes:
        if each.leaks or not each.is_right:
            should = "be answered" if each.case.is_answerable else "be refused"
            came = "refused" if each.is_refused else f"{each.shown[0].text[:90]}"
            table.add_row(each.case.id, should, "LEAK" if each.leaks else came)
    console = Console(highlight=False)
    console.print(table)
    for name, value in shares(outcomes).items():
        console.print(f"{name} {value:.3f}")


if __name__ == "__main__":
    keep_quiet()
    asyncio.run(main())
