"""Bundles and receipts as files: one form, and a report that says in words what was found."""

from __future__ import annotations

from typing import Any

import pytest

from trace.ledger import bundle, canonical, merkle, note, proof, verify
from trace.ledger.proof import Proof, ProofMalformed
from trace.ledger.verify import verify_bundle, verify_receipt

from .build import BATCH, LEDGER, failure, private_key, raw, sample

BOOK = sample()
GOOD = canonical.decode(BOOK.bundle())
RECEIPT = canonical.decode(BOOK.receipt(3))


def changed_item(**changed: Any) -> dict[str, Any]:
    items = [dict(item) for item in GOOD["items"]]
    items[2] = {**items[2], **changed}
    return {**GOOD, "items": items}


def test_a_bundle_shows_what_it_was_made_of() -> None:
    parsed = bundle.parse_bundle(BOOK.bundle())
    assert (parsed.batch, parsed.ledger, parsed.vkey) == (BATCH, LEDGER, BOOK.vkey)
    assert [bundle.Item(item.entry, item.statement, item.bodies) for item in parsed.items] == BOOK.items
    for index, item in enumerate(parsed.items):
        assert list(item.path) == merkle.inclusion_proof(BOOK.reader, index, 5)


def test_items_may_be_given_in_any_order() -> None:
    assert BOOK.bundle(4, 0, 2, 1, 3) == BOOK.bundle()


def test_a_bundle_of_some_entries_holds_without_the_rest() -> None:
    book = sample(20)
    assert verify_bundle(book.bundle(0, 1, 5, 11)).ok


def test_an_entry_behind_the_checkpoint_cannot_be_bundled() -> None:
    text = BOOK.note()
    later = sample(3)
    with pytest.raises(merkle.OutOfRange):
        later.bundle(text=text)


def test_a_bundle_is_not_made_under_anothers_checkpoint() -> None:
    other = sample()
    other.signer = note.Signer(LEDGER, private_key("other"))
    with pytest.raises(note.NoteUnsigned):
        BOOK.bundle(text=other.note())


@pytest.mark.parametrize(
    "changed",
    [
        [],
        None,
        {**GOOD, "kind": "trace.bundle/2"},
        {**GOOD, "v": 2},
        {**GOOD, "v": True},
        {**GOOD, "batch": 5},
        {**GOOD, "more": 1},
        {name: value for name, value in GOOD.items() if name != "vkey"},
        {**GOOD, "items": {}},
        {**GOOD, "items": ["text"]},
        changed_item(path="text"),
        changed_item(path=[5]),
        changed_item(path=["AB=="]),
        changed_item(bodies=[]),
        changed_item(bodies={"public": {}}),
        changed_item(entry=None),
        changed_item(index=2),
    ],
)
def test_a_file_that_is_no_bundle_fails_the_first_step(changed: Any) -> None:
    assert failure(verify_bundle(canonical.encode(changed))) == ("step_form", "bundle_malformed")


def test_a_bundle_written_another_way_fails_the_first_step() -> None:
    assert failure(verify_bundle(BOOK.bundle() + b"\n")) == ("step_form", "not_canonical")
    assert failure(verify_bundle(b"")) == ("step_form", "not_json")
    assert failure(verify_bundle(b"\xff")) == ("step_form", "not_utf8")
    assert failure(verify_bundle(b"[" * 100_000)) == ("step_form", "too_deep")


@pytest.mark.parametrize("items", [[], GOOD["items"][1:]])
def test_a_bundle_must_show_who_opened_the_ledger(items: list[Any]) -> None:
    report = verify_bundle(canonical.encode({**GOOD, "items": items}))
    assert failure(report) == ("step_entries", "entry_index_wrong")


def test_after_the_failed_step_nothing_is_claimed() -> None:
    report = verify_bundle(BOOK.bundle(0, 1, 3, 4))
    assert [step.result for step in report.steps[8:]] == ["fails", "not_reached", "not_reached"]
    assert report.facts == ()
    assert report.failed_step is not None
    assert report.failed_step.number == 9


def test_a_path_that_does_not_fit_is_not_included() -> None:
    for path in ([], [*GOOD["items"][2]["path"], GOOD["items"][0]["path"][0]], ["AAAA"]):
        report = verify_bundle(canonical.encode(changed_item(path=path)))
        assert failure(report) == ("step_inclusion", "not_included")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_report_numbers_its_steps_and_says_whose_key_was_believed(locale: str) -> None:
    unpinned = verify_bundle(BOOK.bundle())
    pinned = verify_bundle(BOOK.bundle(), vkey=BOOK.vkey)
    assert (unpinned.pinned, pinned.pinned) == (False, True)
    text = unpinned.text(locale)
    for number in range(1, 12):
        assert f"{number:2}. [" in text
    assert "--vkey" in text
    assert "--vkey" not in pinned.text(locale)
    for fact in (BATCH, LEDGER, BOOK.vkey, "2026-11-21T08:00:04.000Z"):
        assert fact in text


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_failed_report_names_the_step_and_the_entry(locale: str) -> None:
    text = verify_bundle(BOOK.bundle(0, 1, 3, 4)).text(locale)
    assert "9. [" in text
    assert "417/6901234000023" in text
    assert text.rstrip().count("\n") > 11


