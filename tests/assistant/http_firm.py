"""A small firm's documents: each kind, each status, one that nobody here may read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from retrieval.documents import NEVER, InForce, Kind, Status, end_of, start_of
from tests.assistant.http_documents import Held, make_held, make_pdf_held, make_version

LEGALESE = (
    "The Supplier shall perform the Services with reasonable skill and care, in accordance with "
    "good industry practice and the service levels set out in Schedule 2. The Customer shall give "
    "the Supplier the access, information and decisions that the Supplier reasonably requires."
)
MONEY = (
    "Invoices are payable within thirty (30) days of receipt. Late amounts bear interest at four "
    "per cent a year above the base rate. The Customer may withhold amounts disputed in good faith "
    "if it gives notice of the dispute within ten (10) days of receipt of the invoice."
)
NOTICE = (
    "Either party may terminate this Agreement for convenience by giving the other party not less "
    "than ninety (90) days' written notice. Notice of termination takes effect on the last day of "
    "the calendar month in which the notice period ends. Termination leaves accrued rights."
)


def firm() -> list[Held]:
    """Return the firm's documents."""
    return [_contract(), *_travel_policy(), _rates(), _ticket(), _draft(), _expired(), _board()]


def _contract() -> Held:
    version = make_version(
        1,
        "a1c0ffee00000000000000000000d0c1",
        "Master Services Agreement, Northwind Logistics",
        kind=Kind.CONTRACT,
        source="contracts",
        uri="contracts/northwind/Master Services Agreement.pdf",
        owner="Legal, Priya Raman",
        link="https://dms.example.org/contracts/4411",
        parties=("Northwind Logistics Ltd", "Halden Group plc"),
        effective_from=date(2025, 4, 1),
        readers=frozenset({"group:legal"}),
    )
    title = ("heading", "MASTER SERVICES AGREEMENT")
    pages = [
        [title, ("clause", LEGALESE), ("heading", "2. Services"), ("clause", LEGALESE)],
        [("heading", "7. Fees and payment"), ("clause", MONEY), ("clause", LEGALESE)],
        [("heading", "12. Termination"), ("clause", NOTICE), ("clause", LEGALESE)],
        [
            ("heading", "13. Governing law"),
            (
                "clause",
                "This Agreement is governed by the law of "
                "England and Wales, and its courts have exclusive jurisdiction.",
            ),
        ],
    ]
    return make_pdf_held(version, pages)


def _travel_policy() -> list[Held]:
    document = "b2000000000000000000000000000002"
    change = start_of(date(2026, 2, 1))
    old = make_version(
        2,
        document,
        "Travel and expenses policy",
        effective_from=date(2024, 1, 1),
        in_force=InForce(start_of(date(2024, 1, 1)), change, Status.SUPERSEDED),
    )
    new = replace(
        old, id=3, number=2, effective_from=date(2026, 2, 1), in_force=InForce(change, NEVER, None)
    )
    blocks = [
        ("heading", "Travel and expenses policy", 0),
        ("text", "This policy applies to everyone who travels for work.", 0),
        ("heading", "Meals", 1),
    ]
    meals = "The daily meal allowance abroad is {} euros, without receipts. Alcohol is not covered."
    tail = [
        ("list_item", "• Keep receipts for anything above 25 euros.", 0),
        ("list_item", "• Book rail before air for journeys under four hours.", 0),
    ]
    return [
        make_held(old, *blocks, ("text", meals.format(45), 0), *tail),
        make_held(new, *blocks, ("text", meals.format(60), 0), *tail),
    ]


def _rates() -> Held:
    version = make_version(
        4, "c3000000000000000000000000000003", "Hotel ceilings by city", uri="rates.csv"
    )
    rows = (
        "City: Oslo; Night, EUR: 190; Season: all year",
        "City: Zürich; Night, EUR: 240; Season: all year",
        "City: Lisbon; Night, EUR: 130; Season: low season",
        "City: Lisbon; Night, EUR: 165; Season: high season",
    )
    return make_held(version, *(("table_row", row, 0) for row in rows))


def _ticket() -> Held:
    version = make_version(
        5,
        "d4000000000000000000000000000004",
        "INV-2207: Invoice export fails for customers with an apostrophe",
        kind=Kind.TICKET,
        source="helpdesk",
        uri="INV-2207",
        owner="Support",
        effective_from=None,
    )
    return make_held(
        version,
        ("heading", "Invoice export fails for customers with an apostrophe", 0),
        (
            "text",
            "Since 3 March the nightly invoice export stops at the first customer whose "
            "name has an apostrophe. The remaining invoices are not sent.",
            0,
        ),
        ("heading", "Comments", 1),
        (
            "comment",
            "Lena Fischer, 4 March 2026\nReproduced with O'Brien & Sons. The export query "
            "is built by joining strings.",
            0,
        ),
        (
            "comment",
            "Tom Adeyemi, 6 March 2026\nFixed in 4.18.2. The invoice export failed in March "
            "because the customer name was not escaped.",
            0,
        ),
    )


def _draft() -> Held:
    version = make_version(
        6,
        "e5000000000000000000000000000005",
        "Remote work abroad (proposal)",
        declared=Status.DRAFT,
        owner="People team",
    )
    return make_held(
        version,
        ("heading", "Remote work abroad", 0),
        (
            "text",
            "Employees may work from another country of the European Union for up to thirty "
            "days a year.",
            0,
        ),
    )


def _expired() -> Held:
    last = date(2025, 12, 31)
    version = make_version(
        7,
        "f6000000000000000000000000000006",
        "Office lease, Harbour Street 9",
        kind=Kind.CONTRACT,
        source="contracts",
        owner="Facilities",
        expires_on=last,
        effective_from=date(2019, 1, 1),
        parties=("Harbour Estates BV",),
        in_force=InForce(start_of(date(2019, 1, 1)), end_of(last), Status.EXPIRED),
    )
    return make_held(version, ("clause", "The lease ends without notice on 31 December 2025.", 0))


def _board() -> Held:
    version = make_version(
        8,
        "0a700000000000000000000000000007",
        "Board minutes, confidential canary-7731",
        readers=frozenset({"group:board"}),
        parties=("Canary Holdings",),
        source="board-room",
    )
    return make_held(version, ("text", "The board approved the acquisition canary-7731.", 0))
