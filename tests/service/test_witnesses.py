"""Witnesses: what they sign is kept and shown, and a ledger that was cut or rewritten is found by them."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import scenario
from tests.scenario import World
from tests.witness import NAME, Witness, witness
from trace.domain.refusals import RightsForbid
from trace.domain.subscribing import DestinationRefused
from trace.ledger import note
from trace.services import witnesses
from trace.services.context import Actor, Context, Rights, User
from trace.services.witnesses import Witness as Listed
from trace.services.witnesses import WitnessKeyUnfit, WitnessKnown

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@pytest.fixture
def there() -> Iterator[Witness]:
    with witness() as made:
        yield made


def open_to(world: World, there: Witness) -> Context:
    """The service, allowed to ask a witness on this machine that knows its log."""
    world.ctx.publisher.publish()
    there.trusts(world.ctx.publisher.vkey)
    there.time = int(world.clock.now.timestamp())
    ctx = dataclasses.replace(world.ctx, webhook_private=True)
    witnesses.add(ctx, world["operator"], there.vkey, there.address)
    return ctx


def only(ctx: Context) -> Listed:
    (found,) = witnesses.listed(ctx)
    return found


def cosigned_by(there: Witness, text: str) -> note.Verified:
    """The note as whoever trusts the witness alone reads it."""
    return note.open_note(text, [note.Verifier.from_text(there.vkey)])


def test_a_witness_signs_each_larger_ledger_and_its_line_stands_under_the_checkpoint(
    world: World, there: Witness
) -> None:
    """Whoever trusts the witness sees by its line that the ledger he is shown is the one it saw."""
    ctx = open_to(world, there)
    assert witnesses.step(ctx)
    first = only(ctx)
    assert (first.state, first.size, first.behind) == ("cosigned", world.size(), 0)
    for _ in range(3):
        world.register("farm", "5 KGM")
        world.clock.forward(minutes=1)
        note_ = ctx.publisher.publish()
        assert witnesses.step(ctx)
        shown = witnesses.with_cosignatures(ctx, note_)
        assert [one.name for one in cosigned_by(there, shown).by] == [NAME]
        assert shown == witnesses.witnessed(ctx)
    assert there.got[-1].startswith(f"old {world.size() - 1}\n")
    assert only(ctx).size == world.size()


def test_a_ledger_that_stands_still_is_asked_for_again_only_after_an_hour(
    world: World, there: Witness
) -> None:
    """A witness is not a neighbour to be rung up every second, and its time must not grow old either."""
    ctx = open_to(world, there)
    assert witnesses.step(ctx)
    world.clock.forward(minutes=59)
    assert not witnesses.step(ctx)
    world.clock.forward(minutes=2)
    there.time += 3600
    assert witnesses.step(ctx)
    assert len(there.got) == 2
    assert only(ctx).state == "cosigned"


def test_a_busy_ledger_does_not_show_a_witness_each_checkpoint(world: World, there: Witness) -> None:
    """Twice a minute is enough."""
    ctx = open_to(world, there)
    for _ in range(5):
        world.register("farm", "5 KGM")
        ctx.publisher.publish()
        witnesses.step(ctx)
        world.clock.forward(seconds=1)
    assert len(there.got) == 1


def test_one_who_knows_the_log_already_says_how_far_and_is_shown_the_rest(
    world: World, there: Witness
) -> None:
    """The service lost its memory of the witness, or the witness was registered anew."""
    ctx = open_to(world, there)
    witnesses.step(ctx)
    witnesses.end(ctx, world["operator"], only(ctx).id)
    world.register("farm", "5 KGM")
    ctx.publisher.publish()
    witnesses.add(ctx, world["operator"], there.vkey, there.address)
    assert witnesses.step(ctx)
    assert witnesses.step(ctx)
    assert only(ctx).state == "cosigned"
    assert [one.split("\n")[0] for one in there.got[1:]] == ["old 0", f"old {world.size() - 1}"]


def test_a_database_put_back_to_a_backup_is_found_by_the_witness_who_saw_more(
    world: World, there: Witness, tmp_path: Path
) -> None:
    """Even where the operator threw away what his own machine remembers."""
    ctx = open_to(world, there)
    witnesses.step(ctx)
    backup = tmp_path / "backup.db"
    shutil.copyfile(world.url.removeprefix("sqlite:///"), backup)
    for suffix in ("-wal", "-shm"):
        shutil.copyfile(world.url.removeprefix("sqlite:///") + suffix, f"{backup}{suffix}")
    world.register("farm", "5 KGM")
    ctx.publisher.publish()
    world.clock.forward(minutes=1)
    witnesses.step(ctx)
    var = tmp_path / "var-again"
    shutil.copytree(world.var, var)
    (var / "checkpoint.note").unlink()
    with scenario.opened(var, f"sqlite:///{backup}", create=False, clock=world.clock) as old:
        cut = dataclasses.replace(old, webhook_private=True)
        world.clock.forward(minutes=1)
        cut.publisher.publish()
        with_fork = World(cut, world.clock, var, "", world.actors, products=world.products, attacked=True)
        assert witnesses.listed(cut)[0].size == world.size() - 1
        # Nothing new: the witness is asked again after an hour, and knows more.
        world.clock.forward(hours=2)
        witnesses.step(cut)
        assert (only(cut).state, only(cut).told, only(cut).told_size) == ("alarm", "ahead", world.size())
        # Other entries in the place of those that were cut: longer, and not an extension.
        for _ in range(3):
            with_fork.register("farm", "7 KGM")
        cut.publisher.publish()
        for _ in range(3):
            world.clock.forward(hours=1)
            witnesses.step(cut)
        assert (only(cut).state, only(cut).told) == ("alarm", "inconsistent")
        assert there.seen[world.ctx.ledger][0] == world.size()


def test_the_same_size_with_another_root_is_an_alarm(world: World, there: Witness) -> None:
    """Two faces of one length."""
    ctx = open_to(world, there)
    witnesses.step(ctx)
    there.seen[ctx.ledger] = (world.size(), bytes(32))
    world.clock.forward(hours=2)
    witnesses.step(ctx)
    assert (only(ctx).state, only(ctx).told) == ("alarm", "mismatch")


@pytest.mark.parametrize(
    ("status", "body", "state", "told"),
    [
        (404, b"", "refused", "log_unknown"),
        (403, b"", "refused", "key_unknown"),
        (400, b"", "refused", "bad_request"),
        (422, b"", "alarm", "inconsistent"),
        (409, b"", "alarm", "mismatch"),
        (409, b"007\n", "alarm", "mismatch"),
        (409, b"99999\n", "alarm", "ahead"),
        (500, b"", "away", "status 500"),
        (302, b"", "away", "status 302"),
        (200, b"", "refused", "signature_bad"),
        (200, b"\xff\xfe", "refused", "signature_bad"),
        (200, "— witness.example/w1 AAAAAAAA\n".encode(), "refused", "signature_bad"),
        (200, b"x" * 20_000, "away", "answer_malformed"),
    ],
)
def test_whatever_else_a_witness_answers_is_told_and_signs_nothing(
    world: World, there: Witness, status: int, body: bytes, state: str, told: str
) -> None:
    """The page says what is wrong; nothing of it stands under a checkpoint, and it is asked again later."""
    ctx = open_to(world, there)
    there.answers.append((status, body))
    assert witnesses.step(ctx)
    assert (only(ctx).state, only(ctx).told) == (state, told)
    assert witnesses.witnessed(ctx) is None
    assert not witnesses.step(ctx)
    world.clock.forward(hours=1)
    assert witnesses.step(ctx)
    assert only(ctx).state == "cosigned"


def test_a_signature_over_another_text_or_by_another_key_is_none(world: World, there: Witness) -> None:
    """A witness that signs something else has not signed this checkpoint."""
    ctx = open_to(world, there)
    text = ctx.publisher.publish().split("\n\n")[0] + "\n"
    other = Witness()
    for body in (
        there.signed(text + "more\n"),
        other.signed(text),
        b"\n" + there.signed(text),
        b"x\n\n" + there.signed(ctx.publisher.publish() + "x\n"),
    ):
        there.answers.append((200, body))
        world.clock.forward(hours=1)
        there.time = int(world.clock.now.timestamp())
        assert witnesses.step(ctx)
        assert (only(ctx).state, only(ctx).told) == ("refused", "signature_bad")
    there.time += 3600
    world.clock.forward(hours=1)
    there.time = int(world.clock.now.timestamp()) + 3600
    witnesses.step(ctx)
    assert only(ctx).told == "clock_ahead"
    assert witnesses.witnessed(ctx) is None


def test_a_witness_inside_the_network_is_never_spoken_to(world: World, there: Witness) -> None:
    """The operator's form is no way to the services beside this one."""
    with pytest.raises(DestinationRefused):
        witnesses.add(world.ctx, world["operator"], there.vkey, there.address)
    ctx = open_to(world, there)
    assert witnesses.step(dataclasses.replace(ctx, webhook_private=False))
    assert (only(ctx).state, only(ctx).told) == ("refused", "address_refused")
    assert there.got == []


def test_only_an_owner_at_the_operator_says_who_witnesses(world: World, there: Witness) -> None:
    """Whoever chooses the witnesses could choose his friends."""
    ctx = dataclasses.replace(world.ctx, webhook_private=True)
    clerk = Actor(world["operator"].party, user=User("x", "y", "z", "clerk", Rights.CLERK))
    for actor in (world["farm"], world["inspector"], clerk):
        with pytest.raises(RightsForbid):
            witnesses.add(ctx, actor, there.vkey, there.address)
        with pytest.raises(RightsForbid):
            witnesses.end(ctx, actor, "x")


def test_only_keys_for_cosignatures_are_taken_and_each_once(world: World, there: Witness) -> None:
    """A log's own key, which is of another kind, would never verify."""
    ctx = open_to(world, there)
    for vkey in ("", "nonsense", ctx.publisher.vkey, there.vkey[:-4]):
        with pytest.raises(WitnessKeyUnfit):
            witnesses.add(ctx, world["operator"], vkey, there.address)
    with pytest.raises(WitnessKnown):
        witnesses.add(ctx, world["operator"], there.vkey, there.address)
