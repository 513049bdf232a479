"""Passkeys on pages: shown only where they work, added only with the password, and a way in like the other one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from scanner_web.signed import frame
from tests.authenticator import Phone
from tests.web.desk import PASSWORD, Browser, Desk, Prepared, application, forms, user_id
from tests.web.test_every_page import judged
from trace.services import accounts, passkeys, users
from trace.services.context import Rights

JSON = {"Accept": "application/json"}


def added(desk: Desk, browser: Browser, phone: Phone, name: str = "店里的手机") -> TestResponse:
    """What the page's script does when somebody adds a passkey."""
    asked = browser.post("/me/passkeys/ask", {"name": name, "password": PASSWORD}, json=True)
    assert asked.status_code == 200, asked.text
    return browser.post("/me/passkeys", {"name": name, "credential": phone.make(asked.get_json())})


def shown(client: FlaskClient, phone: Phone, **more: Any) -> TestResponse:
    """What the page's script does when somebody signs in by passkey."""
    headers = more.pop("headers", {})
    asked = client.post("/in/passkey", headers={**JSON, **headers}).get_json()
    form = {"credential": phone.sign(asked), "next": "", **more}
    return client.post("/in", data=form, headers=headers)


def session_of(client: FlaskClient, desk: Desk) -> str:
    cookie = client.get_cookie(frame.cookie_name(desk.ctx), domain="localhost")
    assert cookie is not None
    return cookie.value


def test_signing_in_by_passkey_leads_where_one_wanted_to_be_with_a_session_like_any_other(desk: Desk) -> None:
    """The session that was there ends, the cookies are those of a password, no other site is led to."""
    phone, client = Phone(), desk.stranger()
    assert added(desk, desk.browser("farm"), phone).headers["Location"] == "/me?done=passkey"
    done = shown(client, phone, next="/desk/stock")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/stock")
    cookies = done.headers.getlist("Set-Cookie")
    assert (
        len([one for one in cookies if "HttpOnly" in one and "SameSite=Lax" in one and "Secure" in one]) == 2
    )
    first = session_of(client, desk)
    signed = accounts.signed(desk.ctx, first)
    assert signed is not None
    assert signed.user.id == user_id("farm")
    assert shown(client, phone, next="//evil.example").headers["Location"] == "/desk"
    assert accounts.signed(desk.ctx, first) is None


def test_a_browser_that_signed_in_by_passkey_is_known_at_the_next_password(desk: Desk) -> None:
    """A stranger's guessing keeps its user out no more than after a password."""
    phone, client = Phone(), desk.stranger()
    added(desk, desk.browser("farm"), phone)
    shown(client, phone)
    for n in range(110):
        with pytest.raises((accounts.SignInRefused, accounts.SignInPaused)):
            accounts.sign_in(desk.ctx, "farm", "guess", accounts.Origin(f"203.0.113.{n}"))
    assert client.post("/in", data={"login": "farm", "password": PASSWORD}).status_code == 303


def test_another_site_s_page_neither_asks_nor_signs_in(desk: Desk) -> None:
    """Else a victim would enter his goods into the attacker's account."""
    phone, client = Phone(), desk.stranger()
    added(desk, desk.browser("farm"), phone)
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/in/passkey", headers={**JSON, **cross}).status_code == 403
    asked = client.post("/in/passkey", headers=JSON).get_json()
    refused = client.post("/in", data={"credential": phone.sign(asked)}, headers=cross)
    assert refused.status_code == 401
    assert "trace_session" not in str(refused.headers)


@pytest.mark.parametrize(("lang", "words"), [("zh", "再点一次"), ("en", "Tap again")])
def test_an_answer_without_its_browser_s_question_is_refused_in_words(
    desk: Desk, lang: str, words: str
) -> None:
    """On the same page, with the password form under it and nothing lost."""
    phone = Phone()
    added(desk, desk.browser("farm"), phone)
    asked = desk.stranger().post("/in/passkey", headers=JSON).get_json()
    form = {"credential": phone.sign(asked), "next": "/desk/stock"}
    refused = desk.stranger().post("/in", data=form, headers={"Accept-Language": lang})
    assert refused.status_code == 401
    assert words in refused.text
    posts = forms(refused.text)
    assert ("next", "/desk/stock") in posts[0].fields
    assert {"login", "password"} <= posts[0].names


