"""HTML pages."""

from __future__ import annotations

import codecs
import re

from ingest import unstructured_adapter
from ingest.errors import Unreadable
from ingest.parsed import Parsed
from ingest.parsers.limits import ReadLimits
from ingest.parsers.plain import decoded

_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def parse(raw: bytes, name: str, limits: ReadLimits) -> Parsed:
    """Return what a page says."""
    text = _DECLARATION.sub("", _text(raw))
    parsed = unstructured_adapter.read_html(text, limits.characters)
    if not parsed.text:
        raise Unreadable("the page says nothing outside its navigation, forms and scripts")
    return parsed


def _text(raw: bytes) -> str:
    found = _CHARSET.search(raw[:4096])
    if found and not raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode(found[1].decode("ascii"))
        except (LookupError, ValueError):
            pass
    return decoded(raw)[0]
