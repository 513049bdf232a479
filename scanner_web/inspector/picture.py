"""The chain as a picture for an inspector: batches, the hands they went through, and the amounts."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from trace.domain.model import AccountKind, ShipmentState
from trace.render.chain_layout import Chain, Edge, Node
from trace.render.chain_picture import chain_svg
from trace.services.chain_words import ChainWords
from trace.services.inspection import Dossier


def picture(seen: Dossier, words: ChainWords) -> Markup:
    """An SVG of all that led to the batch and followed from it; empty for a batch alone in one hand."""
    chain = _chain(seen, words)
    if len(chain.nodes) < 2:
        return Markup()
    drawn = chain_svg(
        chain,
        title=words.t("inspect_picture"),
        description=words.t("inspect_picture_text", batch=words.batch(seen.info)),
        more=lambda count: words.t("inspect_picture_more", count=count),
    )
    return Markup(drawn)  # noqa: S704 - drawn here, every text in it escaped


def _chain(seen: Dossier, w: ChainWords) -> Chain:
    nodes, edges = _batches(seen, w), []
    lying: dict[tuple[str, str], Decimal] = {}
    for one in {one for node in (*seen.back.nodes, *seen.forward.nodes) for one in node.lying}:
        if one.kind is AccountKind.HELD:
            key = (one.where.uri, one.batch)
            lying[key] = lying.get(key, Decimal(0)) + one.amount
    moves = {
        (move.index, move.batch, move.receiver.uri): move
        for move in (*seen.back.movements, *seen.forward.movements)
        if move.state is not ShipmentState.VOID
    }
    hands: dict[tuple[str, str], str] = {}
    for _, batch, receiver in moves:
        hands.setdefault((receiver, batch), f"{receiver} {batch}")
    for (party, batch), key in hands.items():
        came = [move for move in moves.values() if (move.receiver.uri, move.batch) == (party, batch)]
        total = sum((move.amount or Decimal(0) for move in came), Decimal(0))
        notes = [w.t("inspect_picture_came", amount=w.quantity(total, came[0].unit))]
        if (party, batch) in lying:
            notes.append(w.t("inspect_picture_has", amount=w.quantity(lying[party, batch], came[0].unit)))
        nodes.append(Node(key, "party", w.name(came[0].receiver), tuple(notes)))
    for move in moves.values():
        source = hands.get((move.sender.uri, move.batch), move.batch)
        waiting = move.state is ShipmentState.OPEN
        edges.append(Edge(source, hands[move.receiver.uri, move.batch], "moved", waiting))
    edges += [
        Edge(hands.get((by, input), input), output, "made")
        for input, output, by in {
            (one.input, one.output, one.by.uri) for one in (*seen.back.edges, *seen.forward.edges)
        }
    ]
    edges.sort(key=lambda edge: (edge.source, edge.target))
    return Chain(tuple(nodes), tuple(dict.fromkeys(edges)))


def _batches(seen: Dossier, w: ChainWords) -> list[Node]:
    stopped = {stop.stop.batch for stop in seen.in_force}
    found: dict[str, Node] = {}
    for trace in (seen.back, seen.forward):
        for node in trace.nodes:
            info = node.info
            notes = [info.batch.lot or info.batch.code or "", w.name(info.maker) if info.maker else ""]
            if node.made:
                notes.append(w.quantity(node.made, info.batch.unit))
            found[info.uri] = Node(
                info.uri,
                "batch",
                w.product(info),
                tuple(filter(None, notes)),
                here=info.uri == seen.info.uri,
                sign="stop" if info.uri in stopped else None,
                sign_words=w.t("inspect_held") if info.uri in stopped else "",
            )
    return list(found.values())
