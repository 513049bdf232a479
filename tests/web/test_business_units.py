"""Cases and pallets numbered here: whose prefix it is, each number once, and the label with it."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest

from tests.web.desk import Browser, Desk
from trace.domain.commands import Line, Pack
from trace.domain.logistic_units import NoPrefix, PrefixTaken
from trace.domain.refusals import RoleForbids
from trace.domain.units import Quantity
from trace.identifiers import SSCC
from trace.services import logistic_units, mandates
from trace.services.context import Rights
from trace.store.queries import numbering

HERE = "/desk/settings/units"
PREFIX = "9520000"  # that of the farm's milk


@pytest.fixture
def farm(desk: Desk) -> Browser:
    """The farm's owner, its prefix entered."""
    browser = desk.browser("farm")
    assert browser.submit(HERE, prefix=PREFIX).status_code == 303
    return browser


@pytest.fixture
def apples(desk: Desk) -> str:
    """100 kg of apples at the farm; the batch's short code."""
    return desk.world.register("farm", "100 KGM", lot="A-1").rsplit("/", 1)[-1]


def packed(browser: Browser, code: str, amount: str, **more: str) -> str:
    """The number of the case that so much of a batch went into."""
    sent = {"unit": "", "batch": code, f"amount:{code}": amount, **more}
    answer = browser.post("/desk/pack", sent, json=True)
    assert answer.status_code == 200, answer.text
    return str(answer.json["next"].partition("?unit=")[2])


def test_a_case_gets_the_next_number_under_the_prefix(desk: Desk, farm: Browser, apples: str) -> None:
    """The field for a code is left empty: each case is another one, its check digit right, its goods in it."""
    numbers = [packed(farm, apples, "10") for _ in range(3)]
    assert [number[:17] for number in numbers] == [f"0{PREFIX}{count:09d}" for count in (1, 2, 3)]
    assert all(SSCC.parse(number).value == number for number in numbers)
    assert desk.world.verify().ok
    page = farm.page(f"/desk/entries/{desk.world.size() - 1}")
    assert numbers[2] in page
    assert f"/desk/labels/print?count=2&amp;unit={numbers[2]}" in page
    assert "已编到第 3 号" in farm.page(HERE)


def test_a_number_is_never_given_twice(desk: Desk, farm: Browser, apples: str) -> None:
    """Not after the case was emptied, nor after its packing was declared wrong."""
    first = packed(farm, apples, "10")
    assert farm.post("/desk/unpack", {"unit": first}).status_code == 303
    second = packed(farm, apples, "10")
    index = desk.world.size() - 1
    farm.submit(f"/desk/entries/{index}/correct", reason="did_not_occur")
    assert len({first, second, packed(farm, apples, "10")}) == 3


def test_what_is_refused_takes_no_number(desk: Desk, farm: Browser, apples: str) -> None:
    """More goes in than there is: nothing is recorded, and the next case gets the number."""
    before = desk.world.tables()
    sent = {"unit": "", "batch": apples, f"amount:{apples}": "101"}
    assert farm.post("/desk/pack", sent).status_code == 422
    assert desk.world.tables() == before
    assert packed(farm, apples, "1")[:17] == f"0{PREFIX}{1:09d}"


def test_an_entry_that_is_sent_again_gets_the_number_that_it_got(farm: Browser, apples: str) -> None:
    """The answer was lost on its way to the phone: no second case comes into being."""
    assert packed(farm, apples, "5", once="k1") == packed(farm, apples, "5", once="k1")
    assert packed(farm, apples, "5", once="k2") != packed(farm, apples, "5", once="k1")


def test_phones_that_deliver_at_once_get_different_numbers(desk: Desk, farm: Browser, apples: str) -> None:
    """Numbers are counted where the ledger is, one after the other."""
    batch = f"https://trace.example/t/{apples}"

    def pack(_: int) -> Any:
        command = Pack("", (Line(batch, Quantity.parse("1", "KGM")),))
        return logistic_units.pack_new(desk.ctx, desk.world["farm"], command).result["unit"]

    with ThreadPoolExecutor(4) as phones:
        assert len(set(phones.map(pack, range(12)))) == 12


def test_a_number_that_the_ledger_has_heard_of_is_passed_over(desk: Desk, farm: Browser, apples: str) -> None:
    """The business numbered cases by itself before: the same number on two cases would mix their goods."""
    taken = SSCC.parse("095200000000000011")
    sent = {"unit": taken.value, "batch": apples, f"amount:{apples}": "1"}
    assert farm.post("/desk/pack", sent).status_code == 303
    assert packed(farm, apples, "1") != taken.value


def test_numbers_go_on_behind_those_given_elsewhere(farm: Browser, apples: str) -> None:
    """The owner says from where on; behind what was given here already it never goes back."""
    assert farm.submit(HERE, prefix=PREFIX, first="5000").status_code == 303
    assert packed(farm, apples, "1")[8:17] == "000005000"
    assert farm.submit(HERE, prefix=PREFIX, first="1").status_code == 303
    assert packed(farm, apples, "1")[8:17] == "000005001"


def test_a_number_fills_the_extension_digit_when_the_rest_is_used_up(farm: Browser, apples: str) -> None:
    """After 999 999 999 comes extension digit 1; behind the very last number it is refused."""
    farm.submit(HERE, prefix=PREFIX, first="999999999")
    assert [packed(farm, apples, "1")[:17] for _ in range(2)] == [
        f"0{PREFIX}999999999",
        f"1{PREFIX}000000000",
    ]
    farm.submit(HERE, prefix=PREFIX, first="9999999999")
    packed(farm, apples, "1")
    refused = farm.post("/desk/pack", {"unit": "", "batch": apples, f"amount:{apples}": "1"})
    assert (refused.status_code, "已经用完" in refused.text) == (422, True)


