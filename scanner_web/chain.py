"""The picture of a batch's chain: which boxes and lines it has, and the same in sentences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from scanner_web.model import BatchPage, BatchRef, Move, PartyRef, Ref, Tone
from scanner_web.words import Words
from trace.render.chain_picture import Chain, Edge, Node, chain_svg


class Line(NamedTuple):
    """One line of the picture in words: what it is called, from what, to what."""

    words: str
    source: Ref
    target: Ref


@dataclass
class _Draft:
    """Boxes and lines as they are found."""

    nodes: dict[str, Node]
    refs: dict[str, Ref]
    edges: dict[Edge, None]


def picture(page: BatchPage, w: Words) -> Markup | None:
    """The chain as an SVG; None where it would be a single box."""
    chain, _ = _chain(page, w)
    if len(chain.nodes) < 2:
        return None
    return Markup(  # noqa: S704 - made here, every name in it escaped
        chain_svg(
            chain,
            title=w.t("consumer_chain_title", product=page.product.name),
            description=w.t("consumer_chain_description", boxes=len(chain.nodes), lines=len(chain.edges)),
            more=lambda count: w.t("consumer_chain_more", count=count),
        )
    )


def lines(page: BatchPage, w: Words) -> list[Line]:
    """What the picture shows, line by line, for whoever would rather read it."""
    chain, refs = _chain(page, w)
    return [Line(_word(edge), refs[edge.source], refs[edge.target]) for edge in chain.edges]


def _word(edge: Edge) -> str:
    if edge.kind == "made":
        return "consumer_chain_made"
    return "consumer_chain_waiting" if edge.waiting else "consumer_chain_moved"


def _chain(page: BatchPage, w: Words) -> tuple[Chain, dict[str, Ref]]:
    draft = _Draft({}, {}, {})
    own = BatchRef(page.product.name, page.uri, page.path, page.label)
    tones = {one.batch.uri: one.tone for one in page.ingredients}
    makers = {one.batch.uri: one.maker for one in page.ingredients} | {page.uri: page.maker}
    for batch in (*(one.batch for one in page.ingredients), own):
        maker = makers[batch.uri]
        tone = page.tone if batch is own else tones[batch.uri]
        word = _verdict(page) if batch is own else tone
        draft.refs[batch.uri] = batch
        draft.nodes[batch.uri] = Node(
            key=batch.uri,
            kind="batch",
            title=batch.name,
            notes=tuple(filter(None, (batch.label, maker.name if maker else None, _here(batch is own, w)))),
            here=batch is own,
            sign=None if tone == Tone.GOOD else str(tone),
            sign_words="" if tone == Tone.GOOD else w.t(f"consumer_chain_{word}"),
        )
    into = {one.batch.uri: one.into for one in page.ingredients}
    for uri in draft.nodes.copy():
        _journey(draft, uri, [one for one in page.moves if one.batch == uri], makers, into.get(uri, ()))
    return Chain(tuple(draft.nodes.values()), tuple(draft.edges)), draft.refs


def _verdict(page: BatchPage) -> str:
    """What speaks against the goods, as the page above says it first."""
    if page.stops or page.tone != Tone.STOP:
        return str(page.tone)
    return "late" if page.expired else "failed"


def _here(here: bool, w: Words) -> str | None:
    return w.t("consumer_chain_here") if here else None


def _journey(
    draft: _Draft,
    batch: str,
    moves: list[Move],
    makers: dict[str, PartyRef | None],
    into: tuple[str, ...],
) -> None:
    """Whose hands a batch went through, and into what.

    Who did nothing with it but make the next batch has no box of his own: he stands in that batch's.
    """
    users: dict[str, list[str]] = defaultdict(list)
    for output in into:
        maker = makers.get(output)
        users[maker.uri if maker else ""].append(output)
    senders = {move.sender.uri for move in moves}
    maker = makers[batch]
    at: dict[str, str] = {maker.uri: batch} if maker else {}
    came: dict[str, list[str]] = defaultdict(list)  # boxes from which it came to who uses it up
    for move in moves:
        source, receiver = at.get(move.sender.uri, batch), move.receiver
        if maker is not None and receiver.uri == maker.uri:
            continue  # sent back: the journey tells it
        if receiver.uri in users and receiver.uri not in senders:
            came[receiver.uri].append(source)
            continue
        key = f"{batch} {receiver.uri}"
        at[receiver.uri] = key
        draft.refs[key] = receiver
        draft.nodes.setdefault(key, Node(key, "party", receiver.name))
        draft.edges[Edge(source, key, "moved", move.waiting)] = None
    for user, outputs in users.items():
        for source in dict.fromkeys(came[user]) or [at.get(user, batch)]:
            for output in outputs:
                draft.edges[Edge(source, output, "made")] = None
