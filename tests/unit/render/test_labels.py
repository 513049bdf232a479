"""Labels: where they lie, that their codes can be read, and what is said of what cannot be printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trace.render import fonts
from trace.render.labels import (
    STOCKS,
    Adjustment,
    Certificate,
    Label,
    LabelTooSmall,
    Stock,
    StockUnfit,
    TooManyLabels,
    fitting,
    labels_pdf,
    lay_out,
    pdf,
    stock,
)
from trace.render.labels.stock import places

SHORT = "HTTPS://TRACE.EXAMPLE/T/CDHKXH2N2JT"
LABEL = Label(
    SHORT,
    "CDHKXH2N2JT",
    "宁德大黄鱼（冰鲜）",
    (("生产日期", "2026-11-22"), ("保质期至", "2026-11-27"), ("产地", "宁德市三都镇 7 号网箱")),
)
PAPER = Certificate(
    "承诺达标合格证",
    "我承诺对生产销售的食用农产品：",
    ("不使用禁用农药兽药、停用兽药和非法添加物", "常规农药兽药残留不超标", "对承诺的真实性负责"),
    "承诺依据：",
    (("委托检测", True), ("自我检测", False), ("内部质量控制", True), ("自我承诺", False)),
    "承诺者（盖章或签名）：",
)


def pages(pdf: bytes, dots: int = 203) -> list[Image.Image]:
    """The pages as a label printer of this resolution prints them."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dots / 72).to_pil() for page in document]


def words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("kind", STOCKS, ids=lambda one: one.name)
def test_labels_of_a_sheet_lie_inside_it_and_beside_each_other(kind: Stock) -> None:
    """A print that runs off the sheet or over the next label is waste."""
    boxes = [
        (x, y, x + kind.size[0], y + kind.size[1]) for _, x, y in places(kind, Adjustment(), kind.per_page)
    ]
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0
        assert top >= 0
        assert right <= kind.page[0] + 0.01
        assert bottom <= kind.page[1] + 0.01
        for other in boxes[number + 1 :]:
            apart = other[0] >= right - 0.01 or other[2] <= left + 0.01 or other[1] >= bottom - 0.01
            assert apart


@given(
    st.sampled_from([one for one in STOCKS if not one.is_roll]),
    st.integers(1, 90),
    st.integers(0, 80),
    st.data(),
)
def test_a_used_sheet_is_printed_from_its_first_free_label(
    kind: Stock, count: int, skip: int, data: st.DataObject
) -> None:
    """No label is printed twice on one place, and none where a label is gone."""
    skip %= kind.per_page
    right = data.draw(st.decimals(-20, 20, places=1))
    placed = list(places(kind, Adjustment(right=right, skip=skip), count))
    assert len(set(placed)) == count
    untouched = list(places(kind, Adjustment(), skip + count))[skip:]
    assert [page for page, *_ in placed] == [page for page, *_ in untouched]
    for (_, x, y), (_, x0, y0) in zip(placed, untouched, strict=True):
        assert (x - x0, y - y0) == (pytest.approx(float(right)), 0)


@pytest.mark.parametrize("kind", [one for one in STOCKS if one.name != "a4-5x13"], ids=lambda one: one.name)
def test_every_code_on_every_stock_is_read_by_a_decoder_of_others(kind: Stock) -> None:
    """What a label printer of 203 dots to the inch prints opens the page it should."""
    printed = labels_pdf([LABEL] * min(kind.per_page, 6), kind)
    found = zxingcpp.read_barcodes(pages(printed.pdf)[0])
    assert [code.text for code in found] == [SHORT] * min(kind.per_page, 6)


def test_a_long_link_does_not_go_on_a_small_label() -> None:
    """Better no label than one that no phone reads; and it is said how large it must be."""
    link = "https://id.gs1.org/01/09520000000011/10/20261122-CDHK/21/0000001K7QP2M9X4"
    with pytest.raises(LabelTooSmall) as refused:
        labels_pdf([Label(link, "K7QP2M9X4", "鱼")], stock("a4-5x13"))
    assert refused.value.params()["stock"] == "a4-5x13"


