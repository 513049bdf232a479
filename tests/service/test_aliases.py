"""Foreign codes open what their owner says they stand for, and never anything that has a code of its own."""

from __future__ import annotations

import json

import pytest

from tests.scenario import GTIN, PALLET, World
from trace.domain.refusals import Duplicate, Invalid, NotYours, RoleForbids, UnknownBatch
from trace.identifiers import InvalidIdentifier
from trace.interop.epcis import read_document
from trace.ledger import canonical
from trace.ledger.records import Statement
from trace.services import aliases, capture, scan
from trace.services.aliases import CodeOfItsOwn

TRACE_URL = "https://other.example/trace?code=AB-7781"

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.mark.parametrize("alias", ["WX-2210", TRACE_URL, "进货单 7 号", "urn:x-shop:item:7"])
def test_a_foreign_code_opens_the_batch_it_stands_for(world: World, alias: str) -> None:
    """The supplier's number, another platform's address, or plain words: all find the goods."""
    batch = world.register("farm", "10 KGM")
    done = aliases.register(world.ctx, world["farm"], f" {alias} ", batch)
    assert done.result == {"alias": alias, "target": batch}
    assert scan.find(world.ctx, alias) == batch
    assert scan.find(world.ctx, alias + "x") is None


def test_spellings_of_one_address_are_one_code(world: World) -> None:
    """A host in capitals is the same host."""
    batch = world.register("farm", "10 KGM")
    aliases.register(world.ctx, world["farm"], "HTTPS://Other.Example/A?b=1", batch)
    assert scan.find(world.ctx, "https://other.example/A?b=1") == batch
    with world.refuses(Duplicate, what="alias"):
        aliases.register(world.ctx, world["farm"], "https://OTHER.example/A?b=1", batch)


def test_the_first_who_claims_a_code_has_it(world: World) -> None:
    """Nobody takes over a number that already leads somewhere, not even its own owner by mistake."""
    mine = world.register("farm", "10 KGM")
    aliases.register(world.ctx, world["farm"], "WX-1", mine)
    other = world.register("market", "5 KGM")
    for who, target in (("market", other), ("farm", mine)):
        with world.refuses(Duplicate, what="alias", value="WX-1"):
            aliases.register(world.ctx, world[who], "WX-1", target)
    assert scan.find(world.ctx, "WX-1") == mine


def test_only_who_made_or_holds_a_batch_names_it(world: World) -> None:
    """A competitor cannot lead scanners of his own codes to another's goods."""
    batch = world.register("farm", "10 KGM")
    with world.refuses(NotYours, what=batch):
        aliases.register(world.ctx, world["market"], "M-1", batch)
    world.deliver("farm", "market", (batch, "4 KGM"))
    aliases.register(world.ctx, world["market"], "M-1", batch)
    assert scan.find(world.ctx, "M-1") == batch


def test_only_its_owner_names_a_product(world: World) -> None:
    """A product's foreign number leads to the product, for whoever registered it."""
    product = world.products["milk"]
    aliases.register(world.ctx, world["farm"], "MILK-1", GTIN)
    assert scan.find(world.ctx, "MILK-1") == product
    with world.refuses(NotYours, what=product):
        aliases.register(world.ctx, world["plant"], "MILK-2", product)
    with world.refuses(UnknownBatch, batch="nothing"):
        aliases.register(world.ctx, world["farm"], "MILK-2", "nothing")
    with world.refuses(RoleForbids):
        aliases.register(world.ctx, world["inspector"], "MILK-2", product)


@pytest.mark.parametrize(
    "alias",
    [
        GTIN,
        GTIN[1:],
        "095200000000000011",
        "7A8GFH2NDR9",
        f"(01){GTIN}(10)A",
        f"https://id.gs1.org/01/{GTIN}/10/A",
        f"http://shop.example/01/{GTIN}",
        "urn:epc:id:sscc:9520000.0000000001",
        "https://trace.example/anything",
        "https://trace.example",
        "https://trace.example?x",
        PALLET,
        "farm",
        "apples",
    ],
)
def test_a_code_of_its_own_is_no_alias(world: World, alias: str) -> None:
    """Neither what a scanner reads as a GS1 key or short code, nor an address here, nor what the ledger knows."""
    batch = world.register("farm", "10 KGM")
    with world.refuses(CodeOfItsOwn):
        aliases.register(world.ctx, world["farm"], alias, batch)


def test_a_real_code_that_comes_later_is_not_shadowed(world: World) -> None:
    """A captured batch of the same name opens itself, whatever was claimed before."""
    mine, real = world.register("farm", "10 KGM"), "urn:x-shop:lot:9"
    aliases.register(world.ctx, world["farm"], real, mine)
    assert scan.find(world.ctx, real) == mine
    event = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "eventTime": "2026-11-02T08:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": real, "quantity": 1, "uom": "KGM"}],
    }
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-02T00:00:00Z",
        "epcisBody": {"eventList": [event]},
    }
    capture.import_document(world.ctx, world["plant"], read_document(json.dumps(document).encode()))
    assert scan.find(world.ctx, real) == real


@pytest.mark.parametrize("alias", ["", "  ", "a\nb", "x" * 301, "a\u202eb"])
def test_a_code_that_nobody_can_type_is_refused(world: World, alias: str) -> None:
    """Control signs, and marks that turn the reading direction, would make a code look like another."""
    batch = world.register("farm", "10 KGM")
    with world.refuses(Invalid, field="alias"):
        aliases.register(world.ctx, world["farm"], alias, batch)


def test_what_is_nearly_a_gs1_key_is_told_so(world: World) -> None:
    """A Digital Link with a wrong check digit is a mistake, not a foreign code."""
    batch = world.register("farm", "10 KGM")
    with pytest.raises(InvalidIdentifier):
        aliases.register(world.ctx, world["farm"], "https://id.gs1.org/01/09520000000012", batch)


def test_a_party_lists_its_own_codes_page_by_page(world: World) -> None:
    """In order of entry, nobody else's among them."""
    batch = world.register("farm", "10 KGM")
    for name in ("A-1", "A-2", "A-3"):
        aliases.register(world.ctx, world["farm"], name, batch)
    first = aliases.listed(world.ctx, world["farm"], limit=2, cursor=None)
    rest = aliases.listed(world.ctx, world["farm"], limit=2, cursor=first.next)
    assert [one.alias for one in (*first.items, *rest.items)] == ["A-1", "A-2", "A-3"]
    assert rest.next is None
    assert aliases.listed(world.ctx, world["market"], limit=2, cursor=None).items == ()


def test_an_alias_is_a_signed_record_of_the_ledger(world: World) -> None:
    """It is said by the business under its key, so that it can be proved who led a code where."""
    batch = world.register("farm", "10 KGM")
    done = aliases.register(world.ctx, world["farm"], "WX-9", batch)
    record = world.record(done.index)
    statement = Statement.parse(record.statement)
    assert (statement.kind, statement.by) == ("alias.registered/1", world["farm"].uri)
    assert canonical.decode(record.bodies["public"])["data"] == {"alias": "WX-9", "target": batch}
