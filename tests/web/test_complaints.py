"""Reporting a problem from the page of a code, following it by its number, and answering it."""

from __future__ import annotations

import io
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from werkzeug.test import TestResponse

from scanner_web import room
from tests.service.test_photos import jpeg
from tests.web.desk import Desk, forms, served, signed_page
from trace.services import complaints
from trace.services.context import Rights

# Bytes of the chosen file, once the page has put its own in the place of it.
SCALED = """input => new Promise(done => {
  const look = () => input.files[0].name === "photo.jpg" ? done(input.files[0].size) : requestAnimationFrame(look);
  look();
})"""
HOSTILE = "<script>alert(1)</script>\n<img src=x onerror=alert(2)>{{7*7}}"
CONTACT = "138-<b>0000-0000</b>"


@pytest.fixture
def batch(desk: Desk) -> str:
    """Apples of the farm, some with the stall."""
    made = desk.world.register("farm", "100 KGM", lot="A-1")
    desk.world.deliver("farm", "stall", (made, "10 KGM"))
    return made


def report(client: FlaskClient, batch: str, **values: object) -> TestResponse:
    """Open the form and send it as it stands, filled in."""
    page = client.get(f"/report?of={quote(batch, safe='')}").text
    (form,) = [form for form in forms(page) if form.action.startswith("/report?")]
    return client.post(form.action, data=form.filled(values), content_type="multipart/form-data")


def filed(desk: Desk, batch: str, **values: object) -> str:
    """A report's number."""
    said = {"kind": "foreign", "text": HOSTILE, "contact": CONTACT, "photo": (io.BytesIO(jpeg()), "a.jpg")}
    answer = report(desk.stranger(), batch, **{**said, **values})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix("/c/").partition("?")[0]


# -- anybody ---------------------------------------------------------------------------------------------------


def test_from_the_code_to_a_number_without_an_account_or_a_script(desk: Desk, batch: str) -> None:
    """The page of the code leads to the form, the form to the number, and no cookie is set on the way."""
    client = desk.stranger()
    link = f"/report?of={quote(batch, safe='/')}"
    assert f'href="{link}"' in client.get(batch.removeprefix(desk.ctx.base_url)).text
    answer = report(client, batch, kind="spoilt", text="有霉")
    page = client.get(answer.headers["Location"])
    number = answer.headers["Location"].split("/c/")[1].split("?")[0]
    assert f"{number[:4]}-{number[4:8]}-{number[8:]}" in page.text
    assert "已收到" in page.text
    assert "Set-Cookie" not in page.headers
    typed = client.get(f"/c?number={number.lower()}")
    assert typed.headers["Location"] == f"/c/{number.lower()}"
    assert "还没有答复" in client.get(typed.headers["Location"]).text


def test_the_page_of_a_number_shows_nothing_of_what_was_written(desk: Desk, batch: str) -> None:
    """Neither as a page nor as data."""
    number = filed(desk, batch)
    page = desk.stranger().get(f"/c/{number}")
    data = desk.stranger().get(f"/c/{number}", headers={"Accept": "application/json"})
    assert data.json["state"] == "filed"
    for answer in (page, data):
        for secret in ("alert", "0000-0000", "/photos/"):
            assert secret not in answer.text


def test_a_report_may_be_of_one_piece(desk: Desk, batch: str) -> None:
    """The serial goes along, and who answers sees it."""
    path = f"/report?of={quote(batch, safe='')}&serial=S-77"
    (form,) = [form for form in forms(desk.stranger().get(path).text) if form.method == "post"]
    sent = desk.stranger().post(form.action, data=form.filled({"kind": "fake"}))
    number = sent.headers["Location"].removeprefix("/c/").partition("?")[0]
    assert "S-77" in desk.browser("farm").page(f"/desk/complaints/{number}")


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"kind": "other", "text": ""}, 422, "请写几句话"),
        ({"kind": "", "text": "x"}, 422, "请选一下"),
        ({"kind": "spoilt", "text": "长" * 1001}, 422, "1000"),
        ({"kind": "spoilt", "text": "看图", "photo": (io.BytesIO(b"no photo"), "a.jpg")}, 422, "打不开"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    desk: Desk, batch: str, values: dict[str, object], status: int, said: str
) -> None:
    """And says in plain words what is missing."""
    before = desk.world.size()
    answer = report(desk.stranger(), batch, contact="微信 abc", **values)
    assert answer.status_code == status
    assert said in answer.text
    (form,) = [form for form in forms(answer.text) if form.method == "post"]
    sent = form.filled({})
    assert (sent["text"][0].strip(), sent["contact"]) == (values["text"], ["微信 abc"])
    assert form.action == f"/report?of={quote(batch, safe='/')}"
    assert desk.world.size() == before


