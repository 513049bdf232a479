"""What a page shows against what was proved: every table that a page is made from is falsified in turn.

Pages and proofs come from the application, and are judged by the page's own script in node.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.attacker import Attacker
from tests.service.test_import_documents import event
from tests.web.conftest import BASE, FOREIGN, foreign_document
from tests.web.proof.judge import Judge
from tests.web.proof.site import (
    Alter,
    Site,
    alter_body,
    alter_entry,
    alter_keys,
    alter_row,
    alter_statement,
    labelled,
    made_in,
)
from trace.domain.commands import Basis, Commitment, Correct, NewBatch, Register
from trace.domain.units import Quantity
from trace.interop.epcis import read_document
from trace.ledger.verify import verify_bundle
from trace.services import capture, custody, mandates, parties
from trace.services.context import Actor
from trace.store import projection_tables as t
from trace.store.serial_tables import roll_bindings as bindings
from trace.store.tables import bodies


def look(site: Site, judge: Judge, path: str, *instead: str) -> list[dict[str, Any]]:
    """The steps of the page at this path; ``instead``: what the page says, and what it is made to say."""
    client: FlaskClient = site.server.app.test_client()  # type: ignore[attr-defined]
    page = client.get(path).get_data(as_text=True)
    shown = re.search(r'id="shown">(.*?)</script>', page, re.DOTALL)
    bundle = re.search(r'data-bundle="([^"]+)"', page)
    assert shown, page
    assert bundle, page
    data = client.get(bundle[1]).get_data()
    block = shown[1].replace(*instead) if instead else shown[1]
    assert not instead or block != shown[1]
    steps: list[dict[str, Any]] = judge.ask("page", data=data, shown=json.loads(block))
    if len(steps) == 7:  # Python sees nothing wrong with the proof: what fails is the page
        assert verify_bundle(data).ok
    return steps


def said(step: dict[str, Any]) -> str:
    """Everything that a step found, as text."""
    return json.dumps(step, ensure_ascii=False)


def alter_registration(attacker: Attacker, made: int) -> None:
    """People are called by names that no record gives them, and their records are kept out of the proof."""
    alter_row("parties", name="老字号", registered=False)(attacker, made)
    alter_row("locations", registered=False)(attacker, made)


@pytest.mark.parametrize(
    ("alter", "step", "words"),
    [
        (alter_body, 2, "body_wrong"),
        (alter_statement, 2, "entry_statement_wrong"),
        (alter_keys, 3, "key_unknown"),
        (alter_entry, 4, "entry_time_backwards"),
        (alter_row("batches", expires="2031-01-01"), 7, '"expires", "shown": "2031-01-01"'),
        (alter_row("batches", expires=None), 7, '"expires", "shown": ""'),
        (alter_row("batches", produced="2031-01-01"), 7, '"produced"'),
        (alter_row("batches", lot="N-9"), 7, '"lot", "shown": "N-9"'),
        (alter_row("batches", product=f"{BASE}/g/evil"), 7, '"product"'),
        (alter_row("batches", maker=f"{BASE}/p/闽检所"), 7, '"maker"'),
        (alter_row("parties", name="老字号"), 7, '"party", "shown": "老字号"'),
        (alter_registration, 7, "shown_party_unproved"),
        (alter_row("parties", address="北京市"), 7, '"address", "shown": "北京市"'),
        (alter_row("parties", role="laboratory"), 7, '"role", "shown": "laboratory"'),
        (alter_row("products", name="金枪鱼"), 7, '"product", "shown": "金枪鱼"'),
        (alter_row("locations", name="新西兰"), 7, '"place", "shown": "新西兰"'),
        (alter_row("events", by_party=f"{BASE}/p/监管所"), 7, '"by"'),
        (alter_row("events", holder=f"{BASE}/p/监管所"), 7, '"by"'),
        (alter_row("events", biz_step="inspecting"), 7, '"step"'),
        (alter_row("events", offset="-05:00"), 7, '"time"'),
    ],
)
def test_what_is_falsified_fails_at_its_step(
    site: Site, judge: Judge, alter: Alter, step: int, words: str
) -> None:
    """The chain where the chain was touched, the page where only its own tables were."""
    with site.broken_into() as attacker:
        alter(attacker, made_in(attacker, "N-1"))
    steps = look(site, judge, site.codes["fresh"])
    assert [one["state"] for one in steps] == ["holds"] * (step - 1) + ["fails"], said(steps[-1])
    assert words in said(steps[-1])


@pytest.mark.parametrize(
    ("table", "values", "title", "words"),
    [
        ("stops", {"released_index": 3, "released_reason": "ok"}, "stopped", "shown_stop_hidden"),
        ("stops", {"reason": "paperwork"}, "stopped", '"shown": "paperwork"'),
        ("stops", {"by_party": f"{BASE}/p/街口小店"}, "stopped", '"by"'),
        ("stops", {"hold": "another"}, "stopped", "shown_stop_unproved"),
        ("events", {"corrected_by": None}, "frozen", "shown_correction_hidden"),
        ("shipments", {"receiver": f"{BASE}/p/闽检所"}, "frozen", '"receiver"'),
        ("shipments", {"sender": f"{BASE}/p/闽检所"}, "frozen", '"sender"'),
        ("shipments", {"sender": f"{BASE}/p/闽检所"}, "fresh2", "shown_move"),
        ("batches", {"expires": "2031-01-01"}, "frozen", '"expires", "shown": "2031-01-01"'),
        ("batches", {"maker": f"{BASE}/p/闽检所"}, "frozen", '"maker"'),
        ("events", {"document": "urn:uuid:paper"}, "frozen", ""),
    ],
)
def test_tables_about_others_words_are_covered_too(
    site: Site, judge: Judge, table: str, values: dict[str, object], title: str, words: str
) -> None:
    """Stops taken off, softened or pinned on another; corrections hidden; deliveries given to somebody else. A signed
    act that is shown as a mere copy is the one thing that makes nobody look better, and passes."""
    with site.broken_into() as attacker:
        assert attacker.connection.execute(getattr(t, table).update().values(**values)).rowcount
    last = look(site, judge, site.codes[title])[-1]
    assert last["state"] == ("fails" if words else "holds"), said(last)
    assert words in said(last)


def test_a_rumour_pinned_on_somebodys_goods_is_exposed(site: Site, judge: Judge) -> None:
    """The stop stands in the tables, on a batch that nobody stopped."""
    with site.broken_into() as attacker:
        row = attacker.connection.execute(t.batches.select().where(t.batches.c.lot == "N-1")).one()
        attacker.connection.execute(t.stops.update().values(batch=row.uri))
    assert look(site, judge, site.codes["fresh"])[-1]["state"] == "fails"


def test_a_copied_document_is_never_shown_as_somebodys_own_word(site: Site, judge: Judge) -> None:
    """What was handed in as a paper must not look like a signature."""
    with site.broken_into() as attacker:
        attacker.connection.execute(t.events.update().values(document=None))
    last = look(site, judge, f"/b?uri={quote(FOREIGN, safe='')}")[-1]
    assert last["state"] == "fails"
    assert "shown_copied" in said(last)


def test_a_stranger_who_calls_a_record_wrong_neither_takes_it_back_nor_hides_that_it_was(
    site: Site, judge: Judge
) -> None:
    """A document under another's event id is a claim; the author's own word, later, is what the page is held to."""
    farm, stranger = (Actor(parties.find_party(site.ctx, name)) for name in ("海湾渔场", "冷冻厂"))
    made = custody.register(site.ctx, farm, Register(NewBatch("", "fresh", Quantity.parse("1", "KGM"))))
    wrong = {"declarationTime": "2026-11-02T00:00:00Z", "reason": "did_not_occur"}
    batch = made.result["batches"][0]["uri"]
    claim = event("1", "inspecting", batch, 1, "https://a.example/gate", errorDeclaration=wrong)
    whole = {"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld", **claim}
    data = json.dumps({**whole, "eventID": made.event_id}).encode()
    capture.capture_event(site.ctx, stranger, read_document(data))
    path = batch.removeprefix(BASE)
    before = look(site, judge, path)[-1]
    assert before["state"] != "fails", said(before)
    custody.correct(site.ctx, farm, Correct(made.event_id or "", "did_not_occur"))
    after = look(site, judge, path)[-1]
    assert after["state"] != "fails", said(after)


def test_what_only_a_document_claims_is_named_and_accuses_nobody(site: Site, judge: Judge) -> None:
    """A name from foreign master data stands in no public record: the page says that it could not be compared."""
    with site.broken_into() as attacker:
        attacker.connection.execute(
            t.locations.insert().values(
                ledger=site.ctx.ledger, uri="urn:x-example:place:1", name="月光码头", registered=False, index=1,
                by_party=site.ctx.operator,
            )
        )  # fmt: skip
    last = look(site, judge, f"/b?uri={quote(FOREIGN, safe='')}")[-1]
    assert last["state"] == "unsure", said(last)
    assert "月光码头" in said(last)


def test_who_entered_for_another_is_proved_too(site: Site, judge: Judge) -> None:
    """What a clerk entered for a vendor (代录) bears the clerk's name; another name in its place is found."""
    farm, plant = (Actor(parties.find_party(site.ctx, name)) for name in ("海湾渔场", "冷冻厂"))
    mandates.give(site.ctx, farm, plant.party.id)
    clerk = mandates.acting(site.ctx, plant, farm.party.id)
    draft = NewBatch("", "fresh", Quantity.parse("1", "KGM"))
    uri = custody.register(site.ctx, clerk, Register(draft)).result["batches"][0]["uri"]
    path = uri.removeprefix(BASE)
    assert [step["state"] for step in look(site, judge, path)] == ["holds"] * 7
    with site.broken_into() as attacker:
        named = t.parties.c.uri == plant.uri
        assert attacker.connection.execute(t.parties.update().where(named).values(name="邻居")).rowcount == 1
    last = look(site, judge, path)[-1]
    assert last["state"] == "fails"
    assert '"shown": "邻居", "record": "冷冻厂"' in said(last)


