"""Every page there is: the routes of the application, and an address of each as it is reached.

Addresses are found as a person would, by following links; so a page that comes later is found,
and a route for a page that nobody reaches is known.
"""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from starlette.routing import compile_path

import pincite
from assistant.http.app import create_app
from assistant.http.health import Part
from deploy.settings import Settings
from tests.assistant.http_world import make_parts
from tests.browser.house import ANSWERED, PEOPLE, REFUSED, WANTED, House

NOBODY = "nobody"
BEGINNINGS = ("/", "/search?q=notice", "/search?q=moonstone", "/not-here")
NOT_PAGES = {
    "/admin/upload/outcome": "drawn into the page of uploads",
    "/evaluations/at-work": "drawn into the page of evaluations",
    "/evaluations/at-work.js": "a script",
    "/evaluations/look.css": "a style",
    "/search/results": "drawn into the page of search",
    "/searches/{search}": "leads to the search that was saved",
    "/sign-in/callback": "where a provider sends people back, who are sent on",
    "/sign-in/provider": "leads to a provider",
    "/source/{document}/{number}/pages/{page_number}/words": "drawn into the page of a source",
}
"""Routes that nobody looks at by themselves, and why; every other one must be reached."""

TITLES = ("carriers", "travel", "ammonia", "seal", "mutual", "logistics")
"""A word of the title of a table, a text, a web page, a mail, a Word file and a PDF."""
_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')
_FOR_PROGRAMS = ("/api/", "/v1/", "/openapi.json", "/healthz", "/readyz", "/metrics", "/mcp")
_LONGEST_CRAWL = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A page as one person reaches it: `route` is its template, `asked` the names in its query."""

    person: str
    address: str
    route: str
    asked: frozenset[str]
    status: int


async def _nothing() -> NoReturn:
    raise AssertionError("Nothing is opened to list routes.")


def routes() -> dict[str, re.Pattern[str]]:
    """Return the GET routes that are not for programs, those with a parameter last."""
    annexes = pincite.annexes(Settings(), Part("parts", _nothing))
    app = create_app(make_parts(annexes=annexes))
    found = []
    for each in app.routes:
        for route in getattr(getattr(each, "original_router", None), "routes", [each]):
            if "GET" in (getattr(route, "methods", None) or ()):
                found.append(route.path)
    pages = [each for each in found if not each.startswith(_FOR_PROGRAMS)]
    return {each: compile_path(each)[0] for each in sorted(pages, key=lambda each: "{" in each)}


def everywhere(house: House) -> Iterator[Place]:
    """Yield one place for each person, route, set of names in the query and status."""
    known = routes()
    for person in (NOBODY, *PEOPLE):
        yield from crawled(house, person, known, [*BEGINNINGS, *_more(house, person)])


def _more(house: House, person: str) -> Iterator[str]:
    """Yield what no link leads to: what is typed, chosen in a form, or sent by another."""
    if person == NOBODY:
        yield from (house.invitation, "/invitation/none", "/admin")
    if person == "ann":
        for question in (ANSWERED, REFUSED, WANTED):
            yield f"/?{httpx.QueryParams(q=question)}"
        source = r'class="pin-title" data-cite href="/source/(\w+/\d+)'
        found = [house.found(person, f"/search?q=title:{each}", source) for each in TITLES]
        yield from (f"/source/{each}" for each in found)
        yield f"/compare/{found[0]}/with/{found[1]}"
        yield from ("/admin", "/search?q=kind:nothing", f"/search?q={'long+' * 900}")
    if person in ("ann", "nora"):
        yield house.shared
    if person == "eve":
        first = house.found(person, "/evaluations", r'href="/evaluations/(2[\w-]+)"')
        other = house.found(person, f"/evaluations/{first}", rf"/evaluations/(?!{first})(2[\w-]+)")
        yield f"/evaluations/compare?first={other}&second={first}"


def crawled(
    house: House, person: str, known: dict[str, re.Pattern[str]], beginnings: list[str]
) -> Iterator[Place]:
    """Yield where a person comes by following links from these beginnings."""
    waiting = deque(beginnings)
    # What a person begins with is told apart by its words, what they come to by its names.
    seen: set[object] = set()
    with house.client(person) as client:
        while waiting and len(seen) < _LONGEST_CRAWL:
            address = waiting.popleft()
            parts = urlsplit(address)
            route = next((name for name, it in known.items() if it.match(parts.path)), "")
            names = frozenset(name for name, _ in parse_qsl(parts.query))
            mark = address if address in beginnings else (route or parts.path, names)
            if mark in seen:
                continue
            seen.add(mark)
            answer = client.get(address)
            if not _is_page(answer):
                if answer.is_redirect:
                    waiting.append(_own(house, address, answer.headers["location"]) or "/")
                else:
                    yield Place(person, address, route, names, 0)
                continue
            yield Place(person, address, route, names, answer.status_code)
            for link in _LINK.findall(answer.text):
                own = _own(house, address, html.unescape(link))
                if own and not own.startswith(_FOR_PROGRAMS):
                    waiting.append(own)


def _is_page(answer: httpx.Response) -> bool:
    is_kept = "attachment" in answer.headers.get("content-disposition", "")
    return answer.headers.get("content-type", "").startswith("text/html") and not is_kept


def _own(house: House, base: str, link: str) -> str:
    """Return a link of ours as a path with its query, and of others nothing."""
    whole = urlsplit(urljoin(house.url + base, link))
    if f"{whole.scheme}://{whole.netloc}" != house.url:
        return ""
    return whole.path + (f"?{whole.query}" if whole.query else "")
