"""Identifiers: what is right is read in one form, what is wrong is refused with the reason."""

from __future__ import annotations

import doctest
import importlib
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations

import pytest
from biip.gtin import Gtin as BiipGtin
from epcis_event_hash_generator.dl_normaliser import normaliser
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.shared_data import shared
from trace import i18n
from trace.identifiers import (
    GLN,
    GRAI,
    GTIN,
    LGTIN,
    PGLN,
    SGLN,
    SGTIN,
    SSCC,
    DigitalLink,
    Gs1Id,
    InvalidIdentifier,
    Licence,
    ShortCode,
    UnifiedSocialCreditCode,
    batch_uri,
    canonical,
    check_digit,
    check_lot,
    split_batch_uri,
)
from trace.identifiers.epc import write_epc
from trace.identifiers.rules import CSET39, CSET82, DIGITS, GTIN_LENGTHS, KEYS, QUALIFIERS
from trace.identifiers.short_code import ALPHABET

MODULES = ("china", "digital_link", "epc", "keys", "rules", "short_code", "uris")
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def checked(length: int) -> st.SearchStrategy[str]:
    """Numbers of this length whose last digit is right."""
    return digits(length - 1).map(lambda payload: payload + check_digit(payload))


def texts(longest: int, alphabet: frozenset[str] = CSET82) -> st.SearchStrategy[str]:
    found = st.text(sorted(alphabet), min_size=1, max_size=longest)
    return found.filter(lambda text: text not in {".", ".."})


gtins = st.sampled_from(GTIN_LENGTHS).flatmap(checked)
lots = texts(20)


@st.composite
def links(draw: st.DrawFn) -> DigitalLink:
    """Any valid Digital Link: every key, with any of the qualifiers it may have."""
    key = draw(st.sampled_from(sorted(KEYS)))
    rule = KEYS[key]
    number = draw(checked(rule.numeric)) if rule.numeric else ""
    if rule.zero_first:
        payload = "0" + number[1:-1]
        number = payload + check_digit(payload)
    tail = ""
    if rule.tail:
        size = draw(st.integers(rule.tail_least, rule.tail))
        tail = draw(st.text(sorted(rule.tail_set), min_size=size, max_size=size))
        assume(tail not in {".", ".."})
    chosen = draw(st.sampled_from(rule.qualifiers)) if rule.qualifiers else ()
    names = draw(st.permutations([name for name in chosen if draw(st.booleans())]))
    pairs = tuple((name, draw(texts(QUALIFIERS[name][1], QUALIFIERS[name][2]))) for name in names)
    return DigitalLink.of(key, number + tail, pairs)


def refusal(act: Callable[[str], object], text: str) -> InvalidIdentifier:
    with pytest.raises(InvalidIdentifier) as caught:
        act(text)
    return caught.value


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_documentation_are_true(name: str) -> None:
    module = importlib.import_module(f"trace.identifiers.{name}")
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0 or name == "rules"
    assert result.failed == 0


# -- what is wrong is refused, with what was expected --

