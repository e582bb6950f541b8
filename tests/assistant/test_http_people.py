"""The switch between people, for demonstrations only."""

from __future__ import annotations

from tests.assistant.http_client import CONTRACT, client
from tests.assistant.http_world import demo_people, make_parts


def demo() -> object:
    people = demo_people()
    return make_parts(people=people, authenticate=people.authenticate)


async def test_the_chosen_person_asks_from_then_on() -> None:
    async with client(demo()) as http:  # type: ignore[arg-type]
        as_ann = await http.get(f"/source/{CONTRACT}/1")
        chosen = await http.post("/person", data={"person": "bob"})
        as_bob = await http.get(f"/source/{CONTRACT}/1")
    assert as_ann.status_code == 200
    assert chosen.status_code == 303
    assert chosen.headers["location"] == "/"
    cookie = chosen.headers["set-cookie"].lower()
    assert "samesite=strict" in cookie
    assert "httponly" in cookie
    assert as_bob.status_code == 404


async def test_only_people_on_offer_can_be_chosen() -> None:
    async with client(demo()) as http:  # type: ignore[arg-type]
        for sent in ({"person": "admin"}, {"person": ""}, {}, {"other": "bob"}):
            response = await http.post("/person", data=sent)
            assert response.status_code == 422
            assert "set-cookie" not in response.headers


async def test_a_forged_cookie_changes_nobody() -> None:
    async with client(demo(), cookies={"pincite_person": "admin"}) as http:  # type: ignore[arg-type]
        assert (await http.get(f"/source/{CONTRACT}/1")).status_code == 200


async def test_without_people_there_is_no_switch() -> None:
    async with client(cookies={"pincite_person": "bob"}) as http:
        response = await http.post("/person", data={"person": "bob"})
        page = await http.get("/")
        opened = await http.get(f"/source/{CONTRACT}/1")
    assert response.status_code == 404
    assert 'action="/person"' not in page.text
    assert opened.status_code == 200