@pytest.mark.parametrize(
    "prefix", ["", "123456", "12345678901", "952000x", "９５２００００", "0212345", "2123456", "9912345"]
)
def test_what_is_no_company_prefix_is_refused(desk: Desk, prefix: str) -> None:
    """Too short, too long, other digits, and ranges that belong to no company."""
    size = desk.world.size()
    assert desk.browser("stall").post(HERE, {"prefix": prefix, "first": "1"}).status_code == 422
    assert desk.world.size() == size


def test_a_prefix_must_fit_the_numbers_that_are_known(desk: Desk) -> None:
    """The farm's milk has a barcode: a prefix that it does not begin with is somebody else's, or misspelt."""
    refused = desk.browser("farm").post(HERE, {"prefix": "6901234", "first": "1"})
    assert refused.status_code == 422
    assert "对不上" in refused.text
    assert desk.browser("stall").post(HERE, {"prefix": "6901234", "first": "1"}).status_code == 303


@pytest.mark.parametrize("prefix", [PREFIX, f"{PREFIX}1"])
def test_two_businesses_never_number_under_the_same_prefix(desk: Desk, farm: Browser, prefix: str) -> None:
    """Nor under one that would give the same numbers: two cases with one number would be one case."""
    with desk.world.refuses(PrefixTaken, prefix=prefix):
        logistic_units.register_prefix(desk.ctx, desk.world["stall"], prefix)


def test_nobody_without_numbers_of_his_own_takes_the_prefix_of_another_s(desk: Desk) -> None:
    """A stall that has no barcode would shut the farm, whose milk has one, out of its own numbers for good."""
    size = desk.world.size()
    refused = desk.browser("stall").post(HERE, {"prefix": PREFIX, "first": "1"})
    assert (refused.status_code, "别的单位" in refused.text, desk.world.size()) == (422, True, size)
    assert desk.browser("farm").submit(HERE, prefix=PREFIX).status_code == 303


def test_a_document_that_names_the_next_thousand_numbers_is_passed_in_a_few_questions(
    desk: Desk, farm: Browser, apples: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody's records wait while a number is looked for: a stranger cannot make that long."""
    asked: list[int] = []

    def named(connection: object, ledger: str, units: Collection[str]) -> Collection[str]:
        asked.append(len(units))
        return units if len(asked) <= 5 else ()

    monkeypatch.setattr(numbering, "named_among", named)
    assert packed(farm, apples, "1")[8:17] == "000001001"
    assert len(asked) == 6


def test_a_prefix_in_the_wrong_hands_is_taken_back_and_counted_on_from(
    desk: Desk, farm: Browser, apples: str
) -> None:
    """By the operator alone. Cases that bear its numbers keep them, and nobody's case gets one of them again."""
    last = packed(farm, apples, "10")
    there = f"/operate/parties/{desk.world['farm'].party.id}"
    operator = desk.browser("operator")
    assert PREFIX in operator.page(there)
    with desk.world.refuses(RoleForbids):
        logistic_units.end_prefix(desk.ctx, desk.world["farm"], "farm")
    assert operator.submit(there, f"{there}/prefix/end").status_code == 303
    assert PREFIX not in operator.page(there)
    with desk.world.refuses(NoPrefix, party=desk.world["farm"].party.name):
        logistic_units.end_prefix(desk.ctx, desk.world["operator"], "farm")
    assert farm.post("/desk/pack", {"unit": "", "batch": apples, f"amount:{apples}": "10"}).status_code == 422
    assert farm.submit(HERE, prefix=PREFIX).status_code == 303
    assert int(packed(farm, apples, "10")[:17]) == int(last[:17]) + 1
    assert desk.world.verify().ok


def test_only_the_owner_enters_the_prefix(desk: Desk) -> None:
    """Neither a clerk of his, nor whoever enters for him; a laboratory packs nothing."""
    size = desk.world.size()
    assert desk.browser("farm", Rights.CLERK).post(HERE, {"prefix": PREFIX}).status_code == 403
    assert desk.browser("laboratory").post(HERE, {"prefix": PREFIX}).status_code == 422
    assert desk.world.size() == size
    mandates.give(desk.ctx, desk.world["stall"], "market")
    market = desk.browser("market")
    market.post("/desk/mandates/act", {"party": desk.world["stall"].uri, "for": "market"})
    assert market.post(HERE, {"prefix": "6901234", "for": "stall"}).status_code == 403


def test_without_a_prefix_the_code_is_asked_for(desk: Desk, apples: str) -> None:
    """And the owner is shown where to enter one; a clerk is told whom to ask."""
    farm = desk.browser("farm")
    assert HERE in farm.page("/desk/pack").split("<main", 1)[1]
    assert HERE not in desk.browser("farm", Rights.CLERK).page("/desk/pack")
    refused = farm.post("/desk/pack", {"unit": "", "batch": apples, f"amount:{apples}": "1"})
    assert refused.status_code == 422
    assert "厂商识别代码" in refused.text


def test_the_label_of_a_case_says_what_lies_in_it(desk: Desk, farm: Browser, apples: str) -> None:
    """Its number, whose it is, its goods; for whoever has the case alone."""
    number = packed(farm, apples, "12.5")
    assert farm.get(f"/desk/labels/print?unit={number}").status_code == 200
    answer = farm.get(f"/desk/labels.pdf?unit={number}&stock=roll-100x150&count=1")
    assert answer.status_code == 200, answer.text
    with pypdfium2.PdfDocument(answer.data) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    assert f"{number[0]} {number[1:17]} {number[17]}" in text
    assert all(part in text for part in ("farm", "A-1", "12.5"))
    assert desk.browser("stall").get(f"/desk/labels/print?unit={number}").status_code == 422
