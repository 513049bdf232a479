"""Lines of the Chinese ledgers: what came in, what was sold, and what a maker sent out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trace.domain.model import AccountKind, Shipment, ShipmentState
from trace.interop.forms.china import GoodsIn, GoodsOut
from trace.services.reporting.desk import Desk, outside
from trace.store.queries.reports import Act

_CERTIFICATES = frozenset({"testres", "cert"})


def goods_in(desk: Desk, acts: Sequence[Act]) -> Iterator[GoodsIn]:
    """A line for each batch of each delivery that was settled, and for what was bought outside the system."""
    for act in acts:
        if act.settles and act.delivery:
            yield from _settled(desk, act, act.delivery)
        elif desk.bought(act):
            for batch, amount in sorted(act.booked(AccountKind.MADE).items()):
                if desk.wanted(act.holder, batch):
                    yield GoodsIn(
                        **desk.goods(act, batch, -amount, act.holder),
                        received=desk.day(act),
                        **_outsider(act, "supplier"),
                        papers=desk.papers([act]),
                        remark=desk.remark("outside"),
                    )


def _settled(desk: Desk, act: Act, delivery: Shipment) -> Iterator[GoodsIn]:
    held = act.booked(AccountKind.HELD, delivery.receiver)
    short = act.booked(AccountKind.SHORT, delivery.id)
    rejected = act.booked(AccountKind.HELD, delivery.sender)
    despatch = desk.readable(desk.despatches.get(act.opened if act.opened is not None else -1))
    papers = desk.papers([one for one in (despatch, act) if one])
    for batch in sorted(held.keys() | short.keys() | rejected.keys()):
        if desk.wanted(delivery.receiver, batch):
            yield GoodsIn(
                **desk.goods(act, batch, held.get(batch, Decimal(0)), delivery.receiver),
                received=desk.day(act),
                **_business(desk, "supplier", delivery.sender),
                short=short.get(batch, Decimal(0)),
                rejected=rejected.get(batch, Decimal(0)),
                papers=papers,
                remark=desk.remark("return" if delivery.returns else None),
            )


def goods_out(desk: Desk, acts: Sequence[Act]) -> Iterator[GoodsOut]:
    """A line for each batch of each delivery that was sent, and for what was sold without one."""
    for act in acts:
        yield from _gone(desk, act, own=False)


def outgoing(desk: Desk, acts: Sequence[Act]) -> Iterator[GoodsOut]:
    """The same, of what the keeper made himself."""
    for act in acts:
        yield from _gone(desk, act, own=True)


def _gone(desk: Desk, act: Act, *, own: bool) -> Iterator[GoodsOut]:
    delivery = act.delivery
    if act.opens and delivery:
        state = "open" if delivery.state is ShipmentState.OPEN else None
        remark = desk.remark("return" if delivery.returns else None, state)
        sent = act.booked(AccountKind.TRANSIT, delivery.id)
        yield from _lines(
            desk, act, delivery.sender, sent, own, _business(desk, "buyer", delivery.receiver), remark
        )
    buyer = _outsider(act, "buyer")
    sold = act.booked(AccountKind.SOLD)
    yield from _lines(desk, act, act.holder, sold, own, buyer, desk.remark(None if buyer else "retail"))


def _lines(
    desk: Desk,
    act: Act,
    keeper: str,
    amounts: Mapping[str, Decimal],
    own: bool,
    buyer: Mapping[str, Any],
    remark: str | None,
) -> Iterator[GoodsOut]:
    for batch, amount in sorted(amounts.items()):
        if desk.wanted(keeper, batch) and (not own or _made_by(desk, keeper, batch)):
            yield GoodsOut(
                **desk.goods(act, batch, amount, keeper),
                sold=desk.day(act),
                **buyer,
                certificate=_certificate(desk, act, batch),
                papers=desk.papers([act]),
                remark=remark,
            )


def _made_by(desk: Desk, keeper: str, batch: str) -> bool:
    info = desk.info(batch)
    return bool(info and info.batch.maker == keeper and not desk.bought(desk.around.made.get(batch)))


def _certificate(desk: Desk, act: Act, batch: str) -> str | None:
    """Numbers of the test papers named when a batch was made, looked at by its maker, or sent."""
    acts = (desk.around.made.get(batch), *desk.around.tests.get(batch, ()), act)
    readable = [one for one in map(desk.readable, acts) if one]
    numbers = [number for one in readable for kind, number in desk.numbers(one) if kind in _CERTIFICATES]
    return "; ".join(dict.fromkeys(numbers)) or None


def _business(desk: Desk, side: str, party: str) -> dict[str, Any]:
    known = desk.around.parties.get(party)
    return {
        f"{side}_name": desk.name(party),
        f"{side}_code": known.uscc if known else None,
        f"{side}_licence": known.licence if known else None,
        f"{side}_address": known.address if known else None,
        f"{side}_contact": desk.contact(party),
    }


def _outsider(act: Act, side: str) -> dict[str, Any]:
    stated = outside(act, side)
    if stated is None:
        return {}
    people = act.people.get(side)
    called = people.get("contact") if isinstance(people, Mapping) else None
    known = {key: stated.get(key) for key in ("name", "code", "licence", "address")} | {"contact": called}
    return {f"{side}_{key}": value if isinstance(value, str) else None for key, value in known.items()}
