"""Words that say the opposite of a cited one: before for after, some for every, in total for each.

No negation stands in such a sentence, and all its other words are cited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from assistant.claims.figures import Figure, FigureKind, written
from assistant.claims.wording import Word, Wording

_PAIRS: Final = (
    ("before prior preceding", "after following afterwards thereafter"),
    ("until till", "from since"),
    ("later late", "sooner earlier early"),
    ("first", "last second"),
    ("begin begins began start starts started", "end ends ended cease ceases ceased"),
    ("day", "night"),
    ("weekday weekdays", "weekend weekends"),
    ("lower less fewer smaller", "higher more greater larger"),
    (
        "reduced reduces reduce lowered lowers lower down decreased decreases decrease",
        "raised raises raise increased increases increase up",
    ),
    ("above over exceeding exceeds exceed", "below under beneath"),
    ("longer long", "shorter short"),
    ("most maximum highest", "least minimum lowest"),
    ("gain profit", "loss"),
    ("every each all any everyone", "some most several few half"),
    ("half quarter third tenths", "all whole full entire"),
    ("everything", "nothing"),
    ("total altogether", "each per every apiece"),
    ("joint jointly", "separate separately several"),
    ("include included includes including", "except excepted exclude excluded excludes excluding"),
    ("with", "without"),
    ("inside", "outside"),
    ("internal internally", "independent independently external externally"),
    ("public publicly", "private confidential"),
    ("direct directly", "indirect indirectly"),
    ("permanent permanently", "temporary temporarily"),
    ("orally oral verbally", "written writing"),
    ("right correct", "wrong incorrect"),
    ("lock locked locks", "unlock unlocked unlocks open"),
    ("open opened opens", "close closed closes shut"),
    ("encrypted encrypts", "decrypted decrypts"),
    ("buy buys buyer", "sell sells seller"),
    ("enter enters", "leave leaves"),
    ("keep keeps kept", "repay repays repaid return returns returned"),
    ("paid pays", "owed owes unpaid"),
    ("accept accepts accepted", "reject rejects rejected"),
    ("agreed agree", "failed fail"),
    ("succeeds succeed", "fails fail"),
)
_ORDINALS: Final = frozenset({"first", "second", "last"})
_BACKWARD: Final = frozenset({"before", "prior"})
_TOLD_BACKWARD: Final = _BACKWARD | {
    "advance", "ahead", "notice", "earlier", "until", "preceding",
}  # fmt: skip


def _opposites() -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in _PAIRS:
        for these, those in ((one, other), (other, one)):
            for word in these.split():
                found[word] |= set(those.split())
    return {word: frozenset(each) for word, each in found.items()}


_OPPOSITES: Final = _opposites()


def opposed_in(
    sentence: Wording, lead: int, figures: Sequence[Figure], cited: Wording
) -> Iterator[str]:
    """Yield the words that are not cited, where their opposite is, and the sentence lacks that.

    A lead ("Under the lease,") is left out. `figures` are those of the sentence: "21 days before"
    may not be told of "within 21 days of".
    """
    mine, its = (frozenset(word.key for word in each.words) for each in (sentence, cited))
    for word in sentence.words[lead:]:
        against = _OPPOSITES.get(word.key, frozenset())
        is_said = word.key in its or (word.stem and word.stem in cited.places)
        if is_said or against.isdisjoint(its) or not against.isdisjoint(mine) or _is_name(word):
            continue
        if its.isdisjoint(_alike(against)):
            yield word.text
    if its.isdisjoint(_TOLD_BACKWARD):
        yield from _backward(sentence, figures)


def _is_name(word: Word) -> bool:
    """Return whether it is of a name: the First Lender, the Second Schedule."""
    return word.key in _ORDINALS and word.is_capital


def _alike(against: frozenset[str]) -> frozenset[str]:
    """Return the words that say the same as one that all of these oppose."""
    return frozenset(word for each in against for word in _OPPOSITES[each])


def _backward(sentence: Wording, figures: Sequence[Figure]) -> Iterator[str]:
    for figure in figures:
        if figure.kind is FigureKind.DURATION:
            after = written(sentence.words, figure)[1] + 1
            if after < len(sentence.words) and sentence.words[after].key in _BACKWARD:
                yield sentence.words[after].text
