from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.carried import Reading
from assistant.claims.dates import Day, dates_of, taken_by
from assistant.claims.figures import figures_of
from assistant.claims.wording import Wording
from tests.assistant.numbered import numbered
from tests.retrieval.made_candidates import WORDS

NOTICE = "The tenant shall give ninety (90) days written notice to the landlord."
ASSIGN = (
    "The Licensee shall not assign or transfer this Agreement without the prior written consent "
    "of the Licensor."
)
FEES = "The annual fee is $1,500,000 and is due on March 1, 2026, less a discount of 10 %."


def faults(text: str, *cited: str, title: str = "Lease, Alder House") -> list[tuple[str, str]]:
    reading = Reading.of(text, numbered(*cited, title=title), WORDS.terms)
    return [(each.kind.value, each.piece) for each in reading.faults()]


def kinds(text: str, *cited: str) -> set[str]:
    return {kind for kind, _ in faults(text, *cited)}


def words(text: str) -> Wording:
    return Wording.of([text], WORDS.terms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ninety (90) days", [("90", "day"), ("90", "day")]),
        ("30 to 60 business days", [("30", "working day"), ("60", "working day")]),
        ("a 30-day period", [("30", "day")]),
        ("one hundred and twenty-five thousand dollars", [("125000", "$")]),
        ("US$ 1.5 million", [("1500000", "$")]),
        ("$5k and EUR 5,000.00", [("5000", "$"), ("5000", "€")]),
        ("ten per cent, 10 %", [("10", "percent"), ("10", "percent")]),
        ("Section 2.10", [("2.10", "reference")]),
        ("the 3rd of twenty - seven ships", [("3", ""), ("27", "")]),
        ("in the 1830s", [("1830s", "")]),
        ("３０ days", [("30", "day")]),
        ("٣٠ days", [("30", "day")]),
        ("3\u200b0 days", [("30", "day")]),
        ("mail to desk@alder.example", [("desk@alder.example", "")]),
    ],
)
def test_a_figure_is_its_value_and_what_it_counts(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = figures_of(words(text).words)
    assert [(each.value, each.unit) for each in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", {Day(2026, 3, 1)}),
        ("1 March 2026", {Day(2026, 3, 1)}),
        ("March 1st, 2026", {Day(2026, 3, 1)}),
        ("the 31st day of March, 2000", {Day(2000, 3, 31)}),
        ("03/01/2026", {Day(2026, 3, 1), Day(2026, 1, 3)}),
        ("25.12.2026", {Day(2026, 12, 25)}),
        ("12/31/06", {Day(1906, 12, 31), Day(2006, 12, 31)}),
        ("Sept. 2026", {Day(2026, 9, 0)}),
    ],
)
def test_a_date_is_all_that_it_may_mean(text: str, expected: set[Day]) -> None:
    [date] = dates_of(words(text).words)
    assert set(date.readings) == expected


@pytest.mark.parametrize("text", ["You may pay 5 dollars.", "They march 3 miles.", "99/99/2026"])
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert not dates_of(words(text).words)


