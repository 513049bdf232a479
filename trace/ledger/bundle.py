"""What can be taken away: a receipt of one entry, and a bundle that shows a batch's whole chain.

Both are one RFC 8785 JSON object; the records in them stand as text, byte for byte as they were hashed and
signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import canonical, checkpoint, merkle, note
from .errors import LedgerError
from .proof import Proof
from .records import Entry
from .signatures import b64decode, b64encode

KIND = "trace.bundle/1"


class BundleMalformed(LedgerError):
    """The bytes have not the form of a bundle or receipt; `field` says where."""

    code = "bundle_malformed"


@dataclass(frozen=True, slots=True)
class Item:
    """One record to show: its entry's and its statement's bytes, and the bodies disclosed, by compartment."""

    entry: bytes
    statement: bytes
    bodies: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ProvenItem:
    """An item with its audit path to the checkpoint's root, as a bundle has it; nothing is verified yet."""

    entry: bytes
    statement: bytes
    bodies: Mapping[str, bytes]
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's parts, form alone checked: `ledger` is the origin, `checkpoint` a note's text."""

    batch: str
    ledger: str
    vkey: str
    checkpoint: str
    items: tuple[ProvenItem, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt's parts, form alone checked: one record, and the tlog-proof of its entry."""

    entry: bytes
    statement: bytes
    bodies: Mapping[str, bytes]
    proof: Proof


def make_bundle(*, batch: str, note: str, vkey: str, items: Iterable[Item], reader: merkle.Reader) -> bytes:
    """A bundle over the checkpoint `note`, signed by the log key `vkey`; `reader` reads the log's tree.

    Items may come in any order. They must hold entry 0, the events of the batch, and the key records of all
    who signed in it. Only the log's own signature is kept of the note, so that every byte of a bundle can be
    judged. Raises what `checkpoint.open` raises, OutOfRange for an entry beyond the checkpoint,
    RecordMalformed.
    """
    head, own = _own_note(note, vkey)
    placed = sorted(((Entry.parse(item.entry).index, item) for item in items), key=lambda pair: pair[0])
    return canonical.encode(
        {
            "batch": batch,
            "checkpoint": own,
            "items": [
                {**_texts(item), "path": [*map(b64encode, merkle.inclusion_proof(reader, index, head.size))]}
                for index, item in placed
            ],
            "kind": KIND,
            "ledger": head.origin,
            "v": 1,
            "vkey": vkey,
        }
    )


def make_receipt(item: Item, note: str, reader: merkle.Reader) -> bytes:
    """A receipt for one record under a checkpoint's note, which is kept with all its signatures.

    The note is taken to be the log's own, just signed. Raises NoteMalformed, CheckpointMalformed, OutOfRange.
    """
    index = Entry.parse(item.entry).index
    size = checkpoint.parse_unverified(note).size
    proof = Proof(index, tuple(merkle.inclusion_proof(reader, index, size)), note)
    return canonical.encode({**_texts(item), "proof": proof.to_text(), "v": 1})


def parse_bundle(data: bytes) -> Bundle:
    """Parse a bundle's bytes. Raises BundleMalformed or what `canonical.decode` raises."""
    fields = _fields(canonical.decode(data), "bundle", _BUNDLE)
    if fields["kind"] != KIND:
        raise BundleMalformed(field="kind")
    items = tuple(_item(number, item) for number, item in enumerate(fields["items"]))
    return Bundle(fields["batch"], fields["ledger"], fields["vkey"], fields["checkpoint"], items)


def parse_receipt(data: bytes) -> Receipt:
    """Parse a receipt's bytes. Raises BundleMalformed, ProofMalformed or what `canonical.decode` raises."""
    fields = _fields(canonical.decode(data), "receipt", _RECEIPT)
    proof = Proof.parse(fields["proof"])
    if proof.extra is not None:  # nobody signs it
        raise BundleMalformed(field="proof")
    return Receipt(fields["entry"].encode(), fields["statement"].encode(), _bodies("bodies", fields), proof)


_BUNDLE = {"batch": str, "checkpoint": str, "items": list, "kind": str, "ledger": str, "v": int, "vkey": str}
_ITEM = {"bodies": dict, "entry": str, "path": list, "statement": str}
_RECEIPT = {"bodies": dict, "entry": str, "proof": str, "statement": str, "v": int}


def _own_note(text: str, vkey: str) -> tuple[checkpoint.Checkpoint, str]:
    verifier = note.log_verifier(vkey)
    head = checkpoint.open(text, verifier)
    return head, note.format_note(head.text, note.open_note(text, [verifier]).by[:1])


def _texts(item: Item) -> dict[str, Any]:
    return {
        "bodies": {name: body.decode() for name, body in item.bodies.items()},
        "entry": item.entry.decode(),
        "statement": item.statement.decode(),
    }


def _item(number: int, value: object) -> ProvenItem:
    where = f"items[{number}]"
    fields = _fields(value, where, _ITEM)
    return ProvenItem(
        fields["entry"].encode(),
        fields["statement"].encode(),
        _bodies(f"{where}.bodies", fields),
        _path(f"{where}.path", fields["path"]),
    )


def _fields(value: object, where: str, form: Mapping[str, type]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != form.keys():
        raise BundleMalformed(field=where)
    for name, kind in form.items():
        if type(value[name]) is not kind or (name == "v" and value[name] != 1):
            raise BundleMalformed(field=f"{where}.{name}")
    return value


def _bodies(where: str, fields: Mapping[str, Any]) -> dict[str, bytes]:
    if not all(isinstance(body, str) for body in fields["bodies"].values()):
        raise BundleMalformed(field=where)
    return {name: body.encode() for name, body in fields["bodies"].items()}


def _path(where: str, values: Sequence[object]) -> tuple[bytes, ...]:
    try:
        return tuple(b64decode(value if isinstance(value, str) else "?") for value in values)
    except LedgerError:
        raise BundleMalformed(field=where) from None
