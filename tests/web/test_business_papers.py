"""Ledgers in and out, products, and the way to everything else."""

from __future__ import annotations

import base64
import io
from typing import Any

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.web.desk import Browser, Desk, forms
from trace.services import handy
from trace.services.context import Rights

HEAD = "品名,数量,单位,进货日期,供货商\n"
GOOD = f"{HEAD}米,50,公斤,2026-10-20,张三\n面,20,公斤,2026-10-21,张三\n".encode()
BAD = f"{HEAD}米,50,斤,2026-10-20,张三\n".encode()


def upload(browser: Browser, data: bytes, kind: str = "goods-in") -> TestResponse:
    """Choose a file and try it."""
    fields = {
        "csrf": browser.csrf,
        "kind": kind,
        "file": FileStorage(io.BytesIO(data), filename="ledger.csv"),
    }
    boundary, body = encode_multipart(fields)
    return browser.client.post(
        "/desk/import", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def confirm(page: str) -> dict[str, Any]:
    """What the button below a dry run sends."""
    (form,) = [one for one in forms(page) if "data" in one.names]
    return form.filled({})


# -- ledgers from spreadsheets -------------------------------------------------------------------------------


def test_a_file_is_tried_before_it_is_recorded(desk: Desk) -> None:
    """The first answer says what would happen and records nothing; the button below records just that."""
    canteen, size = desk.browser("canteen"), desk.world.size()
    tried = upload(canteen, GOOD)
    assert tried.status_code == 200
    assert "可以记下 2 行" in tried.text
    assert desk.world.size() == size
    done = canteen.post("/desk/import", confirm(tried.text), whole=True)
    assert "表格已经记入账本" in canteen.follow(done)
    held = handy.stock(desk.ctx, desk.world["canteen"]).batches
    assert sorted(str(one.amount) for one in held) == ["20", "50"]


def test_what_is_wrong_is_told_by_its_cell_and_cannot_be_recorded(desk: Desk) -> None:
    """斤 is refused, at C2; there is no button to record it all the same."""
    tried = upload(desk.browser("canteen"), BAD)
    assert "C2 格" in tried.text
    assert "斤" in tried.text
    assert not [form for form in forms(tried.text) if "data" in form.names]


def test_lines_that_were_recorded_before_are_not_recorded_twice(desk: Desk) -> None:
    """The same file next week brings nothing new, however often the button is pressed."""
    canteen = desk.browser("canteen")
    form = confirm(upload(canteen, GOOD).text)
    canteen.post("/desk/import", form, whole=True)
    size = desk.world.size()
    assert canteen.post("/desk/import", form, whole=True).status_code == 303
    assert "每一行以前都记过了" in upload(canteen, GOOD).text
    assert desk.world.size() == size


def test_a_file_that_turned_wrong_between_trying_and_recording_records_nothing(desk: Desk) -> None:
    """The goods were sold in between: the report comes back with what is wrong now."""
    sales = "品名,数量,单位,销售日期,购货者名称,生产批号\napples,20,公斤,2026-11-02,李四,A-1\n".encode()
    batch = desk.world.register("farm", "20 KGM", lot="A-1")
    farm = desk.browser("farm")
    tried = upload(farm, sales, "sales")
    assert "可以记下 1 行" in tried.text, tried.text
    desk.world.take_out("farm", "sell", (batch, "20 KGM"))
    size = desk.world.size()
    refused = farm.post("/desk/import", confirm(tried.text), whole=True)
    assert refused.status_code == 422
    assert "有 1 处要改" in refused.text
    assert desk.world.size() == size


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff\xfe\x00\x01\x02"], ids=["none", "a PDF", "bytes"])
def test_what_is_no_spreadsheet_is_said(desk: Desk, data: bytes) -> None:
    """A photo of the ledger is no ledger."""
    assert upload(desk.browser("canteen"), data).status_code == 422


def test_a_large_ledger_passes_where_files_are_taken_and_nowhere_else(desk: Desk) -> None:
    """5 MB may come up, as a file and back in base64; a form for something else stays small."""
    app = desk.app
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024 + 1
    canteen = desk.browser("canteen")
    rows = HEAD + "".join(f"米,50,公斤,2026-10-20,张三{'三' * 900}{n}\n" for n in range(900))
    tried = upload(canteen, rows.encode())
    assert tried.status_code == 200
    assert "试的结果" in tried.text
    back = {"csrf": canteen.csrf, "kind": "goods-in", "data": base64.b64encode(rows.encode()).decode()}
    boundary, body = encode_multipart(back)
    form = f"multipart/form-data; boundary={boundary}"
    assert canteen.client.post("/desk/import", data=body, content_type=form).status_code == 422
    plain = "application/x-www-form-urlencoded"
    long = canteen.client.post("/desk/products", data=b"name=" + b"x" * 1_200_000, content_type=plain)
    assert long.status_code == 413
    assert upload(canteen, b"x" * 9_000_000).status_code == 413


def test_an_empty_ledger_can_be_taken_away_and_comes_back_filled_in(desk: Desk) -> None:
    """The template is a workbook that the import itself understands."""
    answer = desk.browser("canteen").get("/desk/import/goods-in.xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert "供货者名称" in [cell.value for cell in sheet[1]]
    assert desk.browser("canteen").get("/desk/import/nothing.xlsx").status_code == 303


# -- legal ledgers -------------------------------------------------------------------------------------------


@pytest.fixture
def bought(desk: Desk) -> str:
    """The canteen received apples today; the batch's short code."""
    batch = desk.world.register("farm", "20 KGM")
    desk.world.deliver("farm", "canteen", (batch, "20 KGM"))
    return batch.rpartition("/")[2]


def test_this_months_ledger_is_one_tap_away(desk: Desk, bought: str) -> None:
    """Every link on the page gives a file or a page; the goods of today are in it."""
    canteen = desk.browser("canteen")
    page = canteen.page("/desk/ledgers")
    assert 'value="2026-11-01"' in page
    assert 'value="2026-11-30"' in page
    answer = canteen.get("/desk/ledgers/goods-in.xlsx?from=2026-11-01&to=2026-11-30")
    cells = [
        cell.value for row in openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0] for cell in row
    ]
    assert bought in cells
    assert bought in canteen.get("/desk/ledgers/goods-in.csv").data.decode("utf-8-sig")
    assert bought in canteen.page("/desk/ledgers/goods-in")
    assert bought not in canteen.page("/desk/ledgers/goods-in?from=2026-10-01&to=2026-10-31")


def test_a_ledger_is_the_businesss_own(desk: Desk, bought: str) -> None:
    """Nobody reads what another bought, whatever he writes into the address."""
    for who in ("stall", "market", "plant"):
        page = desk.browser(who).page("/desk/ledgers/goods-in?party=canteen")
        assert bought not in page
        assert "这些天没有记录" in page


def test_wrong_days_and_unknown_forms_are_answered(desk: Desk) -> None:
    """Days the wrong way round, no days, forms for others than businesses."""
    canteen = desk.browser("canteen")
    assert canteen.get("/desk/ledgers?from=x").status_code == 422
    assert canteen.get("/desk/ledgers/goods-in?from=2026-11-02&to=2026-11-01").status_code == 422
    for form in ("eu931", "goods-in.pdf", "nothing"):
        assert canteen.get(f"/desk/ledgers/{form}").status_code == 303


# -- products, and everything else ---------------------------------------------------------------------------


def test_a_product_is_added_with_its_package(desk: Desk) -> None:
    """A case of ten kilograms; the list then shows it."""
    farm = desk.browser("farm")
    more = {"package": "XCS", "holds": "10", "shelf_days": "5", "category": "蔬菜"}
    answer = farm.submit("/desk/products", "/desk/products", name="小白菜", **more)
    assert "小白菜" in farm.follow(answer)
    product = handy.products(desk.ctx, desk.world["farm"])[0]
    found = handy.find_product(desk.ctx, product.uri)
    assert found is not None
    assert (found.unit, {unit: str(holds) for unit, holds in found.units.items()}) == ("KGM", {"XCS": "10"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"shelf_days": "x"},
        {"shelf_days": "0"},
        {"gtin": "09520000000012"},
        {"gtin": "09520000000011"},
        {"holds": "10"},
        {"package": "XCS", "holds": "-1"},
        {"unit": "斤"},
    ],
    ids=str,
)
def test_a_wrong_product_comes_back_with_what_was_typed(desk: Desk, wrong: dict[str, str]) -> None:
    """A wrong check digit, a number that is taken, a package of nothing."""
    answer = desk.browser("farm").post(
        "/desk/products", {"name": "小白菜", "unit": "KGM", "category": "蔬菜", **wrong}
    )
    assert answer.status_code == 422
    assert 'value="蔬菜"' in answer.text


