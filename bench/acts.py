"""Custody acts per second through the services, and how fast what they left behind is verified.

An act is a shipment: judged by the rules, signed with the party's key, appended, followed by the projections, and
acknowledged after its commit. Checkpoints are signed meanwhile as in service, one a second.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from bench.databases import fresh
from bench.measure import Row, medians, progress, timed
from tests.databases import PostgresServer
from tests.scenario import quantity
from trace import bootstrap
from trace.config import Config
from trace.domain.commands import Line, NewBatch, Register, Ship
from trace.domain.model import Role
from trace.ledger import signatures
from trace.ledger.records import Statement
from trace.services import audit, custody, parties
from trace.services.context import Actor, Context
from trace.services.parties import PartyDraft, ProductDraft
from trace.store.engine import reading
from trace.store.log import LogReader, Record

SINGLE, THREADS, EACH = 150, 64, 6


def measure(kind: str, postgres: PostgresServer, appends: float) -> tuple[list[Row], list[Row]]:
    """Acts and verification on one database; ``appends`` is the rate of bare rows, one transaction each."""
    with fresh(kind, postgres) as (folder, url):
        ctx = _service(folder, url)
        farm, command = _cast(ctx)

        def one_by_one(times: int) -> int:
            for _ in range(times):
                custody.ship(ctx, farm, command)
            return times

        def crowd() -> int:
            with ThreadPoolExecutor(THREADS) as pool:
                return sum(pool.map(one_by_one, [EACH] * THREADS))

        measured = {
            "one by one": lambda: timed(lambda: one_by_one(SINGLE)),
            "concurrent": lambda: timed(crowd),
        }
        rate = medians(f"{kind}, shipments", measured)
        single, many = rate["one by one"], rate["concurrent"]
        against = "bare rows of an append, one transaction each"
        acts = [
            Row("shipments one by one", single, against, appends),
            Row("shipments, 64 concurrent", many, against, appends),
            Row("shipments, 64 concurrent", many, "shipments one by one", single),
        ]
        checks = _verification(kind, ctx)
        ctx.sequencer.engine.dispose()
    return acts, checks


def _service(folder: Path, url: str) -> Context:
    settings = {"TRACE_VAR": str(folder / "var"), "TRACE_DATABASE_URL": url}
    return bootstrap.build(Config.from_environment(settings))


def _cast(ctx: Context) -> tuple[Actor, Ship]:
    operator = parties.operator(ctx)
    for name, role in (("farm", Role.PRODUCER), ("shop", Role.RETAILER)):
        parties.register_party(ctx, operator, PartyDraft(name, role, id=name))
    farm, shop = (Actor(parties.find_party(ctx, name)) for name in ("farm", "shop"))
    product = parties.register_product(ctx, farm, ProductDraft("apples", "KGM")).result["uri"]
    made = custody.register(ctx, farm, Register(NewBatch("", product, quantity("1000000 KGM"))))
    batch = made.result["batches"][0]["uri"]
    return farm, Ship(shipment="", to=shop.uri, lines=(Line(batch, quantity("1 KGM")),))


def _verification(kind: str, ctx: Context) -> list[Row]:
    """Entries verified per second, beside the bare hashes and signature checks of the same bytes."""
    kept, keys = _kept(ctx.sequencer.engine, ctx)

    def bare() -> int:
        for record, statement in kept:
            sha256(b"\x00" + record.entry).digest()
            sha256(record.statement).digest()
            for body in record.bodies.values():
                sha256(body).digest()
            signatures.verify(keys[statement.key], statement.sig, statement.message)
        return len(kept)

    def verify(everything: bool) -> int:
        verdict = audit.verify(ctx, everything=everything)
        assert verdict.ok, verdict.failed
        return verdict.size

    measured = {"bare": lambda: timed(bare), "verify": lambda: timed(lambda: verify(False))}
    rate = medians(f"{kind}, verification", measured)
    progress(f"{kind}, verify --all")
    whole = timed(lambda: verify(True))
    progress("")
    against = "bare SHA-256 and Ed25519 of the same bytes"
    return [
        Row(f"verify ({len(kept):,} entries)", rate["verify"], against, rate["bare"]),
        Row("verify --all (projections rebuilt)", whole, against, rate["bare"]),
    ]


def _kept(engine: Engine, ctx: Context) -> tuple[list[tuple[Record, Statement]], dict[str, bytes]]:
    """Every record with its statement parsed, and the public keys by their ids."""
    with reading(engine) as connection:
        records = list(LogReader(connection, ctx.ledger).stream(0))
        kept = [(record, Statement.parse(record.statement)) for record in records]
        parties_seen = {statement.by for _, statement in kept}
        found = [ctx.keys.operator]
        found += [ctx.keys.of(connection, party) for party in parties_seen if party != ctx.operator]
    public = [signatures.public_bytes(key) for key in found]
    return kept, {sha256(raw).hexdigest(): raw for raw in public}
