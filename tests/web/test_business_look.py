"""Tests, samples and checks: who records them, what everybody reads of them, and what is nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.desk import Browser, Desk
from trace.services import aliases
from trace.services.context import Rights

FINE = {"way": "test", "result": "fine", "detail": "氯霉素未检出", "number": "T-2026-117"}


def code(batch: str) -> str:
    return batch.rsplit("/", 1)[-1]


def told(browser: Browser, **values: Any) -> str:
    """Send the form; the page that says what was recorded."""
    return browser.follow(browser.submit("/desk/look", "/desk/look", **values))


def test_a_laboratory_begins_its_day_with_its_tests(desk: Desk) -> None:
    """Its first button, its tabs and its last records; nothing of the trade in goods."""
    laboratory = desk.browser("laboratory")
    page = laboratory.page("/desk")
    assert "还没有记录" in page
    assert "/desk/look" in page
    assert "/desk/ship" not in page
    told(laboratory, codes=desk.world.register("farm", "10 KGM", lot="A-1"), **FINE)
    page = laboratory.page("/desk")
    assert "apples A-1" in page
    assert "合格：氯霉素未检出" in page


def test_everybody_who_scans_reads_the_result_and_not_the_note(desk: Desk) -> None:
    """Result and what was written beside it are public; report number and note stand in the entry alone."""
    batch = desk.world.register("farm", "10 KGM")
    page = told(desk.browser("laboratory"), codes=batch, note="仪器 3 号", **FINE)
    assert all(part in page for part in ("合格：氯霉素未检出", "T-2026-117", "仪器 3 号"))
    public = desk.stranger().get(f"/t/{code(batch)}", headers={"Accept-Language": "zh"}).text
    assert "合格：氯霉素未检出" in public
    assert "仪器 3 号" not in public


def test_several_goods_are_tested_at_once_by_codes_of_every_kind(desk: Desk) -> None:
    """One to a line: an address, a code, somebody else's number; the same batch twice is one."""
    first, second, third = (desk.world.register("farm", "10 KGM", lot=f"A-{n}") for n in (1, 2, 3))
    aliases.register(desk.ctx, desk.world["farm"], "WX-7", third)
    codes = f"{first}\r\n {code(second)} \r\n\r\nWX-7\r\n{code(first)}"
    page = told(desk.browser("laboratory"), codes=codes, **FINE)
    assert [page.count(lot) for lot in ("A-1", "A-2", "A-3")] == [1, 1, 1]


def test_a_business_checks_what_it_holds(desk: Desk) -> None:
    """Its goods stand there to be ticked, and the kind of look is a check."""
    batch = desk.world.register("farm", "10 KGM", lot="A-1")
    farm = desk.browser("farm")
    assert dict(farm.form("/desk/look", "/desk/look").fields)["way"] == "check"
    page = told(farm, take=code(batch), result="fine")
    assert '<p class="said">合格</p>' in page
    assert "录入检测、检查" in farm.page(f"/desk/batches/{code(batch)}")


def test_goods_in_the_address_stand_in_the_form(desk: Desk) -> None:
    """Whoever comes from a batch's page need not scan again."""
    form = desk.browser("farm").form("/desk/look?batch=AB&batch=CD", "/desk/look")
    assert dict(form.fields)["codes"] == "AB\nCD"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_failed_test_stops_nothing_and_says_whom_to_tell(desk: Desk, lang: str) -> None:
    """Holds are an inspector's; the page says so, in whatever language the result was entered."""
    batch = desk.world.register("farm", "10 KGM")
    laboratory = desk.browser("laboratory", lang=lang)
    told(laboratory, codes=batch, way="test", result="bad", detail="氯霉素 2 μg/kg")
    index = desk.world.size() - 1
    page = desk.browser("laboratory").page(f"/desk/entries/{index}")
    assert "不合格，请马上告诉监管人员" in page
    assert "<h1>检测</h1>" in page
    assert '<p class="said bad">不合格：氯霉素 2 μg/kg</p>' in page
    for reader, said in (("zh", "检测不合格，请先不要吃"), ("en", "It failed a test")):
        public = desk.stranger().get(f"/t/{code(batch)}", headers={"Accept-Language": reader}).text
        assert said in public
        assert "没有停售记录" not in public
    assert desk.world.ship("farm", "stall", (batch, "1 KGM"))


def test_a_competitor_s_word_does_not_make_another_s_goods_red(desk: Desk) -> None:
    """What a stall writes of goods that it never had is told as its own, without the colour of a failed test."""
    batch = desk.world.register("farm", "10 KGM")
    told(desk.browser("stall"), codes=batch, way="check", result="bad", detail="有虫")
    public = desk.stranger().get(f"/t/{code(batch)}").text
    assert "有虫" in public
    assert "先不要吃" not in public
    assert '<span class="tag stop">' not in public
    told(desk.browser("farm"), codes=batch, way="check", result="bad")
    assert '<span class="tag stop">' in desk.stranger().get(f"/t/{code(batch)}").text


