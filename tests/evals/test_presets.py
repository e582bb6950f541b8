"""Configurations and re-created settings: read, cut and ranked as they say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy.choices import SERVED as SERVED_CHOICES
from deploy.choices import Choices
from deploy.settings import Settings
from evals.errors import BadSuite
from evals.presets.bm25 import Bm25
from evals.presets.configuration import SERVED, configuration_of, named
from evals.presets.recipe import Recipe, Splitter, Unit
from evals.presets.splitting import size_of, split

RECREATED = ("anythingllm", "llamaindex", "open-webui", "ragflow")
FOLDER = Path(__file__).parents[2] / "evals" / "presets"


@pytest.mark.parametrize("name", named())
def test_every_configuration_that_comes_along_can_be_read(name: str) -> None:
    found = configuration_of(name)

    assert found.name == name
    assert found.about
    assert found.settings_over(Settings())


@pytest.mark.parametrize("name", RECREATED)
def test_a_recreation_says_that_it_is_one_and_where_its_figures_are_from(name: str) -> None:
    found = configuration_of(name)
    stated = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())

    assert found.recipe is not None
    assert found.about.startswith("A re-creation of")
    assert "Not " in found.about
    figures = {*stated["recreates"]} - {"product", "unit"}
    assert figures <= {*stated["sources"]}


def test_what_is_set_is_over_what_is_in_force() -> None:
    settings = Settings(model_url="http://127.0.0.1:1", model_name="m")

    assert configuration_of("quotes").settings_over(settings).model_url == ""
    assert SERVED.settings_over(settings) == settings
    assert configuration_of("small-passages").choices == Choices(passage_characters=300)


def test_a_suites_own_settings_yield_to_the_configuration() -> None:
    suite = {"passage_characters": 700, "MODEL_URL": "http://127.0.0.1:2", "fusion_k": 3}

    found = configuration_of("small-passages").with_settings(suite)

    assert found.choices == Choices(passage_characters=300, fusion_k=3)
    assert found.settings == {"model_url": "http://127.0.0.1:2"}
    assert configuration_of("quotes").with_settings(suite).settings == {"model_url": ""}
    for name in ("no_such", "TOOLS_POLICY", "PINCITE_HOME"):
        with pytest.raises(BadSuite, match=name):
            SERVED.with_settings({name: 1})


def test_what_is_chosen_changes_the_digest() -> None:
    digests = {configuration_of(name).digest() for name in named()}

    same = [name for name in named() if configuration_of(name).choices == SERVED_CHOICES]
    assert len(digests) == len(named()) - len([n for n in same if n not in RECREATED]) + 1


def recipe(splitter: Splitter, size: int, overlap: int, unit: Unit = Unit.CHARACTERS) -> Recipe:
    return Recipe("made", size, overlap, unit, splitter, 1)


TEXTS = st.text(alphabet=st.sampled_from("ab. \n,?é"), max_size=300)


@given(
    TEXTS, st.sampled_from(Splitter), st.integers(4, 60), st.integers(0, 3), st.sampled_from(Unit)
)
def test_chunks_cover_every_letter_in_order_and_none_is_too_long(
    text: str, splitter: Splitter, size: int, overlap: int, unit: Unit
) -> None:
    chunks = split(text, recipe(splitter, size, overlap, unit))

    covered = {at for start, end in chunks for at in range(start, end)}
    assert covered >= {at for at, letter in enumerate(text) if not letter.isspace()}
    assert chunks == sorted(chunks)
    for start, end in chunks:
        assert text[start:end] == text[start:end].strip() != ""
        assert size_of(text[start:end], unit) <= size


def test_the_last_words_of_a_chunk_begin_the_next_one() -> None:
    text = "one two three four five six seven"

    without = split(text, recipe(Splitter.RECURSIVE, 14, 0))
    with_some = split(text, recipe(Splitter.RECURSIVE, 14, 6))

    assert [text[a:b] for a, b in without] == ["one two three", "four five six", "seven"]
    assert [text[a:b] for a, b in with_some] == [
        "one two three",
        "three four",
        "four five six",
        "six seven",
    ]


def test_a_sentence_is_not_cut_where_it_fits() -> None:
    text = "Rent is due. Notice is six months! Is it? It is."

    chunks = [text[a:b] for a, b in split(text, recipe(Splitter.SENTENCES, 25, 0))]

    assert chunks == ["Rent is due.", "Notice is six months!", "Is it? It is."]


def test_a_long_word_counts_as_several_tokens() -> None:
    assert size_of("a rent, incomprehensibilities.", Unit.TOKENS) == 1 + 1 + 1 + 3 + 1
    assert size_of("abc", Unit.CHARACTERS) == 3


def test_bm25_is_as_worked_out_by_hand() -> None:
    index = Bm25.of(["rent is due", "rent rent", "notice of six months"])

    # Usual length 3; "rent" is in two of three: log1p(1.5 / 2.5).
    rarity = math.log1p(1.5 / 2.5)
    first = rarity * 2.5 / (1 + 1.5)
    second = rarity * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 2 / 3))
    assert index.scores("Rent?") == pytest.approx([first / second, 1.0, 0.0])
    assert list(index.scores("unheard of words")) == pytest.approx([0, 0, 1])
    assert list(Bm25.of([]).scores("rent")) == []
