"""Every kind of code opens its page, however it is spelt; and a code that opens nothing says why."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner_web.lookup import Lookup
from tests.web.conftest import ALIAS, BASE, CRATE, FOREIGN, GLN, GTIN, PALLET, SSCC, World
from tests.web.desk import Desk
from trace.interop.epcis import read_document
from trace.services import capture


def spelt(code: str) -> list[str]:
    """Ways in which people write a short code."""
    return [code.lower(), f"{code[:4]}-{code[4:8]}-{code[8:]}", code.replace("0", "o").replace("1", "l")]


def test_short_code_is_forgiving(world: World, client: FlaskClient) -> None:
    """Lower case, hyphens and look-alike letters lead to the one canonical address."""
    path = world.codes["fresh"]
    for code in spelt(path.rsplit("/", 1)[1]):
        if f"/t/{code}" != path:
            answer = client.get(f"/t/{code}")
            assert (answer.status_code, answer.location) == (302, path)


def test_capital_short_link_of_a_label_opens_the_page(world: World, client: FlaskClient) -> None:
    """The upper-case link that a small QR code carries leads to the batch."""
    assert client.get(world.codes["fresh"].upper()).location == world.codes["fresh"]


def test_printed_code_of_a_gtin_batch_leads_to_its_digital_link(world: World, client: FlaskClient) -> None:
    """One batch has one address."""
    code = client.get(world.codes["frozen"], headers={"Accept": "application/json"}).get_json()["code"]
    assert client.get(f"/t/{code}").location == world.codes["frozen"]


def test_lot_with_a_slash_is_one_lot(world: World, client: FlaskClient) -> None:
    """A lot's own slash, sent as %2F, is not taken for a separator."""
    assert world.codes["frozen"] == f"/page/01/{GTIN}/10/L%2F1"
    assert client.get(world.codes["frozen"]).status_code == 200
    assert client.get(f"/01/{GTIN}/10/L%2F1").location == world.codes["frozen"]


def test_short_gtin_is_padded(client: FlaskClient) -> None:
    """The 13 digits under a bar code lead to the page of the 14, at once; so do those of a page's own address."""
    for start, status in ((f"/01/{GTIN[1:]}/10/L%2F1", 307), (f"/page/01/{GTIN[1:]}/10/L%2F1", 301)):
        answer = client.get(start)
        assert (answer.status_code, answer.location) == (status, f"/page/01/{GTIN}/10/L%2F1")


def test_attributes_in_the_query_do_not_hide_a_batch(world: World, client: FlaskClient) -> None:
    """A label may carry an expiry in its link (17=...); the page opens all the same."""
    assert client.get(f"{world.codes['frozen']}?17=271231").status_code == 200


def test_product_alone_says_that_the_batch_is_missing(world: World, client: FlaskClient) -> None:
    """A plain bar code names the product and offers its batches; it claims nothing about any of them."""
    text = client.get(f"/page/01/{GTIN}").get_data(as_text=True)
    assert "没有说是哪一批" in text
    assert f'href="{world.codes["frozen"]}"' in text
    assert "没有停售记录" not in text


def test_product_without_gtin_has_a_page(world: World, client: FlaskClient) -> None:
    """A grower's product is found by its own address."""
    text = client.get("/g/fresh").get_data(as_text=True)
    assert "鲜鱼" in text
    assert f'href="{world.codes["fresh"]}"' in text
    assert client.get("/g/nothing").status_code == 404


def test_load_shows_what_is_inside(world: World, client: FlaskClient) -> None:
    """Scanning a case lists its batches, without amounts, and who has it."""
    text = client.get(f"/page/00/{SSCC}").get_data(as_text=True)
    assert "冻鱼" in text
    assert "现在在 冷冻厂" in text
    assert f'href="{world.codes["frozen"]}"' in text


def test_loads_within_loads_lead_to_each_other(client: FlaskClient) -> None:
    """A pallet names its cases, a case its pallet."""
    assert f'href="/page/00/{SSCC}"' in client.get(f"/page/00/{PALLET}").get_data(as_text=True)
    assert f'href="/page/00/{PALLET}"' in client.get(f"/page/00/{SSCC}").get_data(as_text=True)


def test_load_on_its_way_is_with_nobody(client: FlaskClient) -> None:
    """Between two hands the page claims neither."""
    text = client.get(f"/page/00/{CRATE}").get_data(as_text=True)
    assert "鲜鱼" in text
    assert "现在在" not in text


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("已经拆开", "里面装过的货", "拆箱")), ("en", ("nothing is left", "What was in it", "Unpacked"))],
)
def test_an_emptied_load_has_a_page(desk: Desk, lang: str, words: tuple[str, ...]) -> None:
    """The label stays on the case: it says who took the goods out and leads on to them; its journey's link is none
    to nowhere."""
    batch = desk.world.register("farm", "9 KGM")
    unit = f"https://id.gs1.org/00/{SSCC}"
    desk.world.pack("farm", unit, (batch, "9 KGM"))
    desk.world.unpack("farm", unit)
    client, path = desk.stranger(), batch.removeprefix(desk.ctx.base_url)
    assert f'href="/page/00/{SSCC}"' in client.get(path).text
    text = text_of(client, f"/00/{SSCC}", 200, lang)
    assert all(word in text for word in words)
    assert f'href="{path}"' in text
    assert "farm" in text
    told = client.get(f"/page/00/{SSCC}", headers={"Accept": "application/json"}).get_json()
    assert [step["step"] for step in told["steps"]] == ["packing", "unpacking"]