def test_goods_that_nobody_knows_get_the_honest_page(desk: Desk) -> None:
    """There is nobody to tell; the page says what to do instead."""
    for path in ("/report", "/report?of=nix", f"/report?of={quote(HOSTILE)}"):
        answer = desk.stranger().get(path)
        assert answer.status_code == 404
        assert "12315" in answer.text
        assert "<script>alert" not in answer.text


def test_a_wrong_number_says_so(desk: Desk) -> None:
    """And asks for the right one."""
    answer = desk.stranger().get("/c/0000")
    assert answer.status_code == 404
    assert "查不到编号 0000" in answer.text
    assert desk.stranger().get("/c").status_code == 200


def test_another_sites_page_reports_nothing(desk: Desk, batch: str) -> None:
    """Somebody who looks at another page complains about nothing unawares."""
    sent = {"kind": "fake", "text": "x"}
    answer = desk.stranger().post(
        "/report", query_string={"of": batch}, data=sent, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert complaints.open_count(desk.ctx, desk.world["farm"]) == 0


def test_too_many_are_asked_to_come_later(desk: Desk, batch: str) -> None:
    """With the telephone of the authority; what was typed is still there."""
    client = desk.stranger()
    for _ in range(complaints.FREE_FROM_ONE_PLACE):
        assert report(client, batch, kind="price", text="秤不准").status_code == 303
    answer = report(client, batch, kind="price", text="又不准")
    assert answer.status_code == 429
    assert "12315" in answer.text
    assert "又不准" in answer.text


def test_a_photo_as_a_phone_makes_it_is_let_in_and_no_film(desk: Desk, batch: str) -> None:
    """The usual size of a request is too small for a photo; beyond its own limit the form comes back."""
    desk.app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    path = f"/report?of={quote(batch, safe='')}"
    large = jpeg(3000, 2000) + bytes(3 * 1024 * 1024)
    assert desk.stranger().post(path, **body({"kind": b"spoilt", "text": b"x"}, large)).status_code == 303
    answer = desk.stranger().post(path, **body({"kind": b"spoilt"}, bytes(14 * 1024 * 1024)))
    assert answer.status_code == 413
    assert "照片太大" in answer.text
    assert 'name="photo"' in answer.text


def body(values: dict[str, bytes], photo: bytes) -> dict[str, object]:
    """A form with a file, as bytes on the wire."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value
        for name, value in values.items()
    ]
    parts.append(b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + photo)
    return {"data": b"\r\n".join([*parts, b"--x--\r\n"]), "content_type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("path", ["/report", "/desk/receive", "/desk/receive/17"])
def test_forms_with_photos_have_room(path: str) -> None:
    """Those that take photos, and not their neighbours."""
    assert (room.room(path) or 0) >= 13 * 1024 * 1024
    assert room.room(f"/desk{path}") is None


# -- those whom it concerns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "area", "status", "contact"),
    [
        ("farm", "desk", 200, False),
        ("stall", "desk", 200, False),
        ("inspector", "inspect", 200, True),
        ("plant", "desk", 404, False),
        ("laboratory", "desk", 404, False),
        ("operator", "desk", 403, False),
        ("operator", "inspect", 403, False),
        ("farm", "inspect", 403, False),
        ("inspector", "desk", 403, False),
    ],
)
def test_who_sees_which_field(
    desk: Desk, batch: str, who: str, area: str, status: int, contact: bool
) -> None:
    """The words and the photo for who made or had the goods; the telephone for inspectors alone; and as text."""
    number = filed(desk, batch)
    page = desk.browser(who).page(f"/{area}/complaints/{number}", status)
    assert ("alert(1)" in page, "/photos/" in page) == ((status == 200),) * 2
    assert ("0000-0000" in page) is contact
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>0000" not in page


def test_a_photo_opens_for_them_and_for_nobody_else(desk: Desk, batch: str) -> None:
    """By its address, with or without a session."""
    number = filed(desk, batch)
    found = complaints.find(desk.ctx, desk.world["farm"], number)
    path = f"/photos/{found.photos[0]}?entry={found.index}"
    answer = desk.browser("stall").get(path)
    assert (answer.status_code, answer.mimetype, answer.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert "private" in answer.headers["Cache-Control"]
    assert desk.browser("plant").get(path).status_code == 404
    assert desk.stranger().get(path).status_code == 303
    for wrong in ("", "?entry=0", "?entry=x", "?entry=99999999999999999999", f"?entry={found.index + 1}"):
        assert desk.browser("farm").get(f"/photos/{found.photos[0]}{wrong}").status_code == 404


def test_an_answer_goes_out_and_the_list_empties(desk: Desk, batch: str) -> None:
    """From the list to the complaint, an answer that closes it, and whoever reported it reads that."""
    number = filed(desk, batch)
    farm = desk.browser("farm")
    assert number in farm.page("/desk/complaints")
    answer = farm.submit(f"/desk/complaints/{number}", text="查到了，来退款。", closes="1")
    assert "查到了" in farm.follow(answer)
    assert number not in farm.page("/desk/complaints")
    assert number in farm.page("/desk/complaints?all=1")
    for page in (desk.stranger().get(f"/c/{number}").text, desk.stranger().get(f"/c/{number}?lang=en").text):
        assert "查到了，来退款。" in page
        assert "farm" in page
    assert 'name="text"' not in desk.browser("stall").page(f"/desk/complaints/{number}")
    again = desk.browser("inspector").submit(f"/inspect/complaints/{number}", text="请补检测报告。")
    assert again.status_code == 303


def test_a_hostile_answer_stays_text(desk: Desk, batch: str) -> None:
    """On the page that everybody with the number opens."""
    number = filed(desk, batch)
    desk.browser("farm").submit(f"/desk/complaints/{number}", text=HOSTILE)
    page = desk.stranger().get(f"/c/{number}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_who_may_only_look_does_not_answer(desk: Desk, batch: str) -> None:
    """A reader reads."""
    number = filed(desk, batch)
    browser = desk.browser("farm", Rights.READER)
    assert "alert(1)" in browser.page(f"/desk/complaints/{number}")
    assert browser.submit(f"/desk/complaints/{number}", text="x").status_code == 403


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_empty_and_wrong_have_pages_of_their_own(desk: Desk, lang: str) -> None:
    """Nothing to do, and nothing there: each says what to do next."""
    browser = desk.browser("farm", lang=lang)
    assert ("没有要处理的" if lang == "zh" else "Nothing to deal with") in browser.page("/desk/complaints")
    missing = browser.page("/desk/complaints/0000000000", 404)
    assert 'href="/desk/complaints"' in missing
    assert browser.get("/desk/complaints?before=x").status_code == 200


# -- in a real browser -----------------------------------------------------------------------------------------


def test_on_a_narrow_phone_with_a_photo(desk: Desk, batch: str, browser: Chromium) -> None:
    """At 320 pixels nothing scrolls sideways, a large photo is made small on the phone, and keys alone send it.

    Without scripts the same form goes as it stands.
    """
    photo = {"name": "big.jpg", "mimeType": "image/jpeg", "buffer": jpeg(4000, 3000)}
    with served(desk.app) as address:
        for scripts in (True, False):
            context = browser.new_context(
                viewport={"width": 320, "height": 700}, locale="zh-CN", java_script_enabled=scripts
            )
            page = context.new_page()
            said: list[str] = []
            page.on("console", lambda line, said=said: said.append(line.text))  # type: ignore[misc]
            page.goto(f"{address}/report?of={quote(batch, safe='')}")
            page.locator("#f-photo").set_input_files(photo)  # type: ignore[arg-type]
            if scripts:
                assert page.evaluate("document.documentElement.scrollWidth") <= 320
                assert page.locator("#f-photo").evaluate(SCALED) < 1_000_000
            page.locator("input[name=kind]").first.focus()
            page.keyboard.press("Space")
            page.get_by_label("怎么回事").focus()
            page.keyboard.type("有霉点")
            page.get_by_role("button", name="提交").press("Enter")
            page.wait_for_url("**/c/*")
            assert page.get_by_text("已收到").is_visible()
            assert said == []
            context.close()
        found = complaints.list_for(desk.ctx, desk.world["farm"])
        assert [(one.kind, one.text, len(one.photos)) for one in found] == [("spoilt", "有霉点", 1)] * 2
        with signed_page(browser, address, desk.session("farm")) as page:
            page.goto(f"/desk/complaints/{found[0].number}")
            assert (
                page.locator("img.evidence").evaluate("one => one.decode().then(() => one.naturalWidth)")
                == 1600
            )
