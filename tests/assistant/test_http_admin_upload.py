"""Uploading: who may, to whom they may give, and that nothing arrives by halves or runs."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.folder_rules import NAME as RULES
from deploy.upload_files import name_of
from ingest.parser import PRELOAD, TASKS, SandboxedParser
from retrieval.access import Principal
from retrieval.audit.event import Act
from retrieval.errors import BadRequest, Unavailable
from retrieval.sandbox import Sandbox
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import offences
from tests.assistant.signin.door import form_token
from tests.assistant.source_office import MOST_BYTES, SourceOffice, source_office

PAGE = "/admin/upload"
LEGAL = Principal.person("ann", ["legal"])
SUPPORT = Principal.person("zoe", ["support"])
MARA = Principal.person("mara")


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[SourceOffice]:
    async with source_office(tmp_path) as lent:
        yield lent


async def put(
    http: httpx.AsyncClient, name: str, content: bytes | AsyncIterator[bytes], **said: Any
) -> httpx.Response:
    """Send a file as the page's script does."""
    token = form_token((await http.get(PAGE)).text)
    asked = {"name": name, "reader": ["user:mara"]} | said
    return await http.post(
        f"{PAGE}/file", params=asked, content=content, headers={"X-Form-Token": token}
    )


def lying(office: SourceOffice) -> list[str]:
    """Return every uploaded file, with how it arrives."""
    top = office.at.home / "uploads"
    return sorted(
        each.relative_to(top).as_posix()
        for each in top.rglob("*")
        if each.is_file() and each.name != RULES
    )


async def said_to(office: SourceOffice, principal: Principal) -> dict[str, str]:
    """Return the newest text of each upload that somebody may read, by the file's name."""
    versions = await office.at.library.all_versions(principal=principal)
    return {
        each.uri.rsplit("/", 1)[-1]: (await office.at.library.text(each, principal=principal)).text
        for each in sorted(versions, key=lambda each: each.number)
        if each.source == "uploads"
    }


async def test_a_file_is_stored_read_and_found_by_whom_it_was_given_to(
    office: SourceOffice,
) -> None:
    async with office.signed_in("stew") as http:
        answer = await put(
            http,
            "Notice périod.txt",
            b"Ninety days of notice.",
            reader=["group:support"],
            owner="Priya Raman",
            kind="policy",
            status="approved",
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        await office.settled()
        outcome = (await http.get(f"{PAGE}/outcome", params={"uri": told["uri"]})).json()
    assert (told["name"], told["became"]) == ("Notice périod.txt", "stored")
    assert outcome["reached"] == "found"
    assert await said_to(office, SUPPORT) == {"Notice périod.txt": "Ninety days of notice."}
    assert await said_to(office, LEGAL) == {}
    assert await said_to(office, MARA) == {}
    [version] = await office.at.library.all_versions(principal=SUPPORT)
    assert (version.owner, version.kind, version.declared) == ("Priya Raman", "policy", "approved")
    [path] = (office.at.home / "uploads").rglob("*.txt")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each for each in lying(office) if each.startswith(".")] == []


async def test_only_who_decides_about_documents_uploads_approved_ones(
    office: SourceOffice,
) -> None:
    async with office.signed_in("mara") as http:
        page = (await http.get(PAGE)).text
        refused = await put(http, "a.txt", b"Some words.", status="approved")
        taken = await put(http, "a.txt", b"Some words.")
    async with office.signed_in("stew") as http:
        theirs = (await http.get(PAGE)).text

    assert (refused.status_code, taken.status_code) == (422, 200)
    assert refused.json()["error"]["expected"] == "draft"
    assert len(lying(office)) == 1
    assert "until a steward approves it" in page
    assert 'value="approved"' not in page
    assert 'value="approved"' in theirs
    assert "until a steward approves it" not in theirs


