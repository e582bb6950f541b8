"""Reading scanned pages with Tesseract, where the `ocr` extra and its program are installed."""

from __future__ import annotations

import importlib.util
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from retrieval.layout import Line
from retrieval.pdf import PageText, render_page

_DOTS_PER_POINT = 300 / 72
_MOST_SCANS = 200
_SURE = 30.0
_NEEDED = "install the ocr extra to read it"

Words = dict[str, list[Any]]
Reader = Callable[[bytes], Words]


def installed_program() -> str:
    """Return where Tesseract is, or nothing if it or the `ocr` extra is not installed."""
    if importlib.util.find_spec("pytesseract") is None:
        return ""
    return shutil.which("tesseract") or ""


def with_scans_read(
    raw: bytes, pages: Sequence[PageText], program: str, reader: Reader | None = None
) -> tuple[list[PageText], list[str]]:
    """Return the pages with scans read where possible, and a problem for each other scan."""
    reader = reader or (_tesseract(program) if program else None)
    done: list[PageText] = []
    problems: list[str] = []
    for page in pages:
        if page.is_scan and reader and len(problems) < _MOST_SCANS:
            done.append(_read(raw, page, reader))
            if done[-1].lines:
                continue
            problems.append(f"page {page.number} is a scanned image in which no words were found")
        else:
            done.append(page)
            if page.is_scan:
                problems.append(f"page {page.number} is a scanned image; {_NEEDED}")
    return done, _summed(problems)


def _summed(problems: list[str]) -> list[str]:
    if len(problems) <= 20:
        return problems
    return [*problems[:20], f"and so {len(problems) - 20} more pages"]


def _tesseract(program: str) -> Reader:
    import pytesseract
    from PIL import Image

    pytesseract.pytesseract.tesseract_cmd = program

    def read(png: bytes) -> Words:
        found: Words = pytesseract.image_to_data(
            Image.open(io.BytesIO(png)), output_type=pytesseract.Output.DICT
        )
        return found

    return read


def _read(raw: bytes, page: PageText, reader: Reader) -> PageText:
    width = round(page.width * _DOTS_PER_POINT)
    words = reader(render_page(raw, page.number, width))
    scale = page.width / max(width, 1) * 10
    text, boxes, lines, at = [], [], [], 0
    rows: dict[tuple[int, ...], list[int]] = {}
    for index, word in enumerate(words["text"]):
        if str(word).strip() and float(words["conf"][index]) >= _SURE:
            key = tuple(int(words[name][index]) for name in ("block_num", "par_num", "line_num"))
            rows.setdefault(key, []).append(index)
    for members in rows.values():
        start = at
        for index in members:
            word = str(words["text"][index]).strip() + " "
            text.append(word)
            boxes.append(_letters(words, index, len(word), scale))
            at += len(word)
        shown = np.concatenate(boxes[-len(members) :])
        shown = shown[shown[:, 2] > shown[:, 0]] / 10
        left, top = shown[:, :2].min(axis=0).tolist()
        right, bottom = shown[:, 2:].max(axis=0).tolist()
        lines.append(Line(start, at - 1, left, top, right, bottom))
    every = np.concatenate(boxes) if boxes else np.zeros((0, 4), dtype=np.uint16)
    return replace(page, text="".join(text), boxes=every, lines=tuple(lines))


def _letters(words: Words, index: int, count: int, scale: float) -> Any:
    """Share a word's box among its letters; the blank after it has none."""
    left, top, width, height = (
        float(words[name][index]) * scale for name in ("left", "top", "width", "height")
    )
    edges = np.linspace(left, left + width, count)
    rows = np.zeros((count, 4))
    rows[:-1] = np.stack(
        [edges[:-1], np.full(count - 1, top), edges[1:], np.full(count - 1, top + height)], axis=1
    )
    return rows.round().clip(0, 65535).astype(np.uint16)
