"""Complaints: anybody may file one, nobody sees more of it than is his, and nobody fills the ledger with them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.scenario import World
from tests.service.test_photos import jpeg
from trace.domain.refusals import Invalid, RightsForbid, RoleForbids, UnknownBatch
from trace.services import complaints, mandates, proofs
from trace.services.complaints import (
    FREE_FROM_ONE_PLACE,
    MOST_A_DAY,
    Complaint,
    ComplaintClosed,
    ComplaintsEnough,
    ComplaintsTooFast,
    Kind,
    Report,
    State,
    UnknownComplaint,
)
from trace.services.context import Once, Rights, User

pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)

WORDS, CONTACT = "里面有一根钉子", "138 0000 0000"


@pytest.fixture
def batch(world: World) -> str:
    """Apples of the farm, some of which the stall has sold out of; the plant and the market never had them."""
    made = world.register("farm", "100 KGM")
    world.deliver("farm", "stall", (made, "10 KGM"))
    world.take_out("stall", "sell", (made, "10 KGM"))
    return made


def file(world: World, batch: str, **more: object) -> str:
    """A complaint with everything in it; its number. Each comes from a network of its own."""
    said = {"kind": Kind.FOREIGN, "text": WORDS, "contact": CONTACT, "photo": jpeg(), **more}
    address = f"10.{world.size() // 250}.{world.size() % 250}.1"
    done = complaints.file(world.ctx, Report(batch, **said), address=address)  # type: ignore[arg-type]
    return str(done.result["number"])


def seen(found: Complaint) -> dict[str, bool]:
    """Which fields are shown."""
    return {"text": found.text == WORDS, "photo": bool(found.photos), "contact": found.contact == CONTACT}


# -- who sees what ---------------------------------------------------------------------------------------------


def test_whoever_holds_the_number_sees_the_state_and_no_words(world: World, batch: str) -> None:
    """A number that is lost gives away neither words nor photo nor telephone."""
    found = complaints.follow(world.ctx, file(world, batch))
    assert (found.kind, found.state, found.batch.uri) == (Kind.FOREIGN, State.FILED, batch)
    assert seen(found) == {"text": False, "photo": False, "contact": False}


@pytest.mark.parametrize(
    ("who", "text", "contact"),
    [
        ("farm", True, False),  # made it
        ("stall", True, False),  # had it, and has none left
        ("inspector", True, True),
        ("operator", True, False),
        ("plant", None, None),
        ("market", None, None),
        ("canteen", None, None),
        ("carrier", None, None),
        ("laboratory", None, None),
    ],
)
def test_every_field_for_every_role(
    world: World, batch: str, who: str, text: bool | None, contact: bool | None
) -> None:
    """Words and photo for who made or had the goods, the telephone for inspectors, nothing for anybody else."""
    number = file(world, batch)
    listed = complaints.list_for(world.ctx, world[who])
    index = complaints.follow(world.ctx, number).index
    if text is None:
        with pytest.raises(UnknownComplaint):
            complaints.find(world.ctx, world[who], number)
        assert listed == ()
        assert complaints.open_count(world.ctx, world[who]) == 0
        return
    found = complaints.find(world.ctx, world[who], number)
    assert seen(found) == {"text": text, "photo": text, "contact": contact}
    assert listed == (found,)
    assert complaints.open_count(world.ctx, world[who]) == 1
    assert complaints.photo(world.ctx, world[who], found.photos[0], index) is not None


@pytest.mark.parametrize("who", ["plant", "market", "carrier"])
def test_a_photo_is_not_shown_to_others(world: World, batch: str, who: str) -> None:
    """Not by its hash, and not by naming an entry that they may see."""
    number = file(world, batch)
    sha = complaints.find(world.ctx, world["farm"], number).photos[0]
    for index in range(world.size()):
        assert complaints.photo(world.ctx, world[who], sha, index) is None


def test_the_public_record_says_that_there_is_a_complaint_and_no_more(world: World, batch: str) -> None:
    """A receipt is for everybody: neither the number nor a word of the complaint is in what it discloses."""
    number = file(world, batch)
    index = complaints.follow(world.ctx, number).index
    bodies = {name: json.loads(body)["data"] for name, body in world.record(index).bodies.items()}
    assert bodies["public"] == {"batch": batch}
    assert bodies["people"] == {"contact": CONTACT}
    assert "contact" not in bodies["full"]
    world.ctx.publisher.publish()
    receipt = proofs.receipt(world.ctx, index, None)
    for secret in (number, WORDS, "foreign", CONTACT):
        assert secret not in str(receipt)


# -- answering -------------------------------------------------------------------------------------------------


def test_an_answer_reaches_whoever_holds_the_number(world: World, batch: str) -> None:
    """With who answered; the state follows."""
    number = file(world, batch)
    complaints.answer(world.ctx, world["stall"], number, "已下架，来退款。")
    found = complaints.follow(world.ctx, number)
    assert (found.state, [(one.by.name, one.text) for one in found.answers]) == (
        State.ANSWERED,
        [("stall", "已下架，来退款。")],
    )
    complaints.answer(world.ctx, world["farm"], number, "查到原因了。", closes=True)
    assert complaints.follow(world.ctx, number).state is State.CLOSED
    assert complaints.list_for(world.ctx, world["farm"], open_only=True) == ()


def test_a_business_does_not_reopen_what_is_closed_and_an_inspector_does(world: World, batch: str) -> None:
    """Closing is no way to have the last word."""
    number = file(world, batch)
    complaints.answer(world.ctx, world["farm"], number, "没问题。", closes=True)
    with world.refuses(ComplaintClosed, number=number):
        complaints.answer(world.ctx, world["stall"], number, "同意。")
    complaints.answer(world.ctx, world["inspector"], number, "请提供检测报告。")
    assert complaints.follow(world.ctx, number).state is State.ANSWERED


def test_others_can_not_answer(world: World, batch: str) -> None:
    """A competitor, the operator, and a user who may only look."""
    number = file(world, batch)
    farm = world["farm"]
    reader = replace(farm, user=User("r", farm.uri, "r", "r", Rights.READER))
    for actor, refusal in (
        (world["plant"], UnknownComplaint),
        (world["operator"], RoleForbids),
        (reader, RightsForbid),
    ):
        with world.refuses(refusal):
            complaints.answer(world.ctx, actor, number, "不是我。")


def test_an_answer_entered_for_a_vendor_says_so(world: World, batch: str) -> None:
    """代录 stands in what everybody may read."""
    mandates.give(world.ctx, world["stall"], "market")
    clerk = mandates.acting(world.ctx, world["market"], "stall")
    done = complaints.answer(world.ctx, clerk, file(world, batch), "已处理。")
    public = json.loads(world.record(done.index).bodies["public"])["data"]
    assert public["trace:enteredBy"] == world["market"].uri


def test_an_empty_answer_is_none(world: World, batch: str) -> None:
    """Nor is one that nobody can read to its end."""
    number = file(world, batch)
    for text in ("", "  \n ", "长" * 1001):
        with world.refuses(Invalid, field="text"):
            complaints.answer(world.ctx, world["farm"], number, text)


# -- filing ----------------------------------------------------------------------------------------------------


def test_numbers_are_not_to_be_guessed(world: World, batch: str) -> None:
    """Ten random characters of 32, and however one types them they are the same."""
    numbers = {file(world, batch, photo=None) for _ in range(5)}
    assert len(numbers) == 5
    number = numbers.pop()
    typed = f" {number[:4].lower()}-{number[4:]} "
    assert complaints.follow(world.ctx, typed).number == number
    for wrong in ("", "0", number[:-1], "../etc", number[::-1]):
        with pytest.raises(UnknownComplaint):
            complaints.follow(world.ctx, wrong)


def test_the_same_form_sent_twice_is_one_complaint(world: World, batch: str) -> None:
    """A thumb that taps again, or a network that answers late."""
    key = Once("k", "d")
    said = Report(batch, Kind.PRICE, "缺二两")
    first = complaints.file(world.ctx, said, key)
    again = complaints.file(world.ctx, said, key)
    assert (again.replayed, again.result["number"]) == (True, first.result["number"])


def test_one_batch_takes_so_many_a_day(world: World, batch: str) -> None:
    """Whoever writes from many networks fills the ledger no further; tomorrow there is room again."""
    for _ in range(MOST_A_DAY):
        file(world, batch, photo=None, contact=None)
    before = world.size()
    with pytest.raises(ComplaintsEnough):
        file(world, batch)
    assert world.size() == before
    file(world, world.register("farm", "1 KGM"))
    world.clock.forward(days=1, seconds=1)
    file(world, batch)


def test_one_network_has_to_wait_after_some(world: World) -> None:
    """Changing the last number of the address, or the batch, does not help; another network is not held up."""
    for at in range(FREE_FROM_ONE_PLACE):
        made = world.register("farm", "1 KGM")
        complaints.file(world.ctx, Report(made, Kind.FAKE), address=f"203.0.113.{at + 1}")
    before = world.size()
    with pytest.raises(ComplaintsTooFast) as refused:
        complaints.file(world.ctx, Report(made, Kind.FAKE), address="203.0.113.200")
    assert refused.value.seconds >= 1
    assert world.size() == before
    complaints.file(world.ctx, Report(made, Kind.FAKE), address="198.51.100.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_networks_are_coarse(world: World, address: str, network: str) -> None:
    """What is counted names no single phone."""
    assert complaints.network(address) == network


def test_what_can_not_be_a_complaint_is_refused(world: World, batch: str) -> None:
    """Unknown goods, too many words, and nothing at all; nothing of it stays."""
    for report, refusal in (
        (Report("nix", Kind.FAKE), UnknownBatch),
        (Report(batch, Kind.OTHER), Invalid),
        (Report(batch, Kind.OTHER, "长" * 1001), Invalid),
        (Report(batch, Kind.FAKE, contact="长" * 101), Invalid),
    ):
        before = world.size()
        with pytest.raises(refusal):
            complaints.file(world.ctx, report)
        assert world.size() == before


def test_lists_go_on_where_they_ended(world: World) -> None:
    """The newest first, page by page, none twice and none left out."""
    made = [world.register("farm", "1 KGM") for _ in range(3)]
    numbers = [file(world, batch, photo=None) for batch in made for _ in range(18)]
    first = complaints.list_for(world.ctx, world["farm"])
    second = complaints.list_for(world.ctx, world["farm"], before=first[-1].index)
    assert [one.number for one in (*first, *second)] == numbers[::-1]
    assert len(first) == complaints.PAGE
