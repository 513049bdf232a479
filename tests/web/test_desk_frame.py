"""The guard before every page of a business: signed in, of the right role, and not sent by another's page."""

from __future__ import annotations

import pytest

from tests.web.desk import PASSWORD, Desk
from trace.services.context import Rights


def test_signed_in_business_sees_its_own_first_page(desk: Desk) -> None:
    """The session's cookie is enough; the page names the business."""
    assert "farm" in desk.browser("farm").page("/desk")


def test_whoever_is_not_signed_in_is_asked_to(desk: Desk) -> None:
    """And comes back to the page he wanted."""
    answer = desk.stranger().get("/desk")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/in?next=%2Fdesk")


@pytest.mark.parametrize("rights", list(Rights))
def test_password_opens_a_session(desk: Desk, rights: Rights) -> None:
    """Owner, clerk and reader sign in alike."""
    login = "farm" if rights is Rights.OWNER else f"farm-{rights}"
    client = desk.stranger()
    assert client.post("/in", data={"login": login, "password": PASSWORD}).headers["Location"] == "/desk"
    assert client.get("/desk").status_code == 200


@pytest.mark.parametrize("who", ["inspector", "operator"])
def test_desk_is_for_businesses_alone(desk: Desk, who: str) -> None:
    """An inspector keeps no stock."""
    assert desk.browser(who).get("/desk").status_code == 403
