"""Why goods are stopped, freed or found bad is recorded as a code: everybody reads it in his own language."""

from __future__ import annotations

import json
from datetime import UTC

import pypdfium2
import pytest
from flask.testing import FlaskClient

from scanner_web import model
from scanner_web.words import Words
from tests.web.desk import Browser, Desk
from tests.web.test_inspector import Told
from trace.domain.commands import Observe
from trace.services import custody
from trace.services.chain_words import ChainWords
from trace.services.values import Flag

CAUSE = {"zh": "检验不合格", "en": "Failed a test"}
RESULT = {"zh": "不合格", "en": "Failed"}
ADDED = "chlorpyrifos 毒死蜱"
OTHER = {"zh": "en", "en": "zh"}


@pytest.fixture
def told(desk: Desk) -> Told:
    return Told(desk)


@pytest.fixture(params=["zh", "en"])
def reads(request: pytest.FixtureRequest) -> str:
    """The reader's language; what he reads was recorded in the other one."""
    return str(request.param)


@pytest.fixture
def held(told: Told, reads: str) -> Told:
    """The apples are stopped and found bad by an inspector who reads the other language."""
    inspector = told.desk.browser("inspector", lang=OTHER[reads])
    inspector.submit(told.page(told.apples, "/hold"), why="unsafe", detail=ADDED)
    found = {"step": "inspecting", "finding": "bad", "detail": ADDED}
    assert inspector.submit(told.page(told.apples, "/look"), **found).status_code == 303
    return told


def said(lang: str, words: dict[str, str]) -> str:
    """The cause with what was added, as it is told in a language."""
    return f"{words[lang]}{'：' if lang == 'zh' else ': '}{ADDED}"


def consumer(told: Told, lang: str) -> tuple[FlaskClient, dict[str, str]]:
    return told.desk.stranger(), {"Accept-Language": lang}


def test_consumers_read_it_on_the_batch_and_on_everything_made_from_it(held: Told, reads: str) -> None:
    """The cause in their language, what was added as it was written, and nothing in the recorder's language."""
    client, headers = consumer(held, reads)
    for batch in (held.apples, held.juice):
        page = client.get(batch.removeprefix(held.world.ctx.base_url), headers=headers).text
        shown = page.split('<script type="application/json"')[0]
        assert said(reads, CAUSE) in shown
        assert said(reads, RESULT) in shown
        assert CAUSE[OTHER[reads]] not in shown
        assert said(OTHER[reads], RESULT) not in shown


def test_businesses_read_it_wherever_their_goods_are_stopped(held: Told, reads: str) -> None:
    """First page, the batch, goods to pick, a delivery on its way, and the refusal of an act."""
    stall, market = (held.desk.browser(who, lang=reads) for who in ("stall", "market"))
    delivery = next(
        part.split('"')[0]
        for part in market.page("/desk").split('href="')
        if part.startswith("/desk/receive/")
    )
    seen = [stall.page("/desk"), stall.page("/desk/sell"), market.page(delivery.split("?")[0])]
    seen.append(held.desk.browser("stall", lang=reads).page(f"/desk/batches/{held.juice.rsplit('/', 1)[-1]}"))
    for page in seen:
        assert said(reads, CAUSE) in page
        assert CAUSE[OTHER[reads]] not in page
    goods = {"take": held.juice, f"amount:{held.juice}": "1", f"unit:{held.juice}": "LTR"}
    refused = stall.post("/desk/ship", {"once": "1", "to": "canteen", **goods})
    assert refused.status_code == 422
    assert said(reads, CAUSE) in refused.text


def test_inspectors_read_it_on_every_page_and_in_the_evidence(held: Told, reads: str) -> None:
    """Overview, batch, the form that lifts it, and the printed report."""
    inspector = held.desk.browser("inspector", lang=reads)
    batch = inspector.page(held.page(held.apples))
    release = next(part.split('"')[0] for part in batch.split('href="') if "/release/" in part.split('"')[0])
    for page in (
        batch,
        inspector.page("/inspect"),
        inspector.page(release),
        inspector.page(held.page(held.juice)),
    ):
        assert said(reads, CAUSE) in page
        assert CAUSE[OTHER[reads]] not in page
    assert f"{RESULT[reads]}</span>" in batch
    data = inspector.get(held.page(held.juice, "/evidence/report")).data
    with pypdfium2.PdfDocument(data) as document:
        report = "\n".join(page.get_textpage().get_text_range() for page in document)
    plain = "".join(report.split())
    for words in (CAUSE, RESULT):
        assert "".join(said(reads, words).split()) in plain
        assert "".join(said(OTHER[reads], words).split()) not in plain


