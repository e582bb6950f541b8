"""The walk along the chain: entry by entry, until one is not what its neighbours say it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retrieval.audit.entry import Entry, digest_of


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the entries from `first` to `last`."""

    first: int
    last: int
    problem: str


class Walk:
    """A walk that starts at entry `start`, which must follow the digest `before`.

    `signed` are the digests that checkpoints vouch for, by number. `next` is the entry expected
    next; `finding` is the first thing found wrong, and the walk ends there.
    """

    def __init__(self, start: int, before: str, signed: Mapping[int, str]) -> None:
        self.next = start
        self.finding: Finding | None = None
        self._digest = before
        self._signed = signed
        self._vouched = start - 1

    def over(self, entries: Iterable[Entry]) -> None:
        """Go on over these entries, in the order of their numbers."""
        for entry in entries:
            if entry.number != self.next:
                self._find(self.next, entry.number - 1, "missing: deleted from between others")
            elif problem := _problem(entry, self._digest):
                self._find(self._suspect(entry.number, problem), entry.number, problem)
            else:
                self._step(entry)
            if self.finding:
                return

    def ends_at(self, number: int, digest: str, newest: int) -> None:
        """Compare where the walk came to with the head of the chain and the last checkpoint.

        `newest` is the highest number among the entries, as it was when the head was read.
        """
        last = self.next - 1
        if self.finding:
            return
        if last < number:
            self._find(self.next, number, "missing: cut off at the end")
        elif newest > number:
            self._find(number + 1, newest, "inserted after the end")
        elif digest != self._digest:
            self._find(number, number, "the head of the chain names another digest")
        elif beyond := [each for each in self._signed if each > last]:
            problem = f"cut off after entry {last}: checkpoints signed more; the rest is unproved"
            self._find(self._vouched + 1, max(beyond), problem)

    def _step(self, entry: Entry) -> None:
        signed = self._signed.get(entry.number)
        if signed is not None and signed != entry.digest:
            problem = f"made anew: the checkpoint of entry {entry.number} signed another digest"
            self._find(self._vouched + 1, entry.number, problem)
            return
        if signed is not None:
            self._vouched = entry.number
        self._digest = entry.digest
        self.next = entry.number + 1

    def _suspect(self, number: int, problem: str) -> int:
        """Return the first entry that may be to blame.

        Where two disagree it may be any since the last checkpoint: they may all be replaced.
        """
        return number if problem.startswith("edited") else self._vouched + 1

    def _find(self, first: int, last: int, problem: str) -> None:
        self.finding = Finding(first, last, problem)


def _problem(entry: Entry, previous: str) -> str:
    """Return what is wrong with an entry that should follow `previous`; nothing if all is well."""
    if digest_of(entry.body) != entry.digest:
        return "edited: the body does not have this digest"
    said = _said(entry.body)
    if said.get("number") != entry.number:
        return f"in the wrong place: the body is that of entry {said.get('number')}"
    if said.get("previous") != previous:
        return "does not follow the entry before it: it or those before it were replaced"
    if (said.get("at"), said.get("act"), said.get("actor")) != (entry.at, entry.act, entry.actor):
        return "edited: time, act or actor are not those of the body"
    return ""


def _said(body: str) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
