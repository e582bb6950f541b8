"""Mail: EML by Python's own reader, Outlook's MSG by oxmsg; both become the same letter."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from ingest import unstructured_adapter
from ingest.errors import Unreadable
from ingest.parsed import BlockKind, Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import decoded
from ingest.parsers.writer import Writer
from ingest.visible import one_line, visible

_QUOTED = re.compile(
    r"^[ \t]*>|^-{2,}\s*(?:Original|Forwarded) Message\s*-{2,}|^On .{5,200} wrote:\s*$"
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_MOST_PARTS = 500
_TEXTS = ("text/plain", "text/markdown", "text/csv")
_SIGNED = "application/pkcs7-signature"


@dataclass(slots=True)
class _Letter:
    subject: str = ""
    sender: str = ""
    recipients: str = ""
    sent: str = ""
    plain: str = ""
    html: str = ""
    texts: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def parse_eml(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return a letter as sent over the internet (RFC 5322)."""
    if b"\x00" in raw[:200]:
        raw = decoded(raw)[0].encode()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not message.keys():
        raise Unreadable("a letter with headers was expected; save it anew as EML")
    assert isinstance(message, EmailMessage)
    subject, sender, recipients, sent = (
        _header(message, key) for key in ("subject", "from", "to", "date")
    )
    letter = _Letter(subject, sender, recipients, sent)
    for count, part in enumerate(_leaves(message)):
        if count >= _MOST_PARTS:
            letter.left_out.append("parts after the first 500")
            break
        _take(letter, part)
    return _written(letter, limits)


def parse_msg(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return a letter saved by Outlook."""
    from oxmsg import Message

    message = Message.load(io.BytesIO(raw))
    if not str(message.message_class).startswith("IPM."):
        raise Unreadable(f"a letter was expected, {one_line(str(message.message_class))!r} came")
    letter = _Letter(
        subject=message.subject or "",
        sender=message.sender or "",
        recipients=", ".join(f"{each.name} <{each.email_address}>" for each in message.recipients),
        sent=str(message.sent_date or ""),
        plain=message.body or "",
        html=message.html_body or "",
    )
    for attached in message.attachments:
        data = attached.file_bytes
        _attach(letter, attached.file_name or "", str(attached.mime_type or ""), data)
    return _written(letter, limits)


def _header(message: EmailMessage, name: str) -> str:
    """Return a header, read leniently: senders break the rules."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        raw = next((v for k, v in message.raw_items() if k.lower() == name), "")
        return str(raw)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something; attached letters are not opened."""
    waiting: list[Any] = [message]
    while waiting:
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting[:0] = part.get_payload()
        else:
            yield part


def _take(letter: _Letter, part: EmailMessage) -> None:
    kind = part.get_content_type()
    attached = _is_attached(part)
    if kind == _SIGNED:
        return
    if kind == "text/plain" and not attached:
        letter.plain = "\n\n".join(filter(None, (letter.plain, _text(part))))
    elif kind == "text/html" and not attached:
        letter.html += _text(part)
    elif kind.startswith("message/") or part.is_multipart():
        letter.left_out.append(_file_name(part) or "an attached letter")
    else:
        content = part.get_payload(decode=True)
        _attach(letter, _file_name(part), kind, content if isinstance(content, bytes) else b"")


def _is_attached(part: EmailMessage) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except (ValueError, AttributeError, TypeError):
        return False


def _file_name(part: EmailMessage) -> str:
    try:
        return one_line(part.get_filename() or "")
    except (ValueError, AttributeError, TypeError, LookupError):
        return ""


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8")
    except (LookupError, ValueError):
        return decoded(content)[0]


def _attach(letter: _Letter, name: str, kind: str, content: bytes | None) -> None:
    if content and kind in _TEXTS and b"\x00" not in content:
        letter.texts.append((name or "text", decoded(content)[0]))
    else:
        letter.left_out.append(name or kind)


def _written(letter: _Letter, limits: ReadLimits) -> Parsed:
    writer = Writer(limits.characters)
    writer.heading(letter.subject, 1)
    lines = (("From", letter.sender), ("To", letter.recipients), ("Date", letter.sent))
    writer.add("\n".join(f"{key}: {one_line(value, 500)}" for key, value in lines if value.strip()))
    if letter.plain.strip():
        _write_body(writer, letter.plain)
    elif letter.html.strip():
        shown = unstructured_adapter.read_html(letter.html, limits.characters)
        writer.problems.extend(shown.problems)
        _write_body(writer, shown.text)
    for name, text in letter.texts:
        writer.heading(f"Attachment {name}", 2)
        _write_body(writer, text)
    writer.problems.extend(
        f"the attachment {name!r} was not indexed; add it as a file of its own"
        for name in letter.left_out
    )
    declared = (("created", one_line(letter.sent)),) if letter.sent.strip() else ()
    return writer.parsed(letter.subject, declared)


def _write_body(writer: Writer, text: str) -> None:
    """Write paragraphs; what is quoted from earlier letters makes blocks of its own."""
    for paragraph in _PARAGRAPH.split(visible(text)):
        run: list[str] = []
        was_quoted: bool | None = None
        gap = "\n\n"
        for line in paragraph.split("\n"):
            quoted = bool(_QUOTED.match(line[:300]))
            if run and quoted != was_quoted:
                writer.add("\n".join(run), _kind(was_quoted), gap)
                run, gap = [], "\n"
            run.append(line.rstrip())
            was_quoted = quoted
        writer.add("\n".join(run), _kind(was_quoted), gap)


def _kind(quoted: bool | None) -> BlockKind:
    return BlockKind.COMMENT if quoted else BlockKind.TEXT
