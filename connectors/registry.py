"""The connectors there are: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from connectors.connector import Connector
from connectors.errors import Misconfigured
from connectors.files import FilesConnector
from retrieval.access import reader
from retrieval.documents import Details, Kind, Status
from retrieval.sources import SourceRecord


def open_connector(record: SourceRecord) -> Connector:
    """Return the connector of a configured source, or raise `Misconfigured`."""
    try:
        make = CONNECTORS[record.connector]
    except KeyError:
        known = ", ".join(CONNECTORS)
        raise Misconfigured(
            f"Expected one of the connectors {known} for source {record.name}, got "
            f"{record.connector!r}. Remove the source and add it again."
        ) from None
    return make(record.location, record.options)


def _files(location: str, options: Mapping[str, Any]) -> Connector:
    details = Details(
        title="",
        kind=Kind(options.get("kind", Kind.OTHER)),
        readers=frozenset(reader(name) for name in options.get("readers", ())),
        status=Status(options.get("status", Status.APPROVED)),
        owner=str(options.get("owner", "")),
    )
    only = tuple(Path(each) for each in options.get("only", ()))
    return FilesConnector(Path(location), details, only)


CONNECTORS: dict[str, Callable[[str, Mapping[str, Any]], Connector]] = {
    "files": _files,
}
