"""A ticket from a question to the far system: asked for, shown, confirmed, done once, on record.

The whole product runs as it is, but for the embedder: a server, a model that calls a tool, and a
service desk that notes who called what.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assistant.grammar import NO_ANSWER
from evals.bench.ports import free_port
from tests.browser.conftest import PHONE, SCREENSHOTS, WIDE, Open
from tests.models import Call, Says, running
from tests.models.standin import Received, StandIn
from tests.tools.far.jira import FakeJira
from tests.tools.far.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
ASKED = "Please create a ticket: the badge printer at dock 2 jams."
TICKET = {
    "queue": "RIM",
    "title": "The badge printer at dock 2 jams",
    "text": "It jams at every second badge.\nReported this morning.",
}
POLICY = """
systems:
  Jira: {{shape: jira, url: "{url}", where: inside, projects: {{RIM: Task}}}}
tools:
  desk.create_ticket:
    allow: [{{for: [everyone], by: [web], when: {{queue: [RIM]}}}}]
    seen by: [everyone]
    at most: {{turn: 2, day: 20}}
  desk.look_up:
    allow: [{{for: [everyone], by: [web]}}]
    seen by: asker
"""


class Wants(StandIn):
    """Wants a ticket created whenever it is offered tools, and says nothing else."""

    def reply(self, received: Received) -> Says:
        if received.body.get("tools"):
            call = Call("desk.create_ticket", json.dumps(TICKET))
            return Says(calls=(call,), finish="tool_calls")
        return Says((NO_ANSWER,))


@dataclass
class House:
    """A running Pincite and the desk that it acts at."""

    address: str
    home: Path
    jira: FakeJira

    def recorded(self) -> list[dict[str, Any]]:
        """Return what the record says of calls and words."""
        events = json.loads(self.pincite("audit", "export", "--json").stdout)["events"]
        return [each for each in events if each["act"] in ("tool", "confirm")]

    def pincite(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the same home."""
        return subprocess.run(
            [sys.executable, "-m", "tests.deploy.command_line", *arguments],
            cwd=ROOT,
            env={**os.environ, "PINCITE_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with running(Wants()) as model, serving(FakeJira()) as jira:
        (tmp_path / "tools.yaml").write_text(POLICY.format(url=jira.url))
        port = free_port()
        settings = {
            "PINCITE_HOME": str(tmp_path),
            "PINCITE_PORT": str(port),
            "PINCITE_SIGN_IN": "off",
            "PINCITE_USER": "ann",
            "MODEL_URL": model.url,
            "MODEL_NAME": model.model,
        }
        house = House(f"http://127.0.0.1:{port}", tmp_path, jira)
        with served(settings, house.address):
            yield house


@contextmanager
def served(settings: dict[str, str], address: str) -> Iterator[None]:
    """Run `pincite serve` until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.command_line", "serve"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(600):
            if is_ready(address):
                break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.1)
        assert is_ready(address)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


def is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def connect(page: Page, house: House) -> None:
    page.goto(f"{house.address}/actions")
    page.locator("summary", has_text="Connect").click()
    page.get_by_label("Your token at Jira").fill("ann-token")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("connected", exact=True)).to_be_visible()


def ask(page: Page, house: House) -> None:
    page.goto(house.address)
    page.get_by_label("Your question").fill(ASKED)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".waits")).to_be_visible(timeout=120_000)


def look(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"acting-{name}.png", full_page=True)


def test_a_ticket_is_created_once_and_only_on_a_persons_word(house: House, opened: Open) -> None:
    page = opened(house.address).page
    connect(page, house)
    look(page, "actions")
    ask(page, house)
    waits = page.locator(".waits")
    for value in TICKET.values():
        expect(waits.locator("pre", has_text=value.splitlines()[0])).to_be_visible()
    assert [each.inner_text() for each in waits.locator("pre").all()].count(TICKET["text"]) == 1
    look(page, "asked")
    assert house.jira.issues == {}

    page.goto(f"{house.address}/actions")
    page.locator(".conversation").first.click()
    assert house.jira.issues == {}, "looking changes nothing"
    look(page, "confirmation")

    confirmation = page.url
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    look(page, "done")
    [issue] = house.jira.issues.values()
    assert issue["fields"]["summary"] == TICKET["title"]
    assert issue["fields"]["reporter"]["accountId"] == "ann"
    assert house.jira.people == {"ann"}

    page.goto(confirmation)
    expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
    assert len(house.jira.issues) == 1
    did = [each["about"]["did"] for each in house.recorded()]
    assert [each for each in did if each in ("wait", "confirm", "begin", "done")] == [
        "wait",
        "confirm",
        "begin",
        "done",
    ]


def test_what_is_not_wanted_is_not_done(house: House, opened: Open) -> None:
    page = opened(house.address, viewport=PHONE).page
    connect(page, house)
    ask(page, house)
    look(page, "asked-phone")
    page.get_by_role("button", name="Do not do it").click()
    expect(page.get_by_text("It was declined.")).to_be_visible()
    assert house.jira.issues == {}


def test_without_scripts_it_is_the_same(house: House, opened: Open) -> None:
    page = opened(house.address, viewport=WIDE, java_script_enabled=False).page
    connect(page, house)
    page.goto(house.address)
    page.get_by_label("Your question").fill(ASKED)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".waits pre").first).to_be_visible(timeout=120_000)
    assert house.jira.issues == {}
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Done.")).to_be_visible()
    assert len(house.jira.issues) == 1