def test_a_labels_binding_is_proved(site: Site, judge: Judge) -> None:
    """That it stands for these goods is a record too, of whoever made its roll; the batch's own page needs none."""
    first = labelled(site, "fresh")
    assert [step["state"] for step in look(site, judge, f"/s/{first}")] == ["holds"] * 7
    assert [step["state"] for step in look(site, judge, site.codes["fresh"])] == ["holds"] * 7


@pytest.mark.parametrize("what", ["batch", "index"])
def test_a_label_shown_on_other_goods_is_exposed(site: Site, judge: Judge, what: str) -> None:
    """Spoilt goods under the label of good ones: the table says so, the record does not, or is another one."""
    first = labelled(site, "fresh")
    with site.broken_into() as attacker:
        (other,) = attacker.connection.execute(t.batches.select().where(t.batches.c.lot == "N-3"))
        values = {"batch": other.uri} if what == "batch" else {"index": 3}
        assert attacker.connection.execute(bindings.update().values(**values)).rowcount == 1
    last = look(site, judge, f"/s/{first}")[-1]
    assert last["state"] == "fails", said(last)
    assert "shown_label_unproved" in said(last)
    assert first in said(last)


def test_a_page_cannot_name_another_label_than_its_proof_is_for(site: Site, judge: Judge) -> None:
    """A number of another roll, put into a page whose proof is sound, stands for nothing."""
    first = labelled(site, "fresh")
    other = labelled(site, "expired")
    last = look(site, judge, f"/s/{first}", f'"{first}"', f'"{other}"')[-1]
    assert last["state"] == "fails", said(last)
    assert "shown_label_unproved" in said(last)