def test_the_way_of_every_refusal_is_told_in_its_own_words(desk: Desk) -> None:
    """A removed key, a page of another address, a copy, and one that is not to be verified: each needs another step."""
    browser, client = desk.browser("farm"), desk.stranger()
    phone = Phone()
    added(desk, browser, phone)
    assert "在别的网址上用的" in shown(client, replace(phone, origin="https://evil.example")).text
    assert "没有验证通过" in shown(client, replace(phone, flags=1)).text
    assert shown(client, replace(phone, counter=7)).status_code == 303
    copied = shown(client, phone)
    assert copied.status_code == 401
    assert "可能被人复制" in copied.text
    assert "可能被人复制，已停用" in browser.page("/me")
    (one,) = passkeys.of_user(desk.ctx, users.find(desk.ctx, "farm"))
    passkeys.remove(desk.ctx, users.find(desk.ctx, "farm"), one.id)
    assert "不认得这把通行密钥" in shown(client, phone).text


def test_too_many_questions_from_one_place_wait_and_are_told_how_long(desk: Desk) -> None:
    """In seconds, for the script and for whoever reads it."""
    client = desk.stranger()
    answers = [client.post("/in/passkey", headers=JSON) for _ in range(101)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "301"
    assert answers[-1].get_json()["code"] == "passkeys_waiting"


# -- one's own -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rights", Rights)
def test_everybody_has_his_own_whatever_his_rights(desk: Desk, rights: Rights) -> None:
    """Adds one, sees it with its name, and removes it after being asked."""
    browser, phone = desk.browser("farm", rights, lang="en"), Phone()
    added(desk, browser, phone, "My <b>phone</b>")
    mine = browser.page("/me")
    assert "My &lt;b&gt;phone&lt;/b&gt;" in mine
    assert "not used yet" in mine
    (one,) = passkeys.of_user(desk.ctx, users.find(desk.ctx, user_id("farm", rights)))
    path = f"/me/passkeys/{one.id}/remove"
    assert f'href="{path}"' in mine
    assert browser.submit(path).headers["Location"] == "/me?done=passkey_removed"
    assert "phone&lt;" not in browser.page("/me?done=passkey_removed")
    assert "“removed”" not in browser.page("/me")
    assert browser.get(path).status_code == 404
    assert shown(desk.stranger(), phone).status_code == 401


def test_a_stolen_session_adds_no_passkey(desk: Desk) -> None:
    """The password is asked for in the form, slowly, and the answer says what is wrong."""
    browser = desk.browser("farm")
    for _ in range(5):
        refused = browser.post("/me/passkeys/ask", {"name": "x", "password": "guess"}, json=True)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "passkey_password_wrong")
    paused = browser.post("/me/passkeys/ask", {"name": "x", "password": PASSWORD}, json=True)
    assert paused.get_json()["code"] == "sign_in_paused"
    forged = Phone().make({"challenge": "AAAA", "user": {"id": "ZmFybQ"}, "rp": {"id": "trace.example"}})
    again = browser.post("/me/passkeys", {"name": "x", "credential": forged})
    assert again.status_code == 422
    assert passkeys.of_user(desk.ctx, users.find(desk.ctx, "farm")) == []


def test_another_s_page_and_another_user_touch_no_passkey(desk: Desk) -> None:
    """Neither with his session's cookie alone, nor with the id of a key that is not his."""
    browser, phone = desk.browser("farm"), Phone()
    added(desk, browser, phone)
    (one,) = passkeys.of_user(desk.ctx, users.find(desk.ctx, "farm"))
    for path in ("/me/passkeys/ask", "/me/passkeys", f"/me/passkeys/{one.id}/remove"):
        assert browser.post(path, {"csrf": "guessed"}, whole=True).status_code == 403
        assert desk.stranger().post(path).headers["Location"] == "/in?next=/me"
    colleague = desk.browser("farm", Rights.CLERK)
    assert colleague.get(f"/me/passkeys/{one.id}/remove").status_code == 404
    assert colleague.post(f"/me/passkeys/{one.id}/remove", {}).status_code == 422
    assert passkeys.of_user(desk.ctx, users.find(desk.ctx, "farm")) == [one]


def test_without_scripts_and_over_http_only_the_password_is_offered(desk: Desk) -> None:
    """Nothing is shown that would not work: hidden until a script finds it works, and not there at all over http."""
    signed, stranger = desk.browser("farm"), desk.stranger()
    for page in (stranger.get("/in").text, signed.page("/me")):
        assert 'data-origin="https://trace.example"' in page
        assert all(tag.endswith(" hidden>") for tag in re.findall(r"<[^>]*data-origin[^>]*>", page))
    for base in ("http://192.168.1.5:8000", "https://192.168.1.5"):
        app = application(replace(desk.ctx, base_url=base))
        browser = Browser(app.test_client(), signed.token, "zh")
        for page in (app.test_client().get("/in").text, browser.page("/me")):
            assert "passkey" not in page
        assert app.test_client().post("/in/passkey", headers=JSON).status_code == 422


