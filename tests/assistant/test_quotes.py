from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from assistant.answers import Answer, Question, Refusal, RefusalReason, Reply
from assistant.quotes import NOTHING, Quoter
from assistant.support import Support
from retrieval.access import Principal
from retrieval.documents import Scope, Span, now
from retrieval.embedder import Vectors
from retrieval.retriever import Found
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of

ANSWERS = Support(np.zeros(6), 0.0, named=0.0, unnamed=0.0)
REFUSES = Support(np.zeros(6), 0.0, named=1.0, unnamed=1.0)
LEASES = [
    ("Lease, Alder", "The tenant must give\nnotice of six months. Rent is due on each first day."),
    ("Lease, Birch", "The tenant must give notice of nine months."),
]


class CountingEmbedder:
    """Hashes words, and keeps what it was asked for."""

    name, dimension = EMBEDDER.name, EMBEDDER.dimension

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return await EMBEDDER.embed(texts)


async def quoted(text: str, pairs: list[tuple[str, str]], support: Support = ANSWERS) -> Reply:
    quoter = Quoter(EMBEDDER, WORDS.terms, support)
    question = Question(text, Principal.person("ann"), Scope(as_of=now()))
    return await quoter.quote(question, await retrieved_of(text, pairs))


async def test_every_sentence_is_pinned_to_its_very_words() -> None:
    answer = await quoted("How much notice must the tenant give?", LEASES[:1])
    assert isinstance(answer, Answer)
    first = answer.sentences[0]
    [citation] = first.citations
    assert first.text == "The tenant must give notice of six months."
    assert citation.words == "The tenant must give\nnotice of six months."
    assert (citation.start, citation.end) == (100, 100 + len(citation.words))


async def test_an_item_of_a_list_comes_with_what_stands_above_it() -> None:
    text = "Not allowed in the hall:\n- smoking near the tank of a lorry.\nAsk the foreman first."
    retrieved = await retrieved_of("Is smoking near a lorry allowed?", [("Rules", text)])
    ends = [0, text.index("\n"), text.index("\nAsk"), len(text)]
    spans = (Span(100 + a, 100 + b) for a, b in pairwise(ends))
    passage = replace(retrieved.found[0].passage, sentences=tuple(spans))
    found = replace(retrieved, found=(Found(passage, 0.0),))
    question = Question("Smoking?", Principal.person("ann"), Scope(as_of=now()))
    answer = await Quoter(EMBEDDER, WORDS.terms, ANSWERS).quote(question, found)
    assert isinstance(answer, Answer)
    [citation] = answer.sentences[0].citations
    assert (citation.head, citation.words.strip()) == (
        "Not allowed in the hall:",
        "- smoking near the tank of a lorry.",
    )


async def test_each_document_is_one_source_and_its_best_sentence_comes_first() -> None:
    answer = await quoted("On which day is rent due?", LEASES)
    assert isinstance(answer, Answer)
    assert answer.sentences[0].text == "Rent is due on each first day."
    cited = [each.citations[0].source for each in answer.sentences]
    assert cited == sorted(cited)
    assert len({source.version.id for source in answer.sources}) == len(answer.sources)


async def test_what_does_not_suffice_is_refused_with_the_nearest_sources() -> None:
    refusal = await quoted("How much notice must the tenant give?", LEASES, REFUSES)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is RefusalReason.NOT_SUPPORTED
    assert [each.version.title for each in refusal.nearest] == ["Lease, Alder", "Lease, Birch"]


async def test_a_name_that_stands_nowhere_is_refused_however_well_the_rest_fits() -> None:
    refusal = await quoted("How much notice must the tenant give in Cedarville?", LEASES)
    assert isinstance(refusal, Refusal)


async def test_nothing_readable_is_said_as_such() -> None:
    refusal = await quoted("How much notice?", [])
    assert isinstance(refusal, Refusal)
    assert (refusal.text, refusal.nearest) == (NOTHING, ())


async def test_titles_are_embedded_once_and_long_sentences_in_part() -> None:
    embedder = CountingEmbedder()
    quoter = Quoter(embedder, WORDS.terms, ANSWERS)
    long = "The tenant must give notice " + "without any delay " * 60
    pairs = [("Lease, Alder", long), ("Lease, Birch", "The tenant must give notice in time.")]
    question = Question("Who gives notice?", Principal.person("ann"), Scope(as_of=now()))
    retrieved = await retrieved_of(question.text, pairs)
    for _ in range(2):
        await quoter.quote(question, retrieved)
    first, second = embedder.calls
    assert first[-2:] == ["Lease, Alder", "Lease, Birch"]
    assert second == first[:-2]
    assert max(map(len, first)) == 500


async def test_of_a_table_only_the_row_asked_for_is_quoted() -> None:
    rows = [
        "Case: Cargo claim of a customer; Manager limit: 15,000.",
        "Case: Credit note for a fault; Manager limit: 20,000.",
        "Case: Waiver of all interest; Manager limit: 5,000.",
    ]
    answer = await quoted(
        "What is the manager limit of a cargo claim?", [("Limits", " ".join(rows))]
    )
    assert isinstance(answer, Answer)
    assert [each.text for each in answer.sentences] == rows[:1]
    every = await quoted("What is the manager limit of each case?", [("Limits", " ".join(rows))])
    assert isinstance(every, Answer)
    assert len(every.sentences) == len(rows)


async def test_the_row_of_a_table_is_shown_under_the_names_of_its_columns() -> None:
    names, rows = "Site | Rate per pallet.", "Hamburg | EUR 7.35. Venlo | EUR 7.10."
    answer = await quoted("What is the rate per pallet in Venlo?", [("Rates", f"{names} {rows}")])
    assert isinstance(answer, Answer)
    [citation] = answer.sentences[0].citations
    assert (citation.words, citation.head) == ("Venlo | EUR 7.10.", names)
