"""The page of one carton or item: genuine, made up, misread or not in use; looked at, copied, uncovered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.scenario import BASE_URL
from tests.web.desk import Desk, Prepared, forms, served
from trace.services import aliases, serials, sightings
from trace.services.serials import SerialCode

PHONE = "Mozilla/5.0 (Linux; Android 14) Mobile"
FUZHOU, BEIJING = {"latitude": "26.1", "longitude": "119.3"}, {"latitude": "39.9", "longitude": "116.4"}

ENGLISH = {"Accept-Language": "en"}


@dataclass
class Shelf:
    """A batch with a short code and one with a GTIN and an awkward lot; two serials of each; a roll of labels."""

    desk: Desk
    apples: str
    milk: str

    def code(self, batch: str, number: int = 1) -> SerialCode:
        (code,) = serials.printed(self.desk.ctx, batch, number, 1)
        return code

    def path(self, batch: str, number: int = 1) -> str:
        """The path that the QR code carries."""
        return self.code(batch, number).url.removeprefix(BASE_URL)

    def page(self, batch: str, number: int = 1) -> str:
        """The path of the page of one of its serials, the first one."""
        path = self.path(batch, number)
        return f"/page{path}" if path.startswith("/01/") else path


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    return stock(desk)


def stock(desk: Desk) -> Shelf:
    world = desk.world
    made = Shelf(desk, world.register("farm", "9 KGM"), world.register("farm", "9 KGM", "milk", lot="L/1"))
    for batch in (made.apples, made.milk):
        serials.issue(desk.ctx, world["farm"], batch, 2, cover=True)
    return made


def open_page(client: FlaskClient, path: str, lang: str = "en", agent: str = PHONE) -> tuple[int, str]:
    """Status and words of a page; entities and marks are not read."""
    headers = {"Accept-Language": lang, "User-Agent": agent}
    answer = client.get(path, headers=headers, follow_redirects=True)
    return answer.status_code, words(answer.text)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL))


def test_every_printed_code_opens_its_page(shelf: Shelf) -> None:
    """Short link and Digital Link, in capitals, in groups, in small letters: genuine, with its number."""
    client = shelf.desk.stranger()
    for batch in (shelf.apples, shelf.milk):
        status, text = open_page(client, shelf.path(batch))
        serial = shelf.code(batch).serial
        assert (status, "The number is genuine" in text) == (200, True)
        assert f"{serial[:4]}-{serial[4:8]}-{serial[8:]}" in text
    status, text = open_page(client, shelf.path(shelf.apples).upper())
    assert (status, "The number is genuine" in text) == (200, True)
    code, serial = shelf.path(shelf.apples).split("/")[2:]
    typed = f"{serial[:4]}-{serial[4:8]}-{serial[8:]}".lower()
    assert client.get(f"/t/{code.lower()}/{typed}").location == shelf.path(shelf.apples)


def test_a_gtin_batchs_serial_is_good_below_its_short_code_too(shelf: Shelf) -> None:
    """The shorter link of a small label leads to the same page."""
    client = shelf.desk.stranger()
    short = client.get(f"/page{shelf.path(shelf.milk)}?as=json").get_json()["code"]
    answer = client.get(f"/t/{short}/{shelf.code(shelf.milk).serial}")
    assert answer.location == shelf.page(shelf.milk)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_made_up_serial_is_called_so_and_what_to_do_is_said(shelf: Shelf, lang: str) -> None:
    """A genuine number of other goods does not vouch for these; the page is honest and not empty."""
    client = shelf.desk.stranger()
    for batch, other in ((shelf.apples, shelf.milk), (shelf.milk, shelf.apples)):
        path = shelf.path(batch).rsplit("/", 1)[0] + "/" + shelf.code(other).serial
        status, text = open_page(client, path, lang)
        assert status == 404
        assert ("编造" if lang == "zh" else "made up") in text
        assert "12315" in text
        problem = client.get(path, headers={"Accept": "application/json"}, follow_redirects=True)
        assert (problem.status_code, problem.get_json()["code"]) == (404, "serial_forged")


def test_a_slip_of_the_finger_is_no_forgery(shelf: Shelf) -> None:
    """One character misread: the page says so, and leads to the batch that the label names."""
    path = shelf.path(shelf.apples)
    wrong = path[:-1] + ("0" if path[-1] != "0" else "1")
    answer = shelf.desk.stranger().get(wrong, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "seems misread" in answer.text
    assert f'href="{path.rsplit("/", 1)[0]}"' in answer.text


def test_serials_that_are_the_makers_own_are_not_called_forged(shelf: Shelf) -> None:
    """Where this service issued none it cannot judge: it says that, and neither genuine nor made up."""
    batch = shelf.desk.world.register("farm", "9 KGM", "milk", lot="L-2")
    path = batch.replace("https://id.gs1.org", "/page") + "/21/S-77"
    status, text = open_page(shelf.desk.stranger(), path)
    assert (status, "cannot be checked" in text) == (200, True)
    assert "genuine" not in text


def test_a_label_says_whether_it_is_in_use(shelf: Shelf) -> None:
    """Before it is bound: genuine, and nothing about any goods. Then it opens its batch, and the number is shown."""
    client, world = shelf.desk.stranger(), shelf.desk.world
    roll = serials.roll(shelf.desk.ctx, world["farm"], 2).result
    status, text = open_page(client, f"/s/{roll['first']}")
    assert (status, "not in use yet" in text) == (404, True)
    serials.bind(shelf.desk.ctx, world["farm"], roll["first"], roll["last"], shelf.apples)
    assert client.get(f"/S/{roll['last'].lower()}").location == f"/s/{roll['last']}"
    status, text = open_page(client, f"/s/{roll['last']}")
    assert (status, "apples" in text, "The number is genuine" in text) == (200, True, True)
    assert open_page(client, "/s/NNNNNNNNNNNNNNNN")[0] == 404


def test_a_labels_number_can_be_typed_and_nobody_takes_it_over(shelf: Shelf) -> None:
    """What is printed under the code opens its page, also where a rival claims the same text as his own number."""
    client, world = shelf.desk.stranger(), shelf.desk.world
    first = serials.roll(shelf.desk.ctx, world["farm"], 2).result["first"]
    rival = world.register("market", "9 KGM")
    aliases.register(shelf.desk.ctx, world["market"], first, rival)
    typed = f"{first[:4]}-{first[4:8]}-{first[8:12]}-{first[12:]}".lower()
    for text in (first, typed, f"{BASE_URL}/S/{first}"):
        assert client.get("/scan", query_string={"code": text}).location == f"/s/{first}"
    path = shelf.path(shelf.apples)
    assert client.get("/scan", query_string={"code": (BASE_URL + path).upper()}).location == path


def test_looks_of_people_are_counted_and_those_of_machines_are_not(shelf: Shelf) -> None:
    """Nobody is frightened by a number that search engines made; every phone counts once."""
    client, path = shelf.desk.stranger(), shelf.path(shelf.apples)
    for agent in (PHONE, PHONE, "Googlebot/2.1", "curl/8", "", "WeChat Mobile"):
        open_page(client, path, agent=agent)
    client.head(path, headers={"User-Agent": "A"})
    client.get(path, headers={"User-Agent": "B", "Accept": "application/json"})
    client.get(path, headers={"User-Agent": "C", "Sec-Purpose": "prefetch"})
    seen = client.get(path, headers={"Accept": "application/json"}).get_json()["seen"]
    assert seen["count"] == 2
    assert "2 times" in open_page(client, path)[1]
    batch = path.rsplit("/", 1)[0]
    open_page(client, batch)
    assert "normal" in open_page(client, batch, agent="another")[1]
    assert sightings.flush(shelf.desk.ctx) == 2


@pytest.mark.parametrize("goods", ["apples", "milk"])
def test_one_number_in_two_far_places_warns_everybody_who_scans_it(shelf: Shelf, goods: str) -> None:
    """And the other pieces of the batch are not under suspicion."""
    client, path = shelf.desk.stranger(), shelf.page(getattr(shelf, goods))
    first = client.post(f"{path}/seen", data=FUZHOU, headers=ENGLISH, follow_redirects=True)
    assert (first.status_code, "Checked, thank you" in first.text) == (200, True)
    shelf.desk.world.clock.forward(minutes=30)
    second = client.post(
        f"{path}/seen", json={"latitude": 39.9, "longitude": 116.4}, headers={"Accept": "application/json"}
    )
    assert second.get_json()["clone"]["reason"] == "too_fast"
    text = open_page(client, path)[1]
    assert "may have been copied" in text
    assert "30 minutes" in text
    assert "No stop is known" not in text
    assert "may have been copied" not in open_page(client, shelf.path(getattr(shelf, goods), 2))[1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"latitude": "x", "longitude": "1"},
        {"latitude": "nan", "longitude": "1"},
        {"latitude": "91", "longitude": "1"},
    ],
)
def test_a_place_that_is_none_is_not_noted(shelf: Shelf, body: dict[str, str]) -> None:
    """The page comes back and says that nothing was checked."""
    answer = shelf.desk.stranger().post(
        f"{shelf.page(shelf.apples)}/seen", data=body, headers={"Accept-Language": "en"}
    )
    assert (answer.status_code, "nothing was checked" in answer.text) == (422, True)


@pytest.mark.parametrize("goods", ["apples", "milk"])
def test_the_code_under_the_layer_is_checked_without_scripts(shelf: Shelf, goods: str) -> None:
    """Wrong, right for the first time, right and known before: three answers, each in words."""
    client, batch = shelf.desk.stranger(), getattr(shelf, goods)
    page = client.get(shelf.page(batch)).text
    (form,) = (form for form in forms(page) if form.action.endswith("/cover"))
    cover = shelf.code(batch).cover
    for typed, said in (
        (f"{cover}X", "is wrong"),
        (cover, "Nobody has checked it before you"),
        (cover, "somebody checked it before"),
    ):
        answer = client.post(
            form.action,
            data=form.filled({"cover": typed}),
            headers={"Accept-Language": "en"},
            follow_redirects=True,
        )
        assert (answer.status_code, said in answer.text) == (200, True)
    for _ in range(9):
        client.post(form.action, data={"cover": "AAAAAAAA"})
    paused = client.post(form.action, data={"cover": cover}, headers={"Accept-Language": "en"})
    assert (paused.status_code, "tomorrow" in paused.text) == (429, True)
    assert client.get(form.action).location == shelf.page(batch)


def uncovered(shelf: Shelf, batch: str, number: int = 1, **more: str) -> str:
    """Where the right second code leads whoever scratched it off."""
    client, cover = shelf.desk.stranger(), shelf.code(batch, number).cover
    answer = client.post(
        f"{shelf.page(batch, number)}/cover", data={"cover": cover}, query_string=more, headers=ENGLISH
    )
    assert answer.status_code == 303
    return str(answer.location)


@pytest.mark.parametrize("goods", ["apples", "milk"])
def test_an_answer_loaded_again_asks_nothing_again(shelf: Shelf, goods: str) -> None:
    """Nobody is told that his own first look was somebody else's; and loading the page is no new look."""
    client, batch = shelf.desk.stranger(), getattr(shelf, goods)
    answer = uncovered(shelf, batch)
    for agent in ("one phone", "another phone"):
        text = client.get(answer, headers={**ENGLISH, "User-Agent": agent}).text
        assert "Nobody has checked it before you" in text
        assert "First time" in text
        assert "The code under the layer" not in text  # who found it right is not asked again
    assert client.get(answer, headers={"Accept": "application/json"}).get_json()["seen"]["uncovered"]["right"]
    assert "lang=zh" in uncovered(shelf, batch, 2, lang="zh")


