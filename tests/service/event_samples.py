"""Events that hold, between them, what every query parameter asks about, and questions that can be asked of them."""

from __future__ import annotations

from typing import Any

EX, OTHER = "http://ns.example/", "https://other.example/epcis"
PREFIXES = {"ex": EX, "other": OTHER}
CONTEXT = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"a": EX, "b": {"@id": OTHER}}]

ITEM = "urn:epc:id:sgtin:4012345.012345.{}"
LOT = "urn:epc:class:lgtin:4012345.012345.{}"
PRODUCT = "urn:epc:idpat:sgtin:4012345.012345.*"
CASE = "urn:epc:id:sscc:4012345.1234567890"
SITE = "urn:epc:id:sgln:4012345.00011.0"
DOOR = "https://id.gs1.org/414/4012345000115/254/door"
YARD, SHED = "urn:example:yard", "urn:example:shed"
CRATE = "urn:epc:id:grai:4012345.66666.{}"
VOCABULARY = [{"id": SITE, "children": [YARD]}, {"id": YARD, "children": [SHED, SITE]}]


def _event(minute: int, **more: Any) -> dict[str, Any]:
    own = {"eventTime": f"2026-10-01T08:{minute:02}:00.000+08:00", "eventTimeZoneOffset": "+08:00"}
    return {"type": "ObjectEvent", **own, **more}


SAMPLES: list[dict[str, Any]] = [
    _event(
        5,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000001",
        action="ADD",
        bizStep="commissioning",
        disposition="active",
        persistentDisposition={
            "set": ["completeness_verified"],
            "unset": ["https://ref.gs1.org/cbv/Disp-damaged"],
        },
        epcList=[ITEM.format(1), "https://farm.example/01/04012345123456/21/2"],
        quantityList=[
            {"epcClass": LOT.format("A"), "quantity": 12.5, "uom": "KGM"},
            {"epcClass": PRODUCT, "quantity": 3},
        ],
        readPoint={"id": SITE, "a:dock": {"a:number": 7}},
        bizLocation={"id": DOOR, "a:floor": "2"},
        ilmd={
            "a:best": "2026-12-24T00:00:00Z",
            "a:grade": "first",
            "b:maker": {"a:name": "Li", "b:size": [1, 2.5]},
        },
        **{"a:note": "fresh", "a:count": 4, "b:flag": True},
    ),
    _event(
        9,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000002",
        action="OBSERVE",
        bizStep="https://ref.gs1.org/cbv/BizStep-shipping",
        disposition="urn:epcglobal:cbv:disp:in_transit",
        quantityList=[{"epcClass": "https://id.gs1.org/01/04012345123456/10/A", "quantity": 5, "uom": "KGM"}],
        readPoint={"id": "https://id.gs1.org/414/4012345000115"},
        bizLocation={"id": SHED},
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:example:po:1"},
            {"bizTransaction": "urn:example:x"},
        ],
        sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        destinationList=[{"type": "cbv:SDT-owning_party", "destination": "urn:example:shop"}],
        **{"a:note": ["fresh", "cold"], "a:count": "11", "b:when": "2026-10-02T00:00:00+08:00"},
    ),
    _event(
        2,
        type="AggregationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000003",
        action="ADD",
        bizStep="packing",
        parentID=CASE,
        childEPCs=[ITEM.format(1), CRATE.format(3)],
        childQuantityList=[{"epcClass": LOT.format("B"), "quantity": 0, "uom": "GRM"}],
        readPoint={"id": YARD},
        bizLocation={"id": YARD},
        **{"a:count": 4.0, "b:deep": [{"a:note": "nested"}, {"b:more": {"a:count": 5}}]},
    ),
    _event(
        30,
        type="TransformationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000004",
        bizStep="urn:example:step:smoking",
        transformationID="urn:example:smoke:1",
        inputEPCList=[ITEM.format(1)],
        inputQuantityList=[{"epcClass": LOT.format("A"), "quantity": 2.5, "uom": "KGM"}],
        outputEPCList=["https://id.gs1.org/00/140123452345678902"],
        outputQuantityList=[{"epcClass": LOT.format("C"), "quantity": 2, "uom": "KGM"}],
        ilmd={"a:grade": "second", "b:maker": {"a:name": "Wu"}},
    ),
    _event(
        31,
        type="TransactionEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000005",
        action="DELETE",
        parentID="https://id.gs1.org/8003/04012345666663crate",
        epcList=[CRATE.format(3)],
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:example:po:1"},
            {"type": "inv", "bizTransaction": "urn:example:inv:1"},
        ],
    ),
    _event(
        32,
        type="AssociationEvent",
        eventID="urn:uuid:00000000-0000-4000-8000-000000000006",
        action="ADD",
        parentID=SITE,
        childEPCs=["urn:epc:id:giai:4012345.sensor7"],
        readPoint={"id": "urn:epc:id:sgln:4012345.00012.0"},
        **{"a:note": "cold"},
    ),
    _event(
        40,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000007",
        action="OBSERVE",
        bizStep="sensor_reporting",
        epcList=[CASE],
        sensorElementList=[
            {
                "sensorMetadata": {
                    "time": "2026-10-01T00:40:00Z",
                    "startTime": "2026-10-01T00:00:00Z",
                    "endTime": "2026-10-01T00:40:00Z",
                    "deviceID": "urn:epc:id:giai:4012345.sensor7",
                    "bizRules": "urn:example:rules:1",
                    "a:note": "metadata",
                },
                "sensorReport": [
                    {
                        "type": "Temperature",
                        "value": 4.5,
                        "minValue": 2,
                        "maxValue": 8.25,
                        "meanValue": 4,
                        "uom": "CEL",
                    },
                    {
                        "type": "gs1:Length",
                        "value": -3,
                        "sDev": 0.5,
                        "uom": "MTR",
                        "component": "cbv:Comp-x",
                        "a:note": "report",
                    },
                    {
                        "type": "Volume",
                        "percRank": 50,
                        "percValue": 12,
                        "uom": "LTR",
                        "time": "2026-10-01T00:20:00Z",
                    },
                ],
                "b:extra": {"a:count": 9},
            }
        ],
    ),
    _event(
        41,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000008",
        action="OBSERVE",
        bizStep="sensor_reporting",
        readPoint={"id": DOOR},
        epcList=[],
        sensorElementList=[
            {
                "sensorReport": [
                    {
                        "type": "Count",
                        "microorganism": "https://bugs.example/1",
                        "stringValue": "few",
                        "deviceID": "urn:example:d2",
                    },
                    {
                        "type": "Mass",
                        "chemicalSubstance": "urn:example:salt",
                        "booleanValue": False,
                        "hexBinaryValue": "F0A1",
                    },
                    {
                        "type": "Mass",
                        "uriValue": "https://id.gs1.org/8004/4012345sensor7",
                        "rawData": "urn:example:raw",
                    },
                ]
            }
        ],
    ),
    _event(
        9,
        eventID="urn:uuid:00000000-0000-4000-8000-000000000002",
        action="OBSERVE",
        bizStep="shipping",
        epcList=[ITEM.format(9)],
        errorDeclaration={
            "declarationTime": "2026-10-03T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:00000000-0000-4000-8000-000000000004"],
            "a:note": "typing",
        },
    ),
    _event(
        5,
        eventID="urn:uuid:00000000-0000-4000-8000-00000000000a",
        action="OBSERVE",
        bizStep="storing",
        readPoint={"id": SHED},
        quantityList=[{"epcClass": "https://id.gs1.org/01/04099999000005/10/Z", "quantity": 5, "uom": "KGM"}],
        **{"a:note": "fresh", "a:count": -1, "b:when": "2026-10-01T16:00:00Z"},
    ),
]

