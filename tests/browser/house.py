"""The whole product at work, as it is but for two models: people of every role, and much to see.

A server over some documents of the demonstration, a model that quotes what it is given and calls
a tool when it is asked for a ticket, and a service desk that does nothing until a word is given.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path

import httpx

from assistant.grammar import NO_ANSWER
from evals.suites.reading import read_suite, suite_of
from tests.deploy.homes import ROOT, Home
from tests.deploy.test_serving import Server, served
from tests.evals import made_run
from tests.evals.kept_runs import keep
from tests.models import Call, Received, Says, StandIn, running
from tests.tools.far.jira import FakeJira
from tests.tools.far.serving import serving

PASSWORD = "four tall green ships"
PEOPLE = {
    "ann": ("Ann Castellane", ["legal", "staff"], []),
    "nora": ("", [], []),
    "rita": ("Rita Solbakken", ["legal", "staff"], ["reviewer"]),
    "mara": ("Mara Quist", ["staff"], ["admin", "operator"]),
    "adam": ("Adam Berg", ["staff"], ["admin"]),
    "olga": ("Olga Vik", ["staff"], ["operator"]),
    "eve": ("Eve Lindqvist", ["legal", "staff"], ["evaluator"]),
    "stella": ("Stella Ravn", ["legal", "staff"], ["steward"]),
}
"""By name: how they are called, their groups, their roles. Nora reads and has nothing."""

INVITED = "paul"

ANSWERED = "How much notice must either party give to terminate the agreement?"
REFUSED = "What colour is the moon over Malmö?"
APPROVED = "Which stamp goes on a moonlit invoice?"
WANTED = "Please create a ticket: the badge printer at dock 2 jams."
TICKET = {"queue": "RIM", "title": "The badge printer jams", "text": "It jams at every badge."}
POLICY = """
systems:
  Jira: {{shape: jira, url: "{url}", where: inside, projects: {{RIM: Task}}}}
tools:
  today:
    allow: [{{for: [everyone], by: [web]}}]
    seen by: asker
  desk.create_ticket:
    allow: [{{for: [everyone], by: [web], when: {{queue: [RIM]}}}}]
    seen by: [everyone]
"""
_SPEAKS = re.compile("(?i)notice|terminat|month|days")
_DEMO = ROOT / "deploy" / "demo" / "sources"
_TAKEN = {
    "contracts": ("veltora-master-logistics-agreement.pdf", "gelidor-mutual-nda.docx"),
    "policies": (
        "ammonia-emergency-plan.html",
        "approved-carriers.csv",
        "travel-and-expenses-2025.md",
        "travel-and-expenses-2026.md",
    ),
    "tickets": ("rimview-support.jsonl", "2026-02-10-seal-delivery-delay.eml"),
}
_SAYS = {
    "contracts": "kind: contract\nreaders: ['group:legal']\nowner: Legal\nstatus: approved\n",
    "policies": "kind: policy\nreaders: [everyone]\nowner: Finance\nstatus: approved\nfiles:\n"
    "  travel-and-expenses-2026.md: {supersedes: travel-and-expenses-2025.md,"
    " effective: 2026-01-01}\n",
    "tickets": "kind: ticket\nreaders: ['group:staff']\n",
}


class Secretary(StandIn):
    """Says what most speaks of notice, wants a ticket when asked for one, else nothing."""

    model = "secretary-8b"

    def reply(self, received: Received) -> Says:
        asked = " ".join(str(each.get("content")) for each in received.messages)
        if received.body.get("tools"):
            wants = (Call("desk.create_ticket", json.dumps(TICKET)),) if WANTED in asked else ()
            return Says(calls=wants, finish="tool_calls") if wants else Says((NO_ANSWER,))
        if any(each in asked for each in (REFUSED, APPROVED, WANTED)):
            return Says((NO_ANSWER,))
        offered = re.findall(r"\[(\d+\.\d+)\] ([^\n]+)", asked)
        spoken = sorted(offered, key=lambda each: -len(_SPEAKS.findall(each[1])))
        return Says(tuple(f"{text} [{name}]\n" for name, text in spoken[:3]) or (NO_ANSWER,))


@dataclass
class House:
    """The running product: where it is, and how each person is known there."""

    server: Server
    invitation: str = ""
    shared: str = ""
    cookies: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def client(self, person: str) -> httpx.Client:
        """Return a client that is signed in as this person."""
        jar = httpx.Cookies()
        for each in self.cookies.get(person, []):
            jar.set(str(each["name"]), str(each["value"]))
        return httpx.Client(base_url=self.url, cookies=jar, timeout=60)

    def found(self, person: str, path: str, pattern: str) -> str:
        """Return what the first group of a pattern finds on a person's page."""
        with self.client(person) as client:
            page = client.get(path).text
        match = re.search(pattern, page)
        assert match, f"{path} has nothing like {pattern} for {person}"
        return match[1]

    def post(self, person: str, page: str, action: str, **fields: str) -> httpx.Response:
        """Send a form of a page as its page would."""
        token = self.found(person, page, r'name="form_token" value="([^"]+)"')
        with self.client(person) as client:
            origin = {"Origin": self.url}
            done = client.post(action, data={"form_token": token, **fields}, headers=origin)
            assert done.status_code < 400, f"{action}: {done.text}"
            return done

    def enter(self, name: str, link: str) -> None:
        """Set a person's password and keep what a browser would."""
        path = _path(link)
        with httpx.Client(base_url=self.url, timeout=60) as client:
            token = re.search(r'name="form_token" value="([^"]+)"', client.get(path).text)
            assert token
            sent = {"form_token": token[1], "password": PASSWORD, "again": PASSWORD}
            done = client.post(path, data=sent, headers={"Origin": self.url})
            assert done.status_code == 303, done.text
            self.cookies[name] = [
                {"name": each.name, "value": each.value or "", "url": self.url}
                for each in client.cookies.jar
            ]


