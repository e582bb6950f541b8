"""Where the gold of a suite stands: what a format of characters needs of one that names words."""

from __future__ import annotations

from deploy.settings import Settings
from evals.presets.configuration import SERVED
from evals.running.asking import question_of, rereading_of
from evals.running.session import Join, groups, opened
from evals.suites.case import Case, Gold, Suite

Places = dict[tuple[str, Gold], tuple[int, int]]
"""Id of a case and its gold -> start and end, in characters of the stored text."""


def needs_places(suite: Suite) -> bool:
    """Return whether any of its gold names words or a whole document."""
    return any(_open(case) for case in suite.cases)


async def places_of(suite: Suite, settings: Settings, join: Join) -> Places:
    """Return where the gold stands that is not stated by characters; nothing is asked.

    It is looked for as its case would be asked: by its person, on its day. What is not found is
    left out.

    Raises:
        BadSuite: the suite's corpus is not there.
        Unavailable: a server has the library at hand.
    """
    [group] = groups([suite], SERVED)
    found: Places = {}
    async with opened(group, settings, join) as session:
        rereading = rereading_of(session.parts, [suite])
        for case in suite.cases:
            if not _open(case):
                continue
            asked = await question_of(session.parts, case)
            for gold in _open(case):
                located, _ = await rereading.located([gold], asked.scope, principal=asked.principal)
                if located:
                    found[case.id, gold] = (located[0].start, located[0].end)
    return found


def _open(case: Case) -> list[Gold]:
    return [gold for gold in case.expected.gold if gold.start is None]
