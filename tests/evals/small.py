"""A small corpus with its people, and a suite over it that every kind of case is in."""

from __future__ import annotations

from pathlib import Path

LEASE = """\
Lease of the Alder warehouse

The tenant must give notice of six months before the end of a year.

Rent for the Alder warehouse is due on the first day of each month.
"""
LICENCE = """\
Licence of the Birch software

The licence of the Birch software covers ten named users.

Birch support answers every question within two hours.
"""
SALARIES = """\
Salaries of the board

The chair of the board earns 90,000 euros a year.
"""
SUITE = """\
# yaml-language-server: $schema=suite.schema.json
suite: small
title: A small suite
corpus: [papers]
people:
  ann: [legal]
  bob: []
thresholds:
  access_leak: {at_most: 0}
  citation_exactness: {at_least: 1.0}
cases:
  - id: notice
    question: Which notice must the tenant of the Alder warehouse give before the end of a year?
    as: ann
    category: found
    expects:
      answerable: true
      gold:
        - document: papers/lease.txt
          words: The tenant must give notice of six months before the end of a year.
      facts: [six months]
  - id: rent
    question: When is the rent for the Alder warehouse due?
    as: bob
    category: found
    expects:
      answerable: true
      gold:
        - document: papers/lease.txt
          words: is due on the first day
  - id: support
    question: How soon does Birch support answer every question?
    as: ann
    earlier: [What does the licence of the Birch software cover?]
    category: follow-up
    expects:
      answerable: true
      gold:
        - document: papers/licence.txt
          words: Birch support answers every question within two hours.
  - id: chair
    question: What does the chair of the board earn a year?
    as: bob
    category: refused
    expects:
      answerable: false
      unseen: [papers/closed/salaries.txt]
"""


def write_suite(folder: Path, text: str = SUITE) -> Path:
    """Write the corpus and the suite into a folder; return the suite's file."""
    papers = folder / "papers"
    closed = papers / "closed"
    closed.mkdir(parents=True)
    (papers / "pincite.yaml").write_text("readers: [everyone]\n")
    (papers / "lease.txt").write_text(LEASE)
    (papers / "licence.txt").write_text(LICENCE)
    (closed / "pincite.yaml").write_text("readers: ['group:legal']\n")
    (closed / "salaries.txt").write_text(SALARIES)
    path = folder / "small.yaml"
    path.write_text(text)
    return path
