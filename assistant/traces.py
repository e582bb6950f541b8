"""A trace of each question, with a span for each step. READ FIRST: `Traces.saw` is what they tell.

They tell ids and figures. Words of questions, sources and answers go in only where an operator
allowed it, and then as what a span was given and what it made, nowhere else. People and
conversations go by pseudonyms; what went wrong goes by the name of its class.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from weakref import WeakKeyDictionary

from assistant.answers import Context, Opening, Sentence, Told
from assistant.completion import Usage
from assistant.course import Course
from assistant.model import Failing
from assistant.prompt import Prompt
from assistant.watching import (
    Asked,
    Called,
    Checked,
    Noted,
    Quoted,
    Seen,
    Spoken,
    Step,
    Written,
    asked_here,
)
from retrieval.audit.event import Act
from retrieval.documents import Passage

HELPFUL = "helpful"

Figure = int | float | bool | str | Sequence[str] | Mapping[str, int]

Pseudonym = Callable[[str, str], str]
"""Return what stands for a name of a kind: always the same, and telling nothing of it."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of a span. `spoke_at` is when a model's first word came.

    `given` and `made` are the words that went in and came out: empty unless they are allowed.
    """

    figures: Mapping[str, Figure] = field(default_factory=dict)
    model: str = ""
    spoke_at: datetime | None = None
    usage: Usage | None = None
    given: str = ""
    made: str = ""


class Span(Protocol):
    """A stretch of time within a trace. Nothing here waits for whoever it is sent to."""

    def begin(self, name: str, session: str) -> Span:
        """Return a span within this one that begins now."""

    def tell(self, telling: Telling) -> None:
        """Add what is told of it; what is empty changes nothing."""

    def end(self, failed: str = "") -> None:
        """End it now; `failed` is the class of what went wrong."""


class Tracer(Protocol):
    """Whoever takes traces."""

    def begin(self, name: str, user: str, session: str, known_by: str = "") -> Span:
        """Return the span of a whole trace, which begins now; a score finds it by `known_by`."""

    def score(self, known_by: str, name: str, *, is_so: bool, comment: str) -> None:
        """Add to a trace whether something is so of it, in the place of what was said before."""


class Traces:
    """Watches answers being written, and makes a trace of each."""

    def __init__(self, tracer: Tracer, pseudonym: Pseudonym, *, has_words: bool = False) -> None:
        self._tracer = tracer
        self._pseudonym = pseudonym
        self._has_words = has_words
        self._traces: WeakKeyDictionary[Asked, _Trace] = WeakKeyDictionary()

    def began(self, asked: Asked) -> None:
        """Begin the trace of a question."""
        question = asked.question
        session = self._session(question.conversation)
        user = self._pseudonym("user", question.principal.name)
        known_by = self._known_by(question.principal.name, question.id)
        root = self._tracer.begin("question", user, session, known_by)
        given = self._words(question.text)
        root.tell(Telling({"channel": question.channel}, given=given))
        self._traces[asked] = _Trace(root, session)

    def told(self, asked: Asked, piece: Told) -> None:
        """Note which conversation it turned out to be in, and the words if they are allowed."""
        trace = self._traces[asked]
        match piece:
            case Opening():
                trace.session = trace.session or self._session(piece.question.conversation)
            case Sentence():
                trace.made.append(self._words(piece.text))
            case _:
                pass

    def ended(self, asked: Asked, course: Course) -> None:
        """End the trace; steps that still go on are ended in it as they end."""
        trace = self._traces[asked]
        figures: dict[str, Figure] = {
            "mode": course.mode.value,
            "outcome": course.outcome.value,
            "seconds": round(course.seconds, 4),
            "sentences": course.sentences,
            "checked": trace.checked,
            "withheld": trace.withheld,
            "faults": trace.faults,
        }
        if course.first_seconds is not None:
            figures["first_sentence_seconds"] = round(course.first_seconds, 4)
        trace.root.tell(Telling(figures, made="\n".join(filter(None, trace.made))))
        trace.root.end(course.error)

    def scored(self, answer_id: str, *, person: str, is_helpful: bool, reason: str) -> None:
        """Tell what a person said of what they were told; `reason` is a code, never their words."""
        known_by = self._known_by(person, answer_id)
        self._tracer.score(known_by, HELPFUL, is_so=is_helpful, comment=reason)

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Return a block with a span around it, if a question is being answered here."""
        trace = self._here()
        if trace is None:
            yield
            return
        span, failed = trace.begin(step), ""
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            span.tell(Telling({"ended": "early"}))
            raise
        except BaseException as error:
            failed = type(error).__name__
            raise
        finally:
            span.end(failed)

    def saw(self, seen: Seen) -> None:
        """Tell what came of a step, of the span that it is about."""
        if (trace := self._here()) is None:
            return
        match seen:
            case Context():
                trace.tell(Step.RETRIEVE, self._found(seen.passages))
            case Prompt():
                trace.given = self._words("\n\n".join(each.content for each in seen.messages))
                trace.tell(Step.COMPOSE, Telling(_figures_of(seen)))
            case Checked():
                trace.check(seen)
            case Quoted():
                withheld = seen.chosen - seen.kept
                figures = {"checked": seen.chosen, "withheld": withheld}
                trace.tell(Step.VERIFY, Telling(figures))
            case Called():
                trace.tell(Step.CALL, Telling({"tool": seen.tool, "came": seen.came}))
            case Noted():
                if seen.act == Act.ASK.value:
                    trace.root.tell(Telling({"entry": seen.number}))
            case _:
                trace.tell(Step.COMPLETE, self._completed(seen, trace.given))

    def _completed(self, seen: Spoken | Usage | Written | Failing, given: str) -> Telling:
        match seen:
            case Spoken():
                figures = {"first_word_seconds": round(seen.seconds, 4)}
                return Telling(figures, seen.model, datetime.now(UTC), given=given)
            case Usage():
                return Telling(usage=seen)
            case Written():
                return Telling(made=self._words(seen.text))
            case Failing():
                return Telling({"failing": seen.value})

    def _known_by(self, person: str, answer_id: str) -> str:
        """Return what a trace is found by: ids are their askers' own, so two may be the same."""
        return self._pseudonym("answer", f"{person}\n{answer_id}")

    def _here(self) -> _Trace | None:
        asked = asked_here()
        return None if asked is None else self._traces.get(asked)

    def _session(self, conversation: str | None) -> str:
        return self._pseudonym("conversation", conversation) if conversation else ""

    def _found(self, passages: Sequence[Passage]) -> Telling:
        ids = [f"{each.version.document_id}/{each.version.number}/{each.id}" for each in passages]
        made = self._words("\n\n".join(each.text for each in passages))
        return Telling({"found": len(ids), "passages": ids}, made=made)

    def _words(self, text: str) -> str:
        """Return the words if they are allowed, without halves of characters."""
        return text.encode(errors="replace").decode() if self._has_words else ""


@dataclass(slots=True)
class _Trace:
    """The spans of one question. `at` is the latest of each step; `given` is the latest prompt."""

    root: Span
    session: str
    at: dict[Step, Span] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    given: str = ""
    checked: int = 0
    withheld: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def begin(self, step: Step) -> Span:
        span = self.at[step] = self.root.begin(step.value, self.session)
        return span

    def tell(self, step: Step, telling: Telling) -> None:
        if step in self.at:
            self.at[step].tell(telling)

    def check(self, seen: Checked) -> None:
        self.checked += 1
        self.withheld += not seen.is_carried
        self.faults.update(seen.faults)
        figures: dict[str, Figure] = {
            "carried": seen.is_carried,
            "cited": seen.cited,
            "faults": sorted(set(seen.faults)),
        }
        self.tell(Step.VERIFY, Telling(figures))


def _figures_of(prompt: Prompt) -> Mapping[str, Figure]:
    return {
        "sentences": len(prompt.sentences),
        "passages": len({each.passage.id for each in prompt.sentences.values()}),
        "bytes": sum(len(each.content.encode(errors="replace")) for each in prompt.messages),
        "most_tokens": prompt.most_tokens,
    }
