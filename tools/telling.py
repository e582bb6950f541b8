"""What people are told of a call that is not made, and what they can do about it."""

from __future__ import annotations

from collections.abc import Callable

from tools.decision import Decision, Reason
from tools.tool import Tool

_TOLD = {
    Reason.STOPPED: "This tool is stopped for now.",
    Reason.NO_SUCH_TOOL: "There is no such tool.",
    Reason.NOT_LISTED: "This tool is not on the list of what may be used.",
    Reason.CHANGED: "This tool has changed since it was accepted. An administrator must accept it.",
    Reason.NOT_FOR_YOU: "This tool is not open to you here.",
    Reason.BAD_ARGUMENTS: "An argument is not what this tool takes.",
    Reason.AGAINST_A_RULE: "An argument is beyond what you may ask of this tool.",
    Reason.READERS: "An argument comes from a text that not everybody may read who would see it.",
    Reason.SPENT: "This tool was used as often as it may be for now.",
    Reason.BAD_APPROVAL: "This confirmation does not count: it was used, is over, is not for this "
    "call as it now stands, or is not yours to give. Nothing was done.",
    Reason.NOT_CONNECTED: "Connect your own account first.",
    Reason.NEEDS_CONFIRMATION: "This has to be confirmed first.",
    Reason.FINE: "This may be done.",
}


def told(decision: Decision, tool: Tool | None = None, say: Callable[..., str] = str.format) -> str:
    """Return in a sentence or two why, naming the argument and the far system it is about.

    `say` says an English sentence with the facts that it names, in whatever language.
    """
    if decision.reason is Reason.NOT_CONNECTED and tool is not None:
        return say(
            "Connect your own account at {system} first: this is done as you, or not.",
            system=tool.system,
        )
    sentence = say(_TOLD[decision.reason])
    if decision.argument and tool is not None and decision.argument in tool.fields:
        return f"{sentence} {say('It is the one called {name}.', name=decision.argument)}"
    return sentence
