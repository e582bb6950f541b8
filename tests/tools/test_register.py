"""The register of contracts, behind a service and in databases."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from retrieval.access import Principal
from retrieval.errors import BadRequest
from tests.postgres import running
from tests.tools.far.register import LAYOUT, FakeRegister, Rows, sqlite
from tests.tools.far.serving import serving
from tests.tools.hand_contract import HandContract, Trial, errand
from tools.box.register import (
    Change,
    ListExpiring,
    LookUpRecord,
    ProposeChange,
    Register,
    WithdrawProposal,
    hands_of,
)
from tools.box.register_rest import RestRegister
from tools.box.register_sql import Layout, SqlRegister
from tools.far import FarSystem
from tools.matching import fault_of
from tools.once import mark_of
from tools.tool import Asker, ToolFailed

CHANGE = {"record": "C-1", "field": "notice days", "value": "60", "reason": "Lieferverzug"}
BEN = Asker(Principal.person("ben", ["board"]))
IN_FILE = Layout(**LAYOUT, reader="readers")


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    made = sqlite(tmp_path)
    yield made
    made.close()


@pytest.fixture
def service() -> Iterator[FakeRegister]:
    with serving(FakeRegister()) as far:
        yield far


@pytest.fixture(scope="module")
def server() -> Iterator[Rows]:
    """A server where people have logins: Ann reads what is of legal, Ben what is of the board."""
    with running() as url:
        made = Rows(url.replace("postgresql", "postgresql+psycopg"))
        made.make()
        made.run(
            *(f"CREATE ROLE {each} LOGIN PASSWORD 'pw-{each}'" for each in ("ann", "ben")),
            "CREATE ROLE mallory LOGIN",
            "GRANT SELECT ON contracts TO ann, ben",
            "GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON proposals TO ann, ben",
            "ALTER TABLE contracts ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY legal ON contracts TO ann USING (readers <> 'group:board')",
            "CREATE POLICY board ON contracts TO ben USING (readers = 'group:board')",
            "ALTER TABLE proposals ADD COLUMN login TEXT DEFAULT session_user",
        )
        yield made
        made.close()


@pytest.fixture
def postgres(server: Rows) -> Rows:
    server.run("DELETE FROM proposals")
    return server


def in_file(rows: Rows) -> SqlRegister:
    return SqlRegister("Register", rows.url, IN_FILE)


def on_server(rows: Rows) -> SqlRegister:
    url = re.sub(r"//\w+@", "//", rows.url)
    return SqlRegister("Register", url, Layout(**LAYOUT))


def behind(service: FakeRegister) -> RestRegister:
    far = FarSystem("Register", f"{service.url}/api", private=True)
    return RestRegister(far, ("notice days",))


class FileContract(HandContract):
    kind: Any
    arguments: ClassVar[dict[str, Any]]

    @pytest.fixture
    def trial(self, rows: Rows) -> Trial:
        return Trial(
            lambda: self.kind(in_file(rows)),
            self.arguments,
            lambda: len(rows.all("SELECT 1 FROM proposals")),
            secret="",
            flood=lambda: flooded(rows),
        )


class ServerContract(HandContract):
    kind: Any
    arguments: ClassVar[dict[str, Any]]

    @pytest.fixture
    def trial(self, postgres: Rows) -> Trial:
        return Trial(
            lambda: self.kind(on_server(postgres)),
            self.arguments,
            lambda: len(postgres.all("SELECT 1 FROM proposals")),
            secret="ann:pw-ann",
        )


class ServiceContract(HandContract):
    kind: Any
    arguments: ClassVar[dict[str, Any]]

    @pytest.fixture
    def trial(self, service: FakeRegister) -> Trial:
        return Trial(
            lambda: self.kind(behind(service)),
            self.arguments,
            lambda: len(service.proposals),
            service,
            flood=lambda: flooded_service(service),
        )


def flooded(rows: Rows) -> None:
    rows.run(
        *(
            f"INSERT INTO contracts VALUES ('D-{at}', '{'x' * 4_000}', '2026-12-02', 1,"
            " 'group:legal')"
            for at in range(120)
        )
    )
    rows.run(f"UPDATE contracts SET party = '{'y' * 9_000}' WHERE number = 'C-1'")


def flooded_service(service: FakeRegister) -> None:
    for at in range(120):
        service.records[f"D-{at}"] = {
            **service.records["C-1"],
            "id": f"D-{at}",
            "title": "x" * 4_000,
        }
    service.records["C-1"] |= {
        "title": "y" * 9_000,
        "values": {f"field {at}": "z" * 9_000 for at in range(60)},
    }


class TestFileLookUp(FileContract):
    kind = LookUpRecord
    arguments: ClassVar[dict[str, Any]] = {"record": "C-1"}


class TestFileListExpiring(FileContract):
    kind = ListExpiring
    arguments: ClassVar[dict[str, Any]] = {"days": 30}


class TestFilePropose(FileContract):
    kind = ProposeChange
    arguments: ClassVar[dict[str, Any]] = CHANGE


@pytest.mark.slow
class TestServerLookUp(ServerContract):
    kind = LookUpRecord
    arguments: ClassVar[dict[str, Any]] = {"record": "C-1"}


@pytest.mark.slow
class TestServerListExpiring(ServerContract):
    kind = ListExpiring
    arguments: ClassVar[dict[str, Any]] = {"days": 30}


@pytest.mark.slow
class TestServerPropose(ServerContract):
    kind = ProposeChange
    arguments: ClassVar[dict[str, Any]] = CHANGE


class TestServiceLookUp(ServiceContract):
    kind = LookUpRecord
    arguments: ClassVar[dict[str, Any]] = {"record": "C-1"}


class TestServiceListExpiring(ServiceContract):
    kind = ListExpiring
    arguments: ClassVar[dict[str, Any]] = {"days": 30}


class TestServicePropose(ServiceContract):
    kind = ProposeChange
    arguments: ClassVar[dict[str, Any]] = CHANGE


@pytest.fixture(params=["file", "service", pytest.param("server", marks=pytest.mark.slow)])
def register(request: pytest.FixtureRequest) -> tuple[Register, str, str]:
    """Return a register of each kind, and Ann's and Ben's credentials there."""
    match request.param:
        case "file":
            return in_file(request.getfixturevalue("rows")), "", ""
        case "service":
            return behind(request.getfixturevalue("service")), "ann-token", "ben-token"
    return on_server(request.getfixturevalue("postgres")), "ann:pw-ann", "ben:pw-ben"


Kind = tuple[Register, str, str]


async def test_a_record_is_shown_as_it_is(register: Kind) -> None:
    shown = await LookUpRecord(register[0]).run({"record": "C-1"}, errand(secret=register[1]))

    assert shown.title == "C-1: Rimview Ltd"
    assert shown.text == "Expires: 2026-12-01\nnotice days: 30"
    assert shown.ids == ("C-1",)


async def test_one_sees_what_the_register_lets_one_see(register: Kind) -> None:
    look_up, propose = LookUpRecord(register[0]), ProposeChange(register[0])
    for number in ("C-3", "C-99"):
        with pytest.raises(ToolFailed, match="that you may see") as failed:
            await look_up.run({"record": number}, errand(secret=register[1]))
        assert failed.value.happened is False
        with pytest.raises(ToolFailed, match="that you may see") as failed:
            await propose.run({**CHANGE, "record": number}, errand(secret=register[1]))
        assert failed.value.happened is False
        assert await register[0].proposed(errand(secret=register[1])) == ""

    seen = await look_up.run({"record": "C-3"}, errand(asker=BEN, secret=register[2]))
    assert seen.title == "C-3: Hidden GmbH"


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, ["C-4"]), (8, ["C-4"]), (9, ["C-4", "C-1"]), (220, ["C-4", "C-1", "C-2"])],
)
async def test_what_expires_is_counted_from_the_errands_day(
    register: Kind, days: int, expected: list[str]
) -> None:
    listed = await ListExpiring(register[0]).run({"days": days}, errand(secret=register[1]))

    assert list(listed.ids) == expected
    assert listed.text.startswith("2026-11-22 · C-4 · Orrin LLP")
    assert "2026-11-22 to " in listed.title


async def test_the_errands_day_and_not_todays_counts(register: Kind) -> None:
    earlier = replace(errand(secret=register[1]), as_of=errand().as_of - 86_400)

    listed = await ListExpiring(register[0]).run({"days": 1}, earlier)

    assert list(listed.ids) == ["C-5", "C-4"]


async def test_a_change_is_tried_without_doing_it(register: Kind) -> None:
    told = await ProposeChange(register[0]).attempt(CHANGE, errand(secret=register[1]))

    assert told == "notice days of C-1 is 30 now."
    assert await register[0].proposed(errand(secret=register[1])) == ""


async def test_a_proposal_is_withdrawn_by_its_proposer_alone(register: Kind) -> None:
    filed = await ProposeChange(register[0]).run(CHANGE, errand(secret=register[1]))
    [number], withdraw = filed.ids, WithdrawProposal(register[0])
    assert filed.undo == f"Withdraw proposal {number}."
    assert fault_of({"proposal": number}, withdraw.tool.fields) is None

    with pytest.raises(ToolFailed) as failed:
        await withdraw.run({"proposal": number}, errand("k-2", asker=BEN, secret=register[2]))
    assert failed.value.happened is False

    for _ in range(2):
        again = await withdraw.run({"proposal": number}, errand("k-3", secret=register[1]))
        assert again.ids == (number,)


async def test_a_row_is_written_and_never_the_record(rows: Rows) -> None:
    before = rows.all("SELECT * FROM contracts")
    register = in_file(rows)

    filed = await ProposeChange(register).run(CHANGE, errand())
    await WithdrawProposal(register).run({"proposal": filed.ids[0]}, errand("k-2"))

    [row] = rows.all("SELECT * FROM proposals")
    assert row[:6] == (mark_of(errand()), "C-1", "notice days", "60", "Lieferverzug", "ann")
    assert row[6] > 0
    assert row[7] >= row[6]
    assert rows.all("SELECT * FROM contracts") == before


async def test_withdrawing_again_keeps_when_it_was_withdrawn(rows: Rows) -> None:
    register = in_file(rows)
    filed = await ProposeChange(register).run(CHANGE, errand())
    rows.run("UPDATE proposals SET withdrawn_at = 5")

    await WithdrawProposal(register).run({"proposal": filed.ids[0]}, errand("k-2"))

    assert rows.all("SELECT withdrawn_at FROM proposals") == [(5,)]


async def test_a_lost_proposal_is_found_again(service: FakeRegister) -> None:
    hand = ProposeChange(behind(service))
    service.lose_next = 1
    with pytest.raises(ToolFailed) as failed:
        await hand.run(CHANGE, errand())
    assert failed.value.happened is None

    filed = await ProposeChange(behind(service)).run(CHANGE, replace(errand(), is_again=True))

    assert filed.ids == ("P-1",)
    assert len(service.proposals) == 1


async def test_two_processes_with_one_key_file_one_proposal(rows: Rows) -> None:
    first, second = in_file(rows), in_file(rows)

    numbers = {await each.propose(Change(**CHANGE), errand()) for each in (first, second, first)}

    assert numbers == {mark_of(errand())}
    assert len(rows.all("SELECT 1 FROM proposals")) == 1


@pytest.mark.parametrize(
    "value",
    ["'; DROP TABLE proposals; --", '" OR 1=1', "\\'", "%s %(x)s :id ?", "{x}", "Ärger 📎"],
)
async def test_values_are_values_and_no_statements(rows: Rows, value: str) -> None:
    register = in_file(rows)
    await ProposeChange(register).run({**CHANGE, "value": value, "reason": value}, errand())
    with pytest.raises(ToolFailed, match="no such record"):
        await LookUpRecord(register).run({"record": value}, errand())
    with pytest.raises(ToolFailed, match="no such proposal"):
        await WithdrawProposal(register).run({"proposal": value}, errand())

    assert rows.all("SELECT value, reason FROM proposals") == [(value, value)]


async def test_reading_cannot_write(rows: Rows) -> None:
    register = in_file(rows)
    with pytest.raises(ToolFailed):
        async with register._connected(errand(), reads=True) as connection:
            await connection.execute(text("DELETE FROM contracts"))

    assert len(rows.all("SELECT 1 FROM contracts")) == 5


@pytest.mark.slow
async def test_reading_a_server_cannot_write(postgres: Rows) -> None:
    postgres.run("GRANT DELETE ON contracts TO ann")
    register = on_server(postgres)
    with pytest.raises(ToolFailed):
        async with register._connected(errand(secret="ann:pw-ann"), reads=True) as connection:
            await connection.execute(text("DELETE FROM contracts"))

    assert len(postgres.all("SELECT 1 FROM contracts")) == 5


@pytest.mark.slow
async def test_a_server_sees_the_asker_and_nobody_else(postgres: Rows) -> None:
    await ProposeChange(on_server(postgres)).run(CHANGE, errand(secret="ann:pw-ann"))

    assert postgres.all("SELECT proposer, login FROM proposals") == [("ann", "ann")]


@pytest.mark.slow
@pytest.mark.parametrize("secret", ["nobody:pw", "mallory:pw", "ann", ":", "ann:", ":pw"])
async def test_a_login_that_is_none_reads_nothing(postgres: Rows, secret: str) -> None:
    with pytest.raises(ToolFailed) as failed:
        await LookUpRecord(on_server(postgres)).run({"record": "C-1"}, errand(secret=secret))

    assert failed.value.happened is False
    assert len(secret) < 4 or secret not in str(failed.value)
    assert "Rimview" not in str(failed.value)


async def test_a_database_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    register = SqlRegister("Register", f"sqlite:///{tmp_path / 'geheim.db'}", IN_FILE)
    for hand, arguments in (
        (LookUpRecord(register), {"record": "C-1"}),
        (ProposeChange(register), CHANGE),
    ):
        with pytest.raises(ToolFailed, match="Expected to reach Register") as failed:
            await hand.run(arguments, errand())
        assert failed.value.happened is False
        assert not [word for word in ("geheim", "C-1", "SELECT") if word in str(failed.value)]
    assert not os.listdir(tmp_path)


async def test_a_row_with_several_readers_is_listed_once(rows: Rows) -> None:
    rows.run("INSERT INTO contracts VALUES ('C-4', 'Orrin LLP', '2026-11-22', 14, 'group:legal')")

    listed = await ListExpiring(in_file(rows)).run({"days": 1}, errand())

    assert listed.ids == ("C-4",)


@pytest.mark.parametrize(
    "change",
    [
        {"table": "contracts; DROP TABLE x"},
        {"id": "number--"},
        {"title": ""},
        {"shown": {"notice days": "1notice"}},
        {"proposals": "a.b c"},
        {"reader": "rea ders"},
        {"changeable": ("other",)},
        {"proposals": ""},
    ],
)
def test_a_layout_is_made_of_names(change: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        Layout(**{**LAYOUT, **change})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://db/x",
        "nonsense",
        "postgresql://ann:secret@db/x",
        "postgresql://svc@db/x",
        "postgresql:///x",
        "postgresql://db",
        "postgresql://db/x?user=svc",
        "postgresql://db/x?password=secret",
        "postgresql://db/x?options=-csession_authorization=svc",
        "postgresql://db/x?host=evil",
        "sqlite:///x?mode=rwc",
        "sqlite://",
    ],
)
def test_a_register_has_no_login_of_its_own(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        SqlRegister("Register", url, IN_FILE)

    assert "secret" not in str(refused.value)


def test_a_file_has_to_say_who_reads_what() -> None:
    with pytest.raises(BadRequest, match="`reader`"):
        SqlRegister("Register", "sqlite:///x", Layout(**LAYOUT))


def test_a_register_without_changeable_fields_is_only_read(rows: Rows) -> None:
    layout = Layout(**{**LAYOUT, "changeable": (), "proposals": ""}, reader="readers")
    register = SqlRegister("Register", rows.url, layout)

    assert [each.tool.name for each in hands_of(register)] == [
        "register.look_up",
        "register.list_expiring",
    ]
    assert len(hands_of(in_file(rows))) == 4
