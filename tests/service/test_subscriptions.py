"""Whoever subscribes is told of every event he may read, once, in order, and of no other, whatever breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.receiver import Receiver, receiver
from tests.scenario import MORNING, World
from trace.domain.schedule import ScheduleNever
from trace.domain.subscribing import (
    MOST_QUERIES,
    MOST_SUBSCRIPTIONS,
    DestinationRefused,
    QueryExists,
    SubscriptionLimited,
    SubscriptionUnclear,
    TooManyQueries,
    TooManySubscriptions,
    UnknownMessage,
    UnknownQuery,
    UnknownSubscription,
)
from trace.domain.webhook import MOST_ATTEMPTS
from trace.services import event_queries, subscriptions, webhooks
from trace.services.background import Background
from trace.services.context import Context
from trace.services.keys import KeysUnusable
from trace.services.subscriptions import SubscriptionDraft
from trace.store.engine import writing
from trace.store.queries.subscriptions import Message, Subscription
from trace.store.work_tables import event_queries as queries_table
from trace.store.work_tables import messages
from trace.store.work_tables import subscriptions as table

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"
SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.fixture
def there() -> Iterator[Receiver]:
    """The subscriber's server."""
    with receiver() as made:
        yield made


class Told:
    """The world with subscribers in it: receivers may be on this machine."""

    def __init__(self, world: World, there: Receiver) -> None:
        self.world, self.there = world, there
        self.ctx: Context = replace(world.ctx, webhook_private=True)
        world.ctx = self.ctx

    def query(self, who: str = "farm", name: str = "all", **asked: Any) -> str:
        event_queries.create(self.ctx, self.world[who], name, asked, {})
        return name

    def subscribe(self, who: str = "farm", name: str = "all", **more: Any) -> Subscription:
        draft = {"dest": self.there.url(), "token": TOKEN}
        if "schedule" not in more:
            draft["stream"] = True
        return subscriptions.create(self.ctx, self.world[who], name, SubscriptionDraft(**{**draft, **more}))

    def work(self) -> None:
        """All that is due now."""
        Background(self.ctx, (subscriptions.step, webhooks.step)).drain()

    def later(self, **by: float) -> None:
        """Time passes, and what is due then is done."""
        self.world.clock.forward(**by)
        self.work()

    def messages(self, who: str = "farm", state: str | None = None) -> list[Message]:
        found = webhooks.messages(self.ctx, self.world[who], state=state, limit=200, cursor=None)
        return list(reversed(found.items))

    def heard(self) -> list[str]:
        """Ids of the events that arrived, message by message."""
        return [event["eventID"] for got in self.there.got for event in got.events]

    def subscription(self, one: Subscription, who: str = "farm") -> Subscription:
        return subscriptions.get(self.ctx, self.world[who], one.query, one.id)


@pytest.fixture
def told(world: World, there: Receiver) -> Told:
    return Told(world, there)


def shipped(world: World, to: str = "market", count: int = 1) -> list[str]:
    """The farm ships apples; ids of the events."""
    batch = world.register("farm", "1000 KGM")
    found = [world.shipping("farm", to, (batch, "1 KGM")).event_id for _ in range(count)]
    return [id for id in found if id]


# -- what is told, and to whom --------------------------------------------------------------------------------


