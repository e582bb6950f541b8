"""Reports: what they say, what they keep to themselves, and that nothing in them can run."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing.paired import compare
from evals.measures.every import MEASURES
from evals.measures.measure import Unit
from evals.outcome import Called, Cited, Outcome, Said
from evals.reports import compared, html
from evals.reports.cases import seen
from evals.reports.charts import histogram_of, scale_of, trend_of
from evals.reports.compared import Turn, compared_of
from evals.reports.figures import heats_of
from evals.reports.rendering import PAPER, between, change, lasted, span, value, whole
from evals.reports.report import report_of
from evals.reports.wording import measure_called, titled
from evals.reports.wrong import UNASKED, cause_of, wrongs_of
from evals.running.result import Figure, Row, Run
from evals.sets import GoldSpan
from evals.suites.case import Case, Expected, Gold, ToolCall
from tests.assistant.hostile_words import XSS
from tests.assistant.http_client import read
from tests.evals import made_run
from tests.evals.made_run import run_of, said, scored

GOLD = "The Tenant may extend the lease twice."


class Balanced(HTMLParser):
    """Fails where an element is closed that was not opened, or left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "col", "link", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, tag


def case(**expected: object) -> Case:
    return Case("c-1", "May we extend it?", "ann", expected=Expected(**expected))  # type: ignore[arg-type]


def outcome(*sentences: Said, **more: object) -> Outcome:
    values = {
        "case": "c-1",
        "refused": "",
        "mode": "quotes",
        "said": sentences,
        "named": (),
        "retrieved": (),
        "gold": (),
        "notices": (),
        "looked_for": "",
        "withheld": 0,
        "first_seconds": 0.1,
        "seconds": 0.2,
    }
    return Outcome(**(values | more))  # type: ignore[arg-type]


def reasons(row: Row) -> list[str]:
    return [each.name for each in wrongs_of(row)]


def test_an_answer_where_a_refusal_was_expected_is_wrong_and_so_is_the_reverse() -> None:
    shown = outcome(said("d", 0, GOLD))
    refused = outcome(refused="not_supported")
    assert reasons(scored(case(answerable=False), shown)) == ["refused"]
    assert reasons(scored(case(answerable=False), refused)) == []
    assert reasons(scored(case(answerable=True), refused)) == ["falsely_refused"]
    assert reasons(scored(case(answerable=True), shown)) == []


def test_what_harms_people_is_told_first() -> None:
    asked = case(answerable=False, unseen=("board/secret.md",))
    row = scored(asked, outcome(said("board/secret.md", 0, "The plan.")))
    assert reasons(row) == ["access_leak", "refused"]


def test_calls_are_shown_with_what_became_of_them() -> None:
    look, comment = ToolCall("desk.look_up", {"key": "OPS-7"}), ToolCall("desk.comment")
    calls = (
        Called("desk.look_up", '{"key":"OPS-7"}', "waiting", is_made=False, changes=False),
        Called("desk.comment", '{"text":"<b>"}', "done", is_made=True, changes=True),
        Called("", "", "denied", is_made=False, changes=False),
    )
    asked = case(calls=(look, ToolCall("today")), forbidden=(comment,))
    row = scored(asked, outcome(calls=calls, possible=True))

    one = seen(row)
    assert [each.fate for each in one.calls] == ["waiting", "not called"]
    assert [each.fate for each in one.forbidden] == ["made"]
    assert [(each.text, each.fate) for each in one.called][2] == ("no tool", "denied")
    assert one.expected == "That tools are called."
    assert "Nobody answered it" in one.came
    assert reasons(row) == ["acted", "tools_called"]
    page = html.page_of(run_of([row]), [row])
    assert "Must not be called:" in page
    assert "{&#34;text&#34;:&#34;&lt;b&gt;&#34;}" in page
    quiet = scored(asked, outcome())
    assert [each.fate for each in seen(quiet).calls] == ["no tools were there to be called"] * 2


def test_a_case_that_could_not_be_asked_is_wrong_by_that() -> None:
    row = scored(case(answerable=True), outcome(error="The index was busy.", seconds=0.0))
    [wrong] = wrongs_of(row)
    assert wrong.text == "The index was busy."


