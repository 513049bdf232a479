"""The picture of a chain: whatever the chain, it can be read, and every line leads from its box to its box."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.render.chain_layout import MOST_NODES, WIDTH, Box, Drawing, layout
from trace.render.chain_picture import Chain, Edge, Node, chain_svg
from trace.render.wrapping import MOST_LINES, wrapped

SVG = "{http://www.w3.org/2000/svg}"
TITLES = st.sampled_from(
    ["鱼", "平和琯溪蜜柚(红肉)", "Frozen yellow croaker 450 g", "示例生活超市(漳州新华店)", "x" * 90, "W <b>"]
)


def more(count: int) -> str:
    return f"{count} more"


def drawn(chain: Chain) -> ET.Element:
    """The picture, parsed."""
    return ET.fromstring(chain_svg(chain, title="t", description="d", more=more))


def line(*keys: str) -> tuple[Edge, ...]:
    """Each made into the next."""
    return tuple(Edge(one, two, "made") for one, two in pairwise(keys))


def plain(*keys: str) -> tuple[Node, ...]:
    return tuple(Node(key, "batch", key) for key in keys)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Any graph at all: circles, boxes alone, many lines, edges to nowhere, signs and long names."""
    count = draw(st.integers(1, 45))
    keys = [f"k{at}" for at in range(count)]
    nodes = tuple(
        Node(
            key,
            draw(st.sampled_from(["batch", "party"])),
            draw(TITLES),
            tuple(draw(st.lists(TITLES, max_size=2))),
            here=at == 0,
            sign=draw(st.sampled_from([None, None, "stop", "warn"])),
            sign_words="已叫停",
        )
        for at, key in enumerate(keys)
    )
    ends = st.sampled_from([*keys, "nowhere"])
    edges = st.builds(Edge, ends, ends, st.sampled_from(["made", "moved"]), st.booleans())
    return Chain(nodes, tuple(draw(st.lists(edges, max_size=70))))


def apart(one: Box, two: Box) -> bool:
    """Whether two boxes share no point."""
    return one.x + one.width < two.x or two.x + two.width < one.x or one.bottom < two.y or two.bottom < one.y


def crosses(drawing: Drawing, box: Box) -> bool:
    """Whether an upright piece of a line runs through a box."""
    for route in drawing.routes:
        for (x, y), (to_x, to_y) in pairwise(route.points):
            low, high = sorted((y, to_y))
            if x == to_x and box.x < x < box.x + box.width and low < box.bottom and high > box.y:
                return True
    return False


@settings(max_examples=150)
@given(chains())
def test_nothing_overlaps_and_every_line_ends_at_its_boxes(chain: Chain) -> None:
    """No two boxes touch, no line runs through one, every line begins and ends at its own, all is in the picture."""
    drawing = layout(chain, more)
    boxes = {box.node.key: box for box in drawing.boxes}
    assert all(apart(one, two) for one, two in combinations(drawing.boxes, 2))
    for box in drawing.boxes:
        assert min(box.x, box.y) >= 0
        assert box.x + box.width <= drawing.width <= WIDTH
        assert box.bottom <= drawing.height
        assert all(box.y < baseline < box.bottom for _, baseline, _ in box.lines)
        assert not crosses(drawing, box)
    for route in drawing.routes:
        source, target = boxes[route.edge.source], boxes[route.edge.target]
        assert route.points[0] == (source.middle, source.bottom)
        assert route.points[-1] == (target.middle, target.y)
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in route.points)


@settings(max_examples=50)
@given(chains())
def test_every_picture_is_whole_xml_without_style_or_script(chain: Chain) -> None:
    """Whatever a name holds, it stays text; and a strict policy has nothing to refuse."""
    root = drawn(chain)
    assert root.attrib["role"] == "img"
    assert {element.tag for element in root.iter()} <= {
        SVG + name for name in ("svg", "title", "desc", "g", "rect", "path", "text")
    }
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"style", "href", "onload", "onclick"}


@settings(max_examples=50)
@given(chains())
def test_every_node_of_a_small_chain_is_shown_once(chain: Chain) -> None:
    """Nothing is left out as long as there is room; beyond, what is drawn together still counts."""
    drawing = layout(chain, more)
    together = [box.node.title for box in drawing.boxes if box.node.key.startswith("together ")]
    hidden = sum(int(title.split()[0]) for title in together)
    assert len(drawing.boxes) - len(together) + hidden == len(chain.nodes)
    if len(chain.nodes) <= MOST_NODES:
        assert not together


def test_goods_flow_downwards() -> None:
    """What something was made from stands above it."""
    nodes = plain("fish", "salt", "frozen", "pack")
    edges = (*line("fish", "frozen", "pack"), Edge("salt", "pack", "made"))
    place = {box.node.key: box.y for box in layout(Chain(nodes, edges), more).boxes}
    assert place["fish"] < place["frozen"] < place["pack"]
    assert place["salt"] == place["frozen"]  # right above where it goes


