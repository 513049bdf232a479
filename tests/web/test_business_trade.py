"""Selling, serving, writing off, making and packing, as a stall or a plant does it on a phone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.scenario import CRATE, PALLET
from tests.web.desk import Desk, forms
from trace.services import custody
from trace.services.context import Rights

SSCC = PALLET.rpartition("/")[2]


@pytest.fixture
def apples(desk: Desk) -> str:
    """20 kg of apples at the stall; the batch's URI."""
    batch = desk.world.register("farm", "100 KGM", lot="A-1")
    desk.world.deliver("farm", "stall", (batch, "20 KGM"))
    return batch


def code(batch: str) -> str:
    """The short code that stands on the label."""
    return batch.rpartition("/")[2]


# -- sold, served, written off -------------------------------------------------------------------------------


def test_a_sale_takes_two_taps(desk: Desk, apples: str) -> None:
    """Tick, and record: all of it, to nobody in particular."""
    stall = desk.browser("stall")
    (form,) = [
        one
        for one in forms(stall.page("/desk/sell?how=sell"))
        if one.method == "post" and one.action != "/out"
    ]
    answer = stall.post(form.action, form.filled({"batch": code(apples)}), whole=True)
    assert answer.headers["Location"].startswith("/desk/entries/")
    assert desk.world.balance(apples)["sold"] == Decimal(20)


def test_less_than_all_is_sold_to_a_named_buyer(desk: Desk, apples: str) -> None:
    """A wholesaler's books name the buyer; whom to call is not in the event."""
    form = {"how": "sell", "batch": code(apples), f"amount:{code(apples)}": "7.5"}
    buyer = {"buyer": "城南饭店", "buyer_contact": "王 13800000000", "invoice": "FP-9"}
    assert desk.browser("stall").post("/desk/sell", {**form, **buyer}).status_code == 303
    assert desk.world.holds("stall", apples) == Decimal("12.5")
    record = desk.world.record(desk.world.size() - 1)
    assert "城南饭店".encode() in record.bodies["full"]
    assert b"13800000000" in record.bodies["people"]
    assert b"13800000000" not in record.bodies["full"] + record.bodies["public"]


def test_a_scanned_code_is_ticked_on_the_page(desk: Desk, apples: str) -> None:
    """Without scripts the code goes to the page, and comes back ticked; a lot is as good as a code."""
    for asked in (code(apples), f"https://trace.example/t/{code(apples)}", "A-1"):
        page = desk.browser("stall").page(f"/desk/sell?code={asked}")
        assert f'value="{code(apples)}" checked' in page
    assert "checked" not in desk.browser("stall").page("/desk/sell?code=other")


def test_more_than_there_is_comes_back_with_what_was_typed(desk: Desk, apples: str) -> None:
    """Nothing is recorded; the reader sees why, and his number still stands there."""
    size = desk.world.size()
    answer = desk.browser("stall").post(
        "/desk/sell", {"how": "sell", "batch": code(apples), f"amount:{code(apples)}": "21"}
    )
    assert answer.status_code == 422
    assert 'value="21"' in answer.text
    assert "20 千克" in answer.text
    assert desk.world.size() == size


@pytest.mark.parametrize("typed", ["", "x", "0", "-1", "1e3"])
def test_an_amount_that_is_none_is_refused(desk: Desk, apples: str, typed: str) -> None:
    """No letters, no zero, no minus; an emptied field means all of it."""
    answer = desk.browser("stall").post(
        "/desk/sell", {"how": "sell", "batch": code(apples), f"amount:{code(apples)}": typed}
    )
    assert answer.status_code == (422 if typed else 303)


def test_nothing_ticked_is_said(desk: Desk, apples: str) -> None:
    """An empty form is no sale."""
    assert desk.browser("stall").post("/desk/sell", {"how": "sell"}).status_code == 422


