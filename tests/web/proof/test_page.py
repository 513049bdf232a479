"""A consumer verifies in a real browser; the database is altered behind the server; the page says which step failed."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.web.conftest import FOREIGN
from tests.web.proof.site import (
    Alter,
    Phone,
    Site,
    alter_body,
    alter_entry,
    alter_row,
    labelled,
    made_in,
    press,
    tell_world,
    verdict,
)
from trace.domain.commands import NewBatch, Register
from trace.domain.units import Quantity
from trace.ledger.note import Signer
from trace.ledger.verify import verify_bundle
from trace.services import custody, parties
from trace.services.context import Actor

ROOT = Path(__file__).parents[3]
PROOF = ROOT / "scanner_web" / "static" / "js" / "proof"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """A phone that has never been here."""
    context = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    yield Phone(context)
    context.close()


def test_a_consumer_verifies_and_the_phone_remembers(site: Site, phone: Phone) -> None:
    """The first time all seven hold, and it says that there was nothing to compare with; the second time the page
    begins by itself and compares."""
    first = phone.verified(site.url + site.codes["frozen"])
    assert (first.state, first.steps) == ("holds", ["holds"] * 7)
    assert "for the first time" in first.text
    assert "nothing was changed" in first.page.inner_text("[data-proof-line]")
    page = phone.open(site.url + site.codes["fresh"])
    again = verdict(page)  # nobody pressed anything
    assert (again.state, again.steps) == ("holds", ["holds"] * 7)
    assert "that this phone has seen since" in page.inner_text("[data-proof-step='6']")


def test_no_page_of_a_sound_ledger_raises_a_false_alarm(site: Site, phone: Phone) -> None:
    """Stopped, expired, corrected, hostile and made goods all pass; what only a document claims is named as such."""
    for title, path in site.codes.items():
        found = phone.verified(site.url + path)
        assert found.state == "holds", (title, found.text, found.page.inner_text("[data-proof-step='7']"))
    foreign = phone.verified(f"{site.url}/b?uri={quote(FOREIGN, safe='')}")
    assert foreign.failed is None, foreign.page.inner_text("[data-proof-step='7']")


def test_a_grown_ledger_is_compared_by_its_tiles(site: Site, phone: Phone) -> None:
    """Between two visits others write 300 records: the phone sees by the log's tiles that the old ones are the
    beginning of the new."""
    phone.verified(site.url + site.codes["fresh"])
    farm = Actor(parties.find_party(site.ctx, "海湾渔场"))
    for _ in range(300):
        draft = NewBatch("", "fresh", Quantity.parse("1", "KGM"))
        custody.register(site.ctx, farm, Register(draft))
    page = phone.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(site.url)))
    page.goto(site.url + site.codes["fresh"])
    found = verdict(page)
    assert (found.state, found.steps) == ("holds", ["holds"] * 7)
    assert any(path.startswith("/log/tile/") for path in asked)
    assert all(
        path.startswith(("/log/tile/", "/api/v1/batches/", "/assets/", "/t/", "data:")) for path in asked
    )


# -- altered behind the server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alter", "step", "words"),
    [
        (alter_body, 2, "was changed after it was signed"),
        (alter_entry, 4, "is dated before the one ahead of it"),
        (alter_row("batches", expires="2031-01-01"), 7, "Use by: this page says “2031-01-01”"),
        (alter_row("parties", name="老字号渔场"), 7, "this page says “老字号渔场”"),
    ],
)
def test_what_is_altered_behind_the_server_fails_at_its_step(
    site: Site, phone: Phone, alter: Alter, step: int, words: str
) -> None:
    """The chain itself where the chain was touched; the page where only the page's own tables were."""
    with site.broken_into() as attacker:
        alter(attacker, made_in(attacker, "N-1"))
    found = phone.verified(site.url + site.codes["fresh"])
    assert (found.state, found.failed) == ("fails", step), found.text
    assert words in found.text
    assert "show it to an inspector" in found.text
    assert f"step {step} fails" in found.page.inner_text("[data-proof-line]")


def test_a_label_that_the_page_keeps_out_of_its_proof_fails_it(site: Site, phone: Phone) -> None:
    """The address that was scanned names the label: a page of other goods cannot pass by not speaking of it."""
    first, other = labelled(site, "expired"), labelled(site, "fresh")
    sound = phone.verified(f"{site.url}/s/{first}")
    assert (sound.state, sound.steps) == ("holds", ["holds"] * 7), sound.text

    def another(route: Route) -> None:
        route.fulfill(response=route.fetch(url=f"{site.url}/s/{other}"))

    phone.context.route(f"**/s/{first}", another)
    found = phone.verified(f"{site.url}/s/{first}")
    assert (found.state, found.failed) == ("fails", 7), found.text
    assert first in found.text