def test_the_words_of_a_date_are_no_figures() -> None:
    found = words("Due on March 1, 2026, within 30 days.")
    taken = taken_by(dates_of(found.words))
    assert [each.value for each in figures_of(found.words, taken)] == ["30"]


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The tenant must give 90 days written notice.", NOTICE),
        ("The tenant must give ninety days' notice to the landlord.", NOTICE),
        ("The annual fee of 1.5 million dollars is due on 1 March 2026.", FEES),
        ("The fee is due on 2026-03-01, with ten percent off.", FEES),
        ("The fee is due in March 2026.", FEES),
        ("The fee is due in 2026.", FEES),
        ("This Agreement must not be transferred without consent of the Licensor.", ASSIGN),
        ("Assignment without consent is prohibited.", ASSIGN),
        ("Guests must not smoke.", "Smoking is prohibited."),
        ("Personal data is not shared.", "No personal data is shared with anyone."),
        ("Acme shall not be liable.", "In no event shall Acme be liable."),
        ("The tenant need not pay.", "The tenant is not required to pay."),
        ("The tenant can't sublet.", "The tenant may not sublet the house."),
        ("It may renew the lease.", "It has the right to renew the lease."),
        ("Rent is due from January 1 to June 30, 2026.", "From January 1 to June 30, 2026."),
        ("The NBA decides.", "The National Basketball Association decides."),
        ("Judges of the United States decide.", "The judges of the U.S. decide."),
        ("2. The tenant must give 90 days' notice.", NOTICE),
        ("However, Birch House is cold.", "Birch House is cold."),
        ("The tenant can sublet.", "The tenant sublets the house."),
        ("It not only leaks but also smells.", "It leaks and smells."),
        ("The form is not valid.", "The form is invalid."),
        ("The room is unavailable.", "The room is not available."),
        ("Indian courts decide.", "The courts of India decide."),
        ("At least 30 days are needed.", "Not less than 30 days are needed."),
        ("IN NO EVENT SHALL ACME BE LIABLE.", "In no event shall Acme be liable."),
    ],
)
def test_what_is_said_in_other_words_is_carried(text: str, cited: str) -> None:
    assert faults(text, cited) == []


@pytest.mark.parametrize(
    ("text", "cited", "kind"),
    [
        ("The tenant must give 60 days written notice.", NOTICE, "duration"),
        ("The tenant must give 90 months written notice.", NOTICE, "duration"),
        ("The tenant must give 90 business days notice.", NOTICE, "duration"),
        ("The annual fee is $1,500.", FEES, "amount"),
        ("The annual fee is EUR 1,500,000.", FEES, "amount"),
        ("The annual fee is $1.5 billion.", FEES, "amount"),
        ("The discount is 20 %.", FEES, "number"),
        ("The fee is due on 1 March 2027.", FEES, "date"),
        ("The fee is due on 3 January 2026.", FEES, "date"),
        ("The fee is due on 2 March 2026.", FEES, "date"),
        ("Two fees of $1,500,000 are due.", FEES, "number"),
        ("The fee is stated in Section 4.10.", "The fee is stated in Section 4.1.", "number"),
        ("Write to help@alder.example.", "Write to desk@alder.example.", "number"),
        ("The Licensee and Birch Ltd shall not assign it.", ASSIGN, "name"),
        ("Birch shall not assign this Agreement.", ASSIGN, "name"),
        ("The Licensee shall assign this Agreement.", ASSIGN, "negation"),
        (ASSIGN.replace("without", "with"), ASSIGN, "negation"),
        ("The Licensee may assign this Agreement.", ASSIGN, "negation"),
        ("Smoking is permitted.", "Guests must not smoke.", "negation"),
        ("Data is shared with partners.", "No data is shared with partners.", "negation"),
        ("The tenant shall not give notice.", NOTICE, "negation"),
        ("The tenant may give written notice.", NOTICE, "modal"),
        ("The tenant must repair it.", "The tenant may repair it.", "modal"),
        ("The tenant can repair it.", "The tenant must repair it.", "modal"),
        ("The tenant must not pay.", "The tenant is not required to pay.", "modal"),
        ("The tenant pays if it rains.", "The tenant pays unless it rains.", "negation"),
        ("At most 30 days are needed.", "Not less than 30 days are needed.", "negation"),
        ("It ends before March 1, 2026.", "It ends after March 1, 2026.", "negation"),
        ("Due later than 1 May 2026.", "Due no later than 1 May 2026.", "negation"),
        ("Audits come more than once.", "Audits come no more than once.", "negation"),
        ("The deposit is non-refundable.", "The deposit is refundable.", "negation"),
        ("The form is invalid.", "The form is valid.", "negation"),
        ("The room is available.", "The room is unavailable.", "negation"),
        ("It has 90 characters.", "It changes after 90 days and has 12 characters.", "number"),
        ("BIRCH SHALL PAY THE RENT.", "Alder shall pay the rent.", "name"),
    ],
)
def test_what_is_altered_is_not_carried(text: str, cited: str, kind: str) -> None:
    assert kind in kinds(text, cited)


