"""Ledgers over HTTP: what is sent, what is answered, and that nothing of a wrong file stays."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from api.imports import CSV, XLSX
from tests.api.world import World
from tests.unit.interop.books import book_of
from trace.interop.cells import Limits

HEAD = "品名,数量,单位,进货日期,供货商\n"
GOOD = f"{HEAD}米,50,公斤,2026-10-20,张三\n".encode()
BAD = f"{HEAD}米,50,斤,03/04/2026,张三\n面,=1+1,kg,2026-10-20,李四\n".encode()


def send(world: World, data: bytes, kind: str = "goods-in", media: str = CSV, **more: Any) -> Any:
    headers = {"Content-Type": media, **more.pop("headers", {})}
    return world.call(
        "POST",
        f"imports/{kind}{more.pop('query', '')}",
        more.pop("who", "canteen"),
        data=data,
        headers=headers,
    )


def test_a_dry_run_is_answered_with_what_would_happen_and_records_nothing(shared_world: World) -> None:
    size = shared_world.size()
    answer = send(shared_world, GOOD, query="?dry_run=true")
    assert answer.status_code == 200
    report = answer.get_json()
    assert (report["ok"], report["dry_run"], report["rows"], report["known"]) == (True, True, 1, [])
    assert report["entered"][0] == {
        "rows": [2],
        "verb": "enter",
        "goods": "米",
        "quantity": ["50 KGM"],
        "who": "张三",
        "batches": [],
        "index": None,
        "event_id": None,
    }
    assert report["notices"][0]["message"] == "“米” becomes a registered product."
    assert shared_world.size() == size


def test_a_ledger_is_recorded_once_and_its_receipt_is_where_the_answer_says(world: World) -> None:
    answer = send(world, GOOD)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    (code,) = answer.get_json()["entered"][0]["batches"]
    assert world.held("canteen") == {code: "50"}
    assert world.get(answer.headers["Location"], "canteen").status_code == 200
    again = send(world, GOOD, media=f"{CSV}; charset=utf-8")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.get_json() == answer.get_json()
    keyed = send(world, GOOD, headers={"Idempotency-Key": "k"})
    assert keyed.get_json()["known"] == [
        {
            "row": 2,
            "index": answer.get_json()["index"],
            "event_id": answer.get_json()["entered"][0]["event_id"],
        }
    ]
    assert world.flaw() is None


def test_a_wrong_ledger_is_answered_cell_by_cell_in_the_readers_language(shared_world: World) -> None:
    size = shared_world.size()
    answer = send(shared_world, BAD, headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    problem = answer.get_json()
    assert (problem["code"], problem["count"]) == ("import_refused", "3")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("C2", "unclear_unit"),
        ("D2", "import_date_ambiguous"),
        ("B3", "import_formula"),
    ]
    first = problem["report"]["errors"][1]
    assert (first["row"], first["cell"], first["heading"]) == (2, "D2", "进货日期")
    assert first["message"] == "“03/04/2026”可能是两个不同的日期。请把年份写在前面，例如 2026-04-03。"
    dry = send(shared_world, BAD, query="?dry_run=true")
    assert (dry.status_code, dry.get_json()["ok"], len(dry.get_json()["errors"])) == (200, False, 3)
    assert shared_world.size() == size


def test_a_shop_owner_reads_of_units_by_their_names_and_not_by_codes(shared_world: World) -> None:
    wrong = (
        f"{HEAD}米,50,斤,2026-10-20,张三\n米,50公斤,箱,2026-10-20,张三\n米,5,吨吨,2026-10-20,张三\n".encode()
    )
    report = send(shared_world, wrong, query="?dry_run=true", headers={"Accept-Language": "zh"}).get_json()
    market, other, unknown = (one["message"] for one in report["errors"])
    assert "0.5 千克" in market
    assert "单位列（箱）" in other
    assert "千克" in unknown
    assert "KGM" not in unknown
    assert report["errors"][1]["params"]["other"] == "XCS"  # programs get the codes


def test_a_workbook_is_read_and_so_is_a_file_in_a_form(world: World) -> None:
    data = book_of([["品名", "数量", "单位", "进货日期", "供货商"], ["米", 50, "公斤", "2026-10-20", "张三"]])
    assert send(world, data, media=XLSX).status_code == 201
    headers = {"Authorization": f"Bearer {world.keys['canteen']}"}
    form = {"file": (io.BytesIO(GOOD), "台账.csv")}
    answer = world.app.test_client().post("/api/v1/imports/goods-in", headers=headers, data=form)
    assert answer.status_code == 201
    assert len(answer.get_json()["known"]) == 1


@pytest.mark.parametrize(
    ("data", "media", "more", "status", "code"),
    [
        (b"a" * (Limits().size + 1), CSV, {}, 413, "sheet_too_large"),
        (b"a" * (Limits().size * 2), CSV, {}, 413, "sheet_too_large"),
        (HEAD.encode() + b"a,1,kg,2026-10-20,b\n" * 5001, CSV, {}, 413, "sheet_too_long"),
        (GOOD, "application/json", {}, 415, "wrong_media_type"),
        (GOOD, CSV, {"headers": {"Content-Encoding": "gzip"}}, 415, "wrong_media_type"),
        (GOOD, "multipart/form-data", {}, 415, "wrong_media_type"),
        (b"\xff\xd8\xff\xe0" + bytes(90), XLSX, {}, 422, "sheet_form_unknown"),
        (b"PK\x03\x04" + bytes(90), XLSX, {}, 422, "sheet_damaged"),
        (b"a,b\n1,2\n", CSV, {}, 422, "sheet_headings_missing"),
        (GOOD, CSV, {"query": "?dry_run=maybe"}, 400, "wrong_shape"),
        (GOOD, CSV, {"query": "?dryrun=true"}, 400, "wrong_shape"),
        (GOOD, CSV, {"kind": "purchases"}, 404, "not_found"),
        (GOOD, CSV, {"who": None}, 401, "unauthenticated"),
        (GOOD, CSV, {"who": "operator"}, 422, "import_refused"),
    ],
)
def test_what_is_not_taken_is_refused_by_name(
    shared_world: World, data: bytes, media: str, more: dict[str, Any], status: int, code: str
) -> None:
    size = shared_world.size()
    answer = send(shared_world, data, media=media, **dict(more))
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert shared_world.size() == size


def test_a_form_holds_one_file_and_nothing_else(shared_world: World) -> None:
    headers = {"Authorization": f"Bearer {shared_world.keys['canteen']}"}
    client = shared_world.app.test_client()
    for form in (
        {"other": (io.BytesIO(GOOD), "a.csv")},
        {"file": (io.BytesIO(GOOD), "a.csv"), "kind": "x"},
        {"file": [(io.BytesIO(GOOD), "a.csv"), (io.BytesIO(GOOD), "b.csv")]},
        {"file": "text"},
    ):
        answer = client.post("/api/v1/imports/goods-in", headers=headers, data=form)
        assert answer.status_code == 415, form


def test_a_template_is_a_workbook_in_the_readers_language_for_anyone(shared_world: World) -> None:
    answer = shared_world.get("imports/goods-in/template.xlsx", headers={"Accept-Language": "zh"})
    assert (answer.status_code, answer.content_type) == (200, XLSX)
    assert 'filename="goods-in.xlsx"' in answer.headers["Content-Disposition"]
    assert "UTF-8''%E8%BF%9B" in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).sheetnames == ["进货查验记录", "填写说明"]
    english = shared_world.get("imports/sales/template.xlsx?language=en")
    assert openpyxl.load_workbook(io.BytesIO(english.data)).sheetnames == ["Sales", "Notes"]
