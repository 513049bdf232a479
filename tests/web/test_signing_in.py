"""Who gets in: guessing is slow for the guesser and for nobody else, and nothing tells who has an account."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from scanner_web.signed import frame
from tests.web.desk import PASSWORD, Desk, user_id
from trace.services import accounts, users
from trace.services.context import Rights

HOST = "trace.example"


def at(desk: Desk, address: str = "203.0.113.9") -> FlaskClient:
    """A browser at an address of its own."""
    client = desk.stranger()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def tries(client: FlaskClient, login: str, password: str = "wrong", **headers: str) -> Any:
    return client.post(
        "/in",
        data={"login": login, "password": password},
        headers=headers,
        base_url=f"https://{HOST}",
    )


def said(answer: Any) -> str:
    """The page without what was typed."""
    return str(answer.text).replace("farm", "NAME").replace("nobody", "NAME")


def test_a_wrong_password_and_an_unknown_name_are_answered_alike_to_the_last_word(desk: Desk) -> None:
    """Nobody learns by asking who has an account, not even from the pause."""
    known, unknown = at(desk, "203.0.113.1"), at(desk, "203.0.113.2")
    for _ in range(8):
        one, other = tries(known, "farm"), tries(unknown, "nobody")
        assert (one.status_code, said(one)) == (other.status_code, said(other))
        assert one.headers.get("Retry-After") == other.headers.get("Retry-After")
    assert one.status_code == 429


def test_five_guesses_are_free_and_then_each_doubles_the_pause_up_to_a_quarter_of_an_hour(desk: Desk) -> None:
    """A list of passwords cannot be tried out; the right one opens as soon as the pause is over."""
    client = at(desk)
    assert [tries(client, "farm").status_code for _ in range(5)] == [401] * 5
    pauses = []
    for _ in range(12):
        refused = tries(client, "farm", PASSWORD)
        assert refused.status_code == 429
        pauses.append(int(refused.headers["Retry-After"]))
        desk.world.clock.forward(seconds=pauses[-1])
        tries(client, "farm")
    assert pauses == sorted(pauses)
    assert pauses[-1] <= 901
    desk.world.clock.forward(seconds=901)
    assert tries(client, "farm", PASSWORD).status_code == 303


def test_many_guesses_at_the_same_moment_are_counted_before_any_is_looked_at(desk: Desk) -> None:
    """What is counted only when it has failed could be tried a hundred times at once."""
    origin = accounts.Origin("203.0.113.9")
    for _ in range(4):
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(desk.ctx, "farm", "wrong", origin)
    seen: list[int] = []
    real = accounts.matches

    def slow(hashed: str, password: str) -> bool:
        if not seen:
            seen.append(1)
            with pytest.raises(accounts.SignInPaused):
                accounts.sign_in(desk.ctx, "farm", PASSWORD, origin)  # while the other is looked at
        return real(hashed, password)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "matches", slow)
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(desk.ctx, "farm", "wrong", origin)
    assert seen


def test_a_stranger_who_guesses_on_and_on_locks_nobody_out_of_his_own_phone(desk: Desk) -> None:
    """The phone that signed in before is counted by itself, and so is every other address."""
    phone = at(desk, "198.51.100.7")
    assert tries(phone, "farm", PASSWORD).status_code == 303
    for n in range(120):
        tries(at(desk, f"203.0.113.{n % 20 + 1}"), "farm")
        desk.world.clock.forward(seconds=1)
    assert tries(at(desk, "192.0.2.1"), "farm", PASSWORD).status_code == 429  # a new browser has to wait
    assert tries(phone, "farm", PASSWORD).status_code == 303


def test_one_address_cannot_try_one_password_on_everybody(desk: Desk) -> None:
    """Spraying is counted by where it comes from; a whole IPv6 network of one customer is one place."""
    answers = [tries(at(desk, f"2001:db8:1:2::{n:x}"), f"vendor{n}").status_code for n in range(1, 60)]
    assert answers[:49] == [401] * 49
    assert answers[-1] == 429
    assert tries(at(desk, "2001:db8:9:9::1"), "farm", PASSWORD).status_code == 303


def test_signing_in_from_another_sites_page_does_nothing(desk: Desk) -> None:
    """Else a victim would enter his goods into the attacker's account."""
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        refused = tries(at(desk), "farm", PASSWORD, **headers)
        assert refused.status_code == 401
        assert "Set-Cookie" not in refused.headers
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": f"https://{HOST}"}, {}):
        assert tries(at(desk), "farm", PASSWORD, **headers).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\t\\evil.example",
        "/\n/evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "//[",
    ],
)
def test_after_signing_in_nobody_is_led_elsewhere(desk: Desk, wanted: str) -> None:
    """``next`` comes with a link that anybody may have made."""
    client = at(desk)
    answer = client.post(
        "/in", data={"login": "farm", "password": PASSWORD, "next": wanted}, base_url=f"https://{HOST}"
    )
    assert answer.headers["Location"] == "/desk"