G = "https://id.gs1.org/01/04012345123456"
REFUSED: list[tuple[Callable[[str], object], str, str]] = [
    (GTIN.parse, "", "identifier_empty"),
    (GTIN.parse, " 4012345123456", "identifier_space"),
    (GTIN.parse, "4012345123456\n", "identifier_space"),
    (GTIN.parse, "40123451234５6", "gtin_characters"),
    (GTIN.parse, "٤٠١٢٣٤٥١٢٣٤٥٦", "gtin_characters"),
    (GTIN.parse, "+401234512345", "gtin_characters"),
    (GTIN.parse, "401234512345", "gtin_check_digit"),
    (GTIN.parse, "40123451234", "gtin_length"),
    (GTIN.parse, "4012345123457", "gtin_check_digit"),
    (GTIN.parse, "9" * 100_000, "gtin_length"),
    (GTIN.parse, f"{G}/10/A", "identifier_other"),
    (GTIN.parse, "urn:epc:id:gid:95100000.12345.400", "identifier_other"),
    (LGTIN.parse, "4012345123456", "identifier_other"),
    (LGTIN.parse, "(01)4012345123456(10)", "identifier_empty"),
    (GLN.parse, "401234500011A", "gln_characters"),
    (GLN.parse, "40123450001", "gln_length"),
    (GLN.parse, "4012345000116", "gln_check_digit"),
    (PGLN.parse, "https://id.gs1.org/414/4012345000115", "identifier_other"),
    (SSCC.parse, "04012345000000333X", "sscc_characters"),
    (SSCC.parse, "4012345000000333", "sscc_length"),
    (SSCC.parse, "040123450000003339", "sscc_check_digit"),
    (GRAI.parse, "0401234566666", "grai_length"),
    (GRAI.parse, "0401234566666487", "grai_check_digit"),
    (GRAI.parse, "1401234566666387", "grai_zero"),
    (GRAI.parse, "04012345666663 7", "identifier_space"),
    (GRAI.parse, "04012345666663é", "grai_characters"),
    (GRAI.parse, "04012345666663" + "1" * 17, "grai_length"),
    (check_lot, "批次1", "lot_characters"),
    (check_lot, "A B", "identifier_space"),
    (check_lot, "A#B", "lot_characters"),
    (check_lot, "A" * 21, "lot_length"),
    (check_lot, "..", "identifier_dots"),
    (DigitalLink.parse, f"{G}/10/.", "identifier_dots"),
    (DigitalLink.parse, f"{G}/21/%7E", "serial_characters"),
    (DigitalLink.parse, f"{G}/21/{'1' * 21}", "serial_length"),
    (DigitalLink.parse, f"{G}/22/%5B", "variant_characters"),
    (DigitalLink.parse, f"{G}/22/{'1' * 21}", "variant_length"),
    (SGLN.parse, "(414)4012345000115(254)^", "extension_characters"),
    (SGLN.parse, "(414)4012345000115(254)" + "1" * 21, "extension_length"),
    (DigitalLink.parse, "https://id.gs1.org/8010/4012345ABC/8011/12A", "qualifier_characters"),
    (DigitalLink.parse, "https://id.gs1.org/8010/4012345ABC/8011/1234567890123", "qualifier_length"),
    (DigitalLink.parse, "https://id.gs1.org/8010/4012345abc", "gs1key_characters"),
    (DigitalLink.parse, "https://id.gs1.org/8006/040123451234560", "gs1key_length"),
    (DigitalLink.parse, "https://id.gs1.org/402/40123459999876542", "gs1key_check_digit"),
    (DigitalLink.parse, "ftp://id.gs1.org/01/04012345123456", "link_scheme"),
    (DigitalLink.parse, "HtTpS://id.gs1.org/01/04012345123456", "link_scheme"),
    (DigitalLink.parse, "https://id.gs1.org@evil.example/01/04012345123456", "link_host"),
    (DigitalLink.parse, f"{G}?x=" + "1" * 2048, "link_length"),
    (DigitalLink.parse, f"{G}/10/<b>", "link_characters"),
    (DigitalLink.parse, "https://id.gs1.org/01/0401234512\n3456", "identifier_space"),
    (DigitalLink.parse, f"{G}/10/%4", "link_escape"),
    (DigitalLink.parse, "https://id.gs1.org/about", "link_no_key"),
    (DigitalLink.parse, f"{G}/10", "link_no_key"),
    (lambda key: DigitalLink.of(key, "1"), "8013", "link_no_key"),
    (DigitalLink.parse, f"{G}/10/A/10/B", "link_repeated"),
    (DigitalLink.parse, f"{G}?10=A", "link_repeated"),
    (DigitalLink.parse, f"{G}?17=261231&17=261231", "link_repeated"),
    (DigitalLink.parse, f"{G}/235/T/10/A", "link_qualifier"),
    (DigitalLink.parse, "https://id.gs1.org/00/040123450000003338/10/A", "link_qualifier"),
    (DigitalLink.parse, f"{G}?17=26123", "link_attribute"),
    (DigitalLink.parse, f"{G}?17=%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1%D9%A1", "link_attribute"),
    (DigitalLink.parse, f"{G}?99=a+b", "link_attribute"),
    (DigitalLink.parse, f"{G}?99=", "link_attribute"),
    (DigitalLink.parse, f"{G}?12345=1", "link_attribute"),
    (canonical, "urn:epc:class:lgtin:4012345.012345", "epc_form"),
    (canonical, "urn:epc:class:lgtin:4012345.012345.", "epc_form"),
    (canonical, "urn:epc:id:sgtin:4012345.012345.%2", "epc_form"),
    (canonical, "urn:epc:id:sgtin:40123.01234567.1", "epc_prefix"),
    (canonical, "urn:epc:id:giai:4012345x.1", "epc_prefix"),
    (canonical, "urn:epc:id:sgtin:4012345.01234.1", "epc_reference"),
    (canonical, "urn:epc:id:sscc:4012345.000000033x", "epc_reference"),
    (canonical, "https://shop.example/01/4012345123457/10/A", "gtin_check_digit"),
    (canonical, "https://id.gs1.org/01/12/10/A", "gtin_length"),
    (ShortCode.parse, "", "identifier_empty"),
    (ShortCode.parse, "7K3M 9QW2X0C", "identifier_space"),
    (ShortCode.parse, "UK3M9QW2X0C", "short_code_characters"),
    (ShortCode.parse, "7K3M9QW2X0٣", "short_code_characters"),
    (ShortCode.parse, "7K3M9QW2X0", "short_code_length"),
    (ShortCode.parse, "-----------", "short_code_length"),
    (ShortCode.parse, "7K3M9QW2XC0", "short_code_check"),
    (UnifiedSocialCreditCode.parse, "91110000 600037341L", "identifier_space"),
    (UnifiedSocialCreditCode.parse, "9111000060003734IL", "uscc_characters"),
    (UnifiedSocialCreditCode.parse, "91110000600037341", "uscc_length"),
    (UnifiedSocialCreditCode.parse, "9111A000600037341L", "uscc_region"),
    (UnifiedSocialCreditCode.parse, "91110000600037341A", "uscc_check"),
    (Licence.parse, "SC1143505240301３", "licence_characters"),
    (Licence.parse, "SC1143505240301A", "licence_characters"),
    (Licence.parse, "QS11435052403013", "licence_prefix"),
    (Licence.parse, "SC1143505240301", "licence_length"),
    (Licence.parse, "SC11435052403014", "licence_check"),
]


