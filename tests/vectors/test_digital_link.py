"""Digital Links judged as GS1's own syntax engine judges them.

Source: gs1/gs1-syntax-engine, src/c-lib/dl.c (commit 50657db), in the reference data. Two options of that
engine are not ours, each with its one vector: the old alphabetic names (``/gtin/``), and application
identifiers that nobody has defined. GTINs without their leading zeros are always accepted here.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI

from tests.shared_data import shared
from trace.identifiers import DigitalLink, InvalidIdentifier, canonical

NOT_OURS = ("permitConvenienceAlphas", "PermitUnknownAIs")


# Both chains name logistic units by SSCCs that are too short: captured as they are, never under another name.
MALFORMED = {"urn:epc:id:sscc:08600081808.0003", "urn:epc:id:sscc:08600031303.0004"}


def vectors(part: str) -> list[dict[str, Any]]:
    found = json.loads(shared("digital-link", "vectors.json").read_text(encoding="utf-8"))[part]
    assert isinstance(found, list)
    return found


def elements(link: DigitalLink) -> set[str]:
    return {ai + text for ai, text in ((link.key, link.value), *link.qualifiers, *link.attributes)}


def test_every_vector_of_the_syntax_engine_is_read_or_refused_as_it_says() -> None:
    applied = skipped = 0
    for vector in vectors("parse"):
        if vector["valid"] and any(vector["flags"].get(flag) for flag in NOT_OURS):
            skipped += 1
            continue
        applied += 1
        if not vector["valid"]:
            with pytest.raises(InvalidIdentifier):
                DigitalLink.parse(vector["uri"])
            continue
        # '^' stands for FNC1, which follows only the elements of variable length: compare as one string.
        link = DigitalLink.parse(vector["uri"])
        pairs = ((link.key, link.value), *link.qualifiers, *link.attributes)
        assert "".join(ai + text for ai, text in pairs) == vector["ai"].replace("^", ""), vector["uri"]
    assert (applied, skipped) == (57, 2)


def test_what_the_engine_accepts_has_one_canonical_form_that_biip_reads_alike() -> None:
    """A second, independent reader must see the same key and qualifiers in what we write."""
    for vector in vectors("parse"):
        if not vector["valid"] or any(vector["flags"].get(flag) for flag in NOT_OURS):
            continue
        uri = canonical(vector["uri"])
        assert uri.startswith("https://id.gs1.org/")
        theirs = {element.ai.ai + element.value for element in GS1DigitalLinkURI.parse(uri).element_strings}
        assert theirs == elements(DigitalLink.parse(uri))


@pytest.mark.parametrize(
    ("key", "value", "qualifiers", "uri"),
    [
        ("01", "12312312312326", {"21": "abc123"}, "/01/12312312312326/21/abc123"),
        (
            "01",
            "12312312312326",
            {"22": "ABC", "10": "DEF", "21": "GHI"},
            "/01/12312312312326/22/ABC/10/DEF/21/GHI",
        ),
        ("01", "12312312312333", {"21": "XYZ", "10": "ABC123"}, "/01/12312312312333/10/ABC123/21/XYZ"),
        ("01", "12312312312333", {"10": "ABC+123"}, "/01/12312312312333/10/ABC%2B123"),
        ("253", "9526064000028000001", {}, "/253/9526064000028000001"),
    ],
)
def test_the_path_is_written_as_the_syntax_engine_writes_it(
    key: str, value: str, qualifiers: dict[str, str], uri: str
) -> None:
    """From test_testGenerateDLuri of the same source, their query left out."""
    assert DigitalLink.of(key, value, tuple(qualifiers.items())).uri == f"https://id.gs1.org{uri}"


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
