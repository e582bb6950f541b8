"""What the file of tools says, as an operator looks at it. It needs no other part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.equipping import hands_of, read_file
from deploy.own_tools import OWN
from deploy.settings import Settings
from retrieval.errors import BadRequest
from tools.policy import Listed, Policy, Rule
from tools.policy_fit import check
from tools.tool import Tool


def checked(settings: Settings, file: Path | None) -> dict[str, Any]:
    """Return what in a file of tools can never apply; without one, in the file in force.

    Raises:
        BadRequest: there is no file, or it is not what was expected: a line for each mistake.
    """
    path, policy, tools = _read(settings, file)
    found = check(policy, tools)
    return {
        "file": str(path),
        "digest": policy.digest,
        "tools": len(policy.tools),
        "found": list(found),
        "is_sound": not found,
    }


def listed(settings: Settings) -> dict[str, Any]:
    """Return every tool that there is or that the file names, and who may use it where."""
    path, policy, tools = _read(settings, None)
    names = sorted(tools.keys() | policy.tools.keys())
    return {
        "file": str(path),
        "digest": policy.digest,
        "tools": [_row(each, tools.get(each), policy.tools.get(each)) for each in names],
    }


def _read(settings: Settings, file: Path | None) -> tuple[Path, Policy, Mapping[str, Tool]]:
    path = file or settings.tools_file()
    if path is None:
        raise BadRequest(
            f"Expected a file of tools, got none: there are no tools. Write "
            f"{settings.home / 'tools.yaml'}, or name a file in TOOLS_POLICY."
        )
    policy, configuration = read_file(path)
    hands = hands_of(configuration, settings.home / "mcp")
    return path, policy, {each.name: each for each in (*OWN, *(hand.tool for hand in hands))}


def _row(name: str, tool: Tool | None, entry: Listed | None) -> dict[str, Any]:
    """Return a tool with who may use it; one that is not listed or not there is denied."""
    revision = tool.revision if tool else ""
    is_open = tool is not None and entry is not None and revision == entry.revision
    return {
        "name": name,
        "effect": str(tool.effect) if tool else "",
        "is_open": is_open,
        "says": tool.says if tool else "",
        "system": tool.system if tool else "",
        "revision": revision,
        **(_entry(entry) if entry else {"allow": []}),
    }


def _entry(entry: Listed) -> dict[str, Any]:
    return {
        "allow": [
            {
                "for": sorted(each.keys),
                "by": sorted(each.channels),
                "when": {name: _told(rule) for name, rule in each.rules.items()},
            }
            for each in entry.allowances
        ],
        "approver": sorted(entry.approver.keys) or "self",
        "seen_by": sorted(entry.seen_by) or "asker",
        "read_by": sorted(entry.read_by) or "asker",
        "at_most": {"turn": entry.most_each_turn, "day": entry.most_each_day},
        "always_confirm": entry.always_confirm,
    }


def _told(rule: Rule) -> Any:
    if rule.is_own:
        return "own"
    if rule.one_of:
        return sorted(rule.one_of)
    bounds = {"at least": rule.at_least, "at most": rule.at_most}
    return {name: bound for name, bound in bounds.items() if bound is not None}
