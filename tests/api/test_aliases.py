"""Foreign codes over HTTP: registered once, listed to their owner, refused where they are somebody's or something."""

from __future__ import annotations

from tests.api.world import World


def test_a_code_is_registered_and_listed_to_its_owner_alone(world: World) -> None:
    """The answer says where the code leads, and the same request twice is one claim."""
    batch = world.batch()
    body = {"alias": "WX-2210", "target": batch["code"]}
    first = world.post("aliases", "farm", body, headers={"Idempotency-Key": "k1"})
    assert first.status_code == 201
    assert first.get_json()["target"] == batch["uri"]
    assert first.headers["Location"] == "/a?uri=WX-2210"
    again = world.post("aliases", "farm", body, headers={"Idempotency-Key": "k1"})
    assert again.headers["Idempotency-Replayed"] == "true"
    (item,) = world.get("aliases", "farm").get_json()["items"]
    assert item == {"alias": "WX-2210", "target": batch["uri"], "index": first.get_json()["index"]}
    assert world.get("aliases", "market").get_json()["items"] == []
    assert world.flaw() is None


def test_refusals_have_their_statuses(world: World) -> None:
    """Taken already, another's goods, nothing of that name, a code of its own: four answers to four mistakes."""
    batch = world.batch()["code"]
    world.done("aliases", "farm", {"alias": "WX-1", "target": batch})
    for who, alias, target, status, code in (
        ("farm", "WX-1", batch, 409, "duplicate"),
        ("market", "WX-2", batch, 403, "not_yours"),
        ("farm", "WX-2", "nothing", 404, "unknown_batch"),
        ("farm", batch, batch, 422, "code_of_its_own"),
        ("farm", "09520000000011", batch, 422, "code_of_its_own"),
    ):
        answer = world.post("aliases", who, {"alias": alias, "target": target})
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
