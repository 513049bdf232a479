"""An inspector finds, sees, stops, releases and takes evidence away; nobody else opens any of his pages."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select, text, update

from tests.scenario import World, new
from tests.web.desk import Browser, Desk
from trace.domain.commands import Paper, Settled
from trace.ledger import verify_bundle
from trace.services import registry
from trace.services.context import Rights
from trace.store.tables import bodies

APPLES = "A-1"


class Told:
    """Apples of a farm; juice of some of them at a stall; the rest on its way to a market."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        world = self.world = desk.world
        self.apples = world.register("farm", "100 KGM", lot=APPLES)
        paper = Paper("inv", "FP-2026-0117")
        first = world.ship("farm", "plant", (self.apples, "60 KGM"), papers=(paper,))
        world.receive(
            "plant", first, Settled(self.apples, "KGM", Decimal(57), Decimal(2), Decimal(1), reason="压坏")
        )
        used = [(self.apples, "57 KGM")]
        (self.juice,) = world.transform("plant", used, new(world.products["juice"], "30 LTR"), loss="27 KGM")
        world.deliver("plant", "stall", (self.juice, "20 LTR"))
        world.ship("farm", "market", (self.apples, "40 KGM"))

    def page(self, batch: str, below: str = "") -> str:
        """Path of a batch's page."""
        return f"/inspect/batch/{batch.rsplit('/', 1)[-1]}{below}"


@pytest.fixture
def told(desk: Desk) -> Told:
    return Told(desk)


@pytest.fixture
def inspector(told: Told) -> Browser:
    return told.desk.browser("inspector")


# -- seeing --------------------------------------------------------------------------------------------------


def test_one_screen_says_who_has_how_much_and_on_which_papers(told: Told, inspector: Browser) -> None:
    """Amounts at every hand, short and rejected, the invoice's number, and the sums."""
    page = inspector.page(told.page(told.apples))
    for said in (
        "发出 60 千克",
        "收下 57 千克",
        "短少 2 千克",
        "拒收 1 千克",
        "用掉 57 千克",
        "FP-2026-0117",
    ):
        assert said in page, said
    assert "对得上：来 100 千克，去 59 千克，现存 41 千克" in page
    assert "现有 20 升" in page  # the stall's juice, made from it
    assert "路上 40 千克" in page


def test_english_readers_read_english(told: Told) -> None:
    page = told.desk.browser("inspector", lang="en").page(told.page(told.apples))
    assert "It adds up: 100 kg came, 59 kg went, 41 kg are left" in page
    assert "短少" not in page


def test_every_page_says_when_it_was_true(told: Told, inspector: Browser) -> None:
    """A page that a phone kept is not taken for the present."""
    size = told.world.size()
    for path in (
        "/inspect",
        told.page(told.apples),
        told.page(told.apples, "/verify"),
        "/inspect/party/farm",
    ):
        assert f"截至 2026-11-02 08:30，账本共 {size} 条" in inspector.page(path), path


def test_a_late_confirmation_and_goods_past_their_day_are_on_the_first_page(
    told: Told, inspector: Browser
) -> None:
    assert "要处理的" in inspector.page("/inspect")
    told.world.clock.forward(days=40)
    page = told.desk.browser("inspector").page("/inspect")
    assert "逾期没有确认收货" in page
    assert "过期了还在手里" in page


def test_a_party_is_shown_with_its_goods_and_deliveries(told: Told, inspector: Browser) -> None:
    page = inspector.page("/inspect/party/plant")
    assert "farm 发给 plant" in page
    assert "10 升" in page
    assert "已确认" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("FP-2026", "FP-2026-0117"),
        ("A-", APPLES),
        ("mark", "market"),
        ("没有这样的", "没有查到"),
        ("", "扫码"),
    ],
)
def test_what_is_asked_for_is_found_or_honestly_not(inspector: Browser, asked: str, said: str) -> None:
    assert said in inspector.page(f"/inspect/search?q={asked}")


def test_a_scanned_code_opens_its_batch(told: Told, inspector: Browser) -> None:
    """The printed link, as a scanner gives it."""
    answer = inspector.get(f"/inspect/search?q={told.apples}")
    assert answer.headers["Location"] == told.page(told.apples)


@pytest.mark.parametrize("path", ["/inspect/batch/NOTHING", "/inspect/party/nobody", "/inspect/batch/-"])
def test_an_unknown_code_gets_an_honest_page_with_the_search_box(inspector: Browser, path: str) -> None:
    page = inspector.page(path, 404)
    assert "没有找到" in page
    assert 'name="q"' in page


def test_a_wrong_date_is_said_to_be_wrong(inspector: Browser) -> None:
    assert "2026-13" in inspector.page("/inspect/search?q=a&first=2026-13", 422)
    assert inspector.page("/inspect/search?first=2026-11-02&last=2026-11-01", 422)
    assert inspector.page("/inspect/search?q=a&kind=secrets", 422)


