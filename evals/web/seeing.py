"""What somebody may see of a run. READ FIRST: `Viewer.may_see` is the rule.

A run over this installation's own library shows a case to whoever may read every version that it
rests on, the documents that it may not show included; what is not known to be readable is not. A
case in which tools were called is shown to nobody: what they give is the asker's alone.
A suite in the box brings its corpus along:
whatever was asked of the same documents is open to every evaluator. Of a run over any other
corpus, only figures are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from evals.outcome import Cited
from evals.running.result import Row, Run
from evals.suites.corpus import name_of
from evals.suites.reading import in_the_box, read_suite, suite_of
from retrieval.access import Principal
from retrieval.documents import Version
from retrieval.library import Library


class Openness(StrEnum):
    """To whom the cases of a run are open."""

    EVERY_EVALUATOR = "every evaluator"
    READERS = "whoever may read what they rest on"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one person may read of the documents that a run names.

    `versions` are those they may read, by the name and number of each, `whole` the documents of
    which they may read every version. A version is `same` if the words that the run cites of it
    stand there: another document may have its name by now.
    """

    openness: Openness
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    same: frozenset[tuple[str, int]] = frozenset()

    def may_see(self, row: Row) -> bool:
        """Return whether a case may be shown."""
        match self.openness:
            case Openness.EVERY_EVALUATOR:
                return True
            case Openness.NOBODY:
                return False
        if row.outcome.calls:
            return False
        is_readable = all(name in self.whole for name in names_of(row))
        return is_readable and all(at in self.same for at in places_of(row))

    def shown(self, rows: Iterable[Row]) -> list[Version]:
        """Return the versions of this library whose words these cases show."""
        if self.openness is not Openness.READERS:
            return []
        shown = {at for row in rows for at in places_of(row)}
        return [self.versions[at] for at in sorted(shown & self.same)]


def names_of(row: Row) -> Iterator[str]:
    """Yield the name of every document that a case rests on: asked for, found, shown or named."""
    outcome, expected = row.outcome, row.case.expected
    yield from (each.document for said in outcome.said for each in said.cited)
    yield from outcome.named
    yield from (each.doc_id for each in (*outcome.retrieved, *outcome.gold))
    yield from (each.document for each in expected.gold)
    yield from (*expected.unseen, *row.case.excluded)


def places_of(row: Row) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of every version that is cited."""
    yield from ((each.document, each.version) for said in row.outcome.said for each in said.cited)


async def openness_of(run: Run, runs: Iterable[Run]) -> Openness:
    """Return to whom the cases of a run are open; `runs` are all that are kept.

    A corpus is that of the box if a suite of the box was asked of a library of the same content.
    """
    if not run.corpus:
        return Openness.READERS
    suites = await asyncio.to_thread(_boxed)
    shipped = {
        each.stamp.library
        for each in (run, *runs)
        if each.corpus and each.stamp.suite_digest in suites
    }
    return Openness.EVERY_EVALUATOR if run.stamp.library in shipped else Openness.NOBODY


async def viewer_of(
    openness: Openness, rows: Iterable[Row], library: Library, *, principal: Principal
) -> Viewer:
    """Return what a principal may see of the rows of a run."""
    if openness is Openness.NOBODY:
        return Viewer(openness)
    names, cited = await asyncio.to_thread(_gathered, rows)
    found = await library.named(names, principal=principal)
    versions = {(name_of(each), each.number): each for each in found}
    same = [
        at
        for at, words in cited.items()
        if at in versions and await _says(library, versions[at], words, principal=principal)
    ]
    return Viewer(openness, versions, _whole(versions), frozenset(same))


def _gathered(rows: Iterable[Row]) -> tuple[set[str], dict[tuple[str, int], list[Cited]]]:
    """Return the documents that rows name, and the exact citations of each version."""
    names: set[str] = set()
    cited: dict[tuple[str, int], list[Cited]] = {}
    for row in rows:
        names.update(names_of(row))
        for said in row.outcome.said:
            for each in said.cited:
                if each.is_exact and each.words:
                    cited.setdefault((each.document, each.version), []).append(each)
    return names, cited


async def _says(
    library: Library, version: Version, cited: Iterable[Cited], *, principal: Principal
) -> bool:
    """Return whether a version says what was cited, where it was."""
    text = (await library.text(version, principal=principal)).text
    return all(text[each.start : each.end] == each.words for each in cited)


def _whole(versions: Iterable[tuple[str, int]]) -> frozenset[str]:
    """Return the documents of which every version is readable.

    Whoever may read an older version may read the newest: so a number that is missing below the
    highest is a version that is closed to them, or one that was never published. Either way the
    document does not count as readable in whole.
    """
    numbers: dict[str, set[int]] = {}
    for name, number in versions:
        numbers.setdefault(name, set()).add(number)
    return frozenset(
        name for name, found in numbers.items() if found == set(range(1, max(found) + 1))
    )


@cache
def _boxed() -> frozenset[str]:
    """Return the digests of the suites in the box."""
    return frozenset(read_suite(suite_of(name)).digest for name in in_the_box())
