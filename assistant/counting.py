"""How many tokens a text has: counted by the model's own server, or reckoned so that it suffices.

No tokenizer makes more tokens of a text than it has bytes in its longest form: that bound is sure,
and four times too high for English. What ordinary words come to is likely, and may be too low for
a small vocabulary: whoever goes by it must be ready for a server that refuses the prompt.
"""

from __future__ import annotations

import functools
import hashlib
import re
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, Protocol

_WORD: Final = re.compile(r"[A-Za-z]+| +|[^A-Za-z ]")
_LETTERS_PER_TOKEN: Final = 3
_SEAM_TOKENS: Final = 2
"""What the seams of a text may come to, where it is laid between others."""
_KEPT: Final = 8192
_REST_SECONDS: Final = 10.0


class Telling(Protocol):
    """What a model's server tells of itself."""

    window: int
    """How many tokens prompt and answer may have together; 0 while that is not known."""

    @property
    def counts(self) -> bool:
        """Return whether it counts tokens, as far as is known."""

    async def count(self, texts: Sequence[str]) -> Sequence[int] | None:
        """Return how many tokens each text has; None if it does not tell in time."""


class Untold:
    """A server that tells nothing."""

    window = 0
    counts = False

    async def count(self, texts: Sequence[str]) -> None:
        """Tell nothing."""


class Counting:
    """Counts tokens, each text once: what was counted is remembered by a digest of the text.

    Where the server does not count, a prompt that it may refuse goes by what is likely if the
    window is known, for then it does refuse; else by what is sure, for it may cut in silence.
    """

    def __init__(
        self, telling: Telling | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._telling = telling or Untold()
        self._clock = clock
        self._known: OrderedDict[bytes, int] = OrderedDict()
        self._not_before = float("-inf")

    @property
    def window(self) -> int:
        """Return how many tokens prompt and answer may have together; 0 if that is not known."""
        return self._telling.window

    async def sizes(self, texts: Sequence[str], *, surely: bool = False) -> list[int]:
        """Return for each text the tokens to leave room for; `surely` it never has more."""
        if surely:
            return [sure(each) for each in texts]
        if self._telling.counts:
            await self._learn({_digest(each): each for each in texts})
        return [self._size(each) for each in texts]

    def _size(self, text: str) -> int:
        digest = _digest(text)
        counted = self._known.get(digest)
        if counted is None:
            return likely(text) if self.window else sure(text)
        self._known.move_to_end(digest)
        return counted

    async def _learn(self, texts: dict[bytes, str]) -> None:
        """Have counted what is not known; a server that does not tell is left alone for a while."""
        new = {digest: text for digest, text in texts.items() if digest not in self._known}
        if not new or self._clock() < self._not_before:
            return
        counts = await self._telling.count([*new.values()])
        if counts is None:
            self._not_before = self._clock() + _REST_SECONDS
            return
        for (digest, text), count in zip(new.items(), counts, strict=True):
            self._known[digest] = min(count + _SEAM_TOKENS, sure(text))
        while len(self._known) > max(_KEPT, len(texts)):
            self._known.popitem(last=False)


def sure(text: str) -> int:
    """Return a number of tokens that no tokenizer exceeds: the bytes of the text's longest form.

    Tokenizers take bytes, or characters and fall back to bytes. Before, some change a text to a
    compatibility form or to small letters, which may be longer, and put a mark of one token before
    it. White space they may mark, which is one token too.
    """
    if text.isascii():
        return len(text) + 1
    return sum(map(_bytes, text)) + 1


def likely(text: str) -> int:
    """Return what ordinary text comes to at most, with the vocabularies of the common models.

    A word has a token for each three letters, digits and marks have one each, and of another
    script each character has one for each of its bytes but one.
    """
    found = 0
    for each in _WORD.findall(text):
        if each[0] == " ":
            found += len(each) > 1
        elif each.isascii() and each.isalpha():
            found += -(-len(each) // _LETTERS_PER_TOKEN)
        else:
            found += max(1, len(each.encode("utf-8", "replace")) - 1)
    return found + 1


@functools.lru_cache(maxsize=8192)
def _bytes(character: str) -> int:
    forms = (character, character.lower(), character.casefold())
    longest = (*forms, *(unicodedata.normalize("NFKD", each) for each in forms))
    return max(len(each.encode("utf-8", "surrogatepass")) for each in longest)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
