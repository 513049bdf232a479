"""Below the journey: the chain as a picture and in words, ingredients with what is known of each, certificates."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

import pytest

from scanner_web import chain
from scanner_web.family import whole_page
from scanner_web.reading import Reader
from scanner_web.words import Words
from tests.scenario import new
from tests.web import sample
from tests.web.desk import Desk
from trace.domain.commands import Basis, Commitment, Observe, Register
from trace.domain.model import ShipmentState
from trace.services import custody
from trace.services.scan import BatchScan
from trace.store.queries.results import Delivery, Step

SVG = "{http://www.w3.org/2000/svg}"
ZH, EN = Words("zh"), Words("en")


def page(view: object) -> object:
    """The page of a view made by hand."""
    return whole_page(Reader(BatchScan(view, {}, None), sample.BASE), sample.NOW)  # type: ignore[arg-type]


def told(view: object) -> list[str]:
    """The picture's lines as sentences."""
    return [
        ZH.t(line.words, source=line.source.name, target=line.target.name)
        for line in chain.lines(page(view), ZH)  # type: ignore[arg-type]
    ]


def test_who_makes_the_next_batch_stands_in_its_box() -> None:
    """Feed and cage become the frozen fish; the plant that received the cage has no box besides; the shop has one."""
    assert told(sample.view()) == [
        "Fish Feed 做成了 大黄鱼(条冻 450g)",
        "宁德大黄鱼(冰鲜) 做成了 大黄鱼(条冻 450g)",
        "大黄鱼(条冻 450g) 发给了 示例生活超市(漳州新华店)，对方还没确认",
    ]


def test_the_picture_says_the_same_as_the_words() -> None:
    """As many boxes and lines, with every name in it, and what it shows in a title and a description."""
    view = sample.view()
    root = ET.fromstring(str(chain.picture(page(view), EN)))  # type: ignore[arg-type]
    assert len(root.findall(f"{SVG}g")) == 4
    assert len(root.findall(f"{SVG}path")) == 2 * len(told(view))
    assert [root.findtext(SVG + name) for name in ("title", "desc")] == [
        "How 大黄鱼(条冻 450g) came about",
        "4 boxes and 3 lines, from top to bottom. The same is written out below.",
    ]
    assert sum("this batch" in "".join(box.itertext()) for box in root) == 1


def test_a_stopped_ingredient_is_marked_and_so_is_what_was_made_from_it() -> None:
    """In words beside the sign, not in colour alone."""
    view = sample.view(stops=(sample.stopped(sample.CAGE),))
    root = ET.fromstring(str(chain.picture(page(view), ZH)))  # type: ignore[arg-type]
    marked = [
        "".join(box.itertext()) for box in root.findall(f"{SVG}g") if "stop" in box.attrib["class"].split()
    ]
    assert [text[:3] for text in marked] == ["已叫停", "已叫停"]
    assert ["宁德大黄鱼(冰鲜)" in text for text in marked] == [True, False]


def test_a_record_taken_back_moved_nothing() -> None:
    """Neither a delivery that was declared wrong nor one that was taken back is drawn."""
    void = Delivery("d2", sample.PLANT, sample.SHOP, ShipmentState.VOID)
    gone = sample.journey(leave={"delivery": void})
    wrong = sample.journey(leave={"corrected_by": 99})
    for steps in (gone, wrong):
        assert len(told(sample.view(steps))) == 2


def test_goods_that_came_back_close_no_circle() -> None:
    """A return is told by the journey; the picture goes on downwards."""
    back = Delivery("d3", sample.SHOP, sample.PLANT, ShipmentState.OPEN)
    steps: tuple[Step, ...] = (
        *sample.journey(),
        sample.step(8, "shipping", sample.at(13, 1), sample.SHOP, delivery=back),
    )
    assert told(sample.view(steps)) == told(sample.view())


def test_a_batch_that_nobody_had_but_its_maker_needs_no_picture() -> None:
    """One box says nothing."""
    alone = replace(sample.view(()), family={sample.FISH: sample.FAMILY[sample.FISH]})
    assert chain.picture(page(alone), ZH) is None  # type: ignore[arg-type]


# -- as it is served -------------------------------------------------------------------------------------------