@pytest.mark.parametrize(("act", "text", "code"), REFUSED)
def test_a_wrong_identifier_is_refused_with_a_reason_in_both_languages(
    act: Callable[[str], object], text: str, code: str
) -> None:
    error = refusal(act, text)
    assert error.code == code
    assert str(error).startswith(f"{code}: kind=")
    assert all(len(value) <= 64 for value in error.params().values())
    for locale in i18n.LOCALES:
        words = i18n.text(error.code, locale, **error.params())
        assert "{" not in words.replace(error.value, "")


def test_every_reason_that_has_words_is_one_that_can_happen() -> None:
    """Words nobody can be shown are either dead or belong to a check that was lost."""
    path = i18n.__file__.replace("__init__.py", "identifiers.toml")
    with open(path, encoding="utf-8") as catalog:
        codes = {line[1:-2] for line in catalog if line.startswith("[")}
    assert codes == {code for _, _, code in REFUSED}


def test_a_wrong_check_digit_says_what_is_written_and_what_it_should_be() -> None:
    error = refusal(GTIN.parse, "4012345123457")
    assert (error.found, error.expected) == ("7", "6")
    assert i18n.text(error.code, "zh", **error.params()).endswith("写的是 7，应为 6。")


def test_a_hidden_space_is_pointed_at_by_its_place() -> None:
    """A copied number often ends in a space that nobody can see."""
    assert refusal(GLN.parse, "4012345000115\u00a0").position == 14


@given(checked(14), st.integers(0, 13), digits(1))
def test_any_one_wrong_digit_of_a_gtin_is_refused(number: str, place: int, digit: str) -> None:
    assume(number[place] != digit)
    wrong = number[:place] + digit + number[place + 1 :]
    assert refusal(GTIN.parse, wrong).code == "gtin_check_digit"


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_a_parser(text: str) -> None:
    """A scanner reads anything; the answer is an identifier or a typed refusal, never another exception."""
    for kind in (
        GTIN,
        LGTIN,
        SGTIN,
        SSCC,
        GLN,
        SGLN,
        PGLN,
        GRAI,
        Licence,
        UnifiedSocialCreditCode,
        ShortCode,
    ):
        with suppress(InvalidIdentifier):
            assert kind.parse(text).value