def test_every_tile_leads_somewhere(desk: Desk) -> None:
    """For each role: no tile that is shown leads to nowhere, or to a page that then forbids it."""
    for who in ("farm", "plant", "market", "stall", "canteen", "carrier"):
        browser = desk.browser(who)
        page = browser.page("/desk/more")
        listed = page.split('<ul class="tiles">')[1].split("</ul>")[0]
        tiles = [part.split('"')[0] for part in listed.split('href="')[1:]]
        assert len(tiles) >= 5, who
        for path in tiles:
            answer = browser.get(path)
            assert answer.status_code == 200, (who, path)
            assert "您的单位或账号不能" not in answer.text, (who, path)


def test_a_reader_is_shown_what_he_may_look_at(desk: Desk) -> None:
    """No tile for what he cannot do; ledgers he can read."""
    page = desk.browser("farm", Rights.READER).page("/desk/more")
    assert "/desk/ledgers" in page
    for path in ("/desk/process", "/desk/import", "/desk/products", "/desk/settings"):
        assert f'"{path}"' not in page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/desk/more",
        "/desk/sell",
        "/desk/process",
        "/desk/pack",
        "/desk/today",
        "/desk/today?kind=menu",
        "/desk/today/code",
        "/desk/mandates",
        "/desk/import",
        "/desk/ledgers",
        "/desk/ledgers/sales",
        "/desk/products",
    ],
)
def test_every_page_is_whole_in_both_languages(desk: Desk, path: str, lang: str) -> None:
    """No code of a word is left standing, in either language, and each page has one heading."""
    batch = desk.world.register("farm", "20 KGM")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    page = desk.browser("stall", lang=lang).page(path)
    assert page.count("<h1") == 1
    for prefix in (
        "sell_",
        "process_",
        "pack_",
        "offer_",
        "mandate_",
        "import_",
        "ledger_",
        "products_",
        "more_",
    ):
        assert f">{prefix}" not in page
