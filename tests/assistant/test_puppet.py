"""A model that lies on purpose, over real HTTP: no false citation, no altered figure is shown."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from assistant.answers import Answer, Question
from assistant.assistant import Assistant
from assistant.carried import Bounds, Verifier
from assistant.compose import Composer
from assistant.prompt import Prompt
from assistant.quotes import Quoter
from assistant.sglang import SGLang
from assistant.writer import Writer
from retrieval.access import Principal
from retrieval.documents import Scope, now
from retrieval.retriever import Retrieved
from tests.assistant.test_quotes import ANSWERS
from tests.models import Puppet, Says
from tests.models.fixtures import puppet
from tests.retrieval.made_candidates import EMBEDDER, WORDS, retrieved_of

__all__ = ["puppet"]

ASKED = "How much notice must the tenant give, and what is the rent?"
LEASES = [
    (
        "Lease, Alder",
        "The tenant must give notice of 6 months to Alder Holdings. The rent is 1,250 euros "
        "a month from 1 March 2026. A deposit of 3,000 euros is due within 14 days.",
    ),
    (
        "Lease, Birch",
        "The tenant may end the lease with a notice of ninety days. The landlord pays for repairs "
        "above 400 euros, but not for glass.",
    ),
]
Lie = Callable[[random.Random, Prompt], str]


def honest(chosen: random.Random, prompt: Prompt) -> str:
    """Say a sentence and cite it."""
    each = chosen.choice(list(prompt.sentences.values()))
    return f"{each.text} [{each.id}]"


def unknown(chosen: random.Random, prompt: Prompt) -> str:
    """Cite what was not given, or in a form that no id has."""
    ids = ["9.1", "1.9", "0.0", "1", "1.1.1", "-1.1", "1.1a", "١.١", "999.999", "../1.1", "true"]
    return honest(chosen, prompt).split(" [")[0] + f" [{chosen.choice(ids)}]"


def uncited(chosen: random.Random, prompt: Prompt) -> str:
    """Cite nothing."""
    return honest(chosen, prompt).split(" [")[0]


def altered(chosen: random.Random, prompt: Prompt) -> str:
    """Say another figure than the cited words do."""
    each = chosen.choice([one for one in prompt.sentences.values() if re.search(r"\d", one.text)])
    figures = list(re.finditer(r"\d[\d,]*", each.text))
    figure = chosen.choice(figures)
    other = str(chosen.randrange(20_000, 90_000))
    return f"{each.text[: figure.start()]}{other}{each.text[figure.end() :]} [{each.id}]"


def added(chosen: random.Random, prompt: Prompt) -> str:
    """Add to true words a figure, a name, an address or a link that they do not have."""
    said, _, cited = honest(chosen, prompt).partition(" [")
    more = chosen.choice(
        [
            "and 7,777 euros more",
            "as Mallory Ltd confirms",
            "see https://mallory.example/pay",
            "write to pay@mallory.example",
            "until 31 December 2031",
        ]
    )
    return f"{said.rstrip('.')}, {more}. [{cited}"


def elsewhere(chosen: random.Random, prompt: Prompt) -> str:
    """Cite, for a figure, words that do not have it."""
    first, second = chosen.sample(list(prompt.sentences.values()), 2)
    return f"{first.text} It is {chosen.randrange(5_000, 9_000)} euros. [{second.id}]"


LIES: dict[str, Lie] = {
    each.__name__: each for each in (unknown, uncited, altered, added, elsewhere)
}


class Shelf:
    """Finds the leases."""

    async def retrieve(self, text: str, **_: object) -> Retrieved:
        return await retrieved_of(text, LEASES)


async def _lied_to(puppet: Puppet, rounds: int, seed: int) -> int:
    """Have the model lie, with the truth among it; return how many true sentences were shown."""
    chosen = random.Random(seed)
    composer = Composer(str, b"s" * 32)
    question = Question(ASKED, Principal.person("ann"), Scope(as_of=now()))
    prompt = await composer.compose(question, (await retrieved_of(ASKED, LEASES)).found)
    model = SGLang(puppet.url, "puppet")
    writer = Writer(composer, model, Verifier(EMBEDDER, WORDS.terms, Bounds.load()))
    quoter = Quoter(EMBEDDER, WORDS.terms, ANSWERS)
    assistant = Assistant(Shelf(), quoter, writer=writer)  # type: ignore[arg-type]
    shown = 0
    for _ in range(rounds):
        lies = [LIES[chosen.choice(list(LIES))](chosen, prompt) for _ in range(5)]
        truths = [honest(chosen, prompt) for _ in range(chosen.randrange(3))]
        lines = [*lies, *truths]
        chosen.shuffle(lines)
        puppet.says(Says(("\n".join(lines),), wire=chosen.choice([0, 1, 7, 1000])))
        reply = await assistant.ask(question)
        if isinstance(reply, Answer):
            assert reply.mode == "model"
            shown += _all_true(reply, prompt, {each.split(" [")[0] for each in truths})
    await model.close()
    return shown


def _all_true(reply: Answer, prompt: Prompt, truths: set[str]) -> int:
    given = {(each.passage.id, each.span.start): each.text for each in prompt.sentences.values()}
    for sentence in reply.sentences:
        assert sentence.text in truths, sentence.text
        for citation in sentence.citations:
            assert given[citation.passage_id, citation.start] == citation.words
    return len(reply.sentences)


async def test_no_lie_of_a_model_is_shown(puppet: Puppet) -> None:
    assert await _lied_to(puppet, rounds=60, seed=1) > 20, "what is true is shown all the same"


@pytest.mark.deep
async def test_no_lie_of_five_thousand_is_shown(puppet: Puppet) -> None:
    assert await _lied_to(puppet, rounds=1_000, seed=2) > 300


@pytest.mark.parametrize("lie", LIES)
async def test_each_lie_on_its_own_ends_in_a_refusal(puppet: Puppet, lie: str) -> None:
    chosen = random.Random(3)
    composer = Composer(str, b"s" * 32)
    question = Question(ASKED, Principal.person("ann"), Scope(as_of=now()))
    prompt = await composer.compose(question, (await retrieved_of(ASKED, LEASES)).found)
    verifier = Verifier(EMBEDDER, WORDS.terms, Bounds.load())
    for _ in range(40):
        line = LIES[lie](chosen, prompt)
        text, _, cited = line.partition(" [")
        ids = re.findall(r"^(\d+\.\d+)\]", cited)
        if ids and ids[0] in prompt.sentences:
            verdict = await verifier.check(text, [prompt.sentences[ids[0]]])
            assert not verdict.is_carried, (line, verdict)
