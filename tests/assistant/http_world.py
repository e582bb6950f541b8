"""A small firm's documents and an assistant that counts shared words, for tests of the entrance."""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass, field, replace
from datetime import date

import pypdfium2
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from assistant.answers import (
    Answer,
    Citation,
    Question,
    Refusal,
    RefusalReason,
    Reply,
    Sentence,
    Source,
)
from assistant.http.health import Part
from assistant.http.parts import Parts
from assistant.http.people import People
from retrieval.access import Principal, acl_for
from retrieval.documents import (
    ALWAYS,
    NEVER,
    InForce,
    Kind,
    Page,
    Passage,
    Span,
    Status,
    Version,
    end_of,
    start_of,
)
from retrieval.errors import NotFound
from retrieval.library import Facets, TextBlock, VersionText

ANN = Principal.person("ann", ["legal"])
BOB = Principal.person("bob", ["support"])
EXAMPLES = (
    "How much notice must either party give to terminate?",
    "What is the daily meal allowance abroad?",
    "Why did the invoice export fail in March?",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A version with everything that is kept of it."""

    version: Version
    text: str
    blocks: tuple[TextBlock, ...]
    pages: tuple[Page, ...] = ()
    original: bytes = b"original"


@dataclass
class ShelfLibrary:
    """The library's signatures over a list in memory."""

    held: list[Held] = field(default_factory=list)

    def _readable(self, principal: Principal) -> list[Held]:
        acl = acl_for(principal)
        return [each for each in self.held if acl.allows(each.version.readers)]

    def _held(self, version: Version, principal: Principal) -> Held:
        for each in self._readable(principal):
            if each.version.id == version.id:
                return each
        raise NotFound("There is no such document for you.")

    def passages(self, principal: Principal) -> list[Passage]:
        return [found for each in self._readable(principal) for found in passages_of(each)]

    async def passage(self, passage_id: int, *, principal: Principal) -> Passage:
        for each in self.passages(principal):
            if each.id == passage_id:
                return each
        raise NotFound("There is no such document for you.")

    async def version(
        self, document_id: str, number: int | None, *, principal: Principal
    ) -> Version:
        listed = await self.versions(document_id, principal=principal)
        if number is None:
            return listed[0]
        for each in listed:
            if each.number == number:
                return each
        raise NotFound("There is no such document for you.")

    async def versions(self, document_id: str, *, principal: Principal) -> list[Version]:
        listed = [
            each.version
            for each in self._readable(principal)
            if each.version.document_id == document_id
        ]
        if not listed:
            raise NotFound("There is no such document for you.")
        return sorted(listed, key=lambda each: -each.number)

    async def text(self, version: Version, *, principal: Principal) -> VersionText:
        held = self._held(version, principal)
        return VersionText(held.text, held.blocks)

    async def page(self, version: Version, number: int, *, principal: Principal) -> Page:
        for each in self._held(version, principal).pages:
            if each.number == number:
                return each
        raise NotFound("There is no such document for you.")

    async def pages(self, version: Version, *, principal: Principal) -> list[Page]:
        return [replace(each, boxes=b"") for each in self._held(version, principal).pages]

    async def original(self, version: Version, *, principal: Principal) -> bytes:
        return self._held(version, principal).original

    async def facets(self, *, principal: Principal) -> Facets:
        listed = [each.version for each in self._readable(principal)]
        parties = {party for each in listed for party in each.parties}
        return Facets(tuple(sorted({each.source for each in listed})), tuple(sorted(parties)))


@dataclass(frozen=True, slots=True)
class FoundPassage:
    passage: Passage
    score: float


@dataclass
class WordAssistant:
    """Quotes the sentences that share most words with the question."""

    library: ShelfLibrary

    async def search(self, question: Question, limit: int) -> list[FoundPassage]:
        found = [
            FoundPassage(each, shared(question.text, f"{each.version.title} {each.text}"))
            for each in self.library.passages(question.principal)
            if question.scope.admits(each.version)
        ]
        found = [each for each in found if each.score > 0]
        return sorted(found, key=lambda each: -each.score)[:limit]

    async def ask(self, question: Question) -> Reply:
        found = await self.search(question, 8)
        instant = question.scope.as_of
        sources: dict[int, Source] = {}
        for each in found:
            version = each.passage.version
            status = version.status_at(instant).value
            sources.setdefault(version.id, Source(len(sources) + 1, version, status))
        sentences = [
            _quoted(each.passage, span, sources[each.passage.version.id].number)
            for each in found
            for span in each.passage.sentences
            if shared(question.text, words_of(each.passage, span)) >= 2
        ][:5]
        named = tuple(sources.values())
        if not sentences:
            reason = RefusalReason.NOT_SUPPORTED if named else RefusalReason.NOTHING_READABLE
            text = "None of the documents you may read answers this."
            return Refusal(question, reason, text, named[:3])
        cited = {each.citations[0].source for each in sentences}
        kept = tuple(each for each in named if each.number in cited)
        return Answer(question, "quotes", "Here is what your sources say", tuple(sentences), kept)


def words_of(passage: Passage, span: Span) -> str:
    return passage.text[span.start - passage.start : span.end - passage.start]


def shared(one: str, other: str) -> int:
    return len(_words(one) & _words(other))


def _words(text: str) -> set[str]:
    return {each[:6] for each in re.findall(r"\w{4,}", text.lower())} - {"what", "must", "does"}


def _quoted(passage: Passage, span: Span, source: int) -> Sentence:
    words = words_of(passage, span)
    cited = Citation(source, passage.id, span.start, span.end, passage.page, words)
    return Sentence(words, (cited,))


def passages_of(held: Held) -> list[Passage]:
    found = []
    headings: tuple[str, ...] = ()
    for ordinal, block in enumerate(held.blocks):
        text = held.text[block.start : block.end]
        if block.kind == "heading":
            headings = (*headings[: block.depth - 1], text)
            continue
        spans = tuple(
            Span(block.start + match.start(), block.start + match.end())
            for match in re.finditer(r"(?s)\S.*?(?:[.?!](?=\s|$)|$)", text)
        )
        number = next((page.number for page in held.pages if block.start < page.end), None)
        found.append(
            Passage(
                held.version.id * 1000 + ordinal,
                held.version,
                ordinal,
                block.start,
                block.end,
                number,
                headings,
                text,
                spans,
            )
        )
    return found


def make_version(number_id: int, document: str, title: str, **more: object) -> Version:
    """Return a version with sensible values for whatever is not given."""
    values: dict[str, object] = {
        "number": 1,
        "kind": Kind.POLICY,
        "source": "handbook",
        "uri": f"{document}.md",
        "declared": Status.APPROVED,
        "owner": "Finance",
        "link": "",
        "parties": (),
        "effective_from": None,
        "expires_on": None,
        "media_type": "text/markdown",
        "blob": f"{number_id:064x}",
        "characters": 0,
        "pages": 0,
        "added_at": start_of(date(2026, 1, 5)),
        "in_force": InForce(ALWAYS, NEVER, None),
        "readers": frozenset({"everyone"}),
    }
    values |= more
    return Version(id=number_id, document_id=document, title=title, **values)  # type: ignore[arg-type]


def make_held(version: Version, *blocks: tuple[str, str, int]) -> Held:
    """Return a version whose text is the blocks (kind, text, depth), a blank line between."""
    text, placed = "", []
    for kind, words, depth in blocks:
        if text:
            text += "\n\n"
        placed.append(TextBlock(len(text), len(text) + len(words), kind, depth))
        text += words
    return Held(replace(version, characters=len(text)), text, tuple(placed))


def make_pdf_held(version: Version, pages: list[list[tuple[str, str]]]) -> Held:
    """Return a version of a drawn PDF: each page is a list of (kind, paragraph)."""
    data = draw_pdf(pages)
    pdf = pypdfium2.PdfDocument(data)
    text, found, blocks = "", [], []
    for number, drawn in enumerate(pages, 1):
        start = len(text)
        page_text, boxes = read_page(pdf[number - 1])
        text += page_text
        found.append(Page(number, start, len(text), A4[0], A4[1], zlib.compress(boxes)))
        at = start
        for kind, words in drawn:
            pattern = r"\s+".join(re.escape(word) for word in words.split())
            match = re.compile(pattern).search(text, at)
            assert match is not None, words
            blocks.append(TextBlock(match.start(), match.end(), kind, 1))
            at = match.end()
        text += "\n"
    version = replace(version, media_type="application/pdf", pages=len(pages), characters=len(text))
    return Held(version, text, tuple(blocks), tuple(found), data)


def read_page(page: pypdfium2.PdfPage) -> tuple[str, bytes]:
    """Return the text of a page and its packed boxes."""
    inner = page.get_textpage()
    text = inner.get_text_range().replace("\r", " ")
    packed = b""
    for at in range(len(text)):
        left, bottom, right, top = inner.get_charbox(at, loose=True)
        box = (left, A4[1] - top, right, A4[1] - bottom)
        is_blank = not text[at].strip()
        packed += struct.pack("<4H", *((0,) * 4 if is_blank else [round(10 * x) for x in box]))
    return text, packed


def draw_pdf(pages: list[list[tuple[str, str]]]) -> bytes:
    """Return a PDF in which each paragraph is set in lines of about ninety characters."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for drawn in pages:
        height = A4[1] - 80
        for kind, words in drawn:
            font, size = ("Times-Bold", 13) if kind == "heading" else ("Times-Roman", 11)
            canvas.setFont(font, size)
            for line in wrapped(words, 84):
                canvas.drawString(72, height, line)
                height -= size * 1.4
            height -= 9
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def wrapped(words: str, width: int) -> list[str]:
    """Return lines of at most `width` characters."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


async def render(original: bytes, page: int, width: int) -> bytes:
    """Draw a page as the real part does, without its sandbox."""
    pdf = pypdfium2.PdfDocument(original)
    image = pdf[page - 1].render(scale=width / A4[0]).to_pil()
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def make_parts(library: ShelfLibrary | None = None, **more: object) -> Parts:
    """Return parts over the firm's documents; ann asks unless people are given."""
    library = library or ShelfLibrary(firm())
    values: dict[str, object] = {
        "library": Part.ready("library", library),
        "assistant": Part.ready("assistant", WordAssistant(library)),
        "render": render,
        "principal_of": lambda request: ANN,
        "examples": EXAMPLES,
        "hosts": frozenset({"testserver", "127.0.0.1"}),
    }
    return Parts(**(values | more))  # type: ignore[arg-type]


def demo_people() -> People:
    """Return ann and bob to choose from."""
    return People((ANN, BOB))


LEGALESE = (
    "The Supplier shall perform the Services with reasonable skill and care, in accordance with "
    "good industry practice and the service levels set out in Schedule 2. The Customer shall give "
    "the Supplier the access, information and decisions that the Supplier reasonably requires."
)
MONEY = (
    "Invoices are payable within thirty (30) days of receipt. Late amounts bear interest at four "
    "per cent a year above the base rate. The Customer may withhold amounts disputed in good faith "
    "if it gives notice of the dispute within ten (10) days of receipt of the invoice."
)
NOTICE = (
    "Either party may terminate this Agreement for convenience by giving the other party not less "
    "than ninety (90) days' written notice. Notice of termination takes effect on the last day of "
    "the calendar month in which the notice period ends. Termination leaves accrued rights."
)


def firm() -> list[Held]:
    """Return the firm's documents."""
    return [_contract(), *_travel_policy(), _rates(), _ticket(), _draft(), _expired(), _board()]


def _contract() -> Held:
    version = make_version(
        1,
        "a1c0ffee00000000000000000000d0c1",
        "Master Services Agreement, Northwind Logistics",
        kind=Kind.CONTRACT,
        source="contracts",
        uri="contracts/northwind/Master Services Agreement.pdf",
        owner="Legal, Priya Raman",
        link="https://dms.example.org/contracts/4411",
        parties=("Northwind Logistics Ltd", "Halden Group plc"),
        effective_from=date(2025, 4, 1),
        readers=frozenset({"group:legal"}),
    )
    title = ("heading", "MASTER SERVICES AGREEMENT")
    pages = [
        [title, ("clause", LEGALESE), ("heading", "2. Services"), ("clause", LEGALESE)],
        [("heading", "7. Fees and payment"), ("clause", MONEY), ("clause", LEGALESE)],
        [("heading", "12. Termination"), ("clause", NOTICE), ("clause", LEGALESE)],
        [
            ("heading", "13. Governing law"),
            (
                "clause",
                "This Agreement is governed by the law of "
                "England and Wales, and its courts have exclusive jurisdiction.",
            ),
        ],
    ]
    return make_pdf_held(version, pages)


def _travel_policy() -> list[Held]:
    document = "b2000000000000000000000000000002"
    change = start_of(date(2026, 2, 1))
    old = make_version(
        2,
        document,
        "Travel and expenses policy",
        effective_from=date(2024, 1, 1),
        in_force=InForce(start_of(date(2024, 1, 1)), change, Status.SUPERSEDED),
    )
    new = replace(
        old, id=3, number=2, effective_from=date(2026, 2, 1), in_force=InForce(change, NEVER, None)
    )
    blocks = [
        ("heading", "Travel and expenses policy", 1),
        ("text", "This policy applies to everyone who travels for work.", 0),
        ("heading", "Meals", 2),
    ]
    meals = "The daily meal allowance abroad is {} euros, without receipts. Alcohol is not covered."
    tail = [
        ("list_item", "• Keep receipts for anything above 25 euros.", 0),
        ("list_item", "• Book rail before air for journeys under four hours.", 0),
    ]
    return [
        make_held(old, *blocks, ("text", meals.format(45), 0), *tail),
        make_held(new, *blocks, ("text", meals.format(60), 0), *tail),
    ]


def _rates() -> Held:
    version = make_version(
        4, "c3000000000000000000000000000003", "Hotel ceilings by city", uri="rates.csv"
    )
    rows = (
        "City\tNight, EUR\tSeason",
        "Oslo\t190\tall year",
        "Zürich\t240\tall year",
        "Lisbon\t130\tlow season",
        "Lisbon\t165\thigh season",
    )
    return make_held(version, *(("table_row", row, 0) for row in rows))


def _ticket() -> Held:
    version = make_version(
        5,
        "d4000000000000000000000000000004",
        "INV-2207: Invoice export fails for customers with an apostrophe",
        kind=Kind.TICKET,
        source="helpdesk",
        uri="INV-2207",
        owner="Support",
        effective_from=None,
    )
    return make_held(
        version,
        ("heading", "Invoice export fails for customers with an apostrophe", 1),
        (
            "text",
            "Since 3 March the nightly invoice export stops at the first customer whose "
            "name has an apostrophe. The remaining invoices are not sent.",
            0,
        ),
        ("heading", "Comments", 2),
        (
            "comment",
            "Lena Fischer, 4 March 2026\nReproduced with O'Brien & Sons. The export query "
            "is built by joining strings.",
            0,
        ),
        (
            "comment",
            "Tom Adeyemi, 6 March 2026\nFixed in 4.18.2. The invoice export failed in March "
            "because the customer name was not escaped.",
            0,
        ),
    )


def _draft() -> Held:
    version = make_version(
        6,
        "e5000000000000000000000000000005",
        "Remote work abroad (proposal)",
        declared=Status.DRAFT,
        owner="People team",
    )
    return make_held(
        version,
        ("heading", "Remote work abroad", 1),
        (
            "text",
            "Employees may work from another country of the European Union for up to thirty "
            "days a year.",
            0,
        ),
    )


def _expired() -> Held:
    last = date(2025, 12, 31)
    version = make_version(
        7,
        "f6000000000000000000000000000006",
        "Office lease, Harbour Street 9",
        kind=Kind.CONTRACT,
        source="contracts",
        owner="Facilities",
        expires_on=last,
        effective_from=date(2019, 1, 1),
        parties=("Harbour Estates BV",),
        in_force=InForce(start_of(date(2019, 1, 1)), end_of(last), Status.EXPIRED),
    )
    return make_held(version, ("clause", "The lease ends without notice on 31 December 2025.", 0))


def _board() -> Held:
    version = make_version(
        8,
        "0a700000000000000000000000000007",
        "Board minutes, confidential canary-7731",
        readers=frozenset({"group:board"}),
        parties=("Canary Holdings",),
        source="board-room",
    )
    return make_held(version, ("text", "The board approved the acquisition canary-7731.", 0))
