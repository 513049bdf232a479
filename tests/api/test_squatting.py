"""What a business hands in or sends does not make it look like, or speak for, another one."""

from __future__ import annotations

from tests.api.world import World

GTIN = "06901234567892"
RIVAL = "https://id.gs1.org/01/09521000000018/10/RIVAL"


def test_a_batch_called_by_anothers_address_does_not_open_behind_anothers_code(world: World) -> None:
    address = f"https://id.gs1.org/01/{GTIN}/10/LOT1"
    event = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            {"trace": "urn:x-trace:ns:1:"},
        ],
        "type": "ObjectEvent",
        "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "eventTime": "2026-11-01T00:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": RIVAL, "quantity": 5, "uom": "KGM"}],
        "ilmd": {"trace:batches": [{"batch": RIVAL, "code": address.upper()}]},
    }
    world.done("documents", "shop", event)
    batch = world.batch("10", product=world.product(gtin=GTIN), lot="LOT1")
    assert batch["uri"] == address
    assert world.get(f"batches/{batch['code']}").get_json()["uri"] == address
    world.deliver(address, "1", "canteen")
    assert world.held("canteen") == {batch["code"]: "1"}


def test_no_document_makes_a_business_the_place_of_another(world: World) -> None:
    """Neither do goods for it go astray, nor does it act in another's name."""
    names = [("canteen", "shop"), ("shop", "farm")]
    places = [
        {
            "id": world.uris[one],
            "attributes": [{"id": "urn:epcglobal:cbv:mda#owning_party", "attribute": owner}],
        }
        for one, owner in ((one, world.uris[owner]) for one, owner in names)
    ]
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": places}
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-01T00:00:00Z",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}},
        "epcisBody": {"eventList": []},
    }
    world.done("documents", "shop", document)
    batch = world.batch("100")
    world.deliver(batch["code"], "10", "canteen")
    lines = [{"batch": batch["code"], "quantity": "50", "unit": "KGM"}]
    stolen = world.post("movements/ship", "shop", {"to": world.ids["market"], "lines": lines})
    assert stolen.status_code == 409
    assert world.held("canteen") == {batch["code"]: "10"}
    assert world.held("farm") == {batch["code"]: "90"}