# -- stopping ------------------------------------------------------------------------------------------------


def test_a_hold_shows_on_every_downstream_page_and_at_every_holder(told: Told, inspector: Browser) -> None:
    """What it stops is counted before; afterwards the consumer's page of the juice says so too."""
    form = inspector.page(told.page(told.apples, "/hold"))
    assert "停住 2 个批次，涉及 4 家" in form
    answer = inspector.submit(told.page(told.apples, "/hold"), why="unsafe", detail="毒死蜱超标")
    page = inspector.follow(answer)
    assert "已记入账本" in page
    assert "检验不合格：毒死蜱超标" in page
    for batch in (told.apples, told.juice):
        public = told.desk.stranger().get(batch.removeprefix(told.world.ctx.base_url)).text
        assert "检验不合格：毒死蜱超标" in public
    assert "因为它的原料被停住" in inspector.page(told.page(told.juice))
    assert "已停住" in inspector.page("/inspect/party/stall")
    assert "检验不合格：毒死蜱超标" in inspector.page("/inspect")


def test_a_hold_that_is_sent_twice_is_laid_once(told: Told, inspector: Browser) -> None:
    """A phone that did not hear the answer asks again."""
    path = told.page(told.apples, "/hold")
    values = inspector.form(path).filled({"why": "order"})
    first = inspector.post(path, values, whole=True, json=True).get_json()
    again = inspector.post(path, values, whole=True, json=True).get_json()
    assert (first["index"], again["index"], again["replayed"]) == (first["index"], first["index"], True)
    assert inspector.page("/inspect").count("上级通知") == 1


def test_a_release_lifts_that_hold_alone(told: Told, inspector: Browser) -> None:
    for why in ("unsafe", "papers"):
        inspector.submit(told.page(told.apples, "/hold"), why=why)
    page = inspector.page(told.page(told.apples))
    release = next(part.split('"')[0] for part in page.split('href="') if "/release/" in part.split('"')[0])
    after = inspector.follow(inspector.submit(release, why="cleared"))
    assert ("检验不合格" in after) != ("没有合格证明" in after)
    assert inspector.get(release).status_code == 422  # it is lifted: there is nothing to release


def test_another_reason_must_be_written(told: Told, inspector: Browser) -> None:
    """And what was chosen stands in the form again."""
    answer = inspector.submit(told.page(told.apples, "/hold"), why="other", detail="")
    assert answer.status_code == 422
    assert 'value="other" required checked' in answer.text
    wrong = inspector.post(told.page(told.apples, "/hold"), {"why": "whim", "once": "x"})
    assert wrong.status_code == 422


def test_a_sample_with_its_finding_is_in_the_chain(told: Told, inspector: Browser) -> None:
    """What was found is for everybody; the number of the record is for those concerned."""
    path = told.page(told.juice, "/look")
    values = {
        "step": "sampling",
        "finding": "waiting",
        "detail": "2 瓶",
        "paper": "sample",
        "number": "CY-77",
    }
    page = inspector.follow(inspector.submit(path, **values))
    assert '<span class="tag">已抽样，等结果</span><span class="said">2 瓶</span>' in page
    assert "抽样单 CY-77" in page
    public = told.desk.stranger().get(told.juice.removeprefix(told.world.ctx.base_url)).text
    assert "已抽样，等结果：2 瓶" in public
    assert "CY-77" not in public


# -- proving -------------------------------------------------------------------------------------------------


def test_every_step_of_the_verification_is_shown_with_its_result(told: Told, inspector: Browser) -> None:
    page = inspector.page(told.page(told.juice, "/verify"))
    assert page.count('<li class="holds">') >= 10
    assert "验证成立" in page
    assert told.world.ctx.publisher.vkey.replace("+", "&#43;") in page.replace("+", "&#43;")


def test_a_changed_record_fails_its_step(told: Told, inspector: Browser) -> None:
    """Somebody changed an amount in the database: the page says which step does not hold."""
    told.world.attacked = True
    inspector.page(told.page(told.juice, "/verify"))
    with told.world.engine.begin() as connection:
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        found = connection.execute(select(bodies).where(bodies.c.compartment == "full")).all()
        row = next(row for row in found if b'"quantity":60' in bytes(row.body))
        changed = bytes(row.body).replace(b'"quantity":60', b'"quantity":61')
        same = (bodies.c.index == row._mapping["index"], bodies.c.compartment == "full")
        connection.execute(update(bodies).where(*same).values(body=changed))
    page = inspector.page(told.page(told.juice, "/verify"))
    assert "验证不成立" in page
    assert '<li class="fails">' in page


