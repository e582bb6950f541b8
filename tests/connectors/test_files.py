"""Listing a folder: what is new, changed, moved, gone or out of reach."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from connectors.connector import Found, Observation, Reached, Removed, Unreachable
from connectors.errors import Misconfigured, SourceDown
from connectors.files import FilesConnector
from retrieval.documents import Details, Kind, Status

DETAILS = Details(title="", readers=frozenset({"user:me"}))


class Watched:
    """A folder and what a library that follows it would know."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.known: dict[str, str] = {}
        self.cursor = ""

    async def look(self, only: tuple[Path, ...] = ()) -> list[Observation]:
        """List the folder and take over everything seen."""
        seen = await changes(self.top, self.cursor, self.known, only)
        for each in seen:
            match each:
                case Found():
                    if each.moved_from:
                        self.known.pop(each.moved_from)
                    self.known[each.uri] = each.fingerprint
                case Removed():
                    del self.known[each.uri]
                case Reached():
                    self.cursor = each.cursor
                case Unreachable():
                    pass
        return [each for each in seen if not isinstance(each, Reached)]


async def changes(
    top: Path, cursor: str = "", known: Mapping[str, str] | None = None, only: tuple[Path, ...] = ()
) -> list[Observation]:
    connector = FilesConnector(top, DETAILS, only)
    return [each async for each in connector.changes(cursor, known or {})]


def names(observations: list[Observation]) -> list[str]:
    return sorted(f"{type(each).__name__} {getattr(each, 'uri', '')}" for each in observations)


