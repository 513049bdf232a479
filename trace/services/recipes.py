"""What a business made last, so that today's entry begins as yesterday's did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from trace.domain.model import AccountKind
from trace.services.context import Actor, Context
from trace.store import projection_tables as t
from trace.store import queries
from trace.store.queries.reports import Act, acts_at
from trace.store.queries.results import BatchInfo

MOST = 4
_LOOKED_AT = 30


@dataclass(frozen=True)
class Part:
    """A product that went in or came out, and how much in its batches' own unit."""

    product: str
    name: str
    amount: Decimal
    unit: str


@dataclass(frozen=True)
class Recipe:
    """How something was made last time; ``index`` is the entry that says so."""

    index: int
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    process: str | None

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What tells it from another one."""
        return tuple(part.product for part in self.inputs), tuple(part.product for part in self.outputs)


def recent(ctx: Context, actor: Actor) -> tuple[Recipe, ...]:
    """The actor's latest transformations, one for each set of products, the newest first."""

    def read(connection: Connection) -> list[Recipe]:
        columns = t.events.c
        indices = connection.execute(
            select(columns.index)
            .where(columns.ledger == ctx.ledger, columns.by_party == actor.uri)
            .where(columns.type == "TransformationEvent", columns.document.is_(None))
            .where(columns.declares_error.is_(False), columns.corrected_by.is_(None))
            .order_by(columns.index.desc())
            .limit(_LOOKED_AT)
        ).scalars()
        acts = acts_at(connection, ctx.ledger, list(indices))
        uris = {uri for act in acts for uri in _moved(act)}
        infos = queries.batch_infos(connection, ctx.ledger, uris)
        return [_recipe(act, infos) for act in sorted(acts, key=lambda act: -act.index)]

    found: dict[object, Recipe] = {}
    for recipe in ctx.sequencer.read(read):
        if recipe.inputs and recipe.outputs:
            found.setdefault(recipe.key, recipe)
    return tuple(found.values())[:MOST]


def _moved(act: Act) -> Mapping[str, Decimal]:
    """By batch, what the act put into the maker's hands; negative for what it used."""
    return act.booked(AccountKind.HELD)


def _recipe(act: Act, infos: Mapping[str, BatchInfo]) -> Recipe:
    event: Mapping[str, Any] = act.body.get("event", {})
    moved = _moved(act)
    return Recipe(
        index=act.index,
        inputs=_parts({uri: -amount for uri, amount in moved.items() if amount < 0}, infos),
        outputs=_parts({uri: amount for uri, amount in moved.items() if amount > 0}, infos),
        process=event.get("trace:process"),
    )


def _parts(amounts: Mapping[str, Decimal], infos: Mapping[str, BatchInfo]) -> tuple[Part, ...]:
    """By product, in the order of their URIs."""
    found: dict[str, Part] = {}
    for uri, amount in amounts.items():
        info = infos.get(uri)
        if info is None or info.product is None:
            continue
        before = found.get(info.product.uri)
        total = amount + (before.amount if before else Decimal(0))
        found[info.product.uri] = Part(info.product.uri, info.product.name, total, info.batch.unit)
    return tuple(part for _, part in sorted(found.items()))
