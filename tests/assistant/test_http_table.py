"""Rows that name their columns become a table; nothing of them is lost."""

from __future__ import annotations

from assistant.http.table import Run, table


def row(text: str, lit: str = "") -> list[Run]:
    before, middle, after = text.partition(lit) if lit else (text, "", "")
    return [Run(each, each == lit) for each in (before, middle, after) if each]


def words(cells: tuple[tuple[Run, ...], ...]) -> list[str]:
    return ["".join(run.text for run in cell) for cell in cells]


def test_names_become_the_head_of_the_columns() -> None:
    shown = table([row("City: Oslo; Night: 190"), row("City: Rome; Night: 170")])
    assert shown.names == ("City", "Night")
    assert [words(each) for each in shown.rows] == [["Oslo", "190"], ["Rome", "170"]]


def test_a_row_without_a_column_gets_an_empty_cell() -> None:
    shown = table([row("City: Oslo; Night: 190"), row("Night: 170")])
    assert words(shown.rows[1]) == ["", "170"]


def test_rows_that_do_not_name_their_columns_are_cut_only() -> None:
    assert table([row("Oslo | 190")]).names == ()
    assert [words(each) for each in table([row("Oslo | 190\tx")]).rows] == [["Oslo", "190", "x"]]


def test_a_column_named_twice_keeps_both_cells() -> None:
    assert words(table([row("Phone: 1; Phone: 2")]).rows[0]) == ["Phone: 1", "Phone: 2"]


def test_a_semicolon_inside_a_value_cuts_nothing() -> None:
    assert words(table([row("Note: early; late or never")]).rows[0]) == ["early; late or never"]


def test_cited_words_across_cells_stay_marked_in_each() -> None:
    shown = table([row("City: Oslo; Night: 190; Season: all", "Oslo; Night: 19")])
    assert shown.rows[0] == (
        (Run("Oslo", True),),
        (Run("19", True), Run("0", False)),
        (Run("all", False),),
    )


def test_a_cited_name_stays_where_it_can_be_marked() -> None:
    shown = table([row("City: Oslo; Night: 190", "Night")])
    assert shown.names == ()
    assert words(shown.rows[0]) == ["City: Oslo", "Night: 190"]
