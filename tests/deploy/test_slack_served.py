"""`deploy/slack/README.md`, step by step as a new administrator does it, against the fake Slack."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from tests.deploy.homes import CONTRACT, Home, write_documents
from tests.slack.fake import Channel, FakeSlack, User, Workspace

pytestmark = pytest.mark.slow

PAGE = Path("deploy/slack/README.md").read_text(encoding="utf-8")
MANIFEST = yaml.safe_load(Path("deploy/slack/manifest.yaml").read_text(encoding="utf-8"))
PATIENCE_SECONDS = 300
NOTICE = "How many days of notice end the agreement?"


def blocks(kind: str) -> list[str]:
    """Return what the page says to type, in order."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.S)


class Firm:
    """A home, and the fake workspace into which the manifest was installed."""

    def __init__(self, slack: FakeSlack, folder: Path) -> None:
        self.slack = slack
        self.team: Workspace = slack.team("T0123ABCD")
        self.ann: User = self.team.user("Ann", "ann@example.com")
        self.general: Channel = self.team.channel("general", [self.ann])
        write_documents(folder / "handbook")
        self.home = Home(folder / "home")
        (folder / "home").mkdir()
        self.port = _free_port()

    @property
    def environment(self) -> dict[str, str]:
        return {"SLACK_API": self.slack.url.rstrip("/"), "PINCITE_PORT": str(self.port)}

    def write_settings(self, bot: str = "", app: str = "") -> None:
        """Do what step 2 says, with the tokens of this workspace."""
        [text] = blocks("env")
        text = text.replace("xoxb-...", bot or self.team.bot_token)
        text = text.replace("xapp-...", app or self.slack.app_token)
        (self.home.folder / "pincite.env").write_text(text)

    def write_people(self) -> None:
        """Do what step 3 says."""
        (self.home.folder / "slack.yaml").write_text(blocks("yaml")[0])
        [typed] = [each for each in blocks("shell") if "people add" in each]
        for line in typed.splitlines():
            done = self.home.run(*line.split()[1:], **self.environment)
            assert done.code == 0, done

    def doctor(self) -> str:
        """Do what step 4 says, and return the line about Slack."""
        done = self.home.run("doctor", **self.environment, COLUMNS="400")
        [line] = [each for each in done.out.splitlines() if " Slack " in each]
        return line

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[list[str]]:
        """Do what step 5 says; at the end, lend what was said on standard error."""
        process = await asyncio.to_thread(
            subprocess.Popen,
            self.home.command("serve"),
            cwd=self.home.folder.parent,
            env=self.home.environment(**self.environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said: list[str] = []
        try:
            yield said
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                _, told = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
                said.append(told)
            finally:
                process.kill()
        assert process.returncode == 0


@pytest.fixture
async def firm(tmp_path: Path) -> AsyncIterator[Firm]:
    scopes = MANIFEST["oauth_config"]["scopes"]["bot"]
    async with FakeSlack(scopes=scopes) as slack:
        yield Firm(slack, tmp_path)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_a_new_administrator_gets_to_the_first_answer(firm: Firm) -> None:
    slack, team = firm.slack, firm.team
    firm.write_settings()
    await asyncio.to_thread(firm.write_people)
    line = await asyncio.to_thread(firm.doctor)
    assert line.startswith("sound"), line
    assert "T0123ABCD" in line
    assert "every scope is there" in line
    assert "the app-level token connects" in line

    async with firm.serving() as said:
        await slack.until(lambda: slack.is_connected, PATIENCE_SECONDS)
        [asked, _] = bodies = slack.bodies(team).asked(firm.ann, firm.general, NOTICE)
        assert asked["event"]["type"] in MANIFEST["settings"]["event_subscriptions"]["bot_events"]
        await slack.deliver(*bodies)
        await slack.until(lambda: _is_whole(team, firm.general), PATIENCE_SECONDS)

        [answer] = team.posted(firm.general)
        assert answer.thread == asked["event"]["ts"]
        assert "ninety days" in answer.words
        assert "ninety days" in CONTRACT
        assert "https://pincite.example.org/source/" in str(answer.blocks + answer.last_blocks)
    assert "Slack: connected to Firm (T0123ABCD)." in said[0]
    assert "Traceback" not in said[0]
    for secret in (team.bot_token, slack.app_token, NOTICE):
        assert secret not in said[0]


def _is_whole(team: Workspace, channel: Channel) -> bool:
    posted = team.posted(channel)
    return bool(posted) and all(not each.is_streaming and each.metadata for each in posted)


async def test_wrong_tokens_are_told_and_the_web_page_stays(firm: Firm) -> None:
    firm.write_settings(bot="xoxb-wrong")
    await asyncio.to_thread(firm.write_people)

    async with firm.serving() as said:
        await firm.slack.until(lambda: firm.slack.of("auth.test"), PATIENCE_SECONDS)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{firm.port}") as client:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert (await client.post("/slack/events", content=b"{}")).status_code == 404
    assert "invalid_auth" in said[0]
    assert "xoxb-wrong" not in said[0]
    assert not firm.slack.connections