def test_after_signing_in_one_is_where_one_wanted_to_be(desk: Desk) -> None:
    """With the question that the address held."""
    answer = at(desk).post(
        "/in", data={"login": "farm", "password": PASSWORD, "next": "/desk/settings?done=link"}
    )
    assert answer.headers["Location"] == "/desk/settings?done=link"


def test_a_session_is_new_at_every_sign_in_and_the_one_before_it_ends(desk: Desk) -> None:
    """Whoever planted or knew the cookie that was there gains nothing."""
    client, planted = at(desk), desk.session("plant")
    name = frame.cookie_name(desk.ctx)
    client.set_cookie(name, planted, domain=HOST, secure=True)
    tries(client, "farm", PASSWORD)
    cookie = client.get_cookie(name, domain=HOST)
    assert cookie is not None
    assert cookie.value != planted
    assert accounts.signed(desk.ctx, planted) is None
    found = accounts.signed(desk.ctx, cookie.value)
    assert found is not None
    assert found.user.id == user_id("farm")


def test_the_session_s_cookie_is_bound_to_this_host_and_unseen_by_scripts_and_other_sites(desk: Desk) -> None:
    """Over https no other name of the domain can set it, and it never travels in clear."""
    for cookie in tries(at(desk), "farm", PASSWORD).headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-trace_")
        for needed in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert needed in cookie
        assert "Domain" not in cookie


def test_a_session_ends_when_it_is_idle_and_at_last_in_any_case(desk: Desk) -> None:
    """A phone that was sold or lost does not stay signed in."""
    idle, used = desk.session("farm"), desk.session("farm")
    for _ in range(11):
        desk.world.clock.forward(days=16)
        assert accounts.signed(desk.ctx, used) is not None
    assert accounts.signed(desk.ctx, idle) is None
    desk.world.clock.forward(days=16)
    assert accounts.signed(desk.ctx, used) is None


def test_signing_out_ends_the_session_and_not_only_the_cookie(desk: Desk) -> None:
    """A copied cookie is worth nothing afterwards; another's page cannot sign anybody out."""
    browser = desk.browser("farm")
    assert browser.post("/out", {"csrf": "guessed"}, whole=True).headers["Location"] == "/desk"
    assert accounts.signed(desk.ctx, browser.token) is not None
    browser.post("/out", {})
    assert accounts.signed(desk.ctx, browser.token) is None


@pytest.mark.parametrize("rights", [Rights.OWNER, Rights.READER])
def test_an_ended_user_is_out_at_once_and_cannot_come_back(desk: Desk, rights: Rights) -> None:
    """His open page is of no use either."""
    operator = accounts.signed(desk.ctx, desk.session("operator"))
    assert operator is not None
    browser = desk.browser("farm", rights)
    users.end(desk.ctx, operator.actor, user_id("farm", rights))
    assert browser.get("/desk").status_code == 303
    assert tries(at(desk), user_id("farm", rights), PASSWORD).status_code == 401