def test_a_key_that_the_reader_mistyped_is_the_readers_error() -> None:
    with pytest.raises(note.NoteKeyMalformed):
        verify_bundle(BOOK.bundle(), vkey="nonsense")
    with pytest.raises(note.NoteKeyMalformed):
        verify_receipt(BOOK.receipt(3), vkey="nonsense")


def test_a_witness_key_is_not_taken_for_the_logs() -> None:
    witness = note.Verifier(LEDGER, raw("log"), note.COSIGNATURE).to_text()
    with pytest.raises(note.NoteKeyMalformed):
        verify_bundle(BOOK.bundle(), vkey=witness)
    report = verify_bundle(canonical.encode({**GOOD, "vkey": witness}))
    assert failure(report) == ("step_log_key", "note_key_malformed")


def test_a_receipt_holds_and_says_what_it_did_not_judge() -> None:
    report = verify_receipt(BOOK.receipt(3), vkey=BOOK.vkey)
    assert report.ok
    assert [(step.number, step.reason) for step in report.steps if step.result == "skipped"] == [
        (4, "nothing_remembered"),
        (9, "party_key_not_given"),
    ]
    assert verify_receipt(BOOK.receipt(3), vkey=BOOK.vkey, public_key=raw("farm")).ok


def test_a_receipt_under_another_key_than_the_partys_fails() -> None:
    report = verify_receipt(BOOK.receipt(3), vkey=BOOK.vkey, public_key=raw("shop"))
    assert failure(report) == ("step_signature", "signature_wrong")


def test_a_receipt_is_compared_with_what_is_remembered() -> None:
    later = sample(6)
    path = merkle.consistency_proof(later.reader, 5, 9)
    kept = verify.Remembered(BOOK.note(), path)
    assert verify_receipt(later.receipt(3), vkey=BOOK.vkey, remembered=kept).ok
    report = verify_receipt(later.receipt(3), vkey=BOOK.vkey, remembered=verify.Remembered(BOOK.note()))
    assert failure(report) == ("step_remembered", "not_consistent")
    assert report.steps[-1].result == "not_reached"


def receipt(**changed: Any) -> bytes:
    return canonical.encode({**RECEIPT, **changed})


@pytest.mark.parametrize(
    ("data", "step", "reason"),
    [
        (b"{}", "step_form_receipt", "bundle_malformed"),
        (receipt(v=2), "step_form_receipt", "bundle_malformed"),
        (receipt(proof="text"), "step_form_receipt", "proof_malformed"),
        (receipt(bodies={"public": 5}), "step_form_receipt", "bundle_malformed"),
        (
            receipt(proof=RECEIPT["proof"].replace("\n", "\nextra AAAA\n", 1)),
            "step_form_receipt",
            "bundle_malformed",
        ),
        (receipt(proof=RECEIPT["proof"].replace("— ", "— other-")), "step_log_key", "log_key_wrong"),
        (
            receipt(proof=RECEIPT["proof"].replace("\n5\n", "\n6\n")),
            "step_checkpoint",
            "note_signature_invalid",
        ),
        (receipt(proof=RECEIPT["proof"].replace("index 3", "index 2")), "step_entry", "entry_index_wrong"),
        (receipt(entry=BOOK.items[2].entry.decode()), "step_entry", "entry_index_wrong"),
        (receipt(entry="{}"), "step_entry", "record_malformed"),
        (
            receipt(entry=BOOK.items[3].entry.decode().replace("08:00", "09:00")),
            "step_inclusion",
            "not_included",
        ),
        (receipt(statement=BOOK.items[4].statement.decode()), "step_statement", "entry_statement_wrong"),
        (receipt(bodies={"public": "{}"}), "step_bodies", "body_wrong"),
        (receipt(bodies={"other": "{}"}), "step_bodies", "body_unknown"),
    ],
)
def test_a_receipt_that_does_not_hold_names_the_step(data: bytes, step: str, reason: str) -> None:
    assert failure(verify_receipt(data, vkey=BOOK.vkey)) == (step, reason)


def test_a_proof_reads_back_with_and_without_its_extra_line() -> None:
    for extra in (None, b"", b"anything"):
        made = Proof(3, (bytes(32), bytes([1]) * 32), BOOK.note(), extra)
        assert Proof.parse(made.to_text()) == made
    assert Proof.parse(Proof(0, (), BOOK.note()).to_text()).path == ()


PROOF = RECEIPT["proof"]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        PROOF.replace("@v1", "@v2"),
        PROOF.replace("index 3", "index 03"),
        PROOF.replace("index 3", "index -1"),
        PROOF.replace("index 3\n", ""),
        PROOF.replace("index 3", "index 3\nAB=="),
        PROOF.replace("index 3", "index 3\nAAAA"),
        PROOF.replace("index 3", "index 3\r"),
        PROOF.replace("index 3", "extra AB==\nindex 3"),
        PROOF.replace("index 3", "extra AAAA\nextra AAAA\nindex 3"),
        "c2sp.org/tlog-proof@v1\n\nlog\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n\nlog\n",
        "c2sp.org/tlog-proof@v1\nindex 3\n",
    ],
)
def test_a_proof_in_any_other_form_is_refused(bad: str) -> None:
    with pytest.raises(ProofMalformed):
        Proof.parse(bad)


def test_proof_is_the_text_that_the_specification_lays_out() -> None:
    lines = proof.Proof(7, (bytes(32),), "log\n").to_text().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "index 7", "A" * 43 + "="]
    assert lines[3:] == ["", "log", ""]
