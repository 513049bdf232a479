"""Every attack on the ledger that the threat model names, and where it is caught.

Three of them leave the chain itself in order: a rewritten suffix, a cut tail and a second face are caught by
what somebody remembers, a checkpoint, and by nothing else.
"""

from __future__ import annotations

from typing import Any

import pytest

from trace.ledger import bundle, canonical, chain, checkpoint, judge, keys, merkle, note, records
from trace.ledger.judge import StatementJudge
from trace.ledger.signatures import b64encode
from trace.ledger.verify import Remembered, verify_bundle, verify_receipt

from .build import BATCH, FARM, LEDGER, OPERATOR, SHOP, Book, failure, key_of, private_key, raw, sample


def whole(book: Book) -> chain.Verdict:
    """The whole ledger judged as `verify` does it: the chain, then each statement with its bodies."""
    walk, judging = chain.Chain(), StatementJudge(book.ledger, book.vkey)
    for index, item in enumerate(book.items):
        try:
            walk.add(item.entry, item.statement)
            judging.add(index, item.statement, item.bodies)
        except chain.LedgerError as why:
            return chain.Verdict(index, index, why)
    return chain.Verdict(walk.size)


def caught(book: Book, index: int, error: type[chain.LedgerError]) -> None:
    """The whole ledger is refused at this index, for this reason."""
    verdict = whole(book)
    assert (verdict.index, type(verdict.why)) == (index, error)


def test_a_good_ledger_holds() -> None:
    assert whole(sample(5)).ok


def test_edit_a_body() -> None:
    book = sample()
    item = book.items[3]
    body = records.make_body({"event": "cheaper"}, bytes(16))
    book.items[3] = bundle.Item(item.entry, item.statement, {**item.bodies, "public": body})
    caught(book, 3, judge.BodyWrong)
    assert failure(verify_bundle(book.bundle())) == ("step_bodies", "body_wrong")


def test_show_a_body_that_was_never_signed() -> None:
    book = sample()
    item = book.items[3]
    extra = records.make_body({"inspected": True}, bytes(16))
    book.items[3] = bundle.Item(item.entry, item.statement, {**item.bodies, "extra": extra})
    caught(book, 3, judge.BodyUnknown)
    assert failure(verify_bundle(book.bundle())) == ("step_bodies", "body_unknown")


def test_an_erased_body_does_not_break_the_ledger() -> None:
    book = sample()
    item = book.items[4]
    book.items[4] = bundle.Item(item.entry, item.statement, {})
    assert whole(book).ok
    assert verify_bundle(book.bundle()).ok


def test_edit_a_statement() -> None:
    book = sample()
    item = book.items[3]
    forged = item.statement.replace(b"s3", b"s9")
    book.items[3] = bundle.Item(item.entry, forged, item.bodies)
    caught(book, 3, chain.EntryStatementWrong)
    assert failure(verify_bundle(book.bundle())) == ("step_statements", "entry_statement_wrong")


def test_edit_an_entry() -> None:
    book = sample()
    item = book.items[3]
    forged = item.entry.replace(b"08:00:03", b"08:00:02")
    book.items[3] = bundle.Item(forged, item.statement, item.bodies)
    caught(book, 4, chain.EntryPrevWrong)
    assert failure(verify_bundle(book.bundle(0, 1, 3))) == ("step_inclusion", "not_included")
    assert failure(verify_bundle(book.bundle())) == ("step_entries", "entry_prev_wrong")


def rewritten(book: Book, since: int) -> Book:
    """The ledger with another farm event at `since`, and every entry after it recomputed by the operator."""
    other = Book(book.ledger)
    for item in book.items[:since]:
        other.add_statement(item.statement, dict(item.bodies))
    other.event(batch=BATCH + "X")
    for item in book.items[since + 1 :]:
        other.add_statement(item.statement, dict(item.bodies))
    return other


