"""What a scanner reads is brought to the one text under which the ledger knows the thing; foreign texts stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.identifiers import DigitalLink, InvalidIdentifier, ShortCode, scanned
from trace.identifiers.compression import ALPHABET
from trace.identifiers.rules import CSET82, check_digit

BASE = "https://trace.example"
GTIN = "09520000000011"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
BATCH = f"{PRODUCT}/10/AB-1"
SSCC = "095200000000000011"
LOAD = f"https://id.gs1.org/00/{SSCC}"
CODE = "7K3M9QW2X0C"
GS = "\x1d"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (f"]d201{GTIN}10AB-1", BATCH),
        (f"]C101{GTIN}1726123110AB-1", BATCH),
        (f"]Q301{GTIN}10AB-1{GS}17261231", BATCH),
        (f"]e001{GTIN}10AB-1{GS}3103001250", BATCH),
        (f"{GS}01{GTIN}10AB-1", BATCH),
        (f"01{GTIN}10AB-1{GS}17261231", BATCH),
        (f"10AB-1{GS}01{GTIN}", BATCH),
        (f"01{GTIN}10AB-1", BATCH),
        (f"01{GTIN}1700000010AB-1", BATCH),
        (f"(01){GTIN}(17)261231(10)AB-1", BATCH),
        (f"（01）{GTIN}（10）AB-1", BATCH),
        (f"(01) {GTIN} (10) AB-1", BATCH),
        (f"]C100{SSCC}", LOAD),
        (f"00{SSCC}", LOAD),
        (SSCC, LOAD),
        (f"{SSCC[:9]} {SSCC[9:]}", LOAD),
        (f"(00){SSCC}(02){GTIN}(37)12(10)AB-1", LOAD),
        (f"]C102{GTIN}3712{GS}10AB-1", BATCH),
        (f"01{GTIN}", PRODUCT),
        (GTIN, PRODUCT),
        (GTIN[1:], PRODUCT),
        (f"]E0{GTIN[1:]}", PRODUCT),
        (f"]E3{GTIN[1:]}05", PRODUCT),
        ("96385074", "https://id.gs1.org/01/00000096385074"),
        ("]E496385074", "https://id.gs1.org/01/00000096385074"),
        ("036000291452", "https://id.gs1.org/01/00036000291452"),
        ("(414)9520000000004(254)7", "https://id.gs1.org/414/9520000000004/254/7"),
    ],
)
def test_every_bar_code_of_a_label_leads_to_its_goods_or_its_load(text: str, uri: str) -> None:
    """DataMatrix, GS1-128, retail codes, with the marks that scanners add or without, typed wide or with spaces."""
    assert scanned(text, BASE) == uri


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (f"https://id.gs1.org/01/{GTIN}/10/AB-1", BATCH),
        (f"HTTPS://TRACE.EXAMPLE/01/{GTIN}/10/AB-1", BATCH),
        (f"https://trace.example/page/01/{GTIN}/10/AB-1?lang=en", BATCH),
        (f"https://shop.example/x/01/{GTIN[1:]}/10/AB-1?17=261231", BATCH),
        ("urn:epc:class:lgtin:9520000.000001.AB-1", BATCH),
        (f"https://trace.example/t/{CODE}", f"{BASE}/t/{CODE}"),
        (f"HTTP://TRACE.EXAMPLE/T/{CODE.lower()}", f"{BASE}/t/{CODE}"),
        ("https://trace.example:443/t/7k3m-9qw2-xoc?lang=en#top", f"{BASE}/t/{CODE}"),
        (f"https://trace.example/t/{CODE}/S7", f"{BASE}/t/{CODE}"),
        ("https://trace.example/S/AB12", f"{BASE}/s/AB12"),
        (f"https://trace.example/scan?code={CODE}", CODE),
        ("https://trace.example/b?uri=urn%3Ax%3Alot%3A7&lang=en", "urn:x:lot:7"),
        ("https://trace.example/b?uri=https%3A%2F%2Ffarm.example%2Flot%2F7", "https://farm.example/lot/7"),
        (CODE, CODE),
        (" 7k3m 9qw2 xoc\n", CODE),
        ("７Ｋ３Ｍ－９ＱＷ２－Ｘ０Ｃ", CODE),
    ],
)
def test_links_and_codes_of_this_service_have_one_spelling(text: str, uri: str) -> None:
    """Capitals of a small QR code, a port, a page's address copied from the browser: all the same thing."""
    assert scanned(text, BASE) == uri


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (f"]d201{GTIN}10AB-1{GS}21S7", f"{BATCH}/21/S7"),
        (f"{BASE}/01/{GTIN}/10/AB-1/21/S7", f"{BATCH}/21/S7"),
        (f"{BASE}/t/{CODE}/S7", f"{BASE}/t/{CODE}/S7"),
    ],
)
def test_a_cartons_number_names_its_batch_unless_the_carton_is_meant(text: str, whole: str) -> None:
    """A form that asks for the batch may be given any carton of it; a scan keeps which carton it was."""
    assert scanned(text, BASE, item=True) == whole
    assert scanned(text, BASE) == whole.removesuffix("/21/S7").removesuffix("/S7")
    assert scanned(f"]d201{GTIN}21S7", BASE) == f"{PRODUCT}/21/S7"


