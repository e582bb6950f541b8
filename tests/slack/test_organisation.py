"""Workspaces of one organisation (Enterprise Grid): each by its own token, never all by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from assistant.slack.connecting import Connecting
from assistant.slack.credentials import Credentials
from assistant.slack.event import Member
from assistant.slack.people import Linked, Unlinked, Why
from assistant.slack.presses import Action
from assistant.slack.profiles import Installed
from assistant.slack.taking import take
from deploy.slack_examined import examine_slack
from retrieval.errors import BadRequest
from tests.deploy.test_slacking import RULES, settings_of
from tests.slack.desk import desk
from tests.slack.fake import FakeSlack
from tests.slack.office import MEALS, NOTICE, at_once, working
from tests.slack.test_bolt import World, world  # noqa: F401 - a fixture
from tests.slack.test_connecting import credentials

ORGANISATION = "E000000001"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.team("T0123ABCD").enterprise = ORGANISATION
        yield fake


async def test_a_token_for_a_whole_organisation_is_refused_with_what_to_do(
    slack: FakeSlack, tmp_path: Path
) -> None:
    slack.team("T0123ABCD").is_org_wide = True
    told: list[str] = []
    given = credentials(slack, slack.team("T0123ABCD"))
    connecting = Connecting([given], told.append, api=slack.url, pace=at_once)
    await connecting.sign_in()
    await connecting.close()

    assert connecting.teams == []
    [line] = told
    (tmp_path / "slack.yaml").write_text(RULES)
    with pytest.raises(BadRequest) as examined:
        await examine_slack(settings_of(tmp_path, slack))
    for each in (line, str(examined.value)):
        assert f"got one of a whole organisation ({ORGANISATION})" in each
        assert "org_deploy_enabled" in each


async def test_a_workspace_of_an_organisation_is_signed_in_to_by_its_own_token(
    slack: FakeSlack,
) -> None:
    told: list[str] = []
    given: list[Credentials] = [credentials(slack, slack.team("T0123ABCD"))]
    connecting = Connecting(given, told.append, api=slack.url, pace=at_once)
    await connecting.sign_in()
    await connecting.close()

    assert (connecting.teams, told) == (["T0123ABCD"], [])


async def test_what_comes_by_an_installation_for_all_is_left(world: World) -> None:  # noqa: F811
    world.team.enterprise, world.team.is_org_wide = ORGANISATION, True
    bodies = world.slack.bodies(world.team)
    command = bodies.command(world.ann, world.general, MEALS) | {"is_enterprise_install": "true"}

    for body in (*bodies.asked(world.ann, world.general, MEALS), command):
        assert (await world.by_http(body)).status == 200

    assert world.noting.everything == []


@pytest.mark.parametrize(
    ("person", "is_known"),
    [
        ({"home": "T000000009", "workspaces": ("T000000001", "T000000009")}, True),
        ({"home": "T000000009", "workspaces": ("T000000009",)}, False),
        ({"home": "T000000009", "workspaces": ("T000000001",), "enterprise": "E9"}, False),
    ],
)
async def test_who_is_a_member_of_the_workspace_is_known_wherever_their_account_is(
    tmp_path: Path, person: dict[str, Any], is_known: bool
) -> None:
    async with working(tmp_path) as office:
        office.team.enterprise = ORGANISATION
        await office.directory.add("ann")
        named: dict[str, Any] = {"id": "W000000007", "enterprise": ORGANISATION} | person
        ann = office.team.user("Ann", "ann@firm.example", **named)

        found = await office.linking.who(Member(office.team.id, ann.id))

        if is_known:
            assert isinstance(found, Linked)
            assert found.person == "ann"
        else:
            assert isinstance(found, Unlinked)
            assert found.why is Why.STRANGER


async def test_somebody_named_by_their_organisation_asks_and_presses_as_one_person(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as office:
        office.team.enterprise = ORGANISATION
        ann = await office.person("ann", "legal")
        general = office.team.channel("general", [ann])
        own = Installed(office.team.id, "Firm", office.team.bot.id, office.team.bot_id)
        [body, _] = office.slack.bodies(office.team).asked(ann, general, NOTICE)
        body["event"] |= {"user_team": ORGANISATION, "team": ORGANISATION}
        body |= {"enterprise_id": ORGANISATION}

        await take(office.handling, body, own)
        await office.settled()
        [answer] = office.team.posted(general)
        await office.presses_on(ann, answer, Action.HELPFUL)

        assert "ninety (90) days" in answer.words
        assert office.scores.scores[0][1] == "ann"
