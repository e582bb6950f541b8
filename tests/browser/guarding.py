"""A window in which nothing foreign may run, be asked for or stand, and every try is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Request, Route

NOTED = """
window.noted = [];
window.planted = () => window.noted.push("a script ran");
document.addEventListener("securitypolicyviolation", event =>
  window.noted.push(`the policy stopped ${event.violatedDirective} ${event.blockedURI}`));
"""
STANDING = """() => {
  const own = location.origin;
  const never = ["IFRAME", "OBJECT", "EMBED", "BASE", "STYLE", "FRAME", "VIDEO", "AUDIO", "MATH",
    "MARQUEE", "PORTAL", "APPLET", "BGSOUND", "X-Y", "XMP"];
  const reaching = ["href", "src", "action", "formaction", "data", "poster", "ping", "srcset",
    "xlink:href", "background", "cite", "manifest"];
  const found = [...window.noted];
  for (const each of document.querySelectorAll("*")) {
    if (never.includes(each.tagName.toUpperCase())) found.push(each.tagName);
    if (each.localName === "script" && !each.src.startsWith(`${own}/`)) found.push("script");
    if (each.shadowRoot) found.push("a shadow root");
    for (const { name, value } of each.attributes) {
      if (/^on|^style$|^srcdoc$|^http-equiv$|^autofocus$/.test(name) && !(name === "autofocus"
        && ["INPUT", "TEXTAREA", "SELECT", "BUTTON"].includes(each.tagName)
        && each.closest("form"))) found.push(`${each.tagName} ${name}=${value}`);
      if (reaching.includes(name)) {
        let leads;
        try { leads = new URL(value, location.href).origin; } catch { leads = "nowhere"; }
        if (leads !== own) found.push(`${each.tagName} ${name}=${value}`);
      }
    }
  }
  return found.slice(0, 5);
}"""


@dataclass
class Guarded:
    """A page, what went wrong on it, and what it asked of others."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def goto(self, address: str) -> None:
        """Go somewhere and see that nothing came of it."""
        self.page.goto(address)
        self.check()

    def check(self) -> None:
        """Fail if anything ran, was asked for, was stopped by the policy, or stands here."""
        standing: list[str] = self.page.evaluate(STANDING)
        assert (standing, self.wrong) == ([], []), self.page.url


@contextmanager
def guarded(browser: Browser, own: str, **options: Any) -> Iterator[Guarded]:
    """Open a window that may talk to one server alone."""
    context = browser.new_context(**options)
    context.add_init_script(NOTED)
    guard = Guarded(context.new_page())

    def pass_own(route: Route, request: Request) -> None:
        if request.url.startswith(f"{own}/"):
            route.continue_()
        else:
            guard.wrong.append(f"asked for {request.url}")
            route.abort()

    context.route("**/*", pass_own)
    page = guard.page
    page.on("dialog", lambda dialog: guard.wrong.append(f"dialog {dialog.message}"))
    page.on("pageerror", lambda error: guard.wrong.append(f"error {error}"))
    page.on("popup", lambda popup: guard.wrong.append(f"popup {popup.url}"))
    page.on(
        "console",
        lambda said: (
            guard.wrong.append(f"said {said.text}") if "Content Security" in said.text else None
        ),
    )
    yield guard
    context.close()