def test_the_cause_says_where_the_passage_was_lost() -> None:
    gold = GoldSpan("d", 0, len(GOLD))
    elsewhere = [GoldSpan("e", at, at + 9) for at in range(0, 200, 10)]
    asked = case(answerable=True, gold=(Gold("d", GOLD),))

    def cause(*retrieved: GoldSpan) -> str:
        refused = outcome(refused="not_supported", gold=(gold,), retrieved=retrieved)
        return cause_of(scored(asked, refused))

    assert "look at the search" in cause(*elsewhere)
    assert "look at the ranking" in cause(*elsewhere, gold)
    assert "look at the answering" in cause(gold, *elsewhere)


def test_the_words_that_were_expected_are_lit_and_no_others() -> None:
    words = f"As agreed: {GOLD} Or not."
    row = scored(
        case(answerable=True, gold=(Gold("d", GOLD),)),
        outcome(said("d", 100, words), gold=(GoldSpan("d", 111, 111 + len(GOLD)),)),
    )
    [shown] = seen(row).shown
    [quote] = shown.quotes
    assert "".join(each.text for each in quote.runs) == words
    assert [each.text for each in quote.runs if each.is_lit] == [GOLD]


@given(
    st.text(max_size=40),
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60)), max_size=4),
)
def test_lighting_words_loses_and_doubles_none(
    words: str, start: int, golds: list[tuple[int, int]]
) -> None:
    spans = tuple(GoldSpan("d", first, first + length) for first, length in golds)
    cited = Cited("d", 1, start, start + len(words), words, is_exact=True)
    row = scored(case(), outcome(Said(words, (cited,)), gold=spans))
    [quote] = seen(row).shown[0].quotes
    assert "".join(each.text for each in quote.runs) == words
    lit = sum(len(each.text) for each in quote.runs if each.is_lit)
    inside = {at for one in spans for at in range(one.start, one.end)}
    assert lit == len(inside & set(range(start, start + len(words))))


def test_what_was_said_of_what_must_and_must_not_be_is_told() -> None:
    asked = case(facts=(("ten days", "10 days"), ("in May",)), lies=("never", "twice"))
    one = seen(scored(asked, outcome(said("d", 0, GOLD), said("d", 50, "Within 10 days."))))
    assert [(each.text, each.was_said) for each in one.facts] == [
        ("ten days or 10 days", True),
        ("in May", False),
    ]
    assert [(each.text, each.was_said) for each in one.lies] == [("never", False), ("twice", True)]


def test_what_is_refused_is_not_blamed_for_its_facts_besides() -> None:
    asked = case(answerable=True, facts=(("ten days",),))
    assert reasons(scored(asked, outcome(refused="not_supported"))) == ["falsely_refused"]
    assert reasons(scored(asked, outcome(said("d", 0, GOLD)))) == ["facts_found"]


def test_what_became_of_an_expected_passage_is_told() -> None:
    gold = GoldSpan("d", 0, len(GOLD))
    asked = case(gold=(Gold("d", GOLD),))
    away = GoldSpan("e", 0, 9)
    fates = [
        seen(scored(asked, each)).wanted[0].fate
        for each in (
            outcome(said("d", 0, GOLD), gold=(gold,)),
            outcome(gold=(gold,), retrieved=(away, gold)),
            outcome(gold=(gold,), retrieved=(away,)),
        )
    ]
    assert fates == ["shown", "found at place 2, not shown", "not found"]


def test_every_case_is_counted_once() -> None:
    rows = made_run.rows(skill=0.5)
    report = report_of(run_of(rows), rows)
    counts = report.counts
    assert counts.right + counts.wrong == counts.judged == len(rows)
    assert len(report.wrong) == counts.wrong == sum(bool(wrongs_of(row)) for row in rows)
    assert len(report.right) == counts.right
    gravities = [one.gravity for one in report.wrong]
    assert gravities == sorted(gravities, reverse=True)