# -- GS1 keys: one thing, one form --


@given(gtins)
def test_a_gtin_of_any_length_is_the_same_product_with_and_without_leading_zeros(number: str) -> None:
    gtin = GTIN.parse(number)
    assert gtin.value == number.zfill(14)
    assert gtin == GTIN.parse(number.zfill(14)) == GTIN.parse(gtin.uri)
    assert BiipGtin.parse(number).as_gtin_14() == gtin.value


KINDS: list[tuple[type[Gs1Id], st.SearchStrategy[str]]] = [
    (GTIN, gtins),
    (LGTIN, st.builds("(01){}(10){}".format, gtins, lots)),
    (SGTIN, st.builds("(01){}(21){}".format, gtins, lots)),
    (SSCC, checked(18)),
    (GLN, checked(13)),
    (PGLN, checked(13)),
    (SGLN, st.builds("(414){}(254){}".format, checked(13), lots) | checked(13)),
    (GRAI, digits(12).map(lambda p: "0" + p + check_digit(p)).flatmap(lambda n: st.just(n) | lots_after(n))),
]


def lots_after(number: str) -> st.SearchStrategy[str]:
    return texts(16).map(lambda serial: number + serial)


@pytest.mark.parametrize(("kind", "plain_forms"), KINDS, ids=[kind.kind for kind, _ in KINDS])
@given(data=st.data())
def test_plain_form_link_and_urn_of_a_key_are_the_same_thing(
    kind: type[Gs1Id], plain_forms: st.SearchStrategy[str], data: st.DataObject
) -> None:
    thing = kind.parse(data.draw(plain_forms))
    assert kind.parse(thing.value) == kind.parse(thing.uri) == thing
    assert str(thing) == thing.value
    assert canonical(thing.uri) == thing.uri
    length = data.draw(st.integers(6, 12))
    urn = kind(thing.link, length).urn
    if urn is None:
        assert thing.link.get("254") == "0"
        return
    assert kind.parse(urn) == thing
    assert kind.parse(urn).urn == urn
    assert canonical(urn) == thing.uri


