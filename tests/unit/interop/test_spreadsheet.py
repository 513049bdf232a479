"""Ledgers from spreadsheets: nothing is lost, nothing is guessed, and no file brings the service down."""

from __future__ import annotations

import doctest
import io
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.interop.books import book_of, csv_of, parts_of, repacked
from trace.domain.commands import Outside, Paper
from trace.domain.refusals import Refusal
from trace.domain.units import AmountMalformed, AmountNotPositive
from trace.identifiers import InvalidIdentifier, check_digit
from trace.interop import spreadsheet
from trace.interop.cells import EPOCH_1900, EPOCH_1904, Cell, Kind, Limits, serial_day
from trace.interop.ledger_cells import CellReader, CellWrong, Shelf
from trace.interop.ledger_headings import LedgerKind
from trace.interop.ledger_rows import LedgerFile, Line, read_ledger
from trace.interop.sheet_errors import (
    HeadingsMissing,
    SheetDamaged,
    SheetFormUnknown,
    SheetTooLarge,
    SheetTooLong,
    SheetTooWide,
    SheetUnpacksTooLarge,
)
from trace.interop.spreadsheet import read

GTIN = "09520000000011"
SHEET = "xl/worksheets/sheet1.xml"
XML = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def cells(data: bytes, position: int = 0) -> dict[str, tuple[str, str]]:
    return {
        cell.address: (str(cell.kind), cell.text) for row in read(data).sheet(position).rows for cell in row
    }


def with_sheet(xml: str, **limits: int) -> Any:
    data = repacked(book_of([["x"]]), {SHEET: (XML + xml + "</worksheet>").encode()})
    return read(data, Limits(**limits)).sheet(0)


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(spreadsheet).failed == 0


# -- XLSX ----------------------------------------------------------------------------------------------------


def test_every_kind_of_cell_is_told_for_what_it_is_and_digits_stay_as_written() -> None:
    moment = datetime(2026, 11, 20, 8, 30)  # noqa: DTZ001  a sheet's times have no zone
    rows = [["text", GTIN, 9520000000011, 12.5, date(2026, 11, 20), moment, "=1+1", True, "#N/A"]]
    assert list(cells(book_of(rows)).values()) == [
        ("text", "text"),
        ("text", GTIN),
        ("number", "9520000000011"),
        ("number", "12.5"),
        ("date", "2026-11-20"),
        ("date", "2026-11-20T08:30:00"),
        ("formula", "=1+1"),
        ("truth", "1"),
        ("error", "#N/A"),
    ]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append([date(2026, 11, 20), 46346 - 1462])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue()).sheet(0)
    assert found.rows[0][0].text == "2026-11-20"
    assert CellReader(found.rows[0][1], found.epoch).day() == (date(2026, 11, 20), None)
    assert found.epoch == EPOCH_1904


def test_a_serial_means_the_day_that_spreadsheets_show_the_29th_of_february_1900_being_none() -> None:
    shown = {1: date(1900, 1, 1), 59: date(1900, 2, 28), 61: date(1900, 3, 1), 46346: date(2026, 11, 20)}
    for serial, day in shown.items():
        moment = serial_day(Decimal(serial), EPOCH_1900)
        assert moment is not None
        assert moment.date() == day
    assert serial_day(Decimal(60), EPOCH_1900) is None
    assert serial_day(Decimal("1e300"), EPOCH_1900) is None


def test_hidden_sheets_are_named_and_hidden_rows_counted() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of([["a"], ["b"]])))
    book.create_sheet("geheim").sheet_state = "veryHidden"
    sheet = book.active
    assert sheet is not None
    sheet.row_dimensions[2].hidden = True
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue())
    assert [(name.name, name.hidden) for name in found.names] == [("Sheet", False), ("geheim", True)]
    assert found.sheet(0).hidden_rows == 1


def test_a_merged_cell_speaks_for_each_row_that_it_covers() -> None:
    data = book_of([["张三", "1"], [None, "2"], [None, "3"]], merge=("A1:A3",))
    assert [row[0].text for row in read(data).sheet(0).rows] == ["张三"] * 3
    assert [row[0].merged for row in read(data).sheet(0).rows] == [False, True, True]


