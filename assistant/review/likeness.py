"""Do two questions ask the same? Rules, no model: whoever reads them can say why not.

The vectors of two questions tell that they are about the same matter, and hardly more: "the
landlord" is as near to "the tenant" as a paraphrase is. So everything that is not mere framing must
stand in both: figures with their bounds, dates, names and their order, denials, what is asked for
(when, who, how much), and every word of content, up to a few that are used for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from assistant.claims.dates import dates_of, taken_by
from assistant.claims.figures import figures_of
from assistant.claims.names import names_of
from assistant.claims.numerals import numeral_at
from assistant.claims.swaps import ROLES
from assistant.claims.wording import Wording
from retrieval.keywords import Terms
from retrieval.mention import stem

_FRAME: Final = frozenset([
    "a", "an", "the", "this", "that", "these", "those", "of", "for", "in", "on", "at", "by",
    "to", "from", "with", "into", "about", "as", "and", "or", "if", "than", "then", "so",
    "it", "its", "their", "there", "is", "are", "was", "were", "be", "been", "being", "am",
    "do", "does", "did", "done", "will", "would", "shall", "should", "can", "could", "may",
    "might", "must", "has", "have", "had", "having", "need", "needs", "needed", "require",
    "requires", "required", "allow", "allows", "allowed", "permit", "permits", "permitted",
    "able", "possible", "make", "makes", "made", "what", "which", "who", "whose", "whom",
    "when", "where", "why", "how", "long", "much", "many", "often", "frequently", "high",
    "big", "amount", "number", "period", "time", "date", "day", "case", "cases", "i", "me",
    "my", "we", "us", "our", "you", "your", "one", "please", "tell", "know", "per", "each",
    "every", "once", "within", "under", "up", "out", "over", "above", "below", "more", "less",
    "before", "after", "ahead", "advance", "prior", "beforehand", "der", "die", "das", "den",
    "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "und", "oder", "von",
    "zu", "zum", "zur", "im", "auf", "bei", "mit", "ist", "sind", "war", "wird", "werden",
    "wurde", "hat", "haben", "muss", "kann", "darf", "soll", "sollen", "man", "ich", "wir",
    "wie", "wer", "wen", "wem", "wann", "wo", "warum", "welche", "welcher", "welches",
    "welchen", "lange", "lang", "hoch", "viel", "viele", "es", "sich", "mein", "meine",
    "meinen", "unser", "unsere", "fur", "uber", "mussen", "konnen", "durfen", "until",
    "till", "get", "gets", "got", "use", "used", "using",
])  # fmt: skip
_ALIKE: Final = (
    "end ends ending ended terminate terminates terminating terminated expire expires expired",
    "employee employees staff",
    "price cost costs",
    "approve approves approved approval",
    "keep keeps kept retain retains retained store stored",
    "sign signs signed signature",
    "own owns owner belong belongs",
    "solve solved solves solution solving",
    "encrypt encrypted encryption",
    "govern governs governed governing",
    "sublet subletting sublets",
    "repair repairs repairing",
    "renew renewed renewal",
    "begin begins began start starts started commence commences",
    "lose loses lost loss",
    "reimburse reimbursed reimbursement refund refunded",
    "phone phones telephone mobile",
    "laptop laptops notebook",
    "vacation holiday holidays",
    "trip trips travel travels travelling traveling",
    "genehmigen genehmigt genehmigung",
    "vorher voraus zuvor",
    "mietvertrag mietvertrags mietvertrages",
)
_GROUP: Final = {word: f"={at}" for at, words in enumerate(_ALIKE) for word in words.split()}
_DENIALS: Final = frozenset([
    "not", "no", "never", "none", "nor", "neither", "without", "except", "unless", "nicht",
    "kein", "keine", "keinen", "keiner", "ohne", "nie", "prohibited", "prohibit", "prohibits",
    "forbidden", "forbid", "forbids", "banned", "ban", "verboten",
])  # fmt: skip
_HAVE_TO: Final = "have-to"
_MAY: Final = "may can could allowed allow allows permitted permit permits kann konnen darf durfen"
_OPPOSED: Final = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("before ahead prior advance beforehand", "after once"),
        ("over above more", "under below less"),
        ("up", "down"),
        ("in into", "out"),
        ("until till", "from since"),
        (f"must need needs required require obliged {_HAVE_TO} mussen muss", _MAY),
    )
)
_ASKED: Final = (
    ("how often", "often"),
    ("how frequently", "often"),
    ("how long", "long"),
    ("how much", "amount"),
    ("how many", "amount"),
    ("how high", "amount"),
    ("when", "time"),
    ("whose", "person"),
    ("whom", "person"),
    ("who", "person"),
    ("where", "place"),
    ("why", "cause"),
    ("which", "any"),
    ("what", "any"),
    ("how", "way"),
    ("wie lange", "long"),
    ("wie lang", "long"),
    ("wie hoch", "amount"),
    ("wie viel", "amount"),
    ("wann", "time"),
    ("wer", "person"),
    ("wo", "place"),
    ("warum", "cause"),
    ("welche", "any"),
    ("was", "any"),
    ("wie", "way"),
)
_TELLING: Final = {
    **dict.fromkeys(("cause", "causes", "caused", "reason", "reasons"), "cause"),
    **dict.fromkeys(("happen", "happens", "consequence", "consequences"), "effect"),
}
"""Words that say what is asked for where the question word does not; they are no content."""
_ANY_MEANS: Final = frozenset({"any", "amount", "time", "long", "way"})


@dataclass(frozen=True)
class Asked:
    """A question as it is compared with another."""

    text: str
    wording: Wording
    terms: Terms

    @classmethod
    def of(cls, text: str, terms: Terms) -> Asked:
        """Return a question as it is compared."""
        return cls(text, Wording.of([text], terms), terms)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return its words, in order, in small letters."""
        return tuple(word.key for word in self.wording.words)

    @cached_property
    def small(self) -> frozenset[str]:
        """Return its words, and that somebody has to do something."""
        obliges = any(
            one in ("have", "has", "had") and other == "to" for one, other in pairwise(self.keys)
        )
        return frozenset(self.keys) | ({_HAVE_TO} if obliges else set())

    @cached_property
    def content(self) -> frozenset[str | int]:
        """Return the stems of what is more than framing; figures and dates are told apart."""
        words = enumerate(self.wording.words)
        left = (word.key for at, word in words if at not in self._measured)
        return frozenset(
            _GROUP.get(key) or stem(key, self.terms) or key
            for key in left
            if key not in _FRAME | _DENIALS | _TELLING.keys() and key != "'s"
        )

    @cached_property
    def measured(self) -> frozenset[object]:
        """Return its figures with units and bounds, and its dates."""
        words = self.wording.words
        dates = dates_of(words)
        figures = figures_of(words, taken_by(dates))
        return frozenset(
            {(each.value, each.unit, each.bound) for each in figures}
            | {(each.readings, each.bound) for each in dates}
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the words of names in it."""
        return frozenset(each.word.key for each in names_of(self.wording) if not each.action)

    @cached_property
    def denials(self) -> int:
        """Return how often something is denied or forbidden."""
        return sum(key in _DENIALS for key in self.keys)

    @cached_property
    def wanted(self) -> str:
        """Return what is asked for: a person, a time, an amount; "" for yes or no."""
        said = f" {' '.join(self.keys)} "
        found = [(said.find(f" {words} "), sort) for words, sort in _ASKED]
        first = [each for each in found if each[0] >= 0]
        sort = min(first, key=lambda each: each[0])[1] if first else ""
        told = next((_TELLING[key] for key in self.keys if key in _TELLING), sort)
        return told if sort == "any" else sort

    def actors(self, shared: frozenset[str]) -> Sequence[str]:
        """Return those who act in it, in order, as far as they are `shared`."""
        return [key for key in self.keys if key in shared]

    @cached_property
    def _measured(self) -> frozenset[int]:
        words = self.wording.words
        dates = dates_of(words)
        numerals = {at for at in range(len(words)) if numeral_at(words, at)}
        return frozenset(taken_by(dates) | numerals)


def ask_the_same(one: Asked, other: Asked) -> bool:
    """Return whether two questions ask the same, as far as rules can tell; when in doubt, no."""
    return (
        bool(one.content)
        and one.content == other.content
        and one.measured == other.measured
        and one.denials == other.denials
        and _want_the_same(one.wanted, other.wanted)
        and _name_the_same(one, other)
        and not _are_opposed(one, other)
        and not _are_opposed(other, one)
    )


def _want_the_same(one: str, other: str) -> bool:
    if "any" in (one, other):
        return {one, other} <= _ANY_MEANS
    return one == other


def _name_the_same(one: Asked, other: Asked) -> bool:
    """Return whether names stand in both, and who acts stands in one order."""
    framing = {key for key in one.names ^ other.names if key in _FRAME}
    shared = frozenset(one.keys) & frozenset(other.keys) & (one.names | other.names | ROLES)
    return not framing and one.actors(shared) == other.actors(shared)


def _are_opposed(one: Asked, other: Asked) -> bool:
    """Return whether one has a small word and the other its opposite instead."""
    return any(
        one.small & left and other.small & right and not (one.small & right or other.small & left)
        for left, right in _OPPOSED
    )
