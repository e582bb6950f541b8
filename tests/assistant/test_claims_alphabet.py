"""How a sentence is written: letters, markup, addresses, and what its lead calls the source."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.assistant.claimed import faults, kinds

DEPOSIT = "The deposit is refundable when the tenant leaves the house in good order."
FEE = "The annual licence fee is 30 euros and must be paid within 15 days of the invoice."
REPORT = "The employee must report every accident to the safety officer within 24 hours."
UNSEEN = [
    "\u034f", "\ufe0f", "\U000e0100", "\u3164", "\u200b", "\u00ad", "\u2060", "\ue000", "\u0378",
    "\x07", "\x1b[0m", "\u0336", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("unseen", UNSEEN)
@pytest.mark.parametrize(
    ("text", "cited"),
    [
        (DEPOSIT.replace("is refund", "is n{}ot refund"), DEPOSIT),
        (DEPOSIT.replace("refund", "re{}fund"), DEPOSIT),
        (FEE.replace("15", "1{}5"), FEE.replace("15", "5")),
        (REPORT.replace("must", "m{}ay"), REPORT),
        (DEPOSIT + "{}", DEPOSIT),
    ],
)
def test_a_character_that_is_not_seen_is_a_fault_unless_cited(
    text: str, cited: str, unseen: str
) -> None:
    assert "letters" in kinds(text.format(unseen), cited)


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_is_cited_with_an_unseen_character_may_be_quoted_but_not_hide_a_word(
    unseen: str,
) -> None:
    cited = DEPOSIT.replace("refund", f"re{unseen}fund")
    assert faults(cited, cited) == []
    assert "letters" in kinds(cited.replace("is re", f"is n{unseen}ot re"), cited)


@pytest.mark.parametrize(
    "word",
    [
        "nоt",
        "nοt",
        "ｎｏｔ",
        "𝐧𝐨𝐭",
        "ⓝⓞⓣ",
        "nöt",
        "n̶o̶t̶",
        "isn´t",
        "isnʼt",
        "isn′t",
        "不",
        "🏠",
        "Ⅹ",
    ],
)
def test_a_letter_that_only_looks_alike_is_a_fault(word: str) -> None:
    assert "letters" in kinds(DEPOSIT.replace("is ref", f"is {word} ref"), DEPOSIT)


def test_letters_of_another_script_are_not_mixed_with_latin_ones_even_if_cited() -> None:
    cited = f"{DEPOSIT} Договор."
    assert faults("The deposit is refundable. Договор.", cited) == []
    assert "letters" in kinds(DEPOSIT.replace("is ref", "is nоt ref"), cited)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The fee – 30 euros – is due within “15 days”…", FEE),
        ("The licence fee is €30.", FEE),
        ("The tenant’s deposit is refundable.", DEPOSIT),
        ("The café opens at 9.", "The cafe\u0301 opens at 9."),
        ("Das Büro öffnet um 9 Uhr.", "Das Büro öffnet täglich um 9 Uhr."),
        ("ÖFFNET DAS BÜRO UM 9 UHR.", "Das Büro öffnet täglich um 9 Uhr."),
        ("Keep it at 5–10 °C.", "Keep it at 5–10 °C at night."),
        ("It takes 2 m² of room.", "It takes 2 m² of room in all."),
    ],
)
def test_typographic_marks_and_cited_letters_are_no_faults(text: str, cited: str) -> None:
    assert faults(text, cited) == []


@pytest.mark.parametrize("sign", "€£₽₹‰×·³")
def test_a_sign_that_is_not_cited_is_a_fault(sign: str) -> None:
    assert "letters" in kinds(f"The price is 30 {sign}.", "The price is 30.")


@pytest.mark.parametrize(
    "word",
    ["n o t", "n-o-t", "n/o/t", "n, o, t", "n'o't", "no-t", "nott", "noooot", "NoT", "isn t"],
)
def test_a_word_that_is_spelt_out_is_a_fault(word: str) -> None:
    found = kinds(DEPOSIT.replace("is ref", f"is {word} ref"), DEPOSIT)
    assert found & {"letters", "negation"}


@pytest.mark.parametrize("word", ["isnt", "wont be", "aint", "cant be", "wasnt"])
def test_a_contraction_without_an_apostrophe_denies(word: str) -> None:
    assert "negation" in kinds(DEPOSIT.replace("is ref", f"{word} ref"), DEPOSIT)


def test_a_contraction_without_an_apostrophe_may_render_a_negation() -> None:
    cited = "The employee must not report such an accident."
    assert faults("The employee mustnt report such an accident.", cited) == []
    assert "negation" in kinds(REPORT.replace("must", "mustnt"), REPORT)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The U.S. office is open.", "The US office is open."),
        ("Tenants (a) pay and (b) clean.", "Tenants (a) pay rent and (b) clean the house."),
        ("Birch d/b/a Alder signs.", "Birch Inc., d/b/a Alder, signs."),
        ("PlayStation3 costs more.", "The PlayStation 3 costs more."),
        ("R&D costs rise.", "R&D costs rise each year."),
    ],
)
def test_letters_that_are_cited_may_stand_alone(text: str, cited: str) -> None:
    assert faults(text, cited) == []


@pytest.mark.parametrize(
    "piece",
    [
        "[evil]", "<s>now</s>", "*now*", "_now_", "`now`", "~~now~~", "a|b", "evil.com",
        "EVIL.COM", "evil.example/pay", "ftp://evil/x", "//evil", "mailto:evil",
        "javascript:alert()", "desk@evil", "n&#111;t", "30+", "www.birch.example.evil",
        "rch.example",
    ],
)  # fmt: skip
def test_markup_and_addresses_that_are_not_cited_are_faults(piece: str) -> None:
    cited = f"{DEPOSIT} See https://birch.example/a or write to www.birch.example."
    assert "literal" in kinds(DEPOSIT.replace("when", f"{piece} when"), cited)


@pytest.mark.parametrize(
    "text",
    ["See https://birch.example/a.", "Opens at 9:30 a.m.", "Write to desk@birch.example."],
)
def test_addresses_that_are_cited_are_no_faults(text: str) -> None:
    cited = "See https://birch.example/a. Write to desk@birch.example. Opens at 9:30 a.m. daily."
    assert faults(text, cited) == []


@pytest.mark.parametrize(
    ("lead", "pieces"),
    [
        ("According to the police who robbed Birch,", ["police", "robbed", "Birch"]),
        ("Based on the supplier having moved to the bank,", ["supplier", "moved", "bank"]),
        ("Under the agreement,", []),
        ("According to the privacy policy,", []),
        ("Under the Alder House lease,", []),
    ],
)
def test_a_lead_says_no_more_than_what_the_source_is_called(lead: str, pieces: list[str]) -> None:
    found = faults(f"{lead} the fee is 30 euros.", FEE)
    assert [piece for kind, piece in found if kind == "source"] == pieces


@given(st.text(max_size=40))
@example("00+")
def test_what_is_quoted_has_no_faults_and_nothing_is_an_error(text: str) -> None:
    assert faults(text, text) == []
    faults(text, DEPOSIT)
    faults(DEPOSIT, text)
