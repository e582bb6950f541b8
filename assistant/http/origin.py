"""Where a document came from, as a link that may be followed."""

from __future__ import annotations

from urllib.parse import urlsplit

from retrieval.plain import plain


def origin_link(link: str) -> str:
    """Return the address at the source if it is a web address, else nothing."""
    try:
        return plain(link) if urlsplit(link).scheme in ("http", "https") else ""
    except ValueError:
        return ""
