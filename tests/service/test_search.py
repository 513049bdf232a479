"""An inspector finds by what he can say of a thing; nobody else is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from tests.scenario import CRATE, PALLET, World
from trace.domain.commands import Paper
from trace.domain.model import Role
from trace.domain.papers import terms_of
from trace.domain.refusals import DatesReversed, Invalid, RoleForbids
from trace.services import parties, search
from trace.services.parties import PartyDraft
from trace.services.search import Question
from trace.store import migrate
from trace.store.engine import writing
from trace.store.search_tables import papers

USCC = "93350628MADEM00116"
DAY = date(2026, 11, 2)


@dataclass
class Told:
    """A batch of a farm, 40 kg of it on their way under two papers, and a shop with an address."""

    world: World
    batch: str

    def find(self, text: str = "", **days: date) -> dict[str, list[Any]]:
        """What each kind has for a question, the empty ones left out."""
        answer = search.everything(self.world.ctx, self.world["inspector"], Question(text, **days))
        return {kind: list(page.items) for kind, page in answer.groups.items() if page.items}

    def exact(self, text: str) -> str | None:
        found = search.everything(self.world.ctx, self.world["inspector"], Question(text)).exact
        return found.uri if found else None


@pytest.fixture
def told(world: World) -> Told:
    shop = PartyDraft("漳州张记果行", Role.WHOLESALER, id="zhang", uscc=USCC, address="芗城区市场路 17 号")
    parties.register_party(world.ctx, parties.operator(world.ctx), shop)
    world.product("farm", "琯溪蜜柚", "KGM")
    batch = world.register("farm", "100 KGM", "琯溪蜜柚", lot="PX-07-A")
    papers = (Paper("inv", "FP 2026-0117"), Paper("cert", "承诺达标合格证 示例Z-998"))
    world.ship("farm", "market", (batch, "40 KGM"), papers=papers)
    return Told(world, batch)


@pytest.mark.parametrize("spelt", ["{code}", "{lower}", "{base}/t/{code}", "{batch}", " {code} "])
def test_a_code_in_any_spelling_names_its_one_batch(told: Told, spelt: str) -> None:
    code = told.batch.rsplit("/", 1)[-1]
    text = spelt.format(code=code, lower=code.lower(), base=told.world.ctx.base_url, batch=told.batch)
    assert told.exact(text) == told.batch


def test_a_code_that_names_nothing_finds_nothing(told: Told) -> None:
    """An honest empty answer, not a page of things that were not asked for."""
    answer = search.everything(told.world.ctx, told.world["inspector"], Question("没有这样的东西"))
    assert answer.nothing
    assert told.exact("没有这样的东西") is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("蜜柚", "products"),
        ("蜜柚", "batches"),
        ("PX-07", "batches"),
        ("px-07-a", "batches"),
        ("张记", "parties"),
        (USCC, "parties"),
        (USCC[:8].lower(), "parties"),
        ("市场路", "parties"),
        ("市场路 17", "places"),
        ("zhang", "parties"),
    ],
)
def test_part_of_a_name_a_lot_a_number_or_an_address_is_enough(told: Told, text: str, kind: str) -> None:
    """Chinese has no spaces between words: any part of a name finds it, on either database."""
    assert kind in told.find(text)


@pytest.mark.parametrize(
    "text", ["FP 2026-0117", "fp20260117", "2026-0117", "0117", "Z-998", "示例z998", "ＦＰ２０２６"]
)
def test_a_paper_is_found_by_any_word_of_its_number(told: Told, text: str) -> None:
    """With or without hyphens, from the middle, and as an input method writes it."""
    (hit,) = told.find(text)["papers"]
    assert [info.uri for info in hit.batches] == [told.batch]


def test_a_pallets_label_finds_what_lies_in_it(told: Told) -> None:
    """As a scanner gives it, and through the cases on it."""
    told.world.pack("farm", CRATE, (told.batch, "10 KGM"))
    told.world.pack("farm", PALLET, containers=[CRATE])
    (inside,) = told.find("]C1" + PALLET.replace("https://id.gs1.org/00/", "00"))["packed"]
    assert inside.uri == told.batch
    assert "packed" not in told.find("00123")


def test_the_sign_of_a_business_finds_it(told: Told) -> None:
    """The code that hangs at a stall is its URI."""
    found = told.find(f"{told.world.ctx.base_url}/p/zhang")["parties"]
    assert [party.name for party in found] == ["漳州张记果行"]


def test_percent_signs_are_looked_for_as_they_are(told: Told) -> None:
    """LIKE's own signs find nothing but themselves: nobody lists every business by typing one."""
    assert told.find("%") == {}
    assert told.find("_") == {}


