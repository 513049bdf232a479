"""Whoever can write to the database changes the ledger: ``verify`` says so, where, and why.

The attacker gets past the triggers first; every test does the damage for real.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Table, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.attacker import break_in, flip
from tests.scenario import World
from trace.ledger import merkle
from trace.ledger.note import Signer
from trace.ledger.records import Statement, digest, make_body
from trace.services import custody
from trace.services.audit import Step
from trace.services.checkpoints import LedgerForked
from trace.store import projection_tables as t
from trace.store.tables import bodies, checkpoints, entries, heads, statements


@pytest.fixture
def victim(world: World) -> World:
    """A ledger with some goods moved, and two checkpoints signed: one of them between the acts."""
    batch = world.register("farm", "100 KGM")
    world.ctx.publisher.publish()
    world.deliver("farm", "stall", (batch, "60 KGM"))
    world.take_out("stall", "sell", (batch, "10 KGM"))
    world.ctx.publisher.publish()
    assert world.verify().ok
    world.attacked = True
    return world


def failed(world: World, *, everything: bool = False) -> Step:
    """The first step that does not hold."""
    verdict = world.verify(everything=everything)
    assert verdict.failed is not None
    return verdict.failed


def last(world: World) -> int:
    return world.size() - 1


# -- single bytes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [entries, statements, bodies, checkpoints], ids=lambda table: table.name)
@pytest.mark.parametrize("act", ["update", "delete"])
def test_an_accident_is_stopped_by_the_database_itself(world: World, table: Table, act: str) -> None:
    world.ctx.publisher.publish()
    change = delete(table) if act == "delete" else update(table).values(ledger="other")
    before = world.tables()
    with pytest.raises(DBAPIError), world.engine.begin() as connection:
        connection.execute(change)
    assert world.tables() == before


@pytest.mark.parametrize(
    ("table", "column", "steps"),
    [(entries, "entry", {1}), (entries, "leaf", {1}), (statements, "statement", {1}), (bodies, "body", {3})],
    ids=["entry", "leaf", "statement", "body"],
)
def test_a_changed_byte_is_found_at_the_entry_it_belongs_to(
    victim: World, table: Table, column: str, steps: set[int]
) -> None:
    """One byte of every stored row in turn, at another place in each; of every sixth row on PostgreSQL."""
    for index in range(0, victim.size(), 1 if victim.engine.dialect.name == "sqlite" else 6):
        with break_in(victim.engine) as attacker:
            where = (table.c["index"] == index, *_one_compartment(table))
            good = bytes(attacker.connection.execute(select(table.c[column]).where(*where)).scalar_one())
            bad = flip(good, (index * 37) % len(good))
            attacker.connection.execute(update(table).where(*where).values({column: bad}))
        step = failed(victim)
        assert (step.number in steps, step.index) == (True, index), step
        with break_in(victim.engine) as attacker:
            attacker.connection.execute(update(table).where(*where).values({column: good}))
    assert victim.verify().ok


@pytest.mark.parametrize("column", ["hash", "kind", "by_party", "key", "sid"])
def test_a_column_that_says_otherwise_than_the_statement_beside_it(victim: World, column: str) -> None:
    """Look-ups go by these columns: a record could be hidden, or laid at another party's door."""
    with break_in(victim.engine) as attacker:
        attacker.set(statements, 4, **{column: "forged"})
    step = failed(victim)
    assert (step.number, step.index) == (1, 4), step


def _one_compartment(table: Table) -> tuple[Any, ...]:
    return (table.c.compartment == "public",) if table is bodies else ()


def test_a_changed_entry_is_found_even_when_its_stored_hash_is_made_to_fit(victim: World) -> None:
    """Every ninth byte of one entry in turn: its index, prev, statement, time and the JSON between them."""
    index = 5
    with break_in(victim.engine) as attacker:
        good = attacker.entry(index).encoded
    for position in range(0, len(good), 9 if victim.engine.dialect.name == "sqlite" else 45):
        with break_in(victim.engine) as attacker:
            changed = flip(good, position)
            attacker.set(entries, index, entry=changed, leaf=merkle.leaf_hash(changed))
        step = failed(victim)
        assert (step.number, step.index) == (1, index), (position, step)


