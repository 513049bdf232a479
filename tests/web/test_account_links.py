"""The links by which people come in: each works once, for whom it was made, and ends when it should."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from tests.web.desk import PASSWORD, Desk, user_id
from trace.services import accounts, users
from trace.services.context import Rights

PEOPLE = "/desk/settings/people"


def link_of(page: str) -> str:
    """The path of the link that a page shows."""
    found = re.search(r'value="https://trace\.example(/invite/[A-Za-z0-9_-]{43})"', page)
    assert found is not None, page
    return found[1]


def invited(desk: Desk, rights: Rights = Rights.CLERK) -> str:
    """An owner lets somebody in."""
    answer = desk.browser("farm").submit(f"{PEOPLE}/invite", rights=str(rights))
    assert answer.status_code == 200
    return link_of(answer.text)


def use(
    desk: Desk, path: str, login: str = "new-one", password: str = "a good one", **headers: str
) -> TestResponse:
    """Somebody fills in the link's form."""
    form = {"login": login, "name": "新同事", "password": password}
    return desk.stranger().post(path, data=form, headers=headers)


def test_a_colleague_opens_the_link_chooses_a_name_and_is_in(desk: Desk) -> None:
    """With the rights that the owner gave, and not one more."""
    path = invited(desk)
    client = desk.stranger()
    for _ in range(3):  # messengers look at links before people do
        assert "farm" in client.get(path).text
    done = use(desk, path)
    assert (done.status_code, done.headers["Location"]) == (303, "/desk")
    found = users.find(desk.ctx, "new-one")
    assert (found.party, found.rights, found.name) == (desk.world["farm"].uri, Rights.CLERK, "新同事")


def test_a_link_works_no_second_time(desk: Desk) -> None:
    """Whoever finds it in a chat later gets nothing."""
    path = invited(desk)
    assert use(desk, path).status_code == 303
    assert use(desk, path, login="second").status_code == 422 or use(desk, path).status_code == 410
    assert desk.stranger().get(path).status_code == 410
    with pytest.raises(users.UnknownUser):
        users.find(desk.ctx, "second")


def test_a_link_ends_after_a_week_or_when_it_is_taken_back(desk: Desk) -> None:
    """And one that never was looks the same."""
    late, back = invited(desk), invited(desk)
    browser = desk.browser("farm")
    (newest, *_) = users.links_of(desk.ctx, desk.world["farm"].party)
    browser.post(f"{PEOPLE}/take-back", {"link": newest.id})
    desk.world.clock.forward(days=6.9)
    codes = [desk.stranger().get(path).status_code for path in (late, back)]
    assert sorted(codes) == [200, 410]
    desk.world.clock.forward(days=0.2)
    for path in (late, back, "/invite/" + "A" * 43, "/invite/x"):
        assert desk.stranger().get(path).status_code == 410
        assert use(desk, path).status_code != 303


def test_whoever_is_removed_leaves_no_door_open(desk: Desk) -> None:
    """The links he made end with him."""
    second = use(desk, invited(desk, Rights.OWNER), login="second-owner")
    assert second.status_code == 303
    owner = users.find(desk.ctx, "second-owner")
    token = desk.ctx.sequencer.submit(lambda uow: accounts.begin_session(desk.ctx, uow, owner.id))
    signed = accounts.signed(desk.ctx, token)
    assert signed is not None
    door = users.invite(desk.ctx, signed.actor, signed.actor.party, Rights.OWNER)
    desk.browser("farm").post(f"{PEOPLE}/{owner.id}/end", {})
    assert desk.stranger().get(f"/invite/{door.token}").status_code == 410


def test_a_page_elsewhere_cannot_use_a_link_up(desk: Desk) -> None:
    """Neither for its own user nor to spoil it."""
    path = invited(desk)
    assert use(desk, path, Origin="https://evil.example").status_code == 403
    assert use(desk, path).status_code == 303


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("farm", "a good one"),
        ("x", "a good one"),
        ("two words", "a good one"),
        ("fine", "short"),
        ("fine-name", "Fine-Name"),
    ],
)
def test_what_cannot_be_is_said_and_the_link_stays_good(desk: Desk, login: str, password: str) -> None:
    """A taken name or a weak password costs nobody his link."""
    path = invited(desk)
    refused = use(desk, path, login=login, password=password)
    assert refused.status_code == 422
    assert password not in refused.text or password == login
    assert use(desk, path).status_code == 303


