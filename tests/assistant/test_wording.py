"""What is ours is said in every language: each sentence has its row, and no row is left over."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes

from assistant.http.languages import says
from assistant.http.pages import WEB, environment_of
from assistant.wording import LANGUAGES, Language, counted, day, number, part, say, speaking, table

OTHERS = [each for each in Language if each is not Language.EN]
OWN_PAGES = Path("evals/web/templates")
REPORTS = Path("evals/reports/templates")
FACT = re.compile(r"\{(\w+)\}")
TAG = re.compile(r"</?\w+[^>]*>")
IN_SCRIPTS = re.compile(r"""(?<!\w)say\(\s*"((?:[^"\\]|\\.)*)\"""")
SHOWN = frozenset({"alt", "aria-label", "aria-description", "placeholder", "title"})
NAMES = frozenset({"Markdown", "PDF", "Pincite", "Word"})
"""What is called the same in every language."""
SAYING = ("say", "counted")
SAYING_CODE = [
    *sorted(Path("assistant/http").glob("*.py")),
    *sorted(Path("assistant/export").glob("*.py")),
    Path("tools/telling.py"),
]
ENVIRONMENT = environment_of(OWN_PAGES, REPORTS)


def templates() -> list[Path]:
    """Return every template of a page, and of a report, which pages show too."""
    folders = (WEB / "templates", OWN_PAGES, REPORTS)
    return sorted(path for folder in folders for path in folder.glob("*.html"))


def in_template(path: Path) -> Iterator[str]:
    """Yield what a template says, and fail where it says what is no constant."""
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in SAYING:
            said = call.args[:1] if call.node.name == "say" else call.args[1:3]
            for each in said:
                assert isinstance(each, nodes.Const), f"{path.name}:{call.lineno}: no constant"
                yield each.value


def in_code(path: Path) -> Iterator[str]:
    """Yield what a module says by `say` and `counted`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for each in node.args if name in SAYING else ():
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value.strip()


def constants() -> set[str]:
    """Return every text that stands in the code, for what is looked up by what it holds."""
    folders = ("assistant", "retrieval", "tools", "evals")
    paths = [path for folder in folders for path in Path(folder).rglob("*.py")]
    return {
        node.value.strip()
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def scripts() -> set[str]:
    """Return what the scripts say."""
    static = (WEB / "static").glob("*.js")
    found = (IN_SCRIPTS.findall(path.read_text(encoding="utf-8")) for path in static)
    return {json.loads(f'"{each}"') for texts in found for each in texts}


def shown(node: nodes.Node) -> Iterator[nodes.Output]:
    """Yield what a template puts out, in its order, without the classes of its body."""
    if isinstance(node, nodes.Output):
        yield node
    for child in node.iter_child_nodes():
        if not (isinstance(child, nodes.Block) and child.name == "layout"):
            yield from shown(child)


class Bare(HTMLParser):
    """Collects what a person sees of a template that is in no sentence of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen += [value or "" for name, value in attrs if name in SHOWN]

    def handle_data(self, data: str) -> None:
        self.seen.append(data)


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.stem)
def test_a_template_shows_no_words_but_sentences_of_ours(path: Path) -> None:
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    bare = Bare()
    pieces = [
        piece.data if isinstance(piece, nodes.TemplateData) else "\N{REPLACEMENT CHARACTER}"
        for output in shown(tree)
        for piece in output.nodes
    ]
    bare.feed("".join(pieces))
    bare.close()
    words = [word for seen in bare.seen for word in re.findall(r"[A-Za-z]{2,}", seen)]
    assert [each for each in words if each not in NAMES] == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("path", templates(), ids=lambda path: path.stem)
def test_what_a_template_says_is_said_in_every_language(path: Path, language: Language) -> None:
    lacking = [each for each in in_template(path) if each.strip() not in table(language)]
    assert lacking == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("path", SAYING_CODE, ids=lambda path: path.stem)
def test_what_the_pages_and_files_say_is_said_in_every_language(
    path: Path, language: Language
) -> None:
    assert [each for each in in_code(path) if each not in table(language)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_scripts_say_is_said_in_every_language(language: Language) -> None:
    with speaking(language):
        sent = {english for english, _ in says()}
    assert sorted(scripts() - sent) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_row_is_left_over(language: Language) -> None:
    said = constants() | scripts() | {each for path in templates() for each in in_template(path)}
    said |= {f"{date(2026, month, 1):%B}" for month in range(1, 13)}
    tables = [path.stem for path in (LANGUAGES / language).glob("*.json") if path.stem != "slack"]
    left = {each: name for name in tables for each in part(language, name) if each not in said}
    assert left == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_stands_in_one_table_with_its_facts_and_its_markup(language: Language) -> None:
    seen: dict[str, str] = {}
    for path in sorted((LANGUAGES / language).glob("*.json")):
        rows: list[tuple[str, Any]] = json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=list
        )
        for english, other in rows:
            assert english not in seen, f"{english!r} is in {seen[english]} and {path.stem}"
            seen[english] = path.stem
            assert sorted(FACT.findall(english)) == sorted(FACT.findall(other)), english
            assert sorted(TAG.findall(english)) == sorted(TAG.findall(other)), english
            assert other, english
            assert other.strip() == other, english


def test_every_language_has_the_same_tables() -> None:
    names = [{path.name for path in (LANGUAGES / each).iterdir()} for each in OTHERS]
    assert names[0] == names[1]
    for name in names[0]:
        assert (
            part(Language.DE, Path(name).stem).keys() == part(Language.FR, Path(name).stem).keys()
        )


def test_days_and_numbers_are_written_as_they_are_in_each_language() -> None:
    first, later = date(2026, 3, 1), date(2026, 12, 24)
    written = {Language.EN: ("1 March 2026", "24 December 2026", "20,000")}
    written[Language.DE] = ("1. März 2026", "24. Dezember 2026", "20.000")
    written[Language.FR] = ("1er mars 2026", "24 décembre 2026", "20\u202f000")
    for language, (one, other, many) in written.items():
        with speaking(language):
            assert (day(first), day(later), number(20_000)) == (one, other, many)


def test_nothing_is_one_thing_in_french_and_many_in_english() -> None:
    for language, nothing in ((Language.EN, "many"), (Language.DE, "many"), (Language.FR, "one")):
        with speaking(language):
            assert counted(0, "one", "many") == nothing
            assert counted(1, "one", "many") == "one"
            assert counted(2, "one", "many") == "many"


def test_what_is_in_no_table_is_said_as_it_is() -> None:
    with speaking(Language.FR):
        assert say(" of no table ") == " of no table "