# Published forms of the EPC Tag Data Standard 2.0 and the CBV event hash's own examples.
SAME = [
    ("urn:epc:id:sgtin:4012345.012345.12", "https://id.gs1.org/01/04012345123456/21/12"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877"),
    ("urn:epc:idpat:sgtin:4054739.099914.*", "https://id.gs1.org/01/04054739999148"),
    ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
    ("urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987"),
    ("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"),
    ("urn:epc:id:pgln:4012345.00000", "https://id.gs1.org/417/4012345000009"),
    ("urn:epc:id:grai:4012345.66666.87", "https://id.gs1.org/8003/0401234566666387"),
    ("urn:epc:idpat:grai:4012345.66666.*", "https://id.gs1.org/8003/04012345666663"),
    ("urn:epc:id:giai:4012345.AAbb", "https://id.gs1.org/8004/4012345AAbb"),
    ("urn:epc:id:gdti:4012345.55555.98", "https://id.gs1.org/253/401234555555498"),
    ("urn:epc:id:sgcn:4012345.99999.44", "https://id.gs1.org/255/401234599999044"),
    ("urn:epc:id:ginc:4012345.333", "https://id.gs1.org/401/4012345333"),
    ("urn:epc:id:gsin:4012345.999987654", "https://id.gs1.org/402/40123459999876541"),
    ("urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"),
    ("urn:epc:idpat:cpi:4012345.ABC.*", "https://id.gs1.org/8010/4012345ABC"),
    ("urn:epc:id:itip:4012345.012345.01.02.999", "https://id.gs1.org/8006/040123451234560102/21/999"),
    ("urn:epc:idpat:itip:4012345.012345.01.02.*", "https://id.gs1.org/8006/040123451234560102"),
    ("urn:epc:id:upui:4012345.012345.AB12", "https://id.gs1.org/01/04012345123456/235/AB12"),
    ("urn:epc:id:gsrn:4012345.9876540000", "https://id.gs1.org/8018/401234598765400000"),
    ("urn:epc:id:gsrnp:4012345.0000098765", "https://id.gs1.org/8017/401234500000987658"),
    ("URN:EPC:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
    ("urn:epc:id:sgtin:4012345.012345.32a%2Fb.c", "https://id.gs1.org/01/04012345123456/21/32a%2Fb.c"),
]


@pytest.mark.parametrize(("urn", "uri"), SAME)
def test_an_epc_and_its_digital_link_are_one_thing(urn: str, uri: str) -> None:
    assert canonical(urn) == canonical(uri) == uri


SCHEMES = {"sgtin": 13, "sscc": 17, "sgln": 12, "pgln": 12, "grai": 12, "gdti": 12, "gsrn": 17, "gsin": 16}
WITH_SERIAL = {"sgtin", "sgln", "grai", "gdti"}


@given(st.sampled_from(sorted(SCHEMES)), st.integers(6, 11), texts(16, frozenset("ABCxyz019-_")), st.data())
def test_our_canonical_form_is_the_one_that_the_cbv_event_hash_uses(
    scheme: str, prefix: int, serial: str, data: st.DataObject
) -> None:
    """Otherwise the hash of a captured event could not be found again under our URIs."""
    number = data.draw(digits(SCHEMES[scheme]))
    urn = f"urn:epc:id:{scheme}:{number[:prefix]}.{number[prefix:]}"
    if scheme in WITH_SERIAL:
        urn += f".{serial}"
    theirs = normaliser(urn)
    assume(theirs is not None)
    assert canonical(urn) == theirs


@pytest.mark.parametrize(
    "uri",
    [
        "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022",
        "urn:epcglobal:cbv:bt:4012345123456:RE100099",
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:idpat:sgtin:*.*.*",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sscc:4012345.*",
        "urn:epc:class:sgtin:4012345.012345.1",
        "urn:epc:tag:sgtin-96:3.4012345.012345.400",
        "urn:uuid:6f2b9c1e-7a52-4a7e-9a5e-0f6d2f9f1a11",
        "https://example.org/x?a=b#c",
        "https://news.example/2026/01/story",
        "https://files.example/401/unauthorized",
        "https://id.gs1.org/about",
        "https://trace.example/t/not-a-code",
        "https://trace.example/t/7K3M9QW2X0C/",
        "https://trace.example/p/w1",
        "geo:47.506694,11.104301",
        "plain text",
        "",
    ],
)
def test_a_uri_that_is_no_gs1_key_is_left_as_it_is(uri: str) -> None:
    assert canonical(uri) == uri
    assert split_batch_uri(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/01/04012345123456/10/A%2F7/21/S1",
        "http://id.gs1.org/01/4012345123456/21/S1/10/A%2f7",
        "HTTPS://ID.GS1.ORG/01/04012345123456/10/A%2F7/21/S1",
        "HtTpS://Id.Gs1.Org/01/04012345123456/10/A%2F7/21/S1",
        "https://farm.example:8443/deep/stem/01/4012345123456/10/%41%2F%37/21/%53%31?linkType=all&17=261231#top",
        "https://[2001:db8::1]/01/04012345123456/10/A%2F7/21/S1/",
        "https://farm.example/%30%31/04012345123456/10/A%2F7/21/S1",
    ],
)
def test_every_spelling_of_a_link_is_the_same_item(uri: str) -> None:
    assert canonical(uri) == "https://id.gs1.org/01/04012345123456/10/A%2F7/21/S1"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("HTTPS://TRACE.EXAMPLE/T/7K3M9QW2X0C", "https://trace.example/t/7K3M9QW2X0C"),
        ("https://trace.example/t/7k3m-9qw2-xoc?lang=en#x", "https://trace.example/t/7K3M9QW2X0C"),
        ("http://u@Host.example:8000/base/t/7K3M9QW2X0C", "http://u@host.example:8000/base/t/7K3M9QW2X0C"),
        ("HTTPS://Example.ORG/X/y?Q=R", "https://example.org/X/y?Q=R"),
        ("URN:GDST:Example.org:Party", "urn:gdst:Example.org:Party"),
    ],
)
def test_letter_case_that_carries_no_meaning_is_folded_and_no_other(uri: str, expected: str) -> None:
    """A QR code is smallest all in upper case; it must open the same batch as the printed link."""
    assert canonical(uri) == expected


