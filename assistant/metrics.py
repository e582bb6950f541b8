"""What is counted and timed, for Prometheus: the only file that knows its client.

The value of a label is one of a few that stand in this code, never what somebody wrote or is
called: no word of a question, an answer, a name, a title or an address can get in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from assistant.answers import RefusalReason, Told
from assistant.breaker import Breaker
from assistant.completion import Usage
from assistant.course import Course, Ended, Mode
from assistant.model import Failing
from assistant.turns import TakingTurns
from assistant.watching import Asked, Checked, Seen, Spoken, Step
from retrieval.halting import Sort

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_UP_TO_A_MINUTE: Final = (0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60)
_UP_TO_TEN: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_UP_TO_ONE: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)

# When each series began would be a line more for every histogram and counter.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Trouble(StrEnum):
    """Why a document is not in the library, or not whole."""

    REFUSED = "refused"
    PARTIAL = "partial"
    UNREACHABLE = "unreachable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept: `oldest_sync` is when the source was synced that waits longest (Unix time)."""

    documents: int = 0
    passages: int = 0
    troubles: Mapping[Trouble, int] = field(default_factory=dict)
    sources: int = 0
    never_synced: int = 0
    oldest_sync: int | None = None
    stops: Mapping[Sort, int] = field(default_factory=dict)


class Metrics:
    """The figures of this process, from its start."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._answers = _Answers(self._registry)
        self._model = _Model(self._registry)
        self._record = _Record(self._registry)
        self._holdings = _Holdings(self._registry)

    def exposition(self) -> bytes:
        """Return every figure in Prometheus' text format, as `MEDIA_TYPE`."""
        return generate_latest(self._registry)

    def began(self, asked: Asked) -> None:
        """Note that a question is being answered."""
        self._answers.under_way.inc()

    def turned_away(self) -> None:
        """Note a question that was told at the entrance that too much is asked."""
        self._answers.turn_away()

    def told(self, asked: Asked, piece: Told) -> None:
        """Note nothing: what was told is counted at the end."""

    def ended(self, asked: Asked, course: Course) -> None:
        """Note how a question went, that was being answered."""
        self._answers.under_way.dec()
        self._answers.end(course)

    def step(self, step: Step) -> AbstractContextManager[object]:
        """Return a block that is timed, if the step is one of those that are."""
        match step:
            case Step.RETRIEVE:
                return self._answers.retrieval.time()
            case Step.SEARCH:
                return self._answers.search.time()
            case Step.RECORD:
                return self._record.noting()
            case _:
                return nullcontext()

    def saw(self, seen: Seen) -> None:
        """Note how a model did, and that a sentence's cited words do not carry it."""
        match seen:
            case Checked(is_carried=False):
                self._answers.withheld.inc()
            case Spoken():
                self._model.first_word.observe(seen.seconds)
            case Failing():
                self._model.failures.labels(seen.value).inc()
            case Usage():
                self._model.use(seen)
            case _:
                pass

    def watch_model(self, turns: TakingTurns, breaker: Breaker) -> None:
        """Tell from now on how many wait for this model, and whether it is left alone; once."""
        self._model.under_way.set_function(lambda: turns.under_way)
        self._model.waiting.set_function(lambda: turns.waiting)
        self._model.resting.set_function(lambda: breaker.is_resting)
        told = "How often the model was left alone."
        self._registry.register(_Counted("model_rests", told, lambda: breaker.times_opened))

    def watch_traces(self, taken: Callable[[], int], lost: Callable[[], int]) -> None:
        """Tell from now on how many spans whoever is sent traces took, and did not; once."""
        for name, told, times in (
            ("spans_taken", "Spans of traces that were taken.", taken),
            ("spans_lost", "Spans of traces that were sent and not taken.", lost),
        ):
            self._registry.register(_Counted(name, told, times))

    def surveyed(self, held: Held | None) -> None:
        """Note what is kept; None if that could not be read: the last figures stay."""
        self._holdings.is_read.set(held is not None)
        if held is not None:
            self._holdings.set(held)


