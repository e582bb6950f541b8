"""Files of every kind, people, groups and reasons that say hostile things, in the whole product.

They are taken in by the real parsers, and every page that an administrator reaches is opened.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from docx import Document
from playwright.sync_api import Browser
from reportlab.pdfgen.canvas import Canvas

from tests.browser.guarding import guarded
from tests.browser.house import House, take_in
from tests.browser.places import crawled, routes
from tests.browser.planting import ADDRESSES, HANDLERS, MUTATES, PLACES, REACHES, SCRIPTS
from tests.deploy.homes import Home
from tests.deploy.test_serving import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID = [*SCRIPTS, *HANDLERS, *REACHES, *MUTATES, *(PLACES[0](each) for each in ADDRESSES)]
NAME = "<img src=x onerror=planted()>"
TEXT = "\n\n".join(f"Zebra {at}: {each} ends here." for at, each in enumerate(SAID))


def write_files(folder: Path) -> None:
    """Write a file of each kind, named and filled with what is planted."""
    folder.mkdir()
    (folder / "pincite.yaml").write_text(json.dumps({"readers": ["everyone"], "owner": NAME}))
    (folder / f"{NAME}.txt").write_text(TEXT)
    (folder / "'><svg onload=planted()>.md").write_text(
        f"# {NAME}\n\n{TEXT}\n\n[x]({ADDRESSES[0]})"
    )
    (folder / "javascript:planted().html").write_text(
        f"<html><head><title>{NAME}</title>{REACHES[4]}</head><body><h1>Zebra</h1>"
        f"{''.join(SAID)}<p>Zebra stripes end here.</p></body></html>"
    )
    with (folder / "table.csv").open("w") as file:
        csv.writer(file).writerows([["zebra", NAME], *(["stripes", each] for each in SAID)])
    tickets = [
        {"id": at, "title": each, "text": f"zebra {each}", "author": NAME}
        for at, each in enumerate(SAID)
    ]
    lines = (json.dumps(each | {"comments": [{"author": NAME, "text": NAME}]}) for each in tickets)
    (folder / "tickets.jsonl").write_text("\n".join(lines))
    (folder / "mail.eml").write_bytes(_mail())
    (folder / "word.docx").write_bytes(_word())
    (folder / "paper.pdf").write_bytes(_paper())


def _mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = f"zebra {NAME}"
    message["From"] = '"<svg onload=planted()>" <a@example.org>'
    message["To"] = "b@example.org"
    message["Date"] = "Mon, 05 Jan 2026 08:00:00 +0000"
    message.set_content(TEXT)
    message.add_alternative(f"<p>zebra</p>{''.join(SAID)}", subtype="html")
    return message.as_bytes()


def _word() -> bytes:
    document = Document()
    document.core_properties.title = NAME
    document.add_heading(NAME, 1)
    for each in TEXT.split("\n\n"):
        document.add_paragraph("".join(letter for letter in each if letter >= " "))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _paper() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setTitle(NAME)
    for at, each in enumerate(TEXT.split("\n\n")[:40]):
        canvas.drawString(40, 800 - 19 * at, "".join(x for x in each if " " <= x <= "~"))
    canvas.linkURL("javascript:planted()", (0, 0, 600, 900))
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("planted")
    write_files(folder / "zebras")
    home = Home(folder / "home", settings={"FAKE_DIMENSION": "64", "PINCITE_SIGN_IN": "on"})
    take_in(home, str(folder / "zebras"))
    every = [f"--role={each}" for each in ("admin", "operator", "reviewer", "evaluator")]
    group = "--group=<svg/onload=planted()>"
    link = home.run("people", "add", "mara", "--display", NAME, group, *every, "--json").json[
        "link"
    ]
    other = home.run("people", "add", "<b/onclick=planted()>", "--display", NAME, group, "--json")
    assert other.code == 0, other.err
    with served(home) as server:
        server.wait_for("/readyz")
        house = House(server)
        house.enter("mara", link)
        yield house


def test_nothing_planted_runs_on_any_page_of_the_product(chromium: Browser, planted: House) -> None:
    source = r'data-cite href="/source/(\w+)/\d'
    document = planted.found("mara", "/search?q=zebra", source)
    planted.post("mara", "/search?q=zebra", "/searches", asked="q=zebra", name=NAME)
    glass = {"document": document, "minutes": "15", "reason": f"court order {NAME}"}
    planted.post("mara", "/admin/access", "/admin/access/break-glass", **glass)
    with planted.client("mara") as client:
        for each in (f"zebra {NAME}", f"zebra {SCRIPTS[0]} stripes", NAME):
            assert client.get("/", params={"q": each}).status_code == 200
    every = crawled(planted, "mara", routes(), ["/", "/search?q=zebra"])
    with guarded(chromium, planted.url) as window:
        window.page.context.add_cookies(planted.cookies["mara"])  # type: ignore[arg-type]
        opened = [each for each in every if each.status]
        for each in opened:
            window.goto(planted.url + each.address)
            window.page.evaluate("document.querySelectorAll('details').forEach(x => x.open = true)")
            window.check()
    shown = {each.route for each in opened}
    assert {"/source/{document}/{number}", "/admin/people", "/admin/record", "/searches"} <= shown


def test_each_kind_of_file_is_shown_as_words(chromium: Browser, planted: House) -> None:
    with planted.client("mara") as client:
        addresses = _sources(client)
        for each in addresses:
            kept = client.get(f"/api/documents/{each.split('/')[2]}/versions/1/original")
            assert kept.headers["content-type"] == "application/octet-stream"
            assert kept.headers["content-disposition"].startswith("attachment")
            assert kept.headers["x-content-type-options"] == "nosniff"
    assert len(addresses) > 20
    with guarded(chromium, planted.url) as window:
        window.page.context.add_cookies(planted.cookies["mara"])  # type: ignore[arg-type]
        for each in addresses:
            window.goto(planted.url + each)


def _sources(client: httpx.Client) -> list[str]:
    """Return the address of each document that some search finds."""
    found: dict[str, None] = {}
    for words in ("zebra", "zebra stripes", "planted", "onerror", "script", "href"):
        for page in ("1", "2", "3"):
            text = client.get("/search", params={"q": words, "page": page}).text
            found |= dict.fromkeys(re.findall(r'data-cite href="(/source/\w+/\d+)', text))
    return list(found)
