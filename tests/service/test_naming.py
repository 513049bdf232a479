"""A sentence names people and goods, where a program gets their URIs."""

from __future__ import annotations

from tests.scenario import World
from trace.services import naming


def test_parties_and_batches_are_called_by_their_names_and_strangers_stay_as_they_are(world: World) -> None:
    batch = world.register("farm", "100 KGM")
    farm = world["farm"].party
    params = {"batch": batch, "party": farm.uri, "asked": "120", "held": "urn:epc:unknown"}
    said = naming.in_words(world.ctx, params)
    assert said["party"] == farm.name
    assert said["batch"] not in ("", batch)
    assert (said["asked"], said["held"]) == ("120", "urn:epc:unknown")