def test_of_cases_that_may_not_be_seen_there_are_only_figures() -> None:
    rows = made_run.rows(skill=0.5)
    rows[3] = replace(rows[3], outcome=replace(rows[3].outcome, error="Not in canary-doc.pdf"))
    hidden = rows[3].case
    gate = (f"2 cases could not be asked or judged: {hidden.id}, {rows[5].case.id}",)
    run = run_of(rows, gate=gate)
    page = html.page_of(run, rows, may_see=lambda row: row.case.id != hidden.id)
    whole_page = html.page_of(run, rows)
    for text in (hidden.id, hidden.question, "canary-doc.pdf"):
        assert text in read(whole_page).text
        assert text not in read(page).text
    assert UNASKED in read(page).text
    report = report_of(run, rows, may_see=lambda row: False)
    assert not report.wrong
    assert not report.right
    assert report.counts.wrong == report_of(run, rows).counts.wrong
    assert len(report.counts.hidden_ids) == len(rows)


def test_the_report_names_every_figure_in_words_with_its_interval() -> None:
    rows = made_run.rows()
    run = run_of(rows)
    text = read(html.page_of(run, rows, made_run.earlier())).text
    for figure in run.figures:
        measure = measure_called(figure.name)
        assert titled(measure) in text
        assert value(figure.mean, measure.unit) in text
        assert span(figure.low, figure.high, measure.unit) in text
    assert "95 % interval" in text
    for category in run.categories:
        assert category in text


def test_every_measure_has_a_plain_title_of_its_own() -> None:
    titles = [titled(each) for each in MEASURES]
    assert len(set(titles)) == len(MEASURES)
    assert all(titled(each) != each.title for each in MEASURES)


def test_a_measure_that_is_no_more_is_still_shown() -> None:
    rows = made_run.rows()[:3]
    run = replace(run_of(rows), figures=(Figure("gone_measure", 0.5, 0.4, 0.6, 3),))
    assert "gone_measure" in html.page_of(run, rows)


def test_a_report_of_nothing_says_so() -> None:
    run = run_of([])
    assert "Nothing was measured" in html.page_of(run, [])


def test_every_chart_has_a_table_with_the_same_figures() -> None:
    rows = made_run.rows()
    page = html.page_of(run_of(rows), rows, made_run.earlier())
    figures = page.split("<figure")[1:]
    assert len(figures) > 6
    for each in figures:
        assert "<figcaption>" in each
        assert 'role="img" aria-label=' in each
        assert "<table>" in each.split("</figure>")[0]


def test_only_runs_of_the_same_suite_and_configuration_are_in_a_trend() -> None:
    rows = made_run.rows()
    run = run_of(rows)
    earlier = made_run.earlier(3)
    other = replace(earlier[0], stamp=replace(earlier[0].stamp, suite="other"))
    swept = replace(earlier[1], stamp=replace(earlier[1].stamp, configuration="no-titles"))
    later = replace(earlier[2], id="99990101T000000Z-later")
    report = report_of(run, rows, [later, swept, *earlier, other])
    for trend in report.trends:
        assert [point.run.id for point in trend.points] == [*(e.id for e in earlier), run.id]


@cache
def pages() -> dict[str, str]:
    rows, others = made_run.rows(), made_run.rows(seed=9)
    run, other = run_of(rows), run_of(others, day=1)
    return {
        "report": html.page_of(run, rows, made_run.earlier()),
        "comparison": compared.page_of(compare(rows, others), run, other, Kept(run, rows, others)),
    }


class Kept:
    """Two runs' rows."""

    def __init__(self, first: Run, rows: list[Row], others: list[Row]) -> None:
        self._first, self._rows, self._others = first, rows, others

    def rows(self, run_id: str) -> object:
        return iter(self._rows if run_id == self._first.id else self._others)


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_a_report_is_one_well_formed_file_that_loads_and_runs_nothing(name: str) -> None:
    page = pages()[name]
    balanced = Balanced()
    balanced.feed(page)
    assert balanced.open == []
    elements = read(page).elements
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in elements}
    for _, attributes in elements:
        assert not {"style", "src", "srcset"} & attributes.keys()
        assert attributes.get("href", "#").startswith("#")  # type: ignore[union-attr]
    assert "url(" not in page
    assert "@import" not in page
    [policy] = [each["content"] for _, each in elements if "http-equiv" in each]
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")


def test_ids_in_a_report_are_unique_and_what_they_label_is_there() -> None:
    for page in pages().values():
        elements = [attributes for _, attributes in read(page).elements]
        ids = [each["id"] for each in elements if "id" in each]
        assert len(ids) == len(set(ids))
        for each in elements:
            if "aria-labelledby" in each:
                assert each["aria-labelledby"] in ids
            if (each.get("href") or "").startswith("#"):
                assert (each["href"] or "")[1:] in ids


