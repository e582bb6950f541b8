"""What makes another quantity, another time or the contrary of cited words."""

from __future__ import annotations

import pytest

from tests.assistant.claimed import faults, kinds

FEE = "The annual licence fee is 30 euros and must be paid within 15 days of the invoice."
PRICE = "The price is $1,500,000, paid in four instalments on or before March 1, 2026."
LEASE = "The lease starts on 1 March 2026 and ends on 30 June 2027."
GROWTH = "Revenue changed by -5% in the second quarter compared with the year before."
RULES = "Smoking is prohibited in the hall. The employee must report every accident."


@pytest.mark.parametrize(
    "said",
    [
        "a million euros", "a thousand euros", "several hundred euros", "hundreds of euros",
        "dozens of euros", "half of 30 euros", "double 30 euros", "thrice 30 euros",
        "tenfold 30 euros", "30 k euros", "30 grand", "30 mio. euros", "30 per mille",
        "a score of euros", "30 euros plus tax", "30 kEUR", "xc euros", "30 pesos", "30 bitcoin",
        "30 euros a day", "30 euros per day", "30 euros each week", "30 euros per head",
        "30 euros every other year", "30.000 euros", "0030 euros", "-30 euros", "\u221230 euros",
        "€-30", "-€30", "minus 30 euros",
    ],
)  # fmt: skip
def test_a_scale_a_sign_a_rate_or_what_is_counted_must_be_cited(said: str) -> None:
    assert kinds(f"The licence fee is {said}.", FEE)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The price is 1.5 million dollars in 4 instalments.", PRICE),
        ("The price is $1.5m.", PRICE),
        ("The price is $1,500,000.00.", PRICE),
        ("The fee is €30 per year.", FEE),
        ("The yearly licence fee is 30 euros.", FEE),
        ("The fee is 30 euros a year.", FEE),
        ("Growth was -5 %.", "Growth was -5% in 2020."),
        ("Growth was minus 5 %.", "Growth was minus 5 percent."),
        ("The notice is 5-10 days.", "The notice is 5 to 10 days."),
        ("Half of the fee is due.", "Half of the fee is due now."),
        ("Ten percent is due.", "10 % is due."),
        ("At least USD30 million is due.", "At least USD30,000,000 is due."),
        ("2. The fee is 30 euros.", FEE),
    ],
)
def test_the_same_quantity_written_otherwise_is_carried(text: str, cited: str) -> None:
    assert faults(text, cited) == []


def test_a_currency_that_is_glued_to_a_sum_hides_no_part_of_it() -> None:
    assert kinds("At least USD30,000 is due.", "At least USD30,000,000 is due.") == {"amount"}


@pytest.mark.parametrize("said", ["5% up", "5%", "another 5%"])
def test_a_sign_is_part_of_the_value(said: str) -> None:
    assert ("number", "5") in faults(f"Revenue changed by {said} in the second quarter.", GROWTH)


@pytest.mark.parametrize("text", ["The fee in euros is: 99. It must be paid.", "The fee; 99. So."])
def test_the_mark_of_a_list_is_skipped_only_where_the_sentence_starts(text: str) -> None:
    assert kinds(text, FEE) & {"number", "amount"}


@pytest.mark.parametrize(
    "said",
    [
        "on 1 april 2026", "on 1 may 2026", "on 30 march 2026", "on april 1, 2026", "in april",
        "on 1 avril 2026", "on 1. 4. 2026", "on 1.iv.2026", "on monday, 1 March 2026",
        "before 1 March 2026", "a year after 1 March 2026", "the day before 1 March 2026",
    ],
)  # fmt: skip
def test_a_date_must_be_cited_in_any_case_and_with_its_bound(said: str) -> None:
    assert kinds(f"The lease starts {said}.", LEASE) & {"date", "number", "negation"}


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The lease starts on 1 march 2026.", LEASE),
        ("The lease starts in march 2026.", LEASE),
        ("The lease ends in june 2027.", LEASE),
        ("It is due before March 1, 2026.", PRICE),
        ("The fee may march on 2 days.", "The fee may march on 2 days a year."),
    ],
)
def test_months_in_small_letters_are_months(text: str, cited: str) -> None:
    assert faults(text, cited) == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Smoking is illegal.", "Smoking is legal."),
        ("Smoking is banned.", "Smoking is legal."),
        ("Smoking is legal in the hall.", RULES),
        ("Smoking is mandatory in the hall.", RULES),
        ("The consent is irrevocable.", "The consent is revocable."),
        ("The claim is immaterial.", "The claim is material."),
        ("The parties disagree to it.", "The parties agree to it."),
        ("The employee hardly must report every accident.", RULES),
        ("The employee must omit to report every accident.", RULES),
        ("The employee reports every accident voluntarily.", RULES),
        ("It is optional to report every accident.", RULES),
        ("The employee is exempt from reporting accidents.", RULES),
        ("Only the employee must report every accident.", RULES),
        ("It is a myth that smoking is prohibited in the hall.", RULES),
        ("The employee has got to report it.", "The employee may report it."),
        ("The rent decreases by 3 percent.", "The rent increases by 3 percent."),
        ("The employee must report every accident, please.", RULES),
    ],
)
def test_a_word_that_turns_the_sentence_round_must_be_cited(text: str, cited: str) -> None:
    assert kinds(text, cited) & {"negation", "modal"}


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Smoking is banned in the hall.", RULES),
        ("Reporting every accident is mandatory.", RULES),
        ("Smoking is unlawful.", "Smoking is not lawful."),
        ("The rent was increased by 3 percent.", "The rent increases by 3 percent."),
        ("The tenant discloses it.", "The tenant discloses it and closes the house."),
        ("It not only leaks but also smells.", "It leaks and smells."),
    ],
)
def test_it_may_render_what_says_the_same(text: str, cited: str) -> None:
    assert faults(text, cited) == []
