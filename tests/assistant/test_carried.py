from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.carried import FEATURES, WEIGHTS, Bounds, Reading, Verdict, Verifier, embedded
from assistant.claims.claims import Fault, FaultKind
from assistant.prompt import Numbered
from deploy.opening import open_embedder
from deploy.settings import Settings
from retrieval.embedder import Vectors
from retrieval.errors import Damaged
from tests.assistant.hostile_words import XSS
from tests.assistant.numbered import numbered
from tests.retrieval.made_candidates import EMBEDDER, WORDS

LEASE = (
    "The tenant shall give ninety (90) days written notice to the landlord before moving out.",
    "Rent of $1,250 is due on the first day of each month.",
    "The tenant may not sublet the house without the written consent of the landlord.",
    "The landlord repairs the roof, the boiler and the outer walls at its own cost.",
)
FITTED = Bounds.load()


async def check(text: str, *cited: str) -> Verdict:
    return await Verifier(EMBEDDER, WORDS.terms, FITTED).check(text, numbered(*cited))


@pytest.mark.parametrize("sentence", LEASE)
async def test_a_quote_is_carried(sentence: str) -> None:
    verdict = await check(sentence, sentence)
    assert verdict == Verdict(True, (), verdict.fit)
    assert verdict.fit > FITTED.least


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("The tenant must give the landlord 90 days' written notice before moving out.", 0),
        ("Under the lease, rent of 1,250 dollars is due on the first day of each month.", 1),
        ("Without the landlord's written consent, the tenant must not sublet the house.", 2),
        ("The landlord repairs the roof and the boiler at its own cost.", 3),
    ],
)
async def test_the_same_in_other_words_is_carried(text: str, at: int) -> None:
    assert (await check(text, LEASE[at])).faults == ()


@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ("The tenant shall give 60 days written notice to the landlord.", 0, "duration"),
        ("Rent of $1,350 is due on the first day of each month.", 1, "amount"),
        ("The tenant may sublet the house without the consent of the landlord.", 2, "negation"),
        ("The landlord may repair the roof, the boiler and the outer walls.", 3, "modal"),
        ("The landlord repairs the roof, the boiler and the Alhambra at its own cost.", 3, "name"),
        ("Dogs are welcome in the garden after dark.", 3, "fit"),
    ],
)
async def test_what_is_false_is_withheld_and_named(text: str, at: int, kind: str) -> None:
    verdict = await check(text, LEASE[at])
    assert not verdict.is_carried
    assert kind in {each.kind.value for each in verdict.faults}


async def test_each_sentence_pinned_to_each_other_one_is_withheld() -> None:
    for text in LEASE:
        for cited in LEASE:
            assert (await check(text, cited)).is_carried is (text == cited)


async def test_several_citations_carry_together_what_none_does_alone() -> None:
    text = "The tenant must give 90 days notice, and rent of $1,250 is due each month."
    assert (await check(text, *LEASE[:2])).is_carried
    assert not (await check(text, LEASE[0])).is_carried
    assert not (await check(text, LEASE[1])).is_carried


async def test_a_sentence_without_citations_is_withheld() -> None:
    expected = Verdict(False, (Fault(FaultKind.UNCITED, ""),), 0.0)
    assert await check("The roof leaks.") == expected


@pytest.mark.parametrize("text", ["", " ", ".", "\u200b", "?!"])
async def test_a_sentence_without_words_is_withheld(text: str) -> None:
    assert not (await check(text, LEASE[0])).is_carried


class Counting:
    """A word-hashing embedder that notes what it is asked for."""

    def __init__(self) -> None:
        self.name = EMBEDDER.name
        self.dimension = EMBEDDER.dimension
        self.calls: list[list[str]] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return await EMBEDDER.embed(texts)


async def test_a_sentence_and_its_citations_are_embedded_in_one_call() -> None:
    embedder = Counting()
    await Verifier(embedder, WORDS.terms, FITTED).check("The roof.", numbered(*LEASE[2:]))
    assert embedder.calls == [["The roof.", " ".join(LEASE[2:]), *LEASE[2:]]]