def hostile(payload: str) -> Row:
    """Return a row that says the payload wherever a row can say anything."""
    expected = Expected(
        answerable=False,
        gold=(Gold(payload, payload),),
        facts=((payload, payload),),
        lies=(payload,),
        unseen=(payload,),
        language=payload,
        answer=payload,
    )
    asked = Case(
        id=payload,
        question=payload,
        person=payload,
        earlier=(payload,),
        as_of=payload,
        category=payload,
        kinds=(payload,),
        expected=expected,
        note=payload,
    )
    shown = said(payload, 0, payload, text=f"Other {payload}", is_exact=False)
    came = outcome(
        replace(shown, is_supported=False, differs=True),
        named=(payload,),
        notices=(payload,),
        looked_for=payload,
        model=payload,
        error=payload,
        retrieved=(GoldSpan(payload, 0, 5),),
        gold=(GoldSpan(payload, 0, 3),),
    )
    return Row(asked, came, {"refused": 0.0, "support": 0.0})


def hostile_run(rows: list[Row], payload: str) -> Run:
    stamp = replace(
        made_run.STAMP,
        suite=payload,
        configuration=payload,
        model=payload,
        embedder=payload,
        library=payload,
        code=payload,
    )
    named = {payload: run_of(rows).figures, "other": run_of(rows).figures}
    more = {"title": payload, "corpus": payload, "gate": (payload,), "categories": named}
    return run_of(rows, stamp=stamp, **more)


