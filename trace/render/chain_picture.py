"""The picture of a chain as an SVG that stands in a page; where everything stands is ``chain_layout``'s.

Colours, dark mode and the size of letters are the stylesheet's, by classes (``.chain`` in trace.css). Nothing in it
is a style, a script or a link.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from trace.render.chain_layout import MOST_NODES, PAD, Box, Chain, Edge, Node, Route, layout

_SIGNS = {
    "stop": "M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.500 5.500l5 5m0-5-5 5",
    "warn": "M8 1.500 15.500 14.500H.500zM8 6v4M8 12.200v.01",
}


def chain_svg(
    chain: Chain, *, title: str, description: str, more: Callable[[int], str], id: str = "chain"
) -> str:
    """The chain as an SVG element; empty text for an empty chain.

    ``title`` and ``description`` are what somebody hears who does not see it; ``more`` words how many boxes one
    stands for, where there are more than MOST_NODES. ``id`` sets the ids of one picture in a page apart from
    another's. Whoever shows it gives the same as a list beside it.
    """
    if not chain.nodes:
        return ""
    drawn = layout(chain, more)
    parts = [
        f'<svg class="chain" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(drawn.width)} {_n(drawn.height)}"'
        f' role="img" aria-labelledby="{escape(id)}-title {escape(id)}-desc">',
        f'<title id="{escape(id)}-title">{escape(title)}</title>',
        f'<desc id="{escape(id)}-desc">{escape(description)}</desc>',
        *(_drawn_route(route) for route in drawn.routes),
        *(_drawn_box(box) for box in drawn.boxes),
        "</svg>",
    ]
    return "".join(parts)


def _drawn_route(route: Route) -> str:
    (x, y), *rest = route.points
    path = f"M{_n(x)} {_n(y)}"
    square = len(route.points) == 6 and route.points[1][1] == route.points[2][1]
    for to_x, to_y in rest:
        if square or to_x == x or to_y == y:
            path += f"L{_n(to_x)} {_n(to_y)}"
        else:
            half = (y + to_y) / 2
            path += f"C{_n(x)} {_n(half)} {_n(to_x)} {_n(half)} {_n(to_x)} {_n(to_y)}"
        x, y = to_x, to_y
    head = f"M{_n(x - 4)} {_n(y - 7)}L{_n(x)} {_n(y)}L{_n(x + 4)} {_n(y - 7)}"
    waits = " waits" if route.edge.waiting else ""
    kind = escape(route.edge.kind)
    return f'<path class="way {kind}{waits}" d="{path}"/><path class="way {kind}" d="{head}"/>'


def _drawn_box(box: Box) -> str:
    node = box.node
    classes = " ".join(filter(None, ("box", node.kind, node.sign, "here" if node.here else "")))
    round = 8 if node.kind == "batch" else 22
    parts = [
        f'<g class="{escape(classes)}"><rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}"'
        f' height="{_n(box.height)}" rx="{round}"/>'
    ]
    signed = [baseline for name, baseline, _ in box.lines if name == "sign"]
    if node.sign in _SIGNS and signed:
        parts.append(
            f'<path class="mark" transform="translate({_n(box.x + PAD)} {_n(signed[0] - 13)})"'
            f' d="{_SIGNS[node.sign]}"/>'
        )
    for name, baseline, text in box.lines:
        x, anchor = (box.x + PAD + 20, "start") if name == "sign" else (box.middle, "middle")
        parts.append(
            f'<text class="{name}" x="{_n(x)}" y="{_n(baseline)}" text-anchor="{anchor}">{escape(text)}</text>'
        )
    return "".join(parts) + "</g>"


def _n(value: float) -> str:
    """A number without needless digits."""
    return f"{value:.1f}".removesuffix(".0")


__all__ = ["MOST_NODES", "Chain", "Edge", "Node", "chain_svg"]
