"""Regressions planted on purpose, and what the gate says: `python -m tests.evals.planted [N]`.

Each plant takes a part of the product out while a suite of the box runs; the baseline is the same
suite without it. N cases of each suite are asked, all if it is left out. Prints what keeps the
gate closed. Two plants must leave it open: a single layer of the access rule taken out shows
nothing, because the other one holds.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import assistant.carried
import deploy.opening
import retrieval.journal
import retrieval.library
import retrieval.staging
from deploy.quiet import keep_quiet
from deploy.settings import Settings
from evals.comparing.baseline import Baseline
from evals.comparing.gate import gate_of
from evals.comparing.scored import scored_of
from evals.measures.every import MEASURES
from evals.presets.configuration import SERVED
from evals.running.kept import KeptRuns
from evals.running.plan import Plan
from evals.running.result import Row, Run
from evals.running.run import Work, run_suite
from evals.running.session import groups, opened
from evals.suites.case import Suite
from evals.suites.reading import read_suite, suite_of
from pincite import join
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Vector
from retrieval.readership import NOBODY, readerships
from retrieval.rows import to_version
from tests.models import Received, Says, StandIn, running

Patch = tuple[Any, str, Any]
Done = dict[str, tuple[Run, list[Row]]]


@dataclass(frozen=True)
class Plant:
    """What is taken out, in which suites it is looked for, and whether the gate must close."""

    name: str
    suites: tuple[str, ...]
    patches: Callable[[], Sequence[Patch]]
    has_model: bool = False
    closes: bool = True


def _without_title() -> Sequence[Patch]:
    def context_of(title: str, headings: Sequence[str]) -> str:
        return " › ".join(headings)

    return (
        (retrieval.staging, "context_of", context_of),
        (retrieval.journal, "context_of", context_of),
    )


def _without_recheck() -> Sequence[Patch]:
    """Return the patch by which SQL hands out every row, whoever asks."""

    async def allowed(connection: Any, rows: Any, acl: Any) -> dict[int, Any]:
        named = await readerships(connection, [row.id for row in rows])
        return {row.id: to_version(row, named.get(row.id, NOBODY).readers) for row in rows}

    return ((retrieval.library, "_allowed", allowed),)


def _index_behind() -> Sequence[Patch]:
    """Return the patch by which the index believes that everyone may read everything.

    As it is for a moment after rights were taken away, if nothing checked again.
    """
    real = retrieval.journal._to_labels

    def labels(row: Any, named: Any, past: Any) -> Any:
        return replace(real(row, named, past), readers=("everyone",), denied=())

    return ((retrieval.journal, "_to_labels", labels),)


def _without_verifier() -> Sequence[Patch]:
    """Return the patch by which the writer lets everything through; the suite's own check stays."""
    real = assistant.carried.Verifier.check

    async def check(self: Any, text: str, cited: Any) -> Any:
        verdict = await real(self, text, cited)
        return verdict if _is_rereading() else replace(verdict, is_carried=True, faults=())

    return ((assistant.carried.Verifier, "check", check),)


def _is_rereading() -> bool:
    frame = sys._getframe(2)
    while frame.f_back is not None:
        if frame.f_code.co_filename.endswith("rereading.py"):
            return True
        frame = frame.f_back
    return False


ACCESS = ("access",)
PLANTS = (
    Plant("title prefix off", ("golden", "as-of"), _without_title),
    Plant("access re-check off", ACCESS, _without_recheck, closes=False),
    Plant("index behind", ACCESS, _index_behind, closes=False),
    Plant(
        "access re-check off, index behind",
        ACCESS,
        lambda: (*_without_recheck(), *_index_behind()),
    ),
    Plant("verifier off", ("golden",), _without_verifier, has_model=True),
)


