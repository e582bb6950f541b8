"""A sweep as one SVG: for each measure a dot and its interval for each configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from evals.comparing.sweep import Sweep
from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.reports.rendering import span, value
from evals.running.result import Figure, Run
from retrieval.plain import plain

_COLOURS: Final = ("#1f5fa8", "#b4530a", "#2c7a3f", "#7a3f9d", "#a02040", "#4a4a4a")
_SHARES: Final = {each.name: each.title for each in MEASURES if each.unit is Unit.SHARE}
_LEFT: Final = 330
_WIDE: Final = 480
_HEAD: Final = 76
_LINE: Final = 16
_GAP: Final = 10
_STYLE: Final = "text{font:13px system-ui,sans-serif;fill:#222}.axis{stroke:#ccc}.dim{fill:#666}"


def plot_of(sweep: Sweep) -> str:
    """Return the measures that are shares, from 0 to 100 %; every figure is also in words."""
    names = [name for name in sweep.measures if name in _SHARES]
    block = _LINE * len(sweep.runs) + _GAP
    top = _HEAD + _LINE * len(sweep.runs)
    low = top + block * len(names)
    width = _LEFT + _WIDE + 40
    title = escape(plain(f"{sweep.runs[0].title}: configurations side by side"))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {low + _GAP}" '
            'role="img" aria-labelledby="title about">',
            f'<title id="title">{title}</title>',
            f'<desc id="about">{escape(_described(sweep, names))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="24">{title}</text>',
            *_legend(sweep.runs, 46),
            *_axis(top, low),
            *(
                line
                for at, name in enumerate(names)
                for line in _measure(sweep, name, top + block * at)
            ),
            "</svg>\n",
        ]
    )


def _described(sweep: Sweep, names: Sequence[str]) -> str:
    told = (
        f"{run.stamp.configuration}, {_SHARES[name]}: {_in_words(figure)}"
        for name in names
        for run in sweep.runs
        if (figure := sweep.figure(run, name))
    )
    return plain("Means with 95 % intervals. " + "; ".join(told) + ".")


def _axis(top: int, low: int) -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _at(share)
        yield f'<line class="axis" x1="{x}" x2="{x}" y1="{top - 14}" y2="{low}"/>'
        yield (
            f'<text class="dim" text-anchor="middle" x="{x}" y="{top - 18}">'
            f"{value(share, Unit.SHARE)}</text>"
        )


def _measure(sweep: Sweep, name: str, top: int) -> Iterator[str]:
    yield f'<text x="8" y="{top + 12}">{escape(_SHARES[name])}</text>'
    for at, run in enumerate(sweep.runs):
        figure = sweep.figure(run, name)
        if figure is not None:
            yield from _dot(figure, run, at, top + _LINE * at + 8)


def _dot(figure: Figure, run: Run, at: int, y: int) -> Iterator[str]:
    colour = _COLOURS[at % len(_COLOURS)]
    told = escape(plain(f"{run.stamp.configuration}: {_in_words(figure)}"))
    yield f"<g><title>{told}</title>"
    yield f'<text class="dim" text-anchor="end" x="{_LEFT - 10}" y="{y + 4}">{at + 1}</text>'
    yield (
        f'<line x1="{_at(figure.low)}" x2="{_at(figure.high)}" y1="{y}" y2="{y}" '
        f'stroke="{colour}" stroke-width="2"/>'
    )
    yield f'<circle cx="{_at(figure.mean)}" cy="{y}" r="4" fill="{colour}"/></g>'


def _legend(runs: Sequence[Run], top: int) -> Iterator[str]:
    for at, run in enumerate(runs):
        y = top + _LINE * at
        yield f'<circle cx="14" cy="{y - 4}" r="4" fill="{_COLOURS[at % len(_COLOURS)]}"/>'
        named = f"{at + 1} {run.stamp.configuration}"
        yield f'<text x="26" y="{y}">{escape(plain(named))}</text>'


def _in_words(figure: Figure) -> str:
    between = span(figure.low, figure.high, Unit.SHARE)
    return f"{value(figure.mean, Unit.SHARE)} ({between}, {figure.n} cases)"


def _at(share: float) -> float:
    return round(_LEFT + _WIDE * min(max(share, 0.0), 1.0), 1)
