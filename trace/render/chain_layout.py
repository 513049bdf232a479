"""Where the boxes and lines of a chain's picture stand: batches and businesses from top to bottom.

A pure function of the graph. The layout is a layered one (after Sugiyama, Tagawa, Toda 1981: layers, order by
barycentres, lanes for lines that pass a layer), made for a phone: no wider than 310 units, at most three boxes side
by side, and what would be more than 30 boxes drawn together by layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from trace.render.wrapping import wrapped

WIDTH = 310
"""Units of the picture's width, about as many as a phone has pixels."""
MOST_NODES = 30
"""Boxes of a picture before those of one layer are drawn together."""

_MARGIN = 4
_GAP = 10  # between boxes of a row
_ROW_GAP = 34  # between rows, where the lines turn
_LANE = 12  # room for lines that pass a row
_GUTTER = 12  # room at the right for lines that lead back up
_ABREAST = 3  # boxes side by side
_WIDEST = 224
PAD = 10
"""Room between a box's edge and its lines."""
_TITLE, _NOTE = 15, 12.5  # sizes of letters that the stylesheet gives
_TITLE_LINE, _NOTE_LINE = 20, 17
_KEPT = 2  # boxes of a layer that stand by themselves where the others are drawn together


@dataclass(frozen=True)
class Node:
    """A box. ``kind`` is ``batch`` or ``party``; ``title`` and ``notes`` are its lines as they are to be read.

    Whatever is to be known of a box stands in its notes: the lot, whose it is, and for an inspector the amounts that
    were made, came or lie there. ``here`` is the batch that the page is about. ``sign`` is ``stop`` or ``warn``, and
    ``sign_words`` say what it means.
    """

    key: str
    kind: str
    title: str
    notes: tuple[str, ...] = ()
    here: bool = False
    sign: str | None = None
    sign_words: str = ""


@dataclass(frozen=True)
class Edge:
    """``made``: the target was made from the source. ``moved``: goods went on to the target; ``waiting`` where the
    receiver has not confirmed."""

    source: str
    target: str
    kind: str
    waiting: bool = False


@dataclass(frozen=True)
class Chain:
    """What is drawn; an edge from or to an unknown key is left out, and so is one from a box to itself."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Box:
    """A node in its place; ``lines`` are (class, baseline, text) from the picture's top."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[str, float, str], ...]

    @property
    def middle(self) -> float:
        """Where lines begin and end."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Route:
    """An edge as points, from its source's lower edge to its target's upper edge."""

    edge: Edge
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawing:
    """Everything in its place."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]


def layout(chain: Chain, more: Callable[[int], str]) -> Drawing:
    """Where everything stands."""
    graph = _Graph.of(chain)
    layers = graph.layers()
    if len(graph.nodes) > MOST_NODES:
        graph, layers = _together(graph, layers, more)
    return _Page(graph, _rows(graph, layers)).drawing()


# -- layers ----------------------------------------------------------------------------------------------------


@dataclass
class _Graph:
    """Nodes by key, edges that lead down, and edges that lead back up to where the goods had been before."""

    nodes: dict[str, Node]
    down: list[Edge]
    up: list[Edge] = field(default_factory=list)

    @classmethod
    def of(cls, chain: Chain) -> _Graph:
        nodes = {node.key: node for node in chain.nodes}
        edges = list(dict.fromkeys(chain.edges))
        known = [
            one for one in edges if {one.source, one.target} <= nodes.keys() and one.source != one.target
        ]
        graph = cls(nodes, known)
        graph._turn()
        return graph

    def _turn(self) -> None:
        """Set apart every edge that closes a circle, found by walking on from each node in turn."""
        after: dict[str, list[Edge]] = {key: [] for key in self.nodes}
        for edge in self.down:
            after[edge.source].append(edge)
        state: dict[str, int] = {}  # 1: on the way from the start to here, 2: done
        closing: set[Edge] = set()
        for start in self.nodes:
            stack = [(start, iter(after[start]))] if start not in state else []
            state.setdefault(start, 1)
            while stack:
                key, rest = stack[-1]
                if (way := next(rest, None)) is None:
                    state[key] = 2
                    stack.pop()
                elif state.get(way.target) == 1:
                    closing.add(way)
                elif way.target not in state:
                    state[way.target] = 1
                    stack.append((way.target, iter(after[way.target])))
        self.up = [edge for edge in self.down if edge in closing]
        self.down = [edge for edge in self.down if edge not in closing]

    def layers(self) -> list[list[str]]:
        """Each node below all it comes from; what comes from nowhere stands right above where it goes."""
        before: dict[str, list[str]] = {key: [] for key in self.nodes}
        after: dict[str, list[str]] = {key: [] for key in self.nodes}
        for edge in self.down:
            before[edge.target].append(edge.source)
            after[edge.source].append(edge.target)
        depth: dict[str, int] = {}
        waiting = {key: len(sources) for key, sources in before.items()}
        ready = [key for key in self.nodes if not waiting[key]]
        for key in ready:  # grows as it is walked
            depth[key] = max((depth[source] + 1 for source in before[key]), default=0)
            for target in after[key]:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
        for key in self.nodes:
            if not before[key] and after[key]:
                depth[key] = min(depth[target] for target in after[key]) - 1
        found: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
        for key in self.nodes:
            found[depth[key]].append(key)
        return found


