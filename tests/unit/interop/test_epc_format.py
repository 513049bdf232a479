"""Identifiers come in the form that was asked for, and still name the same thing."""

from __future__ import annotations

import copy
import doctest
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_data import shared
from trace.identifiers import InvalidIdentifier, canonical
from trace.interop import epc_format
from trace.interop.epc_format import EpcFormat, event_in_format, uri_in_format
from trace.interop.epcis import read_document
from trace.interop.event_hash import event_hash

LINKS: EpcFormat = "Always_GS1_Digital_Link"
URNS: EpcFormat = "Always_EPC_URN"

GTIN = "https://id.gs1.org/01/04012345123456"
PAIRS = {
    "urn:epc:class:lgtin:4012345.012345.998877": f"{GTIN}/10/998877",
    "urn:epc:idpat:sgtin:4012345.012345.*": GTIN,
    "urn:epc:id:sgtin:4012345.012345.A%2F7": f"{GTIN}/21/A%2F7",
    "urn:epc:id:sscc:4012345.1234567890": "https://id.gs1.org/00/140123452345678902",
    "urn:epc:id:sgln:4012345.00011.0": "https://id.gs1.org/414/4012345000115",
    "urn:epc:id:sgln:4012345.00011.987": "https://id.gs1.org/414/4012345000115/254/987",
    "urn:epc:id:pgln:4012345.00011": "https://id.gs1.org/417/4012345000115",
}
OTHERS = [
    "urn:epc:id:gid:1.2.3",
    "urn:epc:idpat:sgtin:*.*.*",
    "urn:epc:id:sgtin:not-one",
    "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022",
    "https://example.com/01/2026/10/17",
    "https://id.gs1.org/01/1",
    "https://trace.example/t/7K3M9QW2X0F",
    "",
]


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(epc_format).failed == 0


@pytest.mark.conforms("epcis-format-translate")
@pytest.mark.parametrize(("urn", "link"), PAIRS.items())
def test_each_form_becomes_the_other_and_stays_itself(urn: str, link: str) -> None:
    assert uri_in_format(urn, LINKS) == link
    assert uri_in_format(link, URNS) == urn
    assert uri_in_format(urn, URNS) == urn
    assert uri_in_format(link, LINKS) == link
    assert uri_in_format(urn, "Never_Translates") == uri_in_format(urn, "No_Preference") == urn


@pytest.mark.parametrize("uri", OTHERS)
@pytest.mark.parametrize("wanted", [LINKS, URNS])
def test_what_has_no_other_form_stays_as_it_is(uri: str, wanted: EpcFormat) -> None:
    assert uri_in_format(uri, wanted) == uri


def test_a_digital_link_of_another_host_is_a_digital_link_already() -> None:
    """Its host says who resolves it; a reader who asked for links gets the one that was captured."""
    assert uri_in_format("https://shop.example/01/04012345123456", LINKS).startswith("https://shop.example/")


def _known(uri: str) -> str:
    try:
        return canonical(uri)
    except InvalidIdentifier:
        return uri


@given(st.sampled_from([*PAIRS, *PAIRS.values(), *OTHERS]) | st.text(), st.sampled_from([LINKS, URNS]))
def test_a_translated_identifier_names_the_same_thing(uri: str, wanted: EpcFormat) -> None:
    assert _known(uri_in_format(uri, wanted)) == _known(uri)


def test_only_the_standards_fields_are_translated_and_nothing_is_lost() -> None:
    urn, link = next(iter(PAIRS.items()))
    event: dict[str, Any] = {
        "eventID": urn,
        "epcList": [urn, 7],
        "parentID": urn,
        "quantityList": [{"epcClass": urn, "quantity": 1}, "odd"],
        "readPoint": {"id": urn, "ex:near": urn},
        "sourceList": [{"type": "location", "source": urn}],
        "sensorElementList": [{"sensorMetadata": {"deviceID": urn}, "sensorReport": [{"deviceID": urn}]}],
        "bizLocation": urn,
        "ilmd": {"ex:from": urn},
        "ex:of": [urn],
    }
    before = copy.deepcopy(event)
    assert event_in_format(event, LINKS) == {
        "eventID": urn,
        "epcList": [link, 7],
        "parentID": link,
        "quantityList": [{"epcClass": link, "quantity": 1}, "odd"],
        "readPoint": {"id": link, "ex:near": urn},
        "sourceList": [{"type": "location", "source": link}],
        "sensorElementList": [{"sensorMetadata": {"deviceID": link}, "sensorReport": [{"deviceID": link}]}],
        "bizLocation": urn,
        "ilmd": {"ex:from": urn},
        "ex:of": [urn],
    }
    assert event == before


@pytest.mark.parametrize("wanted", [LINKS, URNS])
def test_the_hash_of_an_example_does_not_change_with_its_spelling(wanted: EpcFormat) -> None:
    """Whoever asks for another form can still tie the event to the ledger."""
    translated = 0
    for path in sorted(shared("epcis", "examples").glob("*.jsonld")):
        document = read_document(path.read_bytes())
        for position, event in enumerate(document.events):
            shown = event_in_format(event, wanted)
            translated += json.dumps(shown) != json.dumps(event)
            context = document.context_of(position)
            assert event_hash(shown, context) == event_hash(event, context), path.name
    assert translated > 1