def test_a_suffix_signed_anew_with_the_stolen_log_key_is_caught_by_the_phone(
    site: Site, phone: Phone
) -> None:
    """Chain, tree and signature are all in order, and nobody on the server remembers: the phone does."""
    assert phone.verified(site.url + site.codes["fresh"]).state == "holds"
    last = site.ctx.publisher.publish().split("\n")[1]
    with site.broken_into() as attacker:
        attacker.recompute(int(last) - 1, lambda entry: {"time": entry.time.replace("20", "21", 1)})
        attacker.sign_anew(site.ctx.keys.log)
    site.forget_outside()
    site.restart()
    assert phone_of_a_stranger(phone, site) == "holds"
    found = phone.verified(site.url + site.codes["fresh"])
    assert (found.state, found.failed) == ("fails", 6)
    assert f"The {last} records that this phone has seen" in found.text
    kept = found.page.evaluate("JSON.parse(localStorage.getItem('trace.ledger')).note")
    assert kept != site.ctx.publisher.publish()  # what failed is never remembered


def phone_of_a_stranger(phone: Phone, site: Site) -> str:
    """What somebody is told who was never here."""
    browser = phone.context.browser
    assert browser is not None
    context = browser.new_context(locale="en-GB")
    state = Phone(context).verified(site.url + site.codes["fresh"]).state
    context.close()
    return state


def test_a_backup_put_back_is_caught_by_the_phone(site: Site, phone: Phone, tmp_path: Path) -> None:
    """Records that this phone has seen are gone."""
    site.close()
    shutil.copytree(site.var, tmp_path / "backup")
    site.restart()
    custody.hold(
        site.ctx,
        Actor(parties.find_party(site.ctx, "监管所")),
        site.codes["fresh"].rsplit("/", 1)[-1],
        "later",
    )
    assert phone.verified(site.url + site.codes["fresh"]).state == "holds"
    site.restart(tmp_path / "backup")
    found = phone.verified(site.url + site.codes["fresh"])
    assert (found.state, found.failed) == ("fails", 6)
    assert "now there are only" in found.text


def test_a_checkpoint_signed_by_another_key_is_refused(site: Site, phone: Phone, tmp_path: Path) -> None:
    """Somebody signs the same tree with a key of his own: entry 0 names another."""
    other = tmp_path / "var" / "keys"
    log = next(file for file in other.iterdir() if "log" in file.name)
    log.chmod(0o600)
    log.write_text(Signer.generate(site.ctx.ledger).to_text() + "\n", encoding="ascii")
    site.forget_outside()
    with site.broken_into() as attacker:
        attacker.forget_checkpoints()
    site.restart()
    site.ctx.publisher.publish()
    found = phone.verified(site.url + site.codes["fresh"])
    assert (found.state, found.failed) == ("fails", 5)
    assert "another key than the one it was opened with" in found.text


def test_another_ledger_at_the_same_address_is_not_taken_for_the_first(
    site: Site, phone: Phone, tmp_path: Path, sqlite_template: Path
) -> None:
    """A whole new ledger, in order in itself; the reader can begin anew where the operator has announced it."""
    phone.verified(site.url + site.codes["fresh"])
    codes = tell_world(tmp_path / "other", sqlite_template)
    site.restart(tmp_path / "other")
    found = phone.verified(site.url + codes["fresh"])
    assert (found.state, found.failed) == ("fails", 5)
    assert "another ledger, or another key" in found.text
    found.page.click("[data-proof-outcome] button")
    found.page.wait_for_selector("[data-proof-outcome][data-state=holds]")


# -- what comes over the wire ------------------------------------------------------------------------------------------


def test_a_page_altered_on_its_way_is_caught(site: Site, phone: Phone) -> None:
    """The visible date is changed and the page's own block is not."""
    page = phone.context.new_page()

    def alter(route: Route) -> None:
        answer = route.fetch()
        shown = answer.text()
        at = shown.index("<", shown.index('data-shown="expires">'))
        start = shown.index('data-shown="expires">') + len('data-shown="expires">')
        route.fulfill(response=answer, body=shown[:start] + "1 Jan 2031" + shown[at:])

    page.route(f"{site.url}/t/*", alter)
    page.goto(site.url + site.codes["fresh"])
    press(page)
    found = verdict(page)
    assert (found.state, found.failed) == ("fails", 7)
    assert "Use by: the screen shows “1 Jan 2031”" in found.text