def _gravity(node: Node) -> int:
    return {"stop": 0, "warn": 1}.get(node.sign or "", 2)


def _together(
    graph: _Graph, layers: list[list[str]], more: Callable[[int], str]
) -> tuple[_Graph, list[list[str]]]:
    """The same chain with most boxes of a layer drawn as one, except the page's own and a few that bear a sign."""
    stands_for: dict[str, str] = {}
    nodes: dict[str, Node] = {}
    fewer: list[list[str]] = []
    for depth, layer in enumerate(layers):
        ranked = sorted(layer, key=lambda key: (not graph.nodes[key].here, _gravity(graph.nodes[key])))
        kept, others = ranked[:_KEPT], ranked[_KEPT:]
        if len(others) < 2:
            kept, others = ranked, []
        keys = [key for key in layer if key in kept]
        nodes |= {key: graph.nodes[key] for key in keys}
        stands_for |= {key: key for key in keys}
        if others:
            name = f"together {depth}"  # has a space, which no URI has
            worst = min((graph.nodes[key] for key in others), key=_gravity)
            nodes[name] = replace(worst, key=name, title=more(len(others)), notes=(), here=False)
            stands_for |= dict.fromkeys(others, name)
            keys.append(name)
        fewer.append(keys)

    def joined(edges: Sequence[Edge]) -> list[Edge]:
        moved = [replace(one, source=stands_for[one.source], target=stands_for[one.target]) for one in edges]
        return [one for one in dict.fromkeys(moved) if one.source != one.target]

    return _Graph(nodes, joined(graph.down), joined(graph.up)), fewer


# -- rows ------------------------------------------------------------------------------------------------------

# A row's item is a node's key, or a lane: the target of the lines that pass here.
_Lane = tuple[str]
_Item = str | _Lane


