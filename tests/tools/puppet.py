"""A model that does as it is told: it writes calls of every sort, and most must not be made."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from typing import Any

_LOOKALIKES = {"e": "е", "a": "а", "o": "о", "d": "ԁ", ".": "․", "_": "＿"}
_HIDDEN = "\u200b\u200d\u202e\ufeff\u00ad\U000e0041\ufe0f"
_PROTOTYPES = (
    "__proto__",
    "constructor",
    "prototype",
    "__class__",
    "__init__",
    "toString",
    "hasOwnProperty",
    "desk",
    "desk.",
    ".create",
    "*",
    "",
)
_UNLISTED = ("desk.erase_everything", "desk.gone", "shell.run", "http.get", "desk.create.now")
_LISTED = ("desk.find", "desk.create", "desk.pay")


class Puppet:
    """Writes one call after another, as texts: the name of a tool, and its arguments as JSON."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def call(self) -> tuple[str, str]:
        """Return a call that may be anything between fine and monstrous."""
        tool = self._dice.choice(_LISTED)
        arguments = self._fine(tool)
        for _ in range(self._dice.choice((0, 1, 1, 1, 2))):
            arguments = self._dice.choice(self._twists)(self, arguments)
        name = self._name(tool) if self._dice.random() < 0.3 else tool
        return name, self._written(arguments)

    def _fine(self, tool: str) -> dict[str, Any]:
        choice = self._dice.choice
        if tool == "desk.find":
            every = {
                "key": choice(("IT-1", "HR-123456")),
                "words": choice(("printer", "toner / paper", "Größe")),
                "state": choice(("open", "closed")),
                "most": choice((1, 50)),
                "mine": choice((True, False)),
                "labels": choice(([], ["red"], ["blue", "red"])),
            }
            return {name: value for name, value in every.items() if self._dice.random() < 0.5}
        if tool == "desk.create":
            return {"project": choice(("IT", "HR")), "title": "Printer", "amount": choice((0, 9.5))}
        return {"owner": "ann", "amount": choice((1, 250, 500))}

    def _name(self, tool: str) -> str:
        at = self._dice.randrange(len(tool))
        change: Callable[[str], str] = self._dice.choice(
            (
                str.upper,
                str.title,
                str.swapcase,
                lambda name: name + self._dice.choice(" \n\t\0") + name,
                lambda name: f" {name}",
                lambda name: f"{name}\n",
                lambda name: "".join(_LOOKALIKES.get(each, each) for each in name),
                lambda name: name[:at] + self._dice.choice(_HIDDEN) + name[at:],
                lambda name: name.translate({ord(each): ord(each) + 0xFEE0 for each in name}),
                lambda name: name * 1_000,
                lambda _: self._dice.choice(_PROTOTYPES),
                lambda _: self._dice.choice(_UNLISTED),
                lambda name: json.dumps({"name": name}),
                lambda name: name.replace(".", "/"),
                lambda name: name.replace(".", "__"),
            )
        )
        return change(tool)

    def _swapped(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Give one argument another value, of any type and within no bounds."""
        name = self._dice.choice(
            ["project", "amount", "owner", "title", "key", "words", *arguments]
        )
        value = self._dice.choice(
            (
                None,
                True,
                -1,
                0,
                501,
                500.5,
                10**30,
                1e300,
                "500",
                "ben",
                "LAW",
                "it",
                "IT ",
                "IT\n",
                "ΙΤ",
                "I\u200bT",
                "' OR 1=1 --",
                "project = IT OR 1=1",
                "../../etc/passwd",
                "https://evil.example/?q=1",
                "{{config}}",
                "${jndi:ldap://x}",
                "<img src=x>",
                "eve@evil.example\r\nBcc: x",
                "\ud83d",
                "x" * 5_000,
                [],
                ["ann"],
                ["red"] * 200,
                {},
                {"$ne": None},
                {"amount": 1},
            )
        )
        return {**arguments, name: value}

    def _more(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Add an argument that no tool has."""
        known = [*arguments, "amount"]
        name = self._dice.choice(
            (
                *_PROTOTYPES,
                self._dice.choice(known).upper(),
                self._dice.choice(known) + " ",
                self._dice.choice(known) + "\u200b",
                "approved",
                "confirm",
                "as",
                "url",
                "".join(self._dice.choices(string.ascii_letters, k=12)),
            )
        )
        return {**arguments, name: self._dice.choice((True, "ann", 1, {}, "yes"))}

    def _fewer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        left = self._dice.randrange(len(arguments) + 1)
        return dict(list(arguments.items())[:left])

    def _nested(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = self._dice.choice(("arguments", "input", "call", "a"))
        value: Any = arguments
        for _ in range(self._dice.choice((1, 3, 20, 200))):
            value = self._dice.choice(({name: value}, [value]))
        return value if isinstance(value, dict) else {name: value}

    def _huge(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "title": "x" * self._dice.choice((101, 20_000, 2_000_000))}

    _twists = (_swapped, _swapped, _swapped, _more, _fewer, _nested, _huge)

    def _written(self, arguments: dict[str, Any]) -> str:
        text = json.dumps(arguments)
        dice = self._dice.random()
        if dice < 0.1 and arguments:
            name = self._dice.choice(list(arguments))
            return f"{text[:-1]}, {json.dumps(name)}: {json.dumps(arguments[name])}}}"
        if dice < 0.15:
            return self._dice.choice((text[:-1], text + text, f"[{text}]", "", "null", "NaN"))
        return text
