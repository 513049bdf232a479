"""QR codes are read back by a decoder that knows nothing of the encoder."""

from __future__ import annotations

import io
import re
import string
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trace.render.qr import MOST_BYTES, QUIET_ZONE, QrTextUnfit, qr_png, qr_svg, qr_terminal

SHORT = "HTTPS://T.EXAMPLE.CN/T/7Q4ZK2M9XWD"
LINK = "https://id.gs1.org/01/09521141012345/10/ABC123?17=261231"
SVG = "{http://www.w3.org/2000/svg}"
DARK, LIGHT = 0, 255


def decode(image: Image.Image) -> zxingcpp.Barcode:
    """The one code in a picture."""
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return found


def png(text: str, box: int = 4) -> Image.Image:
    """The PNG as a picture."""
    return Image.open(io.BytesIO(qr_png(text, box=box)))


def scaled(image: Image.Image, by: int = 4) -> Image.Image:
    """A picture of one pixel to a module, enlarged as a screen would."""
    return image.resize((image.width * by, image.height * by), Image.Resampling.NEAREST)


def drawn(svg: str) -> Image.Image:
    """The SVG as a picture, one pixel to a module: a renderer of the few path commands that it may use."""
    root = ET.fromstring(svg)
    left, top, width, height = map(int, root.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    ground, path = root
    assert ground.tag == SVG + "rect"
    assert {name: ground.attrib[name] for name in ("width", "height", "fill")} == {
        "width": str(width),
        "height": str(height),
        "fill": "#fff",
    }
    assert (path.tag, path.attrib["stroke"]) == (SVG + "path", "#000")
    image = Image.new("L", (width, height), LIGHT)
    x = y = 0
    commands = re.findall(r"M([0-9]+) ([0-9]+)\.5|h([0-9]+)|m([0-9]+) 0", path.attrib["d"])
    for to_x, to_y, run, skip in commands:
        if to_x:
            x, y = int(to_x), int(to_y)
        if run:
            image.paste(DARK, (x, y, x + int(run), y + 1))
        x += int(run or 0) + int(skip or 0)
    spelled = "".join(
        f"M{a} {b}.5" if a else f"h{run}" if run else f"m{skip} 0" for a, b, run, skip in commands
    )
    assert spelled == path.attrib["d"]
    return image


def shown(terminal: str) -> Image.Image:
    """The terminal's text as a picture, one pixel to a module."""
    rows: list[list[int]] = []
    for line in terminal.split("\n"):
        assert line.startswith("\x1b[38;5;16;48;5;231m")
        assert line.endswith("\x1b[0m")
        cells = re.sub("\x1b\\[[0-9;]*m", "", line)
        rows.append([DARK if cell in "█▀" else LIGHT for cell in cells])
        rows.append([DARK if cell in "█▄" else LIGHT for cell in cells])
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([pixel for row in rows for pixel in row])
    return image


texts = st.text(
    st.sampled_from(string.ascii_letters + string.digits + ":/?=&%.-_~$*+"), min_size=1, max_size=120
)


@settings(max_examples=25, deadline=None)
@given(texts)
def test_every_form_of_a_code_reads_as_the_text_that_was_put_in(text: str) -> None:
    for image in (png(text), scaled(drawn(qr_svg(text))), scaled(shown(qr_terminal(text)))):
        assert decode(image).text == text


@pytest.mark.parametrize("text", [SHORT, LINK, "https://t.example/t/批次", "0", "x" * MOST_BYTES])
def test_links_of_every_kind_are_read_back(text: str) -> None:
    assert decode(png(text)).text == text
    assert decode(scaled(drawn(qr_svg(text)))).text == text


def test_a_label_survives_what_wet_markets_do_to_it() -> None:
    """Correction Q, as the decoder sees it; and a stain over the middle of the symbol is corrected."""
    image = png(LINK, box=8)
    assert decode(image).ec_level == "Q"
    side = image.width
    image.paste(1, (int(side * 0.4), int(side * 0.4), int(side * 0.6), int(side * 0.6)))
    assert decode(image).text == LINK


def test_png_and_svg_show_the_same_modules() -> None:
    assert drawn(qr_svg(LINK)).tobytes() == png(LINK, box=1).convert("L").tobytes()


@pytest.mark.parametrize(
    "image", [png(SHORT, box=1).convert("L"), drawn(qr_svg(SHORT)), shown(qr_terminal(SHORT))]
)
def test_the_code_keeps_its_quiet_zone_or_a_phone_does_not_find_it(image: Image.Image) -> None:
    ink = image.point(lambda pixel: LIGHT - pixel).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    assert (left, top) == (QUIET_ZONE, QUIET_ZONE)
    assert image.width - right == QUIET_ZONE
    assert image.height - bottom >= QUIET_ZONE


def test_an_upper_case_short_link_makes_a_smaller_code_than_a_lower_case_one_or_a_digital_link() -> None:
    def side(text: str) -> int:
        return png(text, box=1).width

    assert side(SHORT) < side(SHORT.lower()) < side(LINK)
    assert side(SHORT) == 29 + 2 * QUIET_ZONE  # version 3


def test_a_long_number_in_a_link_is_carried_as_a_number() -> None:
    assert (
        png("https://id.gs1.org/01/" + "1" * 28, box=1).width
        < png("https://id.gs1.org/01/" + "a" * 28, box=1).width
    )


def test_box_is_the_width_of_a_module_in_pixels() -> None:
    assert png(SHORT, box=10).width == 10 * png(SHORT, box=1).width
    assert png(SHORT, box=1).mode == "1"


@pytest.mark.parametrize("box", [0, -1, 65])
def test_a_picture_of_no_size_or_of_any_size_is_not_made(box: int) -> None:
    with pytest.raises(ValueError, match=str(box)):
        qr_png(SHORT, box=box)


def test_the_svg_is_small_and_holds_nothing_that_runs_or_collides() -> None:
    svg = qr_svg(SHORT)
    assert len(svg) < 2500
    assert [element.tag for element in ET.fromstring(svg).iter()] == [SVG + "svg", SVG + "rect", SVG + "path"]
    assert not re.search(r"script|style|href|\bid=|on[a-z]+=|<!", svg)


def test_hostile_text_ends_up_in_modules_and_not_in_markup() -> None:
    text = '"><script>alert(1)</script>'
    svg = qr_svg(text)
    assert "script" not in svg
    assert decode(scaled(drawn(svg))).text == text


@pytest.mark.parametrize(("text", "size"), [("", 0), ("x" * (MOST_BYTES + 1), 513), ("批" * 171, 513)])
def test_text_that_no_label_can_carry_is_refused_with_its_size(text: str, size: int) -> None:
    for make in (qr_png, qr_svg, qr_terminal):
        with pytest.raises(QrTextUnfit) as caught:
            make(text)
        assert caught.value.params() == {"size": str(size), "most": "512"}