async def test_an_upload_is_on_record_first_or_is_not_kept(office: SourceOffice) -> None:
    noting = office.record.note

    async def full(_: object) -> int:
        raise Unavailable("The record cannot be written.")

    async with office.signed_in("mara") as http:
        office.record.note = full  # type: ignore[method-assign, assignment]
        refused = await put(http, "a.txt", b"Some words.")
        assert lying(office) == []
        office.record.note = noting  # type: ignore[method-assign]
        assert refused.status_code == 503
        assert (await put(http, "a.txt", b"Some words.")).status_code == 200
    [noted] = [each for each in await office.noted() if each["about"].get("did") == "upload"]
    assert (noted["act"], noted["actor"], noted["origin"]) == (Act.SOURCE, "mara", "web 10.1.2.3")
    assert noted["about"]["bytes"] == 11
    assert noted["words"]["name"] == "a.txt"
    assert "a.txt" not in str(noted["about"])


GIVEN = [
    ("olga", ["user:olga"], 200),
    ("olga", ["group:support"], 200),
    ("olga", ["user:olga", "group:legal"], 422),
    ("olga", ["everyone"], 422),
    ("olga", ["user:mara"], 422),
    ("olga", [], 422),
    ("mara", ["everyone"], 200),
    ("mara", ["group:legal", "user:bob"], 200),
    ("mara", ["group:nobody-is-called-so"], 422),
    ("mara", ["group:a,b"], 422),
    ("rita", ["user:rita"], 403),
    ("bob", ["user:bob"], 403),
]


async def test_nobody_gives_to_more_than_they_may(office: SourceOffice) -> None:
    for number, (name, readers, expected) in enumerate(GIVEN):
        async with office.signed_in(name) as http:
            token = form_token((await http.get("/")).text)
            sent = {"name": f"{number}.txt", "reader": readers}
            answer = await http.post(
                f"{PAGE}/file", params=sent, content=b"Words.", headers={"X-Form-Token": token}
            )
        assert answer.status_code == expected, answer.text
    taken = [f"{at}.txt" for at, (_, _, expected) in enumerate(GIVEN) if expected == 200]
    assert sorted(each.rpartition("/")[2] for each in lying(office)) == sorted(taken)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/file?name=a.txt&reader=user:mara"])
async def test_another_sites_page_uploads_nothing(office: SourceOffice, path: str) -> None:
    async with office.signed_in("mara") as http:
        for token in ("", "x"):
            files = {"file": ("a.txt", b"Words.")}
            data = {"form_token": token, "reader": "user:mara"}
            answer = await http.post(path, data=data, files=files, headers={"X-Form-Token": token})
            assert answer.status_code == 403
    assert not (office.at.home / "uploads").exists()


async def test_what_breaks_off_is_not_kept_and_never_read(office: SourceOffice) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b"Half a "
        raise ConnectionResetError

    async with office.signed_in("mara") as http:
        assert (await put(http, "a.txt", half())).status_code >= 500
    await office.keeper.ask("contracts", _desk())
    await office.settled()
    assert lying(office) == []


async def test_what_still_arrives_is_seen_by_no_sync(office: SourceOffice) -> None:
    rest, began = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"The first half, "
        began.set()
        await rest.wait()
        yield b"and the second."

    async with office.signed_in("mara") as http:
        await put(http, "b.txt", b"Another file.")
        sending = asyncio.create_task(put(http, "a.txt", slow()))
        async with asyncio.timeout(60):
            await began.wait()
            while not [each for each in lying(office) if each.startswith(".arriving/")]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await office.keeper.ask("uploads", _desk())
        await office.settled()
        assert set(await said_to(office, MARA)) == {"b.txt"}
        assert await office.at.failures.all("uploads") == []
        rest.set()
        assert (await sending).status_code == 200
        await office.settled()
    assert (await said_to(office, MARA))["a.txt"] == "The first half, and the second."