PARAMETERS: list[tuple[str, Any]] = [
    ("eventType", "ObjectEvent"),
    ("eventType", "AggregationEvent|TransformationEvent"),
    ("GE_eventTime", "2026-10-01T00:09:00Z"),
    ("LT_eventTime", "2026-10-01T08:09:00+08:00"),
    ("GE_recordTime", "2026-11-01T08:13:00Z"),
    ("LT_recordTime", "2026-11-01T08:15:00Z"),
    ("EQ_action", "ADD|DELETE"),
    ("EQ_bizStep", "shipping"),
    ("EQ_bizStep", "cbv:BizStep-packing|urn:example:step:smoking"),
    ("EQ_disposition", "in_transit|active"),
    ("EQ_persistentDisposition_set", "completeness_verified"),
    ("EQ_persistentDisposition_unset", "damaged"),
    ("EQ_readPoint", "urn:epc:id:sgln:4012345.00011.0"),
    ("WD_readPoint", SITE),
    ("WD_readPoint", YARD),
    ("EQ_bizLocation", DOOR),
    ("WD_bizLocation", "https://id.gs1.org/414/4012345000115"),
    ("EQ_bizTransaction_po", "urn:example:po:1"),
    ("EQ_bizTransaction_urn:epcglobal:cbv:btt:inv", "urn:example:inv:1|urn:example:po:1"),
    ("EQ_source_owning_party", "https://id.gs1.org/417/4012345000009"),
    ("EQ_destination_owning_party", "urn:example:shop"),
    ("EQ_transformationID", "urn:example:smoke:1"),
    ("EQ_eventID", "urn:uuid:00000000-0000-4000-8000-000000000002"),
    ("MATCH_epc", ITEM.format(1)),
    ("MATCH_epc", "https://id.gs1.org/01/04012345123456/21/2|urn:epc:idpat:giai:4012345.*"),
    ("MATCH_epc", PRODUCT),
    ("MATCH_epc", "urn:epc:idpat:grai:4012345.66666.*"),
    ("MATCH_parentID", "urn:epc:idpat:sscc:4012345.*"),
    ("MATCH_parentID", "urn:epc:idpat:sgln:*.*.*|urn:epc:idpat:grai:4012345.*.*"),
    ("MATCH_inputEPC", "https://id.gs1.org/01/04012345123456/21/*"),
    ("MATCH_outputEPC", "urn:epc:idpat:sscc:*.*"),
    ("MATCH_anyEPC", "urn:epc:idpat:sgtin:4012345.*.*"),
    ("MATCH_anyEPC", CASE),
    ("MATCH_epcClass", PRODUCT),
    ("MATCH_epcClass", "urn:epc:class:lgtin:4012345.012345.*"),
    ("MATCH_inputEPCClass", LOT.format("A")),
    ("MATCH_outputEPCClass", "urn:epc:class:lgtin:*.*.*"),
    ("MATCH_anyEPCClass", "https://id.gs1.org/01/04012345123456/10/A"),
    ("MATCH_anyEPCClass", "urn:epc:idpat:sgtin:4012345.*.*"),
    ("EQ_quantity", "5|12.5"),
    ("GT_quantity", 2.5),
    ("GE_quantity", "2.5"),
    ("LT_quantity", 2.5),
    ("LE_quantity_KGM", 5),
    ("EQ_quantity_KGM", [5, 2]),
    ("EXISTS_errorDeclaration", "true"),
    ("GE_errorDeclarationTime", "2026-10-03T00:00:00Z"),
    ("LT_errorDeclarationTime", "2026-10-03T00:00:00Z"),
    ("EQ_errorReason", "incorrect_data"),
    ("EQ_correctiveEventID", "urn:uuid:00000000-0000-4000-8000-000000000004"),
    ("EXISTS_sensorElementList", None),
    ("GE_startTime", "2026-10-01T00:00:00Z"),
    ("LT_endTime", "2026-10-01T00:40:00Z"),
    ("GE_time", "2026-10-01T00:30:00Z"),
    ("LT_SENSORREPORT_time", "2026-10-01T00:30:00Z"),
    ("GE_SENSORMETADATA_time", "2026-10-01T00:30:00Z"),
    ("EQ_type", "Temperature|https://gs1.org/voc/Mass"),
    ("EQ_component", "x"),
    ("EQ_deviceID", "https://id.gs1.org/8004/4012345sensor7|urn:example:d2"),
    ("EQ_SENSORMETADATA_deviceID", "urn:epc:id:giai:4012345.sensor7"),
    ("EQ_SENSORREPORT_rawData", "urn:example:raw"),
    ("EQ_bizRules", "urn:example:rules:1"),
    ("EQ_microorganism", "https://bugs.example/1"),
    ("EQ_chemicalSubstance", "urn:example:salt"),
    ("EQ_stringValue", "few"),
    ("EQ_booleanValue", "false"),
    ("EQ_hexBinaryValue", "F0A1"),
    ("EQ_uriValue", "urn:epc:id:giai:4012345.sensor7"),
    ("GE_value_CEL", 4.5),
    ("LT_value_MTR", 0),
    ("EQ_minValue_CEL", "2"),
    ("GT_maxValue_CEL", 8.25),
    ("LE_meanValue_CEL", 4),
    ("GE_sDev_MTR", 0.25),
    ("GE_percRank", 50),
    ("EQ_percValue_LTR", 12),
    ("EQ_ex:note", "fresh"),
    ("EQ_http://ns.example/#note", "cold|typing"),
    ("EQ_other:flag", "true"),
    ("EQ_ex:count", ["4", "11"]),
    ("GE_ex:count", 4),
    ("LT_http://ns.example/count", 4),
    ("GT_other:when", "2026-10-01T15:00:00Z"),
    ("LE_other:when", "2026-10-01T16:00:00Z"),
    ("EXISTS_ex:count", ""),
    ("EQ_INNER_ex:note", "nested"),
    ("GE_INNER_ex:count", 5),
    ("EXISTS_INNER_https://other.example/epcis#more", None),
    ("EQ_ILMD_ex:grade", "first|second"),
    ("GE_ILMD_ex:best", "2026-12-24T00:00:00Z"),
    ("EXISTS_ILMD_other:maker", "true"),
    ("EQ_INNER_ILMD_ex:name", "Wu"),
    ("GT_INNER_ILMD_other:size", 2),
    ("EQ_ERROR_DECLARATION_ex:note", "typing"),
    ("EXISTS_ERROR_DECLARATION_ex:note", None),
    ("EQ_SENSORMETADATA_ex:note", "metadata"),
    ("EQ_SENSORREPORT_ex:note", "report"),
    ("EXISTS_SENSORELEMENT_other:extra", None),
    ("GE_INNER_SENSORELEMENT_ex:count", 9),
    ("EQ_bizLocation_ex:floor", "2"),
    ("EQ_INNER_readPoint_ex:number", 7),
    ("EXISTS_readPoint_ex:dock", None),
]
