"""Words for people for what stands in the record in the words of the code.

The record itself, what is saved of it and the command line keep those: only the page says these,
in the language of whoever reads it. What is not among them stays as it is, which is English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from assistant.wording import Language, is_said, say, spoken
from retrieval.audit.event import Act

ACTS: Final[Mapping[str, str]] = {
    Act.ASK: "asked a question",
    Act.RETRIEVE: "looked up passages",
    Act.ANSWER: "got an answer",
    Act.REFUSE: "got no answer",
    Act.SEARCH: "searched",
    Act.OPEN: "opened a source",
    Act.EXPORT: "read the record",
    Act.TAKE_OUT: "saved a file",
    Act.SIGN_IN: "signed in",
    Act.SIGN_IN_FAILED: "failed to sign in",
    Act.SIGN_OUT: "signed out",
    Act.PERSON: "changed an account",
    Act.PERMISSION: "changed who may read",
    Act.GLASS: "broke the glass",
    Act.SOURCE: "worked on a source",
    Act.DELETE: "deleted documents",
    Act.STOP: "stopped something",
    Act.RESUME: "let something go on",
    Act.ERASE: "erased somebody",
    Act.HOLD: "put somebody under a hold",
    Act.RELEASE: "ended a hold",
    Act.PRUNE: "deleted old events",
    Act.SETTINGS: "changed settings",
    Act.MODEL: "worked on a model",
    Act.REPORT: "reported an answer",
    Act.REVIEW: "worked on the review queue",
    Act.APPROVE: "worked on an approved answer",
    Act.EVALUATE: "worked on evaluations",
    Act.TOOL: "used a tool",
    Act.CONFIRM: "answered a confirmation",
    Act.GOVERN: "decided about documents",
    Act.SHARE: "shared a conversation",
}

KEYS: Final[Mapping[str, str]] = {
    "act": "decision",
    "acts": "acts",
    "answer": "answer no.",
    "answers": "answers no.",
    "approved": "approved answer no.",
    "argument": "argument",
    "as_of": "as of",
    "asked": "question no.",
    "before": "before event",
    "by": "by means of",
    "by_hand": "by hand",
    "bytes": "bytes",
    "call": "call no.",
    "case": "case no.",
    "cases": "cases no.",
    "channel": "channel",
    "characters": "characters",
    "cited": "cited",
    "confirmation": "confirmation no.",
    "conversation": "conversation no.",
    "credential": "credential",
    "days": "days",
    "described": "described anew",
    "did": "what",
    "do": "what",
    "document": "document",
    "documents": "documents",
    "drafts": "drafts no.",
    "edition": "edition no.",
    "effect": "effect",
    "end": "until character",
    "ended": "ended",
    "faults": "faults",
    "files": "files",
    "first": "first event",
    "form": "kind of file",
    "glass": "glass no.",
    "group": "group",
    "groups": "groups",
    "happened": "happened",
    "is_open": "for everybody",
    "is_sound": "sound",
    "joined": "joined",
    "kind": "kind",
    "kinds": "kinds",
    "last": "last event",
    "left": "left",
    "left_out": "left out",
    "limit": "limit",
    "masked": "masked",
    "members": "members",
    "milliseconds": "milliseconds",
    "minutes": "minutes",
    "mode": "mode",
    "model": "model",
    "moved": "moved",
    "name": "name",
    "nearest": "nearest sources",
    "new": "new",
    "options": "options",
    "owners": "owners",
    "partial": "read in part",
    "parties": "parties",
    "passage": "passage no.",
    "passages": "passages",
    "paths": "paths",
    "person": "person",
    "pseudonym": "pseudonym",
    "reader": "reader",
    "readers": "readers",
    "reason": "reason",
    "refused": "refused",
    "removed": "removed",
    "replaces": "replaces another",
    "review_by": "to be reviewed by",
    "revision": "revision",
    "roles": "roles",
    "scope": "scope",
    "scopes": "may",
    "settings": "settings",
    "share": "link no.",
    "since": "since",
    "source": "of the source",
    "sources": "sources",
    "start": "from character",
    "status": "status",
    "statuses": "statuses",
    "system": "system",
    "target": "target",
    "tool": "tool",
    "tools": "tools",
    "turn": "turn no.",
    "turns": "turns",
    "unchanged": "unchanged",
    "undoes": "undoes",
    "unreachable": "unreachable",
    "until": "until",
    "updated": "updated",
    "verdict": "verdict",
    "version": "version",
    "versions": "versions",
    "weights": "weights",
    "what": "what",
    "whole": "to its end",
    "withheld": "withheld sentences",
}

OPENED: Final[Mapping[str, str]] = {
    "boxes": "places on a page",
    "choose": "to be compared",
    "compare": "compared",
    "compared": "compared",
    "document": "about the document",
    "original": "the original file",
    "page_image": "picture of a page",
    "passage": "a passage",
    "source": "the page of the source",
    "text": "the whole text",
    "version": "about the version",
    "words": "places of words",
}
"""What is opened of a version, under the key `what` of an opening."""


DONE: Final[Mapping[str, str]] = {
    "accept": "let it count",
    "add": "added",
    "assign": "handed over",
    "change": "changed",
    "close": "closed",
    "confirm": "confirmed",
    "decide": "decided",
    "decline": "declined",
    "deny": "denied by the rules",
    "describe": "described anew",
    "dismiss": "dismissed",
    "draft": "made a test case of it",
    "end": "ended",
    "expire": "marked as expired",
    "give_back": "given back",
    "groups": "groups told anew",
    "invite": "invited",
    "join": "put into a group",
    "leave": "taken out of a group",
    "list": "looked at the list",
    "make": "made a link",
    "make token": "made a token",
    "move": "moved",
    "open": "opened",
    "password": "set a password",
    "publish": "about to publish",
    "published": "published",
    "purge": "deleted for good",
    "reinstate": "reinstated",
    "related": "related passages",
    "remove": "removed",
    "resolve": "resolved",
    "revoke": "revoked",
    "revoke all": "revoked all of it",
    "roles": "changed the roles",
    "show": "looked at it",
    "store": "stored",
    "suspend": "suspended",
    "sync": "began to read the source",
    "synced": "read the source",
    "tell": "told whoever asked",
    "try": "tried out",
    "undo": "taken back",
    "upload": "uploaded",
    "verify": "verified",
    "withdraw": "withdrawn",
}
"""What was done, under the keys `do`, `did` and `what` of everything else."""


def act_name(act: str) -> tuple[str, bool]:
    """Return an act in words, and whether they are in the language spoken."""
    return _said(ACTS.get(act, act))


def key_name(key: str) -> tuple[str, bool]:
    """Return a key of an entry in words, and whether they are in the language spoken."""
    return _said(KEYS.get(key, key))


def done_name(what: str, *, is_opening: bool = False) -> tuple[str, bool]:
    """Return what was done or opened in words, and whether they are in the language spoken."""
    return _said((OPENED if is_opening else DONE).get(what, what))


def _said(words: str) -> tuple[str, bool]:
    if words not in _OURS:
        return words.replace("_", " "), spoken() is Language.EN
    return say(words), is_said(words)


_TABLES: Final = (ACTS, KEYS, OPENED, DONE)
_OURS: Final = frozenset(each for table in _TABLES for each in table.values())
