"""Block Kit as documented: which fields each block has, how long they may be.

https://docs.slack.dev/reference/block-kit. What is not documented there is refused, so that a
test fails rather than a message in production. That all words of a message together are at most
`MOST_IN_MESSAGE` is not documented but met in practice (`msg_blocks_too_long`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.slack.fake.refusing import Refused, need

MOST_BLOCKS = 50
MOST_IN_MESSAGE = 13_200
MOST_MARKDOWN = 12_000
Given = Mapping[str, Any]


def check_blocks(blocks: object, *, is_view: bool = False) -> list[dict[str, Any]]:
    """Return the blocks if Slack would take them, else raise `Refused`."""
    need(isinstance(blocks, list), "invalid_blocks_format", "blocks must be an array")
    assert isinstance(blocks, list)
    most = 100 if is_view else MOST_BLOCKS
    _need(len(blocks) <= most, f"no more than {most} items allowed [json-pointer:/blocks]")
    ids = [each["block_id"] for each in blocks if isinstance(each, dict) and "block_id" in each]
    _need(len(ids) == len(set(ids)), "block_id already exists")
    for at, block in enumerate(blocks):
        where = f"/blocks/{at}"
        _object(block, where)
        check = _BLOCKS.get(block.get("type"))
        _need(check, f"unsupported type: {block.get('type')} [json-pointer:{where}/type]")
        if "block_id" in block:
            _text(block["block_id"], 255, f"{where}/block_id")
        assert check is not None
        check(block, where)
    need(sum(map(len, words_in(blocks))) <= MOST_IN_MESSAGE, "msg_blocks_too_long")
    return blocks


def words_in(value: object) -> Iterator[str]:
    """Yield every text that people would see, in order, however deep it lies."""
    if isinstance(value, list):
        for each in value:
            yield from words_in(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "text" and isinstance(each, str):
                yield each
            elif name in ("text", "elements", "fields", "title", "label", "blocks", "placeholder"):
                yield from words_in(each)


def _need(is_so: object, told: str) -> None:
    need(is_so, "invalid_blocks", told)


def _object(value: object, where: str) -> None:
    _need(isinstance(value, dict), f"must be an object [json-pointer:{where}]")


def _only(value: Given, where: str, *names: str) -> None:
    for name in value:
        _need(name in names, f"invalid additional property: {name} [json-pointer:{where}]")


def _text(value: object, most: int, where: str, least: int = 1) -> None:
    _need(isinstance(value, str), f"must be a string [json-pointer:{where}]")
    assert isinstance(value, str)
    _need(len(value) >= least, f"must be more than {least - 1} characters [json-pointer:{where}]")
    _need(len(value) <= most, f"must be less than {most + 1} characters [json-pointer:{where}]")


def _list(value: object, most: int, where: str, least: int = 1) -> list[Any]:
    _need(isinstance(value, list), f"must be an array [json-pointer:{where}]")
    assert isinstance(value, list)
    _need(least <= len(value) <= most, f"{least} to {most} items [json-pointer:{where}]")
    return value


def _plain(value: object, most: int, where: str) -> None:
    _object(value, where)
    assert isinstance(value, dict)
    _only(value, where, "type", "text", "emoji")
    _need(value.get("type") == "plain_text", f"must be plain_text [json-pointer:{where}/type]")
    _text(value.get("text"), most, f"{where}/text")


def _composed(value: object, most: int, where: str) -> None:
    _object(value, where)
    assert isinstance(value, dict)
    if value.get("type") == "mrkdwn":
        _only(value, where, "type", "text", "verbatim")
        _text(value.get("text"), most, f"{where}/text")
    else:
        _plain(value, most, where)


def _section(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "text", "fields", "accessory", "expand")
    _need("text" in block or "fields" in block, f"text or fields [json-pointer:{where}]")
    if "text" in block:
        _composed(block["text"], 3000, f"{where}/text")
    for at, each in enumerate(_list(block.get("fields", [{}]), 10, where)):
        if "fields" in block:
            _composed(each, 2000, f"{where}/fields/{at}")
    if "accessory" in block:
        _element(block["accessory"], f"{where}/accessory")


def _header(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "text", "level")
    _plain(block.get("text"), 150, f"{where}/text")


def _divider(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id")


def _context(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "elements")
    for at, each in enumerate(_list(block.get("elements"), 10, f"{where}/elements")):
        _composed(each, 3000, f"{where}/elements/{at}")


def _markdown(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "text")
    _text(block.get("text"), MOST_MARKDOWN, f"{where}/text")


def _actions(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "elements")
    elements = _list(block.get("elements"), 25, f"{where}/elements")
    for at, each in enumerate(elements):
        _element(each, f"{where}/elements/{at}")
    _unique([each.get("action_id") for each in elements], where)


def _context_actions(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "elements")
    for at, each in enumerate(_list(block.get("elements"), 5, f"{where}/elements")):
        place = f"{where}/elements/{at}"
        _object(each, place)
        _need(each.get("type") in ("feedback_buttons", "icon_button"), f"type {place}")
        _text(each.get("action_id", "made"), 255, f"{place}/action_id")
        for name in ("positive_button", "negative_button"):
            if each["type"] == "feedback_buttons":
                _object(each.get(name), f"{place}/{name}")
                _plain(each[name].get("text"), 75, f"{place}/{name}/text")
                _text(each[name].get("value", ""), 2000, f"{place}/{name}/value", 0)


def _unique(names: list[object], where: str) -> None:
    given = [each for each in names if each is not None]
    _need(len(given) == len(set(given)), f"action_id already exists [json-pointer:{where}]")


def _element(element: object, where: str) -> None:
    _object(element, where)
    assert isinstance(element, dict)
    check = _ELEMENTS.get(str(element.get("type")))
    _need(check, f"unsupported type: {element.get('type')} [json-pointer:{where}]")
    if "action_id" in element:
        _text(element["action_id"], 255, f"{where}/action_id")
    assert check is not None
    check(element, where)


def _button(element: Given, where: str) -> None:
    names = ("type", "action_id", "text", "value", "url", "style", "confirm", "accessibility_label")
    _only(element, where, *names)
    _plain(element.get("text"), 75, f"{where}/text")
    _text(element.get("value", ""), 2000, f"{where}/value", 0)
    _text(element.get("accessibility_label", "-"), 75, f"{where}/accessibility_label")
    _need(element.get("style", "primary") in ("primary", "danger"), f"style {where}")
    if "url" in element:
        _url(element["url"], where)
    if "confirm" in element:
        _confirm(element["confirm"], f"{where}/confirm")


def _confirm(value: Given, where: str) -> None:
    _only(value, where, "title", "text", "confirm", "deny", "style")
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        _plain(value.get(name), most, f"{where}/{name}")


def _select(element: Given, where: str) -> None:
    names = ("type", "action_id", "placeholder", "options", "initial_option", "focus_on_load")
    _only(element, where, *names)
    if "placeholder" in element:
        _plain(element["placeholder"], 150, f"{where}/placeholder")
    for at, each in enumerate(_list(element.get("options"), 100, f"{where}/options")):
        _only(each, where, "text", "value", "description")
        _plain(each.get("text"), 75, f"{where}/options/{at}/text")
        _text(each.get("value"), 150, f"{where}/options/{at}/value")


def _input_text(element: Given, where: str) -> None:
    names = ("type", "action_id", "placeholder", "initial_value", "multiline", "min_length")
    _only(element, where, *names, "max_length", "focus_on_load")
    _need(0 < element.get("max_length", 3000) <= 3000, f"max_length {where}")
    if "placeholder" in element:
        _plain(element["placeholder"], 150, f"{where}/placeholder")


def _input(block: Given, where: str) -> None:
    names = ("type", "block_id", "label", "element", "hint", "optional", "dispatch_action")
    _only(block, where, *names)
    _plain(block.get("label"), 2000, f"{where}/label")
    _element(block.get("element"), f"{where}/element")


def _url(value: object, where: str) -> None:
    _text(value, 3000, f"{where}/url")
    _need(str(value).startswith(("http://", "https://", "mailto:")), f"invalid url {where}")


def _rich(block: Given, where: str) -> None:
    _only(block, where, "type", "block_id", "elements")
    for at, each in enumerate(_list(block.get("elements"), 1000, f"{where}/elements")):
        _rich_part(each, f"{where}/elements/{at}", _RICH_PARTS)


def _rich_part(part: object, where: str, kinds: tuple[str, ...]) -> None:
    _object(part, where)
    assert isinstance(part, dict)
    kind = part.get("type")
    _need(kind in kinds, f"unsupported type: {kind} [json-pointer:{where}]")
    if kind == "rich_text_list":
        _only(part, where, "type", "elements", "style", "indent", "offset", "border")
        _need(part.get("style") in ("bullet", "ordered"), f"style [json-pointer:{where}]")
        for at, each in enumerate(_list(part.get("elements"), 1000, where)):
            _rich_part(each, f"{where}/elements/{at}", ("rich_text_section",))
        return
    _only(part, where, "type", "elements", "border", "language")
    for at, each in enumerate(_list(part.get("elements"), 1000, where)):
        _rich_element(each, f"{where}/elements/{at}")


def _rich_element(element: object, where: str) -> None:
    _object(element, where)
    assert isinstance(element, dict)
    kind = element.get("type")
    _need(kind in _RICH_FIELDS, f"unsupported type: {kind} [json-pointer:{where}]")
    fields = _RICH_FIELDS[str(kind)]
    _only(element, where, "type", "style", *fields)
    _text(element.get(fields[0]), 40_000, f"{where}/{fields[0]}")
    if kind == "link":
        _url(element["url"], where)
    for name, value in element.get("style", {}).items():
        _need(name in _STYLES and isinstance(value, bool), f"style [json-pointer:{where}]")


def check_view(view: object) -> dict[str, Any]:
    """Return the view if Slack would open it, else raise `Refused`."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        raise Refused("invalid_arguments", "view must be a modal")
    names = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id")
    _only(view, "/view", *names, "clear_on_close", "notify_on_close", "external_id")
    for name in ("title", "close", "submit"):
        if name == "title" or name in view:
            _plain(view.get(name), 24, f"/view/{name}")
    _text(view.get("private_metadata", ""), 3000, "/view/private_metadata", 0)
    _text(view.get("callback_id", "-"), 255, "/view/callback_id")
    blocks = check_blocks(view.get("blocks"), is_view=True)
    has_input = any(each["type"] == "input" for each in blocks)
    _need(not has_input or "submit" in view, "submit is required with an input block")
    return view


_RICH_PARTS = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
_RICH_FIELDS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url", "text", "unsafe"),
    "user": ("user_id",),
    "channel": ("channel_id",),
    "emoji": ("name", "unicode"),
    "date": ("format", "timestamp", "url", "fallback"),
}
_STYLES = ("bold", "italic", "strike", "code", "underline")
_BLOCKS: dict[object, Callable[[Given, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "markdown": _markdown,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "rich_text": _rich,
}
_ELEMENTS: dict[str, Callable[[Given, str], None]] = {
    "button": _button,
    "static_select": _select,
    "radio_buttons": _select,
    "plain_text_input": _input_text,
}