def shape(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page with the names of their attributes."""
    return [(tag, tuple(attributes)) for tag, attributes in read(page).elements]


@pytest.mark.parametrize("payload", XSS)
def test_hostile_words_are_words_in_a_report(payload: str) -> None:
    def made(word: str) -> list[str]:
        rows = [hostile(word)]
        others = [replace(hostile(word), scores={"refused": 1.0})]
        first, second = hostile_run(rows, word), hostile_run(others, word)
        second = replace(second, id=first.id + "2")
        differing = compared.page_of(
            compare(rows, others),
            first,
            second,
            Kept(first, rows, others),  # type: ignore[arg-type]
        )
        return [html.page_of(first, rows, [first]), differing]

    for page, harmless in zip(made(payload), made("words and words"), strict=True):
        assert shape(page) == shape(harmless)
        assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\x1b]", page)


def test_a_comparison_shows_which_questions_came_out_otherwise() -> None:
    before, after = made_run.rows(seed=3, skill=0.5), made_run.rows(seed=4, skill=0.8)
    runs = run_of(before), run_of(after, day=1)
    found = compared_of(compare(before, after), runs, (before, after))
    was = {row.case.id: {each.name for each in wrongs_of(row)} for row in before}
    now = {row.case.id: {each.name for each in wrongs_of(row)} for row in after}
    changed = {name for name in was if was[name] != now[name]}
    assert {each.second.row.case.id for each in found.pairs} == changed
    assert sum(found.turns.values()) == len(changed)
    for pair in found.pairs:
        name = pair.second.row.case.id
        expected = (
            Turn.OTHER if was[name] and now[name] else Turn.WORSE if now[name] else Turn.BETTER
        )
        assert pair.turn is expected
    turns = [list(Turn).index(each.turn) for each in found.pairs]
    assert turns == sorted(turns)


def test_of_pairs_that_may_not_be_seen_only_their_number_is_told() -> None:
    before, after = made_run.rows(seed=3, skill=0.5), made_run.rows(seed=4, skill=0.8)
    runs = run_of(before), run_of(after, day=1)
    found = compared_of(
        compare(before, after), runs, (before, after), may_see=lambda one, other: False
    )
    assert found.pairs == []
    assert found.hidden == sum(found.turns.values()) > 0


def test_cases_asked_another_way_are_not_compared() -> None:
    before = made_run.rows(skill=0.0)[:5]
    after = [replace(row, case=replace(row.case, question="Another?")) for row in before]
    runs = run_of(before), run_of(after, day=1)
    found = compared_of(compare(before, after), runs, (before, after))
    assert not any(found.turns.values())


@given(st.lists(st.floats(0, 60), min_size=1, max_size=50))
def test_a_histogram_counts_every_case_once(seconds: list[float]) -> None:
    chart = histogram_of(measure_called("first_seconds"), seconds)
    assert sum(bar.count for bar in chart.bars) == len(seconds) == chart.n
    for bar in chart.bars:
        assert 0 <= bar.x <= 100
        assert 0 <= bar.y <= chart.height
        assert bar.y + bar.tall == pytest.approx(chart.height, abs=0.11)
    assert len({bar.range for bar in chart.bars}) >= 1


@given(st.lists(st.floats(0, 1e6), max_size=8), st.sampled_from(Unit))
def test_a_scale_holds_what_it_shows(numbers: list[float], unit: Unit) -> None:
    scale = scale_of(numbers, unit)
    assert [tick.at for tick in scale.ticks] == sorted(tick.at for tick in scale.ticks)
    assert scale.ticks[0].at == 0
    assert scale.ticks[-1].at == 100
    if unit is not Unit.SHARE:
        assert all(number <= scale.top * (1 + 1e-9) for number in numbers)


def test_a_trend_marks_runs_of_other_cases() -> None:
    runs = made_run.earlier(4)
    points = trend_of(measure_called("answered"), runs).points
    assert [each.is_other_suite for each in points] == [True, True, False, False]
    assert all(each.high <= each.y <= each.low for each in points)


def test_the_heat_map_shades_by_how_far_the_best_is() -> None:
    def figures(refused: float, falsely: float) -> tuple[Figure, ...]:
        return (Figure("refused", refused, 0, 1, 9), Figure("falsely_refused", falsely, 0, 1, 9))

    run = replace(run_of([]), categories={"good": figures(1, 0), "bad": figures(0.2, 0.9)})
    [heat] = heats_of(run)
    assert heat.categories == ("good", "bad")
    assert [[cell.shade for cell in row.cells] for row in heat.rows] == [[4, 0], [4, 0]]


def test_many_categories_are_cut_into_maps_of_like_size() -> None:
    figure = (Figure("refused", 1, 0, 1, 9),)
    run = replace(run_of([]), categories={f"c{at}": figure for at in range(9)})
    assert [len(each.categories) for each in heats_of(run)] == [5, 4]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (value(0.8333, Unit.SHARE), "83.3 %"),
        (value(1, Unit.SHARE), "100 %"),
        (value(0.12, Unit.SECONDS), "120 ms"),
        (value(1.5, Unit.SECONDS), "1.50 s"),
        (value(1024, Unit.TOKENS), "1,024"),
        (span(0.25, 0.5, Unit.SHARE), "25 to 50 %"),
        (span(0.9, 1.2, Unit.SECONDS), "900 ms to 1.20 s"),
        (span(1, 2, Unit.COUNT), "1 to 2"),
        (span(1, 1, Unit.SHARE), "all alike"),
        (span(0.9999, 1, Unit.SHARE), "100 %"),
        (change(0.05, Unit.SHARE), "+5 points"),
        (change(-0.05, Unit.SHARE), "\u22125 points"),
        (change(0, Unit.SHARE), "no change"),
        (between(-0.02, 0.05, Unit.SHARE), "\u22122 to +5 points"),
        (between(-0.02, 0, Unit.SHARE), "\u22122 points to 0"),
        (whole(0.999), "over 99 %"),
        (whole(0.001), "under 1 %"),
        (whole(1.0), "100 %"),
        (lasted(1), "1 second"),
        (lasted(150), "2 minutes 30 s"),
    ],
)
def test_figures_are_written_as_people_read_them(told: str, text: str) -> None:
    assert told == text


def test_every_token_of_a_report_is_one_of_the_web_pages_in_light_and_dark() -> None:
    rows = made_run.rows()[:3]
    text = html.page_of(run_of(rows), rows, ()).split("<style>")[1].partition("</style>")[0]
    assert set(re.findall(r"var\((--[a-z0-9-]+)", text)) <= set(
        re.findall(r"(--[a-z0-9-]+):", text)
    )
    dark = "".join(text.split("@media (prefers-color-scheme: dark) {")[1:])
    for name in ("--paper", "--ink", "--soft", "--lit", "--alarm-ink", "--calm", "--ev-dot"):
        assert f"{name}: " in dark, name
    assert "--paper" not in PAPER.read_text().replace("var(--paper)", "")
