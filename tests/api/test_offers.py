"""Today's offer over HTTP: posted by whoever has the goods, read by anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.world import World


def today(world: World) -> str:
    """The date where the service is."""
    return world.ctx.local(world.ctx.clock()).date().isoformat()


def menu(world: World, batch: str, **more: Any) -> dict[str, Any]:
    """A dish at lunch."""
    item = {"name": "soup", "meal": "lunch", "batches": [batch]}
    return {"date": today(world), "kind": "menu", "items": [item], **more}


@pytest.fixture
def batch(world: World) -> dict[str, Any]:
    """20 kg of pak choi in the canteen."""
    made = world.batch()
    world.deliver(made["code"], "20", "canteen")
    return made


def test_a_menu_is_posted_and_read_without_a_key(world: World, batch: dict[str, Any]) -> None:
    """A parent's program reads what the canteen's posted, with the batches behind it."""
    world.done("offers", "canteen", menu(world, batch["code"]))
    answer = world.get(f"offers?party={world.ids['canteen']}")
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["kind"], found["date"], found["party"]) == ("menu", today(world), world.uris["canteen"])
    (item,) = found["items"]
    assert (item["name"], item["meal"]) == ("soup", "lunch")
    assert [(one["batch"]["uri"], one["stopped"], one["expired"]) for one in item["batches"]] == [
        (batch["uri"], False, False)
    ]


def test_what_was_stopped_since_is_marked_and_cannot_be_posted_again(
    world: World, batch: dict[str, Any]
) -> None:
    """The reader sees it at once; the poster is refused with the reason."""
    world.done("offers", "canteen", menu(world, batch["code"]))
    world.done(f"batches/{batch['code']}/hold", "inspector", {"reason": "residues"})
    found = world.get(f"offers?party={world.ids['canteen']}").get_json()
    assert found["items"][0]["batches"][0]["stopped"] is True
    refused = world.post("offers", "canteen", menu(world, batch["code"]))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "batch_stopped")


def test_nobody_posts_without_a_key_nor_what_he_never_had(world: World, batch: dict[str, Any]) -> None:
    """No key, another's goods, a role that does not serve, a day that is past."""
    assert world.post("offers", None, menu(world, batch["code"])).status_code == 401
    other = world.batch()
    for who, body, status, code in (
        ("canteen", menu(world, other["code"]), 409, "never_held"),
        ("farm", menu(world, batch["code"]), 403, "role_forbids"),
        ("canteen", menu(world, "7K3M9QW2X0F"), 404, "unknown_batch"),
        ("canteen", menu(world, batch["code"], date=yesterday(world)), 422, "offer_day"),
    ):
        answer = world.post("offers", who, body)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def yesterday(world: World) -> str:
    """The day before, where the service is."""
    return (world.ctx.local(world.ctx.clock()).date() - timedelta(days=1)).isoformat()


def test_a_day_without_an_offer_is_not_found(world: World) -> None:
    """An honest 404, for a known place and for an unknown one."""
    assert world.get(f"offers?party={world.ids['canteen']}").status_code == 404
    assert world.get("offers?party=nobody").status_code == 404
    assert world.get("offers").status_code == 400
