"""Opening what is cited."""

from __future__ import annotations

import pytest

from assistant.http.opened import BETWEEN, Window, pieces, window
from assistant.http.reading import file_name
from retrieval.documents import Span
from retrieval.library import TextBlock, VersionText
from tests.assistant.http_client import BOARD, CONTRACT, POLICY, client, read
from tests.assistant.http_documents import make_held, make_version
from tests.assistant.http_world import BOB, ShelfLibrary, asking_as, make_parts

PAGES = f"/api/documents/{CONTRACT}/versions/1/pages"


async def cited(http: object) -> dict[str, object]:
    question = "How much written notice must either party give to terminate the agreement?"
    body = (await http.post("/api/ask", json={"question": question})).json()  # type: ignore[attr-defined]
    found: dict[str, object] = body["sentences"][0]["citations"][0]
    return found


async def test_tells_versions_newest_first_and_which_is_in_force() -> None:
    async with client() as http:
        body = (await http.get(f"/api/documents/{POLICY}")).json()
    assert [each["version"] for each in body["versions"]] == [2, 1]
    assert [each["status"] for each in body["versions"]] == ["approved", "superseded"]
    assert body["current"] == 2


async def test_draws_a_page_and_lets_the_browser_ask_again_cheaply() -> None:
    async with client() as http:
        first = await http.get(f"{PAGES}/3.png", params={"width": 300})
        tag = first.headers["etag"]
        again = await http.get(
            f"{PAGES}/3.png", params={"width": 300}, headers={"If-None-Match": tag}
        )
    assert first.content.startswith(b"\x89PNG")
    assert first.headers["cache-control"] == "private, no-cache"
    assert again.status_code == 304


async def test_a_kept_image_is_not_confirmed_to_one_who_may_not_read_it() -> None:
    async with client() as http:
        tag = (await http.get(f"{PAGES}/3.png")).headers["etag"]
    async with client(make_parts(authenticate=asking_as(BOB))) as http:
        response = await http.get(f"{PAGES}/3.png", headers={"If-None-Match": tag})
    assert response.status_code == 404


async def test_boxes_are_fractions_of_the_page_around_the_cited_lines() -> None:
    async with client() as http:
        pin = await cited(http)
        params = {"start": pin["start"], "end": pin["end"]}
        body = (await http.get(f"{PAGES}/3/boxes", params=params)).json()  # type: ignore[arg-type]
    assert len(body["boxes"]) == 2
    for left, top, right, bottom in body["boxes"]:
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    assert body["boxes"][0][3] <= body["boxes"][1][1] + 0.01


async def test_the_source_page_lights_the_words_on_the_drawn_page() -> None:
    async with client() as http:
        pin = await cited(http)
        page = read((await http.get(str(pin["link"]))).text)
    lit = [values for tag, values in page.elements if values.get("class") == "lit"]
    assert len(lit) == 2
    assert lit[0]["id"] == "lit"
    images = [v for tag, v in page.elements if tag == "img" and not v["src"].endswith("=200")]
    assert len(images) == 4
    assert all(values["loading"] == "lazy" for values in images)


async def test_the_text_view_marks_exactly_the_words() -> None:
    async with client() as http:
        pin = await cited(http)
        html = (await http.get(f"{pin['link']}&view=text")).text
    marked = html.split("<mark>")[1].split("</mark>")[0].replace("&#39;", "'")
    assert marked.split() == str(pin["words"]).split()


async def test_an_old_version_says_that_it_is_superseded_and_leads_to_the_new() -> None:
    async with client() as http:
        page = (await http.get(f"/source/{POLICY}/1")).text
    assert "This version has been superseded." in page
    assert f'href="/source/{POLICY}/2"' in page


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("e5000000000000000000000000000005", "This version is a draft."),
        ("f6000000000000000000000000000006", "This version has expired."),
    ],
)
async def test_a_draft_and_an_expired_version_say_so(document: str, said: str) -> None:
    async with client() as http:
        assert said in (await http.get(f"/source/{document}/1")).text


