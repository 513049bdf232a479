"""From a view to a page: who confirmed what, what is an ingredient, what to call things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from scanner_web.family import whole_page
from scanner_web.model import BatchPage, Step, Tone, as_json
from scanner_web.reading import Reader, zone_of
from tests.web import sample as s
from trace.domain.model import ShipmentState
from trace.services.scan import BatchScan
from trace.store.queries.results import BatchView, Correction, Delivery, Named, PartyInfo, Place, Thing


def read(
    view: BatchView, public: Mapping[int, Mapping[str, Any]] | None = None, now: datetime = s.NOW
) -> BatchPage:
    """The page, where nothing but the view (and these public events) is known, and nothing is signed."""
    return Reader(BatchScan(view, public or {}, None), s.BASE).page(now)


def by_index(page: BatchPage) -> dict[int, Step]:
    return {step.index: step for step in page.steps}


def test_delivery_confirmed_by_the_other_side() -> None:
    """Both ends of the delivery say so, each naming the other."""
    steps = by_index(read(s.view()))
    confirmed = steps[3].confirmed
    assert confirmed is not None
    assert (confirmed.by.name, confirmed.time.isoformat()) == (s.PLANT.name, "2026-11-11T02:00:00+08:00")
    assert steps[4].confirms is not None
    assert steps[4].confirms.name == s.FARM.name
    assert steps[4].sender is not None


def test_nobody_confirms_himself() -> None:
    """A document that tells both sides of a delivery is one party's word, not two."""
    own = Delivery("d1", s.FARM, s.PLANT, ShipmentState.SETTLED, s.OPERATOR, s.at(10, 18), 4)
    steps = by_index(
        read(
            s.view(
                s.journey(send={"declared_by": s.OPERATOR, "delivery": own}, take={"declared_by": s.OPERATOR})
            )
        )
    )
    assert steps[3].confirmed is None
    assert steps[4].confirms is None


def test_open_delivery_waits() -> None:
    """A despatch that nobody has confirmed is marked so."""
    steps = by_index(read(s.view()))
    assert steps[7].waiting
    assert not steps[3].waiting


def test_copied_record_is_told_from_a_signed_one() -> None:
    """What came in a document is marked as copied."""
    steps = by_index(read(s.view()))
    assert steps[1].copied
    assert not steps[2].copied


def test_ingredient_steps_name_their_batch() -> None:
    """Steps of an ingredient carry its name and number; the batch's own steps do not."""
    steps = by_index(read(s.view()))
    assert steps[1].of is not None
    assert (steps[1].of.name, steps[1].of.label) == ("Fish Feed", "FF11252021")
    assert (
        steps[1].of.path == "/b?uri=urn%3Agdst%3Aexample.org%3Aproduct%3Alot%3Aclass%3Afeedmill.1u.ff11252021"
    )
    assert steps[5].of is None
    assert steps[5].inputs[0].path == "/t/7K3M9QW2X0F"


def test_load_is_named_by_its_number() -> None:
    """The case's SSCC, with the way to its page; a foreign one as it is, without."""
    steps = by_index(read(s.view()))
    assert steps[6].container is not None
    assert (steps[6].container.name, steps[6].container.path) == (
        "095200000000000011",
        "/page/00/095200000000000011",
    )
    foreign = s.journey(pack={"things": (Thing("parent", "urn:x:box"),)})
    container = by_index(read(s.view(foreign)))[6].container
    assert container is not None
    assert (container.name, container.path) == ("urn:x:box", None)


def test_origin_is_what_the_maker_wrote() -> None:
    """The maker's own words on origin come first."""
    event = {"ilmd": {"trace:batches": [{"batch": s.FISH, "origin": "三都澳"}]}}
    steps = tuple(step for step in s.journey() if step.index >= 5)
    assert read(s.view(steps), {5: event}).origin == "三都澳"


def test_origin_of_a_made_product_is_where_its_ingredients_began() -> None:
    """Else every place where something it was made from began, once each."""
    told = {2: {"ilmd": {"trace:batches": [{"batch": s.CAGE, "origin": "三都澳"}]}}}
    assert read(s.view(), told).origin == "Feedmill; 三都澳"


@pytest.mark.parametrize(
    "ilmd", ["text", {"trace:batches": "text"}, {"trace:batches": ["x", {"batch": s.CAGE, "origin": 7}]}]
)
def test_malformed_origin_is_passed_over(ilmd: object) -> None:
    """A foreign document may put anything there; the place stands in."""
    origin = read(s.view(), {2: {"ilmd": ilmd}}).origin
    assert origin == "Feedmill; 三都澳网箱 C-031..036 · 宁德市蕉城区三都镇"


def test_no_origin_where_nothing_is_known() -> None:
    """Nothing is made up."""
    assert read(s.view(())).origin is None
    nowhere = s.step(1, "commissioning", s.at(1, 1), s.FARM)
    assert read(s.view((nowhere,))).origin is None