def test_an_answer_is_one_codes_for_some_minutes(shelf: Shelf) -> None:
    """A link that says "right" is worth nothing on another label, changed, or printed for the next customer."""
    client = shelf.desk.stranger()
    answer = uncovered(shelf, shelf.apples)
    path, _, query = answer.partition("?")
    made_up = query.rpartition(".")[0]
    for link in (
        f"{shelf.page(shelf.apples, 2)}?{query}",
        f"{shelf.page(shelf.milk)}?{query}",
        answer.replace(".right.", ".right.9"),
        answer.replace("told=1", "told=2"),
        f"{path}?{made_up}",
        f"{path}?{made_up}.{'0' * 32}",
        f"{path}?told=",
        f"{path}?told=....",
        f"{path}?told=%F0%9F%8D%8E.right.10..%ff",
        f"{path}?uncovered=1",
    ):
        text = client.get(link, headers=ENGLISH).text
        assert "The code under the layer" in text, link
        assert "code is right" not in text, link
    wrong = client.post(f"{path}/cover", data={"cover": "AAAAAAAA"}).location
    assert "is wrong" in client.get(wrong, headers=ENGLISH).text
    assert "code is right" not in client.get(wrong.replace(".wrong.", ".right."), headers=ENGLISH).text
    shelf.desk.world.clock.forward(minutes=11)
    text = client.get(answer, headers=ENGLISH).text
    assert "code is right" not in text
    assert "The code under the layer" in text


