"""First pages of EPCIS queries over 100,000 events, one for each parameter, beside the bare reading of a page.

The events are put into the tables as the follower would write them, without the ledger around them: what is
measured is finding. The bare side reads the bodies of as many events by their index and makes records of them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from bench.databases import fresh
from bench.measure import Row, medians, progress, timed
from tests.databases import PostgresServer
from trace.domain.epcis import Event
from trace.interop.event_query import parse_query
from trace.ledger.records import make_body
from trace.store import event_index, migrate
from trace.store import projection_tables as t
from trace.store.engine import open_engine, reading, writing
from trace.store.queries import events
from trace.store.queries.find import event_records
from trace.store.tables import bodies

LEDGER = "bench.example/ledger"
READER = "https://id.gs1.org/417/4012345000009"
EVENTS, PAGE, TIMES, CHUNK = 100_000, 30, 5, 2_000
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example/x/"}]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

# Each parameter of the standard once; values that many events have, and values that few have.
ASKED: Mapping[str, Any] = {
    "eventType": "ObjectEvent",
    "GE_eventTime": "2026-02-01T00:00:00Z",
    "LT_eventTime": "2026-02-01T00:00:00Z",
    "GE_recordTime": "2026-02-01T00:00:00Z",
    "LT_recordTime": "2026-02-01T00:00:00Z",
    "EQ_action": "OBSERVE|ADD",
    "EQ_bizStep": "shipping|receiving",
    "EQ_disposition": "in_transit",
    "EQ_persistentDisposition_set": "completeness_verified",
    "EQ_readPoint": "urn:epc:id:sgln:4012345.00005.7",
    "WD_readPoint": "https://id.gs1.org/414/4012345000054",
    "EQ_bizLocation": "urn:epc:id:sgln:4012345.00006.3",
    "WD_bizLocation": "https://id.gs1.org/414/4012345000061",
    "EQ_bizTransaction_po": "urn:x:po:77",
    "EQ_source_possessing_party": READER,
    "EQ_destination_possessing_party": "https://id.gs1.org/417/4012345000016",
    "EQ_transformationID": "urn:x:made:7",
    "MATCH_epc": "urn:epc:id:sgtin:4012345.011111.4711",
    "MATCH_parentID": "https://id.gs1.org/00/040123450000000017",
    "MATCH_anyEPC": "urn:epc:idpat:sgtin:4012345.011111.*",
    "MATCH_inputEPC": "urn:epc:id:sgtin:4012345.022222.12",
    "MATCH_outputEPC": "urn:epc:id:sgtin:4012345.033333.12",
    "MATCH_epcClass": "urn:epc:class:lgtin:4012345.012345.42",
    "MATCH_inputEPCClass": "urn:epc:class:lgtin:4012345.012346.4",
    "MATCH_outputEPCClass": "urn:epc:class:lgtin:4012345.012347.4",
    "MATCH_anyEPCClass": "urn:epc:class:lgtin:4012345.012345.43",
    "EQ_quantity": "500",
    "GT_quantity": "10",
    "LE_quantity": "990",
    "EQ_eventID": "urn:x:event:31415",
    "EXISTS_errorDeclaration": "true",
    "GE_errorDeclarationTime": "2026-01-01T00:00:00Z",
    "EQ_errorReason": "incorrect_data",
    "EQ_correctiveEventID": "urn:x:event:100",
    "EQ_ILMD_ex:origin": "Fuzhou",
    "EQ_ex:colour": "red",
    "GE_ex:weight": "900",
    "EXISTS_ILMD_ex:origin": "",
    "EQ_type": "Temperature",
    "EQ_deviceID": "https://id.gs1.org/8004/401234599999",
    "GT_value_CEL": "3",
    "GE_startTime": "2026-01-01T00:00:00Z",
    "orderBy": "eventTime",
}


def measure(kind: str, postgres: PostgresServer) -> list[Row]:
    """One row a parameter; the slowest of them beside the fastest comes last."""
    with fresh(kind, postgres) as (_, url):
        engine = open_engine(url)
        migrate.upgrade(engine)
        _fill(kind, engine)
        bare = "bare page by index"
        asked: dict[str, Callable[[], float]] = {bare: lambda: timed(lambda: _bare(engine))}
        asked |= {name: _asking(engine, name, value) for name, value in ASKED.items()}
        rates = medians(f"{kind}, queries", asked)
        engine.dispose()
    limit = rates.pop(bare)
    rows = [Row(name, rate, bare, limit) for name, rate in rates.items()]
    slowest = min(rates, key=lambda name: rates[name])
    fastest = max(rates, key=lambda name: rates[name])
    return [*rows, Row(f"slowest ({slowest})", rates[slowest], f"fastest ({fastest})", rates[fastest])]


def _asking(engine: Engine, name: str, value: str) -> Callable[[], float]:
    parsed = parse_query({name: value}, {"ex": "https://ns.example/x/"})

    def run() -> int:
        for _ in range(TIMES):
            with reading(engine) as connection:
                found = events.select_events(connection, LEDGER, parsed, reader=None, per_page=PAGE)
            assert found.records, name
        return TIMES

    return lambda: timed(run)


def _bare(engine: Engine) -> int:
    chance = random.Random(1)
    for _ in range(TIMES):
        wanted = sorted(chance.sample(range(EVENTS), PAGE))
        with reading(engine) as connection:
            found = event_records(connection, LEDGER, wanted)
        assert len(found) == PAGE
    return TIMES


def _fill(kind: str, engine: Engine) -> None:
    made = _made()
    for start in range(0, EVENTS, CHUNK):
        progress(f"{kind}, queries: {start:,} of {EVENTS:,} events")
        with writing(engine) as connection:
            _write(connection, list(itertools.islice(made, CHUNK)), start)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    progress("")


def _write(connection: Connection, raws: list[dict[str, Any]], start: int) -> None:
    rows, kept = [], []
    for index, raw in enumerate(raws, start):
        event = Event.parse(raw)
        row = dict.fromkeys((column.name for column in t.events.columns), None) | {
            "ledger": LEDGER,
            "index": index,
            "event_id": event.event_id,
            "type": event.type,
            "event_time": event.time,
            "offset": event.offset,
            "recorded": FIRST + timedelta(minutes=index),
            "holder": READER,
            "by_party": READER,
            "declares_error": event.error is not None,
        }
        rows.append(row)
        body = make_body({"event": raw, "context": CONTEXT}, b"0123456789abcdef")
        kept.append({"ledger": LEDGER, "index": index, "compartment": "full", "body": body})
        event_index.write(
            connection, LEDGER, index, event, frozenset({READER}), contexts=CONTEXT, event_hash=None
        )
    connection.execute(insert(t.events), rows)
    connection.execute(insert(bodies), kept)


def _made() -> Iterator[dict[str, Any]]:
    """Events of every type in a fixed mixture."""
    for number in itertools.count():
        time = FIRST + timedelta(minutes=(number * 7919) % EVENTS)
        event: dict[str, Any] = {
            "eventID": f"urn:x:event:{number}",
            "eventTime": time.isoformat().replace("+00:00", "Z"),
            "eventTimeZoneOffset": "+08:00",
            "bizStep": ("shipping", "receiving", "inspecting", "storing")[number % 4],
            "disposition": ("in_transit", "in_progress")[number % 2],
            "readPoint": {"id": f"urn:epc:id:sgln:4012345.00005.{number % 50}"},
            "bizLocation": {"id": f"urn:epc:id:sgln:4012345.00006.{number % 20}"},
            "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:x:po:{number // 20}"}],
            "sourceList": [{"type": "possessing_party", "source": READER}],
            "destinationList": [
                {
                    "type": "possessing_party",
                    "destination": f"https://id.gs1.org/417/40123450000{16 + 7 * (number % 2)}",
                }
            ],
            "ex:colour": ("red", "green")[number % 2],
            "ex:weight": number % 977,
        }
        yield event | _KINDS[number % len(_KINDS)](number)


def _observed(number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": ("OBSERVE", "ADD", "DELETE")[number % 3],
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        "quantityList": [_quantity("012345", number)],
        "ilmd": {"ex:origin": ("Fuzhou", "Xiamen", "Ningde")[number % 3]},
    }


def _packed(number: int) -> dict[str, Any]:
    return {
        "type": "AggregationEvent",
        "action": "ADD",
        "parentID": f"https://id.gs1.org/00/0401234500000000{17 if number % 500 == 1 else 24}",
        "childEPCs": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        "childQuantityList": [_quantity("012345", number)],
    }


def _made_of(number: int) -> dict[str, Any]:
    return {
        "type": "TransformationEvent",
        "transformationID": f"urn:x:made:{number % 1000}",
        "inputEPCList": [f"urn:epc:id:sgtin:4012345.022222.{number % 2000}"],
        "outputEPCList": [f"urn:epc:id:sgtin:4012345.033333.{number % 2000}"],
        "inputQuantityList": [_quantity("012346", number)],
        "outputQuantityList": [_quantity("012347", number)],
    }


def _sensed(number: int) -> dict[str, Any]:
    report = {"type": "Temperature", "value": number % 40 / 10, "uom": "CEL"}
    metadata = {"deviceID": "https://id.gs1.org/8004/401234599999", "startTime": "2026-03-01T00:00:00Z"}
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sgtin:4012345.011111.{number}"],
        "persistentDisposition": {"set": ["completeness_verified"]},
        "sensorElementList": [{"sensorMetadata": metadata, "sensorReport": [report]}],
    }


def _declared_wrong(number: int) -> dict[str, Any]:
    error = {
        "declarationTime": "2026-05-01T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": [f"urn:x:event:{number // 5 * 4}"],
    }
    return {**_observed(number), "errorDeclaration": error}


def _quantity(item: str, number: int) -> dict[str, Any]:
    lot = f"urn:epc:class:lgtin:4012345.{item}.{number // 200}"
    return {"epcClass": lot, "quantity": number % 1000, "uom": "KGM"}


_KINDS = (_observed, _packed, _made_of, _sensed, _declared_wrong)