def test_texts_come_with_their_runs_without_their_pronunciation_and_with_escaped_characters() -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>小白</t></r><r><t>菜</t>'
        "</r><rPh sb='0' eb='1'><t>xiao</t></rPh></si><si><t>a_x0041_b</t></si></sst>"
    )
    sheet = (
        '<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>c</t></is></c>'
        '<c t="d"><v>2026-11-20</v></c></row></sheetData></worksheet>'
    )
    book, related = book_of([["x"]]), "xl/_rels/workbook.xml.rels"
    relation = (
        '<Relationship Type="http://o/relationships/sharedStrings" Target="sharedStrings.xml" Id="r9"/>'
    )
    parts = {
        "xl/sharedStrings.xml": strings.encode(),
        SHEET: (XML + sheet).encode(),
        related: parts_of(book)[related].replace(b"</Rel", relation.encode() + b"</Rel"),
    }
    assert cells(repacked(book, parts)) == {
        "A1": ("text", "小白菜"),
        "B1": ("text", "aAb"),
        "C1": ("text", "c"),
        "D1": ("date", "2026-11-20"),
    }


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip),
        min_size=1,
        max_size=6,
    )
)
def test_what_another_program_wrote_is_read_as_it_was_written(texts: list[str]) -> None:
    kept = [text for text in texts if text and "_x" not in text and text.isprintable()]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    row = []
    for text in kept:
        cell = openpyxl.cell.WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        row.append(cell)
    sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    assert [cell.text for found in read(out.getvalue()).sheet(0).rows for cell in found] == kept


# -- hostile files -------------------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_to_more_than_it_may_is_stopped_while_it_unpacks() -> None:
    bomb = b"<row>" + b" " * 30_000_000 + b"</row>"
    data = repacked(book_of([["x"]]), {SHEET: XML.encode() + bomb})
    assert len(data) < 100_000
    with pytest.raises(SheetUnpacksTooLarge):
        read(data, Limits(unpacked=1_000_000)).sheet(0)


def test_a_size_that_the_archive_lies_about_is_not_believed() -> None:
    """The header says ten bytes, the part holds a million."""
    data = bytearray(repacked(book_of([["x"]]), {SHEET: b" " * 1_000_000}))
    at = data.rindex(SHEET.encode()) - 46  # its entry in the central directory
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Refusal):
        read(bytes(data)).sheet(0)


@pytest.mark.parametrize(
    ("xml", "limits", "refusal"),
    [
        ("<a/>" * 5000, {"elements": 1000}, SheetUnpacksTooLarge),
        ("<a>" * 200, {}, SheetUnpacksTooLarge),
        ('<sheetData><row r="1"><c r="ZZ1"><v>1</v></c></row></sheetData>', {}, SheetTooWide),
        ("<sheetData>" + "<row><c><v>1</v></c></row>" * 100 + "</sheetData>", {"rows": 20}, SheetTooLong),
        ('<sheetData><row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData>', {}, SheetDamaged),
        ('<sheetData><row><c r="nowhere"><v>1</v></c></row></sheetData>', {}, SheetDamaged),
        ('<sheetData><row r="x"><c><v>1</v></c></row></sheetData>', {}, SheetDamaged),
        ('<sheetData><row><c t="s"><v>99</v></c></row></sheetData>', {}, SheetDamaged),
        ('<sheetData><row><c t="s"><v>-1</v></c></row></sheetData>', {}, SheetDamaged),
        ("<sheetData><row><c t='str'><v>" + "x" * 40_000 + "</v></c></row></sheetData>", {}, SheetDamaged),
        ("<a " + " ".join(f'b{n}="{n}"' for n in range(40_000)) + "/>", {}, SheetDamaged),
        ("<unclosed>", {}, SheetDamaged),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_sheet_beyond_its_bounds_is_refused_by_name(
    xml: str, limits: dict[str, int], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        with_sheet(xml, **limits)


def test_merged_areas_that_lie_over_each_other_cost_no_time() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 40))
    areas = '<mergeCell ref="A1:A1048576"/>' * 20_000
    with pytest.raises(SheetDamaged):
        with_sheet(f"<sheetData>{rows}</sheetData><mergeCells>{areas}</mergeCells>", rows=50, columns=10)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "http://h/">]>',
    ],
)
def test_no_entity_of_a_workbook_is_opened(declaration: str) -> None:
    xml = f"{declaration}<worksheet><sheetData><row><c t='str'><v>&a;</v></c></row></sheetData></worksheet>"
    with pytest.raises(SheetDamaged):
        read(repacked(book_of([["x"]]), {SHEET: xml.encode()})).sheet(0)