@pytest.mark.conforms("subs-stream", "subs-message", "subs-signature")
def test_an_event_that_matches_is_told_as_soon_as_it_is_recorded_signed_and_once(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    one = told.subscribe()
    told.work()
    assert told.there.got == []
    expected = shipped(told.world)
    told.work()
    told.work()
    assert told.heard() == expected
    got = told.there.got[0]
    assert got.signed_with(TOKEN)
    assert not got.signed_with("another")
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert got.document["type"] == "EPCISQueryDocument"
    assert (got.results["queryName"], got.results["subscriptionID"]) == ("all", one.id)
    assert [message.state for message in told.messages()] == ["delivered"]
    assert told.subscription(one).last_notified == told.world.clock.now


@pytest.mark.conforms("subs-authorized")
def test_a_party_is_told_only_of_what_it_may_read_and_an_inspector_of_all(told: Told) -> None:
    for who in ("market", "stall", "inspector"):
        told.query(who)
        told.subscribe(who, dest=told.there.url(f"/{who}"))
    expected = shipped(told.world, "market")
    told.work()
    by_path = {got.path: [event["eventID"] for event in got.events] for got in told.there.got}
    assert by_path["/market"] == expected
    assert by_path["/inspector"][-1:] == expected
    assert len(by_path["/inspector"]) == 2  # the registration too
    assert "/stall" not in by_path


@SQLITE
def test_more_than_one_message_holds_comes_in_several_in_order_and_without_a_gap(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_EVENTS", 3)
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    first = shipped(told.world, count=7)
    told.work()
    assert [len(got.events) for got in told.there.got] == [3, 3, 1]
    assert told.heard() == first
    more = shipped(told.world, count=2)
    told.work()
    assert told.heard() == first + more


@SQLITE
def test_a_message_ends_before_it_grows_too_large_for_its_receiver(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LARGEST_MESSAGE", 10)
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    expected = shipped(told.world, count=3)
    told.work()
    assert [len(got.events) for got in told.there.got] == [1, 1, 1]
    assert told.heard() == expected


@pytest.mark.conforms("subs-initial")
@SQLITE
def test_what_was_recorded_since_a_named_time_is_told_first_and_nothing_from_before(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    shipped(told.world)
    told.world.clock.forward(hours=1)
    since = told.world.clock.now
    expected = shipped(told.world)
    one = told.subscribe(initial=since)
    told.work()
    assert told.heard() == expected
    assert told.subscription(one).initial == since
    expected += shipped(told.world)
    told.work()
    assert told.heard() == expected


@SQLITE
def test_what_is_recorded_before_a_time_to_come_is_not_told(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe(initial=told.world.clock.now + timedelta(hours=2))
    shipped(told.world)
    told.later(hours=3)
    expected = shipped(told.world)
    told.work()
    assert told.heard() == expected


@SQLITE
def test_identifiers_come_in_the_form_asked_for(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe(epc_format="Always_EPC_URN")
    told.subscribe(epc_format="Never_Translates")
    batch = told.world.register("farm", "10 KGM", "milk")
    told.world.ship("farm", "market", (batch, "1 KGM"))
    told.work()
    classes = {
        got.headers["GS1-EPC-Format"]: got.events[0]["quantityList"][0]["epcClass"] for got in told.there.got
    }
    assert classes["Never_Translates"] == batch
    assert set(classes) == {"Never_Translates", "Always_EPC_URN"}


# -- by the clock ---------------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-schedule")
def test_a_schedule_gathers_events_until_its_time_and_is_silent_when_there_are_none(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    one = told.subscribe(schedule={"hour": "12", "minute": "0"})  # noon in Shanghai, 4:00 in Greenwich
    expected = shipped(told.world, count=2)
    told.work()
    assert told.there.got == []
    told.later(hours=3, minutes=30)
    assert told.world.clock.now == MORNING.replace(hour=4, minute=0)
    assert [len(got.events) for got in told.there.got] == [2]
    assert told.heard() == expected
    told.later(days=1)
    assert len(told.there.got) == 1
    expected += shipped(told.world)
    told.later(days=1)
    assert told.heard() == expected
    assert told.subscription(one).last_run == told.world.clock.now


@pytest.mark.conforms("subs-report-if-empty")
@SQLITE
def test_who_wants_to_hear_that_there_was_nothing_hears_it_once_for_each_time(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe(schedule={"minute": "0"}, report_if_empty=True)
    for _ in range(3):
        told.later(hours=1)
    assert [got.events for got in told.there.got] == [[], [], []]
    assert all(got.signed_with(TOKEN) for got in told.there.got)


@SQLITE
def test_times_that_passed_while_the_service_was_down_are_made_up_for_by_one_message(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe(schedule={"minute": "0"}, report_if_empty=True)
    expected = shipped(told.world)
    told.later(hours=10)
    assert len(told.there.got) == 1
    assert told.heard() == expected


# -- nothing lost, nothing twice ------------------------------------------------------------------------------


def test_many_workers_at_once_tell_everything_once(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    expected = shipped(told.world, count=5)

    def work(_: int) -> None:
        told.work()

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            list(pool.map(work, range(4)))
            expected += shipped(told.world)
    told.work()
    assert told.heard() == expected


@SQLITE
def test_a_worker_that_dies_between_sending_and_marking_sends_again_under_the_same_id(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    shipped(told.world)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            told.work()
    assert len(told.there.got) == 1
    told.work()
    assert len(told.there.got) == 1  # it may still be on its way
    told.later(seconds=61)
    first, second = told.there.got
    assert (first.message, first.body) == (second.message, second.body)
    assert [got.headers["Trace-Attempt"] for got in told.there.got] == ["1", "2"]
    assert [message.state for message in told.messages()] == ["delivered"]


@SQLITE
def test_a_worker_that_dies_before_it_writes_leaves_the_cursor_where_it_was(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.query(EQ_bizStep=["shipping"])
    one = told.subscribe()
    expected = shipped(told.world)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(subscriptions.outbox, "clear_finished", die)
        with pytest.raises(KeyboardInterrupt):
            told.work()
    assert told.subscription(one).cursor == one.cursor
    assert told.messages() == []
    told.work()
    assert told.heard() == expected


@SQLITE
def test_one_subscription_that_cannot_be_answered_keeps_no_other_waiting(told: Told) -> None:
    told.query(name="broken")
    told.subscribe(name="broken", dest=told.there.url("/broken"))
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    with writing(told.world.engine) as connection:
        query = json.dumps({"EQ_fromAnOlderRelease": "1"})
        connection.execute(update(queries_table).where(queries_table.c.name == "broken").values(query=query))
    expected = shipped(told.world)
    told.work()
    assert told.heard() == expected
    with writing(told.world.engine) as connection:
        connection.execute(update(queries_table).where(queries_table.c.name == "broken").values(query="{}"))
    told.later(minutes=2)
    assert "/broken" in {got.path for got in told.there.got}


# -- receivers that fail --------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-retry")
def test_a_receiver_that_fails_gets_the_same_message_again_after_growing_pauses(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(500, 503, 302)
    shipped(told.world)
    told.work()
    told.later(seconds=20)
    assert len(told.there.got) == 1
    told.later(seconds=20)
    told.later(seconds=50)
    assert len(told.there.got) == 2
    told.later(seconds=30)
    told.later(minutes=3)
    assert len(told.there.got) == 4
    assert len({got.message for got in told.there.got}) == 1
    assert all(got.signed_with(TOKEN) for got in told.there.got)
    assert len({got.headers["GS1-Signature"] for got in told.there.got}) == 4  # each at its own time
    assert [(one.state, one.attempts, one.last_status) for one in told.messages()] == [("delivered", 4, 200)]


@SQLITE
def test_a_message_is_given_up_after_a_day_is_listed_and_comes_when_its_party_asks_again(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(*[500] * MOST_ATTEMPTS)
    expected = shipped(told.world)
    begun = told.world.clock.now
    told.work()
    while waiting := told.messages(state="waiting"):
        told.world.clock.now = waiting[0].next_try or begun
        told.work()
    assert timedelta(hours=24) < told.world.clock.now - begun < timedelta(hours=31)
    assert len(told.there.got) == MOST_ATTEMPTS
    (dead,) = told.messages(state="dead")
    assert (dead.attempts, dead.last_status, dead.events) == (MOST_ATTEMPTS, 500, 1)
    told.later(days=2)
    assert len(told.there.got) == MOST_ATTEMPTS

    with pytest.raises(UnknownMessage):
        webhooks.retry(told.ctx, told.world["market"], dead.id)
    assert webhooks.retry(told.ctx, told.world["farm"], dead.id).state == "waiting"
    told.work()
    assert told.there.got[-1].message == dead.id
    assert [event["eventID"] for event in told.there.got[-1].events] == expected
    assert webhooks.retry(told.ctx, told.world["farm"], dead.id).state == "delivered"
    told.work()
    assert len(told.there.got) == MOST_ATTEMPTS + 1


@SQLITE
def test_a_receiver_that_says_it_is_gone_is_not_asked_again(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(410)
    shipped(told.world)
    told.work()
    told.later(days=1)
    assert len(told.there.got) == 1
    assert [(one.state, one.last_status) for one in told.messages()] == [("dead", 410)]


@SQLITE
def test_a_wish_to_wait_is_honoured_within_bounds(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(429, Retry_After="600")
    told.there.answer(503, Retry_After="99999999")
    shipped(told.world)
    told.work()
    told.later(seconds=590)
    assert len(told.there.got) == 1
    told.later(seconds=10)
    assert len(told.there.got) == 2
    told.later(hours=3, minutes=59)
    assert len(told.there.got) == 2
    told.later(minutes=1)
    assert len(told.there.got) == 3


@SQLITE
def test_a_message_that_its_receiver_refuses_holds_up_none_behind_it(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(400)
    expected = shipped(told.world)
    told.work()
    more = shipped(told.world)
    told.work()
    assert told.heard() == expected + more
    assert [one.state for one in told.messages()] == ["waiting", "delivered"]
    told.later(minutes=1)
    assert [one.state for one in told.messages()] == ["delivered", "delivered"]
    assert told.heard() == expected + more + expected


@SQLITE
def test_a_receiver_that_is_away_is_knocked_at_once_at_a_time_and_catches_up_in_order(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(*[500] * 3)
    expected = []
    for _ in range(4):
        expected += shipped(told.world)
        told.work()
    assert len(told.there.got) == 1
    told.later(minutes=1)
    assert len(told.there.got) == 2
    told.later(minutes=3)
    told.later(minutes=6)
    delivered = [
        got for got in told.there.got if got.headers["Trace-Attempt"] == "4" or got is not told.there.got[0]
    ]
    assert [one.state for one in told.messages()] == ["delivered"] * 4
    assert [event["eventID"] for got in delivered[-4:] for event in got.events] == expected


@SQLITE
def test_what_waits_behind_a_receiver_that_was_away_for_a_day_is_given_up_with_it(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(*[500] * 40)
    shipped(told.world)
    told.work()
    shipped(told.world)
    while len(told.messages(state="dead")) < 2:
        assert len(told.there.got) < 20
        told.later(hours=5)


@SQLITE
def test_for_a_receiver_that_is_away_only_so_much_is_kept_and_nothing_is_missed(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_WAITING", 3)
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    told.there.answer(*[500] * 3)
    expected = []
    for _ in range(6):
        expected += shipped(told.world)
        told.work()
    assert len(told.messages(state="waiting")) == 3
    for _ in range(5):
        told.later(hours=1)
    assert list(dict.fromkeys(told.heard())) == expected


@SQLITE
def test_one_dead_receiver_after_another_keeps_nobody_waiting(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    for count in range(30):
        told.subscribe(dest=f"http://127.0.0.1:1/{count}")
    told.query("market", EQ_bizStep=["shipping"])
    told.subscribe("market")
    expected = shipped(told.world)
    for _ in range(2):  # looking takes two rounds, sending one
        subscriptions.step(told.ctx)
    webhooks.step(told.ctx)
    assert told.heard() == expected
    assert sum(one.attempts for one in told.messages()) == 4


@SQLITE
def test_an_address_that_was_allowed_is_refused_once_private_ones_no_longer_are(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    shipped(told.world)
    told.ctx = replace(told.ctx, webhook_private=False)
    told.work()
    assert told.there.got == []
    assert [one.last_error for one in told.messages()] == ["address_refused"]


# -- secrets --------------------------------------------------------------------------------------------------


@SQLITE
def test_a_token_lies_sealed_in_the_database_and_opens_for_its_own_subscription_alone(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    one, other = told.subscribe(), told.subscribe(token="another")
    for rows in told.world.tables().values():
        assert TOKEN not in repr(rows)
    assert TOKEN not in repr(told.subscription(one))
    assert one.sealed is not None
    with pytest.raises(KeysUnusable):
        subscriptions.token_of(told.ctx, other.id, one.sealed)
    with writing(told.world.engine) as connection:
        connection.execute(update(table).where(table.c.id == other.id).values(sealed=one.sealed))
    shipped(told.world)
    told.work()
    assert [got.headers["Trace-Subscription"] for got in told.there.got] == [one.id]
    assert {one.last_error for one in told.messages()} == {None, "token_unusable"}


@SQLITE
def test_without_a_token_nothing_is_signed(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe(token=None)
    shipped(told.world)
    told.work()
    assert "GS1-Signature" not in told.there.got[0].headers


# -- beginnings and ends --------------------------------------------------------------------------------------


@pytest.mark.conforms("subs-query-delete")
def test_with_a_query_its_subscriptions_end_and_nothing_more_is_sent(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    one = told.subscribe()
    told.there.answer(500)
    shipped(told.world)
    told.work()
    event_queries.delete(told.ctx, told.world["farm"], "all")
    shipped(told.world)
    told.later(days=1)
    assert len(told.there.got) == 1
    assert told.messages() == []
    with pytest.raises(UnknownSubscription):
        told.subscription(one)
    with pytest.raises(UnknownQuery):
        event_queries.delete(told.ctx, told.world["farm"], "all")


@SQLITE
def test_ending_one_subscription_ends_no_other(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    one, other = told.subscribe(), told.subscribe()
    with pytest.raises(UnknownSubscription):
        subscriptions.delete(told.ctx, told.world["market"], "all", one.id)
    subscriptions.delete(told.ctx, told.world["farm"], "all", one.id)
    shipped(told.world)
    told.work()
    assert [got.headers["Trace-Subscription"] for got in told.there.got] == [other.id]
    with pytest.raises(UnknownSubscription):
        subscriptions.delete(told.ctx, told.world["farm"], "all", one.id)


@SQLITE
def test_finished_messages_are_cleared_away_after_a_month(told: Told) -> None:
    told.query(EQ_bizStep=["shipping"])
    told.subscribe()
    shipped(told.world)
    told.work()
    (old,) = told.messages()
    with told.world.engine.connect() as connection:
        assert connection.execute(select(messages.c.body)).scalar_one() == ""
    told.world.clock.forward(days=31)
    shipped(told.world)
    told.work()
    assert old.id not in {one.id for one in told.messages()}
    assert len(told.messages()) == 1


@SQLITE
def test_what_says_nothing_clear_about_when_and_where_is_refused(told: Told) -> None:
    told.query()
    clock = {"minute": "0"}
    for unclear in (
        {"stream": False},
        {"stream": True, "schedule": clock},
        {"stream": True, "report_if_empty": True},
    ):
        with pytest.raises(SubscriptionUnclear):
            told.subscribe(**{"schedule": None, **unclear})
    with pytest.raises(ScheduleNever):
        told.subscribe(schedule={})
    with pytest.raises(DestinationRefused):
        told.subscribe(dest="mailto:farm@example.com")
    with pytest.raises(UnknownQuery):
        told.subscribe("market")
    told.ctx = replace(told.ctx, webhook_private=False)
    with pytest.raises(DestinationRefused):
        told.subscribe()


@SQLITE
@pytest.mark.parametrize("cut", [{"maxEventCount": 5}, {"eventCountLimit": 5, "orderBy": "eventTime"}])
def test_a_query_that_cuts_its_result_off_takes_no_subscriber_who_would_miss_the_rest(
    told: Told, cut: dict[str, Any]
) -> None:
    told.query(**cut)
    with pytest.raises(SubscriptionLimited) as refused:
        told.subscribe()
    assert refused.value.parameter == next(iter(cut))


@SQLITE
def test_names_are_each_partys_own_and_taken_once(told: Told) -> None:
    told.query("farm", "mine", EQ_bizStep=["shipping"])
    told.query("market", "mine", EQ_bizStep=["receiving"])
    with pytest.raises(QueryExists):
        told.query("farm", "mine")
    assert event_queries.get(told.ctx, told.world["farm"], "mine").query == {"EQ_bizStep": ["shipping"]}
    event_queries.delete(told.ctx, told.world["market"], "mine")
    with pytest.raises(UnknownQuery):
        event_queries.get(told.ctx, told.world["market"], "mine")
    assert [one.name for one in event_queries.every(told.ctx, told.world["farm"], 10, None).items] == ["mine"]


@SQLITE
def test_nobody_fills_the_service_with_queries_or_subscriptions(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (MOST_QUERIES, MOST_SUBSCRIPTIONS) == (200, 100)
    monkeypatch.setattr(event_queries, "MOST_QUERIES", 1)
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIPTIONS", 1)
    told.query()
    with pytest.raises(TooManyQueries):
        told.query(name="another")
    told.subscribe()
    with pytest.raises(TooManySubscriptions):
        told.subscribe()
