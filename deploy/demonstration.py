"""`pincite demo`: the sample documents in, three questions answered, the web page up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr
from rich.text import Text

from assistant.http.people import People
from deploy.acting import enrol
from deploy.operations.asking import ask
from deploy.operations.indexing import add
from deploy.operations.operation import Result
from deploy.parts import Parts
from deploy.serving import Annexes, Join, serve
from deploy.settings import Settings
from deploy.terminal import follow, legible, out, show_reply, show_sync
from retrieval.access import Principal

FOLDER = Path(__file__).with_name("demo")


async def run(settings: Settings, join: Join, stay: bool, annexes: Annexes) -> None:
    """Show what Pincite does, on loopback and in a home folder of its own."""
    people = _read("people.yaml")["people"]
    first = next(iter(people))
    settings = settings.model_copy(
        update={
            "pincite_home": settings.home / "demo",
            "pincite_host": "127.0.0.1",
            "pincite_url": "",
            "pincite_user": first,
            "slack_bot_token": SecretStr(""),
            "slack_rules": None,
        }
    )
    async with join(settings) as parts:
        await enrol(parts.directory, people)
        show_sync(await follow(_take_in(parts)))
        for question in _questions():
            await _show(parts, question)
    if stay:
        out.print("This is a demonstration: anybody at this machine may choose who to be.")
        examples = tuple(str(each["question"]) for each in _questions())
        await serve(settings, join, _chosen_from(people), examples, annexes)


def _take_in(parts: Parts) -> AsyncIterator[Any]:
    return add(parts, paths=[str(path) for path in sorted((FOLDER / "sources").iterdir())])


async def _show(parts: Parts, question: dict[str, Any]) -> None:
    out.print()
    out.print(Text(f"{question['as']} asks: ", style="dim") + Text(question["question"]))
    async for event in ask(parts, question=question["question"], user=question["as"]):
        if isinstance(event, Result):
            show_reply(legible(event.value))


def _questions() -> list[dict[str, Any]]:
    every = _read("questions.yaml")
    questions = every["questions"] if isinstance(every, dict) else every
    return [each for each in questions if each.get("demo")]


def _chosen_from(people: Mapping[str, Sequence[str]]) -> People:
    return People(tuple(Principal.person(name, groups) for name, groups in people.items()))


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
