"""docs/ledger-format.md says what the code does: its worked example is made anew and compared."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

from trace.ledger import merkle, records, verify, words
from trace.ledger.signatures import b64encode

from .build import BATCH, FARM, Book, private_key
from .test_words import ERRORS

SIGNERS = ("log", "operator", "farm")
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "ledger-format.md"


def example() -> tuple[Book, list[str]]:
    """The ledger of the worked example, and the blocks that the document shows of it, in order."""
    book = Book("ledger.example/demo")
    book.open()
    book.register(FARM, "farm")
    book.add("epcis.event/1", FARM, "farm", {"event": {"epcList": [BATCH], "type": "ObjectEvent"}})
    item = book.items[2]
    statement = records.Statement.parse(item.statement)
    receipt = json.loads(book.receipt(2))
    bundle = book.bundle()
    blocks = [
        "\n".join(
            f"{name:8} {private_key(name).private_bytes_raw().hex()}" for name in ("log", "operator", "farm")
        ),
        book.vkey,
        item.bodies["public"].decode(),
        records.digest(item.bodies["public"]),
        statement.message.decode(),
        item.statement.decode(),
        statement.hash,
        "\n".join(item.entry.decode() for item in book.items),
        "\n".join(leaf.hex() for leaf in book.leaves),
        "\n".join((book.nodes[1, 0].hex(), book.frontier.root().hex())),
        book.note().rstrip("\n"),
        receipt["proof"].rstrip("\n"),
        f"{len(bundle)} {sha256(bundle).hexdigest()}",
    ]
    return book, blocks


def shown() -> list[str]:
    """The fenced blocks of the document's worked example."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("\n## Worked example\n")[2]
    return re.findall(r"^```text\n(.*?)\n```$", section, re.DOTALL | re.MULTILINE)


def test_the_worked_example_is_what_the_code_makes() -> None:
    assert shown() == example()[1]


def test_the_worked_example_holds_by_the_rules_it_explains() -> None:
    book, blocks = example()
    leaves = [merkle.leaf_hash(line.encode()) for line in blocks[7].split("\n")]
    assert merkle.node_hash(merkle.node_hash(leaves[0], leaves[1]), leaves[2]).hex() in blocks[9]
    assert b64encode(book.nodes[1, 0]) in blocks[11]
    assert verify.verify_bundle(book.bundle(), vkey=blocks[1]).ok


def test_every_step_and_every_reason_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z_0-9]+)`", text))
    abstract = {"body_refused"}
    assert {error.code for error in ERRORS} - abstract <= documented
    for steps in (verify.BUNDLE_STEPS, verify.RECEIPT_STEPS):
        for number, code in enumerate(steps, 1):
            assert f"| {number} | `{code}` |" in text
    assert documented & {f"step_{name}" for name in ("form", "batch")} <= words.CODES