async def test_what_a_crash_left_is_removed_by_a_later_upload(office: SourceOffice) -> None:
    left = office.at.home / "uploads" / ".arriving" / "left"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    os.utime(left, (1, 1))
    async with office.signed_in("mara") as http:
        await put(http, "a.txt", b"Words.")
    assert not left.exists()


async def test_the_same_file_is_kept_once_and_another_of_its_name_only_if_it_is_to_replace_it(
    office: SourceOffice,
) -> None:
    async with office.signed_in("mara") as http:
        became = [
            (await put(http, "a.txt", b"Twenty euros.")).json()["became"],
            (await put(http, "a.txt", b"Twenty euros.")).json()["became"],
        ]
        await office.settled()
        refused = await put(http, "a.txt", b"Thirty euros.")
        became.append((await put(http, "a.txt", b"Thirty euros.", replaces="on")).json()["became"])
        await office.settled()
    assert became == ["stored", "same", "replaced"]
    assert refused.status_code == 422
    assert "a name that is free" in refused.text
    assert await said_to(office, MARA) == {"a.txt": "Thirty euros."}
    versions = await office.at.library.all_versions(principal=MARA)
    assert [each.number for each in versions] == [1, 2]


async def test_the_same_file_for_others_is_another_document(office: SourceOffice) -> None:
    async with office.signed_in("mara") as http:
        for reader in ("group:legal", "group:support"):
            answer = await put(http, "a.txt", b"Words.", reader=[reader])
            assert answer.json()["became"] == "stored"
        await office.settled()
    assert len(lying(office)) == 2
    assert await said_to(office, LEGAL) == await said_to(office, SUPPORT) == {"a.txt": "Words."}


def _archive(names: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return held.getvalue()


REFUSED = [
    ("a.zip", _archive({"a.txt": b"x"}), "an archive"),
    ("bomb.zip", _archive({"../../etc/passwd": b"\x00" * 3_000_000}), "an archive"),
    ("a.pdf", b"MZ\x90\x00" + b"\x00" * 600, "a program"),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ".svg"),
    ("a.docx", b"PK\x03\x04 broken off", "damaged"),
    ("a.docx", b"only text", "Save it anew"),
    ("a.txt", b"", "empty"),
    ("a.txt", b"   \r\n", "empty"),
    ("a.jsonl", b'{"id": 1}', "an export of many came"),
    ("???", b"Words.", "a name of letters or digits"),
]


async def test_what_cannot_be_read_is_refused_with_what_to_do(office: SourceOffice) -> None:
    async with office.signed_in("mara") as http:
        for name, content, expected in REFUSED:
            answer = await put(http, name, content)
            assert answer.status_code == 422, answer.text
            error = answer.json()["error"]
            assert expected in f"{error['expected']} {error['got']} {error['do']}"
            assert error["do"]
    assert lying(office) == []


async def test_a_file_that_is_too_large_is_refused_however_it_is_sent(office: SourceOffice) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"a" * 100_000

    async with office.signed_in("mara") as http:
        for content in (b"a" * (MOST_BYTES + 1), endless()):
            answer = await put(http, "a.txt", content)
            assert answer.status_code == 422
            assert "at most 2 MB" in answer.text
        whole = await put(http, "a.txt", b"a" * (MOST_BYTES + 1_000_001))
    assert whole.status_code == 413
    assert lying(office) == []


async def test_a_document_that_unpacks_to_far_more_is_listed_and_harms_nothing(
    tmp_path: Path,
) -> None:
    bomb = _archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"\x00" * 200_000_000})
    async with (
        source_office(tmp_path) as office,
        Sandbox(TASKS, preload=PRELOAD) as sandbox,
        office.signed_in("mara") as http,
    ):
        office.parser._parser = SandboxedParser(sandbox)
        uri = (await put(http, "bomb.docx", bomb)).json()["uri"]
        await office.settled()
        outcome = (await http.get(f"{PAGE}/outcome", params={"uri": uri})).json()
        page = (await http.get("/admin/sources/one?source=uploads")).text
        assert await said_to(office, MARA) == {}
    assert outcome["reached"] == "refused"
    assert outcome["do"]
    assert "bomb.docx" in page


