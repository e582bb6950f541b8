from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.amendments import MOST, amending, changes, clause_of
from assistant.answers import Answer, Question
from assistant.quotes import Quoter
from assistant.support import Evidence
from retrieval.access import Principal
from retrieval.documents import InForce, Kind, Scope, Span, Status, now
from retrieval.retriever import Found, Retrieved
from tests.assistant.test_quotes import ANSWERS
from tests.retrieval.made_candidates import EMBEDDER, WORDS, passage_of, retrieved_of, version_of

CLAUSE = "7.2 The carrier shall give notice of a delay within four hours."
CHANGE = 'In clause 7.2, the words "four hours" are replaced by "two hours".'
AMENDED = [
    ("Carriage Agreement, Alder", CLAUSE),
    ("Amendment No. 2, Alder", CHANGE),
    ("Carriage Agreement, Birch", CHANGE),
]


async def amended(**changed: object) -> list[str]:
    """Return what is quoted beside the clause, the version of the amendment being changed."""
    retrieved = await retrieved_of("How soon is notice of a delay given?", AMENDED)
    first, passage = (each.passage for each in retrieved.found[:2])
    told = replace(first, version=replace(first.version, in_force=InForce(start=10)))
    quoted = [Evidence(told, told.sentences[0], 0, 1.0)]
    version = replace(passage.version, **({"in_force": InForce(start=10)} | changed))
    other = Found(replace(passage, version=version), retrieved.found[1].score)
    found = (retrieved.found[0], other, *retrieved.found[2:])
    beside = amending(replace(retrieved, found=found), quoted, now())
    assert all(place == 0 for place, _ in beside)
    return [each.text for _, each in beside]


async def test_what_changes_a_quoted_clause_is_quoted_beside_it() -> None:
    question = Question(
        "How soon is notice of a delay given?", Principal.person("ann"), Scope(now())
    )
    retrieved = await retrieved_of(question.text, AMENDED[:2])
    answer = await Quoter(EMBEDDER, WORDS.terms, ANSWERS).quote(question, retrieved)
    assert isinstance(answer, Answer)
    assert [each.text for each in answer.sentences] in ([CLAUSE, CHANGE], [CHANGE, CLAUSE])


async def test_a_change_counts_if_it_is_approved_no_older_and_of_the_same_matter() -> None:
    assert await amended() == [CHANGE]
    assert await amended(declared=Status.DRAFT) == []
    assert await amended(kind=Kind.TICKET) == []
    assert await amended(title="Amendment No. 2, Cedar") == []
    assert await amended(in_force=InForce(start=9)) == []
    assert await amended(parties=("Alder", "Us")) == [CHANGE]


@pytest.mark.parametrize(
    ("parties", "is_amended"), [(("Us", "Alder"), True), (("Birch", "Us"), False)]
)
async def test_documents_of_other_parties_change_nothing(
    parties: tuple[str, ...], is_amended: bool
) -> None:
    retrieved = await retrieved_of("How soon is notice given?", AMENDED[:2])
    first, other = (each.passage for each in retrieved.found)
    told = replace(first, version=replace(first.version, parties=("Alder", "Us")))
    its = replace(other, version=replace(other.version, parties=parties, title="Letter"))
    found = (Found(told, 0.0), Found(its, 0.0))
    quoted = [Evidence(told, told.sentences[0], 0, 1.0)]
    assert bool(amending(replace(retrieved, found=found), quoted, now())) is is_amended


async def test_no_more_are_added_than_can_be_read() -> None:
    pairs = [AMENDED[0], *((f"Amendment No. {number}, Alder", CHANGE) for number in range(5))]
    retrieved: Retrieved = await retrieved_of("How soon is notice given?", pairs)
    first = retrieved.found[0].passage
    assert len(amending(retrieved, [Evidence(first, first.sentences[0], 0, 1.0)], now())) == MOST


@pytest.mark.parametrize(
    ("sentence", "is_change"),
    [
        (CHANGE, True),
        ('Clause 7.2 of the Agreement is replaced by: "Notice is given at once."', True),
        ("The value stated in clauses 6.1 and 7.2 is lowered from EUR 2 to EUR 1.", True),
        ("Section 7.2 is hereby deleted in its entirety.", True),
        ("Section 7.2 shall now read as follows.", True),
        ("In clause 17.2, the words are replaced.", False),
        ("In clause 7.21, the words are replaced.", False),
        ("In clause 7.2.1, the words are replaced.", False),
        ("The term in clause 7.2 is not changed by this amendment.", False),
        ("All other amounts in clause 7.2 are unchanged.", False),
        ("Under clause 7.2 the carrier gives notice.", False),
        ("Broken seals are replaced at once.", False),
    ],
)
def test_only_what_says_that_a_clause_is_changed_changes_it(sentence: str, is_change: bool) -> None:
    assert changes(sentence, "7.2") is is_change


@pytest.mark.parametrize(
    ("text", "headings", "clause"),
    [
        ("7.2 Notice is given.", (), "7.2"),
        ("Clause 12. Notice is given.", (), "12"),
        ("7.2 Notice comes first. Then it is given.", (), "7.2"),
        ("7.1 Seals are kept.\n\n7.2 Notice comes first. Then it is given.", (), "7.2"),
        ("Then it is given.", ("7. Notice", "7.2 Form"), "7.2"),
        ("Then it is given.", ("Notice",), ""),
        ("It is given within 4 hours.", (), ""),
    ],
)
def test_a_sentence_knows_its_clause(text: str, headings: tuple[str, ...], clause: str) -> None:
    passage = replace(passage_of(1, version_of(1, "Lease"), text), headings=headings)
    start = text.rfind(". ") + 2 if ". " in text[4:] and not text.startswith("Clause") else 0
    assert clause_of(passage, Span(100 + start, 100 + len(text))) == clause
