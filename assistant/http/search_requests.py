"""What may be searched on the page and over the API: what is typed, ticked, and where to go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant.http.errors import Told, described
from assistant.http.requests import (
    Day,
    Kinds,
    Names,
    Statuses,
    instant_of,
    to_question,
)
from assistant.searching import Search
from assistant.signin.caller import Caller
from retrieval.search.choice import Choice, Facet
from retrieval.search.syntax import read_query
from retrieval.search.wanted import Sort
from retrieval.search.wish import Window

PAGE_SIZE: Final = 20
MOST_PAGES: Final = 500
LISTS: Final = tuple(facet.value for facet in Facet)


def _typed(value: Any) -> str:
    is_blank = isinstance(value, str) and not value.strip()
    return "" if is_blank else to_question(value)


def _sort(value: Any) -> Sort:
    try:
        return Sort(value)
    except ValueError:
        expected = "any of " + ", ".join(Sort)
        raise Told(expected, described(value), "Use one of these words.") from None


def given_search(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of the form as `FindIn` takes them; empty ones are left out."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in LISTS:
            fields.setdefault(name, []).extend([value] if value else [])
        elif value.strip():
            fields[name] = value
    return fields


class FindIn(BaseModel):
    """A search on the page, as query parameters; a facet may be given more than once."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, BeforeValidator(_typed)] = ""
    kind: Kinds = frozenset()
    status: Statuses = frozenset()
    source: Names = frozenset()
    party: Names = frozenset()
    owner: Names = frozenset()
    year: Names = frozenset()
    as_of: Day = None
    sort: Annotated[Sort, BeforeValidator(_sort)] = Sort.RELEVANCE
    page: int = Field(1, ge=1, le=MOST_PAGES)
    since: int | None = Field(None, ge=0, le=2**40)
    new: bool = False

    @property
    def instant(self) -> int:
        """Return the instant as of which is searched."""
        return instant_of(self.as_of)

    @property
    def ticked(self) -> Choice:
        """Return what is ticked."""
        return Choice({facet: some for facet in Facet if (some := self._of(facet))})

    @property
    def is_asked(self) -> bool:
        """Return whether anything is to be found, and not only narrowed."""
        return bool(self.q) or any(facet is not Facet.STATUS for facet in self.ticked.values)

    def by(self, caller: Caller) -> Search:
        """Return the search as this caller makes it."""
        window = Window(
            (self.page - 1) * PAGE_SIZE,
            PAGE_SIZE,
            self.sort,
            since=self.since,
            is_new_only=self.new and self.since is not None,
        )
        wanted, who = read_query(self.q), caller.principal
        return Search(self.q, wanted, self.ticked, window, who, self.instant, caller.origin)

    def address(self, path: str = "/search", **changed: Any) -> str:
        """Return where the same is searched again; `changed` fields replace or remove."""
        fields: dict[str, Any] = {"q": self.q, "as_of": self.as_of}
        fields |= {facet.value: sorted(self._of(facet)) for facet in Facet}
        fields["sort"] = None if self.sort is Sort.RELEVANCE else self.sort.value
        fields |= {"since": self.since, "new": "true" if self.new else None}
        fields |= changed
        given = {name: value for name, value in fields.items() if value or value == 0}
        named = urlencode(given, doseq=True)
        return f"{path}?{named}" if named else path

    @property
    def query(self) -> str:
        """Return what of it is worth keeping, as a query string."""
        return self.address("", since=None, new=None).removeprefix("?")

    def _of(self, facet: Facet) -> frozenset[str]:
        values: frozenset[str] = getattr(self, facet.value)
        return frozenset(str(each) for each in values)
