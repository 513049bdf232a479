"""What was recorded, shown to those it concerns; taking it back; the first page; stock. And what nobody else sees."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.scenario import CRATE, new
from tests.web.desk import Desk
from trace.domain.refusals import MovedOn
from trace.services import custody, today
from trace.services.context import Rights

ROOT = Path(__file__).parents[2]


def newest(desk: Desk) -> int:
    return desk.world.size() - 1


# -- entries -------------------------------------------------------------------------------------------------


def test_an_entry_says_when_it_was_signed(desk: Desk) -> None:
    """Before the next checkpoint it says that one is to come."""
    desk.ctx.publisher.publish()  # and for an hour no other by itself
    desk.world.register("farm", "100 KGM")
    path, farm = f"/desk/entries/{newest(desk)}", desk.browser("farm")
    assert "几秒后签入账本" in farm.page(path)
    desk.ctx.publisher.publish()
    page = farm.page(path)
    assert "签入账本，谁也改不了" in page
    assert f"/api/v1/entries/{newest(desk)}/receipt" in page


def test_the_receiver_sees_the_delivery_that_comes_to_him(desk: Desk) -> None:
    """Who declared it stands there; he cannot take it back."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    page = desk.browser("stall").page(f"/desk/entries/{newest(desk)}")
    assert "由 farm 录入" in page
    assert "记错了" not in page
    assert "/correct" not in page


@pytest.mark.parametrize("who", ["market", "carrier", "laboratory", "canteen"])
def test_an_entry_is_not_there_for_those_it_does_not_concern(desk: Desk, who: str) -> None:
    """The same answer as for a number that nobody has used."""
    desk.world.register("farm", "100 KGM")
    browser = desk.browser(who)
    theirs, nobodys = (browser.get(f"/desk/entries/{number}") for number in (newest(desk), 999_999))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text == nobodys.text.replace("999999", str(newest(desk)))


def test_a_record_of_another_kind_has_a_page_too(desk: Desk) -> None:
    """A product that was registered."""
    desk.world.product("farm", "pears", "KGM")
    assert "登记了产品" in desk.browser("farm").page(f"/desk/entries/{newest(desk)}")


def test_a_wrong_record_is_taken_back_after_a_question(desk: Desk) -> None:
    """It says that it cannot be undone; afterwards both entries lead to each other and the goods are as before."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    path, farm = f"/desk/entries/{newest(desk)}", desk.browser("farm")
    assert "声明以后不能再改回来" in farm.page(f"{path}/correct")
    page = farm.follow(farm.submit(f"{path}/correct", reason="did_not_occur"))
    assert f'href="{path}"' in page
    assert "这条记录已声明有误" in farm.page(path)
    assert "不能由您声明有误" in farm.page(f"{path}/correct")
    assert desk.world.holds("farm", batch) == 100
    assert "没有发给您的货" in desk.browser("stall").page("/desk/receive")


@pytest.mark.parametrize("reason", [None, "because"])
def test_a_correction_without_a_reason_is_refused(desk: Desk, reason: str | None) -> None:
    """Nothing is recorded."""
    desk.world.register("farm", "100 KGM")
    farm, path = desk.browser("farm"), f"/desk/entries/{newest(desk)}/correct"
    before = desk.world.tables()
    answer = farm.post(path, {"reason": reason} if reason else {})
    assert answer.status_code == 422
    assert "请选为什么记错了" in answer.text
    assert desk.world.tables() == before


def test_what_has_moved_on_cannot_be_taken_back(desk: Desk) -> None:
    """The form says so, with the numbers."""
    batch = desk.world.register("farm", "100 KGM")
    index = newest(desk)
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    answer = desk.browser("farm").submit(f"/desk/entries/{index}/correct", reason="incorrect_data")
    assert answer.status_code == 422
    assert "80" in answer.text
    assert MovedOn.code in desk.browser("farm").post(
        f"/desk/entries/{index}/correct", {"reason": "incorrect_data"}, json=True
    ).text  # fmt: skip


@pytest.mark.parametrize(("who", "rights"), [("stall", Rights.OWNER), ("farm", Rights.READER)])
def test_nobody_else_takes_a_record_back(desk: Desk, who: str, rights: Rights) -> None:
    """Neither the other side nor one's own people who may only look."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.ship("farm", "stall", (batch, "20 KGM"))
    browser, path = desk.browser(who, rights), f"/desk/entries/{newest(desk)}/correct"
    before = desk.world.tables()
    answer = browser.post(path, {"reason": "did_not_occur"}, json=True)
    assert answer.status_code in (403, 422)
    assert desk.world.tables() == before


# -- the first page ------------------------------------------------------------------------------------------


