"""By what a message of ours is known again in Slack: its mark, or that it can be no other."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from assistant.slack.claim import Claim
from assistant.slack.event import order_of
from assistant.slack.profiles import Posted


def begun_mark(claim: Claim) -> str:
    """Return the mark of what is not the whole answer."""
    return f"{claim.id} begun"


def done_mark(claim: Claim) -> str:
    """Return the mark of a whole answer to what the question says now."""
    return f"{claim.id}.{claim.revision}" if claim.revision else claim.id


def standing(claim: Claim, posts: Iterable[Posted], known: Collection[str]) -> Posted | None:
    """Return which message of a thread is ours for this question; `known` are of other ones.

    A stream has no mark until it ends. One of ours without, later than the question, is this
    question's: of one thread, one question at a time is answered.
    """
    own = [each for each in posts if each.is_own]
    for each in own:
        if each.ts == claim.posted or each.mark.startswith(claim.id):
            return each
    asked_at = order_of(claim.asked.ts)
    fresh = (e for e in own if not e.mark and e.ts not in known and order_of(e.ts) > asked_at)
    return next(fresh, None)
