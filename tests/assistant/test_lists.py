"""Items of lists: what stands above them is part of what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.carried import Bounds, Reading, Verifier
from assistant.lists import heads_of
from retrieval.documents import Passage, Span
from tests.assistant.numbered import numbered
from tests.retrieval.made_candidates import EMBEDDER, WORDS, passage_of, version_of

BANNED = "The following is not allowed in the workshop:"
ALLOWED = "Allowed in the workshop (no permit needed):"
WELDING = "- welding on the tank of a lorry;"
DRILLING = "- drilling in plates of steel."


def passage(number: int, *sentences: str, heading: str = "Safety") -> Passage:
    made = passage_of(number, version_of(1, "Workshop rules"), "\n".join(sentences))
    spans, at = [], made.start
    for each in sentences:
        spans.append(Span(at, at + len(each)))
        at += len(each) + 1
    return replace(made, sentences=tuple(spans), ordinal=number, headings=(heading,))


def heads(*passages: Passage) -> list[str]:
    found = heads_of(passages)
    return [found.get((each.id, span.start), "") for each in passages for span in each.sentences]


def test_an_item_has_the_head_that_stands_above_its_list() -> None:
    made = passage(1, "Ask first.", BANNED, WELDING, DRILLING, "Ask the foreman.", ALLOWED, "Tea.")
    assert heads(made) == ["", "", BANNED, BANNED, "", "", ALLOWED]


def test_a_list_goes_on_in_the_next_passage_of_its_section() -> None:
    first, second = passage(1, BANNED, WELDING), passage(2, DRILLING, "Ask the foreman.")
    assert heads(first, second) == ["", BANNED, BANNED, ""]
    assert heads(first, replace(second, headings=("Other",))) == ["", BANNED, "", ""]
    assert heads(first, replace(second, ordinal=7)) == ["", BANNED, "", ""]


def test_a_list_within_a_list_has_both_heads() -> None:
    made = passage(1, BANNED, "(a) near the tank:", "(i) welding;", "(ii) smoking.")
    both = f"{BANNED} (a) near the tank:"
    assert heads(made) == ["", BANNED, both, both]


def test_sentences_without_a_head_have_none() -> None:
    assert heads(passage(1, WELDING, DRILLING, "1. Wash your hands.")) == ["", "", ""]


def told(text: str, item: str, head: str) -> list[str]:
    cited = [replace(each, head=head) for each in numbered(item)]
    return [each.kind.value for each in Reading.of(text, cited, WORDS.terms).faults()]


@pytest.mark.parametrize(
    ("text", "item", "head"),
    [
        ("Welding on the tank of a lorry.", WELDING, BANNED),
        (WELDING, WELDING, BANNED),
        ("You weld on the tank of a lorry.", WELDING, BANNED),
        ("Allowed: welding on the tank of a lorry.", WELDING, BANNED),
        ("Under the rules, welding on the tank of a lorry is allowed.", WELDING, BANNED),
        ("Damage by frost is covered.", "- damage by frost;", "All damage is covered, except:"),
        ("Not allowed: drilling in plates of steel.", DRILLING, ALLOWED),
        ("Drilling in plates of steel is forbidden.", DRILLING, ALLOWED),
    ],
)
def test_an_item_is_not_told_against_its_head(text: str, item: str, head: str) -> None:
    assert "negation" in told(text, item, head)


@pytest.mark.parametrize(
    ("text", "item", "head"),
    [
        ("Welding on the tank of a lorry is not allowed in the workshop.", WELDING, BANNED),
        ("Not allowed: welding on the tank of a lorry.", WELDING, BANNED),
        ("Drilling in plates of steel is allowed in the workshop.", DRILLING, ALLOWED),
        ("All damage is covered except damage by frost.", "- damage by frost;", "All damage is "
         "covered, except:"),
        (DRILLING, DRILLING, ALLOWED),
        ("If there is no delivery, the customer may end the lease.", "(a) end the lease;",
         "If there is no delivery, the customer may:"),
    ],
)  # fmt: skip
def test_an_item_may_be_told_with_the_words_of_its_head(text: str, item: str, head: str) -> None:
    assert told(text, item, head) == []


async def test_a_quote_of_a_denied_item_is_withheld() -> None:
    verifier = Verifier(EMBEDDER, WORDS.terms, Bounds.load())
    [cited] = numbered(WELDING)
    assert (await verifier.check(WELDING, [cited])).is_carried
    assert not (await verifier.check(WELDING, [replace(cited, head=BANNED)])).is_carried
