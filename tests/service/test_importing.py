"""Ledgers brought as spreadsheets: every line is an act like any other, and a file goes in whole or not at all."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.scenario import GTIN, World, environment
from tests.unit.interop.books import book_of, csv_of
from trace import cli, i18n
from trace.domain.model import Role
from trace.identifiers import batch_uri
from trace.ledger import canonical
from trace.render.sheets import csv_lines, xlsx
from trace.services import importing, look, parties, reporting
from trace.services.context import Actor, Done, Once
from trace.services.importing import ImportRefused, LedgerKind, Report
from trace.services.parties import PartyDraft
from trace.store import queries

SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
CODE = "91350100MA8GDEM0XA"

IN = ["品名", "条码", "数量", "单位", "生产日期", "批号", "进货日期", "供货商", "备注"]
OUT = ["品名", "数量", "单位", "批号", "销售日期", "客户", "票据号"]
MADE = ["品名", "条码", "数量", "单位", "生产日期", "批号", "合格证号"]


def bring(world: World, who: str, rows: Sequence[Sequence[Any]], kind: str, key: Once | None = None) -> Done:
    return importing.import_ledger(world.ctx, world[who], csv_of(rows).encode(), LedgerKind(kind), key)


def tried(world: World, who: str, rows: Sequence[Sequence[Any]], kind: str) -> Report:
    return importing.try_ledger(world.ctx, world[who], csv_of(rows).encode(), LedgerKind(kind))


def wrong(world: World, who: str, rows: Sequence[Sequence[Any]], kind: str) -> list[tuple[str, str]]:
    """The errors of a file, by code and cell; nothing of it may be left in any table."""
    before = world.tables()
    with pytest.raises(ImportRefused) as caught:
        bring(world, who, rows, kind)
    report = caught.value.report
    assert world.tables() == before
    assert all(one.index is None and not one.batches for one in report.entered)
    for one in report.errors:
        for locale in i18n.LOCALES:
            assert i18n.text(one.code, locale, **one.params)
    return [(one.code, one.cell) for one in report.errors]


def bodies(world: World, index: int) -> dict[str, Any]:
    return {name: canonical.decode(body)["data"] for name, body in world.record(index).bodies.items()}


def state_of(world: World, shipment: str) -> str:
    found = world.ctx.sequencer.read(lambda c: queries.find_shipment(c, world.ctx.ledger, shipment))
    assert found is not None
    return found.state


# -- goods in ------------------------------------------------------------------------------------------------


def test_goods_from_outside_enter_with_their_buyer_and_the_supplier_stands_in_the_record(
    world: World,
) -> None:
    heading = [*IN, "供货者统一社会信用代码", "供货者地址", "联系方式"]
    row = [
        "大米",
        "",
        "50",
        "公斤",
        "",
        "R-7",
        "2026-10-20",
        "张三粮油",
        "",
        CODE,
        "福州",
        "张三 13900000000",
    ]
    done = bring(world, "canteen", [heading, row], "goods-in")
    (entered,) = done.result["entered"]
    batch = look.find_batch(world.ctx, entered["batches"][0])
    assert world.holds("canteen", batch.uri) == 50
    assert (batch.batch.lot, batch.batch.produced, batch.batch.expires) == ("R-7", None, None)
    stored = bodies(world, done.index)
    event = stored["full"]["event"]
    assert event["eventTime"] == "2026-10-20T12:00:00.000+08:00"
    assert event["trace:supplier"] == {"name": "张三粮油", "code": CODE, "address": "福州"}
    assert event["sourceList"] == [{"type": "owning_party", "source": f"urn:x-trace:uscc:{CODE}"}]
    assert stored["people"] == {"supplier": {"contact": "张三 13900000000"}}
    assert "13900000000" not in str(stored["full"]) + str(stored["public"])
    assert "张三粮油" not in str(stored["public"])


@SQLITE
def test_a_delivery_that_is_on_its_way_is_received_and_not_entered_twice(world: World) -> None:
    apples, milk = (
        world.register("farm", "100 KGM", lot="A-1"),
        world.register("farm", "40 KGM", "milk", lot="M1"),
    )
    shipment = world.ship("farm", "canteen", (apples, "60 KGM"), (milk, "40 KGM"))
    world.clock.forward(hours=2)
    rows = [
        IN,
        ["apples", "", "55", "公斤", "", "A-1", "2026-11-02", "farm", ""],
        ["", GTIN, "40", "公斤", "", "", "2026-11-02", "farm", ""],
    ]
    done = bring(world, "canteen", rows, "goods-in")
    (entered,) = done.result["entered"]
    assert (entered["verb"], entered["rows"], entered["who"]) == ("receive", [2, 3], "farm")
    assert (world.holds("canteen", apples), world.holds("canteen", milk)) == (55, 40)
    assert world.balance(apples)["short"] == 5
    assert [one["code"] for one in done.result["notices"]] == ["import_short_assumed"]
    assert state_of(world, shipment) == "settled"


@SQLITE
def test_what_a_delivery_also_holds_must_be_accounted_for(world: World) -> None:
    apples, milk = world.register("farm", "100 KGM"), world.register("farm", "40 KGM", "milk")
    world.ship("farm", "canteen", (apples, "60 KGM"), (milk, "40 KGM"))
    rows = [IN, ["apples", "", "60", "公斤", "", "", "2026-11-02", "farm", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("import_delivery_line_missing", "A2")]
    heading = [*IN, "短少数量", "拒收数量"]
    rows = [
        heading,
        ["apples", "", "50", "公斤", "", "", "2026-11-02", "farm", "烂", "3", "7"],
        ["milk", "", "0", "公斤", "", "", "2026-11-02", "farm", "", "40", "0"],
    ]
    bring(world, "canteen", rows, "goods-in")
    assert world.balance(apples) == {"made": -100, "held": 97, "short": 3}
    assert (world.holds("canteen", milk), world.holds("farm", apples)) == (0, 47)


@SQLITE
def test_goods_of_a_registered_supplier_who_sent_none_are_refused_and_so_is_what_may_be_two_batches(
    world: World,
) -> None:
    rows = [IN, ["apples", "", "60", "公斤", "", "", "2026-11-02", "farm", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("import_no_delivery", "H2")]
    one, other = world.register("farm", "60 KGM", lot="A"), world.register("farm", "60 KGM", lot="B")
    world.ship("farm", "canteen", (one, "60 KGM"))
    world.ship("farm", "canteen", (other, "60 KGM"))
    assert wrong(world, "canteen", rows, "goods-in") == [("import_batch_ambiguous", "F2")]
    report = tried(world, "canteen", rows, "goods-in")
    assert [(one.code, one.params["lots"]) for one in report.errors] == [("import_batch_ambiguous", "A、B")]
    rows[1][5] = "B"
    bring(world, "canteen", rows, "goods-in")
    assert (world.holds("canteen", one), world.holds("canteen", other)) == (0, 60)


@SQLITE
def test_of_two_equal_deliveries_the_one_that_the_papers_name_is_received(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    first = world.ship("farm", "canteen", (batch, "10 KGM"))
    second = world.ship("farm", "canteen", (batch, "10 KGM"))
    row = ["apples", "", "10", "公斤", "", "", "2026-11-02", "farm", "", f"送货单 {second}"]
    bring(world, "canteen", [[*IN, "相关凭证"], row], "goods-in")
    states = [state_of(world, shipment) for shipment in (first, second)]
    assert states == ["open", "settled"]


@SQLITE
def test_a_lot_of_a_maker_that_somebody_entered_before_gets_a_code_of_its_own(world: World) -> None:
    """Two canteens bought of one lot outside: neither is refused, and neither speaks for the maker."""
    row = ["酸奶", "06901234567892", "5", "公斤", "", "Y-1", "2026-10-20", "某超市", ""]
    first = bring(world, "canteen", [IN, row], "goods-in").result["entered"][0]["batches"][0]
    second = bring(world, "stall", [IN, row], "goods-in").result["entered"][0]["batches"][0]
    assert look.find_batch(world.ctx, first).uri == batch_uri("06901234567892", "Y-1")
    assert look.find_batch(world.ctx, second).uri == f"{world.ctx.base_url}/t/{second}"
    assert look.find_batch(world.ctx, second).batch.lot == "Y-1"


@SQLITE
def test_a_delivery_in_cases_is_met_by_a_line_in_kilograms_and_the_other_way_round(world: World) -> None:
    batch = world.register("farm", "100 KGM", lot="A")
    world.ship("farm", "canteen", (batch, "3 CS"))
    world.ship("farm", "stall", (batch, "20 KGM"))
    rows = [IN, ["apples", "", "30", "公斤", "", "A", "2026-11-02", "farm", ""]]
    assert bring(world, "canteen", rows, "goods-in").result["notices"] == []
    rows = [IN, ["apples", "", "2", "箱", "", "A", "2026-11-02", "farm", ""]]
    bring(world, "stall", rows, "goods-in")
    assert (world.holds("canteen", batch), world.holds("stall", batch)) == (30, 20)
    world.ship("farm", "canteen", (batch, "10 KGM"))
    rows = [IN, ["apples", "", "10", "袋", "", "A", "2026-11-02", "farm", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("unit_not_defined", "D2")]
    rows = [IN, ["apples", "", "11", "公斤", "", "A", "2026-11-02", "farm", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("more_than_shipped", "C2")]


@SQLITE
def test_a_day_without_a_time_is_its_noon_unless_that_is_still_to_come(world: World) -> None:
    """It is half past eight in the morning."""
    stated = {
        "2026-11-01": "2026-11-01T12:00",
        "2026-11-02": "2026-11-02T08:30",
        "2026-11-01 07:15": "2026-11-01T07:15",
    }
    for said, time in stated.items():
        done = bring(world, "canteen", [IN, ["米", "", "1", "kg", "", "", said, "张三", ""]], "goods-in")
        assert bodies(world, done.index)["full"]["event"]["eventTime"].startswith(time)
    rows = [IN, ["米", "", "1", "kg", "", "", "2026-11-02 09:00", "张三", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("future_time", "G2")]


@SQLITE
def test_products_go_by_their_gtin_and_without_one_by_a_name_that_is_theirs_alone(world: World) -> None:
    rows = [MADE, ["牛奶", GTIN, "1", "公斤", "", "M-1", ""]]
    done = bring(world, "farm", rows, "production")
    assert [(one["code"], one["cell"]) for one in done.result["notices"]] == [("import_name_differs", "A2")]
    for id in ("x1", "x2"):
        parties.register_product(world.ctx, world["farm"], parties.ProductDraft("pears", "KGM", id=id))
    rows = [MADE, ["pears", "", "1", "公斤", "", "", ""]]
    assert wrong(world, "farm", rows, "production") == [("import_product_ambiguous", "A2")]


# -- what was made -------------------------------------------------------------------------------------------


@SQLITE
def test_what_was_made_is_registered_and_lines_of_one_lot_are_one_batch(world: World) -> None:
    rows = [
        MADE,
        ["milk", GTIN, "30", "公斤", "2026-11-01", "M-1", "HG-1"],
        ["milk", GTIN, "12.5", "公斤", "2026-11-01", "M-1", "HG-2"],
        ["cheese", "", "3", "kg", "2026-11-01", "", ""],
    ]
    done = bring(world, "farm", rows, "production")
    milk = batch_uri(GTIN, "M-1")
    assert world.holds("farm", milk) == Decimal("42.5")
    assert look.find_batch(world.ctx, milk).batch.produced == "2026-11-01"
    assert [one["rows"] for one in done.result["entered"]] == [[2, 3], [4]]
    papers = bodies(world, done.result["entered"][0]["index"])["full"]["event"]["bizTransactionList"]
    assert [paper["bizTransaction"].rpartition(":")[2] for paper in papers] == ["HG-1", "HG-2"]
    assert [(one["code"], one["row"]) for one in done.result["notices"]] == [("import_product_new", 4)]


@SQLITE
def test_lines_of_one_lot_that_contradict_each_other_are_refused(world: World) -> None:
    rows = [
        MADE,
        ["milk", GTIN, "30", "公斤", "2026-11-01", "M-1", ""],
        ["milk", GTIN, "30", "公斤", "2026-10-31", "M-1", ""],
    ]
    assert wrong(world, "farm", rows, "production") == [("import_lot_differs", "E2")]


@SQLITE
def test_rules_refuse_lines_at_the_cell_that_is_at_fault(world: World) -> None:
    world.register("farm", "1 KGM", "milk", lot="M-1")
    tomorrow = (world.ctx.local(world.clock.now).date() + timedelta(days=1)).isoformat()
    rows = [
        [*MADE, "保质期至"],
        ["milk", GTIN, "1", "公斤", "2026-11-01", "M-1", "", ""],
        ["milk", GTIN, "1", "公斤", tomorrow, "M-2", "", ""],
        ["milk", GTIN, "1", "箱", "2026-11-01", "M-3", "", ""],
        ["milk", GTIN, "1", "公斤", "2026-11-01", "第一批", "", ""],
        ["milk", GTIN, "1", "公斤", "2026-11-01", "M-5", "", "2026-10-01"],
        ["", "06901234567892", "1", "公斤", "2026-11-01", "M-6", "", ""],
    ]
    assert wrong(world, "farm", rows, "production") == [
        ("batch_exists", "F2"),
        ("future_time", "E3"),
        ("unit_not_defined", "D4"),
        ("lot_characters", "F5"),
        ("dates_reversed", "H6"),
        ("import_product_unknown", "B7"),
    ]


# -- sales ---------------------------------------------------------------------------------------------------


@SQLITE
def test_sales_to_registered_buyers_are_shipped_and_others_are_sold_to(world: World) -> None:
    one, other = world.register("farm", "100 KGM", lot="A"), world.register("farm", "50 KGM", "milk", lot="B")
    world.clock.forward(days=1)
    day = "2026-11-03"
    rows = [
        [*OUT, "购货者地址", "购货者联系方式"],
        ["apples", "10", "箱", "A", day, "canteen", "", "", ""],
        ["milk", "5", "kg", "B", day, "canteen", "", "", ""],
        ["apples", "2", "kg", "A", day, "街口小店", "发票 7", "街口 1 号", "李四"],
        ["milk", "1", "kg", "B", day, "", "", "", ""],
    ]
    assert wrong(world, "farm", rows, "sales") == [("not_enough", "B4")]
    rows[1][1] = "9"
    done = bring(world, "farm", rows, "sales")
    assert [(one["verb"], one["rows"], one["who"]) for one in done.result["entered"]] == [
        ("ship", [2, 3], "canteen"),
        ("sell", [4], "街口小店"),
        ("sell", [5], ""),
    ]
    assert world.balance(one) == {"made": -100, "held": 8, "transit": 90, "sold": 2}
    assert world.balance(other) == {"made": -50, "held": 44, "transit": 5, "sold": 1}
    stored = bodies(world, done.result["entered"][1]["index"])
    assert stored["full"]["event"]["trace:buyer"] == {"name": "街口小店", "address": "街口 1 号"}
    assert stored["people"] == {"buyer": {"contact": "李四"}}


@SQLITE
def test_what_is_not_held_is_not_sold_and_more_than_is_held_neither(world: World) -> None:
    world.register("farm", "10 KGM", lot="A")
    world.register("farm", "10 KGM", lot="B")
    rows = [
        OUT,
        ["apples", "11", "kg", "A", "2026-11-02", "canteen", ""],
        ["apples", "1", "kg", "", "2026-11-02", "", ""],
        ["pears", "1", "kg", "", "2026-11-02", "", ""],
        ["apples", "6", "kg", "B", "2026-11-02", "", ""],
        ["apples", "6", "kg", "B", "2026-11-02", "", ""],
    ]
    assert wrong(world, "farm", rows, "sales") == [
        ("not_enough", "B2"),
        ("import_batch_ambiguous", "D3"),
        ("import_not_held", "A4"),
        ("not_enough", "B6"),
    ]


@SQLITE
def test_a_role_that_may_not_sell_may_not_by_a_spreadsheet_either(world: World) -> None:
    world.deliver("farm", "canteen", (world.register("farm", "10 KGM", lot="A"), "10 KGM"))
    rows = [OUT, ["apples", "1", "kg", "A", "2026-11-02", "", ""]]
    assert wrong(world, "canteen", rows, "sales") == [("role_forbids", "")]
    rows = [IN, ["米", "", "1", "kg", "", "", "2026-11-01", "张三", ""]]
    assert wrong(world, "laboratory", rows, "goods-in") == [("role_forbids", "")]


# -- whole, once, and only tried -----------------------------------------------------------------------------

ROWS = [
    IN,
    ["米", "", "50", "公斤", "", "", "2026-10-20", "张三", ""],
    ["面", "", "10", "公斤", "", "", "2026-10-20", "李四", ""],
    ["面", "", "10", "公斤", "", "", "2026-10-20", "李四", ""],
]


def test_one_wrong_line_and_none_is_recorded(world: World) -> None:
    bad = ["盐", "", "1", "斤", "", "", "2026-10-20", "王五", ""]
    assert wrong(world, "canteen", [*ROWS, bad], "goods-in") == [("unclear_unit", "D5")]


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(world: World) -> None:
    before = world.tables()
    report = tried(world, "canteen", ROWS, "goods-in")
    assert world.tables() == before
    assert report.ok
    done = bring(world, "canteen", ROWS, "goods-in")

    def told(entered: dict[str, Any]) -> dict[str, Any]:
        return {key: entered[key] for key in ("rows", "verb", "goods", "quantity", "who")}

    assert [told(one) for one in report.to_json()["entered"]] == [told(one) for one in done.result["entered"]]
    assert report.to_json()["notices"] == done.result["notices"]


@SQLITE
def test_the_same_file_is_answered_again_and_the_same_lines_are_known_in_another_file(world: World) -> None:
    first = bring(world, "canteen", ROWS, "goods-in")
    size = world.size()
    again = bring(world, "canteen", ROWS, "goods-in")
    assert (again.replayed, again.result) == (True, first.result)
    more = [ROWS[0], *reversed(ROWS[1:]), ["盐", "", "1", "公斤", "", "", "2026-10-21", "王五", ""]]
    more[1] = ["面", "", "１０.0", "KGM", "", "", "2026年10月20日", "李四", ""]
    done = bring(world, "canteen", more, "goods-in")
    assert [one["row"] for one in done.result["known"]] == [2, 3, 4]
    assert [one["rows"] for one in done.result["entered"]] == [[5]]
    assert world.size() == size + 2  # the product and the batch


@SQLITE
def test_lines_that_say_the_same_are_as_many_acts_as_there_are_lines(world: World) -> None:
    bring(world, "canteen", ROWS[:3], "goods-in")
    done = bring(world, "canteen", ROWS, "goods-in")
    assert [one["row"] for one in done.result["known"]] == [2, 3]
    assert [one["rows"] for one in done.result["entered"]] == [[4]]


@SQLITE
def test_a_line_whose_record_was_declared_wrong_may_be_brought_anew(world: World) -> None:
    done = bring(world, "canteen", ROWS[:2], "goods-in")
    world.correct("canteen", done.result["entered"][0]["event_id"])
    again = bring(world, "canteen", ROWS[:2], "goods-in", Once("second", "d"))
    assert (len(again.result["entered"]), again.result["known"]) == (1, [])
    third = bring(world, "canteen", ROWS[:2], "goods-in", Once("third", "d"))
    assert (third.result["entered"], len(third.result["known"])) == ([], 1)


@SQLITE
def test_another_partys_same_lines_are_not_known(world: World) -> None:
    bring(world, "canteen", ROWS, "goods-in")
    assert len(bring(world, "stall", ROWS, "goods-in").result["entered"]) == 3


@SQLITE
def test_a_file_without_lines_is_refused_and_so_is_the_ledger_of_another(world: World) -> None:
    assert wrong(world, "canteen", [IN, ["合计", "", "3"]], "goods-in") == [("import_nothing", "")]
    rows = [["记录单位", *IN], ["stall", *ROWS[1]]]
    assert wrong(world, "canteen", rows, "goods-in") == [("import_other_keeper", "A2")]


@SQLITE
def test_two_businesses_of_one_name_are_told_apart_by_their_code(world: World) -> None:
    operator = parties.operator(world.ctx)
    for id, code in (("a", CODE), ("b", "91350200MA2Y1XB32L")):
        draft = PartyDraft(name="绿野", role=Role.PRODUCER, id=id, uscc=code)
        parties.register_party(world.ctx, operator, draft)
    world.actors["a"] = Actor(parties.find_party(world.ctx, "a"))
    world.product("a", "pears", "KGM")
    world.ship("a", "canteen", (world.register("a", "5 KGM", "pears"), "5 KGM"))
    rows = [[*IN, "统一社会信用代码"], ["pears", "", "5", "kg", "", "", "2026-11-02", "绿野", "", ""]]
    assert wrong(world, "canteen", rows, "goods-in") == [("import_party_ambiguous", "H2")]
    rows[1][9] = CODE
    assert bring(world, "canteen", rows, "goods-in").result["entered"][0]["verb"] == "receive"


# -- forms and templates -------------------------------------------------------------------------------------


@SQLITE
@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("form", ["goods-in", "sales"])
def test_what_the_service_exports_it_reads_and_knows_every_line_of(
    world: World, form: str, locale: i18n.Locale
) -> None:
    batch = world.register("farm", "100 KGM", lot="007")
    world.deliver("farm", "stall", (batch, "60 KGM"))
    bring(world, "stall", ROWS, "goods-in")
    bring(world, "stall", [OUT, ["apples", "2", "kg", "007", "2026-11-02", "", "发票 7"]], "sales")
    world.ship("stall", "canteen", (batch, "5 KGM"))
    size = world.size()
    days = reporting.Selection(start=date(2026, 1, 1), end=date(2026, 12, 31))
    report = reporting.report(world.ctx, world["stall"], form, days, locale)
    tables = report.tables()
    whole = xlsx(tables, title=report.title, created=report.made)
    sheets = [whole, b"".join(csv_lines(tables[0]))]
    lines = {"goods-in": 4, "sales": 2}[form]
    for data in sheets:
        found = importing.try_ledger(world.ctx, world["stall"], data, LedgerKind(form))
        assert [one.code for one in found.errors] == []
        assert (found.rows, len(found.known), found.entered) == (lines, lines, ())
    assert world.size() == size


@SQLITE
def test_an_exported_ledger_of_goods_in_can_be_brought_to_another_ledger(world: World) -> None:
    bring(world, "stall", ROWS, "goods-in")
    days = reporting.Selection(start=date(2026, 1, 1), end=date(2026, 12, 31))
    report = reporting.report(world.ctx, world["stall"], "goods-in", days, "zh")
    rows = list(csv.reader(io.StringIO(b"".join(csv_lines(report.tables()[0])).decode("utf-8-sig"))))
    keeper, record = rows[0].index("记录单位"), rows[0].index("账本记录")
    for row in rows[1:]:
        row[keeper], row[record] = "canteen", f"{row[record]}-of-another-ledger"
    done = bring(world, "canteen", rows, "goods-in")
    assert [(one["verb"], one["who"]) for one in done.result["entered"]] == [
        ("enter", "张三"),
        ("enter", "李四"),
        ("enter", "李四"),
    ]


@SQLITE
def test_goods_entered_without_a_supplier_are_known_in_ones_own_export_and_refused_in_anothers(
    world: World,
) -> None:
    """The ledger wrote the line, so whose it is knows it; to anybody else goods come from somebody."""
    world.register("market", "10 KGM")
    days = reporting.Selection(start=date(2026, 1, 1), end=date(2026, 12, 31))
    report = reporting.report(world.ctx, world["market"], "goods-in", days, "zh")
    rows = list(csv.reader(io.StringIO(b"".join(csv_lines(report.tables()[0])).decode("utf-8-sig"))))
    keeper, supplier = rows[0].index("记录单位"), rows[0].index("供货者名称")
    assert rows[1][supplier] == ""
    mine = tried(world, "market", rows, "goods-in")
    assert ([one.row for one in mine.known], mine.errors) == ([2], ())
    rows[1][keeper] = "canteen"
    assert [code for code, _ in wrong(world, "canteen", rows, "goods-in")] == ["import_required"]


@SQLITE
@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("kind", list(LedgerKind))
def test_the_template_is_read_by_what_it_is_a_template_of_and_its_example_is_no_goods(
    world: World, kind: LedgerKind, locale: i18n.Locale
) -> None:
    """A shop owner who forgets to delete the example must not own 120 kg that never were."""
    world.clock.forward(days=30)
    data = importing.template(kind, locale, world.ctx.local(world.clock.now))
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    formats = {sheet.cell(1, n).value: sheet.cell(5, n).number_format for n in range(1, sheet.max_column + 1)}
    assert formats[i18n.text("column_gtin", locale)] == "@"
    assert formats[i18n.text("column_lot", locale)] == "@"
    assert len(book.worksheets) == 2
    (left,) = importing.try_ledger(world.ctx, world["plant"], data, kind).errors
    assert (left.code, left.row) == ("import_example_left", 2)
    sheet.cell(2, [cell.value for cell in sheet[1]].index(i18n.text("column_remark", locale)) + 1).value = ""
    own = io.BytesIO()
    book.save(own)
    report = importing.try_ledger(world.ctx, world["plant"], own.getvalue(), kind)
    assert report.rows == 1
    expected = ["import_not_held"] if kind is LedgerKind.SALES else []
    assert [one.code for one in report.errors] == expected
    assert not [one for one in report.notices if one.code == "import_column_ignored"]


@SQLITE
def test_numbers_in_a_workbook_are_mended_and_the_batch_is_the_same(world: World) -> None:
    rows = [IN, ["milk", 9520000000011, 5, "公斤", None, "L1", date(2026, 10, 20), "某店", None]]
    report = importing.try_ledger(world.ctx, world["canteen"], book_of(rows), LedgerKind.GOODS_IN)
    assert [(one.code, one.cell, dict(one.params)) for one in report.repairs] == [
        ("import_repaired_zeros", "B2", {"found": "9520000000011", "fixed": GTIN})
    ]
    assert report.ok


# -- by command ----------------------------------------------------------------------------------------------


@SQLITE
def test_the_command_shows_what_would_happen_and_exits_by_whether_it_can(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(world.var, world.url).items():
        monkeypatch.setenv(name, value)

    def run(rows: Sequence[Sequence[Any]], *more: str) -> tuple[int, str]:
        file = tmp_path / "ledger.csv"
        file.write_text(csv_of(rows), encoding="utf-8")
        arguments = ("import-ledger", str(file), "--as", "canteen", "--kind", "goods-in", *more)
        monkeypatch.setattr(sys, "argv", ["trace", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
        return code, capsys.readouterr().out

    size = world.size()
    code, out = run(ROWS, "--dry-run")
    assert (code, world.size()) == (0, size)
    assert "enter goods bought outside" in out
    assert "notice A2: “米” becomes a registered product." in out
    assert "3 lines, 0 known before; a dry run: nothing was recorded" in out
    code, out = run([*ROWS, ["盐", "", "1", "斤", "", "", "2026-10-20", "王五", ""]])
    assert (code, world.size()) == (1, size)
    assert "error D5: “斤” is not used here" in out
    assert "nothing was recorded" in out
    assert run(ROWS)[1].endswith("3 lines, 0 known before; recorded\n")
    assert run(ROWS)[1].endswith("3 lines, 0 known before; recorded before: this very file\n")
    code, out = run([*ROWS, ["盐", "", "1", "kg", "", "", "2026-10-20", "王五", ""]])
    assert code == 0
    assert "row 2: known before, entry" in out
    assert "4 lines, 3 known before; recorded" in out
