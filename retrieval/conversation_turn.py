"""The nouns of a conversation, and how a turn is written down before it is sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

_LISTED = ("rests_on", "notices", "edition", "nearest", "kinds")
"""The fields of a turn that are tuples; JSON gives them back as lists."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Words that a sentence rests on: characters `start` to `end` of a version's stored text.

    `result` is the id of the call whose result they are from, "" for a version of the library;
    `head` is what stands above the list of which they are an item.
    """

    version: int
    passage: int
    start: int
    end: int
    page: int | None
    words: str = field(repr=False)
    result: str = ""
    head: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that was told, and what it rests on; `differs` from the one before it."""

    text: str = field(repr=False)
    cited: tuple[Cited, ...]
    differs: bool = False

    @property
    def versions(self) -> frozenset[int]:
        """Return the ids of the versions that it cites."""
        return frozenset(each.version for each in self.cited)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a person and what they were told.

    `asked` is what they wrote, `looked_for` the question made to stand alone, "" where that is
    the same; words of it may be from the versions `rests_on`. `mode` is "" where nothing was
    told; `refused` is why, or why it ended early, "" for an answer. `asking` is the id of what
    waited for their word, "" where nothing did. `as_of` is the instant for which it was asked, 0
    where that is not known. `notices` are what was said beside the answer, in words of ours.
    `approved` is the number of the approved answer that it was, 0 where it was none, and
    `edition` which one of it, the day of that and the day of its review. `lead` is what stood above
    the answer, in words of ours, `nearest` the versions that a refusal named, `kinds` what the
    question was limited to, and `answer` the asker's own name for what they were told.
    """

    id: str
    at: int
    asked: str = field(repr=False)
    looked_for: str = field(default="", repr=False)
    rests_on: tuple[int, ...] = ()
    mode: str = ""
    model: str = ""
    refused: str = ""
    said: tuple[Said, ...] = ()
    asking: str = ""
    as_of: int = 0
    notices: tuple[str, ...] = field(default=(), repr=False)
    approved: int = 0
    edition: tuple[int, str, str] | None = None
    lead: str = ""
    nearest: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    answer: str = ""

    @property
    def versions(self) -> frozenset[int]:
        """Return the ids of every version that any of it is from."""
        return frozenset(self.rests_on).union(*(each.versions for each in self.said))

    @property
    def results(self) -> frozenset[str]:
        """Return the ids of the calls whose results any of it is from."""
        return frozenset(one.result for each in self.said for one in each.cited if one.result)

    def written(self) -> str:
        """Return all but id and instant, as one text."""
        values = asdict(self)
        del values["id"], values["at"]
        return json.dumps(values)

    @classmethod
    def read(cls, turn_id: str, at: int, written: str) -> Turn:
        """Return what was written."""
        values: dict[str, Any] = json.loads(written)
        said = tuple(
            Said(each["text"], tuple(Cited(**cited) for cited in each["cited"]), each["differs"])
            for each in values.pop("said")
        )
        for name in _LISTED:
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        return cls(turn_id, at, said=said, **values)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its person finds it in their list.

    `first` is what they asked first, `title` what they call it, "" where they gave it no name.
    """

    id: str
    first: str = field(repr=False)
    turns: int
    started_at: int
    last_at: int
    title: str = field(default="", repr=False)

    @property
    def place(self) -> tuple[int, str]:
        """Return where it stands in the list: the second it was last added to, and its id."""
        return self.last_at, self.id