def test_on_the_first_day_the_first_steps_are_shown(desk: Desk) -> None:
    """Afterwards they are gone."""
    stall = desk.browser("stall")
    assert "第一次用？" in stall.page("/desk")
    stall.submit("/desk/register", name="青菜", amount="12", unit="KGM")
    page = stall.page("/desk")
    assert "第一次用？" not in page
    assert "现在没有要办的事" in page


def test_stopped_expired_and_expiring_goods_are_shown_apart(desk: Desk) -> None:
    """The stopped ones first, with what to do; a batch that is both counts as stopped."""
    day = date(2026, 11, 2)
    for lot, expires in (
        ("OLD", "2026-11-01"),
        ("TODAY", "2026-11-02"),
        ("SOON", "2026-11-05"),
        ("LATER", "2026-11-06"),
    ):
        desk.world.register(
            "farm", "10 KGM", lot=lot, produced=date(2026, 10, 1), expires=date.fromisoformat(expires)
        )
    stopped = desk.world.register("farm", "10 KGM", lot="BAD", expires=day)
    custody.hold(desk.ctx, desk.world["inspector"], stopped, "农残超标")
    page = desk.browser("farm").page("/desk")
    assert "停止流通" in page
    assert "农残超标" in page
    parts = [page.index(text) for text in (">BAD", "过期 1 天", "今天到期", "还有 3 天到期")]
    assert parts == sorted(parts)
    assert "LATER" not in page
    found = today.today(desk.ctx, desk.world["farm"])
    told = [[one.info.batch.lot for one in part] for part in (found.stopped, found.expired, found.expiring)]
    assert told == [["BAD"], ["OLD"], ["TODAY", "SOON"]]


def test_goods_made_from_stopped_ones_are_stopped_where_they_lie(desk: Desk) -> None:
    """At once, with the reason; also inside a case."""
    batch = desk.world.register("farm", "100 KGM")
    desk.world.deliver("farm", "plant", (batch, "50 KGM"))
    slices = desk.world.transform("plant", [(batch, "50 KGM")], new(desk.world.products["slices"], "50 KGM"))
    desk.world.pack("plant", CRATE, (slices[0], "50 KGM"))
    custody.hold(desk.ctx, desk.world["inspector"], batch, "农残超标")
    plant = desk.browser("plant")
    assert "农残超标" in plant.page("/desk")
    assert "停止流通" in plant.page("/desk/stock")
    assert "农残超标" in plant.page(f"/desk/batches/{slices[0].rsplit('/', 1)[-1]}")


@pytest.mark.parametrize("who", ["farm", "plant", "market", "stall", "canteen", "carrier", "laboratory"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_tile_of_every_role_leads_to_a_page(desk: Desk, who: str, lang: str) -> None:
    """No dead end on the first page, in either language."""
    browser = desk.browser(who, lang=lang)
    page = browser.page("/desk").split("<main", 1)[1]
    for path in {part.partition('"')[0] for part in page.split('href="')[1:]}:
        assert browser.get(path.replace("&amp;", "&")).status_code == 200, path


def test_a_number_of_queries_does_not_grow_with_the_deliveries(desk: Desk) -> None:
    """Ten deliveries cost the first page as much as two."""

    def cost() -> int:
        asked: list[str] = []

        def listen(*args: object) -> None:
            asked.append(str(args[2]))

        event.listen(desk.world.engine, "before_cursor_execute", listen)
        today.today(desk.ctx, desk.world["stall"])
        event.remove(desk.world.engine, "before_cursor_execute", listen)
        return len(asked)

    batches = [desk.world.register("farm", "100 KGM") for _ in range(3)]
    desk.world.ship("farm", "stall", (batches[0], "1 KGM"))
    few = cost()
    for number in range(8):
        desk.world.ship("farm", "stall", (batches[number % 3], "2 KGM"))
    desk.world.deliver("farm", "stall", (batches[1], "3 KGM"))
    assert cost() <= few + 1


# -- words ---------------------------------------------------------------------------------------------------


def test_every_word_of_these_pages_is_used_and_every_used_word_is_there() -> None:
    """No dead words, and no code in front of a reader."""
    known = tomllib.loads((ROOT / "trace/i18n/desk.toml").read_text(encoding="utf-8"))
    sources = [
        *ROOT.glob("scanner_web/business/*.py"),
        *ROOT.glob("scanner_web/templates/business/*.html"),
        *ROOT.glob("scanner_web/static/js/desk/*.js"),
        *ROOT.glob("trace/services/*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    built = (
        "desk_kind_",
        "desk_basis_",
        "desk_why_",
        "desk_paper_",
        "desk_correct_",
        "desk_expir",
        "desk_hours_",
    )
    assert [code for code in known if code not in text and not code.startswith(built)] == []
