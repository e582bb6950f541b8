"""Which passages need their neighbours, by wording as contracts, policies and tickets have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.neighbours import MOST, Neighbours, Place, needs_after, needs_before
from retrieval.access import Principal
from retrieval.documents import Passage
from tests.retrieval.made_candidates import passage_of, version_of

ANN = Principal.person("ann")


def passages(*texts: str, version: int = 1, headings: tuple[str, ...] = ()) -> list[Passage]:
    of = version_of(version, f"Document {version}")
    made = [passage_of(100 * version + at, of, text) for at, text in enumerate(texts)]
    return [replace(each, ordinal=at, headings=headings) for at, each in enumerate(made)]


class Shelved:
    """Passages by place, and what was asked for."""

    def __init__(self, *kept: Passage) -> None:
        self.kept = {(each.version.id, each.ordinal): each for each in kept}
        self.asked: list[Sequence[Place]] = []

    async def neighbours(
        self, places: Sequence[Place], *, principal: Principal
    ) -> Sequence[Passage]:
        assert principal is ANN
        self.asked.append(places)
        return [self.kept[each] for each in places if each in self.kept]


@pytest.mark.parametrize(
    "text",
    [
        "and shall remain liable for all sums due before that day.",
        "which the carrier has approved in writing beforehand.",
        ", save where the loss was caused by the customer.",
        "; Owner: Facilities; Limit: EUR 5,000",
        "(b) every change of use that needs a permit.",
        "(iv) claims of third parties.",
        "c) the invoice number and the purchase order.",
        "2) Restart the handset and try again.",
        "- Keep the door of the cold store closed.",
        "• Visitors are met at the gate.",
        "* Passwords are never shared.",
        "– Diesel is not refunded.",
        "Such notice shall be given by registered mail.",
        "The foregoing does not apply to negligence.",
        "The same applies to spare parts.",
        "The latter shall bear the costs.",
        "It shall not exceed ten per cent of the annual fee.",
        "Its term is two years.",
        "They must be returned within five days.",
        "These limits are reviewed every year.",
        "Those persons are told at once.",
        "This means that overtime is not paid.",
        "This Section survives termination.",
        "This clause does not limit liability for fraud.",
        "That period may be extended once.",
        "In such event the deposit is forfeited.",
        "In that case call the duty manager.",
        "Under these circumstances no refund is due.",
        "Notwithstanding the foregoing, either party may set off.",
        "Subject to the above, the supplier may subcontract.",
        "Without limiting the foregoing, records are kept for ten years.",
        "If so, the ticket is closed.",
        "However, weekends do not count.",
        "Otherwise the standard rate applies.",
        "Thereafter it renews from year to year.",
        "PROVIDED THAT no claim is pending.",
        "Widget, small | 12 | EUR 3.50",
    ],
)
def test_what_begins_midway_or_points_back_needs_what_stands_before(text: str) -> None:
    [passage] = passages(text)
    assert needs_before(passage)


@pytest.mark.parametrize(
    "text",
    [
        "The tenant shall give notice of six months.",
        "This Agreement is made between the parties named above.",
        "This Master Logistics Agreement begins on 1 March 2026.",
        "THIS LEASE is dated 4 May 2025.",
        "This policy applies to everybody who drives for us.",
        "These Terms govern the use of the service.",
        "Those policies are listed in the handbook.",
        "It is agreed that the annexes form part of this contract.",
        "It is our policy to answer within a day.",
        "12.3 Rent is due on each first day.",
        "3. Termination. Either party may end this agreement.",
        "g. Insurance. The carrier insures the goods.",
        "(Annex A) lists the sites.",
        "Itemised bills are sent each month.",
        "Providers are approved by procurement.",
        "Suchard GmbH delivers on Tuesdays.",
        "Limit: EUR 5,000; Owner: Facilities",
        "2026-03-01 08:12 Anna: the scanner restarts every hour.",
        "“Goods” means what is named in Annex B.",
        "本合同自签字之日起生效。",
        "Der Mieter kündigt schriftlich.",
    ],
)
def test_what_stands_for_itself_needs_nothing_before(text: str) -> None:
    [passage] = passages(text)
    assert not needs_before(passage)


@pytest.mark.parametrize(
    ("text", "following", "has"),
    [
        ("The driver shall always carry:", "(a) the licence; (b) the tachograph card.", True),
        ("The driver shall always carry:", "A licence and a tachograph card.", True),
        ("Notices are sent to the following address:”", "Hafenstrasse 4, Hamburg.", True),
        ("The fee is due within thirty days,", "unless the invoice is disputed.", True),
        (
            "The fee is due within thirty days unless the invoice",
            "is disputed in good faith.",
            True,
        ),
        ("The fee is due within thirty days,", "Page 4 of 12.", False),
        ("The fee is due within thirty days.", "unless the invoice is disputed.", False),
        ("(a) the licence;", "(b) the tachograph card.", False),
        ("Visitors are met at the gate", "Drivers wait in the yard.", False),
        ("Summary", "and more", False),
    ],
)
async def test_what_leads_in_or_breaks_off_needs_what_follows(
    text: str, following: str, has: bool
) -> None:
    first, second = passages(text, following)
    brought = await Neighbours(Shelved(first, second)).of([first], principal=ANN)
    assert brought == ({first.id: [second]} if has else {})


def test_a_passage_without_a_sentence_needs_nothing() -> None:
    [passage] = passages("such")
    bare = replace(passage, sentences=())
    assert not needs_before(bare)
    assert not needs_after(bare)


async def test_all_are_asked_for_at_once_and_none_that_is_there_already() -> None:
    own = passages("The rent is 900.", "Such rent is due monthly.", "It is raised yearly.")
    other = passages("The fee is due:", "Such fee is 5.", version=2)
    shelved = Shelved(*own, *other)
    brought = await Neighbours(shelved).of([own[2], own[1], other[1]], principal=ANN)
    assert shelved.asked == [[(1, 0), (2, 0)]]
    assert brought == {own[2].id: [own[1]], own[1].id: [own[0]], other[1].id: [other[0]]}


async def test_where_nothing_is_needed_nothing_is_asked_for() -> None:
    shelved = Shelved()
    found = passages("The rent is 900.", "The fee is 5.")
    assert await Neighbours(shelved).of(found, principal=ANN) == {}
    assert await Neighbours(shelved).of(passages("Such rent is due."), principal=ANN) == {}
    assert shelved.asked == [], "before the first passage there is none"


async def test_what_stands_under_another_heading_is_no_neighbour() -> None:
    [first, _] = passages("The rent is 900.", "-", headings=("Rent",))
    [_, second] = passages("-", "Such fee is 5.", headings=("Fees",))
    assert await Neighbours(Shelved(first, second)).of([second], principal=ANN) == {}


async def test_what_may_not_be_read_is_left_out() -> None:
    [_, second] = passages("The rent is 900.", "Such rent is due monthly.")
    assert await Neighbours(Shelved(second)).of([second], principal=ANN) == {}


async def test_only_the_best_bring_their_neighbours() -> None:
    pairs = [passages("The rent is 900.", "Such rent is due.", version=n) for n in range(1, 30)]
    found = [second for _, second in pairs]
    brought = await Neighbours(Shelved(*(first for first, _ in pairs))).of(found, principal=ANN)
    assert [*brought] == [each.id for each in found[:MOST]]