async def test_finds_files_below_and_reads_them_on_demand(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text("words")

    [found, reached] = await changes(tmp_path)

    assert isinstance(found, Found)
    assert (found.uri, found.name) == ("deep/a.txt", "a.txt")
    assert await found.fetch() == b"words"
    assert isinstance(reached, Reached)


async def test_says_nothing_about_what_did_not_change(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()

    assert await watched.look() == []


async def test_sees_a_change_within_the_same_moment_and_of_the_same_size(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    moment = (tmp_path / "a.txt").stat()
    (tmp_path / "b.txt").write_text("sword")
    os.utime(tmp_path / "b.txt", ns=(moment.st_atime_ns, moment.st_mtime_ns))

    assert names(await watched.look()) == ["Found b.txt"]


async def test_sees_a_move_as_a_move(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    (tmp_path / "new").mkdir()
    (tmp_path / "a.txt").rename(tmp_path / "new" / "b.txt")

    [found] = await watched.look()

    assert isinstance(found, Found)
    assert (found.uri, found.moved_from) == ("new/b.txt", "a.txt")


async def test_sees_a_deletion(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "b.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    (tmp_path / "a.txt").unlink()

    assert await watched.look() == [Removed("a.txt")]


async def test_a_missing_or_emptied_folder_deletes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mount"
    folder.mkdir()
    (folder / "a.txt").write_text("words")
    watched = Watched(folder)
    await watched.look()
    (folder / "a.txt").unlink()
    with pytest.raises(SourceDown, match="it is empty"):
        await watched.look()
    folder.rmdir()
    with pytest.raises(SourceDown, match="not there"):
        await watched.look()


async def test_rules_of_the_nearest_folder_win_key_by_key(tmp_path: Path) -> None:
    inner = tmp_path / "hr"
    inner.mkdir()
    (tmp_path / "pincite.yaml").write_text("kind: policy\nreaders: [everyone]\nowner: Legal\n")
    (inner / "pincite.yaml").write_text(
        "readers: ['group:hr']\nfiles:\n  pay-*.txt:\n    effective: 2026-01-01\n"
        "    supersedes: old.txt\n    status: draft\n"
    )
    (inner / "pay-2026.txt").write_text("words")

    [found, _] = await changes(tmp_path)

    assert isinstance(found, Found)
    assert found.details == Details(
        title="",
        kind=Kind.POLICY,
        readers=frozenset({"group:hr"}),
        status=Status.DRAFT,
        owner="Legal",
        effective_from=date(2026, 1, 1),
        supersedes="hr/old.txt",
    )
    assert found.stated == {"effective_from", "supersedes", "status"}


async def test_a_change_of_rules_is_a_change_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    (tmp_path / "pincite.yaml").write_text("readers: ['group:hr']\n")

    assert names(await watched.look()) == ["Found a.txt"]


async def test_includes_and_excludes(tmp_path: Path) -> None:
    for name in ("a.txt", "a.bak", "b.md", ".hidden", "~$a.docx"):
        (tmp_path / name).write_text("words")
    (tmp_path / "pincite.yaml").write_text("include: ['a.*']\nexclude: ['*.bak']\n")

    assert names(await changes(tmp_path)) == ["Found a.txt", "Reached "]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("reader: [everyone]", "reader"),
        ("kind: letter", "kind"),
        ("readers: [ann]", "user:NAME"),
        ("status: expired", "status"),
        ("{", "YAML"),
        ("effective: tomorrow", "effective"),
    ],
)
async def test_a_wrong_rule_is_refused_and_named(
    tmp_path: Path, content: str, expected: str
) -> None:
    (tmp_path / "pincite.yaml").write_text(content)

    with pytest.raises(Misconfigured, match=expected):
        await changes(tmp_path)


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("owner: Legal\nkind: letter\n", 2, "a key and a value"),
        ("files:\n  '*.txt':\n    kind: policy\n    colour: red\n", 4, "a key and a value"),
        ("owner: Legal\nreaders: [ann\nkind: policy\n", 3, "YAML, got: "),
        ("owner: Legal\n\towner: Finance\n", 2, "YAML, got: "),
        ("just words", 1, "a key and a value"),
        ("owner: \x07", 1, "YAML as documented"),
    ],
)
async def test_what_is_wrong_is_told_in_one_line_with_its_place(
    tmp_path: Path, content: str, line: int, expected: str
) -> None:
    path = tmp_path / "pincite.yaml"
    path.write_text(content)
    with pytest.raises(Misconfigured) as caught:
        await changes(tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line {line}: Expected {expected}")
    assert "\n" not in told
    assert told.endswith(". Nothing below is synced until it is mended.")


async def test_a_wrong_rule_below_holds_back_only_what_lies_below(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    (tmp_path / "sub" / "pincite.yaml").write_text("readers: nobody in particular")
    (tmp_path / "a.txt").unlink()

    assert names(await watched.look()) == ["Removed a.txt", "Unreachable sub"]


async def test_an_export_gives_one_document_per_record(tmp_path: Path) -> None:
    tickets = [
        {
            "id": "T-1",
            "title": "Door stuck",
            "text": "It sticks.",
            "link": "https://desk.example/1",
        },
        {"id": "T-2", "title": "Lamp dark", "text": "It is dark."},
        "not an object",
    ]
    (tmp_path / "tickets.json").write_text(json.dumps({"tickets": tickets}))
    watched = Watched(tmp_path)

    seen = await watched.look()

    assert names(seen) == [
        "Found tickets.json#T-1",
        "Found tickets.json#T-2",
        "Unreachable tickets.json#item 3",
    ]
    [door] = [each for each in seen if isinstance(each, Found) and each.uri.endswith("T-1")]
    assert (door.details.title, door.details.link) == ("Door stuck", "https://desk.example/1")


async def test_a_changed_export_names_only_changed_records(tmp_path: Path) -> None:
    export = tmp_path / "tickets.jsonl"
    first, second = {"id": "1", "text": "One."}, {"id": "2", "text": "Two."}
    export.write_text(f"{json.dumps(first)}\n{json.dumps(second)}\n")
    watched = Watched(tmp_path)
    await watched.look()
    assert await watched.look() == []
    export.write_text(f"{json.dumps(first | {'text': 'One, changed.'})}\n")

    assert names(await watched.look()) == ["Found tickets.jsonl#1", "Removed tickets.jsonl#2"]


async def test_looks_only_at_the_files_it_was_given(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("words")
    watched = Watched(tmp_path)
    watched.known["elsewhere.txt"] = "print"

    assert names(await watched.look((tmp_path / "a.txt",))) == ["Found a.txt"]


async def test_does_not_follow_links_or_open_what_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.txt").symlink_to("/etc/passwd")
    (inner / "folder").symlink_to(tmp_path / "secret")
    os.mkfifo(inner / "pipe.txt")

    assert names(await changes(inner)) == ["Reached ", "Unreachable pipe.txt"]


async def test_a_name_that_is_not_text_is_still_a_document(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("words")

    [found, _] = await changes(tmp_path)

    assert isinstance(found, Found)
    (found.uri + found.name).encode("utf-8")
    assert await found.fetch() == b"words"


async def test_an_export_that_vanishes_while_it_is_listed_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "tickets.jsonl").write_text('{"id": 1, "text": "words"}')
    seen = FilesConnector(tmp_path, DETAILS).changes("", {})

    first = await anext(seen)
    (tmp_path / "tickets.jsonl").unlink()
    rest = [each async for each in seen]

    assert names([first, *rest]) == ["Found a.txt", "Reached ", "Unreachable tickets.jsonl"]


async def test_a_rule_that_cannot_be_read_closes_what_lies_below(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("words")
    watched = Watched(tmp_path)
    await watched.look()
    (tmp_path / "sub" / "pincite.yaml").write_text("readers: ['user:ann'")

    [below] = await watched.look()
    (tmp_path / "pincite.yaml").write_text("readers: nobody in particular")
    [whole] = await watched.look()

    assert isinstance(below, Unreachable)
    assert (below.uri, below.closes) == ("sub", True)
    assert isinstance(whole, Unreachable)
    assert (whole.uri, whole.closes) == (".", True)


@pytest.mark.parametrize(
    "content",
    [
        "files: {'*.txt': {supersedes: /etc/passwd}}",
        "files: {'*.txt': {supersedes: ../../elsewhere.txt}}",
        "readers: " + "[" * 5000 + "]" * 5000,
        "kind: &a [*a]",
        "effective: 2026-13-45",
        "\x00",
    ],
)
async def test_no_rule_however_odd_stops_the_rest(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("words")
    (tmp_path / "sub" / "pincite.yaml").write_text(content)

    assert names(await changes(tmp_path)) == ["Found a.txt", "Reached ", "Unreachable sub"]


async def test_a_replaced_document_may_lie_in_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "new.txt").write_text("words")
    (tmp_path / "up" / "pincite.yaml").write_text("files: {new.txt: {supersedes: ../old.txt}}")

    [found, _] = await changes(tmp_path)

    assert isinstance(found, Found)
    assert found.details.supersedes == "old.txt"


async def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    [found, _] = await changes(tmp_path)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "a.txt").symlink_to("/etc/passwd")

    assert isinstance(found, Found)
    with pytest.raises(SourceDown):
        await found.fetch()


async def test_denials_add_up_on_the_way_down(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("a.txt", "inner/b.txt", "inner/c.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "pincite.yaml").write_text("readers: [everyone]\ndenied: ['user:ann']\n")
    (inner / "pincite.yaml").write_text(
        "denied: ['group:hr']\nfiles: {c.txt: {denied: ['user:bob']}}\n"
    )
    connector = FilesConnector(tmp_path, DETAILS)
    found = {each.uri: each async for each in connector.changes("", {}) if isinstance(each, Found)}

    assert {uri: each.details.denied for uri, each in found.items()} == {
        "a.txt": {"user:ann"},
        "inner/b.txt": {"user:ann", "group:hr"},
        "inner/c.txt": {"user:ann", "group:hr", "user:bob"},
    }
    known = {uri: each.fingerprint for uri, each in found.items()}
    (tmp_path / "pincite.yaml").write_text("readers: [everyone]\n")
    again = [each async for each in connector.changes("", known) if isinstance(each, Found)]
    assert {each.uri for each in again} == set(found)
