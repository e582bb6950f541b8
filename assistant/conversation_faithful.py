"""What a model may make of a follow-up question. READ FIRST: `is_faithful` is the story.

A model's server may remember what it was shown for somebody else, and say it here. So each word
must be one that this person wrote or was told, or one so plain that it tells nothing. What is
spelled in any other way is not looked at closely: it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.answers import Earlier
from assistant.conversation_follow_up import LONGEST, before
from retrieval.keywords import Terms

_MOST_NOT_THEIRS = 8
_MOST_NEW_WORDS = 3
_LONGEST_WORD = 20
_PLAIN = """
    about agreement allow amount answer apply apart ask become begin can case change clause come
    condition contract could currently date deadline did do document does during end exactly find
    from get give had has have her his how instead kind last limit long make many may mean month
    much must name need new notice number old our page paragraph part pay per period person policy
    question reason regarding require rule same say section shall should sign since so source start
    state still take tell term text than ticket time use valid version week what when where whether
    which who whom whose why within without would year you your
"""
"""Words that stand for nothing in particular: none is a figure or a name."""
_MARKS = frozenset(" .,;:?!'\"()-/&%\u2013\u2014\u2018\u2019\u201c\u201d")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_JOINTS = re.compile(r"[-/'\u2013\u2014\u2019]")


def is_faithful(written: str, question: str, earlier: Sequence[Earlier], terms: Terms) -> bool:
    """Return whether what a model made of a follow-up still asks what the person asked.

    It has most of the words of the question, some that the person wrote at all, and few others:
    what an earlier answer quoted must not turn a question into another. `earlier` are the turns
    that it was shown; from elsewhere it has but a few plain words.
    """
    made, own = set(terms(written)), set(terms(question))
    leant_on = {term for each in before(earlier) for term in terms(each)}
    return (
        0 < len(written) <= LONGEST
        and written.isprintable()
        and 2 * len(made & own) >= len(own)
        and bool(made & (own | leant_on))
        and len(made - own - leant_on) <= _MOST_NOT_THEIRS
        and _is_known(written, list(_known(question, earlier)), terms)
    )


def is_own(written: str, question: str, earlier: Sequence[Earlier], terms: Terms) -> bool:
    """Return whether every word that tells something is one that the person wrote."""
    wrote = {term for each in (question, *before(earlier)) for term in terms(each)}
    return wrote.issuperset(terms(written))


def _known(question: str, earlier: Sequence[Earlier]) -> Iterator[str]:
    """Yield what the person wrote, and what they may read of what they were told."""
    yield question
    for each in earlier:
        yield each.asked
        yield from each.told
        yield from (version.title for version in each.rests_on)


def _is_known(written: str, texts: Sequence[str], terms: Terms) -> bool:
    """Return whether all but a few plain words stand in the texts, in some form."""
    whole = " ".join(texts)
    marks = {each for each in written if not each.isalnum()}
    if not marks <= _MARKS | set(whole):
        return False
    known = {form for word in _words(whole.casefold()) for form in (word, *_parts(word))}
    stems, plain = set(terms(whole)), set(terms(_PLAIN))
    new = 0
    for part in _unknown(written, known):
        if not _is_spelled_plainly(part) or not plain | stems >= (own := set(terms(part))):
            return False
        new += not own <= stems
    return new <= _MOST_NEW_WORDS


def _unknown(written: str, known: set[str]) -> Iterator[str]:
    """Yield the parts of words that do not stand there as they are; a figure is not taken apart."""
    for word in _words(written):
        if word.casefold() in known:
            continue
        is_figure = any(not each.isalpha() and not _JOINTS.match(each) for each in word)
        parts: Iterable[str] = (word,) if is_figure else _parts(word)
        yield from (each for each in parts if each.casefold() not in known)


def _is_spelled_plainly(word: str) -> bool:
    """Return whether a word is letters alone, and only the first of them may be a capital."""
    rest = word[1:]
    return len(word) <= _LONGEST_WORD and word.isascii() and word.isalpha() and rest == rest.lower()


def _words(text: str) -> list[str]:
    return [bare for each in text.split() if (bare := _EDGES.sub("", each))]


def _parts(word: str) -> list[str]:
    return [each for each in _JOINTS.split(word) if each]
