"""What is said in Slack beside answers: sentences of ours, without a word of anybody else's."""

from __future__ import annotations

from typing import Final

from assistant.slack.arrival import LONGEST_QUESTION
from assistant.wording import say

LOOKING: Final = "is looking in the sources…"
LOOKING_POST: Final = "Looking in the sources…"
EMPTY: Final = (
    "Ask a question, and it is answered from the documents: for example "
    "“How much notice must either party give?”"
)
LONG: Final = "Expected a question of at most {most} characters. Ask in fewer words."
OFF: Final = (
    "Questions are not answered in this channel. Ask in a direct message, or ask an administrator."
)
YOURS_FULL: Final = (
    "You have asked as many questions as are answered in an hour here. Ask again later."
)
CHANNEL_FULL: Final = (
    "This channel has asked as many questions as are answered in an hour here. Ask again later, "
    "or in a direct message."
)
STOPPED: Final = "Answers are stopped for now. You can still search in the web page."
MOVED: Final = (
    "Who may read along changed while the answer was written, twice, so nothing is posted. Ask in "
    "a direct message, or ask again here."
)
WITHDRAWN: Final = "This answer ended early, so nothing of it counts. Who asked was told why."
UNPOSTABLE: Final = (
    "Your question could not be answered where you asked it, because Slack does not let Pincite "
    "write there: the channel may be archived, or Pincite not in it. Ask here instead, or invite "
    "it there."
)
STILL_FULL: Final = "Too much is asked for your question to be answered in time. Ask again later."
UNSURE: Final = (
    "Your question was interrupted, and nobody knows whether an answer was posted. Look in the "
    "channel, and ask again if there is none."
)
FULLER: Final = (
    "Only you see this: you may read more than everybody in the channel, and with it the answer is:"
)
NOT_SHARED: Final = "Nothing is posted, because what may be shown there does not answer this."
GONE: Final = "The rest of this answer is no longer kept. Ask again."


WAITING: Final = (
    "More is asked than can be answered now. Your question is next and is answered as soon as "
    "there is room; there is nothing to do.",
    "More is asked than can be answered now. Your question has one before it and is answered as "
    "soon as there is room; there is nothing to do.",
    "More is asked than can be answered now. Your question has {ahead} before it and is answered "
    "as soon as there is room; there is nothing to do.",
)
FAILED: Final = (
    "Your question could not be answered: something is wrong here, or not reachable. Ask again in "
    "a few minutes; if it stays so, tell an administrator this number: {number}."
)
_GREETINGS: Final = frozenset(
    ("", "hello", "help", "hi", "aide", "bonjour", "salut", "guten tag", "hallo", "hilfe")
)


def waiting(ahead: int) -> str:
    """Return that it takes a while, and how many questions are before this one."""
    return say(WAITING[min(ahead, 2)], ahead=ahead)


def asks_nothing(text: str) -> bool:
    """Return whether a text only greets, or only asks how one asks."""
    return text.strip(" .!?/").casefold() in _GREETINGS


def fuller(reason: str) -> str:
    """Return what stands above an answer for its asker alone; `reason` is why, if it needs one."""
    return " ".join(say(each) for each in (reason, FULLER) if each)


def not_shared(reason: str) -> str:
    """Return that nothing is shared, and with whose rights it was asked."""
    return f"{say(NOT_SHARED)} {say(reason)}"


def failed(answer_id: str) -> str:
    """Return that something went wrong, with the id by which an operator finds it."""
    return say(FAILED, number=answer_id)


def long() -> str:
    """Return that a question is too long, and how long one may be."""
    return say(LONG, most=LONGEST_QUESTION)