def test_a_place_that_was_told_is_not_told_again(shelf: Shelf) -> None:
    """After "I bought this" the page says so, however often it is loaded."""
    client, path = shelf.desk.stranger(), shelf.page(shelf.apples)
    answer = client.post(f"{path}/seen", data=FUZHOU, headers=ENGLISH)
    assert answer.status_code == 303
    assert "Checked, thank you" in client.get(answer.location, headers=ENGLISH).text
    assert "Checked, thank you" not in client.get(path, headers=ENGLISH).text


def test_forms_of_codes_that_are_none_are_refused_honestly(shelf: Shelf) -> None:
    """A forged serial has no page to post to, a serial without a layer no second code."""
    client = shelf.desk.stranger()
    forged = shelf.path(shelf.apples).rsplit("/", 1)[0] + "/" + shelf.code(shelf.milk).serial
    for path in (
        f"{forged}/cover",
        f"{forged}/seen",
        "/t/7A8GFH2NDR9/X/seen",
        "/page/01/1/10/2/21/3/seen",
        "/s/X/cover",
    ):
        assert client.post(path, data={**FUZHOU, "cover": "A"}).status_code == 404
    serials.issue(shelf.desk.ctx, shelf.desk.world["farm"], shelf.apples, 1)
    plain = shelf.path(shelf.apples, 3)
    assert "/cover" not in client.get(plain).text
    assert client.post(f"{plain}/cover", data={"cover": "AAAAAAAA"}).status_code == 404


