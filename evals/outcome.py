"""What came back when a case was asked: all that a measure may look at."""

from __future__ import annotations

from dataclasses import dataclass

from evals.sets import GoldSpan


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation: characters `start` to `end` of a document's stored text, and its words.

    `is_exact`: read anew from the library, those characters are these words.
    """

    document: str
    version: int
    start: int
    end: int
    words: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it was shown. One that `differs` is quoted because it states otherwise.

    `is_supported` is what the verifier says of it, asked again; None where it was not asked.
    """

    text: str
    cited: tuple[Cited, ...]
    differs: bool = False
    is_supported: bool | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a tool, as it is on the books or reached a far system; no model is believed.

    `arguments` is the one spelling of the arguments, "" of a call that was denied: those are not
    kept. `standing` is where it stood when the case was over, or `denied`. It `is_made` if it was
    begun, whatever came of it, and `changes` something if its tool may.
    """

    tool: str
    arguments: str
    standing: str
    is_made: bool
    changes: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case, asked once.

    `refused` is why nothing was said, "" if something was. `named` are all documents that showed,
    cited or not; `retrieved` the stretches found, best first, `looked_for` by which question,
    where that is not the one that was asked. `gold` are the expected words, where they stand.
    Seconds count from the question to the first sentence (or refusal) and to the last; tokens are
    None where no model was asked or none were told. `gpu_seconds` are those of all GPUs together,
    None where no model was asked or their number is not known. `error` is what went wrong, "" if
    nothing. `calls` are those of all turns; they were `possible` if there was a model to ask for
    them, and a tool that was open to who asked.
    """

    case: str
    refused: str
    mode: str
    said: tuple[Said, ...]
    named: tuple[str, ...]
    retrieved: tuple[GoldSpan, ...]
    gold: tuple[GoldSpan, ...]
    notices: tuple[str, ...]
    looked_for: str
    withheld: int
    first_seconds: float
    seconds: float
    model: str = ""
    tokens_read: int | None = None
    tokens_written: int | None = None
    error: str = ""
    gpu_seconds: float | None = None
    calls: tuple[Called, ...] = ()
    possible: bool = False