def test_stopped_goods_can_only_be_written_off(desk: Desk, apples: str) -> None:
    """They cannot be ticked for selling, and the ledger refuses whoever posts them all the same."""
    custody.hold(desk.ctx, desk.world["inspector"], apples, "农残")
    stall = desk.browser("stall")
    page = stall.page("/desk/sell?how=sell")
    assert "停止流通（农残" in page
    assert 'name="batch"' not in page
    assert stall.post("/desk/sell", {"how": "sell", "batch": code(apples)}).status_code == 422
    gone = {"how": "destroy", "batch": code(apples), "reason": "stopped", "sure": "yes"}
    assert stall.post("/desk/sell", gone).status_code == 303
    assert desk.world.balance(apples)["destroyed"] == Decimal(20)


@pytest.mark.parametrize("missing", ["reason", "sure"])
def test_writing_off_needs_a_reason_and_a_second_thought(desk: Desk, apples: str, missing: str) -> None:
    """A slip of the thumb destroys nothing."""
    form = {"how": "destroy", "batch": code(apples), "reason": "spoilt", "sure": "yes"}
    del form[missing]
    assert desk.browser("stall").post("/desk/sell", form).status_code == 422
    assert desk.world.holds("stall", apples) == Decimal(20)


def test_what_is_past_its_date_is_written_off_as_expired(desk: Desk, apples: str) -> None:
    """The books tell spoilt from expired."""
    form = {"how": "destroy", "batch": code(apples), "reason": "expired", "sure": "yes"}
    assert desk.browser("stall").post("/desk/sell", form).status_code == 303
    assert desk.world.balance(apples)["expired"] == Decimal(20)


def test_a_canteen_serves_first_and_sells_never(desk: Desk) -> None:
    """Its page opens at serving, with dish and meal; selling is not offered and not taken."""
    batch = desk.world.register("farm", "10 KGM")
    desk.world.deliver("farm", "canteen", (batch, "10 KGM"))
    canteen = desk.browser("canteen")
    page = canteen.page("/desk/sell")
    assert 'name="dish"' in page
    assert "how=sell" not in page
    assert canteen.post("/desk/sell", {"how": "sell", "batch": code(batch)}).status_code == 422
    served = {"how": "serve", "batch": code(batch), "dish": "苹果羹", "meal": "lunch"}
    assert canteen.post("/desk/sell", served).status_code == 303
    assert desk.world.balance(batch)["served"] == Decimal(10)


def test_an_empty_stock_says_what_to_do(desk: Desk) -> None:
    """No form without goods: the way to receiving stands there."""
    for path in ("/desk/sell", "/desk/process", "/desk/pack"):
        page = desk.browser("stall").page(path)
        assert 'href="/desk/receive"' in page
        assert 'method="post" action="/desk/' not in page


def test_a_reader_records_nothing(desk: Desk, apples: str) -> None:
    """Who may only look is told so, and his post is refused."""
    reader = desk.browser("stall", Rights.READER)
    assert reader.post("/desk/sell", {"how": "sell", "batch": code(apples)}).status_code == 403
    for path in ("/desk/sell", "/desk/process", "/desk/pack", "/desk/today", "/desk/import"):
        assert 'class="band warn"' in reader.page(path)


# -- made ----------------------------------------------------------------------------------------------------


@pytest.fixture
def inputs(desk: Desk) -> str:
    """50 kg of apples at the plant."""
    batch = desk.world.register("farm", "50 KGM")
    desk.world.deliver("farm", "plant", (batch, "50 KGM"))
    return batch


def recipe(desk: Desk, batch: str, **more: str) -> dict[str, str]:
    """50 kg in, 46 kg of slices out."""
    product = desk.world.products["slices"]
    form = {"batch": code(batch), "product": product, "amount": "46", "lot": "", "expires": "", "loss": "4"}
    return {**form, **more}


