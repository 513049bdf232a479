"""Whatever a foreign document claims, interpreting it neither fails nor breaks the books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.memory_book import MemoryBook
from trace.domain.epcis import ACTIONS, TYPES, Event
from trace.domain.model import REAL, Stop
from trace.domain.refusals import Invalid

PARTIES = st.sampled_from(["urn:p:1", "urn:p:2", "https://id.gs1.org/417/9520000000011", "https://bad/417/1"])
PLACES = st.sampled_from(["urn:place:1", "urn:place:2", "geo:0,0"])
LOTS = st.sampled_from(
    [
        "urn:lot:1",
        "https://id.gs1.org/01/09520000000011/10/A",
        "urn:epc:class:lgtin:4012345.012345.998877",
        "https://id.gs1.org/01/09520000000011",
        "https://id.gs1.org/01/09520000000012/10/WRONG",
    ]
)
BOXES = st.sampled_from(
    ["https://id.gs1.org/00/395200000000000012", "urn:epc:id:sscc:08600031303.0004", "urn:crate:1"]
)
STEPS = st.sampled_from(
    "shipping receiving accepting packing commissioning retail_selling dispensing destroying other".split()  # noqa: SIM905
)
QUANTITY = st.fixed_dictionaries(
    {"epcClass": LOTS},
    optional={
        "quantity": st.one_of(
            st.integers(0, 200),
            st.floats(0, 200),
            st.decimals(0, 200, places=3),
            st.just(0.30000000000000004),
        ),
        "uom": st.sampled_from(["KGM", "LBR", "CS", "斤"]),
    },
)
IDS = st.sampled_from(["urn:d:1", "urn:d:2"])
LINES = st.lists(QUANTITY, max_size=2)
SOURCE = st.sampled_from(["owning_party", "possessing_party", "location"])
SETTLED = st.fixed_dictionaries(
    {"batch": LOTS},
    optional={part: st.sampled_from(["1", "20", 5, "x"]) for part in ("accepted", "short", "rejected")},
)
EVENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(sorted(TYPES)),
        "eventID": st.integers(0, 12).map(lambda n: f"urn:e:{n}"),
        "eventTime": st.sampled_from(["2026-11-21T08:00:00Z", "2026-11-25T08:00:00+08:00"]),
        "eventTimeZoneOffset": st.just("+08:00"),
    },
    optional={
        "action": st.sampled_from(sorted(ACTIONS)),
        "bizStep": STEPS,
        "disposition": st.sampled_from(["returned", "in_transit", "expired"]),
        "bizLocation": PLACES.map(lambda uri: {"id": uri}),
        "readPoint": PLACES.map(lambda uri: {"id": uri}),
        "epcList": st.lists(BOXES, max_size=2),
        "quantityList": LINES,
        "parentID": BOXES,
        "childEPCs": st.lists(BOXES, max_size=2),
        "childQuantityList": LINES,
        "inputQuantityList": LINES,
        "inputEPCList": st.lists(BOXES, max_size=1),
        "outputQuantityList": LINES,
        "sourceList": st.lists(
            st.fixed_dictionaries({"type": SOURCE, "source": PARTIES | PLACES}), max_size=2
        ),
        "destinationList": st.lists(
            st.fixed_dictionaries({"type": SOURCE, "destination": PARTIES | PLACES}), max_size=2
        ),
        "bizTransactionList": st.lists(
            st.fixed_dictionaries({"type": st.sampled_from(["desadv", "rma"]), "bizTransaction": IDS}),
            max_size=2,
        ),
        "errorDeclaration": st.just({"declarationTime": "2026-11-26T00:00:00Z"}),
        "ilmd": st.just({"cbvmda:itemExpirationDate": "2026-11-23"}),
        "trace:settlement": st.lists(SETTLED, max_size=2),
        "trace:loss": st.just({"quantity": 1, "uom": "KGM"}),
    },
)


@settings(max_examples=120, deadline=None)
@given(st.lists(EVENT, max_size=12), st.booleans(), st.lists(PARTIES, min_size=12, max_size=12))
def test_no_claim_breaks_the_books(events: list[dict[str, Any]], stopped: bool, parties: list[str]) -> None:
    book = MemoryBook(owners={"urn:place:1": "urn:p:1"})
    if stopped:
        book.holds.append(Stop("urn:lot:1", "H", "test", "urn:p:1"))
    for raw, by in zip(events, parties, strict=False):
        outcome = book.capture(raw, by)
        for problem in outcome.problems:
            assert problem.params()
        sums: dict[str, Decimal] = {}
        for posting in outcome.postings:
            sums[posting.batch] = sums.get(posting.batch, Decimal(0)) + posting.amount
        assert not any(sums.values())
        assert all(amount > 0 for (_, account), amount in book.accounts.items() if account.kind in REAL)
        assert book.batches.keys() >= {batch for batch, _ in book.accounts}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    EVENT,
    st.dictionaries(
        st.sampled_from(
            sorted(
                EVENT_FIELDS := [
                    "type",
                    "eventID",
                    "eventTime",
                    "eventTimeZoneOffset",
                    "recordTime",
                    "action",
                    "bizStep",
                    "readPoint",
                    "epcList",
                    "quantityList",
                    "parentID",
                    "sourceList",
                    "bizTransactionList",
                    "ilmd",
                    "errorDeclaration",
                ]
            )
        ),
        JSON,
        max_size=3,
    ),
)
def test_an_event_of_any_shape_is_read_or_refused_with_the_field_named(
    raw: dict[str, Any], wrong: dict[str, Any]
) -> None:
    told = {**raw, **wrong}
    seen = read(told)
    if isinstance(seen, Event):
        assert seen.raw is told
    else:
        assert seen.expected
        assert any(seen.field.startswith(name) for name in told | dict.fromkeys(EVENT_FIELDS))


def read(raw: dict[str, Any]) -> Event | Invalid:
    try:
        return Event.parse(raw)
    except Invalid as refused:
        return refused
