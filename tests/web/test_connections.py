"""API keys and webhooks of a business, from its own pages."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tests.receiver import receiver
from tests.web.desk import Desk
from trace.bootstrap import background
from trace.services import api_keys, parties

KEYS, HOOKS = "/desk/settings/keys", "/desk/settings/webhooks"


def test_a_key_is_shown_once_opens_the_interface_and_ends_when_it_is_revoked(desk: Desk) -> None:
    """After being asked whether it is really meant."""
    browser = desk.browser("farm")
    made = browser.submit(KEYS, label="收银系统")
    token = re.search(r"trace_[A-Za-z0-9_-]{43}", made.text)
    assert token is not None
    actor = parties.authenticate(desk.ctx, token[0])
    assert actor is not None
    assert actor.uri == desk.world["farm"].uri
    page = browser.page(KEYS)
    assert "收银系统" in page
    assert token[0] not in page
    path = f"{KEYS}/{actor.api_key}/revoke"
    assert parties.authenticate(desk.ctx, token[0]) is not None
    assert browser.submit(path).status_code == 303
    assert parties.authenticate(desk.ctx, token[0]) is None
    assert browser.get(path).status_code == 303  # there is nothing left to ask


@pytest.mark.parametrize("label", ["", " ", "x" * 61, "a\nb"])
def test_a_key_says_what_it_is_for(desk: Desk, label: str) -> None:
    """Nobody dares to end one of which nobody knows the use."""
    assert desk.browser("farm").submit(KEYS, label=label).status_code == 422


def test_twenty_keys_may_be_good_and_no_more(desk: Desk) -> None:
    """With those that were made elsewhere."""
    good = len([one for one in api_keys.listed(desk.ctx, desk.world["farm"].uri) if one.revoked is None])
    for n in range(api_keys.MOST_KEYS - good):
        api_keys.issue(desk.ctx, desk.world["farm"], f"till {n}")
    assert desk.browser("farm").submit(KEYS, label="one more").status_code == 422


def test_an_address_is_told_of_new_events_and_what_failed_is_tried_again(desk: Desk) -> None:
    """The page shows what could not be delivered, and sends it once more at a touch."""
    ctx = desk.app.extensions["trace"] = dataclasses.replace(desk.ctx, webhook_private=True)
    browser = desk.browser("farm")
    with receiver() as there:
        assert browser.submit(HOOKS, dest=there.url(), secret="s3cret").status_code == 303
        there.answer(410)
        desk.world.register("farm", "5 KGM")
        background(ctx).drain()
        assert "对方回复 410" in browser.page(HOOKS)
        again = browser.submit(HOOKS, action=f"{HOOKS}/retry")
        assert again.status_code == 303
        background(ctx).drain()
        assert "没送到的" not in browser.page(HOOKS)
        assert there.got[-1].signed_with("s3cret")
        assert browser.submit(HOOKS, action=f"{HOOKS}/end").status_code == 303
        desk.world.register("farm", "6 KGM")
        background(ctx).drain()
        assert len(there.got) == 2


@pytest.mark.parametrize(
    "dest", ["http://example.com/", "https://127.0.0.1/", "https://10.0.0.1/x", "nonsense", ""]
)
def test_no_address_inside_the_network_is_taken(desk: Desk, dest: str) -> None:
    """The form is no way to the machines beside this one; what was typed stays."""
    answer = desk.browser("farm").submit(HOOKS, dest=dest)
    assert answer.status_code == 422
    assert f'value="{dest}"' in answer.text


def test_one_business_sees_and_ends_no_other_s_webhooks(desk: Desk) -> None:
    """Nor has it another's messages sent again."""
    farm, plant = desk.browser("farm"), desk.browser("plant")
    farm.submit(HOOKS, dest="https://hooks.example.com/farm")
    assert "hooks.example.com" not in plant.page(HOOKS)
    form = farm.form(HOOKS, f"{HOOKS}/end")
    stolen = dict(form.fields) | {"csrf": plant.csrf}
    assert plant.post(f"{HOOKS}/end", stolen).status_code == 422
    assert "hooks.example.com" in farm.page(HOOKS)
