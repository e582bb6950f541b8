"""Make an export of kept turns, or of passages: never of words that a browser sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from urllib.parse import quote

from assistant.answers import Citation, RefusalReason, Sentence
from assistant.conversation_recalled import Recalled
from assistant.export.checking import Cited, Claim, Reading, checked
from assistant.export.exported import Footnote, Section, Stated
from assistant.wording import say
from retrieval.access import Principal
from retrieval.documents import Passage, Version, day_of, now
from retrieval.errors import NotFound

PASSAGES = "passages"


async def of_turns(
    turns: Sequence[Recalled], library: Reading, *, principal: Principal, address: str
) -> tuple[Section, ...]:
    """Return what may leave of these turns, those of which nothing may being left out.

    `address` is where others find this server, without a slash at its end.
    """
    claims = [claim for turn in turns for claim in _claims(turn)]
    found = await checked(library, claims, principal=principal)
    writing = _Writing(found, address)
    sections = (writing.turn(each) for each in turns)
    return tuple(each for each in sections if each.stated or each.left_out)


async def of_passages(
    passage_ids: Iterable[int],
    library: Reading,
    *,
    principal: Principal,
    address: str,
    asked: str,
    as_of: date | None = None,
    is_part: bool = False,
) -> tuple[Section, ...]:
    """Return what may leave of these passages, in this order, under the words searched for.

    With `is_part` it says that more was found than these.
    """
    ids = list(dict.fromkeys(passage_ids))
    passages = [each for at in ids if (each := await _passage(library, at, principal))]
    claims = [Cited(each.version, each.start, each.end, each.text) for each in passages]
    found = await checked(library, claims, principal=principal)
    stated = _Writing(found, address).passages(passages)
    left_out = len(ids) - len(stated)
    title = asked or say("What was found")
    ended = say("These are only the first results: there are more.") if is_part else ""
    return (Section(title, "", None, as_of, PASSAGES, "", stated, ended, left_out),)


async def _passage(library: Reading, passage_id: int, principal: Principal) -> Passage | None:
    try:
        return await library.passage(passage_id, principal=principal)
    except NotFound:
        return None


def _claims(turn: Recalled) -> Iterator[Cited]:
    versions = {each.number: each.version for each in turn.sources}
    for sentence in turn.sentences:
        yield from (_cited(versions[each.source], each) for each in sentence.citations)


def _cited(version: Version, citation: Citation) -> Cited:
    return Cited(version, citation.start, citation.end, citation.words)


def _whole(passage: Passage) -> Citation:
    """Return a passage as cited whole; above it stand its document's title and its headings."""
    head = " \u203a ".join((passage.version.title, *passage.headings))
    return Citation(0, passage.id, passage.start, passage.end, passage.page, passage.text, head)


class _Writing:
    """Numbers footnotes through an export, of claims that hold."""

    def __init__(self, found: Mapping[Claim, int | None], address: str) -> None:
        self._found = found
        self._address = address
        self._numbers = count(1)
        self._instant = now()

    def turn(self, turn: Recalled) -> Section:
        versions = {each.number: each.version for each in turn.sources}
        is_stopped = turn.refused == RefusalReason.STOPPED
        stated = tuple(
            Stated(
                _even(each.text),
                tuple(self._footnote(versions[one.source], one) for one in each.citations),
                each.differs,
            )
            for each in turn.sentences
            if self._holds(turn.mode, each, versions)
        )
        return Section(
            asked=turn.asked,
            looked_for=turn.looked_for,
            at=turn.at,
            as_of=day_of(turn.as_of) if turn.as_of else None,
            mode=turn.mode,
            model=turn.model,
            stated=stated,
            ended=say("This answer was stopped before it ended.") if is_stopped else "",
            left_out=turn.left_out + len(turn.sentences) - len(stated),
        )

    def passages(self, passages: Sequence[Passage]) -> tuple[Stated, ...]:
        cited = ((each.version, _whole(each)) for each in passages)
        return tuple(
            Stated(_even(citation.words), (self._footnote(version, citation),))
            for version, citation in cited
            if _cited(version, citation).claim in self._found
        )

    def _holds(self, mode: str, sentence: Sentence, versions: Mapping[int, Version]) -> bool:
        """Say whether every word cited is where it should be, and a quote nothing but those."""
        claims = [_cited(versions[each.source], each).claim for each in sentence.citations]
        if not claims or any(each not in self._found for each in claims):
            return False
        is_quote = _even(sentence.text) == _even(sentence.citations[0].words)
        return is_quote or (mode in ("model", "approved") and not sentence.differs)

    def _footnote(self, version: Version, citation: Citation) -> Footnote:
        start, end = citation.start, citation.end
        document = quote(version.document_id, safe="")
        path = f"/source/{document}/{version.number}?start={start}&end={end}"
        return Footnote(
            number=next(self._numbers),
            version=version,
            status=version.status_at(self._instant),
            start=start,
            end=end,
            page=self._found[_cited(version, citation).claim],
            link=self._address + path,
            words=citation.words,
            head=citation.head,
        )


def _even(text: str) -> str:
    return " ".join(text.split())
