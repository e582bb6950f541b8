"""A follow-up that the sources seem not to answer, looked for once more. READ FIRST: `again_of`.

Made to stand alone it may have lost the words by which it is found: how long "each extension" is
stands where it says that one may "extend". With the whole earlier question behind it, it finds
that, and else the earlier answer once more, or another document. So what is shown first must be of
the document that was told of, and like the new question on its own, by a bound that was chosen on
follow-ups with and without an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.answers import Answer, Question
from assistant.conversation_follow_up import InFull, in_full
from assistant.conversation_rewriter import LONGEST_JOINED


@dataclass(frozen=True, slots=True)
class Again:
    """The question that is looked for the second time, and what it was made of."""

    question: Question
    whole: InFull

    def is_about(self, answer: Answer) -> bool:
        """Return whether an answer begins with the document asked about, if there is one."""
        about, first = self.whole.about, answer.sources[0].version
        return about is None or first.document_id == about.document_id


def again_of(question: Question) -> Again | None:
    """Return a follow-up to look for again, in its person's words alone; None for any other."""
    if not question.asked:
        return None
    whole = in_full(question.asked, question.earlier)
    if whole.text == question.text or len(whole.text) > LONGEST_JOINED:
        return None
    return Again(replace(question, text=whole.text, rests_on=()), whole)