def test_goods_are_made_out_of_others(desk: Desk, inputs: str) -> None:
    """Inputs are used up, the new batch is there, the loss is known."""
    answer = desk.browser("plant").post("/desk/process", recipe(desk, inputs, process="切片"))
    assert answer.status_code == 303
    assert desk.world.balance(inputs)["used"] == Decimal(50)
    assert desk.world.holds("plant", inputs) == 0


def test_what_does_not_add_up_is_said_with_the_missing_amount_filled_in(desk: Desk, inputs: str) -> None:
    """Without scripts too nobody has to reckon; but he has to look at it once more."""
    size = desk.world.size()
    answer = desk.browser("plant").post("/desk/process", recipe(desk, inputs, loss=""))
    assert answer.status_code == 422
    assert 'name="loss" type="text" value="4"' in answer.text
    assert 'name="amount" value="46"' in answer.text
    assert desk.world.size() == size


def test_more_cannot_come_out_than_goes_in(desk: Desk, inputs: str) -> None:
    """No loss closes that."""
    answer = desk.browser("plant").post("/desk/process", recipe(desk, inputs, amount="51", loss=""))
    assert answer.status_code == 422
    assert 'name="loss" type="text" value=""' in answer.text


def test_yesterdays_recipe_is_there_today(desk: Desk, inputs: str) -> None:
    """Input ticked as much as last time, product and process filled in; what comes out is to be weighed."""
    plant = desk.browser("plant")
    plant.post("/desk/process", recipe(desk, inputs, process="切片"))
    fresh = desk.world.register("farm", "80 KGM")
    desk.world.deliver("farm", "plant", (fresh, "80 KGM"))
    page = plant.page("/desk/process")
    assert f'value="{code(fresh)}" checked' in page
    assert f'name="amount:{code(fresh)}" value="50"' in page
    assert "上次做了 46 千克" in page
    assert 'value="切片"' in page
    assert "checked" not in plant.page("/desk/process?again=none")


def test_nothing_in_or_nothing_out_is_said(desk: Desk, inputs: str) -> None:
    """Half a recipe is none."""
    plant = desk.browser("plant")
    for form in (
        recipe(desk, inputs) | {"batch": []},  # type: ignore[dict-item]  # a field that is not sent
        recipe(desk, inputs, amount=""),
        recipe(desk, inputs, expires="gestern"),
        recipe(desk, inputs, product="nothing"),
    ):
        assert plant.post("/desk/process", form).status_code == 422


# -- packed --------------------------------------------------------------------------------------------------


def test_goods_go_into_a_case_and_come_out_again(desk: Desk, inputs: str) -> None:
    """By the number printed on it; the page then shows what lies in it."""
    plant = desk.browser("plant")
    packed = plant.post("/desk/pack", {"unit": SSCC, "batch": code(inputs), f"amount:{code(inputs)}": "30"})
    assert packed.status_code == 303
    page = plant.page("/desk/pack")
    assert SSCC in page
    assert "30 千克" in page
    assert plant.post("/desk/unpack", {"unit": PALLET}).status_code == 303
    assert SSCC not in plant.page("/desk/pack")


def test_a_case_goes_onto_a_pallet(desk: Desk, inputs: str) -> None:
    """What lies in the case then lies on the pallet, and there alone."""
    plant = desk.browser("plant")
    plant.post("/desk/pack", {"unit": CRATE, "batch": code(inputs)})
    assert plant.post("/desk/pack", {"unit": f"]C100{SSCC}", "inner": CRATE}).status_code == 303
    page = plant.page("/desk/pack")
    assert SSCC in page
    assert CRATE.rpartition("/")[2] not in page


@pytest.mark.parametrize("unit", ["", "123456789012345678", "abc"])
def test_a_wrong_number_of_a_case_is_refused(desk: Desk, inputs: str, unit: str) -> None:
    """A slip in one digit does not make a second case."""
    assert desk.browser("plant").post("/desk/pack", {"unit": unit, "batch": code(inputs)}).status_code == 422
    assert desk.browser("plant").post("/desk/pack", {"unit": SSCC}).status_code == 422
