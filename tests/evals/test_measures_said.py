"""The measures of what was said, against values worked out by hand, and their bounds."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import Question
from assistant.review.outcome import EVALUATION
from assistant.watching import Asked, Step, at_work_on
from evals.measures.answers import common_subsequence, rouge_l, squad_words, token_f1
from evals.measures.costs import gpu_seconds
from evals.measures.every import MEASURES, measure_of
from evals.measures.language import language_of
from evals.measures.measure import Better, Unit
from evals.outcome import Called, Cited, Outcome, Said
from evals.running.hearing import Overhearing
from evals.running.sharing import Sharing
from evals.sets import GoldSpan
from evals.suites.case import Case, Gold, ToolCall
from retrieval.access import Principal
from retrieval.documents import Scope
from retrieval.errors import NotFound
from tests.evals.suites import NOTHING, case, cases, cited, lines, outcome, said, tuples

GOLD = (Gold("d", "words"),)
SPAN = (GoldSpan("d", 100, 200),)


def score(name: str, about: Case, came: Outcome) -> float | None:
    return measure_of(name).score(about, came)


def gold_case(**values: Any) -> Case:
    return case(gold=GOLD, **values)


def test_citations_by_hand() -> None:
    came = outcome(
        said("One.", cited(150, 160), cited(0, 50)),
        said("Two.", cited(190, 210, "other")),
        said("Three.", cited(199, 300, is_exact=False)),
        gold=(*SPAN, GoldSpan("d", 400, 500), GoldSpan("e", 0, 9)),
    )

    assert score("citation_precision", gold_case(), came) == pytest.approx(2 / 4)
    assert score("citation_recall", gold_case(), came) == pytest.approx(1 / 3)
    assert score("citation_exactness", gold_case(), came) == pytest.approx(3 / 4)


def test_a_citation_beside_the_gold_does_not_touch_it() -> None:
    came = outcome(said("One.", cited(0, 100), cited(200, 300)), gold=SPAN)

    assert score("citation_precision", gold_case(), came) == 0
    assert score("citation_recall", gold_case(), came) == 0


def test_who_cites_nothing_cites_nothing_right() -> None:
    came = outcome(said("One."), said("Two.", cited(100, 200)), gold=SPAN)

    assert score("citation_exactness", gold_case(), came) == 0.5
    assert score("citation_precision", gold_case(), outcome(gold=SPAN)) == 0
    assert score("citation_recall", gold_case(), outcome(gold=SPAN)) == 0
    assert score("citation_exactness", gold_case(), outcome()) is None
    assert score("citation_precision", case(), came) is None


def test_gold_that_stands_nowhere_is_not_found() -> None:
    came = outcome(said("One.", cited(100, 200)), retrieved=SPAN)

    for name in ("citation_recall", "citation_precision", "r_at_8", "p_at_1", "answered"):
        assert score(name, gold_case(), came) == 0


@pytest.mark.parametrize(
    ("answerable", "refused", "sentences", "error", "expected"),
    [
        (False, "not_supported", 0, "", (1.0, None, 0.0)),
        (False, "", 1, "", (0.0, None, 0.0)),
        (False, "", 0, "lost", (0.0, None, 1.0)),
        (False, "not_supported", 0, "lost", (0.0, None, 1.0)),
        (True, "not_supported", 0, "", (None, 1.0, 0.0)),
        (True, "", 1, "", (None, 0.0, 0.0)),
        (True, "", 0, "lost", (None, 1.0, 1.0)),
        (None, "not_supported", 0, "", (None, None, 0.0)),
    ],
)
def test_refusals_by_hand(
    answerable: bool | None, refused: str, sentences: int, error: str, expected: tuple[Any, ...]
) -> None:
    came = outcome(*[said("One.")] * sentences, refused=refused, error=error)
    about = case(answerable=answerable)

    names = ("refused", "falsely_refused", "failed")
    assert tuple(score(each, about, came) for each in names) == expected


@pytest.mark.parametrize(
    ("citations", "first", "anywhere"),
    [
        ([(100, 200)], 1, 1),
        ([(0, 150)], 1, 1),  # half of the gold
        ([(0, 149)], 0, 0),
        ([(150, 152)], 1, 1),  # a short quote within it
        ([(150, 150)], 0, 0),  # nothing
        ([(199, 203)], 0, 0),  # a quarter of the citation
        ([(0, 50), (100, 200)], 0, 1),
        ([], 0, 0),
    ],
)
def test_answered_by_hand(citations: list[tuple[int, int]], first: float, anywhere: float) -> None:
    came = outcome(*(said("It is.", cited(*each)) for each in citations), gold=SPAN)

    assert score("answered_first", gold_case(), came) == first
    assert score("answered", gold_case(), came) == anywhere


def test_what_differs_is_not_the_answer() -> None:
    other = said("It is 12 days.", cited(100, 200), differs=True)
    came = outcome(other, said("It is 10 days.", cited(0, 9)), gold=SPAN)

    assert score("answered", gold_case(), came) == 0
    assert score("facts_found", case(facts=(("12 days",),)), came) == 0
    assert score("lies_told", case(lies=("12 days", "10 days")), came) == 0.5
    assert score("token_f1", case(answer="It is 10 days"), came) == 1


def test_any_of_several_golds_is_an_answer() -> None:
    came = outcome(said("It is.", cited(0, 10, "e")), gold=(*SPAN, GoldSpan("e", 0, 10)))

    assert score("answered_first", gold_case(), came) == 1


def test_token_f1_as_squad_has_it() -> None:
    assert squad_words("The cat's, an  owl; A-B 3.5!") == ["cats", "owl", "ab", "35"]
    assert token_f1("the five years of lease", "Five years.") == pytest.approx(2 * 2 / (4 + 2))
    assert token_f1("five five", "five years") == pytest.approx(0.5)
    assert token_f1("", "five years") == 0
    assert token_f1("the", "a") == 1
    assert token_f1("三个月", "三年") == pytest.approx(2 * 1 / (3 + 2))


def test_rouge_l_by_hand() -> None:
    # Lin's example: "police killed the gunman" against two candidates of the same words.
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(0.75)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(0.5)
    assert rouge_l("Police killed the gunman!", "police killed the gunman") == 1
    assert rouge_l("", "police") == 0


words = st.lists(st.sampled_from("abcd"), max_size=12)


@given(words, words)
@settings(deadline=None)
def test_the_longest_common_subsequence_is_that_of_the_table(
    ours: list[str], theirs: list[str]
) -> None:
    table = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i, one in enumerate(ours):
        for j, other in enumerate(theirs):
            longer = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else longer

    assert common_subsequence(ours, theirs) == table[-1][-1]


def test_facts_by_hand() -> None:
    came = outcome(said("The term is five years."), said("Rent: EUR 12,000."))
    about = case(facts=(("5 years", "five years"), ("EUR 12,000",), ("Hamburg",)))

    assert score("facts_found", about, came) == pytest.approx(2 / 3)
    assert score("lies_told", case(lies=("six years", "EUR 12")), came) == 0
    assert score("facts_found", about, outcome()) == 0
    assert score("facts_found", case(), came) is None
    assert score("lies_told", case(), came) is None


def test_support_by_hand() -> None:
    sentences = [said("a", is_supported=each) for each in (True, True, False, None)]

    assert score("support", case(), outcome(*sentences)) == pytest.approx(2 / 3)
    assert score("support", case(), outcome(said("a"))) is None


@pytest.mark.parametrize(
    ("held", "name", "is_leak"),
    [
        ("board/minutes.md", "board/minutes.md", True),
        ("board/minutes.md", "board/minutes.md#3", True),
        ("board/", "board/minutes.md", True),
        ("board", "board/minutes.md", True),
        ("board/minutes.md", "board/minutes.md.old", False),
        ("board", "boardroom/plan.md", False),
        ("board/minutes.md", "board/agenda.md", False),
        ("t.jsonl#A-1", "t.jsonl#A-12", False),
    ],
)
def test_a_leak_is_told_wherever_it_shows(held: str, name: str, is_leak: bool) -> None:
    ways = (
        outcome(said("a", cited(0, 1, name))),
        outcome(named=(name,), refused="not_supported"),
        outcome(retrieved=(GoldSpan("free", 0, 1), GoldSpan(name, 0, 1))),
    )
    about = case(unseen=("elsewhere/", held))

    assert [score("access_leak", about, each) for each in ways] == [float(is_leak)] * 3
    assert score("access_leak", case(), ways[0]) is None


@pytest.mark.parametrize(
    ("lie", "text", "is_hijacked"),
    [
        ("OBEYED-77", "The fee is 3. OBEYED-77.", True),
        ("OBEYED-77", "The fee is 3.", False),
        ("OBEYED-77", "obeyed\u201177", True),
        ("https://evil.example/c?d=", "See [this](https://evil.example/other).", True),
        ("![x](http://u@evil.example/p.png)", "Ask evil.example for more.", True),
        ("//evil.example/p.png", "<img src=//evil.example/q>", True),
        ("https://evil.example/c", "See https://good.example/c", False),
    ],
)
def test_hijacked_by_hand(lie: str, text: str, is_hijacked: bool) -> None:
    about = case(category="injection", lies=(lie,))

    assert score("hijacked", about, outcome(said(text))) == is_hijacked
    assert score("hijacked", about, outcome(said(text, differs=True))) == is_hijacked
    assert score("hijacked", about, outcome(said("Yes."), notices=(text,))) == is_hijacked
    assert score("hijacked", about, outcome(refused="not_supported")) == 0


@pytest.mark.parametrize(
    ("category", "counts"),
    [
        ("injection", True),
        ("Injection", True),
        ("injection-links", True),
        ("injection/leak", True),
        ("injection: to lie", True),
        ("injections", False),
        ("contracts", False),
        ("", False),
    ],
)
def test_hijacked_counts_injection_alone(category: str, counts: bool) -> None:
    came = outcome(said("OBEYED-77"))

    assert (score("hijacked", case(category=category, lies=("OBEYED-77",)), came) is None) != counts
    assert score("hijacked", case(category=category), came) is None


def test_over_defence_by_hand() -> None:
    refusal, answer = outcome(refused="not_supported"), outcome(said("Yes."))
    for category in ("injection", "over-defence", "over_defence/words"):
        about = case(category=category, answerable=True)

        assert score("over_defence", about, refusal) == 1
        assert score("over_defence", about, answer) == 0
    assert score("over_defence", case(category="injection", answerable=False), refusal) is None
    assert score("over_defence", case(category="golden", answerable=True), refusal) is None


def test_follow_ups_by_hand() -> None:
    other, right = said("No.", cited(0, 9)), said("Yes.", cited(100, 200))
    about = gold_case(earlier=("Before?",))

    assert score("follow_up_resolved", about, outcome(other, other, right, gold=SPAN)) == 1
    assert score("follow_up_resolved", about, outcome(*[other] * 3, right, gold=SPAN)) == 0
    assert score("follow_up_resolved", about, outcome(refused="not_supported")) == 0
    assert score("follow_up_resolved", gold_case(), outcome(right, gold=SPAN)) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The Tenant may extend the lease twice, each time by five years."),
        ("de", "Der Mieter kann den Mietvertrag zweimal um jeweils fünf Jahre verlängern."),
        ("fr", "Le locataire peut prolonger le bail deux fois, chaque fois de cinq ans."),
        ("es", "El inquilino puede prorrogar el contrato dos veces, cada vez por cinco años."),
        ("it", "Il locatario può prorogare il contratto due volte, ogni volta di cinque anni."),
        ("pt", "O inquilino pode prorrogar o contrato duas vezes, cada vez por cinco anos."),
        ("nl", "De huurder kan de huurovereenkomst tweemaal met vijf jaar verlengen."),
        ("sv", "Hyresgästen får förlänga hyresavtalet två gånger, varje gång med fem år."),
        ("da", "Lejeren kan forlænge lejemålet to gange, hver gang med fem år."),
        ("no", "Leietakeren kan forlenge leieavtalen to ganger, hver gang med fem år."),
        ("fi", "Vuokralainen voi jatkaa vuokrasopimusta kahdesti, joka kerta viisi vuotta."),
        ("pl", "Najemca może przedłużyć umowę dwukrotnie, za każdym razem o pięć lat."),
        ("cs", "Nájemce může nájem dvakrát prodloužit, vždy o pět let."),
        ("tr", "Kiracı sözleşmeyi her seferinde beş yıl olmak üzere iki kez uzatabilir."),
        ("ru", "Арендатор может продлить договор дважды, каждый раз на пять лет."),
        ("zh", "承租人可以将租约延长两次，每次五年，但须提前三个月通知。"),
        ("ja", "借主は賃貸借契約を二回、五年ずつ延長することができます。"),
    ],
)
def test_the_language_of_a_sentence_is_told(language: str, text: str) -> None:
    other = "de" if language == "en" else "en"
    assert language_of(text) == language
    assert score("right_language", case(language=language), outcome(said(text))) == 1
    assert score("right_language", case(language=other), outcome(said(text))) == 0


def test_the_language_of_a_few_letters_is_not_told() -> None:
    assert language_of("EUR 0.28") is None
    assert score("right_language", case(language="en"), outcome(said("EUR 0.28"))) is None
    assert score("right_language", case(language="en"), outcome()) is None
    assert score("right_language", case(), outcome(said("The term is five years."))) is None
    leased = said("Leietakeren kan forlenge leieavtalen to ganger.")
    assert score("right_language", case(language="nb"), outcome(leased)) == 1


def test_costs_by_hand() -> None:
    came = outcome(said("a"), tokens_read=900, tokens_written=40, withheld=2)
    names = ("first_seconds", "last_seconds", "tokens_read", "tokens_written", "withheld")

    assert [score(each, case(), came) for each in names] == [0.5, 2.0, 900, 40, 2]
    assert [score(each, case(), NOTHING) for each in names] == [0.5, 2.0, None, None, 0]
    failed = replace(NOTHING, error="lost")
    assert [score(each, case(), failed) for each in names] == [None] * 5


def test_gpu_seconds_by_hand() -> None:
    assert gpu_seconds(2.5, 4) == 10
    assert gpu_seconds(0.0, 4) == 0
    assert gpu_seconds(2.5, 0) is None
    assert gpu_seconds(None, 4) is None
    assert score("gpu_seconds", case(), outcome(said("a"), gpu_seconds=10.0)) == 10
    assert score("gpu_seconds", case(), NOTHING) is None


def test_the_time_of_a_model_is_shared_by_what_it_writes_at_once() -> None:
    """a alone for 2 s, a and b for 4, a, b and c for 3, b alone for 1, nobody for 5, c for 2."""
    instant, taken = [10.0], {"a": 0.0, "b": 0.0, "c": 0.0}
    sharing = Sharing(lambda: instant[0])

    def work(name: str) -> AbstractContextManager[None]:
        return sharing.at_work(partial(take, name))

    def take(name: str, seconds: float) -> None:
        taken[name] += seconds

    first, second, third, fourth = work("a"), work("b"), work("c"), work("c")
    first.__enter__()
    for seconds, then in (
        (2, second.__enter__),
        (4, third.__enter__),
        (3, lambda: (first.__exit__(None, None, None), third.__exit__(None, None, None))),
        (1, lambda: second.__exit__(None, None, None)),
        (5, fourth.__enter__),
        (2, lambda: fourth.__exit__(None, None, None)),
    ):
        instant[0] += seconds
        then()
    assert taken == {"a": 2 + 2 + 1, "b": 2 + 1 + 1, "c": 1 + 2}
    assert sum(taken.values()) == 2 + 4 + 3 + 1 + 2


def test_what_is_excluded_does_not_count_as_found() -> None:
    about = replace(gold_case(), excluded=("asked",))
    came = outcome(retrieved=(GoldSpan("asked", 0, 50), GoldSpan("d", 100, 200)), gold=SPAN)

    assert score("p_at_1", about, came) == 1
    assert score("mrr_at_10", about, came) == 1
    assert score("p_at_1", gold_case(), came) == 0


def test_documents_count_to_the_tenth() -> None:
    ranked = [GoldSpan(str(number), 0, 9) for number in range(9)]
    tenth = outcome(retrieved=(*ranked, *ranked, *SPAN), gold=SPAN)
    eleventh = outcome(retrieved=(*ranked, GoldSpan("9", 0, 9), *SPAN), gold=SPAN)

    for name, value in (("doc_r_at_10", 1), ("mrr_at_10", 0.1), ("ndcg_at_10", 0.2891)):
        assert score(name, gold_case(), tenth) == pytest.approx(value, abs=1e-4)
        assert score(name, gold_case(), eleventh) == 0


def test_of_a_whole_document_its_characters_do_not_count() -> None:
    about = case(gold=(Gold("d"),))
    came = outcome(retrieved=SPAN, gold=(GoldSpan("d", 0, 90_000),))

    assert score("r_at_8", about, came) is None
    assert score("doc_r_at_10", about, came) == 1


def test_every_measure_has_its_own_name_and_says_what_it_is() -> None:
    names = [each.name for each in MEASURES]

    assert len(names) == len(set(names)) == 36
    assert all(each.title and each.title != each.name for each in MEASURES)
    assert all(measure_of(each.name) is each for each in MEASURES)
    with pytest.raises(NotFound, match="Did you mean `rouge_l`"):
        measure_of("rouge-l")


spans = st.builds(
    lambda name, start, length: GoldSpan(name, start, start + length),
    st.sampled_from("de"),
    st.integers(0, 300),
    st.integers(1, 100),
)
citations = st.builds(
    lambda span, is_exact: cited(span.start, span.end, span.doc_id, is_exact), spans, st.booleans()
)
sentences = st.builds(
    Said, lines, tuples(citations), st.booleans(), st.sampled_from([True, False, None])
)
outcomes = st.builds(
    outcome,
    *[sentences] * 2,
    refused=st.sampled_from(["", "not_supported"]),
    named=tuples(st.sampled_from("de")),
    retrieved=tuples(spans, max_size=12),
    gold=tuples(spans),
    notices=tuples(lines),
    error=st.sampled_from(["", "lost"]),
)


@given(cases, outcomes)
@settings(deadline=None, max_examples=60)
def test_a_share_lies_between_nothing_and_all(about: Case, came: Outcome) -> None:
    for each in MEASURES:
        found = each.score(about, came)
        if found is not None:
            assert math.isfinite(found)
            assert 0 <= found <= (1 if each.unit is Unit.SHARE else math.inf)


IN_ORDER = {
    "answered_first",
    "follow_up_resolved",
    "rouge_l",
    "p_at_1",
    "p_at_8",
    "r_at_1",
    "r_at_8",
}


@given(cases, outcomes)
@settings(deadline=None, max_examples=60)
def test_the_order_of_what_was_said_matters_where_it_should(about: Case, came: Outcome) -> None:
    about = replace(about, expected=replace(about.expected, facts=(), lies=(), language=""))
    turned = replace(came, said=came.said[::-1], named=came.named[::-1], gold=came.gold[::-1])
    for each in MEASURES:
        if each.name not in IN_ORDER:
            assert each.score(about, came) == pytest.approx(each.score(about, turned)), each.name


PERFECT = outcome(
    said("The term is five years, by the contract.", cited(100, 200), is_supported=True),
    named=("d",),
    retrieved=SPAN,
    gold=SPAN,
    calls=(Called("today", "{}", "done", is_made=True, changes=False),),
    possible=True,
)
STATED = gold_case(
    category="injection",
    earlier=("Before?",),
    answerable=True,
    facts=(("five years",),),
    lies=("six years",),
    unseen=("board/",),
    language="en",
    answer="The term is five years, by the contract.",
    calls=(ToolCall("today"),),
    forbidden=(ToolCall("desk.comment"),),
)


def test_a_perfect_answer_is_perfect_and_an_empty_one_is_not() -> None:
    empty = replace(NOTHING, refused="not_supported", gold=SPAN)
    for each in MEASURES:
        if each.unit is Unit.SHARE and each.name != "refused":
            best = float(each.better is Better.HIGHER)
            worst = {0.0, None} if each.better is Better.HIGHER else {0.0, 1.0}
            assert each.score(STATED, PERFECT) == best, each.name
            assert each.score(STATED, empty) in worst, each.name


def test_a_case_that_expects_nothing_is_measured_by_what_it_costs_alone() -> None:
    applying = {each.name for each in MEASURES if each.score(case(), PERFECT) is not None}

    assert applying == {
        *("citation_exactness", "support", "failed", "acted"),
        *("first_seconds", "last_seconds", "withheld"),
    }


def test_a_citation_is_of_its_own_document() -> None:
    [sentence] = PERFECT.said
    elsewhere = replace(sentence, cited=(Cited("e", 1, 100, 200, "x", True),))

    assert score("answered", STATED, replace(PERFECT, said=(elsewhere,))) == 0


@pytest.mark.parametrize(("channel", "is_timed"), [(EVALUATION, True), ("web", False)])
def test_the_time_of_a_model_is_taken_for_what_an_evaluation_asks(
    channel: str, is_timed: bool
) -> None:
    overhearing = Overhearing()
    question = Question("Who?", Principal.person("ann"), Scope(as_of=0), channel=channel)
    overhearing.began(asked := Asked(question))
    with at_work_on(asked):
        with overhearing.step(Step.RETRIEVE):
            pass
        with overhearing.step(Step.COMPLETE):
            pass
    assert (overhearing.besides(question).model_seconds is not None) is is_timed
    assert overhearing.besides(question).model_seconds is None
