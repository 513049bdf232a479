"""Looks at goods that moved nothing: a laboratory's tests, samples, a business's own checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from trace.domain import causes
from trace.services.context import Actor, Context
from trace.store.queries import BatchInfo, batch_infos, desk
from trace.store.queries.reports import acts_at

MOST = 10
"""Of its own looks that a party is shown: its last."""


@dataclass(frozen=True)
class Look:
    """One look: the entry that holds it, its business step (CBV), when it was, at what goods, and what was found.

    ``result`` is one of ``causes.RESULT``, ``finding`` what was written beside it.
    """

    index: int
    step: str
    time: datetime
    batches: tuple[BatchInfo, ...]
    finding: str | None
    result: str | None


def recent(ctx: Context, actor: Actor) -> tuple[Look, ...]:
    """What the actor looked at last, the newest entry first; what was taken back is left out."""

    def read(connection: Connection) -> tuple[Look, ...]:
        indices = desk.looks_of(connection, ctx.ledger, actor.uri, most=MOST)
        acts = {act.index: act for act in acts_at(connection, ctx.ledger, indices)}
        classes = {index: act.event.classes if act.event else () for index, act in acts.items()}
        infos = batch_infos(connection, ctx.ledger, {uri for uris in classes.values() for uri in uris})
        return tuple(
            Look(
                index=index,
                step=acts[index].step or "",
                time=acts[index].time,
                batches=tuple(infos[uri] for uri in dict.fromkeys(classes[index]) if uri in infos),
                finding=_finding(raw := acts[index].body.get("event", {})),
                result=causes.result(raw.get("trace:result")),
            )
            for index in indices
            if index in acts
        )

    return ctx.sequencer.read(read)


def _finding(raw: Mapping[str, Any]) -> str | None:
    found = raw.get("trace:finding")
    return found if isinstance(found, str) else None
