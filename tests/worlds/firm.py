"""The reference: a firm as plain Python, and who in it may read what. It shares no code with us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass
class Version:
    """One state of a document. Its canary stands in its title, text, parties and owner."""

    canary: str
    title: str
    lines: list[str]
    readers: set[str]
    denied: set[str]
    supersedes: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Document:
    """A document and its versions, oldest first. `uri` is where it is now."""

    source: str
    born: str
    uri: str
    versions: list[Version]

    @property
    def newest(self) -> Version:
        return self.versions[-1]


@dataclass(frozen=True)
class Added:
    """A grant or a denial of one reader, of a whole source or of the document born at `born`."""

    effect: str
    reader: str
    source: str
    born: str | None


@dataclass
class Firm:
    """People, groups, sources and documents as they are now."""

    people: list[str] = field(default_factory=list)
    groups: dict[str, set[str]] = field(default_factory=dict)
    stale: dict[str, bool] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    glass: set[tuple[str, str, str]] = field(default_factory=set)

    def groups_of(self, person: str) -> set[str]:
        """Return the groups somebody is in, by asking every group until nothing is new."""
        found: set[str] = set()
        for _ in range(len(self.groups) + 1):
            names = {f"user:{person}"} | {f"group:{group}" for group in found}
            found |= {group for group, members in self.groups.items() if members & names}
        return found

    def may_read(self, person: str, document: Document, version: Version) -> bool:
        """Say whether a person may read a version, from the rule as it is written down."""
        names = ["everyone", f"user:{person}"]
        names += [f"group:{group}" for group in self.groups_of(person)]
        here = [
            each
            for each in self.added
            if each.source == document.source and each.born in (None, document.born)
        ]
        refused = version.denied | document.newest.denied
        refused |= {each.reader for each in here if each.effect == "deny"}
        if self.stale[document.source] or any(name in refused for name in names):
            return False
        if (person, document.source, document.born) in self.glass:
            return True
        granted = {each.reader for each in here if each.effect == "grant"}
        return any(
            all(
                name in allowed or "everyone" in allowed
                for allowed in (version.readers | granted, document.newest.readers | granted)
            )
            for name in names
        )

    def may_read_together(
        self, people: Sequence[str], document: Document, version: Version
    ) -> bool:
        """Say whether people who read together are shown a version: one name stands for all.

        Glass shows nothing to anybody but who broke it.
        """
        closed = replace(self, glass=set())
        allowed_each = [closed.may_read(each, document, version) for each in people]
        if len(people) == 1 or not all(allowed_each):
            return all(allowed_each)
        granted = {
            each.reader
            for each in self.added
            if each.effect == "grant"
            and each.source == document.source
            and each.born in (None, document.born)
        }
        shared = set.intersection(*(self.groups_of(each) for each in people))
        names = ["everyone", *(f"group:{each}" for each in shared)]
        return any(
            all(
                name in allowed or "everyone" in allowed
                for allowed in (version.readers | granted, document.newest.readers | granted)
            )
            for name in names
        )

    def readable_together(self, people: Sequence[str]) -> dict[str, tuple[Document, int]]:
        """Return what people who read together are shown, as `readable` does."""
        return {
            version.canary: (document, number)
            for document in self.documents
            for number, version in enumerate(document.versions, 1)
            if self.may_read_together(people, document, version)
        }

    def readable(self, person: str) -> dict[str, tuple[Document, int]]:
        """Return what a person may read, by canary: the document and the version's number."""
        return {
            version.canary: (document, number)
            for document in self.documents
            for number, version in enumerate(document.versions, 1)
            if self.may_read(person, document, version)
        }

    def visible(self, person: str) -> set[str]:
        """Return the canaries that a person may see: of versions, and of addresses now."""
        seen = self.readable(person)
        return set(seen) | {document.uri.split(".")[0] for document, _ in seen.values()}

    def hidden(self, person: str) -> list[str]:
        """Return the canaries that a person must never see."""
        seen = self.readable(person)
        every = (version for document in self.documents for version in document.versions)
        return [version.canary for version in every if version.canary not in seen]