@given(
    st.one_of(
        links().map(lambda link: link.uri),
        links().map(lambda link: link.uri.replace("https://id.gs1.org", "HTTP://Some.Host:80/stem")),
        st.sampled_from([urn for urn, _ in SAME]),
        st.builds(
            "{}://{}/{}{}".format, st.sampled_from(["http", "HTTPS", "urn", "x"]), *[st.text(max_size=12)] * 3
        ),
        st.builds("https://h.example/t/{}".format, st.text(ALPHABET + "-oil", max_size=12)),
        st.builds("urn:{}:{}".format, st.text(max_size=5), st.text(max_size=12)),
        st.text(max_size=60),
    )
)
@example("https:///01/04012345123456")
@example("HTTPS://a@b@C/%2F/t/")
def test_the_canonical_form_of_a_canonical_form_is_itself(uri: str) -> None:
    try:
        once = canonical(uri)
    except InvalidIdentifier:
        return
    assert canonical(once) == once


@given(links())
def test_a_link_read_back_from_its_own_uri_is_the_same_link(link: DigitalLink) -> None:
    assert DigitalLink.parse(link.uri) == link
    assert link.get(link.key) == link.value
    assert all(link.get(name) == text for name, text in link.qualifiers)


def test_what_the_query_says_describes_a_thing_and_does_not_name_it() -> None:
    """The same batch with another weight in its code is no second batch."""
    one, other = (
        DigitalLink.parse(f"{G}?3103=000195"),
        DigitalLink.parse(f"{G}?3103=000200&linkType=x&nothing"),
    )
    assert one == other
    assert hash(one) == hash(other)
    assert (one.get("3103"), other.get("3103"), other.get("linkType")) == ("000195", "000200", None)


# -- batches ------------------------------------------------------------------


@given(gtins, lots)
def test_a_batch_is_its_gtin_and_lot_and_nothing_else(gtin: str, lot: str) -> None:
    uri = batch_uri(gtin, lot)
    assert split_batch_uri(uri) == (gtin.zfill(14), lot)
    assert LGTIN.of(gtin, lot).lot == check_lot(lot) == lot
    assert uri.count("/") == 6, "no lot may add a segment to the path"


@given(gtins, lots, lots)
def test_two_lots_never_share_a_uri(gtin: str, one: str, other: str) -> None:
    assert (batch_uri(gtin, one) == batch_uri(gtin, other)) == (one == other)


def test_the_batch_of_an_epc_class_is_the_batch_of_its_link() -> None:
    urn, link = "urn:epc:class:lgtin:4012345.012345.998877", batch_uri("4012345123456", "998877")
    assert canonical(urn) == link
    assert split_batch_uri(urn) == split_batch_uri(f"{link}?17=261231") == ("04012345123456", "998877")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"{G}/22/V2/10/A", ("04012345123456", "A")),
        (f"{G}/10/A/21/1", None),
        (G, None),
        ("https://id.gs1.org/8006/040123451234560102/10/A", None),
        ("https://id.gs1.org/01/04012345123457/10/A", None),
    ],
)
def test_only_a_gtin_with_its_lot_is_a_batch(uri: str, expected: tuple[str, str] | None) -> None:
    assert split_batch_uri(uri) == expected


def test_parts_of_compound_keys_can_be_read() -> None:
    assert SGTIN.of("4012345123456", "7").serial == "7"
    assert SGTIN.of("4012345123456", "7").number == "04012345123456"
    assert SGLN.parse("4012345000115").extension is None
    assert SGLN.parse("(414)4012345000115(254)987").extension == "987"
    assert GLN.parse("4012345000115").party_uri == PGLN.parse("4012345000115").uri


