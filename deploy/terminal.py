"""What a person sees in the terminal. Results go to standard output, the rest to standard error."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from deploy.operations.operation import Event, Progress, Result
from deploy.settings import read_settings
from retrieval.plain import plain

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Value = dict[str, Any]

_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
Render = Callable[[Value], None]


class _Rate(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = task.fields.get("unit", "")
        return Text(f"{speed:.1f} {unit}/s" if speed else "", style="dim")


async def follow(events: AsyncIterator[Event]) -> Value:
    """Show progress until the operation ends, and return its result."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
    )
    value: Value = {}
    with Bar(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}
        async for event in events:
            match event:
                case Progress():
                    if event.label not in tasks:
                        tasks[event.label] = bar.add_task(event.label, unit=event.unit)
                    bar.update(tasks[event.label], completed=event.done, total=event.total)
                case Result():
                    value = event.value
    return value


def show_json(value: Value) -> None:
    """Print one JSON object; what could steer a terminal is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    out.print(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text), markup=False)


def legible(value: Any) -> Any:
    """Return a result without the characters that hide, reorder or steer what is read."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [legible(each) for each in value]
    if isinstance(value, dict):
        return {key: legible(each) for key, each in value.items()}
    return value


def show_reply(reply: Value) -> None:
    """Print an answer with its pincites, or a refusal with the nearest sources."""
    if reply["looked_for"]:
        out.print(Text(f"Looked for: {reply['looked_for']}", style="dim"))
    if reply["outcome"] == "refusal":
        _show_refusal(reply)
        return
    out.print(Text(f"{reply['lead']}:", style="bold"))
    for notice in reply["notices"]:
        out.print(Text(notice, style="italic"))
    if reply["mode"] != "quotes":
        _show_written(reply)
    cited = {each["link"]: each for one in reply["sentences"] for each in one["citations"]}
    for source in reply["sources"]:
        out.print()
        out.print(_source_line(source))
        for citation in cited.values():
            if citation["source"] == source["number"]:
                out.print(_quote(" ".join(citation["words"].split()), citation))


def _show_refusal(reply: Value) -> None:
    out.print(Text(reply["text"], style="bold"))
    if reply["nearest"]:
        out.print(Text("Nearest sources:", style="dim"))
    for source in reply["nearest"]:
        out.print(_source_line(source))


def _show_written(reply: Value) -> None:
    for sentence in reply["sentences"]:
        numbers = dict.fromkeys(each["source"] for each in sentence["citations"])
        pins = "".join(f"[{number}]" for number in numbers)
        out.print(Text(f"{sentence['text']} ") + Text(pins, style="dim"))
    if reply["mode"] == "model":
        told = f"Written by {reply['model']}; each sentence was checked against the words below."
        out.print(Text(told, style="dim"))


def show_hits(found: Value) -> None:
    """Print what a search found."""
    if not found["hits"]:
        out.print("Nothing that you may read speaks about this.")
    for hit in found["hits"]:
        place = f"page {hit['page']}" if hit["page"] else f"characters {hit['start']}–{hit['end']}"
        out.print(
            Text(f"{hit['score_rank']:>2}  ", style="dim")
            + Text(hit["title"], style="bold")
            + Text(f"  {hit['kind']} · {hit['status']} · {place}", style="dim")
        )
        out.print(Text(_indented(" ".join(hit["text"].split()))))


def show_sync(value: Value) -> None:
    """Print what was taken in, what was not, and why."""
    words = ("new", "updated", "described", "moved", "removed", "unchanged")
    for source in value["sources"]:
        counts = ", ".join(f"{source[word]} {word}" for word in words if source[word])
        troubles = source["troubles"]
        out.print(
            Text(source["source"], style="bold")
            + Text(f"  {counts or 'nothing there'}; {source['passages']} passages indexed")
        )
        for trouble in troubles[:20]:
            out.print(_trouble(trouble), markup=False)
        if len(troubles) > 20:
            out.print(f"    … and {len(troubles) - 20} more: `pincite status` lists them all")
    for name in value["stopped"]:
        out.print(f"{name} is stopped: `pincite status` says why, `pincite resume` lets it go on.")