def test_text_between_blocks_is_shown_and_can_be_marked() -> None:
    stored = VersionText("Head 1\n\nBody text.\n\nFoot 1", (TextBlock(8, 18, "text", 0),))
    shown = pieces(stored, Span(5, 12))
    assert [each.kind for each in shown] == [BETWEEN, "text", BETWEEN]
    runs = [(run.text, run.lit) for each in shown for run in each.runs]
    assert runs == [
        ("Head ", False),
        ("1", True),
        ("Body", True),
        (" text.", False),
        ("Foot 1", False),
    ]


async def test_a_very_long_text_is_shown_in_parts_about_the_cited_words() -> None:
    version = make_version(50, "long0000000000000000000000000050", "Long")
    held = make_held(
        version, *(("text", f"Paragraph {at}. " + "x" * 1_000, 0) for at in range(1_200))
    )
    start = held.text.index("Paragraph 900.")
    path = f"/source/{version.document_id}/1?start={start}&end={start + 14}"
    async with client(make_parts(ShelfLibrary([held]))) as http:
        page = (await http.get(path)).text
        later = (await http.get(f"{path}&view=text&at=0")).text
    assert "<mark>Paragraph 900.</mark>" in page
    assert "Paragraph 899." in page
    assert len(page) < 500_000
    assert "Earlier part" in page
    assert "Paragraph 0." in later
    assert "Later part" in later


def test_a_window_never_leaves_what_there_is() -> None:
    assert window(10, 4, -3) == Window(0, 4, None, 4)
    assert window(10, 4, 7) == Window(7, 10, 3, None)
    assert window(10, 4, 99) == Window(9, 10, 5, None)
    assert window(0, 4, 0) == Window(0, 0, None, None)


async def test_table_rows_are_shown_as_a_table() -> None:
    async with client() as http:
        page = read((await http.get("/source/c3000000000000000000000000000003/1")).text)
    tags = [tag for tag, _ in page.elements]
    assert (tags.count("th"), tags.count("td")) == (3, 12)


async def test_words_in_one_cell_are_marked_there() -> None:
    async with client() as http:
        stored = await http.get("/api/documents/c3000000000000000000000000000003/versions/1/text")
        at = stored.json()["text"].index("240")
        path = f"/source/c3000000000000000000000000000003/1?start={at}&end={at + 3}"
        page = (await http.get(path)).text
    assert '<td dir="auto"><mark>240</mark></td>' in page
    assert page.count('id="lit"') == 1


async def test_the_original_is_saved_and_never_shown() -> None:
    async with client() as http:
        response = await http.get(f"/api/documents/{CONTRACT}/versions/1/original")
    headers = response.headers
    assert response.content.startswith(b"%PDF")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["content-disposition"] == (
        "attachment; filename*=UTF-8''Master%20Services%20Agreement.pdf"
    )


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("a/b/../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ('x";\r\nSet-Cookie: a=b', "x___Set-Cookie_ a_b"),
        ("\u202egnp.exe", "gnp.exe"),
        ("", "document"),
        ("..", "document"),
        ("vertrag_ü.docx", "vertrag_ü.docx"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_saved_file_gets_a_harmless_name(uri: str, name: str) -> None:
    assert file_name(uri) == name


async def test_a_passage_has_a_permanent_address() -> None:
    async with client() as http:
        hit = (await http.get("/api/search", params={"q": "notice"})).json()["hits"][0]
        passage = (await http.get(f"/api/passages/{hit['passage']}")).json()
    assert passage["text"] == hit["text"]
    assert passage["link"] == hit["link"]


def addresses(document: str) -> list[str]:
    version = f"/api/documents/{document}/versions/1"
    return [
        f"/api/documents/{document}",
        version,
        f"{version}/text",
        f"{version}/pages/1.png",
        f"{version}/pages/1/boxes",
        f"{version}/original",
        f"/source/{document}/1",
        f"/source/{document}/1?start=0&end=5",
        f"/source/{document}/1?start=0&end=999999",
    ]


async def test_unreadable_and_missing_look_the_same_at_every_address() -> None:
    async with client() as http:
        pairs = zip(addresses(BOARD), addresses("0" * 32), strict=True)
        for hidden, missing in [*pairs, ("/api/passages/8000", "/api/passages/999999999")]:
            one, other = await http.get(hidden), await http.get(missing)
            assert one.status_code == other.status_code == 404, hidden
            assert one.content == other.content, hidden
            assert dict(one.headers) == dict(other.headers), hidden
