"""In which language a page speaks, and that nothing else changes with it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from markupsafe import Markup
from starlette.datastructures import Headers

from assistant.http.languages import COOKIE, language_of, ours, say
from assistant.http.pages import environment_of
from assistant.wording import Language, speaking, table
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import CONTRACT, client, offences, read
from tests.assistant.http_world import ANN, BOB, asking_as, make_parts
from tests.assistant.remembered import Remembered, begun, remembered, saying

NOTICE = "How much written notice must either party give to terminate the agreement?"
GERMAN, FRENCH = {"Accept-Language": "de"}, {"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}
ASKED = {
    Language.EN: "What do our documents say?",
    Language.DE: "Was steht in unseren Dokumenten?",
    Language.FR: "Que disent nos documents\u00a0?",
}
PAGES = (
    "/",
    f"/?{urlencode({'q': NOTICE})}",
    "/?q=zzz",
    "/?q=" + "x" * 3_000,
    "/search?q=notice",
    f"/source/{CONTRACT}/1?start=0&end=20&find=notice",
    f"/compare/{CONTRACT}/1",
    "/conversations",
    "/conversations?q=notice",
    "/nothing-of-the-kind",
)
OTHERS = [each for each in Language if each is not Language.EN]
SPEAKS = re.compile(r'<html lang="(\w\w)">')
GAP = re.compile(r"\{\w*\}")
WORDS = re.compile(r'<span class="words">(.*?)</span>', re.DOTALL)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Remembered]:
    async with remembered(tmp_path) as kept:
        yield kept


def spoken_in(page: str) -> Language:
    found = SPEAKS.search(page)
    assert found
    return Language(found[1])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr-CA", "fr"),
        ("it,fr;q=0.4,de;q=0.6", "de"),
        ("de;q=0.5, fr ; q=0.9", "fr"),
        ("en;q=0.2,de;q=0.1", "en"),
        ("de;q=0", "en"),
        ("de;q=0,fr;q=0.001", "fr"),
        ("nl,*;q=0.1", "en"),
        ("de;q=much,fr", "fr"),
        ("de;q=nan", "en"),
        ("de;q=-1", "en"),
        (";;;,,,;q=", "en"),
        ("de_DE", "en"),
        ("../../de", "en"),
        ("\u00e9\u00ff", "en"),
        ("fr," * 2_000, "fr"),
    ],
)
def test_the_first_of_ours_that_a_browser_asks_for_is_spoken(header: str, language: str) -> None:
    assert language_of(Headers({"accept-language": header})) == language


@pytest.mark.parametrize("chosen", list(Language))
def test_what_was_chosen_counts_more_than_what_a_browser_asks_for(chosen: Language) -> None:
    asked = {"accept-language": "fr", "cookie": f"other=1; {COOKIE}={chosen}"}
    assert language_of(Headers(asked)) is chosen


@pytest.mark.parametrize("chosen", ["", "it", "DE", "de-AT", '"de', "../de", "en\u00e9"])
def test_a_cookie_of_no_language_counts_for_nothing(chosen: str) -> None:
    asked = {"accept-language": "fr", "cookie": f"{COOKIE}={chosen}"}
    assert language_of(Headers(asked)) is Language.FR


@pytest.mark.parametrize(("headers", "language"), [({}, "en"), (GERMAN, "de"), (FRENCH, "fr")])
async def test_a_page_says_in_which_language_it_is(
    headers: dict[str, str], language: Language
) -> None:
    async with client(headers=headers) as http:
        page = (await http.get("/")).text
    assert spoken_in(page) == language
    assert ASKED[language] in read(page).text
    assert ('<template id="says">' in page) == (language != "en")
    assert f'<option value="{language}" lang="{language}" selected>' in page


async def test_two_at_once_are_spoken_to_each_in_their_own() -> None:
    async with client() as http:
        for headers, language in (({}, "en"), (GERMAN, "de"), ({}, "en"), (FRENCH, "fr")) * 3:
            assert spoken_in((await http.get("/", headers=headers)).text) == language


async def test_a_choice_is_kept_in_a_cookie_and_leads_back() -> None:
    async with client(headers=FRENCH) as http:
        before = (await http.get("/search?q=notice&sort=newest")).text
        [back] = {
            each["value"] for tag, each in read(before).elements if each.get("name") == "back"
        }
        sent = {"language": "de", "back": back}
        chosen = await http.post("/language", data=sent)
        after = (await http.get(chosen.headers["location"])).text
    assert spoken_in(before) is Language.FR
    assert chosen.status_code == 303
    assert chosen.headers["location"] == "/search?q=notice&sort=newest"
    cookie = chosen.headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=de;")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert "max-age=" in cookie
    assert spoken_in(after) is Language.DE


async def test_where_pages_come_by_tls_the_cookie_goes_no_other_way() -> None:
    async with client(make_parts(is_https=True)) as http:
        chosen = await http.post("/language", data={"language": "de"})
    assert "secure" in chosen.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "back",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "/a b",
        "/" + "x" * 10_000,
    ],
)
async def test_a_choice_leads_to_no_other_site(back: str) -> None:
    async with client() as http:
        chosen = await http.post("/language", data={"language": "fr", "back": back})
    assert chosen.status_code == 303
    assert chosen.headers["location"] == "/"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"language": ""},
        {"language": "it"},
        {"language": "DE"},
        {"back": "/"},
        {"language": "de"} | {f"more{at}": "x" for at in range(9)},
    ],
)
async def test_only_languages_that_there_are_can_be_chosen(sent: dict[str, str]) -> None:
    async with client() as http:
        chosen = await http.post("/language", data=sent)
    assert chosen.status_code == 422
    assert "set-cookie" not in chosen.headers


async def test_another_site_chooses_for_nobody() -> None:
    async with client(headers={"Origin": "https://evil.example"}) as http:
        chosen = await http.post("/language", data={"language": "de"})
    assert chosen.status_code == 403
    assert "set-cookie" not in chosen.headers


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", PAGES)
async def test_in_every_language_a_page_is_whole_and_reaches_nobody_else(
    kept: Remembered, path: str, language: Language
) -> None:
    await begun(kept.conversations, ANN.name)
    async with client(kept.parts(), cookies={COOKIE: language}) as http:
        page = (await http.get(path)).text
    body = page.partition("</head>")[2]
    asks = body.partition('<template id="says">')[0]
    assert spoken_in(page) is language
    assert offences(page) == []
    assert GAP.findall(asks) == []


async def test_a_problem_is_told_in_the_language_of_the_page() -> None:
    async with client(headers=GERMAN) as http:
        gone = await http.get(f"/source/{CONTRACT}/99")
    told = read(gone.text).text
    assert gone.status_code == 404
    assert "Hier ist nichts f\u00fcr Sie" in told
    assert "Es gibt das nicht, oder Sie d\u00fcrfen es nicht lesen." in told


async def test_what_is_missing_and_what_is_not_yours_look_the_same_in_every_language() -> None:
    async with client(cookies={COOKIE: "fr"}) as http:
        paths = ("/nothing", f"/source/{CONTRACT}/99", f"/source/{CONTRACT}/x")
        told = [await http.get(path) for path in paths]
    assert {each.status_code for each in told} == {404}
    assert len({each.content for each in told}) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/documents/none", None),
        ("GET", "/api/search", None),
        ("GET", "/healthz", None),
        ("GET", "/openapi.json", None),
        ("POST", "/api/ask", {"question": ""}),
        ("POST", "/api/ask", {"question": NOTICE}),
        ("POST", "/api/ask", {"question": "zzz"}),
        ("POST", "/api/ask/stream", {"question": "zzz"}),
        ("POST", "/v1/chat/completions", {"model": "pincite", "messages": []}),
    ],
)
async def test_what_programs_get_is_the_same_in_every_language(
    method: str, path: str, body: dict[str, object] | None
) -> None:
    async with client() as http:
        plainly = await http.request(method, path, json=body)
        headers = GERMAN | {"Cookie": f"{COOKIE}=de"}
        asked = await http.request(method, path, json=body, headers=headers)
    assert plainly.status_code == asked.status_code
    assert plainly.content == asked.content


async def test_what_is_left_out_is_counted_in_the_language_of_the_page(kept: Remembered) -> None:
    place = await begun(kept.conversations, ANN.name, saying("Canary.", 999_999))
    async with client(kept.parts(), headers=GERMAN) as http:
        sent = (await http.get(f"/api/conversations/{place}")).json()["turns"][0]["left_out"]
        page = (await http.get(f"/conversations/{place}")).text
    assert sent.startswith("1 sentence of this answer is left out:")
    assert "1 Satz dieser Antwort ist weggelassen:" in read(page).text
    assert "left out" not in page.partition('<template id="says">')[0]


async def test_what_is_shared_is_masked_in_the_language_of_the_page(kept: Remembered) -> None:
    place = await begun(kept.conversations, ANN.name, saying("Canary.", 999_999))
    shared = await kept.sharing.make(place, principal=ANN, origin="web", to=None, days=7)
    async with client(kept.parts(authenticate=asking_as(BOB)), headers=FRENCH) as http:
        page = (await http.get(f"/shared/{shared.id}")).text
    assert "1 phrase de la r\u00e9ponse n\u2019est pas montr\u00e9e" in read(page).text
    assert "anary" not in page


@pytest.mark.parametrize("fact", XSS)
@pytest.mark.parametrize("language", list(Language))
def test_a_fact_in_a_sentence_stays_text(language: Language, fact: str) -> None:
    with speaking(language):
        said = say("Shared by {who}", who=fact)
    assert isinstance(said, Markup)
    assert read(said).elements == []
    assert offences(f'<p title="{said}">{said}</p>') == []


def test_a_fact_is_cleaned_and_taken_as_it_is_and_markup_stays() -> None:
    with speaking(Language.DE):
        assert say("Shared by {who}", who="a\u200b\u202eb") == "Geteilt von ab"
        assert say("Shared by {who}", who="{who} {0} {who.__class__}") == (
            "Geteilt von {who} {0} {who.__class__}"
        )
        assert say("Shared by {who}", who=Markup("<b>a</b>")) == "Geteilt von <b>a</b>"


@pytest.mark.parametrize("language", OTHERS)
def test_what_no_table_has_is_marked_as_english(language: Language) -> None:
    shown = environment_of().from_string("{{ text | ours }}").render
    with speaking(language):
        assert shown(text="draft") == table(language)["draft"]
        assert shown(text="a <b>\u200b") == '<span lang="en">a &lt;b&gt;</span>'
        assert isinstance(ours("of no table"), Markup)
    assert shown(text="draft") == "draft"
    assert shown(text="of no table") == "of no table"


async def test_words_of_a_document_are_the_same_in_every_language() -> None:
    quoted = []
    for headers in ({}, GERMAN, FRENCH):
        async with client(headers=headers) as http:
            page = (await http.get("/", params={"q": NOTICE})).text
        quoted.append(WORDS.findall(page))
    assert "terminate" in quoted[0][0]
    assert quoted[1:] == quoted[:1] * 2