def test_an_epc_is_written_only_where_the_company_prefix_is_known() -> None:
    """A guessed prefix would name another company's product in documents we send out."""
    assert (
        GTIN.parse("7044610873466").urn == "urn:epc:idpat:sgtin:704461.0087346.*"
    )  # biip's table of prefixes
    assert GTIN.parse("96385074").urn is None  # a GTIN-8 has no company's prefix
    assert GLN.parse("9529999999993").urn is None  # 952 is kept for demonstrations
    assert SGLN.parse("(414)4012345000115(254)0").urn is None  # in a URN, 0 says that there is no extension
    both = DigitalLink.of("01", "4012345123456", (("10", "A"), ("21", "1")))
    assert LGTIN.of("4012345123456", "A&<B>").urn == "urn:epc:class:lgtin:4012345.012345.A%26%3CB%3E"
    assert write_epc(both) is None
    with pytest.raises(InvalidIdentifier, match="identifier_other"):
        LGTIN(both)


# -- short codes --

codes = st.binary(min_size=7, max_size=7).map(lambda raw: ShortCode.generate(lambda _: raw).value)


@given(codes)
def test_a_generated_code_can_be_read_back_the_way_people_write_it(code: str) -> None:
    spoken = f"{code[:4]}-{code[4:8]}-{code[8:]}".lower().replace("0", "o").replace("1", "l")
    assert ShortCode.parse(code) == ShortCode.parse(spoken) == ShortCode(code)
    assert str(ShortCode(code)) == code
    assert ShortCode(code).link("https://trace.example/") == f"https://trace.example/t/{code}"
    assert canonical(ShortCode(code).link("https://trace.example")) == f"https://trace.example/t/{code}"


@given(codes)
def test_every_single_wrong_character_of_a_code_is_caught(code: str) -> None:
    for place, right in enumerate(code):
        for wrong in ALPHABET.replace(right, ""):
            assert (
                refusal(ShortCode.parse, code[:place] + wrong + code[place + 1 :]).code == "short_code_check"
            )


@given(codes)
def test_every_exchange_of_two_characters_of_a_code_is_caught(code: str) -> None:
    for one, other in combinations(range(len(code)), 2):
        swapped = list(code)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        if "".join(swapped) != code:
            assert refusal(ShortCode.parse, "".join(swapped)).code == "short_code_check"


def test_all_fifty_random_bits_reach_the_code() -> None:
    """Fewer would make codes of other batches guessable."""
    single = {
        ShortCode.generate(lambda _, bit=bit: (1 << bit).to_bytes(7, "big")).value for bit in range(6, 56)
    }
    assert len(single) == 50


# -- Chinese businesses --


def test_every_business_of_the_demo_has_a_valid_credit_code_and_licence() -> None:
    samples = json.loads(shared("demo", "samples.json").read_text(encoding="utf-8"))
    licences = 0
    for party in samples["participants"]:
        assert UnifiedSocialCreditCode.parse(party["uscc"]).value == party["uscc"]
        assert UnifiedSocialCreditCode.parse(party["uscc"]).region == party["region"]
        if (party["licence"] or "").startswith(("SC", "JY")):
            assert Licence.parse(party["licence"]).value == party["licence"]
            licences += 1
    assert (len(samples["participants"]), licences) == (29, 13)


@given(st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_any_one_wrong_character_of_a_credit_code_is_refused(place: int, character: str) -> None:
    right = "91110000600037341L"
    assume(right[place] != character)
    wrong = right[:place] + character + right[place + 1 :]
    assert refusal(UnifiedSocialCreditCode.parse, wrong).code in {"uscc_check", "uscc_region"}


@given(st.integers(0, 13), digits(1))
def test_any_one_wrong_digit_of_a_licence_is_refused(place: int, digit: str) -> None:
    right = "11435052403013"
    assume(right[place] != digit)
    assert refusal(Licence.parse, "SC" + right[:place] + digit + right[place + 1 :]).code == "licence_check"


def test_letters_in_lower_case_are_read_as_capitals() -> None:
    code = UnifiedSocialCreditCode.parse("91110000600037341l")
    assert str(code) == code.value == "91110000600037341L"
    assert (str(Licence.parse("jy13506020010171")), Licence.parse("jy13506020010171").kind) == (
        "JY13506020010171",
        "jy",
    )


def test_the_character_sets_are_those_of_gs1() -> None:
    """82 and 39 are counts: a character more or less would lose somebody's lot."""
    assert (len(CSET82), len(CSET39), len(DIGITS)) == (82, 39, 10)
