"""Where the values of a call come from, worked out from what one turn of a conversation held.

Nothing that a model says of it counts. What cannot be placed was thought up from all that was seen.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import reduce

from retrieval.access import EVERYONE
from retrieval.readership import Readership
from tools.call import Call, Json
from tools.labels import Label, Labels, Whence

_ALL = Readership(frozenset({EVERYONE}))
_JOINS = r"[-./@:,'’&+#_]"
_SIGNS = "+-−"


class Provenance:
    """What a turn held: the words that the person typed, texts that were seen, ids given."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._seen: list[tuple[str, Readership]] = []
        self._given: dict[str, set[str]] = {}

    def saw(self, text: str, readers: frozenset[str], denied: frozenset[str] = frozenset()) -> None:
        """Remember a text that a model was given, and who may read it, and who may not."""
        self._seen.append((_folded(text), Readership(readers, denied)))

    def gave(self, system: str, ids: Iterable[str]) -> None:
        """Remember identifiers that a far system gave the asker."""
        self._given.setdefault(system, set()).update(ids)

    def labels(self, call: Call, system: str, *, form: bool) -> Labels:
        """Return where each argument comes from; `system` is that of the tool.

        TYPED: a person filled in the form, or it stands in their words, whole. SYSTEM: the tool's
        own system gave it as an identifier. Else TEXT: to be read by who may read every text that
        holds it, or everything seen where none does.
        """
        if form:
            return {name: Label(Whence.TYPED) for name in call.arguments}
        return {name: self._label(value, system) for name, value in call.arguments.items()}

    def _label(self, value: Json, system: str) -> Label:
        parts = value if isinstance(value, list) else [value]
        written = [_written(each) for each in parts]
        if all(each and self._is_typed(each) for each in written):
            return Label(Whence.TYPED)
        given = self._given.get(system, set()) if system else set()
        if all(each in given for each in written):
            return Label(Whence.SYSTEM)
        may_read = reduce(Readership.under, map(self._may_read, written), _ALL)
        return Label(Whence.TEXT, may_read.readers, may_read.denied)

    def _is_typed(self, value: str) -> bool:
        """Return whether the person wrote exactly this, not as a part of a longer word."""
        before = rf"(?<!\w)(?<!\w{_JOINS})" + (rf"(?<![{_SIGNS}])" if value[0].isdigit() else "")
        whole = rf"{before}{re.escape(value)}(?!\w)(?!{_JOINS}\w)"
        return re.search(whole, self._typed) is not None

    def _may_read(self, value: str) -> Readership:
        """Return who may read all that this value can have been taken from."""
        folded = _folded(value)
        holding = [named for text, named in self._seen if folded and folded in text]
        everything = [named for _, named in self._seen]
        return reduce(Readership.under, holding or everything, _ALL)


def _written(value: Json) -> str:
    """Return how a person would write a value; "" where they would not."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | Mapping | list):
        return ""
    return json.dumps(value)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