def test_the_evidence_stands_without_this_service(told: Told, inspector: Browser, tmp_path: Path) -> None:
    """The bundle holds by the verifier that lies beside it, run as a package of another name elsewhere."""
    answer = inspector.get(told.page(told.juice, "/evidence/all"))
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
    command = [
        sys.executable,
        "-m",
        "verifier",
        "bundle.json",
        "--vkey",
        told.world.ctx.publisher.vkey,
        "--lang",
        "en",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "HOLDS" in run.stdout
    assert command[-4] in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_the_bundle_discloses_amounts_and_papers_and_holds(told: Told, inspector: Browser) -> None:
    data = inspector.get(told.page(told.apples, "/evidence/bundle")).data
    assert verify_bundle(data, vkey=told.world.ctx.publisher.vkey).ok
    assert b"FP-2026-0117" in data
    assert not verify_bundle(
        data.replace(b"FP-2026-0117", b"FP-2026-0118"), vkey=told.world.ctx.publisher.vkey
    ).ok


@pytest.mark.parametrize(("lang", "title"), [("zh", "食品追溯核查报告"), ("en", "Traceability report")])
def test_the_report_can_be_read_searched_and_traced_to_its_bundle(told: Told, lang: str, title: str) -> None:
    """Embedded font, words as text, page numbers, the bundle inside by its hash, and a code that opens the page."""
    inspector = told.desk.browser("inspector", lang=lang)
    inspector.submit(told.page(told.apples, "/hold"), why="unsafe")
    data = inspector.get(told.page(told.juice, "/evidence/report")).data
    with pypdfium2.PdfDocument(data) as document:
        said = "\n".join(page.get_textpage().get_text_range() for page in document)
        (attached,) = [document.get_attachment(n) for n in range(document.count_attachments())]
        bundle = bytes(attached.get_data())
        image = document[0].render(scale=3).to_pil()
        pages = len(document)
    assert title in said
    assert f"1 / {pages}" in said
    assert "FP-2026-0117" in said
    assert hashlib.sha256(bundle).hexdigest() in said.replace("\r\n", "").replace("\n", "")
    assert verify_bundle(bundle, vkey=told.world.ctx.publisher.vkey).ok
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [told.juice]
    assert b"/FontFile2" in data


# -- who may -------------------------------------------------------------------------------------------------

PATHS = ["", "/search?q=a", "/party/farm", "/batch/{code}", "/batch/{code}/hold", "/batch/{code}/look"]
PATHS += ["/batch/{code}/verify", "/batch/{code}/evidence", "/batch/{code}/evidence/all"]
PATHS += ["/batch/{code}/evidence/report", "/batch/{code}/evidence/bundle", "/batch/{code}/release/X"]


@pytest.mark.parametrize(
    "who", ["farm", "plant", "market", "stall", "canteen", "carrier", "laboratory", "operator"]
)
def test_no_other_role_opens_any_page_of_an_inspector(told: Told, who: str) -> None:
    """Not even the maker of a batch: others' amounts, papers and telephone numbers stand on each of them."""
    browser = told.desk.browser(who)
    code = told.apples.rsplit("/", 1)[-1]
    for path in PATHS:
        answer = browser.get("/inspect" + path.format(code=code))
        assert answer.status_code == 403, path
        assert "FP-2026" not in answer.text
    held = browser.post(told.page(told.apples, "/hold"), {"why": "unsafe", "once": "1"})
    assert held.status_code == 403


def test_a_stranger_is_led_to_the_sign_in(told: Told) -> None:
    for path in PATHS:
        code = told.apples.rsplit("/", 1)[-1]
        answer = told.desk.stranger().get("/inspect" + path.format(code=code))
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/in?")


def test_an_inspector_who_may_only_look_stops_nothing(told: Told) -> None:
    reader = told.desk.browser("inspector", Rights.READER)
    size = told.world.size()
    assert "停住这批货" not in reader.page(told.page(told.apples))
    assert reader.post(told.page(told.apples, "/hold"), {"why": "unsafe", "once": "1"}).status_code == 403
    assert told.world.size() == size


def test_a_foreign_batch_travels_in_the_query(desk: Desk) -> None:
    """A URI of another kind has slashes and colons that no path keeps."""
    world: World = desk.world
    milk = world.register("farm", "10 KGM", "milk", lot="M/1")
    inspector = desk.browser("inspector")
    answer = inspector.get(f"/inspect/search?q={milk.replace('%', '%25')}")
    page = inspector.page(answer.headers["Location"])
    assert "M/1" in page
    assert json.dumps(milk)[1:-1] in page


def test_inspector_sees_first_what_lies_in_the_areas_he_was_given(desk: Desk) -> None:
    """What the operator entered decides; everything else is one tap away."""
    ctx, inspector = desk.ctx, desk.world["inspector"].party
    registry.name_area(ctx, "350600", "漳州市")
    registry.set_areas(ctx, inspector, ["350600"])
    page = desk.browser("inspector").page("/inspect")
    assert "只显示本辖区（漳州市）" in page
    assert "显示所有地区" in desk.browser("inspector").page("/inspect?area=all")
