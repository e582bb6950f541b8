"""Server-sent events, read from bytes however they are cut (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

LONGEST_BYTES = 1 << 20

_BOM = b"\xef\xbb\xbf"


class BadEvents(Exception):
    """The bytes are no events: no UTF-8, or a line or an event without an end."""


class EventReader:
    """Takes bytes, gives the data of each event.

    Lines may end in LF, CRLF or CR. Comments and fields other than `data` are left out, and so is
    an event that the stream ends in. No line and no event may have more than `longest` bytes.
    """

    def __init__(self, longest: int = LONGEST_BYTES) -> None:
        self._longest = longest
        self._line = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._is_first = True
        self._was_return = False

    def feed(self, raw: bytes) -> Iterator[str]:
        """Yield the data of every event that is complete by now; raise `BadEvents`."""
        if not raw:
            return
        if self._was_return:
            raw = raw.removeprefix(b"\n")
        *lines, rest = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._was_return = raw.endswith(b"\r")
        for each in lines:
            self._grow(each)
            line = bytes(self._line)
            self._line.clear()
            yield from self._read(line)
        self._grow(rest)

    def _grow(self, more: bytes) -> None:
        self._line += more
        if len(self._line) > self._longest:
            raise BadEvents(f"A line has more than {self._longest:,} bytes.")

    def _read(self, line: bytes) -> Iterator[str]:
        if self._is_first:
            line = line.removeprefix(_BOM)
            self._is_first = False
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value) + 1
            if self._size > self._longest:
                raise BadEvents(f"An event has more than {self._longest:,} bytes.")

    def _dispatch(self) -> Iterator[str]:
        data, self._data, self._size = self._data, [], 0
        if data:
            yield _text_of(b"\n".join(data))


def _text_of(raw: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return raw.decode()
    raise BadEvents("An event is not UTF-8.")  # not from the other: that holds on to the bytes
