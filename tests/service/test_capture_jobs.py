"""Capture jobs: what was accepted is recorded once, whoever works on it and wherever he dies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from tests.scenario import World
from tests.service.test_import_documents import ITEM, captured, document, event
from trace.domain import refusals as no
from trace.interop.epcis import Limits
from trace.interop.errors import DocumentNotEpcis, DocumentTooLarge, FieldForm
from trace.services import capture_jobs
from trace.services.background import Background
from trace.services.capture_jobs import Behaviour, CaptureJob, UnknownJob
from trace.store import unit_of_work
from trace.store.engine import reading
from trace.store.sequencer import NotRecorded
from trace.store.work_tables import capture_jobs as table

on_sqlite = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
BATCH = f"{ITEM}/10/JOB"
PLACE = "https://a.example/place"


def seen(number: int, **more: Any) -> dict[str, Any]:
    """One observation of many."""
    return event(str(number), "inspecting", BATCH, 5, PLACE, **more)


def bad(number: int) -> dict[str, Any]:
    return seen(number, action="SIT")


def future(number: int) -> dict[str, Any]:
    return seen(number, eventTime="2026-12-02T00:00:00Z")


def accept(
    world: World, *events: dict[str, Any], behaviour: Behaviour = Behaviour.ROLLBACK, who: str = "farm"
) -> CaptureJob:
    return capture_jobs.accept(world.ctx, world[who], document(*events), behaviour)


def work(world: World) -> None:
    Background(world.ctx, [capture_jobs.step]).drain()


def now(world: World, job: CaptureJob, who: str = "farm") -> CaptureJob:
    return capture_jobs.job(world.ctx, world[who], job.id)


def recorded(world: World) -> list[str]:
    """The last digits of the ids of the captured events, in the ledger's order."""
    return [raw["eventID"][-3:].lstrip("0") for _, raw in captured(world)]


class Died(BaseException):
    """The process ends here."""


def die_at(monkeypatch: pytest.MonkeyPatch, submission: int, *, after: bool) -> None:
    """Let the process die around the commit of its nth transaction from now on."""
    submit, count = capture_jobs.once, iter(range(1, 100))

    def dying(*args: Any, **more: Any) -> Any:
        nth = next(count)
        if nth == submission and not after:
            raise Died
        result = submit(*args, **more)
        if nth == submission:
            raise Died
        return result

    monkeypatch.setattr(capture_jobs, "once", dying)


# -- the way of a job -----------------------------------------------------------------------------------------


def test_an_accepted_document_is_recorded_by_whoever_works_next_and_told_so(world: World) -> None:
    job = accept(world, seen(1), seen(2))
    assert (job.running, job.success, recorded(world)) == (True, True, [])
    work(world)
    done = now(world, job)
    assert (done.running, done.success, done.errors, done.finished) == (False, True, (), world.clock.now)
    assert recorded(world) == ["1", "2"]


@on_sqlite
def test_the_record_of_the_document_bears_the_jobs_id(world: World) -> None:
    job = accept(world, seen(1))
    work(world)
    assert world.ctx.sequencer.read(
        lambda c: c.exec_driver_sql("SELECT document FROM documents").scalars().all()
    ) == [f"urn:uuid:{job.id}"]


@on_sqlite
def test_a_finished_job_keeps_no_body(world: World) -> None:
    accept(world, seen(1))
    work(world)
    with reading(world.engine) as connection:
        assert connection.execute(select(table.c.body, table.c.claimed_until)).all() == [(None, None)]


@on_sqlite
def test_a_document_with_a_fault_is_refused_at_once_and_leaves_nothing(world: World) -> None:
    with world.refuses(FieldForm, path="$.epcisBody.eventList[1].action"):
        accept(world, seen(1), bad(2))


@on_sqlite
@pytest.mark.parametrize("behaviour", Behaviour)
def test_too_many_events_are_refused_whatever_becomes_of_the_good_ones(
    world: World, behaviour: Behaviour
) -> None:
    with world.refuses(DocumentTooLarge):
        capture_jobs.accept(world.ctx, world["farm"], document(seen(1), seen(2)), behaviour, Limits(events=1))


@on_sqlite
@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_bare_event_is_no_document(world: World, behaviour: Behaviour) -> None:
    bare = {"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld", **seen(1)}
    with world.refuses(DocumentNotEpcis):
        capture_jobs.accept(world.ctx, world["farm"], json.dumps(bare).encode(), behaviour)


@on_sqlite
def test_a_role_that_hands_in_no_documents_gets_no_job(world: World) -> None:
    with world.refuses(no.RoleForbids):
        accept(world, seen(1), who="laboratory")


@on_sqlite
def test_rollback_records_nothing_where_one_event_is_refused_and_tells_its_path(world: World) -> None:
    job = accept(world, seen(1), future(2), seen(3))
    work(world)
    done = now(world, job)
    assert (done.running, done.success, recorded(world)) == (False, False, [])
    assert [(error.code, error.path) for error in done.errors] == [
        ("future_time", "$.epcisBody.eventList[1].eventTime")
    ]


def test_proceed_records_the_good_events_and_tells_why_each_other_was_not(world: World) -> None:
    job = accept(world, seen(1), bad(2), future(3), seen(4), behaviour=Behaviour.PROCEED)
    work(world)
    done = now(world, job)
    assert (done.running, done.success, recorded(world)) == (False, False, ["1", "4"])
    assert [(error.code, error.path) for error in done.errors] == [
        ("document_field_form", "$.epcisBody.eventList[1].action"),
        ("future_time", "$.epcisBody.eventList[2].eventTime"),
    ]


