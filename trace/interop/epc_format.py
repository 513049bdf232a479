"""Events with their identifiers in the form a reader asked for: ``urn:epc`` or GS1 Digital Link.

Source: EPCIS 2.0 section 12.6 (GS1-EPC-Format), CBV 2.0 section 8 (both forms of each identifier). Only fields of the
standard are translated, never what an extension says; what has no other form stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from trace.identifiers import DigitalLink, InvalidIdentifier, canonical
from trace.identifiers.digital_link import CANONICAL_HOST
from trace.identifiers.epc import write_epc

EpcFormat = Literal["No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"]

# Where identifiers stand in an event: None is one, a list holds any number, an object has them by field.
_EPCS, _PLACE, _DEVICE = [None], {"id": None}, {"deviceID": None}
_QUANTITIES = [{"epcClass": None}]
_FIELDS: Mapping[str, Any] = {
    "parentID": None,
    "transformationID": None,
    "epcList": _EPCS,
    "childEPCs": _EPCS,
    "inputEPCList": _EPCS,
    "outputEPCList": _EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputQuantityList": _QUANTITIES,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": [{"bizTransaction": None}],
    "sourceList": [{"source": None}],
    "destinationList": [{"destination": None}],
    "sensorElementList": [{"sensorMetadata": _DEVICE, "sensorReport": [_DEVICE]}],
}


def event_in_format(event: Mapping[str, Any], wanted: EpcFormat) -> dict[str, Any]:
    """The event with its identifiers in the form wanted; the very same fields otherwise."""
    if wanted in ("No_Preference", "Never_Translates"):
        return dict(event)
    found: dict[str, Any] = _translated(event, _FIELDS, wanted)
    return found


def uri_in_format(uri: str, wanted: EpcFormat) -> str:
    """One identifier in the form wanted.

    A Digital Link becomes a URN only where GS1's table knows the length of its company prefix.

    >>> uri_in_format("urn:epc:id:sscc:4012345.1234567890", "Always_GS1_Digital_Link")
    'https://id.gs1.org/00/140123452345678902'
    >>> uri_in_format("https://farm.example/01/04012345123456/10/998877", "Always_EPC_URN")
    'urn:epc:class:lgtin:4012345.012345.998877'
    """
    urn = uri[:8].lower() == "urn:epc:"
    if wanted not in ("Always_GS1_Digital_Link", "Always_EPC_URN") or urn == (wanted == "Always_EPC_URN"):
        return uri
    try:
        link = canonical(uri)
        if not link.startswith(f"https://{CANONICAL_HOST}/"):
            return uri
        return link if urn else write_epc(DigitalLink.parse(link)) or uri
    except InvalidIdentifier:
        return uri


def _translated(value: Any, shape: Any, wanted: EpcFormat) -> Any:
    """The value with its identifiers translated; a value of another shape than the standard's stays as it is."""
    if shape is None:
        return uri_in_format(value, wanted) if isinstance(value, str) else value
    if isinstance(shape, list):
        return [_translated(item, shape[0], wanted) for item in value] if isinstance(value, list) else value
    if not isinstance(value, Mapping):
        return value
    return {
        name: _translated(inner, shape[name], wanted) if name in shape else inner
        for name, inner in value.items()
    }
