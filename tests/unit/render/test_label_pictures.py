"""Pictures of labels: that they show what is printed, and that no name in them does anything but stand there."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.render.labels import STOCKS, Label, Stock, StockUnfit, label_svg, lay_out, sheet_svg, stock
from trace.render.qr import qr_runs

SHORT = "HTTPS://TRACE.EXAMPLE/T/CDHKXH2N2JT"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;"""


def drawn(svg: str) -> ElementTree.Element:
    """The picture as any reader of XML understands it: so it is also well formed."""
    return ElementTree.fromstring(svg)


def picture(label: Label, kind: str = "roll-70x50", alternative: str = "标签") -> ElementTree.Element:
    return drawn(label_svg(lay_out(label, stock(kind)), alternative=alternative))


def test_a_picture_has_the_texts_the_widths_and_the_proportions_of_the_print() -> None:
    """Whatever font a phone has, a line that fits on paper fits in the picture."""
    label = Label(SHORT, "CDHKXH2N2JT", "大黄鱼", (("产地", "三都镇"),), cover=("刮开验真", "K7QP2M9X"))
    laid, found = lay_out(label, stock("roll-70x50")), picture(label)
    texts = found.findall(f"{SVG}text")
    assert [text.text for text in texts] == [mark.text for mark in laid.texts]
    for text, mark in zip(texts, laid.texts, strict=True):
        assert float(text.attrib["textLength"]) == pytest.approx(mark.width * 10, abs=0.01)
        assert (text.get("font-weight") == "700") is mark.bold
    assert found.attrib["viewBox"] == "0 0 700 500"
    ground, cover = found.findall(f"{SVG}rect")
    assert (ground.attrib["fill"], cover.attrib["fill"]) == ("#fff", "none")


def test_the_code_in_a_picture_is_the_code_that_is_printed() -> None:
    """Each dark run, where the printer puts it."""
    (path,) = picture(Label(SHORT, "CDHKXH2N2JT", "鱼")).findall(f"{SVG}path")
    runs = re.findall(r"M(\d+) (\d+)\.5h(\d+)", path.attrib["d"])
    assert tuple(tuple(map(int, run)) for run in runs) == qr_runs(SHORT)[1]


def test_larger_stock_is_a_larger_picture() -> None:
    """Who chooses between two sees which one is larger."""
    label = Label(SHORT, "CDHKXH2N2JT", "鱼")
    widths = [
        float(picture(label, kind).attrib["width"].removesuffix("mm"))
        for kind in ("roll-40x30", "a4-3x7", "a4-2x4")
    ]
    assert widths == sorted(set(widths))


def test_a_hostile_name_is_nothing_but_words_in_a_picture() -> None:
    """A product may be called anything; the page of its labels runs none of it."""
    label = Label(SHORT, "CDHKXH2N2JT", HOSTILE, ((HOSTILE, HOSTILE),), cover=(HOSTILE, HOSTILE))
    svg = label_svg(lay_out(label, stock("roll-100x150")), alternative=HOSTILE)
    found = drawn(svg)
    assert {element.tag for element in found.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "rect", "path", "text")
    }
    assert found.attrib["aria-label"] == HOSTILE
    assert "<script" not in svg
    names = {name for element in found.iter() for name in element.attrib}
    assert not [name for name in names if name == "style" or name.startswith("on")]


@given(st.text(max_size=60), st.text(max_size=150), st.sampled_from(STOCKS))
def test_whatever_a_thing_is_called_its_label_is_laid_out_and_drawn(
    title: str, value: str, kind: Stock
) -> None:
    """No name, from a keyboard or out of a spreadsheet, leaves a page without its label or a line over its edge."""
    laid = lay_out(Label(SHORT, "CDHKXH2N2JT", title, (("产地", value),)), kind)
    found = drawn(label_svg(laid, alternative=" ".join(text.text for text in laid.texts)))
    assert len(found.findall(f"{SVG}text")) == len(laid.texts)
    assert all(text.x + text.width <= kind.size[0] for text in laid.texts)


def test_a_sheet_shows_which_labels_are_gone_and_which_are_printed() -> None:
    """Who lays a used sheet in sees that he counted right."""
    found = drawn(sheet_svg(stock("a4-2x4"), skip=3, count=4, alternative="A4"))
    cells = [cell.attrib["class"] for cell in found.findall(f"{SVG}rect")[1:]]
    assert cells == ["gone"] * 3 + ["full"] * 4 + ["free"]
    assert found.attrib["role"] == "img"
    full = drawn(sheet_svg(stock("a4-2x4"), skip=0, count=300, alternative="A4"))
    assert [cell.attrib["class"] for cell in full.findall(f"{SVG}rect")[1:]] == ["full"] * 8
    with pytest.raises(StockUnfit):
        sheet_svg(stock("a4-2x4"), skip=8, count=1, alternative="A4")