def test_a_link_to_a_new_password_is_for_that_user_alone_and_signs_him_out_elsewhere(desk: Desk) -> None:
    """The old password opens nothing any more, and nobody else's account changes."""
    thief = desk.session("farm", Rights.CLERK)
    clerk = user_id("farm", Rights.CLERK)
    answer = desk.browser("farm").submit(f"{PEOPLE}/{clerk}", action=f"{PEOPLE}/{clerk}/link")
    assert use(desk, link_of(answer.text), login="farm", password="another one").status_code == 303
    assert accounts.signed(desk.ctx, thief) is None
    assert accounts.sign_in(desk.ctx, "farm-clerk", "another one")
    assert accounts.sign_in(desk.ctx, "farm", PASSWORD)
    with pytest.raises(accounts.SignInRefused):
        accounts.sign_in(desk.ctx, "farm-clerk", PASSWORD)


def test_the_last_owner_stays_one(desk: Desk) -> None:
    """Or nobody could let anybody in any more."""
    browser, me = desk.browser("farm"), user_id("farm")
    assert browser.post(f"{PEOPLE}/{me}/end", {}).status_code == 422
    assert browser.post(f"{PEOPLE}/{me}/rights", {"rights": "reader"}).status_code == 422
    use(desk, invited(desk, Rights.OWNER), login="second-owner")
    assert browser.post(f"{PEOPLE}/{me}/rights", {"rights": "reader"}).status_code == 303


def test_a_clerk_made_reader_can_enter_nothing_from_that_moment(desk: Desk) -> None:
    """Rights are looked up at every request, not when the session began."""
    clerk = desk.browser("farm", Rights.CLERK)
    desk.browser("farm").post(f"{PEOPLE}/{user_id('farm', Rights.CLERK)}/rights", {"rights": "reader"})
    assert clerk.post("/desk/register", {}).status_code == 403


def test_twenty_links_may_be_open_and_no_more(desk: Desk) -> None:
    """Nobody loses sight of who may come in."""
    browser = desk.browser("farm")
    for _ in range(users.MOST_INVITATIONS):
        assert browser.post(f"{PEOPLE}/invite", {"rights": "reader"}).status_code == 200
    assert browser.post(f"{PEOPLE}/invite", {"rights": "reader"}).status_code == 422


def test_changing_one_s_password_asks_the_old_one_and_ends_every_other_session(desk: Desk) -> None:
    """Whoever holds an unlocked phone for a minute cannot take the account."""
    thief = desk.session("farm", Rights.READER)
    browser = desk.browser("farm", Rights.READER)  # a reader's password is his own too
    wrong = browser.submit("/me", action="/me/password", old="guess", password="a good one")
    assert wrong.status_code == 422
    assert accounts.signed(desk.ctx, thief) is not None
    done = browser.submit("/me", action="/me/password", old=PASSWORD, password="a good one")
    assert done.status_code == 303
    assert accounts.signed(desk.ctx, thief) is None
    assert browser.get("/me").status_code == 200
    for _ in range(6):
        browser.submit("/me", action="/me/password", old="guess", password="a good two")
    paused = browser.submit("/me", action="/me/password", old="a good one", password="a good two")
    assert paused.status_code == 422  # guessing in a session is as slow as at the door


def test_signing_out_everywhere_leaves_this_one_and_other_people_alone(desk: Desk) -> None:
    """Sessions end by their user's hand, never by another's."""
    here, lost = desk.browser("farm"), desk.session("farm")
    other = desk.session("plant")
    stolen = users.sessions_of(desk.ctx, users.find(desk.ctx, "plant"), "")
    here.post("/me/sessions", {"session": stolen[0].id})
    assert accounts.signed(desk.ctx, other) is not None
    here.post("/me/sessions", {})
    assert accounts.signed(desk.ctx, lost) is None
    assert here.get("/me").status_code == 200
    assert accounts.signed(desk.ctx, other) is not None
