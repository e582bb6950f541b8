"""How a report becomes HTML: templates that escape everything, and how figures are written."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from assistant.http.escaping import escaping
from evals.measures.measure import Unit
from evals.reports.wording import named, titled, way
from evals.running.result import Figure

TEMPLATES: Final = Path(__file__).parent / "templates"
LOOK: Final = Path(__file__).parent / "look.css"
PAPER: Final = Path(__file__).parent / "paper.css"
_PAGES: Final = Path(__file__).parents[2] / "assistant" / "web" / "static" / "pincite.css"
_TOKENS: Final = re.compile(
    r"^:root \{\n.*?^\}|^@media \(prefers-color-scheme: dark\) \{\n  :root \{\n.*?^  \}\n\}",
    re.MULTILINE | re.DOTALL,
)
"""The blocks of a style in which nothing but tokens are set, for light and for dark."""


def rendered(template: str, **context: Any) -> str:
    """Return one file that needs no other: its style lies in it, and nothing in it can run."""
    style = _style()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - a file of ours, nothing of it comes from data
            policy=_policy(style),
            **context,
        )
    )


def dress(environment: Environment) -> Environment:
    """Add what our templates use to an environment."""
    environment.filters.update(value=value, span=span, rough=rough, whole=whole)
    environment.filters.update(change=change, between=between, plural=plural)
    environment.filters.update(when=when, date=date, lasted=lasted)
    environment.filters.update(titled=titled, way=way, named=named)
    return environment


def value(number: float, unit: Unit) -> str:
    """Return a figure as people read it: `83.3 %`, `120 ms`, `1,024`."""
    match unit:
        case Unit.SHARE:
            return f"{_short(100 * number, 1)} %"
        case Unit.SECONDS if abs(number) < 1:
            return f"{1000 * number:.0f} ms"
        case Unit.SECONDS:
            return f"{number:.2f} s"
        case _:
            return _short(number, 2)


def span(low: float, high: float, unit: Unit) -> str:
    """Return an interval as people read it; the unit is written once where both share it.

    Where all cases are alike, chance cannot be judged from them, and no interval is shown.
    """
    if low == high:
        return "all alike"
    first, last = value(low, unit), value(high, unit)
    if first == last:
        return first
    number, _, name = last.partition(" ")
    return (
        f"{first.removesuffix(f' {name}')} to {number} {name}".strip() if name else _to(low, high)
    )


def whole(share: float) -> str:
    """Return a share in whole percents; what is nearly all or nearly nothing is not made so."""
    percent = round(100 * share)
    near = "over 99 %" if percent == 100 else "under 1 %"
    return near if percent in (0, 100) and share not in (0.0, 1.0) else f"{percent} %"


def rough(figure: Figure) -> str:
    """Return the interval of a share in whole percents."""
    if figure.low == figure.high:
        return "all alike"
    first, last = (f"{100 * each:.0f}" for each in (figure.low, figure.high))
    return f"{last} %" if first == last else f"{first} to {last} %"


def change(number: float, unit: Unit) -> str:
    """Return a difference with its sign; of shares in points of a hundred."""
    shown = value(abs(number), unit).replace(" %", " points")
    if not number:
        return "no change"
    sign = "+" if number > 0 else "\u2212"
    return sign + shown


def between(low: float, high: float, unit: Unit) -> str:
    """Return the interval of a difference; the unit is written once."""
    first, last = (change(each, unit) if each else "0" for each in (low, high))
    name = last.partition(" ")[2]
    return f"{first.removesuffix(f' {name}')} to {last}" if name else f"{first} to {last}"


def when(instant: int) -> str:
    """Return an instant as people read it, to the minute."""
    at = datetime.fromtimestamp(instant, UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def date(instant: int) -> str:
    """Return the day of an instant."""
    at = datetime.fromtimestamp(instant, UTC)
    return f"{at.day} {at:%b %Y}"


def lasted(seconds: int) -> str:
    """Return how long something took."""
    if seconds < 120:
        return plural(seconds, "second")
    minutes, rest = divmod(seconds, 60)
    return (
        f"{plural(minutes, 'minute')} {rest} s" if minutes < 60 else f"{seconds / 3600:.1f} hours"
    )


def _to(low: float, high: float) -> str:
    return f"{_short(low, 2)} to {_short(high, 2)}"


def _short(number: float, digits: int) -> str:
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _environment() -> Environment:
    return dress(escaping(TEMPLATES))


@cache
def _style() -> str:
    """Return the style of a report: the tokens of the web pages, its own frame, the parts."""
    pages = _PAGES.read_text(encoding="utf-8")
    tokens = "\n\n".join(each[0] for each in _TOKENS.finditer(pages))
    own = (each.read_text(encoding="utf-8") for each in (PAPER, LOOK))
    return "\n".join((tokens, *own))


def _policy(style: str) -> str:
    """Return a policy that lets a browser use this style, and run and load nothing."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
