"""A client of the application without a network, and a reader of the pages it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from assistant.http.app import create_app
from assistant.http.parts import Parts
from tests.assistant.http_world import make_parts

CONTRACT = "a1c0ffee00000000000000000000d0c1"
POLICY = "b2000000000000000000000000000002"
BOARD = "0a700000000000000000000000000007"


def client(parts: Parts | None = None, **more: Any) -> httpx.AsyncClient:
    """Return a client of a fresh application; unforeseen errors come back as responses."""
    transport = httpx.ASGITransport(create_app(parts or make_parts()), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", **more)


@dataclass
class Dom(HTMLParser):
    """What matters of a page: its elements with attributes, and its text."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Dom:
    """Return a parsed page."""
    dom = Dom()
    dom.feed(html)
    return dom


REFERENCES = ("href", "src", "action", "formaction", "data", "poster", "ping", "cite", "background")


def offences(html: str) -> list[str]:
    """Return whatever in a page could run, style itself, or reach another host."""
    found = []
    for tag, attributes in read(html).elements:
        if tag in ("iframe", "object", "embed", "base", "style", "frame", "meta http-equiv"):
            found.append(f"<{tag}>")
        if tag == "script" and attributes.get("src") != "/static/app.js":
            found.append(f"script {attributes}")
        for name, value in attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc", "http-equiv"):
                found.append(f"{tag} {name}={value}")
            if name in REFERENCES or name.endswith(":href"):
                found += [] if is_own(value or "") else [f"{tag} {name}={value}"]
            if name == "srcset":
                parts = [each.split()[0] for each in (value or "").split(", ")]
                found += [f"srcset {each}" for each in parts if not is_own(each)]
    return found


def is_own(address: str) -> bool:
    """Say whether an address stays on this server."""
    return address.startswith(("/", "#")) and not address.startswith(("//", "/\\"))
