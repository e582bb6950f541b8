"""True words that say another thing: a condition left out, roles exchanged, what may be as done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assistant.claims.conditions import conditions_of
from assistant.claims.measures import measures_of
from assistant.claims.wording import Word, Wording
from tests.assistant.claimed import faults, kinds
from tests.retrieval.made_candidates import WORDS

FEE = "The fee is refundable unless the customer has cancelled the order."
DOGS = "The tenant shall not keep dogs in the house without the written consent of the landlord."
LEADING = "If the tenant leaves early, the deposit is kept by the landlord."
PAYS = "The landlord shall pay the tenant interest on the deposit at the end of the term."
LEASE = "The lease starts on 1 March 2026 and ends on 30 June 2027."
MAY = "The supplier may terminate the agreement on 30 days written notice to the customer."


@pytest.mark.parametrize(
    ("text", "cited", "cue"),
    [
        ("The fee is refundable.", FEE, "unless"),
        ("The tenant shall not keep dogs in the house.", DOGS, "without"),
        ("The deposit is kept by the landlord.", LEADING, "if"),
        (
            "Goods may be returned to the shop.",
            "Goods may be returned to the shop, provided that they are unused.",
            "provided that",
        ),
        (
            "The licence may be passed on to others.",
            "The licence may be passed on to others only if the licensor agrees.",
            "only if",
        ),
        (
            "The bonus is paid in March.",
            "Subject to approval of the board, the bonus is paid in March.",
            "subject to",
        ),
        (
            "The fee is refundable, if it was paid.",
            f"{FEE} A discount is given if the fee was paid.",
            "unless",
        ),
    ],
)
def test_a_condition_that_is_left_out_is_a_fault(text: str, cited: str, cue: str) -> None:
    assert ("condition", cue) in faults(text, cited)


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The fee is refundable unless the order was cancelled.", FEE),
        ("The fee is refundable if the customer has not cancelled the order.", FEE),
        ("Where the customer has cancelled the order, no fee is refundable.", FEE),
        ("The tenant shall not keep dogs in the house without consent.", DOGS),
        ("Dogs need the consent of the landlord.", DOGS),
        ("If the tenant leaves early, the landlord keeps the deposit.", LEADING),
        ("The fee is refundable.", f"The fee is refundable. {FEE}"),
        ("Costs are paid by the tenant.", "Costs are paid by the tenant, without limitation."),
        ("The rent is due.", "The rent is due. Unless agreed, no dogs are kept."),
        ("The customer has cancelled the order.", "The customer has cancelled the order if so."),
    ],
)
def test_a_condition_that_is_told_or_bears_on_other_words_is_none(text: str, cited: str) -> None:
    assert "condition" not in kinds(text, cited)


def test_a_condition_bears_on_the_words_before_it_or_behind_its_comma() -> None:
    [unless] = conditions_of(Wording.of([FEE], WORDS.terms))
    wording = Wording.of([LEADING], WORDS.terms)
    [leading] = conditions_of(wording)
    assert unless.cue == "unless"
    assert [wording.keys[place] for place in leading.said] == ["tenant", "leaves", "early"]
    assert [wording.keys[place] for place in leading.governed] == ["deposit", "kept", "landlord"]


class Watched(tuple[Word, ...]):
    """Words that count how many of them are taken in stretches."""

    taken = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        if isinstance(at, slice):
            self.taken += len(found)
        return found


@pytest.mark.parametrize("said", ["if ", "the if ", "if the tenant ", "only if "])
def test_looking_for_conditions_takes_no_longer_for_each_than_for_the_first(said: str) -> None:
    """An author may fill a document with them to stop everybody's answers."""
    wording = Wording.of([said * 4_000], WORDS.terms)
    words = Watched(wording.words)
    [*conditions_of(replace(wording, words=words))]
    assert words.taken <= 200 * len(words)


@pytest.mark.parametrize(
    ("text", "cited", "pieces"),
    [
        (
            "The tenant shall pay the landlord interest on the deposit at the end of the term.",
            PAYS,
            {"tenant", "landlord"},
        ),
        (
            "Birch Ltd pays Alder Inc 500 euros each month for the use of the machine.",
            "Alder Inc pays Birch Ltd 500 euros each month for the use of the machine.",
            {"Birch", "Alder"},
        ),
        ("The landlord must pay interest on the deposit to the tenant.", PAYS, set()),
        ("Interest on the deposit is paid to the tenant by the landlord.", PAYS, set()),
        ("At the end of the term the tenant is paid interest by the landlord.", PAYS, set()),
    ],
)
def test_roles_that_are_exchanged_are_faults_and_the_passive_is_none(
    text: str, cited: str, pieces: set[str]
) -> None:
    assert {piece for kind, piece in faults(text, cited) if kind == "name"} == pieces


def test_dates_that_are_exchanged_are_faults() -> None:
    swapped = "The lease starts on 30 June 2027 and ends on 1 March 2026."
    assert "date" in kinds(swapped, LEASE)
    assert not faults("The lease ends on 30 June 2027; it starts on 1 March 2026.", LEASE)


@pytest.mark.parametrize(
    ("text", "cited", "piece"),
    [
        ("The supplier has terminated the agreement on 30 days notice.", MAY, "terminated"),
        ("The supplier terminates the agreement on 30 days notice.", MAY, "terminates"),
        ("The tenant has paid the rent.", "The tenant shall pay the rent.", ""),
        ("The tenant has cleaned the house.", "The tenant shall clean the house.", "cleaned"),
        ("The tenant cleans the house.", "The tenant shall clean the house.", ""),
        ("If it has terminated the agreement, 30 days run.", MAY, ""),
        ("The supplier has terminated it.", f"{MAY} It was terminated.", ""),
    ],
)
def test_what_may_be_or_is_to_come_is_not_told_as_done(text: str, cited: str, piece: str) -> None:
    found = {each for kind, each in faults(text, cited) if kind == "modal"}
    assert found == ({piece} if piece else set())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within ninety (90) days", [("time", "90 days")]),
        ("a fee of EUR 0.28 per kilometre", [("€", "EUR 0.28")]),
        ("the first few weeks", [("nth week", "first few weeks")]),
        ("Section 5 shall apply to 3 orders in 2024", [("count", "3 orders")]),
        ("from 1 March 2026", [("date", "1 March 2026")]),
    ],
)
def test_what_is_measured_is_told_with_its_unit(text: str, expected: list[tuple[str, str]]) -> None:
    found = measures_of(Wording.of([text], WORDS.terms))
    told = [(each.sort, each.piece) for each in found]
    assert [(sort.split(" ")[0] if sort[0] == "c" else sort, piece) for sort, piece in told] == [
        *expected
    ]
