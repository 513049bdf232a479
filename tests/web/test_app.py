"""The pages inside the whole application, beside the API and the log."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from scanner_web.answers import CSP
from tests.web.conftest import World
from wsgi import create_app


@pytest.fixture(scope="module")
def whole(world: World) -> FlaskClient:
    """A browser in front of the application as it is served."""
    return create_app(context=world.ctx).test_client()


@pytest.mark.parametrize("name", ["fresh", "frozen", "stopped"])
def test_every_link_of_a_batch_page_leads_somewhere(world: World, whole: FlaskClient, name: str) -> None:
    """Proof, key, checkpoint, makers, places, ingredients, loads, the other language: no link is dead."""
    path = world.codes[name]
    page = whole.get(path).get_data(as_text=True)
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', page)}
    links -= {"data:,"}
    assert any(link.endswith("/bundle") for link in links)
    for place in (link for link in links if link.startswith("#")):
        assert f'id="{place[1:]}"' in page, place
    for link in (link for link in links if not link.startswith("#")):
        with whole.get(f"{path}{link}" if link.startswith("?") else link) as answer:
            assert answer.status_code == 200, link


def test_pages_keep_their_policy_beside_the_api(world: World, whole: FlaskClient) -> None:
    """The application's own headers neither loosen nor double the pages' policy."""
    answer = whole.get(world.codes["fresh"])
    assert answer.headers.getlist("Content-Security-Policy") == [CSP]
    assert answer.headers.getlist("Referrer-Policy") == ["no-referrer"]


def test_api_answers_for_its_own_unknown_addresses(whole: FlaskClient) -> None:
    """A program that misspells a path gets a problem, not a page."""
    answer = whole.get("/api/v1/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_unknown_address_gets_the_honest_page(whole: FlaskClient) -> None:
    """A person who misspells one gets the page."""
    answer = whole.get("/no/such/page")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