async def test_the_order_of_citations_and_their_repetition_change_nothing() -> None:
    text = "The tenant may not sublet the house, and rent of $1,250 is due each month."
    cited = numbered(*LEASE)
    verifier = Verifier(EMBEDDER, WORDS.terms, FITTED)
    verdict = await verifier.check(text, cited)
    assert await verifier.check(text, cited[::-1]) == verdict
    assert await verifier.check(text, (*cited[2:], *cited, *cited[:1])) == verdict


WRITTEN = st.lists(
    st.sampled_from([*" ".join(LEASE).split(), "not", "unless", "May", "5", "2026,", "(", "Birch"]),
    min_size=4,
    max_size=40,
).map(" ".join)


@settings(deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=4, unique=True), st.randoms(use_true_random=False))
async def test_whatever_is_written_the_order_of_citations_does_not_matter(
    texts: list[str], random: object
) -> None:
    cited = numbered(*texts)
    verifier = Verifier(EMBEDDER, WORDS.terms, FITTED)
    assert await verifier.check(texts[0], cited) == await verifier.check(texts[0], cited[::-1])


@settings(deadline=None)
@given(WRITTEN.filter(lambda text: re.search(r"\d", text) is not None), st.integers(0, 10**6))
async def test_a_changed_run_of_digits_is_never_carried(text: str, number: int) -> None:
    run = re.findall(r"\d+", text)[number % len(re.findall(r"\d+", text))]
    changed = text.replace(run, str(int(run) + number + 7_000_000))
    assert not (await check(changed, text)).is_carried


@pytest.mark.parametrize("text", [*XSS, "\x00", "\ud800", "九十日", "٩٠ يوم", "🏠" * 500])
async def test_hostile_words_are_withheld_without_an_error(text: str) -> None:
    assert not (await check(text, *LEASE)).is_carried


async def test_full_width_digits_and_unseen_characters_hide_nothing() -> None:
    strange = LEASE[0].replace("90", "９\u200b０")
    assert (await check(strange, strange)).is_carried
    assert not (await check(strange, LEASE[0])).is_carried
    assert not (await check(LEASE[0].replace("90", "６０"), LEASE[0])).is_carried
    assert not (await check(LEASE[2].replace("may not", "may\u2060 "), LEASE[2])).is_carried


def test_features_are_shares_and_cosines() -> None:
    cited = numbered(LEASE[0])
    reading = Reading.of(
        "Under the lease, the tenant shall give written notice.", cited, WORDS.terms
    )
    vectors = np.eye(2, 3, dtype=np.float32)
    assert reading.features(vectors).tolist() == [0.0, 1.0, 1.0]
    assert len(FEATURES) == 3


def test_long_sentences_are_embedded_in_part() -> None:
    texts = embedded("word " * 2_000, numbered("word " * 2_000, LEASE[0]))
    assert len(texts) == 4
    assert max(map(len, texts)) <= 1_000


def test_weights_of_other_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "verification.json"
    path.write_text(json.dumps({"features": ["other"]}))
    with pytest.raises(Damaged, match="Expected weights for likeness"):
        Bounds.load(path)


def test_the_shipped_bound_catches_what_it_should_where_it_was_not_fitted() -> None:
    table = json.loads(WEIGHTS.read_text())["made"]["held_out"]["all"]
    assert table["supported"]["withheld"] <= 0.05
    for kind in ("number", "amount", "duration", "date", "negation_removed", "negation_added"):
        assert table[kind]["caught"] >= 0.95, kind
    for kind in ("passage_of_the_same_document", "passage_of_another_document"):
        assert table[kind]["caught"] >= 0.8, kind


@pytest.mark.slow
async def test_the_real_model_tells_the_right_citation_from_the_wrong_one() -> None:
    verifier = Verifier(await open_embedder(Settings()), WORDS.terms, FITTED)
    cited: tuple[Numbered, ...] = numbered(*LEASE)
    for at, text in enumerate(
        [
            "Before moving out, the tenant must give 90 days' notice.",
            "Rent of $1,250 is due each month.",
            "The tenant cannot sublet the house without consent.",
            "The landlord repairs the roof at its own cost.",
        ]
    ):
        for place, each in enumerate(cited):
            verdict = await verifier.check(text, [each])
            assert verdict.is_carried is (at == place), (text, each.text, verdict)