def test_programs_get_the_code_and_the_words_apart(held: Told) -> None:
    """GS1's recall status and certification information are no page: whoever asks chooses the words himself."""
    client, headers = consumer(held, "en")
    page = client.get(held.apples.removeprefix(held.world.ctx.base_url), headers=headers).text
    shown = json.loads(page.split('id="shown">')[1].split("</script>")[0])
    (stop,) = shown["stops"]
    assert (stop["cause"], stop["reason"]) == ("unsafe", ADDED)
    assert [(one["result"], one["finding"]) for one in shown["steps"] if "result" in one] == [("bad", ADDED)]


def test_a_hold_from_before_there_were_causes_is_read_as_it_was_written(told: Told) -> None:
    """Old records, and programs that send words alone."""
    world = told.world
    custody.hold(world.ctx, world["inspector"], told.apples, "抽检不合格")
    custody.observe(world.ctx, world["inspector"], Observe("inspecting", (told.apples,), finding="有虫眼"))
    client, headers = consumer(told, "en")
    page = client.get(told.juice.removeprefix(world.ctx.base_url), headers=headers).text
    assert "Why: 抽检不合格" in page
    assert "有虫眼" in page
    assert "抽检不合格" in told.desk.browser("inspector").page("/inspect")


# -- forms choose nothing for anybody -------------------------------------------------------------------------


@pytest.mark.parametrize(("below", "fields"), [("/hold", ["why"]), ("/look", ["step", "finding"])])
def test_nothing_is_chosen_before_somebody_chooses(told: Told, below: str, fields: list[str]) -> None:
    """What is recorded for everybody to read was meant; a form without it is sent back, the field named."""
    inspector = told.desk.browser("inspector")
    path = told.page(told.apples, below)
    form = inspector.form(path)
    assert not {name for name, _ in form.fields} & set(fields)
    assert inspector.page(path).count("required") >= len(fields)
    size = told.world.size()
    answer = inspector.post(path, form.filled({}), whole=True)
    assert answer.status_code == 422
    assert f'id="e-{fields[0]}"' in answer.text
    assert "请选一项" in answer.text
    assert told.world.size() == size


def test_another_reason_that_is_not_written_is_asked_for_beside_its_field(told: Told) -> None:
    answer = told.desk.browser("inspector").submit(told.page(told.apples, "/hold"), why="other", detail=" ")
    assert answer.status_code == 422
    assert 'id="e-detail"' in answer.text
    assert "请写明原因" in answer.text


# -- the main act where a hold stands ---------------------------------------------------------------------------


def acts(browser: Browser, path: str) -> str:
    """The buttons on an inspector's page of a batch."""
    return browser.page(path).split('class="buttons doings"')[1].split("</div>")[0]


def test_where_a_hold_stands_lifting_it_is_the_main_act(told: Told) -> None:
    """Another one is quiet: nobody stops again in red what he came to free."""
    inspector = told.desk.browser("inspector")
    free = acts(inspector, told.page(told.apples))
    assert 'class="button danger"' in free
    assert "/release/" not in free
    inspector.submit(told.page(told.apples, "/hold"), why="papers")
    held = acts(inspector, told.page(told.apples))
    assert 'class="button danger"' not in held
    assert 'class="button" href="' + told.page(told.apples, "/release/") in held
    assert f'class="button quiet" href="{told.page(told.apples, "/hold")}"' in held
    below = acts(inspector, told.page(told.juice))
    assert f'class="button" href="{told.page(told.apples)}"' in below
    assert "/release/" not in below


def test_a_flag_on_stopped_goods_tells_the_cause_to_everybody(reads: str) -> None:
    """On the consumer's page and on the inspector's; a cause of a later version is left out, its words stay."""
    numbers = {"batch": "urn:b", "held": "urn:b", "hold": "H", "reason": ADDED, "cause": "unsafe"}
    consumers, inspectors = Words(reads), ChainWords(reads, UTC)  # type: ignore[arg-type]
    assert said(reads, CAUSE) in consumers.flag(model.Flag("batch_stopped", numbers), {})
    raised = Flag(1, "batch_stopped", None, numbers)
    assert said(reads, CAUSE) in inspectors.flag(raised)
    later = {**numbers, "cause": "solar_flare"}
    told = consumers.flag(model.Flag("batch_stopped", later), {})
    assert ADDED in told
    assert "solar" not in told
