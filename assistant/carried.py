"""Is a written sentence carried by the words that it cites? Claims one by one, then the whole.

First every figure, date, name, negation and modal word of the sentence must be in the cited
words (`assistant/claims/`). Then a fitted curve over likeness and shared words says whether the
sentence speaks of the same at all. No model judges. Weights and bound lie in
`verification.json`; `evals/training/verification.py` makes them and says what they catch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from assistant.claims.alphabet import strange_in
from assistant.claims.claims import Claims, Fault, FaultKind
from assistant.claims.figures import currencies_of
from assistant.claims.literals import uncited_in
from assistant.claims.names import Named
from assistant.claims.wording import Word, Wording, cleaned
from assistant.prompt import Numbered
from retrieval.candidates import Floats
from retrieval.embedder import Embedder, Vectors
from retrieval.keywords import Terms
from retrieval.weights import weights_of

FEATURES: Final = ("likeness", "words", "pairs")
WEIGHTS: Final = Path(__file__).with_name("verification.json")

_LONGEST: Final = 1_000
_MOST_SHOWN: Final = 8
_LEADS: Final = frozenset({"under", "according", "per", "pursuant", "based"})
_LONGEST_LEAD: Final = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence is carried, what speaks against it, and how well it fits, 0 to 1."""

    is_carried: bool
    faults: tuple[Fault, ...]
    fit: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """A logistic curve over FEATURES, and the probability below which a sentence is withheld."""

    weight: Floats
    bias: float
    least: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Bounds:
        """Return the curve of a file, or raise `Damaged` if it is of other features."""
        data = weights_of(path, FEATURES, "evals/training/verification.py")
        return cls(np.array(data["weight"], np.float64), float(data["bias"]), float(data["least"]))

    def probability(self, given: Floats) -> float:
        """Return how likely it is that the cited words carry the sentence, 0 to 1."""
        return float(1 / (1 + np.exp(-(given @ self.weight + self.bias))))


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence beside its citations: `lead` is how many words "Under the lease," takes.

    `text` and `source` are as written: the sentence, and all that is cited with its titles.
    """

    text: str
    source: str
    sentence: Wording
    cited: Wording
    titles: Wording
    lead: int
    is_quote: bool

    @classmethod
    def of(cls, text: str, cited: Sequence[Numbered], terms: Terms) -> Reading:
        """Return all that is compared; each title is read once."""
        cited = _ordered(cited)
        titles = dict.fromkeys(each.passage.version.title for each in cited)
        sentence = Wording.of([text], terms)
        return cls(
            text=text,
            source=" ".join([*(each.text for each in cited), *titles]),
            sentence=sentence,
            cited=Wording.of((each.text for each in cited), terms),
            titles=Wording.of(titles, terms),
            lead=_lead(sentence),
            is_quote=_is_quote(text, [each.text for each in cited]),
        )

    def faults(self) -> tuple[Fault, ...]:
        """Return the claims that are not carried; a whole sentence, quoted, carries all it says.

        How it is written is looked at even then: two texts that compare alike may look different.
        A name may be in a title too, and so may a figure or a date of the lead: the reader sees
        the title beside the citation.
        """
        written = tuple(self._written())
        if self.is_quote:
            return written
        named = Named.of(self.cited, self.titles)
        cited, titles = Claims.of(self.cited), Claims.of(self.titles)
        return written + Claims.of(self.sentence).faults(cited, titles, named, self.lead)

    def _written(self) -> Iterator[Fault]:
        signs = currencies_of(self.cited.words)
        for piece in dict.fromkeys(strange_in(self.text, self.source, signs)):
            yield Fault(FaultKind.LETTERS, piece)
        for piece in uncited_in(self.text, self.source):
            yield Fault(FaultKind.LITERAL, piece)

    def features(self, vectors: Vectors) -> Floats:
        """Return the features, shape (3,), in the order of FEATURES.

        likeness: cosine with all cited words or with one citation, whichever is more. words:
        share of the sentence's stems that are cited. pairs: share of its neighbouring stems that
        are near each other there. `vectors` are those of what `embedded` returns.
        """
        likeness = float((vectors[1:] @ vectors[0]).max())
        return np.array([likeness, self._shared(), self._paired()], np.float64)

    def missing(self) -> str:
        """Return the first words of the sentence that are not cited."""
        words = [word for word in self._told() if word.stem not in self.cited.places]
        return " ".join(word.text for word in words[:_MOST_SHOWN])

    def _told(self) -> Sequence[Word]:
        return self.sentence.words[self.lead :]

    def _shared(self) -> float:
        stems = [word.stem for word in self._told() if word.stem]
        return sum(stem in self.cited.places for stem in stems) / max(len(stems), 1)

    def _paired(self) -> float:
        stems = [word.stem for word in self._told() if word.stem]
        pairs = list(pairwise(stems))
        return sum(self.cited.are_near(*pair) for pair in pairs) / max(len(pairs), 1)


def _is_quote(text: str, cited: Sequence[str]) -> bool:
    told = cleaned(text).split()
    return told in [cleaned(each).split() for each in (*cited, " ".join(cited))]


def _lead(sentence: Wording) -> int:
    """Return how many words come before the first comma, if they name the source."""
    words = sentence.words[: _LONGEST_LEAD + 1]
    if not words or words[0].key not in _LEADS:
        return 0
    return next((at for at, word in enumerate(words) if "," in word.gap), 0)


class Verifier:
    """Lets a sentence through if what it claims is cited and it fits what is cited."""

    def __init__(self, embedder: Embedder, terms: Terms, bounds: Bounds) -> None:
        self._embedder = embedder
        self._terms = terms
        self._bounds = bounds

    async def check(self, text: str, cited: Sequence[Numbered]) -> Verdict:
        """Return whether the cited sentences, in any order, carry the text; never raises for it."""
        if not cited:
            return Verdict(False, (Fault(FaultKind.UNCITED, ""),), 0.0)
        reading = Reading.of(text, cited, self._terms)
        vectors = await self._embedder.embed(embedded(text, cited))
        fit = self._bounds.probability(reading.features(vectors))
        faults = reading.faults()
        if fit < self._bounds.least:
            faults += (Fault(FaultKind.FIT, reading.missing()),)
        return Verdict(not faults, faults, fit)


def embedded(text: str, cited: Sequence[Numbered]) -> list[str]:
    """Return what is embedded in one call: the sentence, all cited words, and each citation."""
    texts = [" ".join(each.text.split()) for each in _ordered(cited)]
    together = texts if len(texts) == 1 else [" ".join(texts), *texts]
    return [each[:_LONGEST] for each in (cleaned(text), *together)]


def _ordered(cited: Sequence[Numbered]) -> list[Numbered]:
    """Return the citations in one order, whatever the order in which they are given."""
    unique = {(each.passage.id, each.span.start, each.span.end): each for each in cited}
    return [unique[key] for key in sorted(unique)]