def test_correction_tells_when_by_whom_and_why() -> None:
    """The struck record carries its correction; the correcting record is no step of its own."""
    fixed = s.journey(leave={"corrected_by": 21, "correction": Correction(s.PLANT, s.at(12, 3))})
    undo = replace(fixed[-1], index=21, declares_error=True, corrects=7, corrected_by=None)
    page = read(s.view((*fixed, undo)), {21: {"errorDeclaration": {"reason": "did_not_occur"}}})
    assert 21 not in by_index(page)
    correction = by_index(page)[7].corrected
    assert correction is not None
    assert (correction.by.name, correction.reason) == (s.PLANT.name, "did_not_occur")


def test_correction_without_a_public_reason() -> None:
    """Still shown as corrected."""
    taken_back = {"corrected_by": 21, "correction": Correction(s.PLANT, s.at(12, 3))}
    correction = by_index(read(s.view(s.journey(leave=taken_back))))[7].corrected
    assert correction is not None
    assert correction.reason is None


def test_verdict_takes_the_gravest() -> None:
    """Good, problems, stopped: a stop on an ingredient stops the product."""
    assert read(s.view()).tone == Tone.GOOD
    flagged = s.journey(freeze={"flags": (s.NOT_ENOUGH,)})
    assert read(s.view(flagged)).tone == Tone.WARN
    page = read(s.view(flagged, (s.stopped(s.CAGE),)))
    assert page.tone == Tone.STOP
    assert page.stops[0].inherited is not None
    assert page.stops[0].inherited.name == "宁德大黄鱼(冰鲜)"
    assert replace(read(s.view()), expires=date(2026, 11, 20)).tone == Tone.STOP


def test_lifted_stop_no_longer_counts() -> None:
    """Once released, the batch is free again."""
    assert read(s.view(stops=(replace(s.stopped(), released_index=10),))).stops == ()


def test_flags_of_a_corrected_record_do_not_count() -> None:
    """What was taken back cannot contradict anything any more."""
    taken_back = {"corrected_by": 21, "correction": Correction(s.PLANT, s.at(12, 3))}
    steps = s.journey(leave={"flags": (s.NOT_ENOUGH,), **taken_back})
    assert read(s.view(steps)).tone == Tone.GOOD


def test_day_changes_where_the_goods_are() -> None:
    """At 23:30 UTC it is tomorrow in China: that day counts for "use by"."""
    page = read(s.view(), now=s.NOW.replace(hour=23, minute=30))
    assert page.today == date(2026, 11, 22)
    assert read(s.view(())).today == date(2026, 11, 21)


def test_returned_and_expired_goods_are_told_apart_from_shipped_and_destroyed() -> None:
    """EPCIS leaves that to the disposition."""
    back = s.step(1, "shipping", s.at(1, 1), s.FARM, disposition="returned")
    late = s.step(2, "destroying", s.at(1, 2), s.FARM, disposition="expired")
    none = s.step(3, None, s.at(1, 3), s.FARM)  # type: ignore[arg-type]
    assert [step.step for step in read(s.view((back, late, none))).steps] == ["returning", "expired", ""]


def test_batch_that_nobody_described() -> None:
    """Without a product it goes by the number printed on it, or by its URI."""
    bare = s.info("urn:x:lot:9", None, None, produced="soon")
    view = BatchView(bare, (), (), {bare.uri: bare})
    assert read(view).product.name == "urn:x:lot:9"
    assert read(view).produced is None
    stranger = s.journey(freeze={"things": (Thing("input", "urn:x:lot:10"),)})
    assert by_index(read(s.view(stranger)))[5].inputs[0].name == "urn:x:lot:10"


def test_a_stranger_s_older_date_says_nothing_of_another_s_batch() -> None:
    """A document may name anybody's batch and state any day: neither origin nor certificate is its author's to give."""
    first = s.step(1, "commissioning", s.at(10, 1), s.FARM, action="ADD", place=Place("urn:x:1", "渔排"))
    forged = s.step(2, "commissioning", s.at(1, 1), s.PLANT, action="ADD", place=Place("urn:x:2", "别处"))
    said = {"batch": s.FISH, "origin": "别的海域", "commitment": "self", "committed": "2020-01-01"}
    public = {2: {"ilmd": {"trace:batches": [said]}}}
    view = s.view((forged, first))
    page = whole_page(Reader(BatchScan(view, public, None), s.BASE), s.NOW)
    assert (page.origin, page.commitments) == ("渔排", ())
    known = {1: {"ilmd": {"trace:batches": [{**said, "origin": "三都澳"}]}}, **public}
    page = whole_page(Reader(BatchScan(view, known, None), s.BASE), s.NOW)
    assert page.origin == "三都澳"
    assert [one.by.name for one in page.commitments] == [s.FARM.name]
    undone = s.view((forged, replace(first, corrected_by=3)))  # whoever came before is not asked then
    assert whole_page(Reader(BatchScan(undone, known, None), s.BASE), s.NOW).commitments == ()


