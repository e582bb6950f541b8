"""What Pincite itself says in Slack, in the language of the place; the sources keep their own."""

from __future__ import annotations

import ast
import asyncio
import calendar
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import stopping
from assistant.quotes import LEAD
from assistant.slack import (
    approving,
    audience,
    buttons,
    feedback,
    further,
    people,
    phrases,
    pressing,
    reminding,
    requesting,
    voicing,
)
from assistant.slack.channels import Answers, Rules
from assistant.slack.presses import Action
from assistant.slack.shown import Button, actions, own, words
from assistant.wording import Language, part, say, speaking
from tests.slack.desk import desk, pressable
from tests.slack.office import MEALS, NOTICE, UNKNOWN, opened, whispered, working

OTHERS = [each for each in Language if each is not Language.EN]
ANSWERING = ("assistant", "quotes", "stopping", "verify", "writer")


def constants() -> Iterator[str]:
    """Yield every text that stands in the code of what is said."""
    folder = Path(phrases.__file__).parent
    beside = [folder.parent / f"{name}.py" for name in ANSWERING]
    beside += [folder.parent / "http/confirmation_shapes.py", Path("retrieval/documents.py")]
    for path in (*folder.glob("*.py"), *beside):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value.strip()
    for why in (stopping.STOPPED, stopping.STOPPED_FOR_YOU, stopping.SOURCE_STOPPED):
        yield f"{why} {stopping.GOES_ON}"
    yield from calendar.month_abbr[1:]


def ours() -> Iterator[str]:
    """Yield what is told to people by name in the code."""
    for module in (phrases, further, voicing, pressing, approving, requesting, reminding):
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_"):
                yield from _texts(value)
    mappings = (buttons.LABELS, feedback.TOLD, people._TOLD, approving._STANDS, audience._TOLD)
    for mapping in mappings:
        yield from _texts(tuple(mapping.values()))
    yield from (people._UNKNOWN, people._ACCOUNT)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and not isinstance(value, Action):
        yield value
    elif isinstance(value, dict):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)


@pytest.mark.parametrize("language", OTHERS)
def test_a_table_has_what_is_said_and_nothing_else(language: Language) -> None:
    said = set(constants())
    spoken = part(language, "slack")
    answers = part(language, "answers")

    assert [each for each in spoken if each not in said] == []
    lacking = [each for each in ours() if " " in each and each not in spoken | answers]
    assert lacking == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_button_still_fits(language: Language) -> None:
    with speaking(language):
        row = actions(
            [Button(f"a{at}", "v", each) for at, each in enumerate(buttons.LABELS.values())]
        )

    assert "Stop" not in json.dumps(row)


async def test_a_language_is_of_its_block_and_of_tasks_that_begin_in_it() -> None:
    async def later() -> str:
        await asyncio.sleep(0)
        return say("Helpful")

    with speaking(Language.DE):
        beside = asyncio.create_task(later())
        assert say(" Helpful ") == " Hilfreich "
        assert say("of no table") == "of no table"
        with speaking(Language.FR):
            assert say(phrases.FAILED, number="{a}").endswith(": {a}.")
    assert say("Helpful") == "Helpful"
    assert await beside == "Hilfreich"


def test_what_is_foreign_is_never_said_otherwise() -> None:
    with speaking(Language.DE):
        assert words("More")["text"] == "More"
        assert own("More")["text"] == "Mehr"


@pytest.mark.parametrize(
    ("language", "status", "refused", "nobody"),
    [
        (
            Language.DE,
            "sucht in den Quellen…",
            "kommt dem nahe",
            "Pincite weiß nicht, wer Sie sind",
        ),
        (
            Language.FR,
            "cherche dans les sources…",
            "Ce que vous pouvez lire",
            "Pincite ne sait pas",
        ),
        (Language.EN, phrases.LOOKING, "you may read", "Pincite does not know who you are"),
    ],
)
async def test_a_channel_is_spoken_to_in_its_language(
    tmp_path: Path, language: Language, status: str, refused: str, nobody: str
) -> None:
    async with working(tmp_path, rules=Rules(language=language)) as office:
        ann, eve = await office.person("ann"), office.team.user("Eve", "eve@firm.example")
        general = office.team.channel("general", [ann, eve])

        [answer] = await office.told(ann, general, MEALS)
        await office.told(ann, general, UNKNOWN)
        await office.told(eve, general, MEALS)

        assert "60 euros, without receipts." in answer.words
        assert (LEAD in answer.words) is (language is Language.EN)
        assert office.team.statuses[0][2] == status
        assert refused in whispered(office, ann)[-1] or language is not Language.EN
        assert whispered(office, eve)[-1].startswith(nobody)
        first = office.slack.of("chat.postEphemeral")[0].args["text"]
        assert (
            first
            == {
                Language.DE: "Pincite beantwortet das nicht.",
                Language.FR: "Pincite ne répond pas à cela.",
                Language.EN: "Pincite does not answer this.",
            }[language]
        )


async def test_two_channels_at_once_are_spoken_to_each_in_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path) as office:
        rules = {Language.DE: Rules(language=Language.DE), Language.FR: Rules(language=Language.FR)}
        ann = await office.person("ann")
        rooms = {each: office.team.channel(each, [ann]) for each in rules}
        by_room = {room.id: rules[each] for each, room in rooms.items()}
        office.rules_for = lambda place: by_room[place.channel]  # type: ignore[method-assign]
        office.working = office.hired()
        async with office.working.going():
            for _ in range(3):
                for room in rooms.values():
                    await office.asks(ann, room, "x " * 1_200)
            await office.settled()

        for each, room in rooms.items():
            said = {one.words for one in office.team.whispered(ann) if one.channel == room.id}
            with speaking(each):
                assert said == {phrases.long()}


async def test_buttons_and_what_they_say_are_in_the_language_of_the_place(tmp_path: Path) -> None:
    german = Rules(language=Language.DE)
    async with desk(tmp_path, rules=german, direct=Rules(Answers.ALL)) as office:
        ann, bob = await office.person("ann", "legal"), await office.person("bob")
        general = office.team.channel("general", [ann, bob])
        [answer] = await office.told(ann, general, MEALS)
        blocks = answer.blocks + answer.last_blocks

        await office.presses_on(ann, answer, Action.HELPFUL)
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)
        await office.told(ann, general, NOTICE)

        assert Action.HELPFUL in pressable(blocks)
        assert '"Hilfreich"' in json.dumps(blocks)
        told = whispered(office, ann)
        assert told[0] == "Danke: Es ist vermerkt, dass das hilfreich war."
        assert told[-1].startswith("Nur Sie sehen das")


async def test_the_form_asks_in_the_language_of_the_place(tmp_path: Path) -> None:
    async with desk(tmp_path, rules=Rules(language=Language.FR)) as office:
        ann = await office.person("ann", "legal")
        general = office.team.channel("general", [ann])
        [answer] = await office.told(ann, general, MEALS)
        await office.presses_on(ann, answer, Action.NOT_HELPFUL)
        [view] = office.team.views
        await office.sends(ann, view, reason="wrong", note="")

        assert view["title"]["text"] == "Pas utile"
        assert "Elle est fausse" in json.dumps(view, ensure_ascii=False)
        assert whispered(office, ann)[-1].startswith("Merci")
