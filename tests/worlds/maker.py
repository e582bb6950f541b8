"""Firms at random, the same for the same seed."""

from __future__ import annotations

import random
import string

from tests.worlds.firm import Added, Document, Firm, Version

PEOPLE = ["ann", "bob", "eve"]
GROUPS = ["legal", "hr", "board", "staff"]
SOURCES = ["files", "wiki", "desk"]
BOILERPLATE = [
    "Either party may end this agreement with thirty days of notice.",
    "The fee is due on the first day of every month.",
    "The meal allowance abroad is forty euros for every day.",
    "Either party may end this agreement with sixty days of notice.",
]
QUESTIONS = [
    "How much notice must a party give to end the agreement?",
    "What is the meal allowance abroad?",
]


class Maker:
    """Draws people's groups, documents and what happens to them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._count = 0

    def firm(self, documents: int = 8) -> Firm:
        """Return a firm with up to that many documents."""
        stale = {source: self._is(0.15) for source in SOURCES}
        firm = Firm(list(PEOPLE), self.groups(), stale)
        for _ in range(self.random.randint(1, documents)):
            firm.documents.append(self.document(firm))
        for _ in range(self.random.choice([0, 0, 1, 2])):
            firm.added.append(self.added(firm))
        for _ in range(self.random.choice([0, 0, 1])):
            chosen = self.random.choice(firm.documents)
            firm.glass.add((self.random.choice(PEOPLE), chosen.source, chosen.born))
        return firm

    def groups(self) -> dict[str, set[str]]:
        """Return groups of people and of groups; circles happen."""
        members = [f"user:{name}" for name in PEOPLE] + [f"group:{name}" for name in GROUPS]
        return {group: set(self.random.sample(members, 2)) for group in GROUPS}

    def document(self, firm: Firm, source: str | None = None) -> Document:
        """Return a new document with one to three versions."""
        chosen = source or self.random.choice(SOURCES)
        born = f"{self.canary()}.txt"
        versions = [self.version(firm, chosen)]
        while len(versions) < 3 and self._is(0.3):
            versions.append(self.version(firm, chosen))
        return Document(chosen, born, born, versions)

    def version(self, firm: Firm, source: str) -> Version:
        """Return a version: some of its lines are those of others, word for word."""
        canary = self.canary()
        lines = self.random.sample(BOILERPLATE, self.random.randint(1, 2))
        lines.insert(self.random.randint(0, 1), f"The code word {canary} opens the vault.")
        title = "Terms" if self._is(0.3) else f"Terms of {canary}"
        others = [each.uri for each in firm.documents if each.source == source]
        supersedes = self.random.choice(others) if others and self._is(0.1) else None
        return Version(canary, title, lines, self.readers(), self.denied(), supersedes)

    def readers(self) -> set[str]:
        """Return readers: sometimes nobody is known, sometimes everyone is let in."""
        names = [f"user:{name}" for name in PEOPLE] + [f"group:{name}" for name in GROUPS]
        drawn = set(self.random.sample(names, self.random.choice([0, 1, 1, 2, 3])))
        return drawn | ({"everyone"} if self._is(0.3) else set())

    def denied(self) -> set[str]:
        """Return denials, mostly none."""
        names = [f"user:{name}" for name in PEOPLE] + [f"group:{name}" for name in GROUPS]
        return set(self.random.sample(names, self.random.choice([0, 0, 0, 0, 1, 2])))

    def added(self, firm: Firm) -> Added:
        """Return a grant or a denial."""
        chosen = self.random.choice(firm.documents)
        names = [f"user:{name}" for name in PEOPLE] + [f"group:{name}" for name in GROUPS]
        reader = self.random.choice([*names, "everyone"])
        effect = self.random.choice(["grant", "grant", "deny"])
        return Added(effect, reader, chosen.source, None if self._is(0.3) else chosen.born)

    def canary(self) -> str:
        """Return a word that stands nowhere else."""
        self._count += 1
        letters = "".join(self.random.choices(string.ascii_lowercase, k=9))
        return f"zq{letters}{self._count}"

    def _is(self, chance: float) -> bool:
        return self.random.random() < chance
