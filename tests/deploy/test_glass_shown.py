"""Glass in the whole program: broken by a command, shown to the owner by the server, ended."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from deploy import terminal
from tests.deploy.homes import Home, write_documents
from tests.deploy.test_serving import served

pytestmark = pytest.mark.slow

WHY = "court order 7, asked by legal"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Return a home with papers of ann's, an administrator, and another reader."""
    top = tmp_path_factory.mktemp("glass")
    write_documents(top / "papers")
    home = Home(top / "home", settings={"PINCITE_SIGN_IN": "on"})
    for command in (
        ("people", "add", "ann", "--display", "Ann Castellane", "--group", "legal"),
        ("people", "add", "bob", "--group", "legal"),
        ("people", "add", "root", "--role", "admin"),
        ("add", "papers", "--owner", "Finance, Ann Castellane", "--readers", "group:legal"),
    ):
        assert home.run(*command).code == 0, command
    return home


def page_of(home: Home, url: str, name: str) -> Callable[[str], httpx.Response]:
    """Return what gives the pages that somebody is shown."""
    made = home.run("token", "make", name, "--scope", "ask", "--scope", "read", "--json")
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    return lambda path: httpx.get(url + path, headers=headers)


def test_the_owner_sees_it_and_another_reader_does_not(home: Home) -> None:
    hits = home.run("search", "notice of ninety days", "--as", "ann", "--json").json["hits"]
    document = next(each["document"] for each in hits if each["uri"] == "master.txt")
    path = f"/source/{document}/1"
    with served(home) as server:
        server.wait_for("/readyz")
        ann, bob, root = (page_of(home, server.url, name) for name in ("ann", "bob", "root"))
        before = bob("/").text, bob(path).text
        assert root(path).status_code == 404

        opened = home.run("access", "break-glass", "root", document, "--reason", WHY)
        assert opened.code == 0
        assert root(path).status_code == 200
        assert "An administrator (root) can read this from " in ann(path).text
        assert WHY in ann(path).text
        assert path in ann("/").text
        assert (bob("/").text, bob(path).text) == before

        [listed] = home.run("access", "glass", "--json").json["glass"]
        assert (listed["user_name"], listed["document_id"]) == ("root", document)
        assert listed["is_open"]
        told = home.run("access", "glass").out
        assert "open now" in told
        assert WHY in told

        assert home.run("access", "end-glass", str(listed["id"])).code == 0
        assert root(path).status_code == 404
        assert "could read this" in ann(path).text
        assert "open now" not in home.run("access", "glass").out


def test_a_number_that_is_not_there_is_told(home: Home) -> None:
    done = home.run("access", "end-glass", "404")
    assert done.code != 0
    assert "number of a broken glass" in done.told
    assert "pincite access glass" in done.told


def test_glass_is_listed_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    one = {
        "id": 2,
        "user_name": "root",
        "document_id": "d" * 32,
        "reason": "[bold]why[/bold]",
        "starts_at": 60,
        "ends_at": 900,
    }
    terminal.show_glass({"glass": [one | {"is_open": True}, one | {"id": 1, "is_open": False}]})
    terminal.show_glass({"glass": []})
    still, ended, none = capsys.readouterr().out.splitlines()
    assert still == f"   2  root  {'d' * 32}  from 1970-01-01 00:01 UTC, open now: [bold]why[/bold]"
    assert ended.endswith("from 1970-01-01 00:01 UTC, until 1970-01-01 00:15 UTC: [bold]why[/bold]")
    assert none == "No glass was broken."
