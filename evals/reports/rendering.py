"""How a report becomes HTML: templates that escape everything, and how figures are written.

Figures and words are in the language spoken, as on a page; at the command line that is English.
"""

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

from assistant import wording
from assistant.http.escaping import escaping
from assistant.http.languages import let_speak
from assistant.wording import Language, counted, say, spoken
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
_MARKS: Final = {
    Language.DE: str.maketrans(",.", ".,"),
    Language.FR: str.maketrans(",.", "\N{NARROW NO-BREAK SPACE},"),
}
"""What stands between the thousands and before the decimals, where English has `,` and `.`."""


def rendered(template: str, **context: Any) -> str:
    """Return one file that needs no other: its style lies in it, and nothing in it can run."""
    style = _style()
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - a file of ours, nothing of it comes from data
            policy=_policy(style),
            language=spoken(),
            **context,
        )
    )


def dress(environment: Environment) -> Environment:
    """Add what our templates use to an environment."""
    environment.filters.update(value=value, span=span, rough=rough, whole=whole)
    environment.filters.update(change=change, between=between)
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
            return _marked(f"{number:.2f} s")
        case _:
            return _short(number, 2)


def span(low: float, high: float, unit: Unit) -> str:
    """Return an interval as people read it; the unit is written once where both share it.

    Where all cases are alike, chance cannot be judged from them, and no interval is shown.
    """
    if low == high:
        return say("all alike")
    first, last = value(low, unit), value(high, unit)
    if first == last:
        return first
    name = last.partition(" ")[2]
    return _to(first.removesuffix(f" {name}"), last)


def whole(share: float) -> str:
    """Return a share in whole percents; what is nearly all or nearly nothing is not made so."""
    percent = round(100 * share)
    near = say("over 99 %") if percent == 100 else say("under 1 %")
    return near if percent in (0, 100) and share not in (0.0, 1.0) else f"{percent} %"


def rough(figure: Figure) -> str:
    """Return the interval of a share in whole percents."""
    if figure.low == figure.high:
        return say("all alike")
    first, last = (f"{100 * each:.0f}" for each in (figure.low, figure.high))
    return f"{last} %" if first == last else _to(first, f"{last} %")


def change(number: float, unit: Unit) -> str:
    """Return a difference with its sign; of shares in points of a hundred."""
    if not number:
        return say("no change")
    shown = value(abs(number), unit)
    if unit is Unit.SHARE:
        shown = say("{number} points", number=shown.removesuffix(" %"))
    return ("+" if number > 0 else "\u2212") + shown


def between(low: float, high: float, unit: Unit) -> str:
    """Return the interval of a difference; the unit is written once."""
    first, last = (change(each, unit) if each else "0" for each in (low, high))
    name = last.partition(" ")[2]
    return _to(first.removesuffix(f" {name}") if name else first, last)


def when(instant: int) -> str:
    """Return an instant as people read it, to the minute."""
    at = datetime.fromtimestamp(instant, UTC)
    return say("{day}, {time} UTC", day=wording.day(at), time=f"{at:%H:%M}")


def date(instant: int) -> str:
    """Return the day of an instant."""
    return wording.day(datetime.fromtimestamp(instant, UTC), is_short=True)


def lasted(seconds: int) -> str:
    """Return how long something took."""
    if seconds < 120:
        told = counted(seconds, "{count} second", "{count} seconds")
        return say(told, count=wording.number(seconds))
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return say("{minutes} minutes {seconds} s", minutes=minutes, seconds=rest)
    return say("{hours} hours", hours=_marked(f"{seconds / 3600:.1f}"))


def _to(low: str, high: str) -> str:
    return say("{low} to {high}", low=low, high=high)


def _short(number: float, digits: int) -> str:
    text = f"{number:,.{digits}f}"
    return _marked(text.rstrip("0").rstrip(".") if "." in text else text)


def _marked(text: str) -> str:
    return text.translate(_MARKS.get(spoken(), {}))


@cache
def _environment() -> Environment:
    return dress(let_speak(escaping(TEMPLATES)))


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
