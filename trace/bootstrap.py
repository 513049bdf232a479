"""Composes the service: configuration in, a ``Context`` with real parts out. The only place that does."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from trace.config import Config
from trace.services import capture_jobs, parties, sightings, subscriptions, verdicts, webhooks, witnesses
from trace.services.background import Background, Step
from trace.services.checkpoints import Publisher
from trace.services.context import Context
from trace.services.keys import Keyring
from trace.store import migrate
from trace.store.engine import open_engine
from trace.store.projector import Projector
from trace.store.sequencer import Sequencer

STEPS: tuple[Step, ...] = (
    capture_jobs.step,
    subscriptions.step,
    webhooks.step,
    sightings.step,
    witnesses.step,
    verdicts.step,
)
"""What each serving process does beside answering requests."""


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def build(
    config: Config,
    *,
    create: bool = True,
    clock: Callable[[], datetime] = now,
    random: Callable[[int], bytes] = os.urandom,
) -> Context:
    """Open the database (bringing its schema up to date), load or make the keys, open the ledger.

    Safe to call from several processes at once, and any number of times. Without ``create`` nothing is made: who
    only wants to look must not write, least of all a first entry over a ledger that was emptied. Raises KeysUnusable.
    """
    config.var.mkdir(parents=True, exist_ok=True, mode=0o700)  # amounts and people lie in the database
    engine = open_engine(config.database_url)
    if create:
        migrate.upgrade(engine)
    keys = Keyring(config.var / "keys", config.origin, config.master_key, random, create=create)
    sequencer = Sequencer(engine, config.origin, clock, Projector())
    publisher = Publisher(
        sequencer, config.origin, keys.log, config.var / "checkpoint.note", clock, config.checkpoint_seconds
    )
    context = Context(
        ledger=config.origin,
        base_url=config.base_url,
        operator=f"urn:x-trace:operator:{config.origin}",
        sequencer=sequencer,
        keys=keys,
        publisher=publisher,
        clock=clock,
        random=random,
        zone=config.zone,
        clocks=config.clocks,
        webhook_private=config.webhook_private,
    )
    if create:
        parties.open_ledger(context, config.operator)
    return context


def background(context: Context) -> Background:
    """The work of one process that no request waits for; the caller starts it."""
    return Background(context, STEPS)
