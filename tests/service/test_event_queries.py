"""Queries over events find what they ask for, page by page, and show nobody what is not his."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from tests.databases import Database, opened
from tests.scenario import World
from tests.service import event_samples as samples
from tests.service import event_twin as twin
from tests.service.desk import Desk, party, place
from tests.service.event_twin import Seen
from tests.service.test_queries import counted
from trace.domain.event_query import EventQuery, PageTokenInvalid, QueryTooLarge
from trace.domain.refusals import UnknownEvent
from trace.interop.event_query import parse_query
from trace.services import events as service
from trace.store import migrate, queries, rebuild
from trace.store import projection_tables as t
from trace.store.engine import writing
from trace.store.queries import event_walks, events

READERS = [None, party("farm"), party("shop"), party("stranger")]
ORDERS = ["eventTime", "recordTime", "ex:note", "ex:count", "other:when"]


class Book(Desk):
    """A desk that knows what it captured."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.seen: list[Seen] = []
        self.open("farm", "shop", "stranger")
        self.vocabulary("farm", samples.VOCABULARY)

    def vocabulary(self, by: str, elements: list[dict[str, Any]]) -> None:
        """Master data of places."""
        listed = [{"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "vocabularyElementList": elements}]
        header = {"epcisMasterData": {"vocabularyList": listed}}
        about = {"document": f"d{len(self.seen)}", "events": 0, "sha256": "0" * 64}
        self.say("epcis.document/1", by, public=about, full={"header": header})

    def capture(self, by: str, raw: dict[str, Any]) -> int:
        """An event as a document brings it; its entry."""
        data = {"event": raw, "context": samples.CONTEXT}
        index = self.say("epcis.event/1", by, full=data, public={"event": raw}).index
        self.seen.append(Seen(index, raw, self.now(), raw["eventID"]))
        return index

    def ask(self, params: Mapping[str, Any], reader: str | None = None, **more: Any) -> events.EventPage:
        """One page of a query."""
        asked = parse_query(params, samples.PREFIXES)
        named: dict[str, Any] = {"per_page": 100, **more}
        return self.look(
            lambda connection: events.select_events(connection, self.ledger, asked, reader=reader, **named)
        )

    def pages(self, params: Mapping[str, Any], reader: str | None, per_page: int) -> list[list[int]]:
        """Entries of every page."""
        found, token = [], None
        while True:
            page = self.ask(params, reader, per_page=per_page, token=token)
            found.append([record.index for record in page.records])
            token = page.next
            if token is None:
                return found

    def expected(self, params: Mapping[str, Any], reader: str | None) -> list[Seen]:
        """What reading everything finds."""
        return [seen for seen in self.seen if twin.matches(seen, params) and self.may_read(seen, reader)]

    def may_read(self, seen: Seen, reader: str | None) -> bool:
        """By the tables of goods and deliveries, not by the index."""
        return reader is None or self.read(queries.takes_part, reader, [seen.index])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A ledger of samples of two parties, with a delivery between them; nothing more is written to it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("queries") / "trace.db"
        path.write_bytes(Path(request.getfixturevalue("sqlite_template")).read_bytes())
        with opened("sqlite", f"sqlite:///{path}") as database:
            yield _filled(Book(database))
    else:
        server = request.getfixturevalue("postgres_server")
        with server.database(migrated=True) as url, opened("postgresql", url) as database:
            yield _filled(Book(database))


def _filled(book: Book) -> Book:
    for number, raw in enumerate(samples.SAMPLES):
        book.capture("shop" if number % 3 == 2 else "farm", raw)
    delivery = {
        **samples.SAMPLES[1],
        "eventID": "urn:uuid:00000000-0000-4000-8000-00000000000b",
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:example:desadv:1"}],
        "sourceList": [{"type": "owning_party", "source": party("farm")}],
        "destinationList": [{"type": "owning_party", "destination": party("shop")}],
        "bizLocation": {"id": place("farm")},
    }
    book.capture("farm", delivery)
    return book


def _order(seen: Seen, name: str, descending: bool) -> tuple[Any, ...]:
    """(whether it lacks the field, what sorts it); numbers before times before texts."""
    if name == "eventTime":
        return (0, seen.time, seen.index)
    if name == "recordTime":
        return (0, seen.index)
    values = twin.fields(seen.raw, "", name)
    best = max if descending else min
    for part, read in enumerate(
        (twin.as_number, twin.as_time, lambda one: one if isinstance(one, str) else None)
    ):
        if found := [value for value in map(read, values) if value is not None]:  # type: ignore[misc]
            return (part, best(found), seen.time, seen.index)
    return (3, seen.time, seen.index)


def _sorted(found: list[Seen], name: str, descending: bool) -> list[int]:
    keys = [(_order(seen, name, descending), seen.index) for seen in found]
    parts = [sorted((one for one in keys if one[0][0] == part), reverse=descending) for part in range(4)]
    return [index for part in parts for _, index in part]


# -- what is found -------------------------------------------------------------------------------------------


@pytest.mark.conforms("query-parameters")
@pytest.mark.parametrize(("name", "value"), samples.PARAMETERS, ids=lambda one: str(one)[:60])
def test_a_parameter_finds_exactly_the_events_that_it_means(book: Book, name: str, value: Any) -> None:
    """And there is one: a parameter that is passed over, or that finds nothing, would show here."""
    found = {record.index for record in book.ask({name: value}).records}
    expected = {seen.index for seen in book.expected({name: value}, None)}
    assert found == expected
    assert 0 < len(found) < len(book.seen) or name in {
        "GT_maxValue_CEL",
        "LT_errorDeclarationTime",
        "LT_endTime",
    }


@pytest.mark.conforms("query-order")
@settings(max_examples=60)
@given(
    params=st.lists(st.sampled_from(samples.PARAMETERS), max_size=3).map(dict),
    reader=st.sampled_from(READERS),
    order=st.none() | st.tuples(st.sampled_from(ORDERS), st.booleans()),
    per_page=st.integers(1, 6),
    few=st.sampled_from([-1, 1, 4, 1000]),
    ahead=st.sampled_from([2, 1000]),
)
def test_whatever_way_it_is_found_the_result_is_what_reading_everything_finds(
    book: Book,
    params: dict[str, Any],
    reader: str | None,
    order: tuple[str, bool] | None,
    per_page: int,
    few: int,
    ahead: int,
) -> None:
    """Each event once, in the order asked for, whether it was looked up, walked to or sorted."""
    asked = dict(params)
    if order is not None:
        asked |= {"orderBy": order[0], "orderDirection": "DESC" if order[1] else "ASC"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_walks, "FEW", few)
        patch.setattr(event_walks, "AHEAD", ahead)
        pages = book.pages(asked, reader, per_page)
    found = [index for page in pages for index in page]
    expected = book.expected(params, reader)
    assert sorted(found) == [seen.index for seen in expected]
    assert all(len(page) == per_page for page in pages[:-1])
    assert pages == [[]] or pages[-1]
    if order is not None:
        assert found == _sorted(expected, *order)


@pytest.mark.conforms("query-snapshot")
@pytest.mark.parametrize(
    "params", [{}, {"EQ_ex:note": "fresh"}, {"GE_quantity": 2}, {"orderBy": "ex:count"}], ids=str
)
@pytest.mark.parametrize("few", [-1, 1000])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pages_stay_as_they_were_while_new_events_arrive(
    database: Database, monkeypatch: pytest.MonkeyPatch, params: dict[str, Any], few: int
) -> None:
    """What is captured between two pages is on none of them, and pushes nothing from one to the other."""
    monkeypatch.setattr(event_walks, "FEW", few)
    book = Book(database)
    for raw in samples.SAMPLES:
        book.capture("farm", raw)
    before = [index for page in book.pages(params, None, 100) for index in page]
    found, token = [], None
    for number in range(50):
        page = book.ask(params, per_page=2, token=token)
        found += [record.index for record in page.records]
        token = page.next
        if token is None:
            break
        late = {"eventID": f"urn:example:late:{number}", "eventTime": f"2026-10-01T00:{number:02}:30Z"}
        book.capture("farm", {**samples.SAMPLES[number % len(samples.SAMPLES)], **late})
    assert found == before
    assert len(book.ask(params).records) > len(before)


@pytest.mark.conforms("query-record-time")
def test_the_time_of_recording_is_the_ledgers_own(book: Book) -> None:
    """What an event says of its own recordTime is somebody else's."""
    seen = book.seen[3]
    asked = {"GE_recordTime": seen.recorded.isoformat(), "eventCountLimit": 1}
    page = book.ask({**asked, "orderBy": "recordTime", "orderDirection": "ASC"})
    assert [(record.index, record.recorded) for record in page.records] == [(seen.index, seen.recorded)]


def test_who_follows_the_ledger_gets_what_came_after_an_entry_in_its_order(book: Book) -> None:
    after = book.seen[4].index
    page = book.ask({}, since=after)
    assert [record.index for record in page.records] == [seen.index for seen in book.seen[5:]]
    assert page.last == book.seen[-1].index
    assert book.ask({}, since=page.last).records == ()


@pytest.mark.conforms("query-event-count-limit")
def test_a_limit_of_events_ends_the_result_wherever_its_pages_end(book: Book) -> None:
    asked = {"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": "5"}
    pages = book.pages(asked, None, 2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [index for page in pages for index in page] == _sorted(book.seen, "eventTime", False)[:5]


@pytest.mark.conforms("query-max-event-count")
def test_more_events_than_the_asker_can_take_are_refused_not_cut_off(book: Book) -> None:
    total = len(book.seen)
    assert len(book.ask({"maxEventCount": total}).records) == total
    with pytest.raises(QueryTooLarge) as refused:
        book.ask({"maxEventCount": str(total - 1)})
    assert refused.value.limit == total - 1
    with pytest.raises(QueryTooLarge):
        book.ask({"maxEventCount": 1, "EQ_ex:note": "fresh"})


# -- who sees what -------------------------------------------------------------------------------------------


@pytest.mark.conforms("query-readers")
def test_an_event_is_shown_to_those_it_concerns_and_nobody_else_learns_of_it(book: Book) -> None:
    """The index of readers says what the tables of goods and deliveries say, for every event."""
    for reader in READERS[1:]:
        found = {record.index for record in book.ask({}, reader).records}
        assert found == {seen.index for seen in book.seen if book.may_read(seen, reader)}
    assert not book.ask({}, party("stranger")).records
    delivery = book.seen[-1]
    assert delivery.index in {record.index for record in book.ask({}, party("shop")).records}


def test_lists_of_values_hold_what_is_in_ones_own_events_alone(book: Book) -> None:
    names = {"bizStep": "EQ_bizStep", "readPoint": "EQ_readPoint", "epc": "MATCH_anyEPC"}
    for reader in READERS:
        for name in names:
            found: list[str] = []
            token = None
            while True:
                page = book.read(events.resource_values, name, reader=reader, per_page=2, token=token)
                found += page.items
                token = page.next
                if token is None:
                    break
            own = book.expected({}, reader)
            assert found == sorted(_values(own, name))
            assert all(book.read(events.resource_known, name, value, reader) for value in found)
            assert not book.read(events.resource_known, name, "urn:example:nowhere", reader)


def _values(seen: list[Seen], name: str) -> set[str]:
    if name == "epc":
        return {
            twin.canon(uri)
            for one in seen
            for what in ("anyEPC", "anyEPCClass")
            for uri in twin.things(one.raw, what)
        }
    if name == "bizStep":
        return {twin.short(one.raw["bizStep"]) for one in seen if "bizStep" in one.raw}
    return {twin.canon(one.raw[name]["id"]) for one in seen if name in one.raw}


def test_an_event_is_found_by_its_id_with_what_declares_it_wrong(book: Book) -> None:
    found = book.read(events.events_by_id, "urn:uuid:00000000-0000-4000-8000-000000000002", reader=None)
    assert ["errorDeclaration" in record.raw for record in found] == [False, True]
    assert [record.raw for record in found] == [
        seen.raw for seen in book.seen if seen.event_id == found[0].event_id
    ]
    own = book.read(events.events_by_id, found[0].event_id, reader=party("shop"))
    assert {record.index for record in own} == {
        seen.index
        for seen in book.seen
        if seen.event_id == found[0].event_id and book.may_read(seen, party("shop"))
    }
    assert book.read(events.events_by_id, "urn:example:none", reader=None) == ()


@pytest.mark.conforms("query-descendants")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobodys_document_puts_a_place_into_anothers(database: Database) -> None:
    """The farm described the site; what others say is inside it counts for them and for those who see all."""
    book = Book(database)
    raw = {**samples.SAMPLES[9], "readPoint": {"id": "urn:example:elsewhere"}}
    index = book.capture("farm", raw)
    book.vocabulary("stranger", [{"id": samples.SITE, "children": ["urn:example:elsewhere"]}])
    assert not book.ask({"WD_readPoint": samples.SITE}, party("farm")).records
    assert [record.index for record in book.ask({"WD_readPoint": samples.SITE}).records] == [index]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_business_asks_for_its_own_events_and_an_inspector_for_everybodys(world: World) -> None:
    """By query, by id and by value: to a stranger an event is as unknown as one that is not there."""
    batch = world.register("farm", "50 KGM")
    shipment = world.ship("farm", "market", (batch, "20 KGM"))
    every = parse_query({"MATCH_anyEPCClass": batch}, {})
    asked = {
        who: service.query(world.ctx, world[who], every, 10).records
        for who in ("farm", "market", "stall", "inspector")
    }
    assert [len(found) for found in asked.values()] == [2, 1, 0, 2]
    (shipped,) = asked["market"]
    assert shipment in json.dumps(shipped.raw)
    for who in ("farm", "market", "inspector"):
        assert service.by_id(world.ctx, world[who], shipped.event_id) == (shipped,)
        assert "shipping" in service.values(world.ctx, world[who], "bizStep", 10).items
        assert service.known(world.ctx, world[who], "epc", batch)
    with pytest.raises(UnknownEvent):
        service.by_id(world.ctx, world["stall"], shipped.event_id)
    with pytest.raises(UnknownEvent):
        service.by_id(world.ctx, world["inspector"], "urn:example:none")
    assert service.values(world.ctx, world["stall"], "bizStep", 10).items == ()
    assert not service.known(world.ctx, world["stall"], "epc", batch)


# -- tokens --------------------------------------------------------------------------------------------------


def test_a_token_opens_no_page_of_another_query_or_reader(book: Book) -> None:
    token = book.ask({"eventType": "ObjectEvent"}, per_page=2).next
    assert token is not None
    for params, reader in (({}, None), ({"eventType": "ObjectEvent"}, party("farm"))):
        with pytest.raises(PageTokenInvalid):
            book.ask(params, reader, per_page=2, token=token)
    with pytest.raises(PageTokenInvalid):
        book.read(events.resource_values, "epc", reader=None, per_page=2, token=token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["t", "x"]), inner, max_size=2)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    content=st.lists(_JSON, max_size=6)
    | st.tuples(
        st.integers(-1, 2**70),
        st.sampled_from(["eventTime", "recordTime", "values:0", "values:9", "values:-1", "field:x"]),
        st.booleans(),
        st.tuples(
            st.integers(),
            st.fixed_dictionaries({"t": st.sampled_from(["2026-10-01T00:00:00+00:00", "2026-10-01", "x"])}),
            st.integers(-1, 4),
            _JSON,
        ),
        st.none() | st.integers(),
    ).map(list),
    params=st.sampled_from([{}, {"GE_quantity": 2}, {"orderBy": "ex:note"}]),
)
def test_a_forged_token_is_refused_or_shows_a_page_but_breaks_nothing(
    book: Book, content: list[Any], params: dict[str, Any]
) -> None:
    """Its digest can be had from any token; what else it holds is anybody's invention."""
    asked = parse_query(params, samples.PREFIXES)
    forged = events._sealed(content, events._digest(book.ledger, asked, None, None))
    with suppress(PageTokenInvalid):
        assert len(book.ask(params, per_page=3, token=forged).records) <= 3


@pytest.mark.parametrize("content", [[2**70, "x"], [3, "\ud800"], [3, "\0"], [True], [3, 4]])
def test_a_forged_token_of_a_list_of_values_is_refused(book: Book, content: list[Any]) -> None:
    forged = events._sealed(content, events._digest(book.ledger, "epc", None))
    with pytest.raises(PageTokenInvalid):
        book.read(events.resource_values, "epc", reader=None, per_page=3, token=forged)


@given(st.text(max_size=60))
def test_a_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(PageTokenInvalid):
        events._opened(text, "0" * 16)


# -- cost ----------------------------------------------------------------------------------------------------


def test_a_page_takes_no_more_statements_than_it_has_conditions(book: Book) -> None:
    """Whatever is found: the newest entry, what each condition finds, the page, and what its events hold."""
    for params in (
        {},
        {"EQ_bizStep": "shipping"},
        {"EQ_ex:note": "fresh", "GE_quantity": 1, "eventType": "ObjectEvent"},
    ):
        with counted(book.engine) as seen:
            book.ask(params)
        assert len([statement for statement in seen if "SELECT" in statement]) <= 6 + len(params)


# -- ledgers older than the index ----------------------------------------------------------------------------


def _rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all())) for table in t.FOUND_BY
        }


def test_a_ledger_older_than_the_index_is_indexed_when_it_is_opened(database: Database) -> None:
    """All of it or nothing, in the same rows that were written live; one that is indexed is left alone."""
    book = Book(database)
    for raw in samples.SAMPLES[:6]:
        book.capture("farm", raw)
    live = _rows(database.engine)
    assert all(live.values())
    with writing(database.engine) as connection:
        for table in t.FOUND_BY:
            connection.execute(delete(table))
    migrate.upgrade(database.engine)
    assert _rows(database.engine) == live
    assert rebuild.compare(database.engine, book.ledger) == ()
    with writing(database.engine) as connection:
        connection.execute(delete(t.event_numbers))
    migrate.upgrade(database.engine)
    with database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.event_numbers)).scalar() == 0


def test_an_empty_ledger_answers_with_an_empty_page(book: Book) -> None:
    page = book.look(
        lambda connection: events.select_events(
            connection, "ledger.example/none", EventQuery(), reader=None, per_page=5
        )
    )
    assert (page.records, page.next, page.last) == ((), None, -1)
