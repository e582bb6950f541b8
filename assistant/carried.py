"""Is a written sentence carried by the words that it cites? Claims one by one, then the whole.

First every figure, date, name, negation and modal word of the sentence must be in the cited
words (`assistant/claims/`). Then a fitted curve over likeness and shared words says whether the
sentence speaks of the same at all. Where a text holds several sentences, each must be carried on
its own: no other may ride along. No model judges. Weights and bound lie in
`verification.json`; `evals/training/verification.py` makes them and says what they catch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from assistant.claims.alphabet import strange_in
from assistant.claims.claims import Claims, Fault, FaultKind
from assistant.claims.fields import Field, affirmed_in, fields_of, misplaced_in
from assistant.claims.figures import currencies_of
from assistant.claims.items import Item, turned_in
from assistant.claims.literals import uncited_in
from assistant.claims.names import Named
from assistant.claims.pieces import pieces_of
from assistant.claims.riders import riders_in
from assistant.claims.wording import Word, Wording, cleaned
from assistant.prompt import Numbered
from retrieval.candidates import Floats
from retrieval.embedder import Embedder, Vectors
from retrieval.keywords import Terms
from retrieval.weights import weights_of

FEATURES: Final = ("likeness", "words", "pairs")
WEIGHTS: Final = Path(__file__).with_name("verification.json")

_PLACED: Final = frozenset({FaultKind.NUMBER, FaultKind.AMOUNT, FaultKind.DURATION, FaultKind.DATE})
"""What is told by the words on either side, so of the whole: a piece has too few."""
_LONGEST: Final = 1_000
_MOST_SHOWN: Final = 8
_LEADS: Final = frozenset({"under", "according", "per", "pursuant", "based"})
_LONGEST_LEAD: Final = 16
_FEWEST: Final = 2
"""Words with a stem: what has fewer says nothing of its own."""


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

    `text` and `source` are as written: the sentence, and all that is cited with its titles. What
    is cited has the heads of the lists that it is of; `items` are those, `rows` are of tables.
    """

    text: str
    source: str
    sentence: Wording
    cited: Claims
    titles: Claims
    named: Named
    lead: int
    is_quote: bool
    items: tuple[Item, ...] = ()
    rows: tuple[tuple[Field, ...], ...] = ()

    @classmethod
    def of(cls, text: str, cited: Sequence[Numbered], terms: Terms) -> Reading:
        """Return all that is compared; each title is read once."""
        cited = _ordered(cited)
        titles = dict.fromkeys(each.passage.version.title for each in cited)
        sentence = Wording.of([text], terms)
        words = Wording.of((each.headed for each in cited), terms)
        named = Wording.of(titles, terms)
        return cls(
            text=text,
            source=" ".join([*(each.headed for each in cited), *titles]),
            sentence=sentence,
            cited=Claims.of(words),
            titles=Claims.of(named),
            named=Named.of(words, named),
            lead=_lead(sentence),
            is_quote=_is_quote(text, [each.text for each in cited]),
            items=tuple(Item.of(each.head, each.text, terms) for each in cited if each.head),
            rows=tuple(row for each in cited if (row := fields_of(each.text, terms))),
        )

    def pieces(self, cited: Sequence[Numbered], terms: Terms) -> tuple[Reading, ...]:
        """Return the sentences of the text apart, if they are several and are no quote as one."""
        if self.is_quote:
            return ()
        texts = [each.text for each in _ordered(cited)]
        apart = [(each, Wording.of([each], terms)) for each in pieces_of(self.text)]
        pieces = (
            replace(
                self, text=text, sentence=piece, lead=_lead(piece), is_quote=_is_quote(text, texts)
            )
            for text, piece in apart
        )
        return tuple(each for each in pieces if len(each.stems()) >= _FEWEST)

    def faults(self) -> tuple[Fault, ...]:
        """Return the claims that are not carried; a whole sentence, quoted, carries all it says.

        How it is written is looked at even then: two texts that compare alike may look different.
        An item of a list may say the reverse of its head, quoted or not.
        A name may be in a title too, and so may a figure or a date of the lead: the reader sees
        the title beside the citation.
        """
        turned = turned_in(self.sentence, self.lead, self.items)
        written = (*self._written(), *(Fault(FaultKind.NEGATION, head) for head in turned))
        if self.is_quote:
            return written
        claims = Claims.of(self.sentence)
        riding = riders_in(self.sentence, self.lead, claims.measured(), self.named)
        return (
            *written,
            *claims.faults(self.cited, self.titles, self.named, self.lead),
            *(Fault(FaultKind.FIT, piece) for piece in riding),
            *self._fields_missing(),
        )

    def _fields_missing(self) -> Iterator[Fault]:
        for row in self.rows:
            for first, last in misplaced_in(self.sentence, row):
                yield Fault(FaultKind.NUMBER, self.sentence.between(first, last))
            for name in affirmed_in(self.sentence, row):
                yield Fault(FaultKind.NEGATION, name)

    def _written(self) -> Iterator[Fault]:
        signs = currencies_of(self.cited.wording.words)
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
        words = [word for word in self._told() if word.stem not in self.cited.wording.places]
        return " ".join(word.text for word in words[:_MOST_SHOWN])

    def stems(self) -> tuple[int, ...]:
        """Return the stems of what is told behind the lead, in order."""
        return tuple(word.stem for word in self._told() if word.stem)

    def _told(self) -> Sequence[Word]:
        return self.sentence.words[self.lead :]

    def _shared(self) -> float:
        stems = self.stems()
        return sum(stem in self.cited.wording.places for stem in stems) / max(len(stems), 1)

    def _paired(self) -> float:
        pairs = list(pairwise(self.stems()))
        return sum(self.cited.wording.are_near(*pair) for pair in pairs) / max(len(pairs), 1)


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
        """Return whether the cited sentences, in any order, carry the text; never raises for it.

        The fit is that of the whole, or of the piece of it that fits least.
        """
        if not cited:
            return Verdict(False, (Fault(FaultKind.UNCITED, ""),), 0.0)
        reading = Reading.of(text, cited, self._terms)
        pieces = reading.pieces(cited, self._terms)
        texts = embedded(text, cited)
        vectors = await self._embedder.embed([*texts, *(_shown(each.text) for each in pieces)])
        carrying, rows = vectors[1 : len(texts)], [vectors[0], *vectors[len(texts) :]]
        faults, fits = list[Fault](), list[float]()
        for each, row in zip((reading, *pieces), rows, strict=True):
            fits.append(self._bounds.probability(each.features(np.vstack([row, carrying]))))
            is_whole = each is reading
            faults += (fault for fault in each.faults() if is_whole or fault.kind not in _PLACED)
            if fits[-1] < self._bounds.least:
                faults.append(Fault(FaultKind.FIT, each.missing()))
        return Verdict(not faults, tuple(dict.fromkeys(faults)), min(fits))


def embedded(text: str, cited: Sequence[Numbered]) -> list[str]:
    """Return what is embedded in one call: the sentence, all cited words, and each citation."""
    texts = [" ".join(each.headed.split()) for each in _ordered(cited)]
    together = texts if len(texts) == 1 else [" ".join(texts), *texts]
    return [_shown(text), *(each[:_LONGEST] for each in together)]


def _shown(text: str) -> str:
    return cleaned(text)[:_LONGEST]


def _ordered(cited: Sequence[Numbered]) -> list[Numbered]:
    """Return the citations in one order, whatever the order in which they are given."""
    unique = {(each.passage.id, each.span.start, each.span.end): each for each in cited}
    return [unique[key] for key in sorted(unique)]
