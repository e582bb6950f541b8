"""Follow-up questions: which are, and how they are made to stand alone without a model.

It is decided by what is cheap to see: a question that leans on what came before begins where that
left off, is but a few words, or has a pronoun for what it is about. Any other costs nothing.

READ FIRST: `standing` is the story. Put behind the whole earlier question, a new one finds the
earlier answer again. So of that question only what it is about is kept, or, where the same is
asked of something else ("And in Germany?"), all but what it was asked of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Earlier
from assistant.sentences import begins_a_sentence
from retrieval.documents import Version

LONGEST = 400
"""Characters of a question that a model made to stand alone."""

_MOST_WORDS_ELLIPTIC = 3
_MOST_WORDS_LEANING = 14
_FEWEST_WORDS_ENOUGH = 10
_MOST_JOINED = 3
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

_GOING_ON = re.compile(
    r"^(?:(?:and|or|but|so|also|then|plus)\b[\s,]*)*(?:(?:what|how) about\b\s*)?", re.IGNORECASE
)
_ASKING = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|may|can|could"
    r"|must|shall|should|will|would|has|have|had|if)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"(?:in|at|for|from|with|of|on|below|above|to|by|outside|under|within)\b", re.IGNORECASE
)
_PHRASE = (
    r"\s+(?:an?\s+|the\s+)?[\w-]+(?:\s+[\w-]+)*?"
    r"(?=\s+(?:in|at|for|from|with|of|on|after|before|when|if|to)\b|$)"
)
"""What follows a preposition, up to the next one."""
_NAME = re.compile(r"(?<!\w)(?:[^\W\d_a-zß-öø-ÿ]|\d)[\w-]*(?:\s+(?:[^\W\d_a-zß-öø-ÿ]|\d)[\w-]*)*")
_OF_A_NAME = re.compile(rf"\s+(?:in|at|for|from|with|of|on)\s+(?:the\s+)?{_NAME.pattern}")
_ARTICLE = re.compile(r"^(?:the|an?|my|our|your|their|its|his|her|this|that|these|those)\b", re.I)
_END = " ?.!"


def is_follow_up(question: str, earlier: Sequence[Earlier]) -> bool:
    """Return whether a question leans on earlier ones; without any it never does."""
    words = [each.lower() for each in _WORD.findall(question)]
    if not earlier or not words:
        return False
    if len(words) <= _MOST_WORDS_ELLIPTIC or _BEGINNINGS.match(question.strip()):
        return True
    return len(words) <= _MOST_WORDS_LEANING and _leans(question)


def _leans(question: str) -> bool:
    """Return whether a question has a word for what was named before it."""
    words = [each.lower() for each in _WORD.findall(_EXPLETIVE.sub("", question))]
    return not _PRONOUNS.isdisjoint(words) or _POINTING.search(question) is not None


def before(earlier: Sequence[Earlier]) -> list[str]:
    """Return the questions that a follow-up leans on, oldest first, from one that stood alone."""
    found: list[str] = []
    for at in range(len(earlier) - 1, -1, -1):
        found.insert(0, earlier[at].asked)
        if len(found) == _MOST_JOINED or not is_follow_up(earlier[at].asked, earlier[:at]):
            break
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A follow-up made to stand alone; some of its words may be the titles of `rests_on`."""

    text: str
    rests_on: tuple[Version, ...] = ()


def standing(
    question: str, earlier: Sequence[Earlier], limit: int, *, uses_titles: bool
) -> Standing:
    """Return a follow-up with what it is about, in at most `limit` characters if it has fewer.

    With `uses_titles` the document that was told of last is named by its title. A title is a
    document's words, not the person's: it may be looked for, and is not for a model to obey.
    """
    bare, leant_on = _bare(question), _leant_on(earlier)
    if not bare or not leant_on:
        return Standing(question)
    begun = _begun(bare)
    if _asks_of_another(bare):
        made = Standing(_asked_of(bare, leant_on))
    elif _ASKING.search(bare) or _ARTICLE.match(bare):
        last = earlier[-len(before(earlier)) :]
        made = _about(begun, leant_on, _told_last(last) if uses_titles else None)
    else:
        made = Standing(f"{begun} {leant_on}")
    return made if len(made.text) <= limit else Standing(question)


@dataclass(frozen=True, slots=True)
class InFull:
    """A follow-up in its person's words alone: `own` are the new ones, `text` is all of it.

    `about` is the document that was told of last, if it is asked about that.
    """

    own: str
    text: str
    about: Version | None


def in_full(question: str, earlier: Sequence[Earlier]) -> InFull:
    """Return a follow-up with the whole question that it leans on behind it.

    One that only begins like a follow-up, and is long enough to say what it is about, is all.
    """
    own = _begun(_bare(question)) or question
    if len(_WORD.findall(own)) >= _FEWEST_WORDS_ENOUGH and not _leans(own):
        return InFull(own, own, None)
    about = _told_last(earlier[-len(before(earlier)) :])
    return InFull(own, f"{own} {_leant_on(earlier)}".strip(), about)


def _begun(bare: str) -> str:
    return f"{bare[:1].upper()}{bare[1:]}"


def _leant_on(earlier: Sequence[Earlier]) -> str:
    """Return the question that a follow-up leans on, as those between have changed it."""
    asked, *later = before(earlier) or [""]
    for each in later:
        if _asks_of_another(_bare(each)):
            asked = _asked_of(_bare(each), asked)
    return asked


def _bare(question: str) -> str:
    """Return a follow-up without the words that only say that it goes on."""
    return _GOING_ON.sub("", question.strip())


def _asks_of_another(bare: str) -> bool:
    """Return whether this is no question but what the same is asked of: a place, a name."""
    is_such = _PREPOSITION.match(bare) or _names(f"- {_ARTICLE.sub('', bare)}")
    return bool(is_such) and not _ASKING.search(bare)


def _asked_of(bare: str, asked: str) -> str:
    """Return a question, asked of something else than it was."""
    other, whole = bare.rstrip(_END), asked.rstrip(_END)
    if preposition := _PREPOSITION.match(other):
        other = f"{other[0].lower()}{other[1:]}"
        same = re.compile(rf"\b{preposition[0]}\b{_PHRASE}", re.IGNORECASE)
        if found := list(same.finditer(whole)):
            return f"{whole[: found[-1].start()]}{other}{whole[found[-1].end() :]}?"
        return f"{_OF_A_NAME.sub('', whole)} {other}?"
    if not (names := _names(whole)):
        return f"{other}: {whole}?"
    return f"{whole[: names[-1].start()]}{other}{whole[names[-1].end() :]}?"


def _about(bare: str, leant_on: str, version: Version | None) -> Standing:
    """Return a question with what it is about: a document, else what the earlier one names."""
    own = {each[0].casefold() for each in _names(bare) if not each[0].isdigit()}
    if any(each not in leant_on.casefold() for each in own):
        return Standing(bare)
    if version is not None and version.title:
        return Standing(f"{bare} {version.title}", (version,))
    names = dict.fromkeys(each[0] for each in _names(leant_on))
    return Standing(f"{bare} {' '.join(names) or leant_on}")


def _told_last(earlier: Sequence[Earlier]) -> Version | None:
    """Return the document that came first in the last of these answers that there was."""
    return next((each.rests_on[0] for each in reversed(earlier) if each.rests_on), None)


def _names(text: str) -> list[re.Match[str]]:
    """Return what has capitals or figures, but for the first word of a sentence."""
    return [
        each
        for each in _NAME.finditer(text)
        if each[0] != "I" and not begins_a_sentence(text, each.start())
    ]
