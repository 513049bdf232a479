"""What a person reads on the page of a batch, in both languages."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import FOREIGN, GTIN, SSCC, World
from tests.web.desk import Desk
from trace.services import parties
from trace.services.parties import ProductDraft


def read(client: FlaskClient, path: str, lang: str = "zh") -> str:
    """The page's text, without its markup."""
    answer = client.get(path, headers={"Accept-Language": lang})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    text = re.sub(r"<(style|svg|title).*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def in_order(text: str, *parts: str) -> bool:
    """Whether the parts stand in the text one after the other."""
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True


def test_first_screen_answers_what_whose_where_until_when(world: World, client: FlaskClient) -> None:
    """Product, verdict, maker, origin, dates and numbers come before the journey."""
    text = read(client, world.codes["fresh"])
    code = world.codes["fresh"].rsplit("/", 1)[1]
    parts = ("鲜鱼", "没有停售记录", "海湾渔场", "三都澳 7 号网箱", "还有 5 天", "N-1", code, "一路走来")
    assert in_order(text, *parts)


def test_in_english_too(world: World, client: FlaskClient) -> None:
    """The same page in English, but for what the businesses themselves wrote."""
    text = read(client, world.codes["fresh"], "en")
    assert in_order(text, "鲜鱼", "No stop is known", "From", "grower", "5 days left", "Its journey")
    assert in_order(text, "The batch was registered", "Sent to 冷冻厂", "Received from 海湾渔场")


def test_made_product_tells_its_ingredients_story_first(world: World, client: FlaskClient) -> None:
    """A processed fish shows farm, delivery, processing and packing in order, and where the fish grew."""
    text = read(client, world.codes["frozen"])
    assert in_order(text, "冻鱼", "产地", "三都澳 7 号网箱", "一路走来")
    journey = text[text.index("一路走来") :]
    assert in_order(
        journey, "原料： 鲜鱼", "登记了这批货", "发给 冷冻厂", "收到 海湾渔场 的货", "加工成这批货", "装箱"
    )
    assert SSCC in journey


def test_ingredients_of_a_made_product_are_links(world: World, client: FlaskClient) -> None:
    """From the product one can walk to each batch it was made from."""
    page = client.get(world.codes["frozen"]).get_data(as_text=True)
    inputs = page[page.index("用了这些") :]
    assert f'href="{world.codes["fresh"]}"' in inputs[: inputs.index("</ul>")]


def test_who_said_it_and_who_agreed(world: World, client: FlaskClient) -> None:
    """A confirmed delivery names the other side; a self-declared or unconfirmed step says so, in few words."""
    text = read(client, world.codes["frozen"])
    journey = text[text.index("一路走来") :]
    assert re.search("发给 冷冻厂 海湾渔场 .*? 冷冻厂 已确认", journey)
    assert "和发货方 海湾渔场 说的一致" in journey
    assert "街口小店 还没有确认" in journey
    assert journey.count("没有别人确认") == 1  # in the legend, for all
    assert in_order(journey, "两方都认", "等待确认", "一方说法", "登记了这批货", "一方说法")


def test_last_test_stands_on_the_first_screen(world: World, client: FlaskClient) -> None:
    """What a laboratory found, as its own words, with who, when and of what; and again at its step."""
    text = read(client, world.codes["frozen"])
    assert in_order(
        text,
        "检测、检查的结果",
        "闽检所 写道：",
        "氯霉素未检出 <b>",
        "检测机构 · ",
        "查的是原料： 鲜鱼",
        "一路走来",
    )
    assert in_order(text, "一路走来", "写下的结果：“氯霉素未检出 <b>”", "写下的做法：“急冻”")
    assert "No laboratory has" not in read(client, world.codes["frozen"], "en")


def test_no_test_is_said_to_be_none(world: World, client: FlaskClient) -> None:
    """Silence is not passed off as a good result; and a shop's own look is not a laboratory's."""
    assert "没有人写下检测结果" in read(client, world.codes["fresh2"])
    own = read(client, world.codes["gone"], "en")
    assert in_order(
        own,
        "Tests and checks",
        "海湾渔场 wrote:",
        "looks fresh",
        "grower",
        "No laboratory has written down a result",
    )


def test_wrong_record_stays_visible_and_struck_through(world: World, client: FlaskClient) -> None:
    """A record taken back is shown as taken back, with when, by whom and why; it is not removed."""
    page = client.get(world.codes["frozen"]).get_data(as_text=True)
    assert page.count('class="step gone"') == 1
    text = read(client, world.codes["frozen"], "en")
    assert "This record was taken back" in text
    assert re.search(r"冷冻厂 declared on .*?: it did not happen", text)


def test_stopped_batch_says_so_first(world: World, client: FlaskClient) -> None:
    """Why, by whom and since when, before anything else; and nothing on the page says all is well."""
    text = read(client, world.codes["stopped"])
    assert in_order(text, "已被叫停，请不要吃、不要卖", "氯霉素 0.5 µg/kg", "监管所", "谁家的")
    assert "没有停售记录" not in text


def test_expired_batch_says_since_when(world: World, client: FlaskClient) -> None:
    """Past the last day of use the page warns in words, with the days since."""
    assert in_order(read(client, world.codes["expired"]), "已过期", "4 天前到期", "谁家的")
    assert "Past its date" in read(client, world.codes["expired"], "en")


def test_impossible_claim_is_flagged_at_its_step(client: FlaskClient) -> None:
    """A captured document that takes more than there was is shown with its numbers where that happened."""
    text = read(client, f"/b?uri={quote(FOREIGN, safe='')}", "en")
    assert "do not add up" in text[: text.index("Its journey")] or "does not add up" in text
    assert in_order(text, "Made from other batches", "12.5 kg", "held only 10 kg")
    assert "From a document handed in by" in text


def test_time_is_local_with_its_zone(client: FlaskClient) -> None:
    """A step in Newfoundland is told in Newfoundland's time."""
    text = read(client, f"/b?uri={quote(FOREIGN, safe='')}", "en")
    assert "2 Jan 2026 10:00 UTC-3:30" in text


def test_times_of_the_readers_own_zone_name_none(world: World, client: FlaskClient) -> None:
    """Stop, journey, signature and place: who stands in the shop knows what time it is there."""
    for path in (world.codes["stopped"], world.codes["frozen"], f"/page/00/{SSCC}"):
        for lang in ("zh", "en"):
            assert "UTC" not in read(client, path, lang)


def test_a_name_of_two_hundred_letters_is_cut_and_stands_whole_below(desk: Desk) -> None:
    """The verdict stays on the first screen; nothing of what the goods are called is lost, scripts or not."""
    name = ("高山红土有机栽培人工疏果套袋早采红肉蜜柚特级礼盒装" * 8)[:200]
    draft = ProductDraft(name, "KGM", id="long")
    desk.world.products["long"] = parties.register_product(desk.ctx, desk.world["farm"], draft).result["uri"]
    long, short = (desk.world.register("farm", "9 KGM", product) for product in ("long", "apples"))
    page, other = (desk.stranger().get(batch.removeprefix(desk.ctx.base_url)).text for batch in (long, short))
    assert f'<h1 class="longest" data-shown="product">{name}</h1>' in page
    assert page.index("没有停售记录") < page.index("全名") < page.index(f'<dd class="own">{name}</dd>')
    assert "全名" not in other


def test_foreign_step_without_words_is_named_as_it_is(client: FlaskClient) -> None:
    """A step of an unknown vocabulary is shown, not dropped."""
    assert "blessed by moonlight" in read(client, f"/b?uri={quote(FOREIGN, safe='')}")


def test_proof_says_what_it_shows_and_what_not(world: World, client: FlaskClient) -> None:
    """The page gives the ledger's size and fingerprint, offers the bundle and a command, and claims no truth."""
    page = client.get(world.codes["fresh"], headers={"Accept-Language": "en"}).get_data(as_text=True)
    note = world.ctx.publisher.latest()
    assert note is not None
    size = note.split("\n")[1]
    text = read(client, world.codes["fresh"], "en")
    assert in_order(
        text, "Records in the ledger", size, "What it does not prove", "That what was written is true"
    )
    code = world.codes["fresh"].rsplit("/", 1)[1]
    assert f'href="/api/v1/batches/{code}/bundle"' in page
    assert f"python -m trace verify --bundle {code}.json" in text


def test_item_number_is_told_from_the_batch(world: World, client: FlaskClient) -> None:
    """A serialised code opens its batch, and the page says that records are kept by batch."""
    text = read(client, f"{world.codes['frozen']}/21/S-77", "en")
    assert "S-77" in text
    assert "not for single items" in text


def test_gtin_is_shown(world: World, client: FlaskClient) -> None:
    """The number under the bar code stands on the page, to compare."""
    assert GTIN in read(client, world.codes["frozen"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_stay_text(world: World, client: FlaskClient, lang: str) -> None:
    """A batch named <script>, an image tag as origin, a javascript: place: shown as text, linked nowhere."""
    page = client.get(world.codes["evil"], headers={"Accept-Language": lang}).get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "<img" not in page
    foreign = client.get(f"/b?uri={quote(FOREIGN, safe='')}").get_data(as_text=True)
    assert "javascript:" not in re.sub(r">[^<]*<", "><", foreign)