def test_compressed_links_are_read_from_any_host() -> None:
    """A link that GS1's own algorithm made short says the same as the long one."""
    short = _compressed(GTIN, "AB-1")
    for host in (BASE, "https://id.gs1.org", "https://shop.example"):
        assert scanned(f"{host}/{short}", BASE) == BATCH


def _compressed(gtin: str, lot: str) -> str:
    """(01) and (10) under their common code 0B: the number in 47 bits, the lot as text of seven bits a letter."""
    bits = (
        "00001011" + f"{int(gtin):047b}" + "100" + f"{len(lot):05b}" + "".join(f"{ord(c):07b}" for c in lot)
    )
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


@pytest.mark.parametrize(
    "text",
    [
        "AB-7781",
        "2026110112345678",
        "9520000000012",
        "20261101",
        "095200000000000012",
        "010952000000001210AB",
        "(2026)闽农检 12 号",
        "https://other.example/trace?code=AB-7781",
        "https://[",
        "urn:x-example:lot:7",
        "第 7 号",
        "",
        "x" * 3000,
    ],
)
def test_foreign_texts_stay_as_they_are(text: str) -> None:
    """A supplier's own number may be anything, digits with a wrong check digit among it: it is looked up as it is."""
    assert scanned(f" {text} ", BASE) == text
    assert len(text) > 2000 or scanned(f"]A0{text}", BASE) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("]d201095200000000121", "element_string"),
        (f"]C101{GTIN[:-1]}2", "gtin_check_digit"),
        (f"(01){GTIN[:-1]}2(10)A", "gtin_check_digit"),
        ("(01)123(10)A", "gtin_length"),
        ("(01)(10)A", "element_string"),
        (f"(01){GTIN}(10){'A' * 21}", "lot_length"),
        ("]C110AB-1", "element_no_key"),
        ("(99)1", "element_no_key"),
        ("]E09520000000012", "gtin_check_digit"),
        (f"https://shop.example/01/{GTIN[:-1]}2/10/A", "gtin_check_digit"),
        ("urn:epc:id:sscc:4012345.000000033", "epc_reference"),
    ],
)
def test_what_says_it_is_gs1_and_is_misspelt_is_refused(text: str, code: str) -> None:
    """A code that a scanner calls GS1 is not looked up as somebody's own number."""
    with pytest.raises(InvalidIdentifier) as refused:
        scanned(text, BASE)
    assert refused.value.code == code


GTINS = st.integers(0, 10**13 - 1).map(lambda n: f"{n:013d}{check_digit(f'{n:013d}')}")
LOTS = st.text(st.sampled_from(sorted(CSET82 - {"("})), min_size=1, max_size=20).filter(
    lambda lot: lot not in {".", ".."}
)


@given(gtin=GTINS, lot=LOTS)
def test_one_batch_is_one_uri_however_its_label_is_printed(gtin: str, lot: str) -> None:
    """Whatever the number and lot: symbol, brackets and link agree."""
    uri = DigitalLink.of("01", gtin, (("10", lot),)).uri
    path = uri.removeprefix("https://id.gs1.org")
    ways = (f"]d201{gtin}10{lot}", f"01{gtin}10{lot}{GS}21S", f"(01){gtin}(10){lot}", f"{BASE}{path}/21/S")
    assert {scanned(way, BASE) for way in ways} == {uri}


@given(text=st.text(max_size=80) | st.text(st.sampled_from("01(){}]dC2:/tT.hps%x\x1d "), max_size=40))
def test_no_text_whatever_breaks_it_and_reading_twice_changes_nothing(text: str) -> None:
    """Refused by name or brought to a form that stays."""
    try:
        once = scanned(text, BASE)
    except InvalidIdentifier:
        return
    assert scanned(once, BASE) in {once, once.strip()}


@given(st.binary(min_size=7, max_size=7))
def test_a_short_code_is_found_however_it_is_said(random: bytes) -> None:
    """In lower case, in fours, or within its link."""
    code = ShortCode.generate(lambda size: random[:size]).value
    assert scanned(" ".join((code[:4], code[4:8], code[8:])).lower(), BASE) == code
    assert scanned(f"{BASE}/t/{code}".upper(), BASE) == f"{BASE}/t/{code}"