def test_an_older_state_than_the_phone_has_seen_does_not_pass(site: Site, phone: Phone) -> None:
    """Sound to the last byte, from before the recall: the phone knows of more records than it is shown."""
    address = site.url + site.codes["fresh"]
    path = phone.open(address).get_attribute("[data-bundle]", "data-bundle")
    old = phone.context.request.get(f"{site.url}{path}").body()
    farm = Actor(parties.find_party(site.ctx, "海湾渔场"))
    custody.register(site.ctx, farm, Register(NewBatch("", "fresh", Quantity.parse("1", "KGM"))))
    assert phone.verified(address).state == "holds"
    page = phone.context.new_page()
    page.route("**/bundle", lambda route: route.fulfill(status=200, body=old))
    page.goto(address)
    found = verdict(page)
    assert (found.state, found.steps[5]) == ("unsure", "unsure")
    assert "has seen" in found.text


def test_the_proof_of_another_batch_is_refused(site: Site, phone: Phone) -> None:
    """A sound proof, but not of these goods."""
    path = f"/api/v1/batches/{site.codes['stopped'].rsplit('/', 1)[-1]}/bundle"
    other = phone.context.request.get(site.url + path)
    assert other.ok
    page = phone.context.new_page()
    page.route("**/bundle", lambda route: route.fulfill(status=200, body=other.body()))
    page.goto(site.url + site.codes["fresh"])
    press(page)
    found = verdict(page)
    assert (found.state, found.failed) == ("fails", 1)
    assert "of another batch" in found.text


def test_the_saved_file_is_the_one_that_was_judged(site: Site, phone: Phone) -> None:
    """What the reader takes to an inspector is byte for byte what his phone looked at."""
    page = phone.context.new_page()
    got: list[bytes] = []
    page.on(
        "response", lambda response: got.append(response.body()) if response.url.endswith("/bundle") else None
    )
    page.goto(site.url + site.codes["fresh"])
    press(page)
    verdict(page)
    with page.expect_download() as download:
        page.click("[data-proof-save]")
    assert download.value.suggested_filename.endswith(".bundle.json")
    saved = Path(download.value.path()).read_bytes()
    assert saved == got[0]
    assert verify_bundle(saved, vkey=site.ctx.publisher.vkey).ok


# -- where it cannot be done -------------------------------------------------------------------------------------------

NO_WEBCRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"


@pytest.mark.parametrize("altered", [False, True])
def test_over_plain_http_the_library_judges_the_same(site: Site, phone: Phone, altered: bool) -> None:
    """Without WebCrypto the answer is the same, good or bad; the library is loaded only then."""
    if altered:
        with site.broken_into() as attacker:
            alter_body(attacker, made_in(attacker, "N-1"))
    phone.context.add_init_script(NO_WEBCRYPTO)
    page = phone.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + site.codes["fresh"])
    assert not any("noble" in url for url in asked)
    press(page)
    found = verdict(page)
    assert (found.state, found.failed) == (("fails", 2) if altered else ("holds", None)), found.text
    assert any(url.endswith("/noble/sha2.js") for url in asked)


def test_without_a_network_it_says_so_and_accuses_nobody(site: Site, phone: Phone) -> None:
    """Offline, and a server that is gone, are told apart, and neither looks like a failed proof."""
    page = phone.open(site.url + site.codes["fresh"])
    phone.context.set_offline(True)
    press(page)
    found = verdict(page)
    assert (found.state, found.failed) == ("unsure", None)
    assert "This phone is offline" in found.text
    phone.context.set_offline(False)
    page.route("**/bundle", lambda route: route.abort())
    page.click("[data-proof-run]")
    page.wait_for_function(
        "document.querySelector('[data-proof-outcome]').innerText.includes('cannot be reached')"
    )
    page.unroute("**/bundle")
    page.click("[data-proof-run]")
    page.wait_for_selector("[data-proof-outcome][data-state=holds]")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404}, "The server has no proof of this batch"),
        ({"status": 503}, "status 503"),
    ],
)
def test_a_server_without_a_proof_is_named(
    site: Site, phone: Phone, answer: dict[str, int], words: str
) -> None:
    """No proof is no verdict: it says what to do."""
    page = phone.context.new_page()
    page.route("**/bundle", lambda route: route.fulfill(**answer))  # type: ignore[arg-type]
    page.goto(site.url + site.codes["fresh"])
    press(page)
    found = verdict(page)
    assert (found.state, found.failed) == ("unsure", None)
    assert words in found.text
    assert "save the proof and check it later" in found.text


def test_a_server_that_never_answers_is_given_up(site: Site, phone: Phone) -> None:
    """After twenty seconds by the page's own clock."""
    page = phone.context.new_page()
    page.clock.install()
    page.route("**/bundle", lambda route: None)
    page.goto(site.url + site.codes["fresh"])
    with page.expect_request("**/bundle"):
        press(page)
    page.clock.fast_forward(21_000)
    found = verdict(page)
    assert found.state == "unsure"
    assert "no answer within 20 seconds" in found.text