def show_status(value: Value) -> None:
    """Print what is stopped, sources, counts and failures."""
    for each in value["stops"]:
        told = (
            f"{each['target']} is stopped since {each['since']} by {each['by']}: {each['reason']}"
        )
        out.print(Text(told, style="bold red"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("source", "documents", "versions", "passages", "last synced", "location"):
        table.add_column(head, justify="right" if head[-1] == "s" else "left", overflow="fold")
    for each in value["sources"]:
        numbers = [str(each[key]) for key in ("documents", "versions", "passages")]
        where = Text(each["location"])
        table.add_row(Text(each["source"]), *numbers, _moment(each["synced_at"]), where)
    out.print(table if value["sources"] else "No sources yet: `pincite add PATH` makes one.")
    for each in value["sources"]:
        if each["without_readers"]:
            out.print(
                f"{each['without_readers']} documents of {each['source']} have no readers, so "
                "nobody can find them: state `readers` in pincite.yaml or with --readers."
            )
    if value["failures"]:
        out.print()
        out.print(Text("Not or not wholly indexed:", style="bold"))
    for failure in value["failures"]:
        out.print(_trouble(failure), markup=False)


def show_glass(value: Value) -> None:
    """Print who opened which document when and why, a line for each."""
    for each in value["glass"]:
        until = "open now" if each["is_open"] else f"until {_moment(each['ends_at'])} UTC"
        out.print(
            Text(f"{each['id']:>4}  ", style="dim")
            + Text(each["user_name"], style="bold")
            + Text(f"  {each['document_id']}  from {_moment(each['starts_at'])} UTC, ")
            + Text(until, style="bold red" if each["is_open"] else "")
            + Text(f": {each['reason']}")
        )
    if not value["glass"]:
        out.print("No glass was broken.")


def show_cases(value: Value) -> None:
    """Print the cases of a list, two lines each."""
    for each in value["cases"]:
        out.print(_case_line(each))
        hidden = "Its sources are not yours to read."
        out.print(Text(_indented(each["question"] if each["is_readable"] else hidden)))
    if not value["cases"]:
        out.print("Nothing waits here.")
    if value["earlier"]:
        out.print(f"Earlier ones: `pincite review list --before {value['earlier']}`", style="dim")


def show_case(case: Value) -> None:
    """Print one case: the question, what was said and why not, and where that stands."""
    show_cases({"cases": [case], "earlier": None})
    if case["draft"]:
        out.print(_indented(f"as a test case: {case['draft']}"), style="dim")
    for note in (*case["notes"], case["closing_note"]):
        if note:
            out.print(_indented(f"note: {note}"), markup=False)
    for each in case["sentences"]:
        out.print()
        out.print(Text(each["text"], style="bold"))
        for fault in each["faults"]:
            out.print(Text(_indented(f"{fault['kind']}: {fault['piece']}"), style="red"))
        for place in each["citations"]:
            out.print(_quote(" ".join(place["words"].split()), place | {"source": place["title"]}))
    for place in case["evidence"]:
        told = f"found: {place['title']}, characters {place['start']}–{place['end']}"
        out.print(Text(_indented(told), style="dim"))


def _case_line(case: Value) -> Text:
    times = f", asked {case['times']} times" if case["times"] > 1 else ""
    return (
        Text(f"{case['id']:>4}  ", style="dim")
        + Text(case["kind"], style="bold")
        + Text(f"  {case['state']}, {case['at'][:10]}{times}", style="dim")
    )


def show_any(value: Value) -> None:
    """Print a small result as it is: what is a list of things, a line for each."""
    for key, each in value.items():
        name = key.replace("_", " ")
        if isinstance(each, list) and each and all(isinstance(one, dict) for one in each):
            out.print(f"{name}:", markup=False)
            for one in each:
                told = ", ".join(f"{part} {_brief(held)}" for part, held in one.items())
                out.print(_indented(told), markup=False)
        else:
            out.print(f"{name}: {_brief(each)}", markup=False)


def show_invitation(value: Value) -> None:
    """Print somebody, and the link by which they set a password."""
    show_any({**value, "link": read_settings().address() + value["link"]})
    out.print("The link is good once, for a day. Give it to nobody else.")


def _brief(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def complain(message: str) -> None:
    """Print what went wrong."""
    err.print(Text("Error: ", style="bold red") + Text(message))


def _source_line(source: Value) -> Text:
    parts = [source["kind"], source["status"]]
    if source["effective_from"]:
        parts.append(f"effective {source['effective_from']}")
    if source["owner"]:
        parts.append(source["owner"])
    return (
        Text(f"[{source['number']}] ", style="dim")
        + Text(source["title"], style="bold")
        + Text("  " + " · ".join(parts), style="dim")
    )


def _quote(text: str, citation: Value) -> Text:
    page = f"page {citation['page']}, " if citation["page"] else ""
    place = f"[{citation['source']}, {page}characters {citation['start']}–{citation['end']}]"
    return Text(_indented(f"“{text}”")) + Text(f" {place}", style="dim")


def _trouble(trouble: Value) -> str:
    return f"    {trouble['outcome']:<12}{trouble['uri']}: {trouble['reason']}"


def _indented(text: str) -> str:
    return "    " + text


def _moment(instant: int | None) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M") if instant else "never"