def test_one_s_own_words_are_a_result_too(desk: Desk) -> None:
    """And then they must be there."""
    batch, laboratory = desk.world.register("farm", "10 KGM"), desk.browser("laboratory")
    answer = laboratory.submit("/desk/look", "/desk/look", codes=batch, result="other")
    assert answer.status_code == 422
    assert "检测：抑制率 6.2%" in told(laboratory, codes=batch, result="other", detail="抑制率 6.2%")


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"codes": ""}, "goods_not_chosen"),
        ({"codes": "7K3M9QW2X0F"}, "unknown_batch"),
        ({"codes": "\n".join(["x"] * 101)}, "invalid"),
        ({"result": "splendid"}, "invalid"),
        ({"way": "guessing"}, "invalid"),
        ({"detail": "x" * 301}, "invalid"),
        ({"at": "2001-01-01T00:00:00Z"}, "invalid"),
    ],
)
def test_what_cannot_be_recorded_leaves_nothing_behind(
    desk: Desk, values: dict[str, str], refused: str
) -> None:
    """The form comes back as it was filled in."""
    sent = {"codes": desk.world.register("farm", "10 KGM"), **FINE, **values}
    laboratory, before = desk.browser("laboratory"), desk.world.tables()
    assert laboratory.post("/desk/look", sent, json=True).get_json()["code"] == refused
    answer = laboratory.post("/desk/look", sent)
    assert answer.status_code == 422
    assert 'value="T-2026-117"' in answer.text
    assert desk.world.tables() == before


def test_a_look_that_waited_on_the_phone_is_entered_for_when_it_was(desk: Desk) -> None:
    """In a cold store without a network; sent twice, recorded once."""
    batch, laboratory = desk.world.register("farm", "10 KGM"), desk.browser("laboratory")
    desk.world.clock.forward(hours=5)
    form = laboratory.form("/desk/look", "/desk/look")
    at = desk.ctx.clock().replace(microsecond=0)
    desk.world.clock.forward(hours=3)
    sent = form.filled({"codes": batch, **FINE}) | {"at": at.isoformat()}
    first, second = (laboratory.post("/desk/look", sent, whole=True, json=True).get_json() for _ in range(2))
    assert first["index"] == second["index"]
    assert (first["replayed"], second["replayed"]) == (False, True)


def test_a_look_that_was_taken_back_is_no_result_any_more(desk: Desk) -> None:
    """Neither on the laboratory's first page nor as something to tell the inspector."""
    batch, laboratory = desk.world.register("farm", "10 KGM"), desk.browser("laboratory")
    told(laboratory, codes=batch, way="test", result="bad")
    index = desk.world.size() - 1
    laboratory.submit(f"/desk/entries/{index}/correct", reason="incorrect_data")
    assert "不合格" not in laboratory.page("/desk")
    assert "请马上告诉监管人员" not in laboratory.page(f"/desk/entries/{index}")


def test_who_may_only_look_at_pages_records_no_look(desk: Desk) -> None:
    """He is told why, and a post is refused."""
    reader = desk.browser("laboratory", Rights.READER)
    assert "您的账号只能查看" in reader.page("/desk/look")
    assert reader.post("/desk/look", FINE).status_code == 403


def test_a_hostile_result_is_shown_as_text(desk: Desk) -> None:
    """On the laboratory's pages and to whoever scans."""
    batch = desk.world.register("farm", "10 KGM")
    laboratory = desk.browser("laboratory")
    page = told(laboratory, codes=batch, result="fine", detail="<script>alert(1)</script>")
    for text in (page, laboratory.page("/desk"), desk.stranger().get(f"/t/{code(batch)}").text):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_refusal_names_the_field_and_the_act_in_the_readers_language(desk: Desk) -> None:
    """A program gets the field's own name beside the sentence."""
    sent = {"codes": desk.world.register("farm", "10 KGM"), "result": "other"}
    zh = desk.browser("laboratory").post("/desk/look", {"way": "test", **sent}, json=True).get_json()
    assert (zh["field"], zh["detail"]) == ("detail", "“说明”还没有填，应为 1 到 300 个字。")
    ship = {
        "to": "stall",
        "take": sent["codes"],
        f"amount:{sent['codes']}": "1",
        f"unit:{sent['codes']}": "KGM",
    }
    said = desk.browser("laboratory").post("/desk/ship", ship).text
    assert "laboratory 的身份（检测机构）不包括这项操作（发货）" in said