def test_rewrite_the_suffix() -> None:
    """The chain is in order again; the remembered checkpoint is not of it."""
    book = sample(4)
    other = rewritten(book, 3)
    assert whole(other).ok
    assert book.frontier.root() != other.frontier.root()
    report = verify_bundle(other.bundle(), remembered=Remembered(book.note()))
    assert failure(report) == ("step_remembered", "not_consistent")
    later = rewritten(book, 3)
    later.event()
    path = merkle.consistency_proof(later.reader, 7, 8)
    report = verify_bundle(later.bundle(), remembered=Remembered(book.note(), path))
    assert failure(report) == ("step_remembered", "not_consistent")


def test_cut_the_tail() -> None:
    """What is left is in order; the remembered checkpoint counts more."""
    book, shorter = sample(4), sample(3)
    assert whole(shorter).ok
    report = verify_bundle(shorter.bundle(), remembered=Remembered(book.note()))
    assert failure(report) == ("step_remembered", "not_consistent")


def test_roll_back_to_a_backup_and_go_on() -> None:
    before, after = sample(4), sample(2)
    after.event(batch=BATCH + "X")
    after.event()
    assert whole(after).ok
    report = verify_bundle(after.bundle(), remembered=Remembered(before.note()))
    assert failure(report) == ("step_remembered", "not_consistent")


def test_show_two_faces() -> None:
    """Two readers compare the checkpoints they were given: one of the two logs cannot extend the other."""
    one, other = sample(2), sample(2)
    one.event()
    other.event(by=SHOP, key="shop")
    for shown, kept in ((one, other), (other, one)):
        report = verify_bundle(shown.bundle(), remembered=Remembered(kept.note()))
        assert failure(report) == ("step_remembered", "not_consistent")


def test_a_remembered_checkpoint_agrees_whether_it_is_older_or_newer() -> None:
    old, new = sample(2), sample(5)
    path = merkle.consistency_proof(new.reader, 5, 8)
    assert verify_bundle(new.bundle(), remembered=Remembered(old.note(), path)).ok
    assert verify_bundle(old.bundle(), remembered=Remembered(new.note(), path)).ok
    assert verify_bundle(old.bundle(), remembered=Remembered(old.note())).ok


def test_a_remembered_checkpoint_of_another_log_is_no_witness() -> None:
    other = Book("other.example")
    other.signer = note.Signer("other.example", private_key("elsewhere"))
    other.open()
    report = verify_bundle(sample().bundle(), remembered=Remembered(other.note()))
    assert failure(report) == ("step_remembered", "note_unsigned")


def test_reorder_two_entries() -> None:
    book = sample()
    book.items[3], book.items[4] = book.items[4], book.items[3]
    caught(book, 3, chain.EntryIndexWrong)


def test_reorder_the_items_of_a_bundle() -> None:
    parts = canonical.decode(sample().bundle())
    parts["items"][3], parts["items"][4] = parts["items"][4], parts["items"][3]
    assert failure(verify_bundle(canonical.encode(parts))) == ("step_entries", "entry_index_wrong")


def test_repeat_an_item_of_a_bundle() -> None:
    parts = canonical.decode(sample().bundle())
    parts["items"].append(parts["items"][4])
    assert failure(verify_bundle(canonical.encode(parts))) == ("step_entries", "entry_index_wrong")


def test_leave_an_entry_out() -> None:
    book = sample()
    del book.items[3]
    caught(book, 3, chain.EntryIndexWrong)


def test_date_an_entry_back() -> None:
    book = sample()
    book.event(change=lambda fields: {**fields, "time": "2026-11-20T08:00:00.000Z"})
    caught(book, 5, chain.EntryTimeBackwards)
    assert failure(verify_bundle(book.bundle())) == ("step_entries", "entry_time_backwards")


def test_name_another_predecessor() -> None:
    book = sample()
    book.event(change=lambda fields: {**fields, "prev": "ab" * 32})
    caught(book, 5, chain.EntryPrevWrong)
    assert failure(verify_bundle(book.bundle())) == ("step_entries", "entry_prev_wrong")


