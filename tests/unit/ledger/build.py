"""A small ledger in memory, made with fixed keys and salts, for the tests to attack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trace.ledger import bundle, checkpoint, merkle, note, records, signatures, verify

LEDGER = "ledger.example/fujian"
OPERATOR = "https://id.gs1.org/417/6901234000009"
FARM = "https://id.gs1.org/417/6901234000016"
SHOP = "https://id.gs1.org/417/6901234000023"
BATCH = "https://id.gs1.org/01/06901234000030/10/L1"


def private_key(name: str) -> Ed25519PrivateKey:
    """The same key for the same name, in every run."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def raw(name: str) -> bytes:
    """The public half of `private_key(name)`."""
    return signatures.public_bytes(private_key(name))


def key_of(name: str) -> str:
    """Base64 of `raw(name)`, as a key record has it."""
    return signatures.b64encode(raw(name))


@dataclass
class Book:
    """A ledger that anything can be appended to, right or wrong."""

    ledger: str = LEDGER
    items: list[bundle.Item] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    signer: note.Signer = field(init=False)

    def __post_init__(self) -> None:
        self.signer = note.Signer(self.ledger, private_key("log"))

    @property
    def vkey(self) -> str:
        return note.vkey_text(self.signer)

    def reader(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def add(
        self,
        kind: str,
        by: str,
        key: str,
        public: Any = None,
        *,
        ledger: str | None = None,
        change: Callable[[dict[str, Any]], dict[str, Any]] = lambda fields: fields,
        **more: Any,
    ) -> int:
        """Append one statement with its bodies; `change` alters the entry's fields before it is made."""
        index = len(self.items)
        salt = sha256(index.to_bytes(4, "big")).digest()[:16]
        data = {**({} if public is None else {"public": public}), **more}
        bodies = {name: records.make_body(value, salt) for name, value in data.items()}
        statement = records.Statement.create(
            kind=kind,
            by=by,
            ledger=ledger or self.ledger,
            id=f"s{index}",
            digests={name: records.digest(body) for name, body in bodies.items()},
            key=private_key(key),
        )
        return self.add_statement(statement.encoded, bodies, change)

    def add_statement(
        self,
        statement: bytes,
        bodies: dict[str, bytes],
        change: Callable[[dict[str, Any]], dict[str, Any]] = lambda fields: fields,
    ) -> int:
        """Append a statement that is already bytes."""
        index = len(self.items)
        fields = {
            "index": index,
            "prev": self.leaves[-1].hex() if self.leaves else records.FIRST_PREV,
            "time": f"2026-11-21T08:{index // 60:02d}:{index % 60:02d}.000Z",
            "statement": records.digest(statement),
        }
        entry = records.Entry.create(**change(fields))
        self.items.append(bundle.Item(entry.encoded, statement, bodies))
        self.leaves.append(entry.leaf)
        for level, place, value in self.frontier.append(entry.leaf):
            self.nodes[level, place] = value
        return index

    def open(self, **changed: Any) -> None:
        """Append the entry that opens the ledger."""
        fields = {
            "key": key_of("operator"),
            "ledger": self.ledger,
            "name": "Demo",
            "operator": OPERATOR,
            "vkey": self.vkey,
        }
        self.add("ledger.opened/1", OPERATOR, "operator", {**fields, **changed})

    def register(self, party: str, name: str, *, by: str = OPERATOR, key: str = "operator") -> int:
        """Append the registration of the key `name` for a party."""
        public = {"custody": "operator", "key": key_of(name), "party": party}
        return self.add("key.registered/1", by, key, public)

    def revoke(self, party: str, name: str, *, by: str = OPERATOR, key: str = "operator") -> int:
        """Append the revocation of the key `name` of a party."""
        public = {"keyId": records.key_id(raw(name)), "party": party, "reason": "lost"}
        return self.add("key.revoked/1", by, key, public)

    def event(self, by: str = FARM, key: str = "farm", batch: str = BATCH, **options: Any) -> int:
        """Append an event about a batch."""
        public = {"event": {"type": "ObjectEvent", "quantityList": [{"epcClass": batch}]}}
        return self.add("epcis.event/1", by, key, public, full={"event": {"quantity": 12.5}}, **options)

    def head(self) -> checkpoint.Checkpoint:
        return checkpoint.Checkpoint(self.ledger, len(self.items), self.frontier.root())

    def note(self) -> str:
        return checkpoint.sign(self.head(), self.signer)

    def bundle(self, *indices: int, batch: str = BATCH, text: str | None = None) -> bytes:
        """A bundle of the records at these indices, or of all."""
        chosen = [self.items[index] for index in indices] if indices else self.items
        return bundle.make_bundle(
            batch=batch, note=text or self.note(), vkey=self.vkey, items=chosen, reader=self.reader
        )

    def receipt(self, index: int, text: str | None = None) -> bytes:
        return bundle.make_receipt(self.items[index], text or self.note(), self.reader)


def sample(events: int = 2) -> Book:
    """Opened, with a farm's key and a shop's, and some events of the farm and the shop about one batch."""
    book = Book()
    book.open()
    book.register(FARM, "farm")
    book.register(SHOP, "shop")
    for number in range(events):
        if number % 2:
            book.event(by=SHOP, key="shop")
        else:
            book.event()
    return book


def failure(report: verify.Report) -> tuple[str, str | None]:
    """Which step of a report fails, and why."""
    step = report.failed_step
    assert step is not None
    assert not report.ok
    return step.code, step.reason
