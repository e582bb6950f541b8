"""Where a case leads on the web: to its own page, and to what it cites, opened at the words."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from assistant.http.shapes import source_link
from evals.outcome import Cited
from evals.reports.cases import Links
from evals.running.result import Row, Run
from evals.sets import GoldSpan
from evals.web.seeing import Openness, Viewer
from retrieval.documents import end_of

PAGE = "/evaluations"


def run_page(run: Run) -> str:
    """Return the address of a run."""
    return f"{PAGE}/{quote(run.id, safe='')}"


class Places(Links):
    """Addresses in one run. Words are linked only where they stand as they were cited."""

    def __init__(self, run: Run, viewer: Viewer, as_of: str = "") -> None:
        self._run = run
        self._viewer = viewer
        self._instant = end_of(date.fromisoformat(as_of)) - 1 if as_of else run.began

    def case(self, row: Row) -> str:
        """Return the address of a case's own page."""
        return f"{run_page(self._run)}/cases/{quote(row.case.id, safe='')}"

    def cited(self, cited: Cited) -> str:
        """Return the address of cited words, "" where the version does not say them."""
        at = (cited.document, cited.version)
        if at not in self._viewer.same or not cited.is_exact:
            return ""
        version = self._viewer.versions[at]
        return source_link(version.document_id, version.number, cited.start, cited.end)

    def place(self, span: GoldSpan) -> str:
        """Return the address of a stretch of what was in force, "" where that is not known."""
        for (name, number), version in self._viewer.versions.items():
            is_it = name == span.doc_id and version.in_force.covers(self._instant)
            if is_it and self._is_known(name, number) and span.end <= version.characters:
                return source_link(version.document_id, number, span.start, span.end)
        return ""

    def _is_known(self, name: str, number: int) -> bool:
        """Return whether a version here is the one that was asked, and not a namesake."""
        if self._viewer.openness is Openness.READERS:
            return name in self._viewer.whole
        return (name, number) in self._viewer.same