# -- rows missing, exchanged, put in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"size": 3},
        {"last_leaf": bytes(32)},
        {"frontier": b"?"},
        {"last_time": datetime(2036, 1, 1, tzinfo=UTC)},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_head_that_does_not_fit_the_entries(victim: World, values: dict[str, Any]) -> None:
    """The next entry would be chained to another, or dated years ahead."""
    with break_in(victim.engine) as attacker:
        attacker.connection.execute(update(heads).values(**values))
    assert failed(victim).number == 1


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize("value", ["'text'", "7", "x''"])
@pytest.mark.parametrize("column", ["entries.entry", "entries.leaf", "statements.statement", "bodies.body"])
def test_a_value_of_another_type_is_found_like_any_other_change(
    victim: World, column: str, value: str
) -> None:
    """SQLite keeps anything in any column: it must end in a verdict, not in an error."""
    table, name = column.split(".")
    with break_in(victim.engine) as attacker:
        attacker.connection.execute(text(f'UPDATE {table} SET {name} = {value} WHERE "index" = 4'))
    assert failed(victim).index == 4


def test_the_last_entry_deleted(victim: World) -> None:
    end = last(victim)
    with break_in(victim.engine) as attacker:
        attacker.remove(entries, end)
    step = failed(victim)
    assert (step.number, step.index) == (1, end)


def test_the_last_entry_deleted_and_the_head_mended(victim: World) -> None:
    end = last(victim)
    with break_in(victim.engine) as attacker:
        attacker.remove_entry(end)
        attacker.mend_head()
    step = failed(victim)
    assert (step.number, step.index) == (4, end)
    assert "the tail is cut" in step.reason


def test_the_last_entry_deleted_with_everything_that_speaks_of_it(victim: World) -> None:
    end = last(victim)
    with break_in(victim.engine) as attacker:
        attacker.remove_entry(end)
        attacker.mend_head()
        attacker.forget_checkpoints()
    step = failed(victim)
    assert (step.number, step.index) == (5, end)
    assert "the tail is cut" in step.reason
    with pytest.raises(LedgerForked, match="tail is cut"):
        victim.ctx.publisher.publish()