@contextmanager
def furnished(folder: Path) -> Iterator[House]:
    """Take documents in, let everybody in, and do a little of everything there is to see."""
    with running(Secretary()) as model, serving(FakeJira()) as jira:
        (folder / "home").mkdir()
        (folder / "home" / "tools.yaml").write_text(POLICY.format(url=jira.url))
        settings = {
            "FAKE_DIMENSION": "256",
            "PINCITE_SIGN_IN": "on",
            "MODEL_URL": model.url,
            "MODEL_NAME": model.model,
        }
        home = Home(folder / "home", settings=settings)
        links = _prepared(home, folder)
        with served(home) as server:
            server.wait_for("/readyz")
            house = House(server)
            house.invitation = _path(links.pop(INVITED))
            for name, link in links.items():
                house.enter(name, link)
            _lived_in(house)
            yield house


def _prepared(home: Home, folder: Path) -> dict[str, str]:
    """Take the documents in and add the people; return their links."""
    sources = []
    for name, files in _TAKEN.items():
        (folder / name).mkdir()
        (folder / name / "pincite.yaml").write_text(_SAYS[name])
        for each in files:
            shutil.copy(_DEMO / name / each, folder / name)
        sources.append(str(folder / name))
    (folder / "policies" / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    take_in(home, *sources)
    for day, skill in ((6, 0.62), (7, 0.8)):
        rows = made_run.rows(seed=day, skill=skill)
        stamp = replace(made_run.STAMP, suite_digest=read_suite(suite_of("golden")).digest)
        keep(home.folder, made_run.run_of(rows, day, stamp=stamp), rows)
    links = {}
    invited = {INVITED: ("Paul", ["staff"], [])}
    for name, (display, groups, roles) in (PEOPLE | invited).items():
        options = [f"--group={each}" for each in groups] + [f"--role={each}" for each in roles]
        said = home.run("people", "add", name, "--display", display, *options, "--json")
        links[name] = said.json["link"]
    return links


def take_in(home: Home, *sources: str) -> None:
    """Take documents in; a machine at its limits cannot see that nothing is stopped, at first."""
    for _ in range(4):
        done = home.run("add", *sources, "--json")
        if not done.json["stopped"]:
            return
    raise AssertionError(done.out)


def _path(link: str) -> str:
    return re.sub("^https?://[^/]+", "", link)


def _lived_in(house: House) -> None:
    """Leave something on every page that lists something."""
    _connected(house)
    with house.client("ann") as client:
        for question in (ANSWERED, REFUSED, APPROVED, WANTED):
            told = client.get("/", params={"q": question})
            assert told.status_code == 200, told.text
    house.post("ann", "/search?q=notice", "/searches", asked="q=notice", name="Notice periods")
    document = house.found("ann", "/search?q=termination+notice", r'href="/source/(\w+)/\d')
    for action, fields in (
        (
            "/admin/access",
            {"effect": "grant", "kind": "user", "reader": "nora", "source": "tickets"}
            | {"reason": "she asked"},
        ),
        (
            "/admin/access/break-glass",
            {"document": document, "minutes": "15", "reason": "court order 7"},
        ),
    ):
        house.post("mara", "/admin/access", action, **fields)
    case = house.found("rita", "/review", r'href="/review/(\d+)"')
    house.post("rita", f"/review/{case}", f"/review/{case}/draft")
    _published(house)
    told = rf'href="(/conversations/\w+)"[^>]*>[^<]*{re.escape(ANSWERED)}'
    share = f"{house.found('ann', '/conversations', told)}/share"
    house.post("ann", share, share, who="everybody", days="7")
    house.shared = house.found("ann", share, r'value="[^"]*(/shared/\w+)"')


def _published(house: House) -> None:
    """Have a reviewer answer a question from what was found for it, by hand."""
    case = house.found("rita", "/review", rf'href="/review/(\d+)">{re.escape(APPROVED)}')
    page = f"/review/{case}/answer"
    values = {
        "passages": house.found("rita", page, r'name="passages" value="([^"]+)"'),
        "question": APPROVED,
        "text_1": unescape(house.found("rita", page, r"data-words[^>]*>([^<]+)<")),
        "cites_1": "1.1",
        "hand_1": "on",
        "readers": "everyone",
        "owner": "rita",
        "review_by": house.found("rita", page, r'name="review_by" value="([^"]+)"'),
        "language": "en",
        "do": "publish",
    }
    house.post("rita", page, page, **values)


def _connected(house: House) -> None:
    house.post("ann", "/actions", "/actions/accounts", system="Jira", secret="ann-token")
    tool = "/actions/tools/desk.create_ticket"
    values = {f"value-{at}": value for at, value in enumerate(TICKET.values())}
    house.post("ann", tool, tool, **values)
