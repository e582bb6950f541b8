"""The usage page: how much is asked and what becomes of it; and what was not answered, in groups.

The figures are counted without any words. The words of questions are a reviewer's, as far as they
may read what each rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from assistant.http.administering import HOME, Given, desk_of, shown
from assistant.http.parts import doing
from assistant.review.outcome import EVALUATION
from assistant.signin.caller import Action, Caller, may
from assistant.wording import say
from retrieval.audit.usage import Counted
from retrieval.errors import NotFound

PAGE = f"{HOME}/usage"
UNANSWERED = f"{HOME}/unanswered"
_REASONS = {
    "not_supported": "The sources did not carry an answer",
    "nothing_readable": "Nothing that the asker may read speaks of it",
    "stopped": "Answers were stopped",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

MetricsReader = Annotated[Caller, Depends(doing(Action.READ_METRICS))]
Reviewer = Annotated[Caller, Depends(doing(Action.REVIEW))]
Days = Annotated[Literal["7", "30", "90"], Query()]


@dataclass(frozen=True, slots=True)
class Line:
    """One day or channel: how much was asked, by how many, and what became of it, in percent."""

    name: str
    counted: Counted
    people: int
    most: int

    @property
    def answered(self) -> str:
        """Return the share that was answered."""
        return share(self.counted.answered, self.counted.asked)

    @property
    def refused(self) -> str:
        """Return the share that was refused."""
        return share(self.counted.refused, self.counted.asked)


@router.get(PAGE)
async def usage(
    request: Request, caller: MetricsReader, given: Given, days: Days = "30"
) -> Response:
    """Show the figures of the last days."""
    today = datetime.now(UTC).date()
    since = today - timedelta(int(days) - 1)
    found = await given.record.usage(since, besides=EVALUATION)
    most = max((each.asked for each in found.by_day.values()), default=0)
    every = [since + timedelta(at) for at in range(int(days))]
    return shown(
        request,
        "admin_usage.html",
        PAGE,
        found=found,
        days=days,
        share=share,
        took=took,
        lines=[
            Line(_named(day), counted, found.people_by_day.get(day, 0), most)
            for day in reversed(every)
            if (counted := found.by_day.get(day, Counted())).asked
        ],
        silent=sum(1 for day in every if not found.by_day.get(day, Counted()).asked),
        channels=sorted(found.by_channel.items(), key=lambda each: -each[1].asked),
        reasons=[
            (_REASONS.get(reason, reason.replace("_", " ").capitalize()), count)
            for reason, count in sorted(found.reasons.items(), key=lambda each: -each[1])
        ],
        may_review=may(caller, Action.REVIEW) and given.clustering is not None,
    )


@router.get(UNANSWERED)
async def unanswered(request: Request, caller: Reviewer, given: Given) -> Response:
    """Show refused questions, those alike together, as far as the reviewer may see each."""
    if given.clustering is None:
        raise NotFound
    found = await given.clustering.unanswered(principal=caller.principal, desk=desk_of(caller))
    return shown(request, "admin_unanswered.html", UNANSWERED, found=found)


def share(part: int, whole: int) -> str:
    """Return a share in percent, a dash where there is nothing to share."""
    return f"{100 * part / whole:.0f} %" if whole else "-"


def took(seconds: float) -> str:
    """Return how long something took, to a tenth of a second."""
    whole, tenth = f"{seconds:.1f}".split(".")
    return say("{whole}.{tenth} s", whole=whole, tenth=tenth)


def _named(day: date) -> str:
    form = "1 {month}" if day.day == 1 else "{day} {month}"
    return say(form, day=day.day, month=say(f"{day:%b}"))