def test_an_entry_deleted_in_the_middle(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        attacker.remove_entry(7)
    step = failed(victim)
    assert (step.number, step.index) == (1, 7)


def test_everything_deleted(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        for table in (entries, statements, bodies, heads, checkpoints):
            attacker.connection.execute(delete(table))
    step = failed(victim)
    assert (step.number, step.index) == (1, 0)
    with pytest.raises(LedgerForked):
        victim.ctx.publisher.publish()


def test_two_entries_swapped(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        for table in (entries, statements, bodies):
            attacker.swap(table, 9, 12)
    step = failed(victim)
    assert (step.number, step.index) == (1, 9)


def test_the_statements_of_two_entries_swapped(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        attacker.swap(statements, 9, 12)
    step = failed(victim)
    assert (step.number, step.index) == (1, 9)


def test_the_bodies_of_two_entries_swapped(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        attacker.swap(bodies, 9, 12)
    step = failed(victim)
    assert (step.number, step.index) == (3, 9)


def test_a_body_taken_away(victim: World) -> None:
    end = last(victim)
    with break_in(victim.engine) as attacker:
        attacker.remove(bodies, end)
    step = failed(victim)
    assert (step.number, step.index) == (3, end)


def test_a_statement_recorded_twice(victim: World) -> None:
    """Somebody's delivery is counted again, and the chain is made to fit."""
    end = last(victim)
    with break_in(victim.engine) as attacker:
        for table, columns in ((statements, ("statement", "hash")), (bodies, ("body",))):
            for column in columns:
                attacker.set(table, end, **{column: attacker.value(table, column, end - 1)})
        again = attacker.entry(end - 1).statement
        attacker.recompute(end, lambda entry: {"statement": again})
    step = failed(victim)
    assert (step.number, step.index) == (2, end)
    assert "replayed" in step.reason


# -- the whole suffix --------------------------------------------------------------------------------------------


def test_the_suffix_recomputed_without_the_log_key(victim: World) -> None:
    """A record is dated back a minute and everything after it chained anew: the signed root is another."""
    start = last(victim) - 2
    between = victim.ctx.sequencer.read(
        lambda connection: (
            connection.execute(select(checkpoints.c.size).order_by(checkpoints.c.size)).scalars().all()
        )
    )[-2]
    victim.clock.forward(minutes=1)
    with break_in(victim.engine) as attacker:
        attacker.recompute(start, lambda entry: {"time": "2026-11-02T00:31:00.000Z"})
    step = failed(victim)
    assert (step.number, step.index) == (4, between)
    assert between <= start
    with pytest.raises(LedgerForked, match="rewritten"):
        victim.ctx.publisher.publish()


def test_the_suffix_recomputed_with_the_stolen_log_key(victim: World) -> None:
    """All signatures in the database are the log's own; only what is remembered outside of it tells."""
    with break_in(victim.engine) as attacker:
        attacker.recompute(last(victim) - 2, lambda entry: {"time": "2026-11-02T00:31:00.000Z"})
        attacker.sign_anew(victim.ctx.keys.log)
    step = failed(victim)
    assert step.number == 5
    assert "not those that were signed" in step.reason
    with pytest.raises(LedgerForked, match="rewritten"):
        victim.ctx.publisher.publish()


def test_a_rewritten_ledger_that_grew_since_is_still_found_out(victim: World) -> None:
    with break_in(victim.engine) as attacker:
        attacker.recompute(last(victim) - 2, lambda entry: {"time": "2026-11-02T00:31:00.000Z"})
        attacker.sign_anew(victim.ctx.keys.log)
    victim.clock.forward(hours=1)
    victim.register("farm", "7 KGM")
    assert failed(victim).number == 5
    with pytest.raises(LedgerForked, match="rewritten"):
        victim.ctx.publisher.publish()


def test_a_checkpoint_kept_by_somebody_else_finds_what_this_machine_forgot(victim: World) -> None:
    """The attacker also replaces the remembered file; an inspector has kept an older checkpoint."""
    kept = victim.ctx.publisher.remembered()
    with break_in(victim.engine) as attacker:
        attacker.recompute(last(victim) - 2, lambda entry: {"time": "2026-11-02T00:31:00.000Z"})
        attacker.sign_anew(victim.ctx.keys.log)
    (victim.var / "checkpoint.note").unlink()
    assert victim.verify(everything=False).ok
    step = victim.verify(kept, everything=False).failed
    assert step is not None
    assert step.number == 5


def test_a_forged_checkpoint_in_the_database(victim: World) -> None:
    stranger = Signer.generate(victim.ctx.ledger)
    with break_in(victim.engine) as attacker:
        attacker.sign_anew(stranger)
    assert failed(victim).number == 4


def test_the_remembered_checkpoint_made_unreadable(victim: World) -> None:
    path = victim.var / "checkpoint.note"
    path.write_bytes(flip(path.read_bytes(), 40))
    step = failed(victim)
    assert step.number == 5


# -- what is said, and by whom -----------------------------------------------------------------------------------


def _say(
    victim: World, attacker: Any, index: int, kind: str, by: str, data: Any, key: Ed25519PrivateKey
) -> None:
    """Put a statement of the attacker's own in the place of a stored one and chain everything anew."""
    body = make_body(data, bytes(16))
    said = Statement.create(
        kind=kind, by=by, ledger=victim.ctx.ledger, id="forged", digests={"public": digest(body)}, key=key
    )
    attacker.connection.execute(
        delete(bodies).where(bodies.c["index"] == index, bodies.c.compartment != "public")
    )
    attacker.set(bodies, index, body=body)
    attacker.set(
        statements,
        index,
        statement=said.encoded,
        hash=said.hash,
        kind=kind,
        by_party=by,
        key=said.key,
        sid="forged",
    )
    attacker.recompute(index, lambda entry: {"statement": said.hash} if entry.index == index else {})


def test_a_statement_signed_with_a_key_that_nobody_registered(victim: World) -> None:
    end = last(victim)
    with break_in(victim.engine) as attacker:
        key = Ed25519PrivateKey.generate()
        _say(victim, attacker, end, "batch.released/1", victim["inspector"].uri, {"batch": "b"}, key)
    step = failed(victim)
    assert (step.number, step.index) == (2, end)


def test_a_key_registered_for_another_by_itself(victim: World) -> None:
    end = last(victim)
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    data = {"custody": "party", "key": public, "party": victim["farm"].uri}
    with break_in(victim.engine) as attacker:
        _say(victim, attacker, end, "key.registered/1", victim["farm"].uri, data, key)
    step = failed(victim)
    assert (step.number, step.index) == (2, end)


def test_a_signature_of_another_ledger(victim: World) -> None:
    """A statement that the same party made elsewhere does not count here."""
    end = last(victim)
    farm = victim.ctx.sequencer.submit(lambda uow: victim.ctx.keys.of(uow.connection, victim["farm"].uri))
    body = make_body({"batch": "b"}, bytes(16))
    said = Statement.create(
        kind="batch.held/1",
        by=victim["farm"].uri,
        ledger="elsewhere.example/ledger",
        id="1",
        digests={"public": digest(body)},
        key=farm,
    )
    with break_in(victim.engine) as attacker:
        attacker.connection.execute(
            delete(bodies).where(bodies.c["index"] == end, bodies.c.compartment != "public")
        )
        attacker.set(bodies, end, body=body)
        attacker.set(statements, end, statement=said.encoded, hash=said.hash)
        attacker.recompute(end, lambda entry: {"statement": said.hash})
    step = failed(victim)
    assert (step.number, step.index) == (2, end)
    assert "foreign_ledger" in step.reason


# -- what the pages say ------------------------------------------------------------------------------------------

FALSIFIED = [
    (t.balances, {"amount": Decimal(1000000)}),
    (t.batches, {"expires": "2099-12-31"}),
    (t.events, {"holder": "https://trace.example/p/canteen"}),
    (t.postings, {"amount": Decimal(0)}),
    (t.parties, {"name": "Another Farm"}),
    (t.locations, {"owner": "https://trace.example/p/farm"}),
    (t.products, {"shelf_days": 9999}),
    (t.party_keys, {"revoked_index": 1}),
    (t.shipments, {"state": "void"}),
    (t.event_things, {"role": "epc"}),
]


@pytest.mark.parametrize(("table", "values"), FALSIFIED, ids=lambda value: getattr(value, "name", ""))
def test_a_falsified_projection_is_found_behind_a_valid_chain(
    victim: World, table: Table, values: dict[str, Any]
) -> None:
    """The page would show something else than the ledger says; ``verify --all`` names the table."""
    keys = list(table.primary_key)
    with victim.engine.begin() as connection:
        row = connection.execute(select(*keys).order_by(*keys)).first()
        assert row is not None
        same = [column == value for column, value in zip(keys, row, strict=True)]
        connection.execute(update(table).where(*same).values(**values))
    assert victim.verify(everything=False).ok
    step = failed(victim, everything=True)
    assert step.number == 6
    assert f"table {table.name}," in step.reason


@pytest.mark.parametrize("table", [t.balances, t.events, t.batches, t.postings], ids=lambda table: table.name)
def test_a_row_taken_out_of_a_projection_is_found(victim: World, table: Table) -> None:
    with victim.engine.begin() as connection:
        connection.execute(delete(table))
    step = failed(victim, everything=True)
    assert step.number == 6
    assert f"table {table.name}," in step.reason


def test_a_stop_taken_off_behind_the_ledgers_back_is_found_with_its_entry(victim: World) -> None:
    batch = victim.register("farm", "5 KGM")
    held = custody.hold(victim.ctx, victim["inspector"], batch, "residue above limit")
    with victim.engine.begin() as connection:
        connection.execute(delete(t.stops))
    step = failed(victim, everything=True)
    assert (step.number, step.index) == (6, held.index)


def test_goods_invented_in_the_tables_are_found(victim: World) -> None:
    with victim.engine.begin() as connection:
        row = connection.execute(select(t.balances)).mappings().first()
        assert row is not None
        connection.execute(insert(t.balances).values({**row, "ref": victim["canteen"].uri}))
    step = failed(victim, everything=True)
    assert step.number == 6
    assert "table balances," in step.reason
