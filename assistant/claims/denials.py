"""Words that deny, free, bind or ask by what they mean: only what is cited may say them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from assistant.claims.wording import Wording

_TURNING: Final = frozenset([
    # What denies, or forbids.
    "illegal", "unlawful", "impossible", "irrevocable", "ban",
    "verboten", "void", "nope", "hardly", "barely", "scarcely", "rarely", "seldom", "false",
    "falsely", "untrue", "incorrect", "myth", "denied", "denies", "deny", "refuse", "reject",
    "rejects", "rejected", "forfeit", "forfeits", "forfeited", "waive", "waives", "waived",
    # What ends, or leaves undone.
    "cease", "ceases", "ceased", "stop", "stops", "stopped", "avoid", "avoids", "omit", "omits",
    "omitted", "refrain", "refrains", "conceal", "conceals", "hide", "hides", "discard",
    "discarded", "ignore", "ignores", "nil",
    # What frees.
    "exempt", "exempted", "exempts", "free", "optional", "optionally", "voluntary", "voluntarily",
    "welcome", "invited", "legal", "lawful",
    # What binds.
    "obligatory", "compelled", "bound", "forced", "imperative",
    # What asks the reader for something.
    "please", "click", "password", "passwords",
    # What tells it as past, or as hearsay.
    "formerly", "previously", "abolished", "obsolete", "outdated", "rumour", "rumours", "rumor",
    "rumors", "alleged", "allegedly", "supposedly", "purportedly",
    # What turns round.
    "increase", "increases", "increased", "decrease", "decreases", "decreased", "only", "solely",
    "exclusively", "merely",
])  # fmt: skip


_BEING: Final = frozenset({"is", "are", "be", "been", "was", "were", "being", "get", "gets"})
_PREFIXES: Final = ("il", "im", "ir", "dis")
_NO_DENIALS: Final = ("charge", "close", "count", "cover", "patch", "place", "press", "prove")
_SHORTEST_BARE: Final = 5
_BINDING: Final = frozenset({"must", "shall", "required", "requires"})
_BANNING: Final = frozenset({"prohibited", "prohibits", "forbidden", "forbids", "not"})
_INSTEAD: Final = {
    "mandatory": _BINDING,
    "compulsory": _BINDING,
    "banned": _BANNING,
    "bans": _BANNING,
    "barred": _BANNING,
}
"""Words that others may carry; of what, the clauses tell."""


def uncited_in(sentence: Wording, cited: Wording) -> Iterator[str]:
    """Yield the words that turn a sentence round and are not cited in any form.

    Where the word without its prefix is cited, the clauses tell which of both may be said.
    """
    keys = {word.key for word in cited.words}
    for at, word in enumerate(sentence.words):
        is_reversed = _bare(word.key) in keys
        if word.key in keys or not (word.key in _TURNING or word.key in _INSTEAD or is_reversed):
            continue
        if not keys.isdisjoint(_INSTEAD.get(word.key, ())):
            continue
        if word.key == "only" and at and sentence.words[at - 1].key == "not":
            continue
        is_cited = word.stem in cited.places or word.opposite in cited.places
        if is_reversed or not (word.stem and is_cited):
            yield word.text
    if "used" not in keys:
        yield from _used_to(sentence)


def _used_to(sentence: Wording) -> Iterator[str]:
    """Yield what is told as being so no longer, but not "it is used to"."""
    for before, word, after in zip(
        sentence.words, sentence.words[1:], sentence.words[2:], strict=False
    ):
        is_past = word.key == "used" and after.key == "to" and before.key not in _BEING
        if is_past:
            yield f"{word.text} {after.text}"


def _bare(key: str) -> str:
    """Return a word without il, im, ir or dis, empty where that is no denial."""
    prefix = next((each for each in _PREFIXES if key.startswith(each)), "")
    bare = key[len(prefix) :] if prefix else ""
    return bare if len(bare) >= _SHORTEST_BARE and not bare.startswith(_NO_DENIALS) else ""
