"""Is a suite fit to be asked? Its people are there, and its gold words stand in its documents.

Nothing is asked: only who may read what, and where words stand, is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.acting import principal_of
from deploy.parts import Parts
from deploy.settings import Settings
from evals.measures.access import covers
from evals.presets.configuration import SERVED
from evals.running.asking import question_of, rereading_of
from evals.running.rereading import Rereading
from evals.running.session import Join, groups, opened
from evals.suites.case import Case, Suite
from evals.suites.corpus import name_of
from retrieval.errors import RetrievalError


async def checked(suites: Sequence[Suite], settings: Settings, join: Join) -> list[str]:
    """Return what is wrong with the suites, a line each; nothing if they can be asked."""
    found: list[str] = []
    for group in groups(suites, SERVED):
        async with opened(group, settings, join) as session:
            for suite in group.suites:
                found += await _wrong(suite, session.parts)
    return found


async def _wrong(suite: Suite, parts: Parts) -> list[str]:
    rereading = rereading_of(parts, [suite])
    known = await _known(suite, parts)
    found: list[str] = []
    for case in suite.cases:
        try:
            found += [f"{suite.name}, {case.id}: {each}" for each in _misnamed(case, known)]
            found += [
                f"{suite.name}, {case.id}: its gold is not in {each}, as its person may read it"
                for each in await _missing(case, parts, rereading)
            ]
        except RetrievalError as error:
            found.append(f"{suite.name}, {case.id}: {error}")
    return found


async def _known(suite: Suite, parts: Parts) -> set[str]:
    """Return the name of every document that anybody of the suite may read."""
    people = {*suite.people, *(case.person for case in suite.cases if case.person)}
    names: set[str] = set()
    asked: list[str | None] = [*sorted(people)] or [None]
    for person in asked:
        try:
            principal = await principal_of(parts, person)
        except RetrievalError:
            continue
        names |= {name_of(each) for each in await parts.library.all_versions(principal=principal)}
    return names


def _misnamed(case: Case, known: set[str]) -> Iterator[str]:
    for each in (*case.expected.unseen, *case.excluded):
        if not any(covers(each, name) for name in known):
            yield f"there is no document {each} that anybody of the suite may read"


async def _missing(case: Case, parts: Parts, rereading: Rereading) -> tuple[str, ...]:
    question = await question_of(parts, case)
    _, missing = await rereading.located(
        case.expected.gold, question.scope, principal=question.principal
    )
    return missing