def test_the_words_can_be_found_and_copied_from_the_file() -> None:
    """The font is in the file, so that no machine shows boxes."""
    printed = labels_pdf([LABEL], stock("roll-70x50"))
    assert b"NotoSansSC" in printed.pdf
    assert b"/FontFile2" in printed.pdf
    for text in ("宁德大黄鱼", "CDHKXH2N2JT", "保质期至 2026-11-27"):
        assert text in words(printed.pdf)
    assert (printed.lacking, printed.cut, printed.pages) == ((), (), 1)


def test_a_character_that_the_font_lacks_is_named_and_its_place_is_kept() -> None:
    """Nobody finds out from the printed roll that his name has a hole."""
    printed = labels_pdf([Label(SHORT, "CDHKXH2N2JT", "𠮷野家")], stock("roll-70x50"))
    assert printed.lacking == ("𠮷",)
    assert f"{fonts.GETA}野家" in words(printed.pdf)


def test_what_does_not_fit_is_told() -> None:
    long = Label(SHORT, "CDHKXH2N2JT", "长" * 90, tuple(("说明", f"第{n}行") for n in range(20)))
    printed = labels_pdf([long], stock("roll-40x30"))
    assert "长" * 90 in printed.cut
    assert "第19行" in printed.cut


def test_a_certificate_bears_its_words_its_grounds_and_a_code_that_is_read() -> None:
    """承诺达标合格证 with all that the form asks for, on the stock that has room for it."""
    label = Label(
        SHORT, "CDHKXH2N2JT", "大黄鱼", (("数量", "120 千克"), ("产地", "三都镇")), certificate=PAPER
    )
    printed = labels_pdf([label], stock("roll-80x100"))
    text = words(printed.pdf).replace("\r\n", "")  # a promise may run over two lines
    for part in (PAPER.title, *PAPER.promises, "■委托检测", "□自我检测", "120 千克", PAPER.signature):
        assert part in text
    assert printed.cut == ()
    assert [code.text for code in zxingcpp.read_barcodes(pages(printed.pdf)[0])] == [SHORT]


def test_a_code_under_a_cover_is_printed_in_its_box() -> None:
    printed = labels_pdf(
        [Label(SHORT, "CDHKXH2N2JT", "鱼", cover=("刮开验真", "K7QP2M9X"))], stock("roll-60x40")
    )
    assert "K7QP2M9X" in words(printed.pdf)


@pytest.fixture(scope="module")
def printer() -> Iterator[FPDF]:
    """What measures a line as it draws it."""
    with fonts.embedded(made := FPDF(unit="mm")):
        yield made


@pytest.mark.parametrize("kind", STOCKS, ids=lambda one: one.name)
def test_what_is_laid_out_is_as_wide_as_it_is_printed_and_stays_on_its_label(
    kind: Stock, printer: FPDF
) -> None:
    """No line is printed over the label's edge because somebody measured it with another ruler."""
    long = Label(
        SHORT, "CDHKXH2N2JT", "Fujian 三都 Fish & Co. «7»", (("生产者", "宁德市蕉城区三都镇渔业 Ltd."),)
    )
    for label in (LABEL, long, Label(SHORT, "C", "鱼", cover=("刮开验真", "K7QP2M9X"), certificate=PAPER)):
        laid = lay_out(label, kind)
        width, height = kind.size
        for text in laid.texts:
            printer.set_font(fonts.FAMILY, "B" if text.bold else "", text.size)
            assert text.width == pytest.approx(printer.get_string_width(text.text), abs=0.02), text
            assert 0 <= text.x <= width - text.width, text
            assert text.size * fonts.POINT * 0.8 <= text.y <= height, text
        side = laid.code.modules * laid.code.module
        assert 0 <= laid.code.x <= width - side
        assert 0 <= laid.code.y <= height - side


