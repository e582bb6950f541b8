"""A firm whose readers report answers, with an evaluator on the board and one who is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from evals.drafts.drafting import Drafting, Who
from evals.drafts.own_suites import own_suites
from evals.suites.case import Suite
from evals.suites.reading import read_suite
from retrieval.audit.record import Desk
from retrieval.people.people import Role
from tests.assistant.review_world import Citing, Firm, firm
from tests.models import running

NOTE = "Greta Holm (greta@holm.example, +46 70 123 45 67) says it is sixty."
ASKED = "Per Bob Ross: how much notice must the tenant give? Mail bob@ross.example."


@dataclass
class Desks:
    """The firm with what evaluators work on. Eva is on the board, ed is not."""

    firm: Firm
    drafting: Drafting
    folder: Path

    async def who(self, name: str) -> Who:
        principal = await self.firm.door.directory.principal(name)
        return Who(principal, Desk(name, "test"))

    async def report(self, asker: str, question: str = ASKED, note: str = NOTE) -> int:
        """Have somebody ask and report the answer; return the number of the case."""
        answer = f"answer-{len(await self.firm.kept()):02}-of-{asker}"
        await self.firm.ask(asker, question, answer=answer)
        async with self.firm.program(asker) as http:
            told = await http.post(f"/api/answers/{answer}/report", json={"note": note})
        assert told.status_code == 204, told.text
        return max(each.id for each in await self.firm.kept())

    async def drafted(self, asker: str, question: str = ASKED, note: str = NOTE) -> int:
        """Return a draft of an answer that somebody reported."""
        number = await self.report(asker, question, note)
        await self.drafting.make(number, await self.who("eva"))
        return number

    def suite(self, name: str = "from-life") -> Suite:
        return read_suite(self.folder / f"{name}.yaml")

    def files(self) -> str:
        return "".join(each.read_text() for each in self.folder.glob("*.yaml"))

    async def did(self) -> list[str]:
        """Return what evaluators did, oldest first, as the record has it."""
        noted = [each for each in await self.firm.noted() if each["act"] == "evaluate"]
        return [f"{each['actor']} {each['about']['do']}" for each in reversed(noted)]


@asynccontextmanager
async def desks(folder: Path, *lines: tuple[str, str], url: str = "") -> AsyncIterator[Desks]:
    """Open the firm; its model says `lines`."""
    with running(Citing(*lines)) as model:
        async with firm(folder, model, url) as opened:
            door = opened.door
            await door.add("eva", ["board"], [Role.EVALUATOR])
            await door.add("ed", roles=[Role.EVALUATOR])
            await door.directory.add("greta", display="Greta Holm")
            suites = own_suites(folder)
            opened.review = replace(opened.review, put=suites)
            drafting = Drafting(
                opened.review, opened.shelves.library, door.directory, opened.record, suites
            )
            yield Desks(opened, drafting, suites.path("any").parent)
