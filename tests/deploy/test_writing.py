"""With a model set, answers are its own, checked; without one or while it fails, quotes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.assistant import INSTEAD
from assistant.model import Failing
from assistant.writer import LEFT_OUT
from tests.deploy.homes import Home, write_documents
from tests.models import Fault, Mode, Received, Says, StandIn, running

pytestmark = pytest.mark.slow
NOTICE = "How many days of notice end the agreement?"
SAID = "Either party may end this agreement with a notice of ninety days."


class Citing(StandIn):
    """Says each line with the id of the sentence that it finds the words in."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        super().__init__()
        self.lines = lines

    def reply(self, received: Received) -> Says:
        written = []
        for line, words in self.lines:
            found = re.search(rf"\[(\d+\.\d+)\] [^\n]*{re.escape(words)}", received.text)
            written.append(f"{line} [{found[1]}]\n" if found else f"{line} [9.9]\n")
        return Says(tuple(written))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    own = Home(tmp_path / "home")
    write_documents(tmp_path / "documents")
    assert own.run("add", str(tmp_path / "documents")).code == 0
    return own


def asking(home: Home, url: str, patience: str = "30") -> Home:
    named = {"MODEL_URL": url, "MODEL_NAME": "Some-8B", "MODEL_FIRST_WORD_SECONDS": patience}
    return replace(home, settings=named)


def test_the_answer_is_the_models_and_rests_on_the_words_it_cites(home: Home) -> None:
    with running(Citing((SAID, "ninety days"))) as model:
        own = asking(home, model.url)
        reply = own.run("ask", NOTICE, "--json").json
        told = own.run("ask", NOTICE)
    assert (reply["mode"], reply["model"]) == ("model", "Some-8B, not registered")
    [sentence] = reply["sentences"]
    assert sentence["text"] == SAID
    assert "ninety days" in sentence["citations"][0]["words"]
    assert f"{SAID} [1]" in told.out
    assert "Written by Some-8B, not registered" in " ".join(told.out.split())


def test_what_the_cited_words_do_not_carry_is_left_out_and_that_is_said(home: Home) -> None:
    altered = SAID.replace("ninety", "sixty")
    with running(Citing((altered, "ninety days"), (SAID, "ninety days"))) as model:
        reply = asking(home, model.url).run("ask", NOTICE, "--json").json
    assert [each["text"] for each in reply["sentences"]] == [SAID]
    assert reply["notices"] == [LEFT_OUT]
    assert "sixty" not in json.dumps(reply)


def test_where_nothing_is_carried_nothing_is_said(home: Home) -> None:
    with running(Citing((SAID.replace("may", "may not"), "ninety days"))) as model:
        reply = asking(home, model.url).run("ask", NOTICE, "--json").json
    assert (reply["outcome"], reply["reason"]) == ("refusal", "not_supported")


@pytest.mark.parametrize("mode", [Mode.ERROR, Mode.GARBAGE, Mode.BUSY, Mode.HALF, Mode.HANG])
def test_while_the_model_fails_the_sources_speak(home: Home, mode: Mode) -> None:
    with running(Fault()) as model:
        model.does(mode)
        reply = asking(home, model.url, "1").run("ask", NOTICE, "--json").json
        model.close()
    assert reply["mode"] == "quotes"
    assert reply["notices"][0] in {INSTEAD[each] for each in Failing}
    assert "ninety days" in reply["sentences"][0]["text"]


def test_a_sentence_that_never_ends_is_not_waited_for(home: Home) -> None:
    with running(Fault()) as model:
        model.does(Mode.ENDLESS)
        model.drip_seconds = 0.05
        own = asking(home, model.url)
        own = replace(own, settings=own.settings | {"MODEL_FIRST_SENTENCE_SECONDS": "0.5"})
        reply = own.run("ask", NOTICE, "--json").json
        model.close()
    assert (reply["mode"], reply["notices"]) == ("quotes", [INSTEAD[Failing.SLOW]])


def test_a_model_that_is_not_there_is_no_model(home: Home) -> None:
    reply = asking(home, "http://127.0.0.1:9").run("ask", NOTICE, "--json").json
    assert (reply["mode"], reply["notices"]) == ("quotes", [INSTEAD[Failing.DOWN]])


def test_the_record_says_which_model_wrote_and_what_was_retrieved(home: Home) -> None:
    with running(Citing((SAID, "ninety days"))) as model:
        own = asking(home, model.url)
        assert own.run("ask", NOTICE, "--json").code == 0
    exported = own.run("audit", "export", "--json").out
    assert "Some-8B, not registered" in exported
    assert '"retrieve"' in exported
