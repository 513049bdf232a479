"""What businesses do with goods, over HTTP."""

from __future__ import annotations

from tests.api.world import World


def test_a_batch_goes_from_farm_to_plate_and_every_step_is_in_its_chain(any_world: World) -> None:
    world = any_world
    batch = world.batch("100")
    world.deliver(batch["code"], "60", "canteen")
    world.done(
        "movements/serve",
        "canteen",
        {"lines": [{"batch": batch["uri"], "quantity": "60", "unit": "公斤"}], "note": "lunch"},
    )
    chain = world.get(f"batches/{batch['code']}/chain").get_json()
    assert [step["biz_step"] for step in chain["steps"]] == [
        "commissioning",
        "shipping",
        "receiving",
        "dispensing",
    ]
    assert world.held("farm") == {batch["code"]: "40"}
    assert world.held("canteen") == {}
    assert world.flaw() is None