def test_what_is_no_workbook_is_refused_and_not_taken_for_text() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    for data in (archive.getvalue(), b"\xd0\xcf\x11\xe0" + bytes(600), b"\xff\xd8\xff\xe0" + bytes(600)):
        with pytest.raises(SheetFormUnknown):
            read(data)
    with pytest.raises(SheetDamaged):
        read(b"PK\x03\x04" + bytes(100))
    with pytest.raises(SheetTooLarge):
        read(b"a,b\n" * 100, Limits(size=100))


def test_a_part_that_stands_twice_in_the_archive_is_refused() -> None:
    """Two programs might each read another of them."""
    out = io.BytesIO(book_of([["x"]]))
    with zipfile.ZipFile(out, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(SHEET, "<worksheet/>")
    with pytest.raises(SheetDamaged):
        read(out.getvalue())


def _all(data: bytes) -> None:
    """Everything there is to read of a file; what is wrong with it is a refusal, never a fault."""
    for kind in LedgerKind:
        with suppress(Refusal):
            read_ledger(read(data), kind)


@settings(max_examples=150)
@given(st.data())
def test_no_damage_to_a_workbook_is_a_fault_of_ours(data: st.DataObject) -> None:
    parts = parts_of(
        book_of([["品名", "数量", "单位", "进货日期", "供货商"], ["米", 1, "kg", "2026-01-01", "张"]])
    )
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    _all(repacked(book_of([["x"]]), {**parts, name: bytes(content)}))


@settings(max_examples=100)
@given(st.binary(max_size=200) | st.text("品名数量,;\t\"'=\r\n0x１.+-", max_size=60).map(str.encode))
def test_no_bytes_whatever_are_a_fault_of_ours(data: bytes) -> None:
    _all(data)
    _all(b"PK\x03\x04" + data)


# -- CSV -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_program_is_read(encoding: str, delimiter: str) -> None:
    rows = [["名称", "数量", "备注"], ["小白菜", "12.5", f'一{delimiter}"二"\n三']]
    data = csv_of(rows, delimiter).encode(encoding)
    assert [[cell.text for cell in row] for row in read(data).sheet(0).rows] == rows
    assert read(data).encoding == encoding.removesuffix("-sig")


def test_a_line_that_names_the_delimiter_is_no_row() -> None:
    assert cells(b"sep=;\r\na;b,c\r\n") == {"A1": ("text", "a"), "B1": ("text", "b,c")}


def test_what_marks_a_text_as_text_is_undone_and_a_formula_is_told() -> None:
    data = b"=\"00123\",'=1+1,'quoted,=1+1,-5"
    assert [text for _, text in cells(data).values()] == ["00123", "=1+1", "'quoted", "=1+1", "-5"]
    assert cells(data)["D1"][0] == "formula"


def test_a_quote_that_never_ends_is_told_by_its_line() -> None:
    with pytest.raises(SheetDamaged):
        read(b'a,b\n"c,d\n')


# -- single cells --------------------------------------------------------------------------------------------


def cell(value: str, kind: Kind = Kind.TEXT, **more: Any) -> CellReader:
    return CellReader(Cell(3, 2, kind, value, **more))


def refused(read_it: Callable[[], object]) -> str:
    with pytest.raises((CellWrong, Refusal, InvalidIdentifier)) as caught:
        read_it()
    return str(caught.value.code)  # type: ignore[attr-defined]


def test_the_address_is_the_one_that_the_spreadsheet_shows() -> None:
    assert cell("x").cell.address == "B3"
    assert Cell(12, 703, Kind.TEXT, "x").address == "AAA12"


@given(st.from_regex(r"0{0,6}[1-9][0-9]{6,12}", fullmatch=True).filter(lambda digits: len(digits) <= 13))
def test_a_gtin_that_lost_its_zeros_gets_them_back_and_that_is_said(payload: str) -> None:
    whole = payload.zfill(13) + check_digit(payload.zfill(13))
    short = whole.lstrip("0")
    if short.endswith("00000"):
        return
    reading = cell(short, Kind.NUMBER)
    assert reading.gtin() == whole
    told = [params for code, params in reading.repairs if code == "import_repaired_zeros"]
    assert told == ([] if short == whole else [{"found": short, "fixed": whole}])


def test_a_gtin_as_text_needs_no_mending_and_a_wrong_check_digit_is_never_mended() -> None:
    whole = cell("6901234567892")
    assert whole.gtin() == "06901234567892"
    assert whole.repairs == []
    assert refused(cell("9520000000012", Kind.NUMBER).gtin) == "gtin_check_digit"
    assert refused(cell("95200", Kind.NUMBER).gtin) == "gtin_length"
    assert cell("6 901234 567892").gtin() == "06901234567892"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1.23457E+13", Kind.TEXT),
        ("6.90E+12", Kind.TEXT),
        ("1.23457E+13", Kind.NUMBER),
        ("12345700000000", Kind.NUMBER),
        ("911100006000373410", Kind.NUMBER),
    ],
)
def test_a_number_whose_digits_are_gone_is_refused_and_not_filled_up(value: str, kind: Kind) -> None:
    assert refused(cell(value, kind).gtin) == "import_lost_digits"
    assert refused(cell(value, kind).code) == "import_lost_digits"


