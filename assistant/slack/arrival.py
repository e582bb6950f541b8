"""What Slack sends, read once: a question, or why it is none. Nothing here looks anything up.

Shapes: docs.slack.dev, Events API envelopes, `app_mention` and `message` events, slash commands and
message shortcuts. Whatever else comes, of whatever shape, is `Ignored`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assistant.slack.event import Asked, Member, Place, Surface
from retrieval.plain import plain

LONGEST_QUESTION: Final = 2_000
"""Characters, as in the web page; what is longer is told so, and kept no longer than that."""

_TEAM = re.compile(r"[TE][A-Z0-9]{1,40}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{1,40}")
_USER = re.compile(r"[UW][A-Z0-9]{1,40}")
_TS = re.compile(r"\d{1,12}\.\d{1,9}")
_SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
_ROOMS = frozenset({"channel", "group", "mpim"})
_MARKED = re.compile(r"<([^<>]{1,4000})>")
_ASKS = re.compile(r"[?\uff1f\u061f\u037e\u2047-\u2049]")
_ASKING_WORD = re.compile(
    r"(?:who|what|when|where|which|why|how|whose|is|are|do|does|did|can|could|may|must|should|"
    r"wer|was|wann|wo|welche[rsnm]?|warum|wie|qui|quoi|quand|comment|pourquoi|quel(?:le)?s?|"
    r"qu[eé]|qui[eé]n|cu[aá]ndo|d[oó]nde|c[oó]mo|cu[aá]l(?:es)?)\b",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"(?:(?:and|or|but|und|oder|aber|et|ou|mais|y|o|pero)\s+"
    r"(?:if|in|at|for|with|without|on|when|after|before|wenn|falls|bei|im?|f[uü]r|mit|ohne|nach|vor|"
    r"si|en|dans|chez|pour|avec|sans|apr[eè]s|avant|para|con|sin)"
    r"|(?:please\s+)?(?:tell me|show|list|explain|summari[sz]e|give me)"
    r"|(?:bitte\s+)?(?:sag(?:en sie)? mir|zeig|nenn|erkl[aä]r|fass)e?(?:n sie)?"
    r"|(?:dis|dites|donnez?|montrez?|expliquez?)(?:-moi)?"
    r"|same for|what about|how about)\b",
    re.IGNORECASE,
)
_SPOKEN_TO = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class Ignored:
    """What came is no question to us; `why` is for a log: it holds no word of anybody's."""

    why: str


def asked_of(body: object) -> Asked | Ignored:
    """Return the question that a request of Slack's holds, or why it holds none.

    A message in a channel that does not name us comes as `Surface.THREAD`: whether it is one to
    answer, the channel's rules say. An empty or an over-long text comes as it is, to be told of.
    """
    if not isinstance(body, Mapping):
        return Ignored("no object")
    if body.get("type") == "event_callback":
        return _of_event(body)
    if body.get("type") == "message_action":
        return _of_shortcut(body)
    if isinstance(body.get("command"), str):
        return _of_command(body)
    return Ignored("another kind of request")


def plain_words(text: str, *, us: str = "") -> str:
    """Return a message's text as plain words: Slack's escapes resolved, mentions of `us` cut out.

    `us` is our bot user's id.
    """
    named = _MARKED.sub(lambda found: _spoken(found.group(1), us), text)
    for escape, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        named = named.replace(escape, character)
    return " ".join(plain(named).split())[: LONGEST_QUESTION + 1]


def is_ts(text: str) -> bool:
    """Return whether this is how Slack names a message, or the instant of an edit."""
    return _TS.fullmatch(text) is not None


def is_question(text: str) -> bool:
    """Return whether words that name nobody ask something: by their mark, or their first word."""
    return bool(_ASKS.search(text) or _ASKING_WORD.match(text))


def goes_on(text: str) -> bool:
    """Return whether words, said to nobody by whoever asked before, go on asking."""
    return _GOING_ON.match(text) is not None