async def test_a_page_with_a_script_is_read_as_text_and_given_only_to_be_saved(
    office: SourceOffice,
) -> None:
    page = b"# Terms\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>\n\nNinety days.\n"
    async with office.signed_in("mara") as http:
        await put(http, "page.md", page)
        await office.settled()
        [version] = await office.at.library.all_versions(principal=MARA)
        shown = await http.get(f"/source/{version.document_id}/1")
        original = await http.get(f"/api/documents/{version.document_id}/versions/1/original")
    assert shown.status_code == 200
    assert offences(shown.text) == []
    assert original.content == page
    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in original.headers["content-security-policy"]
    assert original.headers["x-content-type-options"] == "nosniff"


async def test_content_does_not_say_of_itself_what_its_uploader_said_otherwise(
    office: SourceOffice,
) -> None:
    text = b"---\nstatus: approved\nowner: Somebody Else\nreaders: [everyone]\n---\n\nWords.\n"
    async with office.signed_in("mara") as http:
        await put(http, "a.md", text, owner="Priya Raman", status="draft")
        await office.settled()
    [version] = await office.at.library.all_versions(principal=MARA)
    assert (version.declared, version.owner) == ("draft", "Priya Raman")
    assert version.readers == {"user:mara"}


async def test_several_files_go_by_form_without_a_script(office: SourceOffice) -> None:
    async with office.signed_in("olga") as http:
        token = form_token((await http.get(PAGE)).text)
        data = {"form_token": token, "reader": ["user:olga", "group:support"], "kind": "policy"}
        files = [
            ("file", ("a.txt", b"The first.")),
            ("file", ("../../b.txt", b"The second.")),
            ("file", ("c.zip", _archive({"a": b"b"}))),
        ]
        answer = await http.post(PAGE, data=data, files=files)
        await office.settled()
        nothing = await http.post(PAGE, data=data, files=[("file", ("", b""))])
    assert answer.status_code == 200
    assert offences(answer.text) == []
    assert answer.text.count("Stored. It is being read.") == 2
    assert "not stored" in answer.text
    assert nothing.status_code == 422
    assert await said_to(office, SUPPORT) == {"a.txt": "The first.", "b.txt": "The second."}


async def test_no_name_runs_on_any_page(office: SourceOffice) -> None:
    async with office.signed_in("mara") as http:
        token = form_token((await http.get(PAGE)).text)
        data = {"form_token": token, "reader": "user:mara", "owner": XSS[0]}
        for some in (XSS[: len(XSS) // 2], XSS[len(XSS) // 2 :]):
            files = [("file", (f"{name}.txt", name.encode("utf-8", "replace"))) for name in some]
            answer = await http.post(PAGE, data=data, files=files)
            assert answer.status_code == 200
            assert offences(answer.text) == []
        await office.settled()
        listed = await http.get("/admin/sources/one?source=uploads")
    assert offences(listed.text) == []


async def test_only_uploads_have_an_outcome(office: SourceOffice) -> None:
    async with office.signed_in("mara") as http:
        for uri in ("../secret.txt", "0123456789abcdef/../../x", "a/b/c", "/etc/passwd", "x\x00"):
            answer = await http.get(f"{PAGE}/outcome", params={"uri": uri})
            assert answer.status_code in (404, 422), uri


@given(
    st.text(max_size=400) | st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "replace"))
)
def test_a_name_is_harmless_to_any_file_system_and_stays_what_it_is(told: str) -> None:
    try:
        name = name_of(told)
    except BadRequest:
        return
    assert name == name_of(name)
    assert 0 < len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>|\x00\r\n\t')
    assert not name.startswith((".", "~"))
    assert name != RULES
    assert name.isprintable()


def _desk() -> Any:
    from retrieval.audit.record import Desk

    return Desk("mara", "test")
