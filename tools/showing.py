"""What a person is shown before they confirm: every argument to the letter, nothing of a model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from tools.call import Json
from tools.confirmation import Confirmation, Shown, Standing
from tools.kept import Kept
from tools.labels import Label
from tools.tool import Tool

YOURSELF = "yourself"
NOTHING = "–"
_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def will_of(tool: Tool, arguments: Mapping[str, Json]) -> str:
    """Return what will happen: the tool's own words, with arguments where they are named.

    One pass: an argument that looks like a name in braces is not looked up.
    """
    named = {name: value_of(value) for name, value in arguments.items()}
    return _NAME.sub(lambda found: named.get(found[1], NOTHING), tool.will or tool.says)


def value_of(value: Json) -> str:
    """Return a value as it is shown: a text to the letter, anything else in its one spelling."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def confirmation_of(kept: Kept, instant: int) -> Confirmation:
    """Return a call that waits, or waited, as a person sees it at an instant."""
    asked = kept.asked
    is_over = kept.standing is Standing.WAITING and instant >= asked.expires
    return Confirmation(
        id=asked.id,
        tool=asked.call.tool,
        will=asked.will,
        shown=tuple(
            Shown(name, value_of(value), asked.labels.get(name, Label()).whence)
            for name, value in asked.call.arguments.items()
        ),
        asker=asked.asker,
        approver=", ".join(sorted(asked.approver)) or YOURSELF,
        expires=asked.expires,
        standing=Standing.EXPIRED if is_over else kept.standing,
        tried=asked.tried,
        digest=asked.call.digest,
    )