class _Answers:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._questions = Counter(
            "pincite_questions",
            "Questions by how they were answered and how they ended.",
            ("mode", "outcome"),
            registry=registry,
        )
        for mode in (Mode.MODEL, Mode.QUOTES):
            self._questions.labels(mode.value, Ended.ANSWERED.value)
        for outcome in (*RefusalReason, Ended.ASKED, Ended.BUSY, Ended.UNAVAILABLE, Ended.FAILED):
            self._questions.labels(Mode.NONE.value, outcome.value)
        self.under_way = _gauge(registry, "questions_under_way", "Questions being answered now.")
        self._first_sentence = _histogram(
            registry,
            "first_sentence_seconds",
            "From a question to its first sentence, checked and on record.",
            _UP_TO_A_MINUTE,
            "mode",
        )
        self._answer = _histogram(
            registry,
            "answer_seconds",
            "From a question to its end, if answered.",
            _UP_TO_A_MINUTE,
            "mode",
        )
        self._refusal = _histogram(
            registry, "refusal_seconds", "From a question to its refusal.", _UP_TO_A_MINUTE
        )
        self.search = _histogram(registry, "search_seconds", "Searches.", _UP_TO_TEN)
        self.retrieval = _histogram(
            registry, "retrieval_seconds", "Looking for the passages of an answer.", _UP_TO_TEN
        )
        self._shown = _counter(registry, "sentences_shown", "Sentences told.", "mode")
        self.withheld = _counter(
            registry, "sentences_withheld", "Sentences written that their cited words do not carry."
        )

    def turn_away(self) -> None:
        self._questions.labels(Mode.NONE.value, Ended.BUSY.value).inc()

    def end(self, course: Course) -> None:
        self._questions.labels(course.mode.value, course.outcome.value).inc()
        self._shown.labels(course.mode.value).inc(course.sentences)
        if course.first_seconds is not None:
            self._first_sentence.labels(course.mode.value).observe(course.first_seconds)
        if course.outcome is Ended.ANSWERED:
            self._answer.labels(course.mode.value).observe(course.seconds)
        elif isinstance(course.outcome, RefusalReason):
            self._refusal.observe(course.seconds)


class _Model:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.first_word = _histogram(
            registry, "model_first_word_seconds", "From a prompt to the first word.", _UP_TO_TEN
        )
        self.failures = _counter(registry, "model_failures", "Model failures by kind.", "failing")
        for each in Failing:
            self.failures.labels(each.value)
        self.prompt_tokens = _counter(registry, "prompt_tokens", "Tokens of prompts.")
        self.cached_tokens = _counter(
            registry, "cached_tokens", "Tokens of prompts that the server had read before."
        )
        self.answer_tokens = _counter(registry, "answer_tokens", "Tokens written by the model.")
        self.under_way = _gauge(registry, "model_requests_under_way", "Requests at the model now.")
        self.waiting = _gauge(registry, "model_requests_waiting", "Requests waiting for a turn.")
        self.resting = _gauge(
            registry, "model_resting", "1 while the model is left alone, for it failed often."
        )

    def use(self, usage: Usage) -> None:
        self.prompt_tokens.inc(usage.prompt)
        self.cached_tokens.inc(usage.cached)
        self.answer_tokens.inc(usage.answer)


class _Record:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.note = _histogram(
            registry, "record_note_seconds", "Putting an event of a question on record.", _UP_TO_ONE
        )
        self.failures = _counter(registry, "record_failures", "Events that could not be noted.")

    @contextmanager
    def noting(self) -> Iterator[None]:
        with self.note.time(), self.failures.count_exceptions():
            yield


class _Holdings:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.is_read = _gauge(
            registry, "holdings_read", "1 if what is kept could be counted at the last attempt."
        )
        self._documents = _gauge(registry, "documents", "Published documents.")
        self._passages = _gauge(registry, "passages", "Passages of published versions.")
        self._troubles = _gauge(
            registry, "documents_failing", "Documents not read, or not whole.", "trouble"
        )
        self._sources = _gauge(registry, "sources", "Sources that were added.")
        self._never_synced = _gauge(
            registry, "sources_never_synced", "Sources that no sync has reached the end of."
        )
        self._oldest_sync = _gauge(
            registry,
            "oldest_sync_timestamp_seconds",
            "When the source was synced that waits longest; NaN without one.",
        )
        self._stops = _gauge(registry, "stops_standing", "What is stopped, by sort.", "sort")

    def set(self, held: Held) -> None:
        self._documents.set(held.documents)
        self._passages.set(held.passages)
        self._sources.set(held.sources)
        self._never_synced.set(held.never_synced)
        self._oldest_sync.set(float("nan") if held.oldest_sync is None else held.oldest_sync)
        for trouble in Trouble:
            self._troubles.labels(trouble.value).set(held.troubles.get(trouble, 0))
        for sort in Sort:
            self._stops.labels(sort.value).set(held.stops.get(sort, 0))


class _Counted(Collector):
    """A count that somebody else keeps."""

    def __init__(self, name: str, told: str, times: Callable[[], int]) -> None:
        self._name = f"pincite_{name}"
        self._told = told
        self._times = times

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self._name, self._told, value=self._times())


def _counter(registry: CollectorRegistry, name: str, told: str, *labels: str) -> Counter:
    return Counter(f"pincite_{name}", told, labels, registry=registry)


def _gauge(registry: CollectorRegistry, name: str, told: str, *labels: str) -> Gauge:
    return Gauge(f"pincite_{name}", told, labels, registry=registry)


def _histogram(
    registry: CollectorRegistry, name: str, told: str, buckets: tuple[float, ...], *labels: str
) -> Histogram:
    return Histogram(f"pincite_{name}", told, labels, buckets=buckets, registry=registry)
