"""What is kept of a call: what was asked, and what came of it, as texts that can be sealed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from retrieval.access import EVERYONE
from tools.call import Call
from tools.confirmation import Standing
from tools.labels import Label, Labels, Whence
from tools.tool import Asker, Effect, Result


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it was let through, or put before a person. It is never changed.

    `id` is its idempotency key too. `policy` and `revision` are digests of the policy and of the
    tool as they then were; `approver` are the keys of who may confirm, none where that is the
    asker. `expires` is an instant.
    """

    id: str
    turn: str
    asker: str
    channel: str
    origin: str
    session: str
    call: Call
    effect: Effect
    policy: str
    revision: str
    expires: int
    labels: Labels = field(default_factory=dict)
    approver: frozenset[str] = frozenset()
    will: str = ""
    tried: str = ""
    conversation: str = ""

    def may_confirm(self, person: Asker) -> bool:
        """Return whether this is who may confirm it: the asker, or somebody else who is named.

        Somebody else has to be somebody who may read what its arguments were taken from.
        """
        if not self.approver:
            return person.principal.name == self.asker
        is_other = person.principal.name != self.asker
        return is_other and not self.approver.isdisjoint(person.keys) and self.may_read(person)

    def is_seen_by(self, person: Asker) -> bool:
        """Return whether they are shown what waits: they asked for it, or may confirm it."""
        return person.principal.name == self.asker or self.may_confirm(person)

    def is_same(self, other: Asked) -> bool:
        """Return whether the same was asked for in the same place, and is shown the same way."""
        return all(getattr(self, name) == getattr(other, name) for name in _SAME)

    def may_read(self, person: Asker) -> bool:
        """Return whether they may read every source that an argument was taken from."""
        principal = person.principal
        keys, refusable = principal.keys | {EVERYONE}, principal.keys | principal.barred
        taken = (self.labels.get(name, Label()) for name in self.call.arguments)
        return all(
            not keys.isdisjoint(each.readers) and refusable.isdisjoint(each.denied)
            for each in taken
            if each.whence is Whence.TEXT
        )

    def may_be_shown(self, person: Asker) -> bool:
        """Return whether every argument was taken from texts, all of which they may read.

        What somebody typed is their own.
        """
        labels = [self.labels.get(name, Label()) for name in self.call.arguments]
        return all(each.whence is Whence.TEXT for each in labels) and self.may_read(person)

    def written(self) -> str:
        """Return this as one text."""
        values = {name: getattr(self, name) for name in _PLAIN}
        values |= {
            "call": self.call.canonical,
            "effect": self.effect.value,
            "labels": {
                name: [each.whence.value, sorted(each.readers), sorted(each.denied)]
                for name, each in self.labels.items()
            },
            "approver": sorted(self.approver),
        }
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Asked:
        """Return what was written; raise `ValueError` if the call is not spelt as it was."""
        values = json.loads(text)
        labels = {
            name: Label(Whence(whence), *map(frozenset, named))
            for name, (whence, *named) in values["labels"].items()
        }
        spelt = json.loads(values["call"])
        call = Call(spelt["tool"], spelt["arguments"])
        if call.canonical != values["call"]:
            raise ValueError("a call in another spelling")
        return cls(
            **{name: values[name] for name in _PLAIN},
            call=call,
            effect=Effect(values["effect"]),
            labels=labels,
            approver=frozenset(values["approver"]),
        )


_SAME = ("asker", "channel", "session", "call", "policy", "revision", "labels", "approver", "will")
_PLAIN = (
    "id",
    "turn",
    "asker",
    "channel",
    "origin",
    "session",
    "policy",
    "revision",
    "expires",
    "will",
    "tried",
    "conversation",
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a call: a result, or why there is none, and whether anything happened."""

    result: Result | None = None
    told: str = ""
    happened: bool | None = True

    @property
    def standing(self) -> Standing:
        """Return where the call stands with this."""
        if self.result is not None:
            return Standing.DONE
        return Standing.UNKNOWN if self.happened is None else Standing.FAILED

    def written(self) -> str:
        """Return this as one text; of our own documents it holds nothing, they are opened anew."""
        values: dict[str, Any] = {"told": self.told, "happened": self.happened}
        if self.result is not None:
            values["result"] = {
                "title": self.result.title,
                "text": "" if self.result.passages else self.result.text,
                "link": self.result.link,
                "undo": self.result.undo,
            }
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Ended:
        """Return what was written."""
        values = json.loads(text)
        result = Result(**values["result"]) if "result" in values else None
        return cls(result, values["told"], values["happened"])


@dataclass(frozen=True, slots=True)
class Kept:
    """A call on the books: where it stands, since when, and by whom it was confirmed.

    `until` is when whoever does it must have come back.
    """

    asked: Asked
    number: int
    standing: Standing
    at: int
    until: int = 0
    ended_at: int = 0
    confirmed_by: str = ""
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A call as it is looked back on. `call` and `result` are None to who may not read them."""

    id: str
    tool: str
    asker: str
    at: int
    standing: Standing
    confirmed_by: str = ""
    told: str = ""
    call: Call | None = None
    result: Result | None = None
