"""How soon pages show something and answer a key, in a browser: `python -m evals.bench.pages URL…`.

Playwright and a Chromium are needed, and a server that lets this machine in, or the value of a
session's cookie. For each address it prints bytes loaded, milliseconds to the first paint of
content, and milliseconds from a key to the next frame: the median and the worst of some loads.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import asdict, dataclass
from typing import Any, Final

LOADS: Final = 7
_PAINTED: Final = """() => new Promise(done => new PerformanceObserver(seen => {
  const first = seen.getEntriesByName("first-contentful-paint")[0];
  if (first) done(first.startTime);
}).observe({ type: "paint", buffered: true }))"""
_BYTES: Final = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource").filter(each => each.initiatorType !== "img")]
  .reduce((sum, each) => sum + each.transferSize, 0)"""
_KEY: Final = """() => new Promise(done => addEventListener("keydown", event => {
  const began = event.timeStamp;
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
}, { once: true }))"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page took: bytes, and milliseconds as (median, worst)."""

    address: str
    bytes: int
    first_paint: tuple[float, float]
    key: tuple[float, float]


def measure(page: Any, address: str, loads: int = LOADS) -> Shown:
    """Load an address some times, each with a cold cache, and press a key on it."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    painted, keyed, size = [], [], 0
    for _ in range(loads):
        page.goto(address, wait_until="networkidle")
        painted.append(page.evaluate(_PAINTED))
        size = page.evaluate(_BYTES)
        page.evaluate(f"() => {{ window.keyed = ({_KEY})(); }}")
        page.keyboard.press("/")
        keyed.append(page.evaluate("() => window.keyed"))
    return Shown(address, int(size), _both(painted), _both(keyed))


def _both(values: list[float]) -> tuple[float, float]:
    return round(statistics.median(values), 1), round(max(values), 1)


def main() -> None:
    """Measure the addresses that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addresses", nargs="+")
    parser.add_argument("--loads", type=int, default=LOADS)
    parser.add_argument("--session", default="")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox"])
        page = browser.new_page()
        if asked.session:
            page.context.add_cookies(
                [{"name": "pincite_session", "value": asked.session, "url": asked.addresses[0]}]
            )
        done = [measure(page, each, asked.loads) for each in asked.addresses]
        browser.close()
    print(f"{'bytes':>9}  {'first paint':>15}  {'key to frame':>14}  address")
    for each in done:
        took = f"{_told(each.first_paint):>15}  {_told(each.key):>14}"
        print(f"{each.bytes:>9,}  {took}  {each.address}")
    print(json.dumps([asdict(each) for each in done]))


def _told(both: tuple[float, float]) -> str:
    median, worst = both
    return f"{median:.0f} to {worst:.0f} ms"


if __name__ == "__main__":
    main()