def test_enter_a_statement_twice() -> None:
    """The operator counts a delivery again: the signature is good, but it was given once."""
    book = sample()
    book.add_statement(book.items[3].statement, dict(book.items[3].bodies))
    caught(book, 5, judge.Replayed)
    assert failure(verify_bundle(book.bundle())) == ("step_statements", "replayed")


def test_swap_ledgers() -> None:
    """A statement made for one ledger is entered into another."""
    book = sample()
    book.event(ledger="other.example")
    caught(book, 5, judge.ForeignLedger)
    assert failure(verify_bundle(book.bundle())) == ("step_statements", "foreign_ledger")


def test_pass_off_another_ledgers_bundle() -> None:
    other = Book("ledger.example/zhejiang")
    other.open()
    other.register(FARM, "farm")
    other.event()
    assert verify_bundle(other.bundle()).ok
    assert failure(verify_bundle(other.bundle(), vkey=sample().vkey)) == ("step_log_key", "log_key_wrong")
    parts = canonical.decode(other.bundle())
    renamed = canonical.encode({**parts, "ledger": LEDGER})
    assert failure(verify_bundle(renamed)) == ("step_checkpoint", "ledger_name_wrong")


def test_sign_the_checkpoint_with_another_key() -> None:
    book = sample()
    forged = checkpoint.sign(book.head(), note.Signer(LEDGER, private_key("impostor")))
    parts = canonical.decode(book.bundle())
    report = verify_bundle(canonical.encode({**parts, "checkpoint": forged}), vkey=book.vkey)
    assert failure(report) == ("step_checkpoint", "note_unsigned")


def test_open_the_ledger_under_another_log_key() -> None:
    """Entry 0 names the log key, so that a stolen chain cannot be signed over with a new one."""
    book = sample()
    book.signer = note.Signer(LEDGER, private_key("thief"))
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "not_opened")
    caught(book, 0, keys.NotOpened)


def test_hide_bytes_in_a_second_signature_line() -> None:
    book = sample()
    parts = canonical.decode(book.bundle())
    stranger = note.Signer("stranger.example", private_key("stranger")).sign(book.head().text)
    own = book.signer.sign(book.head().text)
    for lines in ([own, stranger], [own, own]):
        text = note.format_note(book.head().text, lines)
        report = verify_bundle(canonical.encode({**parts, "checkpoint": text}))
        assert failure(report) == ("step_checkpoint", "signature_foreign")


def test_a_witnessed_checkpoint_can_still_be_bundled() -> None:
    """The builder keeps the log's own line; the witnesses' lines stay on the log's checkpoint."""
    book = sample()
    witness = note.Signer("witness.example", private_key("witness"))
    text = note.format_note(
        book.head().text, [witness.sign(book.head().text), book.signer.sign(book.head().text)]
    )
    assert verify_bundle(book.bundle(text=text)).ok
    assert verify_receipt(book.receipt(3, text), vkey=book.vkey).ok


def test_forge_a_key_registration() -> None:
    """A stranger registers a key for the farm, signing with that very key."""
    book = sample()
    book.register(FARM, "thief", by=FARM, key="thief")
    book.event(key="thief")
    caught(book, 5, keys.KeyUnknown)
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "key_unknown")


def test_register_a_key_for_somebody_else() -> None:
    """The shop, a member in good standing, registers a key for the farm."""
    book = sample()
    book.register(FARM, "thief", by=SHOP, key="shop")
    caught(book, 5, keys.KeyNotEntitled)
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "key_not_entitled")


def test_revoke_somebody_elses_key() -> None:
    book = sample()
    book.revoke(FARM, "farm", by=SHOP, key="shop")
    caught(book, 5, keys.KeyNotEntitled)


