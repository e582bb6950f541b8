"""Whatever a model writes, no page reaches another host: 2,000 forms, cut in three ways.

The check of sentences is left out on purpose: they are shown as if each had been carried. A sink
on this machine counts who comes, and nothing in the page may point anywhere but at us.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answers import Citation, Notice, Opening, Question, Sentence, Source, Told
from assistant.http.app import create_app
from assistant.http.health import Part
from tests.assistant.hostile_markdown import AROUND, FORMS, hostile_texts
from tests.assistant.http_documents import make_version
from tests.assistant.http_served import running
from tests.assistant.http_world import make_parts
from tests.assistant.scripted_assistant import Says

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EACH = 400
VERSION = make_version(1, "a1c0ffee00000000000000000000d0c1", "Services Agreement")

Cut = Callable[[bytes], Iterable[bytes]]
CUTS: dict[str, Cut] = {
    "whole": lambda body: [body],
    "halves": lambda body: [body[: len(body) // 2], body[len(body) // 2 :]],
    "sevens": lambda body: (body[at : at + 7] for at in range(0, len(body), 7)),
}
FOREIGN = """() => {
  const own = window.location.origin;
  const found = [];
  for (const node of document.querySelectorAll("*")) {
    if (["IFRAME", "OBJECT", "EMBED", "IMG", "BASE", "STYLE", "FRAME", "VIDEO", "AUDIO", "MATH",
         "FORM"].includes(node.tagName) && node.closest("#reply")) {
      if (node.tagName !== "FORM" || !node.closest(".report")) found.push(node.tagName);
    }
    for (const { name, value } of node.attributes) {
      if (name.startsWith("on") || name === "style") found.push(`${name}=${value}`);
      if (["href", "src", "action", "formaction", "data", "poster", "ping", "srcset",
           "xlink:href", "background"].includes(name)
          && new URL(value, own).origin !== own) found.push(`${name}=${value}`);
    }
  }
  return found;
}"""


class Sink(ThreadingHTTPServer):
    """Counts whoever comes."""

    hits = 0


class _Counting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Sink)
        self.server.hits += 1
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    sink = Sink(("127.0.0.1", 0), _Counting)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    yield sink
    sink.shutdown()
    sink.server_close()


def forms_to(sink: Sink) -> list[str]:
    """Return every form of the sink's address, and those of others."""
    own = f"http://127.0.0.1:{sink.server_address[1]}/p.png"
    to_sink = (
        around.format(form.format(*[own] * form.count("{}"))) for around in AROUND for form in FORMS
    )
    return list(dict.fromkeys([*to_sink, *hostile_texts()]))


def told(texts: Sequence[str]) -> Callable[[Question], Iterator[Told]]:
    """Return an answer of these sentences, each with words of a source."""

    def tell(question: Question) -> Iterator[Told]:
        yield Opening(question, "model", "What your sources say, in short", (), texts[0])
        yield Source(1, VERSION, "approved")
        yield Notice(texts[-1])
        for text in texts:
            yield Sentence(text, (Citation(1, 7, 0, 5, None, text),))

    return tell


class Cutting:
    """Cuts what is streamed into other pieces than it was sent in."""

    def __init__(self, app: ASGIApp, cut: Cut) -> None:
        self._app = app
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_pieces(message: Message) -> None:
            if message["type"] != "http.response.body" or not message.get("more_body"):
                await send(message)
                return
            for piece in self._cut(message["body"]):
                await send({**message, "body": piece})

        is_stream = scope["type"] == "http" and scope["path"] == "/api/ask/stream"
        await self._app(scope, receive, in_pieces if is_stream else send)


@pytest.mark.parametrize("cut", CUTS)
def test_no_form_of_any_address_reaches_another_host(
    chromium: Browser, sink: Sink, cut: str
) -> None:
    forms = forms_to(sink)
    assert len(forms) >= 2_000
    says = Says(lambda _: ())
    app = create_app(make_parts(assistant=Part.ready("assistant", says)))
    context = chromium.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    with running(Cutting(app, CUTS[cut])) as address:
        for at in range(0, len(forms), EACH):
            texts = forms[at : at + EACH]
            says.told = told(texts)
            page.goto(address)
            page.get_by_label("Your question").fill("What is said?")
            page.get_by_role("button", name="Ask").click()
            page.wait_for_selector("#reply:not([aria-busy]) .written", timeout=60_000)
            assert page.locator(".written > p").count() == len(texts)
            assert page.evaluate(FOREIGN) == []
            if cut == "whole":
                page.goto(f"{address}/?q=What+is+said")
                assert page.locator(".written > p").count() == len(texts)
                assert page.evaluate(FOREIGN) == []
        assert [each for each in asked if not each.startswith(f"{address}/")] == []
        assert sink.hits == 0
    context.close()


def test_the_sink_counts(chromium: Browser, sink: Sink) -> None:
    """A page that does reach out is seen: else the test above could not fail."""
    before = sink.hits
    context = chromium.new_context()
    page = context.new_page()
    port = sink.server_address[1]
    page.goto(f"http://127.0.0.1:{port}/")
    page.set_content(f'<img src="http://localhost:{port}/p.png" onerror="0">')
    page.wait_for_function("document.images[0].complete")
    assert sink.hits > before
    assert page.evaluate(FOREIGN)
    context.close()
    sink.hits = before