@on_sqlite
def test_an_event_of_a_kind_that_nobody_here_reads_is_refused_alone(world: World) -> None:
    """The standard lets a vendor add event types; the rules read the five that it has itself."""
    foreign = {**seen(2), "type": "https://vendor.example/StrangeEvent"}
    job = accept(world, seen(1), foreign, behaviour=Behaviour.PROCEED)
    work(world)
    assert [(error.code, error.path) for error in now(world, job).errors] == [
        ("invalid", "$.epcisBody.eventList[1].type")
    ]
    assert recorded(world) == ["1"]


@on_sqlite
def test_an_impossible_event_is_no_error_of_its_document(world: World) -> None:
    job = accept(world, event("1", "shipping", BATCH, 5, world["farm"].party.location or ""))
    work(world)
    assert now(world, job).success
    assert recorded(world) == ["1"]


# -- who sees a job -------------------------------------------------------------------------------------------


@on_sqlite
def test_a_job_is_seen_by_its_party_inspectors_and_the_operator_alone(world: World) -> None:
    job = accept(world, seen(1))
    for who in ("farm", "inspector", "operator"):
        assert now(world, job, who).id == job.id
        assert [one.id for one in capture_jobs.jobs(world.ctx, world[who], 10).items] == [job.id]
    with pytest.raises(UnknownJob):
        now(world, job, "market")
    assert capture_jobs.jobs(world.ctx, world["market"], 10).items == ()


@on_sqlite
def test_jobs_are_paged_newest_first_and_pages_stay_while_others_come(world: World) -> None:
    made = []
    for number in range(5):
        world.clock.forward(seconds=1)
        made.append(accept(world, seen(number)).id)
    first = capture_jobs.jobs(world.ctx, world["farm"], 2)
    world.clock.forward(seconds=1)
    accept(world, seen(9))
    second = capture_jobs.jobs(world.ctx, world["farm"], 2, first.next)
    third = capture_jobs.jobs(world.ctx, world["farm"], 2, second.next)
    pages = [[job.id for job in page.items] for page in (first, second, third)]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]
    assert third.next is None


# -- crashes --------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("behaviour", "nth", "after", "finished"),
    [
        (Behaviour.ROLLBACK, 1, False, False),
        (Behaviour.ROLLBACK, 1, True, True),
        (Behaviour.PROCEED, 1, False, False),
        (Behaviour.PROCEED, 2, True, False),
        (Behaviour.PROCEED, 3, False, False),
        (Behaviour.PROCEED, 3, True, True),
    ],
)
def test_a_worker_that_dies_around_a_commit_leaves_each_event_to_be_recorded_once(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    nth: int,
    after: bool,
    finished: bool,
) -> None:
    """Five events: in three transactions under ``proceed``, in one under ``rollback``."""
    monkeypatch.setattr(capture_jobs, "CHUNK", 2)
    job = accept(world, *map(seen, range(1, 6)), behaviour=behaviour)
    with monkeypatch.context() as dying:
        die_at(dying, nth, after=after)
        with pytest.raises(Died):
            capture_jobs.step(world.ctx)
    assert not capture_jobs.step(world.ctx)  # the dead one's lease is not over yet
    assert now(world, job).running is not finished
    world.clock.now += capture_jobs.LEASE
    work(world)
    assert recorded(world) == ["1", "2", "3", "4", "5"]
    assert (now(world, job).running, now(world, job).success) == (False, True)


@on_sqlite
def test_what_was_refused_before_a_crash_is_still_told_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_jobs, "CHUNK", 1)
    job = accept(world, future(1), bad(2), seen(3), future(4), behaviour=Behaviour.PROCEED)
    with monkeypatch.context() as dying:
        die_at(dying, 2, after=True)
        with pytest.raises(Died):
            capture_jobs.step(world.ctx)
    assert now(world, job).success is False  # an error was seen, and more events are being captured
    world.clock.now += capture_jobs.LEASE
    work(world)
    positions = [int(error.path.partition("[")[2][0]) for error in now(world, job).errors]
    assert sorted(positions) == [0, 1, 3]
    assert recorded(world) == ["3"]


def test_two_who_work_on_one_job_at_once_record_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is so slow that its lease runs out, and finishes after the second all the same."""
    accept(world, seen(1), seen(2))
    once = capture_jobs.once

    def slow(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(capture_jobs, "once", once)
        world.clock.now += capture_jobs.LEASE
        assert capture_jobs.step(world.ctx)
        return once(*args, **more)

    monkeypatch.setattr(capture_jobs, "once", slow)
    assert capture_jobs.step(world.ctx)
    assert recorded(world) == ["1", "2"]


@on_sqlite
def test_a_job_that_always_fails_is_given_up_and_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = accept(world, seen(1))
    world.clock.forward(seconds=1)
    good = accept(world, seen(2))
    follow = unit_of_work.UnitOfWork.append

    def broken(uow: Any, statement: Any, bodies: Any, *args: Any, **more: Any) -> Any:
        if b'"eventID":"urn:uuid:00000000-0000-4000-8000-000000000001"' in bodies.get("full", b""):
            raise OSError("no")
        return follow(uow, statement, bodies, *args, **more)

    monkeypatch.setattr(unit_of_work.UnitOfWork, "append", broken)
    for _ in range(capture_jobs.MOST_ATTEMPTS):
        with pytest.raises((OSError, NotRecorded)):
            capture_jobs.step(world.ctx)
        while capture_jobs.step(world.ctx):
            pass
        assert now(world, good).success
        world.clock.now += capture_jobs.LEASE
    work(world)
    given_up = now(world, poison)
    assert (given_up.running, given_up.success) == (False, False)
    assert [error.code for error in given_up.errors] == ["capture_given_up"]
    assert recorded(world) == ["2"]