def test_places_without_a_name_are_not_shown() -> None:
    """A bare URI says nothing to a reader; an address does."""
    bare = s.journey(pack={"place": Place("urn:x:1")}, freeze={"place": Place("urn:x:2", None, "某路 1 号")})
    steps = by_index(read(s.view(bare)))
    assert steps[6].place is None
    assert steps[5].place is not None
    assert steps[5].place.name == "某路 1 号"


def test_own_word_is_known_by_the_name_that_is_shown() -> None:
    """The short words stand only where the line above names the very business that spoke."""
    steps = by_index(read(s.view()))
    assert steps[5].own_word
    assert not steps[2].own_word  # the cages have a name of their own
    nobody = s.step(1, "shipping", s.at(1, 1), Named("urn:x:a", "A"), holder=None)
    assert not read(s.view((nobody,))).steps[0].own_word


@pytest.mark.parametrize(
    ("offset", "minutes"),
    [("+08:00", 480), ("-03:30", -210), ("Z", 0), ("", 0), ("+8", 0), ("+99:00", 0), ("+0a:00", 0)],
)
def test_zone_of_an_offset(offset: str, minutes: int) -> None:
    """An offset that is none counts as UTC."""
    assert zone_of(offset).utcoffset(None) == timedelta(minutes=minutes)


def test_page_as_json_is_plain() -> None:
    """Dates, times and enumerations become text that any program reads."""
    data = as_json(read(s.view(stops=(s.stopped(),))))
    assert data["expires"] == "2028-05-10"
    assert data["stops"][0]["since"] == "2026-11-20T11:00:00+08:00"
    assert as_json(datetime(2026, 1, 1, tzinfo=timezone.utc)) == "2026-01-01T00:00:00+00:00"  # noqa: UP017


# -- what was found and done -----------------------------------------------------------------------------------

LAB = Named(f"{s.BASE}/p/L1", "示例检测")
LISTED = PartyInfo(LAB.uri, "示例检测", registered=True, index=0, role="laboratory", address="漳州市")


def found_by(*steps: Any, parties: Mapping[str, PartyInfo] | None = None) -> BatchPage:
    """A page whose steps found "finding 1", "finding 2" ... by their numbers."""
    events = {step.index: {"trace:finding": f"finding {step.index}"} for step in steps}
    return read(replace(s.view(steps), parties={LAB.uri: LISTED} if parties is None else parties), events)


def test_latest_result_of_a_laboratory_counts_before_anybody_elses() -> None:
    """A later gate check by a market does not stand in for a laboratory's test."""
    page = found_by(
        s.step(1, "inspecting", s.at(1, 1), LAB),
        s.step(2, "sampling", s.at(2, 1), LAB),
        s.step(3, "inspecting", s.at(3, 1), s.SHOP),
    )
    assert page.tested is not None
    assert (page.tested.finding, page.tested.by_laboratory) == ("finding 2", True)
    assert (page.tested.declared_by.role, page.tested.declared_by.address) == ("laboratory", "漳州市")


def test_without_a_laboratory_the_latest_check_is_shown_as_what_it_is() -> None:
    """Somebody's own check is not passed off as a laboratory's; nor is one who only calls himself so."""
    page = found_by(s.step(1, "inspecting", s.at(1, 1), s.FARM), s.step(2, "inspecting", s.at(2, 1), s.SHOP))
    assert page.tested is not None
    assert (page.tested.finding, page.tested.by_laboratory) == ("finding 2", False)
    claimed = {LAB.uri: replace(LISTED, registered=False)}
    page = found_by(s.step(1, "inspecting", s.at(1, 1), LAB), parties=claimed)
    assert page.tested is not None
    assert not page.tested.by_laboratory


def test_result_that_was_taken_back_or_stands_elsewhere_is_none() -> None:
    """A corrected test, a finding on a delivery, a test that says nothing: none of them is a result."""
    taken_back = {"corrected_by": 21, "correction": Correction(LAB, s.at(12, 3))}
    assert found_by(s.step(1, "inspecting", s.at(1, 1), LAB, **taken_back)).tested is None
    assert found_by(s.step(1, "shipping", s.at(1, 1), LAB)).tested is None
    assert read(s.view((s.step(1, "inspecting", s.at(1, 1), LAB),))).tested is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("去骨", "去骨"),
        ("  ", None),
        (7, None),
        ({"a": 1}, None),
        ("长" * 700, "长" * 600 + "…"),
        (None, None),
    ],
)
def test_own_words_are_shown_as_they_are_and_cut(said: object, shown: str | None) -> None:
    """What a business wrote of its process; neither a flood nor another type gets onto the page."""
    step = by_index(read(s.view(), {5: {"trace:process": said}}))[5]
    assert step.process == shown
