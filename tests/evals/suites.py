"""Suites and outcomes made up for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.outcome import Cited, Outcome, Said
from evals.suites.case import Case, Expected, Gold, Suite, Threshold, ToolCall
from evals.suites.writing import digest_of

NOTHING = Outcome(
    case="a",
    refused="",
    mode="model",
    said=(),
    named=(),
    retrieved=(),
    gold=(),
    notices=(),
    looked_for="",
    withheld=0,
    first_seconds=0.5,
    seconds=2.0,
)

WHOLE = """\
# yaml-language-server: $schema=suite.schema.json
suite: small
title: A small suite
corpus: [demo, papers]
thresholds:
  citation_exactness: {at_least: 1}
  access_leak: {at_most: 0}
configuration: {chunk_size: 500, model_url: null}
cases:
  - id: lease
    question: How long is the lease?
    as: ann
    as_of: 2026-03-01
    category: contracts
    kinds: [contract]
    earlier: [Who is the landlord?]
    expects:
      answerable: true
      gold:
        - {document: contracts/lease.pdf, words: five years}
        - {document: papers/old.txt, start: 3, end: 9}
        - document: papers/whole.txt
      facts: [five years, [60 months, "60  Monate"]]
      not: [six years]
      unseen: [board/]
      language: en
      answer: Five years.
    note: The draft has six.
"""


def case(*, category: str = "", earlier: tuple[str, ...] = (), **expected: Any) -> Case:
    """Return a case that expects these things."""
    return Case("a", "What?", category=category, earlier=earlier, expected=Expected(**expected))


def cited(start: int, end: int, document: str = "d", is_exact: bool = True) -> Cited:
    """Return a citation of these characters."""
    return Cited(document, 1, start, end, "x" * (end - start), is_exact)


def said(text: str, *citations: Cited, **values: Any) -> Said:
    """Return a sentence that was shown."""
    return Said(text, citations, **values)


def outcome(*sentences: Said, **values: Any) -> Outcome:
    """Return what came of a case: these sentences."""
    return replace(NOTHING, said=sentences, **values)


def file_of(folder: Path, text: str, name: str = "suite.yaml") -> Path:
    """Write a file and return where it is."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# Readers differ on whether a mark of byte order can be seen.
letters = st.characters(codec="utf-8", exclude_characters="\ufeff")
texts = st.text(letters, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
lines = texts.map(lambda text: " ".join(text.split()))
names = lines.map(lambda text: text[:30].strip())
golds = st.one_of(
    st.builds(Gold, names),
    st.builds(Gold, names, texts),
    st.builds(
        lambda name, start, length: Gold(name, "", start, start + length),
        names,
        st.integers(0, 10_000),
        st.integers(1, 500),
    ),
)


def tuples(of: st.SearchStrategy[Any], **sizes: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a few of something."""
    return st.lists(of, **({"max_size": 3} | sizes)).map(tuple)


given_values = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(0, 9),
    st.lists(st.one_of(texts, st.integers(0, 9)), min_size=1, max_size=2),
)
tool_calls = st.builds(
    ToolCall,
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    st.dictionaries(names, given_values, max_size=2),
)
answered = st.builds(
    Expected,
    answerable=st.sampled_from([True, None]),
    gold=tuples(golds),
    facts=tuples(tuples(lines, min_size=1)),
    lies=tuples(lines),
    unseen=tuples(names),
    language=st.sampled_from(["", "de", "sv"]),
    answer=st.one_of(st.just(""), texts),
    calls=tuples(tool_calls),
    forbidden=tuples(tool_calls),
)
refused = st.builds(
    Expected,
    answerable=st.just(False),
    lies=tuples(lines),
    unseen=tuples(names),
    forbidden=tuples(tool_calls),
)
cases = st.builds(
    Case,
    id=names,
    question=texts,
    person=st.sampled_from(["", "ann", "ben"]),
    earlier=tuples(texts),
    as_of=st.one_of(st.just(""), st.dates().map(str)),
    category=st.one_of(st.just(""), names),
    kinds=tuples(st.sampled_from(["contract", "policy", "ticket", "other"])),
    statuses=tuples(st.sampled_from(["draft", "approved", "superseded", "expired"])),
    sources=tuples(names),
    parties=tuples(names),
    excluded=tuples(names),
    expected=st.one_of(answered, refused),
    note=st.one_of(st.just(""), texts),
)
shares = [each.name for each in MEASURES if each.unit is Unit.SHARE]
bounds = st.floats(0, 1)
thresholds = st.one_of(
    bounds.map(lambda value: Threshold(at_least=value)),
    bounds.map(lambda value: Threshold(at_most=value)),
    st.tuples(bounds, bounds).map(lambda pair: Threshold(min(pair), max(pair))),
)
plain_values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(0, 9), texts)
settings_values = st.one_of(plain_values, st.lists(plain_values, max_size=2))


def of_cases(listed: list[Case], **values: Any) -> Suite:
    """Return a suite of these cases, with its digest."""
    suite = Suite("made-up", values.pop("title", "made-up"), tuple(listed), "", **values)
    return replace(suite, digest=digest_of(suite))


case_lists = st.lists(cases, min_size=1, max_size=4, unique_by=lambda each: each.id)
suites = st.builds(
    of_cases,
    case_lists,
    title=st.one_of(st.just("made-up"), names),
    about=st.one_of(st.just(""), texts),
    people=st.just({"ann": ("legal", "staff"), "ben": ()}),
    thresholds=st.dictionaries(st.sampled_from(shares), thresholds, max_size=3),
    configuration=st.dictionaries(names, settings_values, max_size=3),
)
