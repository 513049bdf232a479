"""Who may open and send what: every page behind the sign-in, for everybody for whom it is not."""

from __future__ import annotations

import pytest
from werkzeug.routing import Rule

from tests.web.desk import Desk
from trace.services import accounts, api_keys, mandates, users
from trace.services.context import Rights

AREAS = {"business": "farm", "inspector": "inspector", "operator": "operator"}
"""Each area with somebody whose it is."""


def rules(desk: Desk, area: str, method: str) -> list[Rule]:
    found = [
        rule
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{area}.") and method in (rule.methods or ())
    ]
    assert found
    return found


def parts(rule: Rule) -> str:
    """The rule's address with something in the place of each of its parts."""
    address = rule.rule
    while "<" in address:
        head, _, rest = address.partition("<")
        address = head + "1" + rest.partition(">")[2]
    return address


@pytest.mark.parametrize("area", AREAS)
def test_every_page_of_an_area_is_closed_to_every_other_role(desk: Desk, area: str) -> None:
    """A business is no inspector, an inspector no operator, and the operator enters nobody's goods."""
    others = [who for name, who in AREAS.items() if name != area]
    for who in others:
        browser = desk.browser(who)
        for method in ("GET", "POST"):
            for rule in rules(desk, area, method):
                answer = browser.get(parts(rule)) if method == "GET" else browser.post(parts(rule), {})
                assert answer.status_code == 403, (who, method, rule.rule)


@pytest.mark.parametrize("area", AREAS)
def test_nothing_is_shown_or_done_without_a_session(desk: Desk, area: str) -> None:
    """A stranger is asked to sign in, wherever he knocks."""
    client = desk.stranger()
    for method in ("GET", "POST"):
        for rule in rules(desk, area, method):
            answer = client.open(parts(rule), method=method)
            assert answer.status_code == 303, rule.rule
            assert answer.headers["Location"].startswith("/in?next=")


@pytest.mark.parametrize(("area", "who"), AREAS.items())
def test_a_reader_can_send_nothing_anywhere(desk: Desk, area: str, who: str) -> None:
    """Only looking is really only looking, in every area."""
    browser = desk.browser(who, Rights.READER)
    for rule in rules(desk, area, "POST"):
        assert browser.post(parts(rule), {}).status_code == 403, rule.rule


@pytest.mark.parametrize(("area", "who"), AREAS.items())
def test_no_form_is_taken_that_another_s_page_made_the_browser_send(desk: Desk, area: str, who: str) -> None:
    """The cookie comes along by itself; what the page carries does not."""
    browser = desk.browser(who)
    stolen = desk.browser("plant").csrf
    for rule in rules(desk, area, "POST"):
        for forged in ({}, {"csrf": ""}, {"csrf": stolen}):
            assert browser.post(parts(rule), forged, whole=True).status_code == 403, rule.rule
    right = {"csrf": browser.csrf}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        for rule in rules(desk, area, "POST"):
            answer = browser.client.post(parts(rule), data=right, headers=headers)
            assert answer.status_code == 403, rule.rule


def settings(desk: Desk) -> list[Rule]:
    return [rule for rule in desk.app.url_map.iter_rules() if rule.rule.startswith("/desk/settings")]


@pytest.mark.parametrize("rights", [Rights.CLERK, Rights.READER])
def test_settings_are_for_owners_alone(desk: Desk, rights: Rights) -> None:
    """A clerk lets nobody in, sees no keys, and sends nothing to addresses of his own."""
    browser = desk.browser("farm", rights)
    for rule in settings(desk):
        methods = rule.methods or set()
        answer = browser.get(parts(rule)) if "GET" in methods else browser.post(parts(rule), {})
        assert answer.status_code == 403, rule.rule


def test_one_business_cannot_touch_another_s_people_links_or_keys(desk: Desk) -> None:
    """Their ids alone are of no use."""
    plant = desk.browser("plant")
    key = api_keys.issue(desk.ctx, desk.world["farm"], "till")
    link = users.invite(desk.ctx, desk.world["farm"], desk.world["farm"].party, Rights.OWNER)
    (open_link,) = users.links_of(desk.ctx, desk.world["farm"].party)
    base = "/desk/settings/people"
    assert plant.get(f"{base}/farm-clerk").status_code == 404
    for act in ("rights", "link", "end"):
        assert plant.post(f"{base}/farm-clerk/{act}", {"rights": "owner"}).status_code >= 404
    plant.post(f"{base}/take-back", {"link": open_link.id})
    plant.post(f"/desk/settings/keys/{key.id}/revoke", {})
    assert users.find(desk.ctx, "farm-clerk").rights is Rights.CLERK
    assert desk.stranger().get(f"/invite/{link.token}").status_code == 200
    good = [one.id for one in api_keys.listed(desk.ctx, desk.world["farm"].uri) if one.revoked is None]
    assert key.id in good


def test_who_enters_for_another_business_does_not_manage_its_people(desk: Desk) -> None:
    """A mandate is for goods: it opens neither accounts nor keys, and one's own wait until one is back."""
    mandates.give(desk.ctx, desk.world["stall"], desk.world["market"].uri)
    browser = desk.browser("market")
    accounts.enter_for(desk.ctx, browser.token, desk.world["stall"].uri)
    assert "stall" in browser.page("/desk")
    for rule in settings(desk):
        answer = browser.get(parts(rule)) if "GET" in (rule.methods or ()) else browser.post(parts(rule), {})
        assert answer.status_code == 403, rule.rule


def test_a_clerk_at_the_operator_cannot_make_himself_master_of_a_business(desk: Desk) -> None:
    """A link to an owner's new password is an owner's account: only an owner at the operator makes one."""
    clerk = desk.browser("operator", Rights.CLERK)
    base = "/operate/parties/farm/people"
    for where in (f"{base}/invite", f"{base}/farm/link", f"{base}/farm/rights", f"{base}/farm/end"):
        assert clerk.post(where, {"rights": "owner"}).status_code == 422
    owner = desk.browser("operator")
    assert owner.post(f"{base}/farm/link", {}).status_code == 200
