"""Follow-up questions: which are, and how they are made to stand alone without a model.

It is decided by what is cheap to see: a question that leans on what came before begins where that
left off, is but a few words, or has a pronoun for what it is about. Any other costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Earlier
from retrieval.keywords import Terms

LONGEST = 400
"""Characters of a question that a model made to stand alone."""

_MOST_WORDS_ELLIPTIC = 3
_MOST_WORDS_LEANING = 14
_MOST_JOINED = 3
_MOST_NEW_WORDS = 8
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")

_BEGINNINGS = re.compile(
    r"(?:and|or|but|so|also|then|plus|what about|how about|what if|what else|who else|why not"
    r"|since when|until when|by when|which ones?|how so|how come|same for|same question"
    r"|is that|are those|are these|was that|were those|does that|do those|did that|in that case"
    r"|in which case|instead|otherwise|if so|if not)\b",
    re.IGNORECASE,
)
_PRONOUNS = frozenset(
    {
        "it",
        "its",
        "itself",
        "they",
        "them",
        "their",
        "theirs",
        "he",
        "him",
        "his",
        "she",
        "her",
        "hers",
        "former",
        "latter",
        "aforementioned",
        "thereof",
        "therein",
        "thereto",
    }
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was) it "
    r"(?:allowed|possible|permitted|necessary|required|mandatory|true|legal|safe)\b",
    re.IGNORECASE,
)
"""Where `it` stands for nothing said before."""
_POINTING = re.compile(
    r"\b(?:(?:about|after|before|by|for|from|in|of|on|than|to|under|with|without|like|beyond)\s+)"
    r"(?:this|that|these|those)(?=\s*[?.!,]|\s*$|\s+(?:one|ones|case|too|as well)\b)"
    r"|\b(?:this|that|these|those)\s+(?:one|ones|apply|applies|mean|means|still|hold|holds)\b"
    r"|\bthe (?:same|other|others|first|second|last) (?:one|ones|too|as well)\b"
    r"|\b(?:as well|too|instead|either|there)\s*[?.!]*$",
    re.IGNORECASE,
)


def is_follow_up(question: str, earlier: Sequence[Earlier]) -> bool:
    """Return whether a question leans on earlier ones; without any it never does."""
    words = [each.lower() for each in _WORD.findall(question)]
    if not earlier or not words:
        return False
    if len(words) <= _MOST_WORDS_ELLIPTIC or _BEGINNINGS.match(question.strip()):
        return True
    leaning = [each.lower() for each in _WORD.findall(_EXPLETIVE.sub("", question))]
    leans = not _PRONOUNS.isdisjoint(leaning) or _POINTING.search(question) is not None
    return leans and len(words) <= _MOST_WORDS_LEANING


def before(earlier: Sequence[Earlier]) -> list[str]:
    """Return the questions that a follow-up leans on, oldest first, from one that stood alone."""
    found: list[str] = []
    for at in range(len(earlier) - 1, -1, -1):
        found.insert(0, earlier[at].asked)
        if len(found) == _MOST_JOINED or not is_follow_up(earlier[at].asked, earlier[:at]):
            break
    return found


def joined(question: str, earlier: Sequence[Earlier], limit: int) -> str:
    """Return a follow-up with the words of the questions before it, the newest that fit."""
    found = question
    for each in reversed(before(earlier)):
        longer = f"{each} {found}"
        if len(longer) > limit:
            break
        found = longer
    return found


def is_faithful(written: str, question: str, earlier: Sequence[Earlier], terms: Terms) -> bool:
    """Return whether what a model made of a follow-up still asks what the person asked.

    It has most of the words of the question, some that the person wrote at all, and few others:
    what an earlier answer quoted must not turn a question into another.
    """
    made, own = set(terms(written)), set(terms(question))
    leant_on = {term for each in before(earlier) for term in terms(each)}
    return (
        0 < len(written) <= LONGEST
        and written.isprintable()
        and 2 * len(made & own) >= len(own)
        and bool(made & (own | leant_on))
        and len(made - own - leant_on) <= _MOST_NEW_WORDS
    )


def is_own(written: str, question: str, earlier: Sequence[Earlier], terms: Terms) -> bool:
    """Return whether every word that tells something is one that the person wrote."""
    wrote = {term for each in (question, *before(earlier)) for term in terms(each)}
    return wrote.issuperset(terms(written))
