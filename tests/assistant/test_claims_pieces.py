"""Sentences, and parts of one, that ride along with what is cited."""

from __future__ import annotations

import pytest

from assistant.carried import Bounds, Verdict, Verifier
from assistant.claims.pieces import pieces_of
from tests.assistant.claimed import faults
from tests.assistant.numbered import numbered
from tests.retrieval.made_candidates import EMBEDDER, WORDS

OAR = "Return the oars to the boathouse within 3 hours of the race."
RACE = "The race starts at the pier. The prize is a silver cup."


async def check(text: str, *cited: str) -> Verdict:
    return await Verifier(EMBEDDER, WORDS.terms, Bounds.load()).check(text, numbered(*cited))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The oars are wet.", ()),
        ("The oars are wet. They dry.", ("The oars are wet.", "They dry.")),
        ("Wet oars: they dry; they do.", ("Wet oars:", "they dry;", "they do.")),
        ("Ask Mr. Pike of Oars Inc. in town, cf. no. 4.", ()),
        ("5. The oars are wet.", ()),
        ('He said "no!" They left.', ('He said "no!"', "They left.")),
        ("The oars — they dry.", ("The oars —", "they dry.")),
        ("", ()),
        (". . .", ()),
    ],
)
def test_a_text_is_parted_into_its_sentences(text: str, pieces: tuple[str, ...]) -> None:
    assert pieces_of(text) == pieces


def test_very_many_pieces_are_few_and_lose_nothing() -> None:
    text = "Aa bb. " * 500
    pieces = pieces_of(text)
    assert len(pieces) <= 20
    assert " ".join(pieces).split() == text.split()


@pytest.mark.parametrize(
    "lie",
    [
        "The umpire drinks. {}",
        "The umpire takes bribes; {}",
        "No oar was ever counted here: {}",
        "Because the umpire drinks, {}",
        "The umpire grumbles that {}",
        "{} The umpire drinks gin.",
    ],
)
async def test_no_sentence_rides_along_with_one_that_is_cited(lie: str) -> None:
    assert (await check(OAR, OAR)).is_carried
    assert not (await check(lie.format(OAR), OAR)).is_carried


async def test_a_sentence_that_rides_along_is_named() -> None:
    verdict = await check(f"The umpire drinks gin. {OAR}", OAR)
    assert ("fit", "The umpire drinks gin") in [(each.kind, each.piece) for each in verdict.faults]


@pytest.mark.parametrize(
    "text",
    [
        RACE,
        "The race starts at the pier; the prize is a silver cup.",
        "Under the lease, the race starts at the pier. The prize is a cup.",
    ],
)
async def test_sentences_that_are_each_carried_are_shown_together(text: str) -> None:
    assert (await check(text, *RACE.split(". "))).is_carried


def test_a_part_with_a_cited_word_or_a_figure_is_no_rider() -> None:
    assert faults("Within 3 hours of the race, return the oars.", OAR) == []
    assert ("fit", "after bribing the umpire") in faults(
        "Return the oars within 3 hours of the race, after bribing the umpire.", OAR
    )