def test_one_letter_finds_no_papers(told: Told) -> None:
    assert "papers" not in told.find("F")


def test_a_day_shows_what_happened_on_it_where_the_businesses_are(told: Told) -> None:
    """The clock of the world stands at 08:30 in China on 2 November, which is still 2 November in Greenwich."""
    steps = [one.biz_step for one in told.find(first=DAY, last=DAY)["events"]]
    assert steps == ["shipping", "commissioning"]
    assert told.find(first=date(2026, 11, 3)) == {}
    assert [one.biz_step for one in told.find("market", first=DAY)["events"]] == ["shipping"]
    assert len(told.find("farm", first=DAY)["events"]) == 2
    assert told.find("张记", first=DAY).get("events", []) == []


def test_papers_and_batches_of_other_days_are_left_out(told: Told) -> None:
    later = {"first": date(2026, 11, 3)}
    assert told.find("PX-07", **later) == {}
    assert told.find("FP2026", **later) == {}
    assert "batches" in told.find("PX-07", first=DAY, last=DAY)


def test_every_kind_is_read_page_by_page(told: Told) -> None:
    """No result is shown twice and none is left out."""
    for n in range(4):
        told.world.register("farm", "1 KGM", "琯溪蜜柚", lot=f"PX-{n}")
    ctx, inspector, seen, cursor = told.world.ctx, told.world["inspector"], [], None
    while True:
        page = search.of_kind(ctx, inspector, "batches", Question("PX-"), cursor=cursor, limit=2)
        seen += [info.batch.lot for info in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ["PX-3", "PX-2", "PX-1", "PX-0", "PX-07-A"]


@pytest.mark.parametrize("who", ["farm", "market", "laboratory"])
def test_nobody_else_may_search(told: Told, who: str) -> None:
    """A search over everybody's papers would show a business what its rivals buy."""
    with pytest.raises(RoleForbids):
        search.everything(told.world.ctx, told.world[who], Question("x"))
    with pytest.raises(RoleForbids):
        search.of_kind(told.world.ctx, told.world[who], "papers", Question("FP"), cursor=None)


def test_wrong_questions_say_what_is_wrong(told: Told) -> None:
    ctx, inspector = told.world.ctx, told.world["inspector"]
    with pytest.raises(DatesReversed):
        search.everything(ctx, inspector, Question(first=DAY, last=date(2026, 11, 1)))
    with pytest.raises(Invalid):
        search.everything(ctx, inspector, Question("x" * 201))
    with pytest.raises(Invalid):
        search.of_kind(ctx, inspector, "secrets", Question("x"), cursor=None)


def test_papers_recorded_before_they_could_be_searched_are_found_after_an_upgrade(told: Told) -> None:
    """A ledger that is older than the search loses nothing by it."""
    engine = told.world.engine
    with writing(engine) as connection:
        connection.execute(delete(papers))
    assert told.find("FP2026") == {}
    migrate.upgrade(engine)
    assert len(told.find("FP2026")["papers"]) == 1


def test_a_page_of_prose_as_a_number_is_found_by_its_first_words_alone() -> None:
    """What a stranger puts into a document does not fill the index."""
    terms = terms_of(" ".join(f"word{n}" for n in range(1000)))
    assert len(terms) == 12
    assert max(map(len, terms)) <= 40
