"""Sentences that their sources carry, and others that they could be pinned to by mistake.

From contracts and policies come the sentences marked as the answer, told in several forms, and
from contracts some more that state a date or a sum; from ClapNQ the answers that people wrote in
their own words, with the sentences that they marked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assistant.prompt import Numbered
from evals.training.altered import names_in
from evals.training.made import share_of
from ingest.chunker import Chunker
from ingest.parsers import record
from ingest.parsers.limits import ReadLimits
from retrieval.documents import InForce, Kind, Passage, Span, Status, Version
from retrieval.keywords import Terms

FORMS: Final = ("verbatim", "trimmed", "led_in", "reformatted")
_FEWEST_WORDS: Final = 6
_LONGEST: Final = 700
_INSIDE: Final = 0.6
_SAME: Final = 0.75
_LOOKED_AT: Final = 40
_KEPT: Final = 3
_DATED: Final = 12
_MANY: Final = 1 << 30
_KEPT_SHARE: Final = 0.55
_WRITTEN: Final = frozenset({"clapnq", "mtragun"})
_LEADS: Final = {
    "cuad": ("Under the agreement, ", "According to the contract, "),
    "policyqa": ("Under the policy, ", "According to the privacy policy, "),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with what it cites. `form` is how it was made, `half` 0 or 1 by document.

    `near` are sentences of the same document that do not carry it, `far` of other documents;
    the most alike come first. `names` are those of other documents.
    """

    text: str
    cited: tuple[Numbered, ...]
    form: str
    half: int
    near: tuple[Numbered, ...]
    far: tuple[Numbered, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sourced:
    """A sentence of a document, and its stems."""

    document: str
    sentence: Numbered
    stems: frozenset[int]

    def likeness(self, stems: frozenset[int]) -> float:
        """Return the share of all stems of both that both have."""
        return len(self.stems & stems) / max(len(self.stems | stems), 1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's document and category, and the sentences marked as its answer."""

    document: str
    category: str
    answers: tuple[str, ...]
    marked: tuple[_Sourced, ...]


def cases_of(data: Path, name: str, terms: Terms) -> list[Case]:
    """Return the cases of a set, in the order of its questions, no text twice."""
    documents = {each["doc_id"]: _sentences(each, terms) for each in _lines(data, name, "corpus")}
    asked = [
        _asked(each, documents)
        for each in _lines(data, name, "queries")
        if each["answerable"] and each.get("answerability", "ANSWERABLE") == "ANSWERABLE"
    ]
    if name.startswith("cuad"):
        asked += [each for found in documents.values() for each in _dated(found)]
    make = _written if name in _WRITTEN else _told
    cases: dict[str, Case] = {}
    for each in asked:
        for text, cited, form in make(each, terms):
            if cited and len(text.split()) >= _FEWEST_WORDS and len(text) <= _LONGEST:
                cases.setdefault(text, _case(text, cited, form, each, asked, documents, terms))
    return list(cases.values())


def _dated(sentences: Sequence[_Sourced]) -> Iterator[_Asked]:
    """Yield some sentences that state a date or a sum: few of those marked do."""
    found = [each for each in sentences if _STATES.search(each.sentence.text)]
    found.sort(key=lambda each: _draw(each.sentence.text, _MANY))
    for each in found[:_DATED]:
        yield _Asked(each.document, "dated", (), (each,))


def _case(
    text: str,
    cited: Sequence[_Sourced],
    form: str,
    asked: _Asked,
    others: Sequence[_Asked],
    documents: dict[str, list[_Sourced]],
    terms: Terms,
) -> Case:
    stems = _stems(text, terms)
    own = {(each.document, each.sentence.id) for each in asked.marked}
    near = [
        each for each in documents[asked.document] if (each.document, each.sentence.id) not in own
    ]
    elsewhere = [each for each in others if each.document != asked.document]
    alike = [each for each in elsewhere if each.category == asked.category]
    far = [sentence for each in alike for sentence in each.marked]
    at = _draw(text, max(len(elsewhere) - _LOOKED_AT, 1))
    names = [
        name
        for each in elsewhere[at : at + _LOOKED_AT]
        for sentence in each.marked
        for name in names_in(sentence.sentence.text)
    ]
    return Case(
        text=text,
        cited=tuple(each.sentence for each in cited),
        form=form,
        half=share_of(asked.document, 2),
        near=_most_alike(near, stems),
        far=_most_alike(far, stems),
        names=tuple(dict.fromkeys(names)),
    )


def _most_alike(sourced: Sequence[_Sourced], stems: frozenset[int]) -> tuple[Numbered, ...]:
    """Return the most alike, but none that says the same in the same words."""
    ranked = sorted(sourced, key=lambda each: (-each.likeness(stems), each.sentence.id))
    other = [each for each in ranked if each.likeness(stems) < _SAME and len(each.stems) > 3]
    return tuple(each.sentence for each in other[:_KEPT])


def _told(asked: _Asked, terms: Terms) -> Iterator[tuple[str, Sequence[_Sourced], str]]:
    """Yield each marked sentence in one of the forms."""
    for each in asked.marked:
        text = " ".join(each.sentence.text.split())
        first = _draw(text, len(FORMS))
        for form in FORMS[first:] + FORMS[:first]:
            told = _in_form(text, form, asked.document.partition("/")[0])
            if told:
                yield told, (each,), form
                break


def _in_form(text: str, form: str, name: str) -> str | None:
    if form == "verbatim":
        return text
    if form == "led_in":
        leads = _LEADS[name]
        first = text.split(" ", 1)[0]
        lowered = text[0].lower() + text[1:] if first in _LOWERED else text
        return leads[_draw(text, len(leads))] + lowered
    if form == "trimmed":
        told = re.sub(r"\([^()]{3,}\)", lambda found: found[0] * _is_bound(found[0]), text)
        told = " ".join(told.split())
        cut = [each.start() for each in re.finditer(r"[,;] ", told)]
        last = [each for each in cut if each > _KEPT_SHARE * len(told)]
        last = [each for each in last if not _is_bound(told[each:])]
        told = told[: last[-1]] + "." if last else told
    else:
        told = _reformatted(text)
    return told if told != text else None


def _is_bound(text: str) -> bool:
    """Return whether a piece is a condition: without it a sentence says more than it did."""
    return _CONDITIONS.search(text) is not None


def _reformatted(text: str) -> str:
    """Write figures and dates another way, and must for shall."""
    told = _SPELT.sub(r"\1", text)
    told = _DATE.sub(lambda date: f"{date[2]} {date[1]} {date[3]}", told)
    told = re.sub(r"(?<=\d),000,000\b(?!,)", " million", told)
    for old, new in _REWORDED:
        told = re.sub(old, new, told)
    return told


def _written(asked: _Asked, terms: Terms) -> Iterator[tuple[str, Sequence[_Sourced], str]]:
    """Yield the sentences that people wrote, each with all that was marked."""
    for answer in asked.answers:
        parsed = _sentences({"doc_id": "answer", "title": "", "text": answer}, terms)
        for each in parsed:
            yield " ".join(each.sentence.text.split()), asked.marked, "written"


def _asked(query: dict[str, Any], documents: dict[str, list[_Sourced]]) -> _Asked:
    document = query["gold"][0]["doc_id"]
    marked = [
        each
        for span in query["gold"]
        for each in documents[span["doc_id"]]
        if _is_inside(each.sentence.span, span["start"], span["end"])
    ]
    kept = {(each.document, each.sentence.id): each for each in marked}
    answers = tuple(each for each in query["answers"] if each.strip())
    return _Asked(document, str(query.get("category", "")), answers, tuple(kept.values()))


def _is_inside(span: Span, start: int, end: int) -> bool:
    shared = min(span.end, end) - max(span.start, start)
    return shared >= _INSIDE * (span.end - span.start)


def _sentences(document: dict[str, Any], terms: Terms) -> list[_Sourced]:
    """Return the sentences of a document as the product cuts it."""
    raw = json.dumps({key: document[key] for key in ("title", "text")}).encode()
    parsed = record.parse(raw, "record", ReadLimits())
    version, first = _version(document), _draw(document["doc_id"], _MANY)
    found = []
    for number, chunk in enumerate(Chunker().chunk(parsed), 1):
        passage = Passage(
            first + number, version, number, chunk.start, chunk.end, None, chunk.headings,
            chunk.text, chunk.sentences,
        )  # fmt: skip
        for at, span in enumerate(chunk.sentences, 1):
            sentence = Numbered(f"{number}.{at}", passage, span)
            found.append(_Sourced(document["doc_id"], sentence, _stems(sentence.text, terms)))
    return found


def _version(document: dict[str, Any]) -> Version:
    return Version(
        id=1, document_id=document["doc_id"], number=1, title=document["title"], kind=Kind.OTHER,
        source="", uri="", declared=Status.APPROVED, owner="", link="", parties=(),
        effective_from=None, expires_on=None, media_type="text/plain", blob="",
        characters=len(document["text"]), pages=0, added_at=0, in_force=InForce(),
        readers=frozenset(),
    )  # fmt: skip


def _stems(text: str, terms: Terms) -> frozenset[int]:
    return frozenset(terms(text))


def _lines(data: Path, name: str, kind: str) -> list[dict[str, Any]]:
    lines = (data / name / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def _draw(text: str, count: int) -> int:
    """Return one of `count`, the same for a text wherever it is asked."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[4:8], "big") % count


_LOWERED: Final = frozenset([
    "The", "A", "An", "If", "Each", "This", "These", "Any", "In", "We", "You", "All", "No",
    "Neither", "Either", "Our", "Your", "Such", "For", "To", "Upon", "During", "Subject",
    "Except", "Unless", "Nothing", "When", "After",
])  # fmt: skip
_SPELT: Final = re.compile(
    r"\b(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?(?:one|two|three|four"
    r"|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|sixty|ninety)"
    r" ?\((\d+)\)"
)
_CONDITIONS: Final = re.compile(
    r"\b(?:unless|except|provided|if|only|subject to|until|without|(?:so|as) long as"
    r"|in the event)\b",
    re.IGNORECASE,
)
_STATES: Final = re.compile(
    r"[$€£]\s?\d|\d (?:dollars|euros|USD|EUR)|/\d{2,4}\b|(?:January|February|March|April|May|June"
    r"|July|August|September|October|November|December)\s+\d"
)
_DATE: Final = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+(\d{1,2}),\s+(\d{4})"
)
_REWORDED: Final = (
    (r"\bshall\b", "must"),
    (r"\bprior to\b", "before"),
    (r"\bpursuant to\b", "under"),
    (r"\bin the event that\b", "if"),
    (r"\bsuch as\b", "for example"),
    (r"\bin order to\b", "to"),
    (r"\bmay not\b", "cannot"),
)