def test_a_lot_that_the_spreadsheet_took_for_a_date_is_refused() -> None:
    assert refused(cell("2026-11-20", Kind.DATE).code) == "import_code_is_date"


@given(st.dates(date(1970, 1, 1), date(2999, 12, 31)))
def test_a_day_is_the_same_in_every_form_that_has_one_meaning(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    forms = [f"{y}年{m}月{d}日", f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}", day.isoformat(), f"{y}{m:02}{d:02}"]
    for form in forms:
        assert cell(form).day() == (day, None)
    assert cell(f"{day.isoformat()} 08:30").day() == (day, time(8, 30))
    us, eu = f"{m}/{d}/{y}", f"{d}/{m}/{y}"
    if d > 12 or d == m:
        assert cell(us).day() == cell(eu).day() == (day, None)
    else:
        assert refused(cell(us).day) == refused(cell(eu).day) == "import_date_ambiguous"


@pytest.mark.parametrize(
    "value", ["2026-02-30", "26-11-20", "2026年11月", "20261340", "yesterday", "2026-11-20T25:00"]
)
def test_what_is_no_day_is_refused(value: str) -> None:
    assert refused(cell(value).day) == "import_date_form"


def test_a_bare_serial_in_a_column_of_days_is_read_and_said_but_not_any_number() -> None:
    reading = cell("46346", Kind.NUMBER)
    assert reading.day() == (date(2026, 11, 20), None)
    assert reading.repairs == [("import_repaired_serial", {"found": "46346", "fixed": "2026-11-20"})]
    assert cell("20261120", Kind.NUMBER).day() == (date(2026, 11, 20), None)
    assert refused(cell("12", Kind.NUMBER).day) == "import_date_form"


def test_digits_and_letters_of_full_width_become_plain_ones_and_names_keep_their_brackets() -> None:
    reading = cell("米（特级）１０ｋｇ")
    assert reading.text() == "米（特级）10kg"
    assert [code for code, _ in reading.repairs] == ["import_repaired_width"]
    assert cell("１２．５").amount() == (Decimal("12.5"), "")
    assert cell("ＬＯＴ－１").code() == "LOT-1"


def test_unseen_characters_and_line_breaks_go_and_that_is_said_and_others_are_refused() -> None:
    reading = cell("小白\u200b菜\n一级")
    assert reading.text() == "小白菜 一级"
    assert [code for code, _ in reading.repairs] == ["import_repaired_marks"]
    assert refused(cell("a\u202eb").text) == "import_controls"
    assert refused(cell("a\x07b").text) == "import_controls"
    assert refused(cell("x" * 201).text) == "import_too_long"
    assert [cell(nothing).text() for nothing in ("-", "——", "/", "无", "N/A")] == [""] * 5


def test_a_number_is_what_the_spreadsheet_shows_and_not_the_noise_of_its_double() -> None:
    assert cell("0.30000000000000004", Kind.NUMBER).amount() == (Decimal("0.3"), "")
    assert cell("1E+2", Kind.NUMBER).amount() == (Decimal(100), "")
    assert cell("120", Kind.NUMBER).text() == "120"


def test_amounts_may_carry_their_unit_and_thousands_only_where_they_are_clear() -> None:
    assert cell("50 公斤").amount() == (Decimal(50), "公斤")
    reading = cell("1,200.50")
    assert reading.amount() == (Decimal("1200.50"), "")
    assert [code for code, _ in reading.repairs] == ["import_repaired_grouping"]
    for unclear in ("1,200", "12,5", "+5", "1e3", "五"):
        with pytest.raises(AmountMalformed):
            cell(unclear).amount()
    for value in ("0", "-5"):
        with pytest.raises((AmountNotPositive, AmountMalformed)):
            cell(value).amount()
    assert cell("0.0").amount(zero=True) == (Decimal(0), "")
    assert refused(cell("5", merged=True).amount) == "import_merged_amount"


@pytest.mark.parametrize(
    ("value", "period", "last"),
    [
        ("180天", "", date(2027, 2, 27)),
        ("180", "天", date(2027, 2, 27)),
        ("6个月", "", date(2027, 2, 28)),
        ("1 year", "", date(2027, 8, 31)),
        ("2026-12-01", "", date(2026, 12, 1)),
    ],
)
def test_a_shelf_life_ends_on_a_day(value: str, period: str, last: date) -> None:
    shelf = cell(value).shelf(period)
    assert shelf is not None
    assert shelf.last_day(date(2026, 8, 31)) == last


def test_a_shelf_life_without_a_period_is_refused_and_without_a_beginning_has_no_end() -> None:
    assert refused(lambda: cell("180").shelf()) == "import_shelf_form"
    assert Shelf(5).last_day(None) is None
    assert Shelf(99999, "years").last_day(date(2026, 2, 28)) is not None


# -- whole ledgers -------------------------------------------------------------------------------------------

GOODS_IN = [
    "品名",
    "条码",
    "数量（公斤）",
    "进货日期",
    "供货商",
    "供货商电话",
    "保质期",
    "生产日期或批号",
    "票据号",
]


def ledger(rows: Sequence[Sequence[Any]], kind: LedgerKind = LedgerKind.GOODS_IN) -> LedgerFile:
    return read_ledger(read(book_of(rows)), kind)


def codes(file: LedgerFile, which: str = "errors") -> list[tuple[str, str]]:
    return [(one.code, one.cell) for one in getattr(file, which)]


def test_a_ledger_made_by_hand_is_read_below_its_title_in_its_own_words_and_order() -> None:
    rows = [
        ["2026年10月进货台账"],
        ["序号", *GOODS_IN],
        [
            1,
            "大米",
            GTIN,
            50,
            date(2026, 10, 20),
            "张三粮油",
            "0591-1",
            "12个月",
            "2026-10-01",
            "发票 12；送货单 3",
        ],
        [2, "面粉", None, "2.5", "20261020", "李四", None, None, "A-7", None],
        ["合计", None, None, "=SUM(D3:D4)"],
    ]
    file = ledger(rows)
    assert codes(file) == []
    first, second = file.lines
    assert (first.row, first.cells["quantity"], first.gtin) == (3, "D3", GTIN)
    assert (first.quantity, first.unit, first.when) == (Decimal(50), "KGM", date(2026, 10, 20))
    assert (first.produced, first.lot, first.expires) == (date(2026, 10, 1), "", date(2027, 10, 1))
    assert first.who == Outside("张三粮油", contact="0591-1")
    assert first.papers == (Paper("inv", "12"), Paper("desadv", "3"))
    assert (second.lot, second.produced, second.papers) == ("A-7", None, ())
    assert [(one.code, one.row, dict(one.params)) for one in file.notices] == [
        ("import_column_ignored", 0, {"heading": "序号", "column": "A"}),
        ("import_row_skipped", 5, {}),
    ]


def test_every_wrong_cell_is_told_by_its_address_all_of_them_at_once() -> None:
    rows = [
        [*GOODS_IN, "供货商统一社会信用代码"],
        [
            "大米",
            "9520000000012",
            "=1+1",
            "03/04/2026",
            "张三",
            None,
            "180",
            None,
            None,
            "911100006000373410",
        ],
        ["面粉", 1.23457e13, -3, "2026-10-20", None, None, None, None, None, "x"],
        [None, None, 3, None, None],
    ]
    assert codes(ledger(rows)) == [
        ("import_formula", "C2"),
        ("import_date_ambiguous", "D2"),
        ("import_shelf_form", "G2"),
        ("gtin_check_digit", "B2"),
        ("uscc_check", "J2"),
        ("amount_not_positive", "C3"),
        ("import_lost_digits", "B3"),
        ("uscc_length", "J3"),
        ("import_required", "E3"),
        ("import_required", "A4"),
        ("import_required", "D4"),
        ("import_required", "E4"),
    ]


def test_headings_are_found_in_either_language_and_what_is_missing_is_named() -> None:
    rows = [["Product", "Qty", "Unit", "Date received", "Supplier"], ["rice", 1, "kg", "2026-10-20", "Zhang"]]
    assert ledger(rows).lines[0].product == "rice"
    with pytest.raises(HeadingsMissing) as caught:
        ledger([["品名", "条码", "单位"], ["米", "", "kg"]])
    assert caught.value.headings == ("数量", "进货日期", "供货者名称")
    with pytest.raises(HeadingsMissing):
        ledger([["a", "b"]])


def test_two_columns_of_one_meaning_are_refused_since_nobody_knows_which_counts() -> None:
    rows = [["品名", "数量", "qty", "单位", "进货日期", "供货商"], ["米", 1, 2, "kg", "2026-10-20", "张"]]
    assert codes(ledger(rows)) == [("import_heading_twice", "C1")]


def test_units_come_from_their_column_from_behind_the_amount_or_from_the_heading_and_must_agree() -> None:
    rows = [
        ["品名", "数量(公斤)", "单位", "进货日期", "供货商"],
        ["a", 1, None, "2026-10-20", "张"],
        ["b", "2箱", None, "2026-10-20", "张"],
        ["c", "3箱", "箱", "2026-10-20", "张"],
        ["d", "4箱", "袋", "2026-10-20", "张"],
        ["e", "5", "斤", "2026-10-20", "张"],
    ]
    file = ledger(rows)
    assert [line.unit for line in file.lines] == ["KGM", "XCS", "XCS"]
    assert codes(file) == [("import_units_differ", "B5"), ("unclear_unit", "C6")]


def test_a_merged_supplier_is_read_for_each_row_and_said_but_one_over_two_columns_is_refused() -> None:
    rows = [
        ["品名", "数量", "单位", "进货日期", "供货商"],
        ["a", 1, "kg", "2026-10-20", "张"],
        ["b", 2, "kg", "2026-10-20", None],
        ["c", 3, "kg", "2026-10-20", "李"],
    ]
    file = read_ledger(read(book_of(rows, merge=("E2:E3",))), LedgerKind.GOODS_IN)
    assert [line.who.name for line in file.lines if line.who] == ["张", "张", "李"]
    assert codes(file, "repairs") == [("import_repaired_merged", "E3")]
    across = read_ledger(read(book_of(rows, merge=("A4:B4",))), LedgerKind.GOODS_IN)
    assert ("import_merged_across", "A4") in codes(across)


def test_the_first_visible_sheet_with_the_headings_counts_and_the_others_are_said() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of([["说明"], ["请填写"]])))
    good = book.create_sheet("台账")
    for row in [["品名", "数量", "单位", "进货日期", "供货商"], ["a", 1, "kg", "2026-10-20", "张"]]:
        good.append(row)
    book.create_sheet("旧").sheet_state = "hidden"
    book.create_sheet("附")
    out = io.BytesIO()
    book.save(out)
    file = read_ledger(read(out.getvalue()), LedgerKind.GOODS_IN)
    assert (file.sheet, file.count) == ("台账", 1)
    assert [(one.code, one.params["sheet"]) for one in file.notices] == [
        ("import_sheet_hidden", "旧"),
        ("import_sheet_ignored", "Sheet"),
        ("import_sheet_ignored", "附"),
    ]


def test_a_line_is_known_again_however_it_is_spelled_and_not_when_it_says_something_else() -> None:
    def one(*row: Any) -> Line:
        return ledger([["品名", "条码", "数量", "单位", "进货日期", "供货商"], row]).lines[0]

    first = one("米", GTIN, "50", "公斤", "2026-10-20", "张").digest()
    assert one("米", 9520000000011, 50.0, "KGM", date(2026, 10, 20), "张").digest() == first
    assert one("米", GTIN, "５０.0", "kg", "2026年10月20日", "张").digest() == first
    assert one("米", GTIN, "51", "公斤", "2026-10-20", "张").digest() != first
    assert one("米", GTIN, "50", "公斤", "2026-10-20", "李").digest() != first


def test_more_lines_than_are_taken_at_once_are_refused_with_the_limit() -> None:
    heading = "品名,数量,单位,进货日期,供货商\n"
    with pytest.raises(SheetTooLong) as caught:
        read_ledger(read((heading + "a,1,kg,2026-10-20,b\n" * 5001).encode()), LedgerKind.GOODS_IN)
    assert caught.value.limit == 1000
