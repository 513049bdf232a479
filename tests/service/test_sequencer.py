"""One writer at a time, one commit for all who wait: what a caller may rely on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select

from tests.databases import Database
from tests.service.ledgers import ORIGIN, appending, fill, judge, open_sequencer, say, together, utc_now
from trace.domain.model import Outcome
from trace.domain.refusals import Duplicate, IdempotencyConflict, Invalid, UnknownBatch
from trace.ledger.records import Entry, Statement
from trace.store import sequencer as module
from trace.store.book import StoreBook
from trace.store.sequencer import NotRecorded, Sequencer
from trace.store.tables import api_keys, entries, requests
from trace.store.unit_of_work import Appended, UnitOfWork, WrongStatement


@pytest.fixture
def sequencer(database: Database) -> Sequencer:
    return open_sequencer(database.engine)


def _key_row(id: str) -> dict[str, object]:
    names = ("hash", "party", "role", "label")
    return {"id": id, "ledger": ORIGIN, "created": utc_now(), **dict.fromkeys(names, id)}


def _keys(sequencer: Sequencer) -> list[str]:
    query = select(api_keys.c.id).order_by(api_keys.c.id)
    return sequencer.read(lambda connection: list(connection.execute(query).scalars()))


# -- appending -----------------------------------------------------------------------------------------------


def test_what_is_appended_one_by_one_is_one_chain(database: Database, sequencer: Sequencer) -> None:
    appended = [sequencer.submit(appending(f"a-{number}")) for number in range(5)]
    assert [a.index for a in appended] == [0, 1, 2, 3, 4]
    assert [a.entry.prev for a in appended[1:]] == [a.entry.leaf.hex() for a in appended[:-1]]
    assert appended[0].entry.prev == "0" * 64
    assert judge(database.engine).size == 5


def test_eight_threads_make_one_chain_and_everyone_gets_his_own_index(
    database: Database, sequencer: Sequencer
) -> None:
    ids = [f"t-{number}" for number in range(80)]
    with ThreadPoolExecutor(8) as pool:
        said = dict(zip(ids, pool.map(lambda id: sequencer.submit(appending(id)).index, ids), strict=True))
    assert judge(database.engine).ids == said


def test_a_clock_set_back_never_makes_the_ledgers_time_decrease(database: Database) -> None:
    moments = iter(
        [
            datetime(2026, 11, 21, 8, 0, 0, 123_999, UTC),
            datetime(2026, 11, 21, 7, 0, 0, 0, UTC),
            datetime(2026, 11, 21, 8, 0, 0, 124_000, UTC),
        ]
    )
    sequencer = Sequencer(database.engine, ORIGIN, lambda: next(moments))
    seen = []
    for number in range(3):
        work = appending(f"c-{number}")
        seen.append(sequencer.submit(lambda uow, work=work: (uow.now, work(uow).time)))
    assert [time for _, time in seen] == [
        "2026-11-21T08:00:00.123Z",
        "2026-11-21T08:00:00.123Z",
        "2026-11-21T08:00:00.124Z",
    ]
    assert seen[1][0] == datetime(2026, 11, 21, 8, 0, 0, 123_000, UTC)
    judge(database.engine)


def test_a_second_sequencer_goes_on_where_the_first_one_stopped(database: Database) -> None:
    open_sequencer(database.engine).submit(appending("first"))
    assert open_sequencer(database.engine).submit(appending("second")).index == 1
    judge(database.engine)


def test_two_ledgers_in_one_database_do_not_touch(database: Database) -> None:
    here, there = open_sequencer(database.engine), open_sequencer(database.engine, "example.test/other")
    here.submit(appending("same"))
    appended = there.submit(appending("same", ledger="example.test/other"))
    assert appended.index == 0
    assert judge(database.engine).size == judge(database.engine, "example.test/other").size == 1


def test_a_statement_of_another_ledger_or_with_another_body_is_not_taken(
    database: Database, sequencer: Sequencer
) -> None:
    statement, bodies = say("x")
    foreign, _ = say("x", ledger="example.test/other")
    for wrong, given in (
        (foreign, bodies),
        (statement, {"public": bodies["public"] + b" "}),
        (statement, {**bodies, "full": b"{}"}),
    ):
        with pytest.raises(WrongStatement):
            sequencer.submit(lambda uow, wrong=wrong, given=given: uow.append(wrong, given))
    assert judge(database.engine).size == 0


def test_the_same_statement_twice_is_refused_whether_said_now_or_long_ago(
    database: Database, sequencer: Sequencer
) -> None:
    statement, bodies = say("once")

    def twice(uow: UnitOfWork) -> None:
        uow.append(statement, bodies)
        uow.append(statement, bodies)

    with pytest.raises(Duplicate):
        sequencer.submit(twice)
    results = together(sequencer, [lambda uow: uow.append(statement, bodies)] * 2)
    assert sorted(type(result.exception()).__name__ for result in results) == ["Duplicate", "NoneType"]
    with pytest.raises(Duplicate) as refused:
        sequencer.submit(lambda uow: uow.append(statement, bodies))
    assert refused.value.params() == {"what": "statement", "value": "once"}
    assert judge(database.engine).ids == {"once": 0}


# -- groups --------------------------------------------------------------------------------------------------


def test_a_refused_job_leaves_nothing_and_the_others_of_its_group_are_kept(
    database: Database, sequencer: Sequencer
) -> None:
    def refused(uow: UnitOfWork) -> None:
        uow.append(*say("refused"))
        raise UnknownBatch(batch="b")

    def refused_after_writing(uow: UnitOfWork) -> None:
        uow.append(*say("refused too"))
        uow.connection.execute(insert(api_keys).values(_key_row("refused")))
        uow.append(*say("refused three"))
        raise UnknownBatch(batch="b")

    def broken_query(uow: UnitOfWork) -> None:
        uow.append(*say("broken"))
        uow.connection.exec_driver_sql("SELECT * FROM nowhere")

    def kept(uow: UnitOfWork) -> int:
        uow.connection.execute(insert(api_keys).values(_key_row("kept")))
        return uow.append(*say("kept")).index

    plain = [appending(id) for id in "abc"]
    works = [plain[0], refused, plain[1], refused_after_writing, broken_query, kept, plain[2]]
    results = together(sequencer, works)
    errors = [type(result.exception()).__name__ for result in results]
    assert errors[1] == errors[3] == "UnknownBatch"
    assert errors[4] in ("OperationalError", "ProgrammingError")
    assert {errors[n] for n in (0, 2, 5, 6)} == {"NoneType"}
    found = judge(database.engine)
    assert set(found.ids) == {"a", "b", "c", "kept"}
    assert found.ids["kept"] == results[5].result()
    assert _keys(sequencer) == ["kept"]
    assert sequencer.submit(appending("later")).index == 4


def test_a_job_sees_all_that_was_appended_before_it_in_its_group(
    database: Database, sequencer: Sequencer
) -> None:
    count = select(func.count()).select_from(entries)

    def look(uow: UnitOfWork) -> tuple[int, int]:
        uow.append(*say("mine"))
        return uow.size, uow.connection.execute(count).scalar_one()

    def work(uow: UnitOfWork) -> list[tuple[int, int]]:
        seen = [(uow.size, uow.connection.execute(count).scalar_one())]
        for number in range(3):
            uow.append(*say(f"w-{number}"))
            seen.append((uow.size, uow.connection.execute(count).scalar_one()))
        return seen

    results = together(sequencer, [appending("a"), look, appending("b"), work])
    for sizes in ([results[1].result()], results[3].result()):
        assert all(size == counted for size, counted in sizes)
    judge(database.engine)


def test_nobody_oversells_because_the_rules_read_after_the_head_is_held(
    database: Database, sequencer: Sequencer
) -> None:
    def take_one_of_ten(uow: UnitOfWork) -> None:
        if uow.connection.execute(select(func.count()).select_from(entries)).scalar_one() >= 10:
            raise UnknownBatch(batch="nothing left")
        uow.append(*say(f"{threading.get_ident()}-{uow.size}"))

    other = open_sequencer(database.engine)  # stands for another process: it shares no lock in memory
    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit((sequencer, other)[n % 2].submit, take_one_of_ten) for n in range(24)]
    told = [type(error) for attempt in tries if (error := attempt.exception())]
    assert told == [UnknownBatch] * 14  # and nobody failed over a race for the same index
    assert judge(database.engine).size == 10


def test_a_job_that_submits_another_is_told_instead_of_waiting_for_itself(sequencer: Sequencer) -> None:
    with pytest.raises(RuntimeError, match="must not submit"):
        sequencer.submit(lambda uow: sequencer.submit(appending("inner")))
    assert sequencer.submit(appending("outer")).index == 0


def test_more_jobs_than_a_group_takes_are_led_by_the_next_in_line(
    database: Database, sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_JOBS", 3)
    results = together(sequencer, [appending(f"m-{number}") for number in range(10)])
    assert sorted(result.result().index for result in results) == list(range(10))
    judge(database.engine)


def test_an_interrupt_inside_a_job_records_nothing_of_its_group_and_stops_nobody(
    database: Database, sequencer: Sequencer
) -> None:
    def interrupted(uow: UnitOfWork) -> None:
        uow.append(*say("interrupted"))
        raise KeyboardInterrupt

    # The interrupt reaches the thread that leads; those of its group are told that nothing was recorded.
    results = together(sequencer, [interrupted, appending("other")])
    assert isinstance(results[0].exception(), NotRecorded)
    assert set(judge(database.engine).ids) == ({"other"} if results[1].exception() is None else set())
    sequencer.submit(appending("later"))
    judge(database.engine)


def test_a_waiter_that_is_interrupted_leaves_the_line_and_the_line_moves_on(
    database: Database, sequencer: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted:
        def acquire(self) -> None:
            raise KeyboardInterrupt

    class GoneJob(module._Job):
        def __init__(self, work: object) -> None:
            super().__init__(work)  # type: ignore[arg-type]
            self.wake = Interrupted()  # type: ignore[assignment]

    def leading(uow: UnitOfWork) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(module, "_Job", GoneJob)
            with ThreadPoolExecutor(1) as pool:
                gone = pool.submit(sequencer.submit, appending("gone"))
            assert isinstance(gone.exception(), KeyboardInterrupt)
        uow.append(*say("leading"))

    sequencer.submit(leading)
    assert sequencer.waiting == 0
    assert sequencer.submit(appending("later")).index == 1
    assert set(judge(database.engine).ids) == {"leading", "later"}


# -- idempotency ---------------------------------------------------------------------------------------------


def _answering(key: str, digest: str, answer: str):  # type: ignore[no-untyped-def]
    def work(uow: UnitOfWork) -> str:
        if (known := uow.replay(key, digest)) is not None:
            return known
        uow.append(*say(f"{key}-{answer}"))
        uow.remember(key, digest, answer)
        return answer

    return work


def test_a_repeated_request_gets_the_first_answer_and_nothing_is_recorded_twice(
    database: Database, sequencer: Sequencer
) -> None:
    assert sequencer.submit(_answering("k", "d1", "first")) == "first"
    assert sequencer.submit(_answering("k", "d1", "second")) == "first"
    results = together(sequencer, [_answering("g", "d1", f"answer {n}") for n in range(4)])
    assert len({result.result() for result in results}) == 1
    assert judge(database.engine).size == 2


def test_a_key_used_for_another_request_is_a_conflict(database: Database, sequencer: Sequencer) -> None:
    sequencer.submit(_answering("k", "d1", "first"))
    with pytest.raises(IdempotencyConflict) as refused:
        sequencer.submit(_answering("k", "d2", "second"))
    assert refused.value.key == "k"
    results = together(sequencer, [_answering("g", f"d{n}", "a") for n in range(2)])
    told = sorted(type(result.exception()).__name__ for result in results)
    assert told == ["IdempotencyConflict", "NoneType"]
    assert judge(database.engine).size == 2


def test_the_key_of_a_refused_request_is_free_again(sequencer: Sequencer) -> None:
    def refused(uow: UnitOfWork) -> None:
        assert uow.replay("k", "d1") is None
        uow.remember("k", "d1", "refused")
        raise UnknownBatch(batch="b")

    with pytest.raises(UnknownBatch):
        sequencer.submit(refused)
    assert sequencer.submit(_answering("k", "d2", "now")) == "now"


def test_an_answer_is_kept_even_when_the_request_appended_nothing(sequencer: Sequencer) -> None:
    def work(uow: UnitOfWork) -> str:
        if (known := uow.replay("k", "d")) is not None:
            return known
        uow.remember("k", "d", "回答")
        return "new"

    assert [sequencer.submit(work), sequencer.submit(work)] == ["new", "回答"]
    rows = sequencer.read(lambda connection: connection.execute(select(requests)).all())
    assert [tuple(row) for row in rows] == [(ORIGIN, "k", "d", "回答")]


@pytest.mark.parametrize("key", ["nul\x00", "line\n", "lone\ud800"])
def test_a_key_that_a_database_cannot_hold_is_refused_and_hurts_nobody_else(
    sequencer: Sequencer, key: str
) -> None:
    results = together(sequencer, [_answering(key, "d", "a"), appending("other")])
    assert isinstance(results[0].exception(), Invalid)
    assert results[1].exception() is None


def test_remembering_without_having_asked_is_a_mistake_that_shows_at_once(sequencer: Sequencer) -> None:
    with pytest.raises(ValueError, match="replay"):
        sequencer.submit(lambda uow: uow.remember("k", "d", "answer"))


# -- the projector -------------------------------------------------------------------------------------------


class _Follower:
    """Writes one row for each entry, and refuses statements whose id says so."""

    def __init__(self) -> None:
        self.given: list[Outcome | None] = []

    def follow(
        self,
        book: StoreBook,
        index: int,
        time: str,
        statement: Statement,
        bodies: Mapping[str, bytes],
        outcome: Outcome | None = None,
    ) -> Outcome | None:
        self.given.append(outcome)
        assert Entry.create(index=index, prev="0" * 64, time=time, statement=statement.hash).index == index
        assert book.ledger == ORIGIN
        assert set(bodies) == set(statement.digests)
        book.connection.execute(insert(api_keys).values(_key_row(statement.id)))
        if statement.id.startswith("refuse"):
            raise UnknownBatch(batch=statement.id)
        return outcome or Outcome(holder=statement.id)


@pytest.fixture
def follower() -> Iterator[_Follower]:
    return _Follower()


def test_the_projector_follows_in_the_same_transaction_and_its_outcome_is_given_back(
    database: Database, follower: _Follower
) -> None:
    sequencer = Sequencer(database.engine, ORIGIN, utc_now, follower)
    judged = Outcome(holder="judged before")
    one: Appended = sequencer.submit(appending("one"))
    two = sequencer.submit(lambda uow: uow.append(*say("two"), outcome=judged))
    with pytest.raises(UnknownBatch):
        sequencer.submit(appending("refuse"))
    assert one.outcome == Outcome(holder="one")
    assert two.outcome is judged
    assert follower.given == [None, judged, None]
    assert _keys(sequencer) == ["one", "two"]
    assert judge(database.engine).size == 2


def test_a_long_ledger_grows_by_jobs_of_every_size(database: Database, sequencer: Sequencer) -> None:
    for name, count in (("a", 255), ("b", 1), ("c", 0), ("d", 300)):
        fill(sequencer, count, name)
    assert judge(database.engine).size == 556