def _of_event(body: Mapping[str, object]) -> Asked | Ignored:
    event = body.get("event")
    if not isinstance(event, Mapping):
        return Ignored("an envelope without an event")
    if why := _not_asked(event):
        return Ignored(why)
    us = _our_user(body)
    team, at = _text(body, "team_id"), body.get("event_time")
    channel, ts, thread = (_text(event, each) for each in ("channel", "ts", "thread_ts"))
    by = Member(_text(event, "user_team") or _text(event, "team") or team, _text(event, "user"))
    if us and by.user == us:
        return Ignored("our own message")
    written = _text(event, "text")
    surface = _surface_of(event, written, us, thread)
    if surface is None:
        return Ignored("a message to nobody here")
    if surface is Surface.THREAD and (_SPOKEN_TO.search(written) or not plain_words(written)):
        return Ignored("a message to somebody else")
    words = plain_words(written, us=us or _first_named(written, surface))
    asked = Asked(
        id=_text(body, "event_id"),
        surface=surface,
        place=Place(team, channel, thread),
        by=by,
        ts=ts,
        text=words,
        at=at if isinstance(at, int) and not isinstance(at, bool) and 0 < at < 2**40 else 0,
        is_shared_channel=body.get("is_ext_shared_channel") is True,
    )
    return _sound(asked)


def _not_asked(event: Mapping[str, object]) -> str:
    """Return why an event is no message of a person's, "" if it is one."""
    if event.get("type") not in ("app_mention", "message"):
        return "another event"
    if event.get("bot_id") or event.get("bot_profile") or event.get("app_id"):
        return "a message of a program"
    if event.get("hidden") or _text(event, "subtype") not in _SUBTYPES or event.get("edited"):
        return "a message about a message"
    return ""


def _surface_of(event: Mapping[str, object], written: str, us: str, thread: str) -> Surface | None:
    if event.get("type") == "app_mention":
        return Surface.MENTION
    kind = _text(event, "channel_type")
    if kind == "im":
        return Surface.PANE if thread else Surface.DIRECT
    if kind not in _ROOMS:
        return None
    return Surface.MENTION if us and f"<@{us}" in written else Surface.THREAD


def _of_command(body: Mapping[str, object]) -> Asked | Ignored:
    team = _text(body, "team_id")
    asked = Asked(
        id=_text(body, "trigger_id"),
        surface=Surface.COMMAND,
        place=Place(team, _text(body, "channel_id")),
        by=Member(_text(body, "user_team_id") or team, _text(body, "user_id")),
        ts="",
        text=plain_words(_text(body, "text")),
        at=0,
        response_url=_text(body, "response_url"),
        is_shared_channel=body.get("is_ext_shared_channel") is True,
    )
    return _sound(asked)


def _of_shortcut(body: Mapping[str, object]) -> Asked | Ignored:
    team, user, channel, message = (_part(body, e) for e in ("team", "user", "channel", "message"))
    installed = _text(team, "id") or _text(user, "team_id")
    asked = Asked(
        id=_text(body, "trigger_id"),
        surface=Surface.SHORTCUT,
        place=Place(installed, _text(channel, "id"), _text(message, "thread_ts")),
        by=Member(_text(user, "team_id") or installed, _text(user, "id")),
        ts=_text(message, "ts"),
        text=plain_words(_text(message, "text")),
        at=0,
        response_url=_text(body, "response_url"),
        is_shared_channel=body.get("is_ext_shared_channel") is True,
    )
    return _sound(asked)


def _sound(asked: Asked) -> Asked | Ignored:
    """Return the question, or that a part of it is missing or is not what Slack would send."""
    place, by = asked.place, asked.by
    is_named = (
        0 < len(asked.id) <= 200
        and _TEAM.fullmatch(place.team)
        and _CHANNEL.fullmatch(place.channel)
        and _TEAM.fullmatch(by.team)
        and _USER.fullmatch(by.user)
    )
    is_placed = not place.thread or _TS.fullmatch(place.thread)
    is_dated = not asked.ts if asked.surface is Surface.COMMAND else _TS.fullmatch(asked.ts)
    return asked if is_named and is_placed and is_dated else Ignored("not as Slack sends it")


def _spoken(marked: str, us: str) -> str:
    """Return what `<...>` says in plain words."""
    target, _, label = marked.partition("|")
    if target.startswith("@"):
        return " " if us and target[1:] == us else f"@{label.lstrip('@')}" if label else "someone"
    if target.startswith("#"):
        return f"#{label.lstrip('#')}" if label else "a channel"
    if target.startswith("!"):
        return label or " "
    return label or target.removeprefix("mailto:")


def _first_named(written: str, surface: Surface) -> str:
    """Return whom a mention names first: us, where the envelope does not say who we are."""
    found = re.match(r"\s*<@([UW][A-Z0-9]+)", written) if surface is Surface.MENTION else None
    return found.group(1) if found else ""


def _our_user(body: Mapping[str, object]) -> str:
    listed = body.get("authorizations")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, Mapping) and each.get("is_bot") and _text(each, "user_id"):
            return _text(each, "user_id")
    return ""


def _part(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