def test_leave_the_key_registration_out_of_a_bundle() -> None:
    assert failure(verify_bundle(sample().bundle(0, 1, 3, 4))) == ("step_keys", "key_unknown")


def test_leave_the_content_of_a_key_registration_out() -> None:
    book = sample()
    item = book.items[1]
    book.items[1] = bundle.Item(item.entry, item.statement, {})
    caught(book, 1, keys.KeyRecordMalformed)
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "key_record_malformed")


def test_sign_with_a_key_that_is_registered_later() -> None:
    book = Book()
    book.open()
    book.event()
    book.register(FARM, "farm")
    caught(book, 1, keys.KeyUnknown)


def test_sign_with_a_revoked_key() -> None:
    book = sample()
    assert book.revoke(FARM, "farm") == 5
    assert whole(book).ok
    book.event()
    caught(book, 6, keys.KeyRevoked)
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "key_revoked")


def test_register_a_revoked_key_again() -> None:
    book = sample()
    book.revoke(FARM, "farm")
    book.register(FARM, "farm")
    book.event()
    caught(book, 7, keys.KeyRevoked)


def test_revoke_a_key_that_nobody_has() -> None:
    book = sample()
    book.revoke(FARM, "unheard")
    caught(book, 5, keys.KeyUnknown)


def test_a_party_may_change_its_own_key_and_give_up_the_old_one() -> None:
    book = sample()
    book.register(FARM, "farm-2", by=FARM, key="farm")
    book.revoke(FARM, "farm", by=FARM, key="farm-2")
    book.event(key="farm-2")
    assert whole(book).ok
    assert verify_bundle(book.bundle()).ok


def test_sign_for_another_party() -> None:
    """The shop's key is good, and not the farm's."""
    book = sample()
    book.event(by=FARM, key="shop")
    caught(book, 5, keys.KeyUnknown)
    assert failure(verify_bundle(book.bundle())) == ("step_keys", "key_unknown")


def forge_signature(book: Book, name: str) -> None:
    """Append an event of the farm, naming the farm's key, with a signature that another key made."""
    body = records.make_body({"event": {"epcList": [BATCH]}}, bytes(16))
    fields: dict[str, Any] = {
        "by": FARM,
        "digests": {"public": records.digest(body)},
        "id": "forged",
        "key": records.key_id(raw("farm")),
        "kind": "epcis.event/1",
        "ledger": book.ledger,
        "v": 1,
    }
    signature = private_key(name).sign(records.STATEMENT_CONTEXT + canonical.encode(fields))
    book.add_statement(canonical.encode({**fields, "sig": b64encode(signature)}), {"public": body})


def test_put_words_into_a_partys_mouth() -> None:
    book = sample()
    forge_signature(book, "operator")
    caught(book, 5, judge.SignatureWrong)
    assert failure(verify_bundle(book.bundle())) == ("step_signatures", "signature_wrong")
    assert failure(verify_receipt(book.receipt(5), vkey=book.vkey, public_key=raw("farm"))) == (
        "step_signature",
        "signature_wrong",
    )


def test_reuse_a_signature_made_for_another_purpose() -> None:
    """The party signed the same bytes without the ledger's context, for some other program."""
    book = sample()
    statement = records.Statement.parse(book.items[3].statement)
    bare = statement.message.removeprefix(records.STATEMENT_CONTEXT)
    fields = canonical.decode(statement.encoded)
    fields["sig"] = b64encode(private_key("farm").sign(bare))
    assert not records.Statement.parse(canonical.encode(fields)).verify(raw("farm"))


@pytest.mark.parametrize(
    "changed",
    [
        {"ledger": "other.example"},
        {"operator": FARM},
        {"key": key_of("other")},
        {"vkey": note.vkey_text(note.Signer("other.example", private_key("log")))},
    ],
)
def test_open_a_ledger_with_a_contradiction(changed: dict[str, str]) -> None:
    book = Book()
    book.open(**changed)
    caught(book, 0, keys.NotOpened)


