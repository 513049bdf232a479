"""A printed report: every row is there, every page says which it is, and what cannot be printed keeps its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from trace.render import fonts
from trace.render.evidence_pdf import Attached, Code, Document, Facts, Note, Section, Table, evidence_pdf

ROWS = [[str(n), f"第 {n} 条记录，发给漳州张记果行", f"{n} 千克"] for n in range(120)]
DOCUMENT = Document(
    language="zh-CN",
    title="核查报告",
    subtitle="琯溪蜜柚 PX-07-A",
    link="https://trace.example/t/CDHKXH2N2JT",
    foot="示例市场监管所",
    made=datetime(2026, 11, 22, tzinfo=UTC),
    sections=[
        Section("是什么", [Facts([("批号", "PX-07-A")]), Note("已停住", grave=True), Code("0a1b2c")]),
        Section("经过", [Table(["条", "做了什么", "数量"], ROWS, (10, 60, 30), frozenset({0}))]),
    ],
)


def pages(pdf: bytes) -> list[str]:
    """What can be searched for on each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_a_table_over_many_pages_loses_no_row_and_repeats_its_headings() -> None:
    told = pages(evidence_pdf(DOCUMENT))
    assert len(told) > 2
    for n in range(120):
        assert any(f"第 {n} 条记录" in page for page in told), n
    for number, page in enumerate(told, 1):
        assert f"{number} / {len(told)}" in page
        assert "做了什么" in page or number == 1
        assert "示例市场监管所" in page


@pytest.mark.parametrize("letter", ["果", "\n"])
def test_nobody_s_long_words_keep_a_report_from_being_printed(letter: str) -> None:
    """A stranger's document has a remark longer than a page: it goes on over pages, and the endless one is cut."""
    for length in (2900, 200_000):
        rows = [*ROWS[:3], ["3", "始" + letter * length, "9 千克"], ["4", "", ""], *ROWS[5:7]]
        table = Table(["条", "做了什么", "数量"], rows, (10, 17, 80), frozenset({0}))
        told = pages(evidence_pdf(replace(DOCUMENT, sections=[Section("经过", [table])])))
        assert len(told) < 40
        said = "".join(told)
        assert said.count("始") == 1
        assert said.index("第 2 条记录") < said.index("始") < said.index("第 6 条记录")
        if letter.isalnum():
            assert said.count(letter) - "".join(map("".join, ROWS[:3] + ROWS[5:7])).count(letter) >= min(
                length, 2900
            )


def test_the_same_report_is_the_same_file() -> None:
    """Whoever makes it again from the same records can compare hashes."""
    assert evidence_pdf(DOCUMENT) == evidence_pdf(DOCUMENT)


def test_a_character_that_the_font_lacks_keeps_its_place() -> None:
    """A rare character in a name is seen to be missing, and is not left out."""
    (first, *_) = pages(evidence_pdf(replace(DOCUMENT, subtitle="张\U0002a6d6")))
    assert f"张{fonts.GETA}" in first


def test_a_file_is_carried_byte_for_byte() -> None:
    content = bytes(range(256)) * 100
    pdf = evidence_pdf(replace(DOCUMENT, attached=[Attached("bundle.json", content, "证据")]))
    with pypdfium2.PdfDocument(pdf) as document:
        attached = document.get_attachment(0)
        assert (attached.get_name(), bytes(attached.get_data())) == ("bundle.json", content)


def test_without_the_font_it_is_said_which_one_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And no report with boxes in place of words is made."""
    monkeypatch.setattr(fonts, "_FOLDER", tmp_path)
    with pytest.raises(fonts.FontMissing):
        evidence_pdf(DOCUMENT)
