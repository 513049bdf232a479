"""Tables that people open in a spreadsheet: what a stranger typed stays text there, and codes keep their zeros."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.render.sheets import Table, Value, csv_lines, xlsx

MADE = datetime(2026, 11, 20, 8, tzinfo=UTC)
ATTACKS = [
    '=HYPERLINK("https://evil.example","invoice")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "  =1+1",
    "＝1+1",
]


def opened(*tables: Table, title: str = "form") -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx(tables, title=title, created=MADE)))


def cell(value: Value) -> Any:
    return opened(Table("t", ["h"], [[value]])).active["A2"]


def read_csv(table: Table) -> list[list[str]]:
    text = b"".join(csv_lines(table)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", ATTACKS)
def test_what_looks_like_a_formula_is_text_in_a_workbook_and_stays_text_when_edited(text: str) -> None:
    found = cell(text)
    assert (found.value, found.data_type, found.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_looks_like_a_formula_gets_an_apostrophe_in_csv(text: str) -> None:
    assert read_csv(Table("t", ["h"], [[text]]))[1] == [f"'{text}"]


def test_a_negative_number_of_ours_is_no_formula() -> None:
    assert read_csv(Table("t", ["h"], [[Decimal("-2.50")]]))[1] == ["-2.5"]


@pytest.mark.parametrize("code", ["09520000000011", "000", "1E5", "#N/A", "TRUE", "2026-11-20"])
def test_a_code_keeps_its_zeros_and_is_never_taken_for_a_number_a_date_or_an_error(code: str) -> None:
    found = cell(code)
    assert (found.value, found.data_type, found.number_format) == (code, "s", "@")
    assert read_csv(Table("t", ["h"], [[code]]))[1] == [code]


def test_amounts_are_numbers_and_days_are_days() -> None:
    assert (cell(Decimal("12.50")).value, cell(Decimal("12.50")).data_type) == (12.5, "n")
    day = cell(date(2026, 11, 20))
    assert (day.value.date(), day.number_format) == (date(2026, 11, 20), "yyyy-mm-dd")
    assert cell(None).value is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("123456789012345678.5"), "123456789012345678.5"),
        (date(1066, 10, 14), "1066-10-14"),
        (2**60 + 1, str(2**60 + 1)),
    ],
)
def test_what_a_spreadsheet_would_change_is_written_as_text(value: Value, text: str) -> None:
    assert (cell(value).value, cell(value).data_type) == (text, "s")


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=50)
)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    found = cell(text)
    assert (found.value or "", found.data_type) == (text, "s" if text else found.data_type)


@given(st.text(max_size=20))
def test_no_text_whatever_breaks_a_workbook(text: str) -> None:
    """A control character from a stranger's document must not cost an inspector his file."""
    assert cell(text + "!").value.endswith("!")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_every_line_of_csv_has_every_cell_whatever_is_in_it(texts: list[str]) -> None:
    rows = read_csv(Table("t", ["h"] * len(texts), [texts]))
    assert [len(row) for row in rows] == [len(texts)] * 2


def test_excel_is_told_that_csv_is_utf_8() -> None:
    assert (
        b"".join(csv_lines(Table("t", ["名称"], [["苹果"]]))) == b"\xef\xbb\xbf" + "名称\r\n苹果\r\n".encode()
    )


def test_a_sheet_is_ready_to_read_and_to_print() -> None:
    sheet = opened(Table("进货", ["名称", "数量"], [["苹果" * 40, Decimal(3)]]), title="a & b").active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B2"
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.oddHeader.center.text == "a && b"


def test_an_inspector_reads_a_printed_ledger_without_a_glass() -> None:
    """A4; what is long goes on in a next line and its row is as high; what is wide on a second page beside it."""
    wide = opened(
        Table("t", ["供货者统一社会信用代码"] * 20, [["示例县示例镇示例路一二三号" * 2] * 20])
    ).active
    assert wide.page_setup.paperSize == 9
    assert all(one.width <= 24 for one in wide.column_dimensions.values())
    assert (wide.page_setup.fitToWidth, wide.page_setup.fitToHeight) == (3, 0)
    assert wide.print_title_cols == "$A:$B"
    assert wide["A2"].alignment.wrap_text
    assert (wide.row_dimensions[1].height, wide.row_dimensions[2].height) == (16, 48)
    broken = opened(Table("t", ["相关凭证"], [["送货单 https://example.org/d/DX6TFEW8T6M"]])).active
    assert broken.row_dimensions[2].height == 48  # the number does not begin beside the word
    small = opened(Table("t", ["名称"], [["苹果"]])).active
    assert (small.page_setup.fitToWidth, small.print_title_cols) == (1, None)


def test_an_empty_table_says_so_under_its_headings() -> None:
    table = Table("t", ["名称", "数量"], [], empty="没有记录")
    assert [[one.value for one in row] for row in opened(table).active] == [
        ["名称", "数量"],
        ["没有记录", None],
    ]
    assert read_csv(table) == [["名称", "数量"], ["没有记录"]]
    assert opened(table).active.auto_filter.ref is None


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["进货: 2026/11"], ["进货  2026 11"]),
        (["a", "A"], ["a", "A 2"]),
        (["'", "x" * 40, "x" * 40], ["1", "x" * 31, "x" * 27 + " 2"]),
    ],
)
def test_a_sheet_gets_a_name_that_excel_takes(names: list[str], made: list[str]) -> None:
    assert opened(*(Table(name, ["h"], [["v"]]) for name in names)).sheetnames == made