class Liar(StandIn):
    """A model that cites the sentence nearest to the question, and tells other figures than it."""

    def reply(self, received: Received) -> Says:
        """Return one sentence with the id of the sentence that it turns around."""
        told = re.findall(r"^\[(\d+\.\d+)\] (.+)$", received.text, re.M)
        asked = set(re.findall(r"\w+", received.text.rsplit("Question:", 1)[-1].lower()))
        with_figures = [each for each in told if re.search(r"\d", each[1])]
        if not with_figures:
            return Says(("NO ANSWER",))

        def shared(each: tuple[str, str]) -> int:
            return len(asked & set(re.findall(r"\w+", each[1].lower())))

        at, text = max(with_figures, key=shared)
        turned = re.sub(r"\d", lambda found: str((int(found[0]) + 1) % 10), text)
        true = next((each for each in told if shared(each) and each[0] != at), None)
        more = f"{true[1]} [{true[0]}]\n" if true else ""
        return Says((f"{turned} [{at}]\n{more}",))


class Remembering:
    """An embedder that embeds each text once, however often libraries are made of it."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder = embedder
        self._known: dict[str, Vector] = {}

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text."""
        new = [each for each in dict.fromkeys(texts) if each not in self._known]
        if new:
            self._known |= dict(zip(new, await self._embedder.embed(new), strict=True))
        return np.stack([self._known[each] for each in texts])


@contextmanager
def patched(patches: Sequence[Patch]) -> Iterator[None]:
    """Put other things in the places of these while the block runs."""
    with ExitStack() as stack:
        for place, name, value in patches:
            stack.callback(setattr, place, name, getattr(place, name))
            setattr(place, name, value)
        yield


async def run(suites: Sequence[Suite], settings: Settings, plan: Plan, kept: KeptRuns) -> Done:
    """Run the suites, and return each run with its rows by the suite's name."""
    found: Done = {}
    for group in groups(suites, SERVED):
        async with opened(group, settings, join) as session:
            for suite in group.suites:
                done = await run_suite(Work(suite, plan, MEASURES, kept), session)
                found[suite.name] = (done, list(kept.rows(done.id)))
    return found


def gates(suites: Sequence[Suite], done: Done, before: Done) -> dict[str, tuple[str, ...]]:
    """Return what keeps each suite's gate closed, held against its baseline."""
    found = {}
    for suite in suites:
        earlier, rows = before[suite.name]
        baseline = Baseline(earlier.stamp, tuple(map(scored_of, rows)))
        found[suite.name] = gate_of(suite, *done[suite.name], baseline)
    return found


async def planted(
    plants: Sequence[Plant], suites: dict[str, Suite], plan: Plan, folder: Path
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return for each plant what keeps the gates closed; "" is the same code run once more."""
    kept = KeptRuns(folder)
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    with running(Liar()) as liar:
        for has_model in dict.fromkeys(each.has_model for each in plants):
            settings = Settings(model_url=liar.url, model_name="liar") if has_model else Settings()
            own = [each for each in plants if each.has_model is has_model]
            names = dict.fromkeys(name for each in own for name in each.suites)
            wanted = [suites[name] for name in names]
            before = await run(wanted, settings, plan, kept)
            found[f"nothing{', with a model' if has_model else ''}"] = gates(
                wanted, await run(wanted, settings, plan, kept), before
            )
            for plant in own:
                chosen = [suites[name] for name in plant.suites]
                with patched(plant.patches()):
                    done = await run(chosen, settings, plan, kept)
                found[plant.name] = gates(chosen, done, before)
    return found


async def main(limit: int | None) -> None:
    """Plant everything in the suites of the box, and print what the gates say."""
    names = {name for each in PLANTS for name in each.suites}
    suites = {name: read_suite(suite_of(name)) for name in names}
    remembering = Remembering(await deploy.opening.open_embedder(Settings()))

    async def remembered(_: Settings) -> Remembering:
        return remembering

    deploy.opening.open_embedder = remembered  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        found = await planted(PLANTS, suites, Plan(limit=limit, at_once=2), Path(folder))
    for plant, said in found.items():
        for suite, reasons in said.items():
            print(f"{plant}, {suite}: {'CLOSED' if reasons else 'open'}")
            for each in reasons:
                print(f"    {each}")


if __name__ == "__main__":
    keep_quiet()
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else None))
