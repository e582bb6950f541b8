#!/usr/bin/env python3
"""Check the demo corpus: quoted words, readers and the promised counts.

Every answer in questions.yaml must stand verbatim (but for white space) in the
document it names, and the person who asks must be able to read that document.
The suites over this corpus are checked by `pincite eval check box`.

Needs: pypdfium2 python-docx python-pptx openpyxl pyyaml
Use:   python3 check.py        prints the findings, and fails if there are any
"""

from __future__ import annotations

import email
import email.policy
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import yaml

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
TICKETS = (".json", ".jsonl")
LEAST = {"contracts": 18, "policies": 20, "tickets": 22, "documents": 60, "mails": 4}


# --- text of a document -----------------------------------------------------


class TextOnly(HTMLParser):
    """Collects the text of a page, without its styles."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.muted = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.muted = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.muted = False

    def handle_data(self, data: str) -> None:
        if not self.muted:
            self.pieces.append(data)


def html_text(markup: str) -> str:
    """The visible text of a page."""
    parser = TextOnly()
    parser.feed(markup)
    return " ".join(parser.pieces)


def pdf_text(path: Path) -> str:
    """The text layer of a PDF; scanned pages have none."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path))


def docx_text(path: Path) -> str:
    """Paragraphs and table cells in their order."""
    body = docx.Document(str(path)).element.body
    lines = []
    for block in body.iter("{*}p"):
        marks = {"t": lambda node: node.text or "", "tab": lambda _: "\t", "br": lambda _: "\n"}
        nodes = (node for node in block.iter() if isinstance(node.tag, str))
        lines.append("".join(marks.get(n.tag.rpartition("}")[2], lambda _: "")(n) for n in nodes))
    return "\n".join(lines)


def xlsx_text(path: Path) -> str:
    """All cells, sheet by sheet."""
    book = openpyxl.load_workbook(path, data_only=True)
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    return "\n".join("\t".join(str(cell) for cell in row if cell is not None) for row in rows)