def test_the_same_label_is_laid_out_once_however_often_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever prints three hundred waits for the drawing alone."""
    asked: list[Label] = []
    monkeypatch.setattr(pdf, "lay_out", lambda label, kind: asked.append(label) or lay_out(label, kind))
    other = Label(SHORT, "CDHKXH2N2JT", "另一种")
    assert labels_pdf([LABEL] * 30 + [other] * 2, stock("a4-3x7")).pages == 2
    assert asked == [LABEL, other]


def test_a_line_break_in_a_name_breaks_no_label() -> None:
    """What came in by a spreadsheet is printed as one line, and as wide as it is."""
    laid = lay_out(Label(SHORT, "CDHKXH2N2JT", "黄鱼\r\n\t冰\u3000鲜"), stock("roll-70x50"))
    assert laid.texts[1].text == "黄鱼 冰 鲜"
    assert laid.lacking == ()


def test_a_long_name_is_broken_before_it_is_cut() -> None:
    """A cooperative's whole name stands on the usual stock, beside all else."""
    maker = "宁德市蕉城区三都镇深海网箱养殖专业合作社"
    laid = lay_out(replace(LABEL, lines=(*LABEL.lines, ("生产者", maker))), stock("a4-3x7"))
    assert laid.cut == ()
    assert maker in "".join(text.text for text in laid.texts)
    assert {text.size for text in laid.texts[-5:]} == {laid.texts[-1].size}


def test_larger_stock_bears_larger_letters_and_a_larger_code() -> None:
    """A label is bought larger to be read from further away; an upright one has its words under the code."""
    sizes = [lay_out(LABEL, stock(name)) for name in ("roll-40x30", "a4-3x7", "roll-70x50", "roll-100x150")]
    for smaller, larger in pairwise(sizes):
        assert smaller.code.module < larger.code.module
        assert smaller.texts[-1].size < larger.texts[-1].size
        assert smaller.texts[1].size < larger.texts[1].size
    upright = sizes[-1]
    assert all(
        text.y > upright.code.y + upright.code.modules * upright.code.module for text in upright.texts[1:]
    )


def test_the_stock_that_is_proposed_has_room_for_the_whole_label() -> None:
    """A first print loses no producer's name; what has room nowhere goes on the usual stock, and it is said."""
    assert fitting(LABEL).name == "a4-3x7"
    much = replace(
        LABEL,
        lines=tuple(
            ("说明", f"{n} 冰鲜大黄鱼当日出海当日分拣当日装箱次日到店冷链运输全程留证") for n in range(4)
        ),
    )
    assert lay_out(much, STOCKS[0]).cut
    assert fitting(much).name == "a4-3x8"
    assert lay_out(much, fitting(much)).cut == ()
    assert fitting(Label(SHORT, "CDHKXH2N2JT", "鱼", certificate=PAPER)).name == "a4-2x4"
    assert fitting(Label(SHORT, "CDHKXH2N2JT", "长" * 240)) == STOCKS[0]
    assert fitting(Label(f"https://example.org/{'x' * 400}", "C", "鱼")).name == "a4-2x4"


def test_a_certificate_without_room_is_named_as_what_is_missing() -> None:
    """Nobody believes that he printed one."""
    label = Label(SHORT, "CDHKXH2N2JT", "鱼", certificate=PAPER)
    assert labels_pdf([label], stock("roll-60x40")).cut == (PAPER.title,)


@pytest.mark.parametrize(
    ("field", "value"), [("right", "20.1"), ("down", "-21"), ("wider", "2.5"), ("taller", "NaN")]
)
def test_a_shift_that_cannot_be_meant_is_refused(field: str, value: str) -> None:
    with pytest.raises(StockUnfit):
        Adjustment(**{field: Decimal(value)})


def test_more_labels_than_are_left_to_skip_or_than_a_file_holds_are_refused() -> None:
    with pytest.raises(StockUnfit):
        labels_pdf([LABEL], stock("a4-3x7"), Adjustment(skip=21))
    with pytest.raises(TooManyLabels):
        labels_pdf([], stock("a4-3x7"))
    with pytest.raises(TooManyLabels):
        labels_pdf([LABEL] * 301, stock("a4-3x7"))
    with pytest.raises(StockUnfit):
        stock("letter")