@pytest.fixture
def juice(desk: Desk) -> dict[str, str]:
    """Apples and a second lot of them become juice, which the market has and sends on to the stall."""
    world = desk.world
    promise = Commitment((Basis.ENTRUSTED_TEST, Basis.OWN_WORD), date(2026, 11, 1))
    drafts = [new(world.products["apples"], "50 KGM", lot="AP-1", commitment=promise)]
    drafts.append(new(world.products["apples"], "50 KGM", lot="AP-2"))
    made = [
        str(custody.register(desk.ctx, world["farm"], Register(one)).result["batches"][0]["uri"])
        for one in drafts
    ]
    world.deliver("farm", "plant", *((one, "40 KGM") for one in made))
    found = Observe("inspecting", (made[0],), finding="3 项合格 <b>")
    custody.observe(desk.ctx, world["laboratory"], found)
    inputs = [(one, "40 KGM") for one in made]
    (uri,) = world.transform(
        "plant", inputs, new(world.products["juice"], "30 LTR", lot="J-1"), loss="50 KGM"
    )
    world.deliver("plant", "market", (uri, "20 LTR"))
    world.ship("market", "stall", (uri, "5 LTR"))
    return {"juice": uri, "first": made[0], "second": made[1]}


def read(desk: Desk, uri: str, lang: str = "zh") -> str:
    """The page as text."""
    answer = desk.stranger().get(uri.removeprefix(desk.ctx.base_url), headers={"Accept-Language": lang})
    assert answer.status_code == 200
    return answer.text


def section(text: str, heading: str) -> str:
    """What stands below a heading, without markup."""
    found = re.search(rf'<section aria-labelledby="{heading}">(.*?)</section>', text, re.DOTALL)
    assert found, heading
    plain = re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", found[1], flags=re.DOTALL))
    return re.sub(r"\s+", " ", html.unescape(plain))


def test_ingredients_are_listed_with_what_is_known_of_each(desk: Desk, juice: dict[str, str]) -> None:
    """Maker, dates and a verdict of its own, with a link; a stop on one shows on that one alone."""
    custody.hold(desk.ctx, desk.world["inspector"], juice["second"], "发霉")
    page = read(desk, juice["juice"])
    listed = section(page, "made-of")
    first, second = listed.index("AP-1"), listed.index("AP-2")
    assert "没有停售记录" in listed[first:second]
    assert "已叫停" in listed[second:]
    assert "farm · 2026年11月2日 生产" in listed
    assert f'href="{juice["first"].removeprefix(desk.ctx.base_url)}"' in page


def test_picture_and_its_words_stand_in_the_page_without_scripts(desk: Desk, juice: dict[str, str]) -> None:
    """The words are there for whoever opens them, links and all."""
    text = section(read(desk, juice["juice"], "en"), "chain")
    assert "market was sent to stall , not yet confirmed" in text
    assert "apples was made into juice" in text
    assert '<svg class="chain"' in read(desk, juice["juice"])


def test_certificates_and_tests_stand_with_their_makers(desk: Desk, juice: dict[str, str]) -> None:
    """承诺达标合格证 with its grounds and day; a test in its own words, with who wrote it and of what."""
    for name in ("juice", "first"):
        text = section(read(desk, juice[name]), "papers")
        assert "承诺达标合格证 farm 为 apples 承诺" in text
        assert "委托检测、自我承诺 · 2026年11月1日 开具" in text
        assert "3 项合格 <b> laboratory · 检测机构 ·" in text
    assert 'aria-labelledby="papers"' not in read(desk, juice["second"])


def test_a_certificate_that_was_taken_back_is_none(desk: Desk) -> None:
    """Who declares a registration wrong takes its promise along."""
    promise = Commitment((Basis.OWN_TEST,), desk.ctx.local(desk.ctx.clock()).date() - timedelta(days=1))
    draft = new(desk.world.products["apples"], "5 KGM", commitment=promise)
    done = custody.register(desk.ctx, desk.world["farm"], Register(draft))
    uri = str(done.result["batches"][0]["uri"])
    assert "自我检测" in read(desk, uri)
    desk.world.correct("farm", done.event_id)
    assert "自我检测" not in read(desk, uri)