def test_a_stranger_s_document_puts_no_goods_into_another_s_load(desk: Desk) -> None:
    """Who never had them claims to have packed and emptied it: that is told as what does not add up."""
    world, unit = desk.world, f"https://id.gs1.org/00/{SSCC}"
    batch = world.register("farm", "100 KGM")
    for action, step in (("ADD", "packing"), ("DELETE", "unpacking")):
        claim = {
            "type": "AggregationEvent",
            "eventTime": world.clock().isoformat(),
            "eventTimeZoneOffset": "+08:00",
            "action": action,
            "bizStep": step,
            "parentID": unit,
            "childQuantityList": [{"epcClass": batch, "quantity": 5, "uom": "KGM"}],
        }
        whole = {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": world.clock().isoformat(),
            "epcisBody": {"eventList": [claim]},
        }
        capture.import_document(world.ctx, world["stall"], read_document(json.dumps(whole).encode()))
    page = Lookup(world.ctx).unit(unit)
    assert page is not None
    assert [(step.step, step.flagged) for step in page.steps] == [("packing", True), ("unpacking", True)]
    assert (page.goods, page.emptied) == ((), None)
    text = text_of(desk.stranger(), f"/00/{SSCC}", 200)
    assert text.count("This does not add up") == 2
    assert "nothing is left" not in text


def test_a_load_that_is_full_says_who_packed_it(client: FlaskClient) -> None:
    """And into what it went: a case on a pallet."""
    text = text_of(client, f"/00/{SSCC}", 200)
    assert "Packed into a larger load" in text
    assert "nothing is left" not in text


