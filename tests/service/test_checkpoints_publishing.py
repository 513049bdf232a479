"""Checkpoints: what the ledger commits to in public, and never takes back."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from tests.databases import Database
from tests.scenario import World, opened, world
from trace.domain.model import Role
from trace.ledger import checkpoint, merkle
from trace.ledger.verify import verify_receipt
from trace.services import audit, log, parties, proofs
from trace.services.checkpoints import LedgerForked
from trace.services.parties import PartyDraft
from trace.store.engine import reading
from trace.store.log import LogReader


def opened_note(world: World, note: str) -> checkpoint.Checkpoint:
    return checkpoint.open(note, world.ctx.publisher.verifier)


def test_a_checkpoint_covers_all_that_was_acknowledged(world: World) -> None:
    world.register("farm", "1 KGM")
    tree = opened_note(world, world.ctx.publisher.publish())
    assert (tree.size, tree.root) == world.head()
    assert world.ctx.publisher.remembered() == tree


def test_publishing_twice_without_news_gives_the_same_note(world: World) -> None:
    first = world.ctx.publisher.publish()
    assert world.ctx.publisher.publish() == first
    assert world.ctx.publisher.latest() == first


def test_each_checkpoint_extends_the_one_before(world: World) -> None:
    trees = []
    for _ in range(3):
        world.register("farm", "1 KGM")
        trees.append(opened_note(world, world.ctx.publisher.publish()))
    with reading(world.engine) as connection:
        log = LogReader(connection, world.ctx.ledger)
        for old, new in pairwise(trees):
            proof = merkle.consistency_proof(log.hashes, old.size, new.size)
            assert merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_a_crash_after_the_file_and_before_the_row_is_made_good(world: World, tmp_path: Path) -> None:
    """The file knows a checkpoint that nobody was shown; the next publication signs that tree again."""
    world.register("farm", "1 KGM")
    kept = tmp_path / "kept.note"
    signer, tree = world.ctx.keys.log, checkpoint.Checkpoint(world.ctx.ledger, *world.head())
    kept.write_text(checkpoint.sign(tree, signer), encoding="utf-8")
    shutil.copyfile(kept, world.var / "checkpoint.note")
    assert opened_note(world, world.ctx.publisher.publish()) == tree


def test_a_lost_memory_is_made_anew_from_the_last_checkpoint(world: World) -> None:
    note = world.ctx.publisher.publish()
    (world.var / "checkpoint.note").unlink()
    assert world.ctx.publisher.publish() == note
    assert world.ctx.publisher.remembered() == opened_note(world, note)


def test_what_was_recorded_stays_recorded_when_no_checkpoint_can_be_signed(world: World) -> None:
    """The act that finds the fork is acknowledged; those after it are refused, and so is a checkpoint."""
    world.ctx.publisher.publish()
    elsewhere = checkpoint.Checkpoint(world.ctx.ledger, 10_000, bytes(32))
    note = checkpoint.sign(elsewhere, world.ctx.keys.log)
    (world.var / "checkpoint.note").write_text(note, encoding="utf-8")
    batch = world.register("farm", "1 KGM")
    assert world.holds("farm", batch) == 1
    with pytest.raises(LedgerForked, match="10000 were signed"):
        world.ctx.publisher.publish()
    size = world.size()
    with pytest.raises(LedgerForked, match="10000 were signed"):
        world.register("farm", "1 KGM")
    assert world.size() == size
    (world.var / "checkpoint.note").unlink()
    world.ctx.publisher.publish()
    world.register("farm", "1 KGM")


def test_a_receipt_proves_one_record_to_whoever_has_the_logs_key(world: World) -> None:
    batch = world.register("farm", "1 KGM")
    index = world.shipping("farm", "stall", (batch, "1 KGM")).index
    receipt = proofs.receipt(world.ctx, index)
    assert verify_receipt(receipt, vkey=world.ctx.publisher.vkey).ok
    assert b'"full"' not in receipt.replace(b'\\"full\\"', b"")
    for position in range(0, len(receipt), 97):
        changed = receipt[:position] + bytes([receipt[position] ^ 1]) + receipt[position + 1 :]
        assert not verify_receipt(changed, vkey=world.ctx.publisher.vkey).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_database_put_back_to_a_backup_is_found_out(database: Database, tmp_path: Path) -> None:
    """The backup is older than what was signed: verify names the first missing entry, publishing refuses."""
    var, backup = tmp_path / "var", tmp_path / "backup.db"
    with world(var, database.url) as made:
        batch = made.register("farm", "100 KGM")
        made.ctx.publisher.publish()
        made.engine.dispose()
        path = Path(str(made.engine.url.database))
        shutil.copyfile(path, backup)
        size = made.size()
        made.ship("farm", "stall", (batch, "60 KGM"))
        made.ctx.publisher.publish()
    shutil.copyfile(backup, path)
    with opened(var, database.url, create=False) as ctx:
        verdict = audit.verify(ctx, everything=True)
        assert verdict.failed is not None
        assert (verdict.failed.number, verdict.failed.index) == (5, size)
        with pytest.raises(LedgerForked, match="tail is cut"):
            ctx.publisher.publish()
    with opened(var, database.url, create=False) as ctx:  # a service that starts on it records nothing either
        operator = parties.operator(ctx)
        with pytest.raises(LedgerForked, match="tail is cut"):
            parties.register_party(ctx, operator, PartyDraft("late", Role.STALL))
        assert log.size(ctx) == size