def pptx_text(path: Path) -> str:
    """The text of all slides, and of the notes."""
    lines = []
    for slide in pptx.Presentation(str(path)).slides:
        lines += [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        if slide.has_notes_slide:
            lines.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(lines)


def mail_text(path: Path) -> str:
    """Subject, bodies and text attachments of a mail."""
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    lines = [str(mail["subject"])]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            lines.append(html_text(content) if part.get_content_subtype() == "html" else content)
    return "\n".join(lines)


@cache
def tickets(path: Path) -> dict[str, str]:
    """The tickets of an export: identifier to text."""
    raw = path.read_text(encoding="utf-8")
    items = json.loads(raw) if path.suffix == ".json" else map(json.loads, raw.splitlines())
    return {
        item["id"]: "\n".join(
            [item["title"], item["text"], *(each["text"] for each in item.get("comments", []))]
        )
        for item in items
    }


READERS_OF = {
    ".pdf": pdf_text,
    ".docx": docx_text,
    ".xlsx": xlsx_text,
    ".pptx": pptx_text,
    ".eml": mail_text,
    ".html": lambda path: html_text(path.read_text(encoding="utf-8")),
}


@cache
def text_of(name: str) -> str:
    """The text of `path` or `path#ticket`, with white space made single."""
    file, _, ticket = name.partition("#")
    path = SOURCES / file
    if ticket:
        text = tickets(path)[ticket]
    else:
        text = READERS_OF.get(path.suffix, lambda p: p.read_text(encoding="utf-8"))(path)
    return " ".join(text.replace("\ufffe", "-").split())


# --- pincite.yaml -----------------------------------------------------------


@cache
def settings_of(folder: str) -> dict[str, Any]:
    """The pincite.yaml of a folder of sources."""
    return yaml.safe_load((SOURCES / folder / "pincite.yaml").read_text(encoding="utf-8"))


@cache
def attributes(file: str) -> dict[str, Any]:
    """What pincite.yaml says of one file: the folder's values and its own."""
    folder, _, name = file.partition("/")
    top = dict(settings_of(folder))
    own = top.pop("files", None) or {}
    for pattern, values in own.items():
        if fnmatch(name, pattern):
            top |= values
    return top


def documents() -> list[str]:
    """All files of the corpus that are not excluded."""
    found = []
    for path in sorted(SOURCES.rglob("*.*")):
        file = path.relative_to(SOURCES).as_posix()
        excluded = settings_of(path.parent.name).get("exclude", [])
        if path.name != "pincite.yaml" and not any(fnmatch(path.name, each) for each in excluded):
            found.append(file)
    return found


def may_read(person: str, groups: list[str], file: str) -> bool:
    """Whether a person may read a file."""
    names = {"everyone", f"user:{person}", *(f"group:{group}" for group in groups)}
    said = attributes(file)
    return bool(names & set(said["readers"])) and not names & set(said.get("denied", ()))


# --- the checks -------------------------------------------------------------


def check_folder(folder: str) -> Iterator[str]:
    """Names in pincite.yaml that match nothing, or point nowhere."""
    names = [path.name for path in (SOURCES / folder).iterdir()]
    for pattern, values in (settings_of(folder).get("files") or {}).items():
        if not any(fnmatch(name, pattern) for name in names):
            yield f"{folder}/pincite.yaml: no file matches {pattern}"
        older = values.get("supersedes")
        if older and older not in names:
            yield f"{folder}/pincite.yaml: {pattern} supersedes {older}, which is missing"


def check_expected(question: dict[str, Any], expected: dict[str, str]) -> Iterator[str]:
    """One expected answer: it exists, says the words, and applies on the day."""
    name, file = expected["document"], expected["document"].partition("#")[0]
    words = " ".join(expected["words"].split())
    if not (SOURCES / file).exists():
        yield f"no such document: {name}"
        return
    if "#" in name and name.partition("#")[2] not in tickets(SOURCES / file):
        yield f"no such ticket: {name}"
        return
    if words not in (scanned_text(file) if question.get("scanned") else text_of(name)):
        yield f"words not in {name}: {words}"


def scanned_text(file: str) -> str:
    """The source text of a rendered file, for words that stand on a scanned page."""
    for path in (HERE / "text").rglob("*.md"):
        raw = path.read_text(encoding="utf-8")
        if f"output: {file}\n" in raw:
            return " ".join(re.sub(r"\*\*", "", raw).split())
    raise LookupError(file)


def check_question(question: dict[str, Any], people: dict[str, list[str]]) -> Iterator[str]:
    """All findings on one question."""
    person = question["as"]
    if person not in people:
        yield f"unknown person {person}"
        return
    for expected in question["expects"]:
        yield from check_expected(question, expected)
        if not may_read(person, people[person], expected["document"].partition("#")[0]):
            yield f"{person} may not read {expected['document']}"


def check_questions(questions: list[dict[str, Any]], people: dict[str, Any]) -> Iterator[str]:
    """All questions, their names, and the three of the demonstration."""
    for question in questions:
        for finding in check_question(question, people):
            yield f"{question['id']}: {finding}"
    for identifier, count in Counter(question["id"] for question in questions).items():
        if count > 1:
            yield f"{identifier} is used {count} times"
    if [bool(question.get("demo")) for question in questions][:4] != [True, True, True, False]:
        yield "questions: the first three, and only they, are the demonstration's"


def corpus_counts(files: list[str]) -> dict[str, int]:
    """How many documents of each kind there are; a ticket is a document."""
    exports = [file for file in files if file.endswith(TICKETS)]
    held = sum(len(tickets(SOURCES / file)) for file in exports)
    kinds = Counter(file.partition("/")[0] for file in files)
    return {
        "contracts": kinds["contracts"],
        "policies": kinds["policies"],
        "tickets": held,
        "mails": sum(file.endswith(".eml") for file in files),
        "documents": len(files) - len(exports) + held,
    }


def check_corpus(files: list[str]) -> Iterator[str]:
    """The counts, the size, and that every file yields text."""
    for kind, count in corpus_counts(files).items():
        if count < LEAST[kind]:
            yield f"corpus: {count} {kind}, at least {LEAST[kind]} promised"
    size = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file())
    if size > 6_000_000:
        yield f"corpus: {size:,} bytes, more than 6 MB"
    for file in files:
        if not file.endswith(TICKETS) and len(text_of(file)) < 200:
            yield f"{file}: hardly any text"


def main() -> int:
    """Run all checks and print a summary."""
    people = yaml.safe_load((HERE / "people.yaml").read_text(encoding="utf-8"))["people"]
    questions = yaml.safe_load((HERE / "questions.yaml").read_text(encoding="utf-8"))["questions"]
    files = documents()
    findings = [*check_corpus(files), *check_questions(questions, people)]
    for folder in sorted({file.partition("/")[0] for file in files}):
        findings += check_folder(folder)
    print("\n".join(findings) or "no findings")
    print("documents:", corpus_counts(files), dict(Counter(Path(file).suffix for file in files)))
    print("questions:", len(questions), "people:", len(people))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