@pytest.mark.parametrize(
    "changed", [{"vkey": "nonsense"}, {"vkey": None}, {"key": "AAAA"}, {"key": b64encode(bytes(32))}]
)
def test_open_a_ledger_with_a_key_that_is_none(changed: dict[str, Any]) -> None:
    book = Book()
    book.open(**changed)
    caught(book, 0, keys.KeyRecordMalformed)


def test_begin_with_something_else_or_open_twice() -> None:
    book = Book()
    book.add("ledger.closed/1", OPERATOR, "operator", {"key": key_of("operator")})
    caught(book, 0, keys.KeyRecordMalformed)
    opened = {"key": key_of("operator"), "ledger": LEDGER, "operator": OPERATOR, "vkey": book.vkey}
    book = Book()
    book.add("party.registered/1", OPERATOR, "operator", opened)
    caught(book, 0, keys.KeyRecordMalformed)  # only key records' bodies are read
    book = sample()
    book.add("ledger.opened/1", OPERATOR, "operator", opened)
    caught(book, 5, keys.NotOpened)


@pytest.mark.parametrize(
    "public",
    [
        {"custody": "nobody", "key": key_of("farm"), "party": FARM},
        {"custody": "party", "key": "AAAA", "party": FARM},
        {"custody": "party", "key": b64encode(b"\x01" + bytes(31)), "party": FARM},
        {"custody": "party", "party": FARM},
        {"custody": "party", "key": key_of("farm"), "party": 7},
        ["custody"],
        None,
    ],
)
def test_register_a_key_that_is_none(public: Any) -> None:
    book = Book()
    book.open()
    book.add("key.registered/1", OPERATOR, "operator", public, other={})
    caught(book, 1, keys.KeyRecordMalformed)


def test_a_key_record_whose_body_is_no_body_is_refused() -> None:
    book = Book()
    book.open()
    body = b'{"data":1}'
    statement = records.Statement.create(
        kind=keys.REGISTERED,
        by=OPERATOR,
        ledger=LEDGER,
        id="x",
        digests={"public": records.digest(body)},
        key=private_key("operator"),
    )
    book.add_statement(statement.encoded, {"public": body})
    caught(book, 1, keys.KeyRecordMalformed)
    assert failure(verify_bundle(book.bundle())) == ("step_bodies", "body_malformed")


def test_name_a_batch_that_the_events_do_not_name() -> None:
    book = sample()
    report = verify_bundle(book.bundle(batch=BATCH + "9"))
    assert failure(report) == ("step_batch", "batch_not_named")
    # The batch counts in an event's public body alone: not in another kind's, and not as a key.
    book.add("batch.held/1", OPERATOR, "operator", {"batch": BATCH + "9"})
    book.add("epcis.event/1", FARM, "farm", {BATCH + "9": 1})
    assert not verify_bundle(book.bundle(batch=BATCH + "9")).ok


MUTATIONS = (0x01, 0x20, 0x80)


def test_every_single_changed_byte_of_a_bundle_is_judged_false() -> None:
    """All bytes of a small bundle, each changed in three ways, taken out, and doubled."""
    book = Book()
    book.open()
    book.register(FARM, "farm")
    book.event()
    data = book.bundle()
    assert verify_bundle(data).ok
    unnoticed = []
    for at in range(len(data)):
        variants = [data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :] for flip in MUTATIONS]
        variants += [data[:at] + data[at + 1 :], data[: at + 1] + data[at:]]
        unnoticed += [(at, other) for other in variants if other != data and verify_bundle(other).ok]
    assert unnoticed == []


def test_every_single_changed_byte_of_a_receipt_is_judged_false() -> None:
    book = sample(1)
    data = book.receipt(3)
    assert verify_receipt(data, vkey=book.vkey).ok
    for at in range(len(data)):
        for flip in MUTATIONS:
            other = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            assert not verify_receipt(other, vkey=book.vkey, public_key=raw("farm")).ok
