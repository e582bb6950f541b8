"""Markdown: headings, lists, tables and quotes as blocks; front matter as what it declares."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import yaml

from ingest.parsed import BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import decoded
from ingest.parsers.table import rows_text
from ingest.parsers.writer import Writer
from ingest.visible import one_line, visible

_FRONT = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_DELIMITERS = frozenset("|:- \t")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]+\S+")
_INLINE = (
    (re.compile(r"!\[([^\]\n]{0,500})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,500}\")?\)"), r"\1"),
    (re.compile(r"\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"\n]{0,500}\")?\)"), r"\1"),
    (re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,200}\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,2000}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]{1,2000}?)(?<=[^\s_])_(?![\w_])"), r"\1"),
    (re.compile(r"~~(?=\S)([^~\n]{1,2000}?)~~"), r"\1"),
    (re.compile(r"`([^`\n]{1,2000})`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])"), r"\1"),
)
_FRONT_CHARACTERS = 20_000
_LONG_LINE = 20_000


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return the text without markup and front matter."""
    text, problems = decoded(raw)
    text = visible(text)
    declared, body = front_matter(text)
    writer = Writer(limits.characters)
    writer.problems.extend(problems)
    _write(writer, _without_comments(body).expandtabs(4).split("\n"))
    return writer.parsed(dict(declared).get("title") or writer.opening_heading, declared)


def front_matter(text: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return what a leading YAML block declares, and the text after it."""
    found = _FRONT.match(text[:_FRONT_CHARACTERS])
    if not found or text.count("[", 0, found.end()) + text.count("{", 0, found.end()) > 200:
        return (), text
    try:
        fields = yaml.load(found[1] or "", Loader=yaml.BaseLoader)  # noqa: S506 (makes text only)
    except (yaml.YAMLError, RecursionError, ValueError):
        return (), text
    if not isinstance(fields, dict):
        return (), text
    declared = tuple(
        (one_line(key).lower(), one_line(", ".join(value) if _is_texts(value) else str(value), 500))
        for key, value in fields.items()
        if isinstance(key, str) and (isinstance(value, str) or _is_texts(value))
    )
    return declared, text[found.end() :]


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join((*parts, text[at:]))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _write(writer: Writer, lines: list[str]) -> None:
    at = 0
    while at < len(lines) and not writer.is_full:
        line = lines[at]
        if not line.strip() or _DEFINITION.match(line) or _RULE.match(line):
            at += 1
        elif found := _FENCE.match(line):
            at = _write_fence(writer, lines, at, found[1])
        elif found := _HEADING.match(line):
            writer.heading(_plain(line[found.end() :].strip().rstrip("#")), len(found[1]))
            at += 1
        elif "|" in line and at + 1 < len(lines) and _is_delimiter(lines[at + 1]):
            at = _write_table(writer, lines, at)
        else:
            at = _write_paragraph(writer, lines, at)


def _write_fence(writer: Writer, lines: list[str], at: int, fence: str) -> int:
    end = at + 1
    while end < len(lines) and not lines[end].lstrip().startswith(fence):
        end += 1
    writer.add("\n".join(lines[at + 1 : end]))
    return end + 1


def _is_delimiter(line: str) -> bool:
    return "-" in line and _DELIMITERS.issuperset(line)


def _write_table(writer: Writer, lines: list[str], at: int) -> int:
    end = at + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    rows = [list(_cells(lines[number])) for number in (at, *range(at + 2, end))]
    for number, line in enumerate(rows_text(rows, has_names=True)):
        writer.add(line, BlockKind.TABLE_ROW, "\n" if number else "\n\n")
    return end


def _cells(line: str) -> Iterator[str]:
    for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|")):
        yield _plain(cell).strip()


def _write_paragraph(writer: Writer, lines: list[str], at: int) -> int:
    """Write lines up to a blank one or to something else; a list item is a block of its own."""
    first = lines[at]
    kind = BlockKind.LIST_ITEM if _ITEM.match(first) else BlockKind.TEXT
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _starts_anew(lines[end]):
        if kind is BlockKind.TEXT and (found := _UNDERLINE.match(lines[end])):
            writer.heading(_plain(" ".join(lines[at:end])), 1 if found[1][0] == "=" else 2)
            return end + 1
        end += 1
    text = _plain("\n".join(line.strip().removeprefix("> ").strip() for line in lines[at:end]))
    after_item = kind is BlockKind.LIST_ITEM and at > 0 and bool(lines[at - 1].strip())
    writer.add(text, kind, "\n" if after_item else "\n\n")
    return end


def _starts_anew(line: str) -> bool:
    return bool(_ITEM.match(line) or _HEADING.match(line) or _FENCE.match(line))


def _plain(text: str) -> str:
    """Return inline text without its markup."""
    if len(text) <= _LONG_LINE:
        for pattern, instead in _INLINE:
            text = pattern.sub(instead, text)
    return html.unescape(text)
