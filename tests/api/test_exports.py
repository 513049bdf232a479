"""Forms as files: their types and names, what opens in a spreadsheet, and who gets them."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from werkzeug.test import TestResponse

from api import exports
from tests.api.world import World
from trace.domain.model import Role
from trace.interop.epcis import read_document
from trace.render.sheets import XLSX
from trace.services.reporting import FORMS

PERIOD = "from=2000-01-01&to=2100-01-01"
NAME = '=HYPERLINK("https://evil.example")'


@pytest.fixture(scope="module")
def trade(shared_world: World) -> tuple[World, dict[str, Any]]:
    """The farm sold 60.5 of its 100 kg to the market."""
    world = shared_world
    product = world.product(name=NAME, gtin="06901234567892")
    batch = world.batch("100", product=product, lot="007")
    world.deliver(batch["code"], "60.5", "market")
    return world, batch


def export(world: World, who: str | None, form: str, query: str = PERIOD) -> TestResponse:
    return world.get(f"exports/{form}?{query}", who)


def cells(response: TestResponse, sheet: int = 0) -> list[list[Any]]:
    assert response.status_code == 200, response.text
    book = openpyxl.load_workbook(io.BytesIO(response.data))
    return [[cell.value for cell in row] for row in book.worksheets[sheet]]


def test_a_workbook_opens_with_its_headings_its_row_and_its_notes(trade: Any) -> None:
    world, batch = trade
    response = export(world, "market", "goods-in")
    assert response.content_type == XLSX
    headings, row = cells(response)
    found = dict(zip(headings, row, strict=True))
    assert (found["名称"], found["数量"], found["单位"]) == (NAME, 60.5, "千克")
    assert (found["商品条码"], found["生产批号"], found["追溯码"]) == ("06901234567892", "007", batch["code"])
    notes = dict(cells(response, -1))
    law = "《食品安全法》第五十条、第五十三条"
    assert notes["依据"] == law
    assert "规格" in notes["规格"]
    assert notes[law].startswith("该法规要求填写的列：名称、规格、数量、单位、")


def test_csv_keeps_zeros_disarms_formulas_and_is_read_by_excel(trade: Any) -> None:
    world, _ = trade
    response = export(world, "market", "goods-in", f"{PERIOD}&format=csv")
    assert response.content_type == "text/csv; charset=utf-8; header=present"
    assert response.data.startswith(b"\xef\xbb\xbf")
    headings, row = csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline=""))
    found = dict(zip(headings, row, strict=True))
    assert (found["名称"], found["商品条码"], found["数量"]) == (f"'{NAME}", "06901234567892", "60.5")


def test_json_says_of_each_column_which_law_asks_for_it(trade: Any) -> None:
    world, _ = trade
    answer = export(world, "farm", "outgoing", f"{PERIOD}&format=json&language=en").get_json()
    (sheet,) = answer["sheets"]
    laws = {column["key"]: column["law"] for column in sheet["columns"]}
    assert laws["certificate"] == "《食品安全法》第五十一条"
    assert laws["trace_code"] is None
    (row,) = sheet["rows"]
    assert (row["quantity"], row["unit"], row["buyer_name"]) == ("60.5", "kg", "market")
    assert answer["size"] == world.size()


def test_a_form_of_several_sheets_gives_any_one_of_them_as_csv(trade: Any) -> None:
    world, batch = trade
    query = f"batch={batch['code']}&format=csv"
    main = export(world, "inspector", "fsma204", query).data.decode("utf-8-sig")
    places = export(world, "inspector", "fsma204", f"{query}&sheet=fsma204-locations").data.decode(
        "utf-8-sig"
    )
    assert main.startswith("CTE,")
    assert places.startswith("Location ID,")
    assert [
        one.title for one in openpyxl.load_workbook(_stream(export(world, "inspector", "fsma204"))).worksheets
    ] == [
        "FSMA 204 sortable spreadsheet",
        "Locations",
        "Products",
        "Notes",
    ]


def _stream(response: TestResponse) -> io.BytesIO:
    return io.BytesIO(response.data)


def test_an_epcis_document_is_read_by_whoever_reads_epcis(trade: Any) -> None:
    world, batch = trade
    response = export(world, "inspector", "epcis", f"batch={batch['code']}")
    assert response.content_type == "application/ld+json"
    assert len(read_document(response.data).events) == 3


@pytest.mark.parametrize("form", [*FORMS, "epcis"])
def test_every_form_is_a_file_with_a_name_for_old_programs_and_one_for_people(trade: Any, form: str) -> None:
    """RFC 6266 section 4.3: filename in ASCII, filename* in UTF-8."""
    world, _ = trade
    response = export(world, "farm", form)
    assert response.status_code == 200
    disposition = response.headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.startswith(f'attachment; filename="{form}-2000-01-01_2100-01-01.')
    assert "; filename*=UTF-8''" in disposition


def test_a_file_name_carries_no_quote_and_no_path_of_a_stranger(shared_world: World) -> None:
    """A business called ../"x must not choose where the inspector's file goes."""
    shared_world.party('../"x', str(Role.STALL))
    told = export(shared_world, '../"x', "sales").headers["Content-Disposition"]
    assert "/" not in told
    assert told.count('"') == 2


def test_nothing_in_the_period_is_a_form_that_says_so(trade: Any) -> None:
    world, _ = trade
    headings, row = cells(export(world, "market", "goods-in", "from=2001-01-01&to=2001-01-02"))
    assert row == ["所选范围内没有记录。", *[None] * (len(headings) - 1)]


@pytest.mark.parametrize(
    ("who", "form", "query", "status", "code"),
    [
        (None, "goods-in", PERIOD, 401, "unauthenticated"),
        ("farm", "no-such-form", PERIOD, 404, "not_found"),
        ("farm", "sales", "", 400, "invalid"),
        ("farm", "sales", "from=2026-02-31&to=2026-03-01", 400, "wrong_shape"),
        ("farm", "sales", f"{PERIOD}&format=pdf", 400, "wrong_shape"),
        ("farm", "sales", f"{PERIOD}&surprise=1", 400, "wrong_shape"),
        ("farm", "sales", f"{PERIOD}&batch=x", 400, "invalid"),
        ("farm", "sales", f"{PERIOD}&format=csv&sheet=x", 400, "invalid"),
        ("farm", "epcis", f"{PERIOD}&format=xlsx", 400, "invalid"),
        ("farm", "sales", "batch=x", 404, "unknown_batch"),
        ("farm", "sales", f"{PERIOD}&party=nobody", 404, "unknown_party"),
        ("farm", "sales", f"{PERIOD}&party=market", 403, "not_yours"),
        ("farm", "sales", "from=2026-03-01&to=2026-02-01", 422, "dates_reversed"),
    ],
)
def test_what_cannot_be_given_is_refused_by_its_reason(
    trade: Any, who: str | None, form: str, query: str, status: int, code: str
) -> None:
    world, _ = trade
    named = query.replace("party=market", f"party={world.ids['market']}")
    response = export(world, who, form, named)
    assert (response.status_code, response.get_json()["code"]) == (status, code)


def test_a_form_that_would_be_cut_short_is_refused(trade: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = trade
    monkeypatch.setattr(exports.reporting, "MOST", 1)
    response = export(world, "farm", "sales")
    assert (response.status_code, response.get_json()["code"]) == (422, "form_too_long")
    assert "1" in response.get_json()["detail"]
