"""A small ledger to write into: records of every kind, signed, appended and projected."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from tests.databases import Database
from trace.ledger.records import Statement, digest, make_body
from trace.store.projector import Projector
from trace.store.sequencer import Sequencer
from trace.store.unit_of_work import Appended

T = TypeVar("T")

LEDGER = "ledger.example/desk"
BASE = "https://trace.example"
START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def party(name: str) -> str:
    """URI of a party of the desk."""
    return f"{BASE}/p/{name}"


def place(name: str) -> str:
    """URI of that party's place."""
    return f"{BASE}/p/{name}/place"


class Desk:
    """Appends to one ledger; every record comes a minute after the one before."""

    def __init__(self, database: Database, ledger: str = LEDGER) -> None:
        self.engine = database.engine
        self.ledger = ledger
        self._minutes = 0
        self._said = 0
        self.sequencer = Sequencer(database.engine, ledger, self.now, Projector())

    def now(self) -> datetime:
        """The ledger's clock."""
        return START + timedelta(minutes=self._minutes)

    def read(self, query: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """A query's answer."""
        return self.sequencer.read(lambda connection: query(connection, self.ledger, *arguments, **named))

    def look(self, work: Callable[[Connection], T]) -> T:
        """Anything read from the tables."""
        return self.sequencer.read(work)

    def key(self, name: str) -> Ed25519PrivateKey:
        """A party's key, always the same."""
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())

    # -- records -----------------------------------------------------------------------------------------

    def say(self, kind: str, by: str, **compartments: Any) -> Appended:
        """Append a record of party ``by`` (its short name)."""
        self._minutes += 1
        self._said += 1
        salt = hashlib.sha256(str(self._said).encode()).digest()[:16]
        bodies = {name: make_body(data, salt) for name, data in compartments.items()}
        statement = Statement.create(
            kind=kind,
            by=party(by),
            ledger=self.ledger,
            id=f"id-{self._said}",
            digests={name: digest(body) for name, body in bodies.items()},
            key=self.key(by),
        )
        return self.sequencer.submit(lambda work: work.append(statement, bodies))

    def open(self, *names: str) -> None:
        """Entry 0, and a party with a key for each name."""
        key = base64.b64encode(self.key("operator").public_key().public_bytes_raw()).decode()
        opened = {
            "key": key,
            "ledger": self.ledger,
            "name": "Desk",
            "operator": party("operator"),
            "vkey": "k",
        }
        self.say("ledger.opened/1", "operator", public=opened)
        for name in names:
            self.register_party(name)

    def register_party(self, name: str, /, **fields: str) -> None:
        """A party called ``name`` in capitals, its key, and its place."""
        data = {"party": party(name), "id": name, "name": name.upper(), "role": "producer"}
        self.say("party.registered/1", "operator", public={**data, "location": place(name), **fields})
        key = base64.b64encode(self.key(name).public_key().public_bytes_raw()).decode()
        self.say(
            "key.registered/1", "operator", public={"custody": "operator", "key": key, "party": party(name)}
        )

    def register_product(self, owner: str, id: str, name: str, unit: str = "KGM", **fields: Any) -> str:
        """A product; its URI."""
        uri = f"https://id.gs1.org/01/{fields['gtin']}" if "gtin" in fields else f"{BASE}/g/{id}"
        data = {"product": uri, "id": id, "owner": party(owner), "name": name, "unit": unit, "units": {}}
        self.say("product.registered/1", owner, public={**data, **fields})
        return uri

    def hold(self, batch: str, hold: str, reason: str = "salmonella") -> Appended:
        """The operator stops a batch."""
        data = {"batch": batch, "hold": hold, "party": party("operator"), "reason": reason}
        return self.say("batch.held/1", "operator", public=data)

    def release(self, batch: str, hold: str, reason: str = "cleared") -> Appended:
        """And lets it go."""
        data = {"batch": batch, "hold": hold, "party": party("operator"), "reason": reason}
        return self.say("batch.released/1", "operator", public=data)

    # -- events ------------------------------------------------------------------------------------------

    def event(self, by: str, **fields: Any) -> Appended:
        """An event of party ``by`` at its own place, now, unless the fields say otherwise."""
        raw = {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{hashlib.md5(str(self._said).encode()).hexdigest()}",
            "eventTime": self.now().isoformat(timespec="milliseconds"),
            "eventTimeZoneOffset": "+08:00",
            "bizLocation": {"id": place(by)},
            **fields,
        }
        raw = {name: value for name, value in raw.items() if value is not None}
        return self.say("epcis.event/1", by, full={"event": raw, "context": []}, public={"event": raw})

    def make(self, by: str, batch: str, amount: float, unit: str = "KGM", **described: str) -> Appended:
        """A batch comes into being."""
        about = {"batch": batch, **described}
        return self.event(
            by,
            action="ADD",
            bizStep="commissioning",
            quantityList=quantities({batch: amount}, unit),
            ilmd={"trace:batches": [about]},
        )

    def ship(self, by: str, to: str, goods: Mapping[str, float], id: str, **fields: Any) -> Appended:
        """Goods leave for another party."""
        return self.event(
            by,
            action="OBSERVE",
            bizStep="shipping",
            bizTransactionList=[{"type": "desadv", "bizTransaction": shipment(id)}],
            quantityList=quantities(goods) or None,
            sourceList=[{"type": "owning_party", "source": party(by)}],
            destinationList=[{"type": "owning_party", "destination": party(to)}],
            **fields,
        )

    def receive(self, by: str, goods: Mapping[str, float], id: str, **fields: Any) -> Appended:
        """And are accepted."""
        return self.event(
            by,
            action="OBSERVE",
            bizStep="receiving",
            bizTransactionList=[{"type": "desadv", "bizTransaction": shipment(id)}],
            quantityList=quantities(goods) or None,
            **fields,
        )

    def deliver(self, by: str, to: str, goods: Mapping[str, float], id: str) -> None:
        """Both."""
        self.ship(by, to, goods, id)
        self.receive(to, goods, id)

    def transform(self, by: str, inputs: Mapping[str, float], outputs: Mapping[str, float]) -> Appended:
        """Inputs become outputs."""
        return self.event(
            by,
            type="TransformationEvent",
            bizStep="creating_class_instance",
            inputQuantityList=quantities(inputs),
            outputQuantityList=quantities(outputs),
        )

    def pack(self, by: str, container: str, goods: Mapping[str, float], *inner: str) -> Appended:
        """Goods and boxes go into a box."""
        return self.event(
            by,
            type="AggregationEvent",
            action="ADD",
            bizStep="packing",
            parentID=container,
            childEPCs=list(inner) or None,
            childQuantityList=quantities(goods) or None,
        )

    def correct(self, by: str, wrong: Appended, raw: Mapping[str, Any]) -> Appended:
        """An event is declared wrong."""
        declaration = {"declarationTime": self.now().isoformat(), "reason": "did_not_occur"}
        return self.event(by, **{**raw, "errorDeclaration": declaration})


def quantities(goods: Mapping[str, float], unit: str = "KGM") -> list[dict[str, Any]]:
    """An EPCIS quantity list."""
    return [{"epcClass": batch, "quantity": amount, "uom": unit} for batch, amount in goods.items()]


def shipment(id: str) -> str:
    """URI of a delivery."""
    return f"{BASE}/d/{id}"


def batch(code: str) -> str:
    """URI of a batch without a GTIN."""
    return f"{BASE}/t/{code}"


def sscc(serial: int) -> str:
    """Digital Link of a logistic unit with a right check digit."""
    payload = f"1952000{serial:010d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return f"https://id.gs1.org/00/{payload}{-total % 10}"