def test_ledger_without_a_signature_yet(
    world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first checkpoint the page says that nothing is signed yet."""
    monkeypatch.setattr("trace.store.queries.newest_checkpoint", lambda connection, ledger: None)
    assert "还没有签名" in client.get(world.codes["fresh"]).get_data(as_text=True)


@pytest.mark.parametrize("path", [f"/417/{GLN}", f"/414/{GLN}", "/p/%E6%B5%B7%E6%B9%BE%E6%B8%94%E5%9C%BA"])
def test_party_and_place_have_a_page(client: FlaskClient, path: str) -> None:
    """A business's or place's number opens its name, its part in the chain and what began there."""
    text = client.get(path, follow_redirects=True).get_data(as_text=True)
    assert "从这里开始的货" in text
    assert "宁德市" in text


def test_foreign_batch_is_reachable_by_its_uri(client: FlaskClient) -> None:
    """A batch of a captured document has an address too."""
    assert client.get(f"/b?uri={quote(FOREIGN, safe='')}").status_code == 200
    assert client.get("/b?uri=urn:x-example:lot:none").status_code == 404
    assert client.get("/b").status_code == 404


# -- codes that open nothing ----------------------------------------------------------------------------------


def text_of(client: FlaskClient, path: str, status: int = 404, lang: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": lang}, follow_redirects=True)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_unknown_lot_of_a_known_product(client: FlaskClient) -> None:
    """The page says which half it knows: the product, but not this batch."""
    text = text_of(client, f"/01/{GTIN}/10/NO-SUCH")
    assert "The product is known, this batch is not" in text
    assert "冻鱼" in text
    assert "NO-SUCH" in text


def test_item_without_a_batch(client: FlaskClient) -> None:
    """A serial number alone cannot name a batch, and the page says so."""
    assert "cannot tell which one it belongs to" in text_of(client, f"/01/{GTIN}/21/S1")


def test_wrong_check_digit_is_explained(client: FlaskClient) -> None:
    """A misread digit is called that, with what stands there and what would fit."""
    text = text_of(client, "/01/09520000000012/10/A", 400)
    assert "This code seems misread" in text
    assert "it says 2, it should be 1" in text


def test_misread_short_code_is_told_from_an_unknown_one(world: World, client: FlaskClient) -> None:
    """A code whose check fails was misread; one that fits is simply not in the ledger."""
    code = world.codes["fresh"].rsplit("/", 1)[1]
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    assert "This code seems misread" in text_of(client, f"/t/{wrong}")
    assert "This code is not known here" in text_of(client, "/t/7A8GFH2NDR9")
    assert "This code is not known here" in text_of(client, "/t/nonsense")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/01/09520000000059/10/A", "nobody has registered such a product"),
        ("/00/095200000000000035", "no record speaks of such a load"),
        ("/8003/09520000000011", "no record speaks of such a load"),
        ("/414/9520000000004", "No such place or business"),
        ("/417/9520000000004", "No such place or business"),
        ("/414/9520000000004/254/7", "No such place or business"),
        ("/p/nobody", "No such place or business"),
        ("/253/9520000000004A", "have no page here"),
        ("/no/such/page", "There is nothing at this address"),
    ],
)
def test_every_dead_end_is_honest(client: FlaskClient, path: str, words: str) -> None:
    """Whatever cannot be shown gets a page with the reason and with what to do next."""
    text = text_of(client, path)
    assert words in text
    assert "What to do next" in text
    assert 'name="code"' in text


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/log/nothing", "/epcis/nothing", "/healthz", "/metrics"]
)
def test_addresses_of_programs_are_left_to_them(client: FlaskClient, path: str) -> None:
    """The pages do not answer in place of the API."""
    assert b"What to do next" not in client.get(path, headers={"Accept-Language": "en"}).data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=60))
def test_no_address_breaks_the_pages(client: FlaskClient, path: str) -> None:
    """Whatever stands after a key, a code or nothing: a page or a redirect, never a server error."""
    for front in ("/", "/t/", "/01/", f"/01/{GTIN}/10/", "/00/", "/414/", "/b?uri=", "/scan?code="):
        # Two slashes at the front would name a host to the client.
        assert client.get(front + quote(path.lstrip("/"))).status_code in {200, 301, 302, 307, 308, 400, 404}


# -- typing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "lands"),
    [
        (f"https://id.gs1.org/01/{GTIN}/10/L%2F1", f"/page/01/{GTIN}/10/L%2F1"),
        (f"(01){GTIN}(17)271231(10)L/1", f"/page/01/{GTIN}/10/L%2F1"),
        (f"https://farm.example/01/{GTIN}/10/L%2F1/21/S1", f"/page/01/{GTIN}/10/L%2F1/21/S1"),
        (GTIN[1:], f"/page/01/{GTIN}"),
        (SSCC, f"/page/00/{SSCC}"),
        (f"{SSCC[:9]} {SSCC[9:]}", f"/page/00/{SSCC}"),
        ("https://elsewhere.example/T/7K3M9QW2X0F", "/T/7K3M9QW2X0F"),
    ],
)
def test_typed_numbers_lead_to_their_page(client: FlaskClient, typed: str, lands: str) -> None:
    """A link, a bracketed text from under a bar code and bare digits all find their page."""
    answer = client.get("/scan", query_string={"code": typed})
    assert (answer.status_code, answer.location) == (302, lands)


def test_typed_short_code_and_foreign_uri_find_the_batch(world: World, client: FlaskClient) -> None:
    """What is printed under a QR code is enough."""
    code = world.codes["fresh"].rsplit("/", 1)[1]
    assert client.get("/scan", query_string={"code": f" {code.lower()} "}).location == world.codes["fresh"]
    assert client.get("/scan", query_string={"code": FOREIGN}).location.startswith("/b?uri=urn")
    assert client.get("/scan", query_string={"code": f"{BASE}{world.codes['fresh']}"}).location.endswith(code)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("(99)1", "GS1"),
        ("(01)123(10)A", "GTIN"),
        ("https://example.org/news", "not known"),
        ("x" * 301, "too long"),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_typed_nonsense_gets_the_honest_page(client: FlaskClient, typed: str, words: str) -> None:
    """What cannot be a code is answered with the reason, and the text stays in the field to be mended."""
    answer = client.get("/scan", query_string={"code": typed}, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert words in answer.get_data(as_text=True)


@pytest.mark.parametrize("typed", [ALIAS, f" {ALIAS.replace('https://other', 'HTTPS://Other')} ", "WX-7/a"])
def test_a_suppliers_own_code_finds_the_goods(world: World, client: FlaskClient, typed: str) -> None:
    """Another platform's address or a supplier's number, typed or scanned as it is printed, opens the batch."""
    assert client.get("/scan", query_string={"code": typed}).location == world.codes["fresh"]
    answer = client.get("/a", query_string={"uri": typed})
    assert (answer.status_code, answer.location) == (307, world.codes["fresh"])


def test_a_foreign_code_has_an_address_here(world: World, client: FlaskClient) -> None:
    """/a/ with the code behind it, or /t/ where a label printer knows no other; an unknown one is told so."""
    assert client.get("/a/WX-7/a").location == world.codes["fresh"]
    assert client.get("/a/FROZEN-1").location == f"/page/01/{GTIN}"
    assert client.get("/t/FROZEN-1").location == f"/page/01/{GTIN}"
    assert client.get("/a/WX-8").status_code == client.get("/a").status_code == 404


def test_scan_offers_typing(client: FlaskClient) -> None:
    """Without a code, the form."""
    assert "手机自带的相机" in client.get("/scan").get_data(as_text=True)


def test_lot_with_a_slash_behind_a_server_that_decodes(world: World, client: FlaskClient) -> None:
    """Some servers hand over the decoded path alone: the batch is found all the same, in no circle."""
    for start in (world.codes["frozen"], f"{world.codes['frozen']}/21/S-1"):
        answer = client.get(start, environ_overrides={"REQUEST_URI": "", "RAW_URI": ""})
        assert answer.status_code == 200
