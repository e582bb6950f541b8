"""Reading anew what an answer says it read: nothing that the assistant says of itself is believed.

Citations are looked up in the library by document, version and characters; gold words are located
in the stored text of the version in force; a quote must be its words, and what a model wrote is
put to the verifier again. What a tool gave is looked up where that is kept, for who asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.answers import Citation, Sentence, Source
from assistant.carried import Verifier
from assistant.lists import heads_of
from assistant.prompt import Numbered
from assistant.tool_opened import WithResults
from assistant.tool_results import is_result, passages_of
from evals.judging.judge import Judge
from evals.outcome import Cited, Said
from evals.sets import GoldSpan
from evals.suites.case import Gold
from evals.suites.corpus import name_of
from retrieval.access import Principal
from retrieval.documents import Passage, Scope, Span, Version
from retrieval.errors import NotFound
from retrieval.library import Library


class Rereading:
    """Looks things up in the library as the person who asked; `names` are the golds' documents.

    With a judge, what a model wrote is supported only if the judge says so too.
    """

    def __init__(
        self,
        library: Library,
        opened: WithResults,
        verifier: Verifier,
        names: Iterable[str],
        judge: Judge | None = None,
    ) -> None:
        self._library = library
        self._opened = opened
        self._verifier = verifier
        self._judge = judge
        self._names = frozenset(names)
        self._versions: dict[Principal, dict[str, list[Version]]] = {}

    async def said(
        self, sentence: Sentence, sources: Sequence[Source], mode: str, *, principal: Principal
    ) -> Said:
        """Return a sentence with its citations read anew, and whether they carry it."""
        versions = {each.number: each.version for each in sources}
        cited = [await self._cited(each, versions, principal) for each in sentence.citations]
        is_supported = all(each.is_exact for each in cited) and (
            _is_quote(sentence)
            if mode == "quotes" or sentence.differs
            else await self._is_carried(sentence, versions, principal)
        )
        return Said(sentence.text, tuple(cited), sentence.differs, is_supported and bool(cited))

    async def located(
        self, golds: Sequence[Gold], scope: Scope, *, principal: Principal
    ) -> tuple[tuple[GoldSpan, ...], tuple[str, ...]]:
        """Return where the gold stands, and the documents of those that are not found."""
        found, missing = [], []
        for gold in golds:
            span = await self._located(gold, scope, principal)
            if span:
                found.append(span)
            else:
                missing.append(gold.document)
        return tuple(found), tuple(dict.fromkeys(missing))

    async def _cited(
        self, citation: Citation, versions: dict[int, Version], principal: Principal
    ) -> Cited:
        version = versions[citation.source]
        text = await self._text(version, principal)
        return Cited(
            name_of(version),
            version.number,
            citation.start,
            citation.end,
            citation.words,
            is_exact=text[citation.start : citation.end] == citation.words != "",
        )

    async def _is_carried(
        self, sentence: Sentence, versions: dict[int, Version], principal: Principal
    ) -> bool:
        wanted = {each.passage_id for each in sentence.citations}
        passages = await self._opened.passages(wanted, principal=principal)
        for each in {versions[one.source] for one in sentence.citations}:
            if is_result(each.id):
                text = await self._text(each, principal)
                passages |= {one.id: one for one in passages_of(each, text)}
        if wanted - passages.keys():
            return False
        numbered = [
            _numbered(each, passages[each.passage_id], at)
            for at, each in enumerate(sentence.citations)
        ]
        verdict = await self._verifier.check(sentence.text, numbered)
        if self._judge is None or not verdict.is_carried:
            return verdict.is_carried
        return await self._judge.accepts(sentence.text, [each.words for each in sentence.citations])

    async def _located(self, gold: Gold, scope: Scope, principal: Principal) -> GoldSpan | None:
        listed = (await self._readable(principal)).get(gold.document, [])
        for version in sorted(listed, key=lambda each: (not scope.admits(each), -each.number)):
            if gold.start is not None and gold.end is not None:
                return GoldSpan(gold.document, gold.start, gold.end)
            if not gold.words:
                return GoldSpan(gold.document, 0, version.characters)
            found = place_of(gold.words, await self._text(version, principal))
            if found:
                return GoldSpan(gold.document, *found)
        return None

    async def _readable(self, principal: Principal) -> dict[str, list[Version]]:
        """Return the versions of the golds' documents by name; looked up once for each person."""
        if principal not in self._versions:
            known: dict[str, list[Version]] = {}
            for each in await self._library.named(self._names, principal=principal):
                known.setdefault(name_of(each), []).append(each)
            self._versions[principal] = known
        return self._versions[principal]

    async def _text(self, version: Version, principal: Principal) -> str:
        try:
            return (await self._opened.text(version, principal=principal)).text
        except NotFound:
            return ""


def place_of(words: str, text: str) -> tuple[int, int] | None:
    """Return the characters where the words stand first, whatever white space is between them."""
    at = text.find(words)
    if at >= 0:
        return at, at + len(words)
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return found.span() if found and found.end() > found.start() else None


def _is_quote(sentence: Sentence) -> bool:
    return any(sentence.text.split() == citation.words.split() for citation in sentence.citations)


def _numbered(citation: Citation, passage: Passage, at: int) -> Numbered:
    head = heads_of([passage]).get((passage.id, citation.start), "")
    return Numbered(str(at), passage, Span(citation.start, citation.end, citation.page), head)