def _rows(graph: _Graph, layers: list[list[str]]) -> list[list[_Item]]:
    """Layers in an order with few crossings, wide ones in several rows, each with the lanes that pass it."""
    ordered = _ordered(graph, layers)
    rows: list[list[str]] = []
    for layer in ordered:
        count = -(-len(layer) // _ABREAST)
        size = -(-len(layer) // count)
        rows += [layer[at : at + size] for at in range(0, len(layer), size)]
    row_of = {key: at for at, row in enumerate(rows) for key in row}
    with_lanes: list[list[_Item]] = []
    for at, row in enumerate(rows):
        passing = {edge.target: None for edge in graph.down if row_of[edge.source] < at < row_of[edge.target]}
        items: list[_Item] = list(row)
        for place, target in enumerate(
            passing
        ):  # by turns at either side, so that the boxes stay in the middle
            items.insert(0 if place % 2 else len(items), (target,))
        with_lanes.append(items)
    return with_lanes


def _ordered(graph: _Graph, layers: list[list[str]]) -> list[list[str]]:
    """Each layer by the middle of what its boxes come from, then of what they go to; twice in turn."""
    near: dict[bool, dict[str, list[str]]] = {way: {key: [] for key in graph.nodes} for way in (True, False)}
    for edge in graph.down:
        near[True][edge.target].append(edge.source)
        near[False][edge.source].append(edge.target)
    rows = [list(layer) for layer in layers]
    place = {key: (at + 0.5) / len(row) for row in rows for at, key in enumerate(row)}
    for down in (True, False, True, False, True):
        for row in rows if down else reversed(rows):
            wanted = {
                key: sum(place[one] for one in ends) / len(ends) if (ends := near[down][key]) else place[key]
                for key in row
            }
            row.sort(key=wanted.__getitem__)
            place |= {key: (at + 0.5) / len(row) for at, key in enumerate(row)}
    return rows


# -- places ----------------------------------------------------------------------------------------------------


class _Page:
    """Puts rows one below the other and leads the lines through the gaps between them."""

    def __init__(self, graph: _Graph, rows: list[list[_Item]]) -> None:
        self._graph = graph
        self._right = WIDTH - _MARGIN - (_GUTTER if graph.up else 0)
        self._boxes: dict[str, Box] = {}
        self._lanes: dict[tuple[int, str], float] = {}
        self._spans: list[tuple[float, float]] = []  # top and bottom of each row
        self._row_of: dict[str, int] = {}
        top: float = _ROW_GAP if graph.up else _MARGIN
        for at, row in enumerate(rows):
            top = self._put(at, row, top) + _ROW_GAP
        self._height = top - _ROW_GAP + (_ROW_GAP if graph.up else _MARGIN)

    def drawing(self) -> Drawing:
        routes = [self._down(edge) for edge in self._graph.down] + [self._up(edge) for edge in self._graph.up]
        return Drawing(WIDTH, self._height, tuple(self._boxes.values()), tuple(routes))

    def _put(self, at: int, row: list[_Item], top: float) -> float:
        """One row; gives its lower edge."""
        keys = [item for item in row if isinstance(item, str)]
        lanes = len(row) - len(keys)
        lane = min(_LANE, 96 / lanes) if lanes else 0.0
        room = self._right - _MARGIN - lanes * lane - _GAP * (len(keys) - 1)
        width = min(_WIDEST, room / len(keys))
        x = _MARGIN + (room - width * len(keys)) / 2
        low = top
        for item in row:
            if isinstance(item, str):
                box = _box(self._graph.nodes[item], x, top, width)
                self._boxes[item], self._row_of[item] = box, at
                low = max(low, box.bottom)
                x += width + _GAP
            else:
                self._lanes[at, item[0]] = x + lane / 2
                x += lane
        self._spans.append((top, low))
        return low

    def _down(self, edge: Edge) -> Route:
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        first, last = self._row_of[edge.source], self._row_of[edge.target]
        points = [(source.middle, source.bottom), (source.middle, self._spans[first][1])]
        for row in range(first + 1, last):
            lane = self._lanes[row, edge.target]
            points += [(lane, self._spans[row][0]), (lane, self._spans[row][1])]
        return Route(edge, (*points, (target.middle, target.y)))

    def _up(self, edge: Edge) -> Route:
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        below = self._spans[self._row_of[edge.source]][1] + _ROW_GAP / 2
        above, side = target.y - _ROW_GAP / 2, WIDTH - _MARGIN - _GUTTER / 2
        start, end = (source.middle, source.bottom), (target.middle, target.y)
        turns = ((source.middle, below), (side, below), (side, above), (target.middle, above))
        return Route(edge, (start, *turns, end))


def _box(node: Node, x: float, y: float, width: float) -> Box:
    """A box as high as its lines, wrapped to its width."""
    lines: list[tuple[str, float, str]] = []
    low, inner = y + PAD, width - 2 * PAD
    if node.sign:
        for text in wrapped(node.sign_words, (inner - 20) / _NOTE):
            lines.append(("sign", low + 12, text))
            low += _NOTE_LINE
        low += 3
    for text in wrapped(node.title, inner / _TITLE):
        lines.append(("name", low + 15, text))
        low += _TITLE_LINE
    for note in node.notes:
        for text in wrapped(note, inner / _NOTE):
            lines.append(("note", low + 12, text))
            low += _NOTE_LINE
    return Box(node, x, y, width, max(low + PAD - 2 - y, 44), tuple(lines))