def test_a_return_leads_back_up_and_hides_nothing() -> None:
    """A circle is drawn, beside the boxes."""
    chain = Chain(plain("a", "b", "c"), (*line("a", "b", "c"), Edge("c", "a", "moved")))
    drawing = layout(chain, more)
    (back,) = [route for route in drawing.routes if route.edge.source == "c"]
    assert max(x for x, _ in back.points) > max(box.x + box.width for box in drawing.boxes)
    assert len(drawing.boxes) == 3


def test_a_kitchen_of_sixty_ingredients_stays_a_picture() -> None:
    """Sixty ingredients of one dish: the stopped one stands by itself, the others are counted."""
    names = [f"i{at}" for at in range(60)]
    nodes = [Node(name, "batch", name) for name in names]
    nodes[37] = Node("i37", "batch", "i37", sign="stop", sign_words="已叫停")
    dish = Node("dish", "batch", "dish", here=True)
    chain = Chain((*nodes, dish), tuple(Edge(name, "dish", "made") for name in names))
    drawing = layout(chain, more)
    titles = {box.node.title for box in drawing.boxes}
    assert {"i37", "dish", "58 more"} <= titles
    assert len(drawing.boxes) == 4
    assert drawing.height < 400


def test_a_stop_among_those_drawn_together_is_not_hidden() -> None:
    """Of three stopped ones two stand by themselves, and the box for all others bears the gravest sign of any."""
    nodes = [
        Node(f"i{at}", "batch", "x", sign="stop" if at in (5, 20, 39) else "warn", sign_words="!")
        for at in range(40)
    ]
    chain = Chain((*nodes, Node("dish", "batch", "d")), tuple(Edge(n.key, "dish", "made") for n in nodes))
    drawing = layout(chain, more)
    assert sorted(box.node.key for box in drawing.boxes if box.node.sign == "stop") == [
        "i20",
        "i5",
        "together 0",
    ]


def test_it_says_what_it_shows_to_whoever_does_not_see_it() -> None:
    """Title and description are named by the picture; the sign is in words, not in colour alone."""
    node = Node("a", "batch", "鱼", ("N-1",), here=True, sign="stop", sign_words="已叫停")
    root = drawn(Chain((node,), ()))
    ids = {element.attrib["id"]: element.text for element in root.iter() if "id" in element.attrib}
    assert [ids[one] for one in root.attrib["aria-labelledby"].split()] == ["t", "d"]
    texts = [element.text for element in root.iter(SVG + "text")]
    assert texts == ["已叫停", "鱼", "N-1"]
    assert "here" in root.find(f"{SVG}g").attrib["class"].split()  # type: ignore[union-attr]


def test_an_empty_chain_draws_nothing() -> None:
    """No frame around nothing."""
    assert chain_svg(Chain((), ()), title="t", description="d", more=more) == ""


def test_hostile_names_stay_text() -> None:
    """A product called like markup, and an edge kind that would break out of an attribute."""
    nodes = (Node("a", 'batch" onload="x', "<script>alert(1)</script>"), Node("b", "batch", "&"))
    text = chain_svg(Chain(nodes, (Edge("a", "b", '"><script>'),)), title="<", description="&", more=more)
    assert "<script" not in text
    assert "onload" not in {name for element in ET.fromstring(text).iter() for name in element.attrib}


def test_the_same_chain_is_the_same_picture() -> None:
    """So that a kept page and a fresh one can be compared."""
    chain = Chain(plain("a", "b", "c"), line("a", "b", "c"))
    first = chain_svg(chain, title="t", description="d", more=more)
    assert first == chain_svg(chain, title="t", description="d", more=more)
    assert re.search(r'viewBox="0 0 310 [0-9.]+"', first)


@pytest.mark.parametrize(
    ("text", "ems", "lines"),
    [
        ("大黄鱼(条冻)", 8.0, ["大黄鱼(条冻)"]),
        ("大黄鱼大黄鱼", 3.0, ["大黄鱼", "大黄鱼"]),
        ("yellow croaker", 6.0, ["yellow", "croaker"]),
        ("", 5.0, []),
        ("鱼" * 20, 3.0, ["鱼鱼鱼", "鱼鱼鱼", "鱼鱼…"]),
    ],
)
def test_names_are_broken_where_they_may_be(text: str, ems: float, lines: list[str]) -> None:
    """Chinese anywhere, Latin between words; what does not fit ends in an ellipsis."""
    assert wrapped(text, ems) == lines


@given(st.text(max_size=60), st.floats(2, 20))
def test_no_name_makes_more_lines_than_there_is_room_for(text: str, ems: float) -> None:
    """However long, and of whatever letters."""
    lines = wrapped(text, ems)
    assert len(lines) <= MOST_LINES
    assert all(lines)