def test_certificate_is_proved_and_an_altered_one_is_found(site: Site, judge: Judge) -> None:
    """承诺达标合格证 stands on the page as its record has it; a page that shows other grounds or another day fails."""
    farm = Actor(parties.find_party(site.ctx, "海湾渔场"))
    promise = Commitment((Basis.OWN_TEST,), site.ctx.local(site.ctx.clock()).date())
    draft = NewBatch("", "fresh", Quantity.parse("1", "KGM"), commitment=promise)
    uri = custody.register(site.ctx, farm, Register(draft)).result["batches"][0]["uri"]
    path = uri.removeprefix(BASE)
    assert [step["state"] for step in look(site, judge, path)] == ["holds"] * 7
    altered = look(site, judge, path, '"own_test"', '"entrusted_test"')[-1]
    assert altered["state"] == "fails"
    assert '"what": "commitment"' in said(altered)
    assert (
        look(site, judge, path, f'"issued": "{promise.issued}"', '"issued": "2020-01-01"')[-1]["state"]
        == "fails"
    )


@pytest.mark.parametrize(
    "code", ["urn:epc:class:lgtin:4012345.012345.998877", "https://example.org/01/4012345123456/10/998877"]
)
def test_a_batch_in_anothers_spelling_is_the_same_batch(site: Site, judge: Judge, code: str) -> None:
    """A foreign document names its lot as an LGTIN, or under its own host: the page of it is no forgery."""
    document = foreign_document()
    event = document["epcisBody"]["eventList"][0]
    event |= {"eventID": "urn:uuid:00000000-0000-4000-8000-000000000009", "ilmd": {"cbvmda:lotNumber": "x"}}
    event["quantityList"] = [{"epcClass": code, "quantity": 10, "uom": "KGM"}]
    document["epcisBody"]["eventList"] = [event]
    read = read_document(json.dumps(document).encode())
    capture.import_document(site.ctx, parties.operator(site.ctx), read)
    steps = look(site, judge, "/page/01/04012345123456/10/998877")
    assert [step["state"] for step in steps] == ["holds"] * 7, said(steps[-1])


def test_an_erased_body_is_named_and_accuses_nobody(site: Site, judge: Judge) -> None:
    """People's right to be forgotten is no forgery: the chain still holds, and what is gone cannot be compared."""
    with site.broken_into() as attacker:
        chosen = t.events.select().where(t.events.c.biz_step == "inspecting")
        index = next(int(row._mapping["index"]) for row in attacker.connection.execute(chosen))
        attacker.connection.execute(bodies.delete().where(bodies.c["index"] == index))
    last = look(site, judge, site.codes["fresh"])[-1]
    assert last["state"] == "unsure", said(last)
    assert {"code": "erased", "params": {"shown": index}} in last["notes"]


def test_every_page_of_a_sound_ledger_agrees_with_its_records(site: Site, judge: Judge) -> None:
    """No false alarm on goods that are fine, stopped, expired, corrected, claimed or named to do harm."""
    for title, path in {**site.codes, "foreign": f"/b?uri={quote(FOREIGN, safe='')}"}.items():
        states = [step["state"] for step in look(site, judge, path)]
        assert states == ["holds"] * 7, (title, states)