# -- in a real browser -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def local(prepared_desk: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """The pages at http://localhost, which browsers take for secure; and that address."""
    with prepared_desk.copy(tmp_path_factory.mktemp("local")) as desk:
        app = desk.app
        server = make_server("127.0.0.1", 0, app, threaded=True)
        address = f"http://localhost:{server.server_port}"
        app.extensions["trace"] = replace(desk.ctx, base_url=address)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield desk, address
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def phone_of(chromium: Chromium, address: str, lang: str = "zh-CN") -> Iterator[tuple[BrowserContext, Page]]:
    """A phone with a lock that its user opens."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale=lang, base_url=address)
    context.set_default_timeout(15_000)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield context, page
    finally:
        context.close()


def test_a_phone_adds_a_passkey_signs_out_and_in_again_and_works_on(
    browser: Chromium, local: tuple[Desk, str]
) -> None:
    """With the browser's own authenticator: what it makes is what the service takes."""
    desk, address = local
    with phone_of(browser, address) as (_, page):
        page.goto("/in?next=/me")
        page.get_by_label("账号").fill("farm")
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.get_by_label("给它起个名").fill("店里的手机")
        page.get_by_label("登录密码").fill("a guess")
        page.get_by_role("button", name="添加通行密钥").click()
        expect(page.get_by_role("status").filter(has_text="密码不对")).to_be_visible()
        page.get_by_label("登录密码").fill(PASSWORD)
        page.get_by_role("button", name="添加通行密钥").click()
        expect(page.get_by_text("加好了")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="店里的手机")).to_contain_text("还没用过")
        page.get_by_label("登录密码").fill(PASSWORD)
        page.get_by_role("button", name="添加通行密钥").click()
        expect(page.get_by_text("这台设备已经有一把了")).to_be_visible()

        page.get_by_role("button", name="退出", exact=True).click()
        page.get_by_role("button", name="用通行密钥登录").click()
        page.wait_for_url("**/desk")
        page.goto("/desk/register")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.goto("/me")
        expect(page.get_by_role("listitem").filter(has_text="店里的手机")).to_contain_text("最近用过")
    (one,) = passkeys.of_user(desk.ctx, users.find(desk.ctx, "farm"))
    assert one.used is not None


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        ("new DOMException('', 'NotAllowedError')", "已取消，或等得太久"),
        ("new DOMException('', 'NotSupportedError')", "这台设备用不了通行密钥"),
    ],
)
def test_whoever_cancels_or_cannot_is_told_what_to_do_and_may_tap_again(
    browser: Chromium, local: tuple[Desk, str], fails: str, words: str
) -> None:
    """The password form stands there as before."""
    with phone_of(browser, local[1]) as (_, page):
        page.add_init_script(f"navigator.credentials.get = () => Promise.reject({fails});")
        page.goto("/in")
        page.get_by_role("button", name="用通行密钥登录").click()
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("button", name="用通行密钥登录")).to_be_enabled()
        expect(page.get_by_label("密码", exact=True)).to_be_visible()


def test_where_the_page_was_opened_at_another_address_no_passkey_is_shown(
    browser: Chromium, local: tuple[Desk, str]
) -> None:
    """The same server by its number: the browser would refuse, so nothing is offered."""
    _, address = local
    with phone_of(browser, address.replace("localhost", "127.0.0.1")) as (_, page):
        page.goto("/in")
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()


def test_what_the_script_shows_can_be_used_by_everybody(browser: Chromium, local: tuple[Desk, str]) -> None:
    """The parts that wait hidden for a script are as large, as plain and as readable as the rest, on a narrow phone."""
    desk, address = local
    with phone_of(browser, address) as (context, page):
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto("/in")
        expect(page.get_by_role("button", name="用通行密钥登录")).to_be_visible()
        assert judged(page, "/in") == []
        token = desk.session("plant")
        context.add_cookies([{"name": frame.COOKIE, "value": token, "url": address}])
        page.goto("/me")
        expect(page.get_by_role("button", name="添加通行密钥")).to_be_visible()
        assert judged(page, "/me") == []
