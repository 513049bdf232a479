"""Holds and results by their codes, and who may lift a hold: what the page's own script makes of the records."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.web.conftest import BASE
from tests.web.proof.judge import Judge
from tests.web.proof.site import Phone, Site
from tests.web.proof.test_shown import look, said
from trace.domain.commands import Observe
from trace.domain.model import Role
from trace.services import custody, parties
from trace.services.context import Actor
from trace.services.parties import PartyDraft
from trace.services.recording import say
from trace.store import projection_tables as t


def actor(site: Site, name: str) -> Actor:
    return Actor(parties.find_party(site.ctx, name))


def batch(site: Site, title: str) -> str:
    """URI of the batch with this page."""
    return BASE + site.codes[title]


def hold_of(site: Site, title: str) -> str:
    """Id of the hold that stands on a batch."""
    with site.broken_into() as database:
        chosen = t.stops.select().where(t.stops.c.batch == batch(site, title))
        return str(database.connection.execute(chosen).one().hold)


def lift(site: Site, by: str) -> None:
    """A record that lifts the hold on the stopped fish, under this party's key, past the service's rules."""
    data = {"batch": batch(site, "stopped"), "hold": hold_of(site, "stopped"), "party": by, "reason": "ok"}
    site.ctx.sequencer.submit(
        lambda uow: say(site.ctx, uow, kind="batch.released/1", by=by, compartments={"public": data}) and None
    )


def test_who_may_lift_a_hold_lifts_it_for_the_proof_too(site: Site, judge: Judge) -> None:
    """The inspector who laid it, another authority that holds nothing else of the chain, and the operator."""
    office = parties.operator(site.ctx)
    parties.register_party(site.ctx, office, PartyDraft("市局", Role.INSPECTOR, id="bureau"))
    for name in ("监管所", "bureau", "operator"):
        custody.hold(site.ctx, actor(site, "监管所"), batch(site, "fresh"), name, cause="order")
        with site.broken_into() as database:
            chosen = t.stops.select().where(t.stops.c.reason == name)
            hold = str(database.connection.execute(chosen).one().hold)
        custody.release(site.ctx, actor(site, name), batch(site, "fresh"), hold, "", cause="cleared")
        steps = look(site, judge, site.codes["fresh"])
        assert [one["state"] for one in steps] == ["holds"] * 7, (name, said(steps[-1]))


@pytest.mark.parametrize("who", ["海湾渔场", "街口小店", "闽检所"])
def test_a_hold_that_a_business_lifts_under_its_own_key_still_stands(
    site: Site, judge: Judge, who: str
) -> None:
    """A stolen key, or a service that asked for no right: the page shows no stop, and its step 7 names the hold."""
    lift(site, actor(site, who).uri)
    last = look(site, judge, site.codes["stopped"])[-1]
    assert last["state"] == "fails"
    assert "shown_stop_hidden" in said(last)
    assert "氯霉素 0.5" in said(last)


def test_a_business_that_calls_itself_an_authority_lifts_nothing(site: Site, judge: Judge) -> None:
    """A role is what the operator registered."""
    farm = actor(site, "海湾渔场").uri
    data = {
        "party": farm,
        "id": "海湾渔场",
        "name": "海湾渔场",
        "role": "inspector",
        "address": "宁德市三都镇",
    }
    site.ctx.sequencer.submit(
        lambda uow: (
            say(site.ctx, uow, kind="party.registered/1", by=farm, compartments={"public": data}) and None
        )
    )
    lift(site, farm)
    assert "shown_stop_hidden" in said(look(site, judge, site.codes["stopped"])[-1])


@pytest.mark.parametrize(
    ("table", "values", "title"),
    [
        ("stops", {"cause": "papers"}, "stopped2"),
        ("stops", {"cause": None}, "stopped2"),
        ("stops", {"cause": "unsafe"}, "stopped"),
    ],
)
def test_a_cause_that_was_softened_taken_away_or_made_up_is_found(
    site: Site, judge: Judge, table: str, values: dict[str, object], title: str
) -> None:
    """A ban for poison that the page calls missing papers."""
    site.codes["stopped2"] = site.codes["expired"]
    custody.hold(site.ctx, actor(site, "监管所"), batch(site, "stopped2"), "", cause="unsafe")
    assert look(site, judge, site.codes["stopped2"])[-1]["state"] == "holds"
    with site.broken_into() as attacker:
        changed = getattr(t, table).update().where(t.stops.c.batch == batch(site, title)).values(**values)
        assert attacker.connection.execute(changed).rowcount == 1
    last = look(site, judge, site.codes[title])[-1]
    assert last["state"] == "fails"
    assert '"what": "reason"' in said(last)


def test_a_failed_test_that_is_shown_as_passed_is_found(site: Site, judge: Judge) -> None:
    command = Observe("inspecting", (batch(site, "fresh"),), result="bad")
    custody.observe(site.ctx, actor(site, "闽检所"), command)
    assert look(site, judge, site.codes["fresh"])[-1]["state"] == "holds"
    altered = look(site, judge, site.codes["fresh"], '"result": "bad"', '"result": "fine"')[-1]
    assert altered["state"] == "fails"
    assert '"what": "finding", "shown": "fine", "record": "bad"' in said(altered)


def test_what_a_laboratory_finds_after_an_ingredient_was_used_is_on_the_page_of_what_was_made(
    site: Site, judge: Judge
) -> None:
    """Results come days later: whoever holds the frozen fish is told, and his phone proves it."""
    frozen, lab, caught = site.codes["frozen"], actor(site, "闽检所"), batch(site, "fresh")
    custody.observe(site.ctx, lab, Observe("inspecting", (caught,), result="bad"))
    page = site.server.app.test_client().get(frozen, headers={"Accept-Language": "zh"}).get_data(as_text=True)
    assert "检测不合格，请先不要吃" in page
    assert look(site, judge, frozen)[-1]["state"] == "holds"
    custody.observe(site.ctx, lab, Observe("inspecting", (caught,), result="fine"))
    page = site.server.app.test_client().get(frozen, headers={"Accept-Language": "zh"}).get_data(as_text=True)
    assert "检测不合格，请先不要吃" not in page


@pytest.mark.parametrize(("lang", "words"), [("zh-CN", "检验不合格"), ("en-GB", "Failed a test")])
def test_on_a_phone_the_page_proves_the_cause_in_the_readers_language(
    site: Site, browser: Browser, lang: str, words: str
) -> None:
    """What stands before the reader is compared too: other words on the way to him fail at step 7."""
    custody.hold(site.ctx, actor(site, "监管所"), batch(site, "fresh"), "氯霉素", cause="unsafe")
    custody.observe(
        site.ctx, actor(site, "监管所"), Observe("inspecting", (batch(site, "fresh"),), result="bad")
    )
    context = browser.new_context(locale=lang, viewport={"width": 390, "height": 844})
    try:
        found = Phone(context).verified(site.url + site.codes["fresh"])
        assert found.steps == ["holds"] * 7, found.page.inner_text("[data-proof-step='7']")
        assert words in found.page.inner_text("[data-stop]")
        page = found.page
        page.evaluate(
            f"document.querySelector('[data-stop] p').textContent = '{'没有票' if lang == 'zh-CN' else 'Papers'}'"
        )
        page.click("[data-proof-run]")
        page.wait_for_selector("[data-proof-outcome][data-state=fails]")
        assert words in page.inner_text("[data-proof-step='7']")
    finally:
        context.close()