def test_tiles_that_are_not_served_leave_one_step_open(site: Site, phone: Phone) -> None:
    """Whoever hides the tiles gets no pass, and what the phone remembers stays."""
    phone.verified(site.url + site.codes["fresh"])
    before = phone.open(site.url + "/").evaluate("localStorage.getItem('trace.ledger')")
    farm = Actor(parties.find_party(site.ctx, "海湾渔场"))
    custody.register(site.ctx, farm, Register(NewBatch("", "fresh", Quantity.parse("1", "KGM"))))
    page = phone.context.new_page()
    page.route("**/log/tile/**", lambda route: route.fulfill(status=404))
    page.goto(site.url + site.codes["fresh"])
    found = verdict(page)
    assert (found.state, found.steps) == ("unsure", ["holds"] * 5 + ["unsure", "holds"])
    assert "step 6 is not complete" in found.text
    assert page.evaluate("localStorage.getItem('trace.ledger')") == before


def test_a_browser_that_keeps_nothing_says_what_that_costs(site: Site, phone: Phone) -> None:
    """Storage that is forbidden: everything else is checked."""
    phone.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page = phone.open(site.url + site.codes["fresh"])
    page.click("[data-proof-run]")
    found = verdict(page)
    assert (found.state, found.steps) == ("unsure", ["holds"] * 5 + ["unsure", "holds"])
    assert "keeps nothing" in found.text


def test_a_browser_that_is_too_old_says_so(site: Site, phone: Phone) -> None:
    """Its own engine cannot read the modules."""
    page = phone.context.new_page()
    page.route(
        "**/proof/merkle.js", lambda route: route.fulfill(body="const 2n;", content_type="text/javascript")
    )
    page.goto(site.url + site.codes["fresh"])
    press(page)
    found = verdict(page)
    assert found.state == "unsure"
    assert "too old" in found.text


def test_without_scripts_the_page_says_how_to_check(site: Site, browser: Browser) -> None:
    """The line at the top leads to the section; there is a sentence, the file and the command, and no dead button."""
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(site.url + site.codes["fresh"])
    page.click("[data-proof-line]")
    assert page.url.endswith("#proof")
    assert page.is_visible("[data-proof-cannot]")
    assert not page.is_visible("[data-proof-run]")
    assert page.is_visible("a[href$='/bundle']")
    context.close()


# -- seen, heard, weighed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_by_keyboard_alone_and_at_320_pixels(site: Site, browser: Browser, locale: str) -> None:
    """The line on the first screen begins it, the result gets the focus, the button stands before it, and nothing
    goes off the screen."""
    context = browser.new_context(locale=locale, viewport={"width": 320, "height": 568})
    with site.broken_into() as attacker:
        alter_row("batches", expires="2031-01-01")(attacker, made_in(attacker, "N-1"))
    page = context.new_page()
    page.goto(site.url + site.codes["fresh"])
    page.focus("[data-proof-line]")
    page.keyboard.press("Enter")
    assert verdict(page).failed == 7
    page.wait_for_function("document.activeElement.matches('[data-proof-outcome]')")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.matches('[data-proof-run]')")
    page.keyboard.press("Enter")
    assert verdict(page).failed == 7
    page.wait_for_function("document.activeElement.matches('[data-proof-outcome]')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert "js_proof" not in page.inner_text("main")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_outcome_can_be_read_by_everybody(
    site: Site, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    """axe finds nothing serious (WCAG 2.2 AA) before it is asked, where it holds, where it cannot, where it fails."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(site.url + site.codes["fresh"])
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert serious(page) == []
    for body, state in ((None, "holds"), (b"{}", "fails"), (b"", "unsure")):
        if body is not None:
            answer = {"body": body} if body else {"status": 404}
            page.route("**/bundle", partial(Route.fulfill, **answer))
        page.click("[data-proof-run]")
        page.wait_for_selector(f"[data-proof-outcome][data-state={state}]")
        assert serious(page) == []
        page.unroute("**/bundle")
    context.close()


def serious(page: Page) -> list[str]:
    """What axe says against the page, by rule and place."""
    found = page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })"
    )
    return [
        f"{one['id']}: {node['html']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_the_modules_are_light() -> None:
    """A page without the button pressed loads 4 kB for it; all there is, the library not counted, is under 29 kB."""
    weight = {file.name: len(gzip.compress(file.read_bytes())) for file in PROOF.glob("*.js")}
    assert weight["start.js"] < 4_000
    assert sum(weight.values()) < 29_000, json.dumps(weight)