def test_no_cookie_is_set_on_who_scans(shelf: Shelf) -> None:
    """Neither by looking, nor by telling a place, nor by trying a second code."""
    client, path = shelf.desk.stranger(), shelf.path(shelf.apples)
    for answer in (
        client.get(path),
        client.post(f"{path}/seen", data=FUZHOU),
        client.post(f"{path}/cover", data={"cover": "A"}),
    ):
        assert "Set-Cookie" not in answer.headers


# -- on a phone --------------------------------------------------------------------------------------------------


def test_a_phone_rounds_where_it_is_before_it_says_so(
    browser: Browser, prepared_desk: Prepared, tmp_path: Path
) -> None:
    """What leaves the phone is a tenth of a degree; a phone that tells nothing is told what to do instead."""
    with prepared_desk.copy(tmp_path) as desk, served(desk.app) as address:
        shelf = stock(desk)
        path = shelf.path(shelf.apples)
        place = {"latitude": 26.0812345, "longitude": 119.2987654}
        context = browser.new_context(locale="en-GB", geolocation=place, permissions=["geolocation"])
        page = context.new_page()
        page.goto(address + path)
        with page.expect_request("**/seen") as sent:
            page.get_by_role("button", name="I bought this").click()
        assert parse_qs(sent.value.post_data or "") == {"latitude": ["26.1"], "longitude": ["119.3"]}
        page.get_by_text("Checked, thank you").wait_for()
        context.close()
        silent = browser.new_context(locale="en-GB")
        page = silent.new_page()
        page.goto(address + path)
        page.get_by_role("button", name="I bought this").click()
        page.get_by_text("The phone did not give a place").wait_for()
        silent.close()
