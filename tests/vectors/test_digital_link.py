"""Digital Links judged as GS1's own syntax engine judges them.

Source: gs1/gs1-syntax-engine, src/c-lib/dl.c (commit 50657db), in the reference data. Its vectors come with the
options in force. Two are asked for here as there: the old alphabetic names (``/gtin/``), and application identifiers
that nobody has defined. GTINs without their leading zeros are always accepted.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI

from tests.shared_data import shared
from trace.identifiers import DigitalLink, InvalidIdentifier, canonical
from trace.identifiers.digital_link import bracketed

# Both chains name logistic units by SSCCs that are too short: captured as they are, never under another name.
MALFORMED = {"urn:epc:id:sscc:08600081808.0003", "urn:epc:id:sscc:08600031303.0004"}


def vectors(part: str) -> list[dict[str, Any]]:
    found = json.loads(shared("digital-link", "vectors.json").read_text(encoding="utf-8"))[part]
    assert isinstance(found, list)
    return found


def elements(link: DigitalLink) -> set[str]:
    return {ai + text for ai, text in ((link.key, link.value), *link.qualifiers, *link.attributes)}


def read(vector: dict[str, Any]) -> DigitalLink:
    """The vector's link, read under its options."""
    flags = vector["flags"]
    return DigitalLink.parse(
        vector["uri"],
        old_names=flags.get("permitConvenienceAlphas", False),
        unknown_attributes=flags.get("PermitUnknownAIs", False),
    )


@pytest.mark.conforms("digital-link-read")
def test_every_vector_of_the_syntax_engine_is_read_or_refused_as_it_says() -> None:
    found = vectors("parse")
    for vector in found:
        if not vector["valid"]:
            with pytest.raises(InvalidIdentifier):
                read(vector)
            continue
        # '^' stands for FNC1, which follows only the elements of variable length: compare as one string.
        link = read(vector)
        pairs = ((link.key, link.value), *link.qualifiers, *link.attributes)
        assert "".join(ai + text for ai, text in pairs) == vector["ai"].replace("^", ""), vector["uri"]
    assert len(found) == 59


@pytest.mark.conforms("digital-link-write")
def test_every_link_is_written_as_the_syntax_engine_writes_it() -> None:
    """Elements in any order become one link, its qualifiers and attributes in theirs; what excludes itself does not."""
    found = vectors("generate")
    for vector in found:
        if not vector["valid"]:
            with pytest.raises(InvalidIdentifier):
                DigitalLink.of_elements(bracketed(vector["ai_element_string"]))
            continue
        link = DigitalLink.of_elements(bracketed(vector["ai_element_string"]))
        assert link.below(vector["stem"] or "https://id.gs1.org") == vector["uri"]
    assert len(found) == 11


@pytest.mark.parametrize("text", ["", "0109520000000011", "(01)", "(1)5", "(01)0952(", "x(01)09520000000011"])
def test_a_text_that_is_no_row_of_elements_is_refused(text: str) -> None:
    """A scanner's raw text is not taken for what people read."""
    with pytest.raises(InvalidIdentifier):
        DigitalLink.of_elements(bracketed(text))


def test_elements_without_a_key_are_no_link() -> None:
    """A lot or a date names nothing by itself, and one identifier cannot have two values."""
    with pytest.raises(InvalidIdentifier, match="link_no_key"):
        DigitalLink.of_elements([("10", "A"), ("17", "271231")])
    with pytest.raises(InvalidIdentifier, match="link_repeated"):
        DigitalLink.of_elements([("01", "09520000000011"), ("10", "A"), ("10", "B")])


@pytest.mark.conforms("digital-link-canonical")
def test_what_the_engine_accepts_has_one_canonical_form_that_biip_reads_alike() -> None:
    """A second, independent reader must see the same key and qualifiers in what we write."""
    for vector in vectors("parse"):
        if (
            not vector["valid"]
            or vector["flags"].get("permitConvenienceAlphas")
            or vector["flags"].get("PermitUnknownAIs")
        ):
            continue  # biip reads neither
        uri = canonical(vector["uri"])
        assert uri.startswith("https://id.gs1.org/")
        theirs = {element.ai.ai + element.value for element in GS1DigitalLinkURI.parse(uri).element_strings}
        assert theirs == elements(DigitalLink.parse(uri))


@pytest.mark.parametrize("qualifiers", [{"235": "TPX9526064", "22": "ABC"}, {"235": "ABC", "10": "DEF"}])
def test_qualifiers_that_exclude_each_other_are_refused(qualifiers: dict[str, str]) -> None:
    """From the same source: a third party's serial (235) goes with no other qualifier."""
    with pytest.raises(InvalidIdentifier, match="link_qualifier"):
        DigitalLink.of("01", "12312312312326", tuple(qualifiers.items()))


def test_every_gs1_uri_of_the_reference_documents_has_a_canonical_form() -> None:
    """A chain breaks where one document's spelling of a batch is not another's."""
    found: set[str] = set()
    files = [*shared("chains").glob("*.jsonld"), *shared("epcis", "fsma204").glob("*.jsonld")]
    for path in files:
        pending: list[Any] = [json.loads(path.read_text(encoding="utf-8"))]
        while pending:
            item = pending.pop()
            if isinstance(item, dict | list):
                pending.extend(item.values() if isinstance(item, dict) else item)
            elif isinstance(item, str) and item.startswith(("urn:", "http")):
                found.add(item)
    for uri in found - MALFORMED:
        if uri.startswith(("urn:epc:id:", "urn:epc:class:", "https://id.gs1.org/")):
            assert canonical(canonical(uri)) == canonical(uri)
            assert canonical(uri).startswith("https://id.gs1.org/")
        else:
            assert canonical(uri) == uri
    assert len(found) > 100
    for uri in MALFORMED:
        with pytest.raises(InvalidIdentifier, match="epc_reference"):
            canonical(uri)
    assert found >= MALFORMED
