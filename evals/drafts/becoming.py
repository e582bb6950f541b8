"""From a draft to a test case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from evals.drafts.seen import SeenDraft, Stretch
from evals.suites.case import Case, Expected, Gold
from retrieval.errors import BadRequest

CATEGORY: Final = "from life"


def id_of(number: int) -> str:
    """Return the id of the test case that a draft becomes."""
    return f"review-{number}"


def case_of(seen: SeenDraft) -> Case:
    """Return a draft as a test case, with what is expected so far.

    Raises:
        BadRequest: words that should answer it stand in none of the passages found.
    """
    edits, gold = seen.edits, tuple(dict.fromkeys(_gold(seen)))
    is_answered = True if gold or edits.facts else None
    return Case(
        id=id_of(seen.number),
        question=seen.question,
        person=edits.person,
        earlier=seen.earlier,
        as_of=seen.as_of,
        kinds=seen.limits.kinds,
        statuses=seen.limits.statuses,
        sources=seen.limits.sources,
        parties=seen.limits.parties,
        category=edits.category or CATEGORY,
        expected=Expected(
            answerable=is_answered if edits.answerable is None else edits.answerable,
            gold=gold,
            facts=edits.facts,
            lies=edits.lies,
            language=edits.language,
        ),
        note=f"From the review queue, {seen.kind}; asked by {seen.asker}.",
    )


def require_expectations(case: Case) -> None:
    """Raise `BadRequest` if nothing is expected of a case: it would measure nothing."""
    expected = case.expected
    if expected.answerable is None and not expected.lies and not expected.language:
        raise BadRequest(
            "Expected at least one thing that the answer should be, got nothing. Say whether it "
            "should be answered, and with which words."
        )


def _gold(seen: SeenDraft) -> Iterator[Gold]:
    for number in seen.edits.gold:
        yield _stretch_as_gold(seen.found[number], seen.found[number].exact)
    for line in seen.edits.words:
        unmasked = _without_labels(line, seen)
        for stretch in seen.found:
            if words := _standing(unmasked, stretch.exact):
                yield _stretch_as_gold(stretch, words)
                break
        else:
            raise BadRequest(
                "Expected words as they stand in one of the passages found, got a line of "
                f"{len(line)} characters that stands in none. Copy it from a passage."
            )


def _stretch_as_gold(stretch: Stretch, words: str) -> Gold:
    """Return words of a stretch as gold: by their characters where personal data is in them."""
    start = stretch.start + stretch.exact.index(words)
    if words and words in stretch.words:
        return Gold(stretch.document, words)
    return Gold(stretch.document, start=start, end=start + (len(words) or stretch.end - start))


def _standing(line: str, exact: str) -> str:
    """Return the words of a passage that a line repeats, but for white space; "" if it has none."""
    pattern = r"\s+".join(map(re.escape, line.split()))
    found = re.search(pattern, exact)
    return found[0] if found else ""


def _without_labels(line: str, seen: SeenDraft) -> str:
    for piece in seen.pieces:
        line = line.replace(piece.label, piece.text)
    return line