def test_a_number_in_the_place_of_another_is_not_carried() -> None:
    cited = "Rent is due within 10 days of invoice, and deposits are repaid after 60 days."
    assert "duration" in kinds("Rent is due within 60 days of invoice.", cited)
    assert not faults("Rent is due within 10 days of invoice.", cited)


def test_two_names_in_each_others_place_are_not_carried() -> None:
    cited = "In spring Birch shall pay Alder the rent, and Alder shall repair the roof for Birch."
    swapped = "In spring Alder shall pay Birch the rent, and Birch shall repair the roof for Alder."
    assert {("name", "Birch"), ("name", "Alder")} <= set(faults(swapped, cited))
    assert not faults("Rent shall be paid in spring to Alder by Birch.", cited)
    assert not faults("In spring Birch must pay Alder the rent.", cited)


def test_a_title_carries_names_and_the_figures_of_a_lead_and_no_others() -> None:
    title = "Birch Lease 2026"
    told = faults("Under the Birch Lease 2026, guests must not smoke.", "No smoking.", title=title)
    assert not told
    assert faults("Guests paid 2026 dollars.", "Guests paid.", title=title)
    assert faults("Under the Birch Lease 2027, no smoking.", "No smoking.", title=title) == [
        ("number", "2027")
    ]


def test_a_fault_names_the_piece_as_it_is_written() -> None:
    assert faults("The tenant must give 60 days notice.", NOTICE) == [("duration", "60 days")]
    assert faults("The fee is due on 1 March 2027.", FEES) == [("date", "1 March 2027")]
    assert ("negation", "may assign") in faults("The Licensee may assign it.", ASSIGN)


LETTERS = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)
PIECES = st.sampled_from(
    [
        "the",
        "tenant",
        "Licensee",
        "shall",
        "must",
        "may",
        "not",
        "no",
        "without",
        "unless",
        "30",
        "days",
        "$500",
        "90",
        "March",
        "1,",
        "2026",
        "notice",
        "Alder",
        "landlord",
        "pay",
        "rent",
        "assign",
        "and",
        "or",
        ",",
        ".",
        ";",
        "(",
        ")",
        "neither",
        "required",
        "to",
        "is",
        "3/4/2026",
        "%",
        ":",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=60).map(" ".join) | LETTERS)
def test_a_verbatim_quote_is_always_carried(text: str) -> None:
    assert faults(text, text) == []


@settings(deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=20).map(" ".join), st.integers(2, 10**9))
def test_another_number_is_never_carried(text: str, number: int) -> None:
    plain = "".join(letter for letter in text if not letter.isdigit())
    cited = f"{plain} The count is {number} here."
    for other in (number + 1, number * 10, number // 2, int("1" + str(number))):
        assert faults(f"The count is {other} here.", cited)


@settings(deadline=None)
@given(LETTERS, LETTERS)
def test_no_text_whatever_raises(text: str, cited: str) -> None:
    faults(text, cited, "Rent is due.")


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", "1,", "1.", "-", "'", "not ", "no ", "may not ", "A ", "Alder ", "A.", "n't ",
        "one ", "twenty-", "hundred and ", "$", "%", "1/1/", "March ", "a@", "a.b@c.", "www.",
        "http://", "\u200b", "\u202e", "３", "٣", "語", "é", "e\u0301", "\ud800", "\x00", "½", "²",
        "(", "unless ", "except ", "required ", "prohibited ", "1 day ", "1 to ", "U.S.", "_", "&a",
    ],
)  # fmt: skip
def test_hostile_repetition_neither_raises_nor_blows_up(piece: str) -> None:
    text = (piece * 2_000)[:2_000]
    assert faults(text, *[text] * 4) == []
    faults(text, "Rent is due.")
