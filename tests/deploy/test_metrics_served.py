"""The metrics of a server as it runs: what was asked of it and of its model, and what it holds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.assistant.figures import figure_in
from tests.deploy.homes import Home, write_documents
from tests.deploy.test_serving import Server, served
from tests.deploy.test_writing import NOTICE, SAID, Citing, asking
from tests.models import Fault, Mode, running

pytestmark = pytest.mark.slow


def test_what_was_asked_and_what_is_held_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_documents(tmp_path / "documents")
    assert home.run("add", str(tmp_path / "documents")).code == 0
    with running(Citing((SAID, "ninety days"))) as model, served(asking(home, model.url)) as server:
        server.wait_for("/readyz")
        reply = httpx.post(f"{server.url}/api/ask", json={"question": NOTICE}, timeout=120)
        told = metrics_of(server)
    assert reply.json()["mode"] == "model"
    assert figure_in(told, "questions_total", mode="model", outcome="answered") == 1
    assert figure_in(told, "first_sentence_seconds_count", mode="model") == 1
    assert figure_in(told, "retrieval_seconds_count") == 1
    assert figure_in(told, "model_first_word_seconds_count") == 1
    assert figure_in(told, "record_note_seconds_count") >= 3
    assert figure_in(told, "prompt_tokens_total") > 0
    assert figure_in(told, "answer_tokens_total") > 0
    assert figure_in(told, "documents") == 4
    assert figure_in(told, "sources") == 1
    assert figure_in(told, "oldest_sync_timestamp_seconds") > 1_600_000_000
    assert figure_in(told, "holdings_read") == 1


def test_who_is_turned_away_at_the_entrance_is_counted(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    write_documents(tmp_path / "documents")
    assert home.run("add", str(tmp_path / "documents")).code == 0
    with closing(Fault()) as model, running(model), ThreadPoolExecutor() as beside:
        model.does(Mode.HANG)
        home = asking(home, model.url, patience="60")
        narrow = {"MODEL_AT_ONCE": "1", "MODEL_WAITING": "0"}
        with served(replace(home, settings={**home.settings, **narrow})) as server:
            server.wait_for("/readyz")
            ask = partial(httpx.post, f"{server.url}/api/ask", json={"question": NOTICE})
            beside.submit(ask, timeout=90)
            while not figure_in(metrics_of(server), "questions_under_way"):
                time.sleep(0.05)
            late = ask(timeout=120)
            told = metrics_of(server)
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) >= 1
    assert figure_in(told, "questions_total", mode="none", outcome="busy") == 1


def metrics_of(server: Server) -> str:
    return httpx.get(f"{server.url}/metrics", timeout=120).text
