"""What holds on every page there is: who may open it, that it can be used by everybody, and that it asks nobody else.

Every address that the pages answer must stand in ``PAGES``: a new one without a line here fails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.service.ledgers import ROOT
from tests.web.desk import EVERYBODY, Desk, Prepared, served, signed_page
from tests.web.town import Town, told
from trace.i18n import catalogs

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# Rule of the address -> (who opens it, address with the town's names). Nobody: whoever has the code.
FARM, STALL, CANTEEN, INSPECTOR, OPERATOR, NOBODY = "farm", "stall", "canteen", "inspector", "operator", ""
PAGES: dict[str, tuple[str, str]] = {
    "/": (NOBODY, "/"),
    "/scan": (NOBODY, "/scan"),
    "/t/<code>": (NOBODY, "/t/{apples}"),
    "/t/<code>/<serial>": (NOBODY, "/t/{apples}/{serial}"),
    "/p/<id>": (NOBODY, "/p/stall"),
    "/p/<id>/place": (NOBODY, "/p/canteen/place"),
    "/g/<id>": (NOBODY, "/g/apples"),
    "/d/<code>": (NOBODY, "/d/{note}"),
    "/report": (NOBODY, "/report?of={apples}"),
    "/c": (NOBODY, "/c"),
    "/c/<number>": (NOBODY, "/c/{complaint}"),
    "/in": (NOBODY, "/in"),
    "/join": (NOBODY, "/join"),
    "/join/<receipt>": (NOBODY, "/join/{application}"),
    "/invite/<token>": (NOBODY, "/invite/{invitation}"),
    "/offline": (NOBODY, "/offline"),
    "/me": (FARM, "/me"),
    "/me/passkeys/<id>/remove": (FARM, "/me/passkeys/{passkey}/remove"),
    "/desk": (FARM, "/desk"),
    "/desk/batches": (FARM, "/desk/batches?uri={apples}"),
    "/desk/batches/<code>": (FARM, "/desk/batches/{apples}"),
    "/desk/complaints": (FARM, "/desk/complaints"),
    "/desk/complaints/<number>": (FARM, "/desk/complaints/{complaint}"),
    "/desk/entries/<int:index>": (FARM, "/desk/entries/{entry}"),
    "/desk/entries/<int:index>/correct": (FARM, "/desk/entries/{entry}/correct"),
    "/desk/import": (FARM, "/desk/import"),
    "/desk/labels": (FARM, "/desk/labels?batch={apples}"),
    "/desk/labels/print": (FARM, "/desk/labels/print?batch={apples}&first=1"),
    "/desk/labels/rolls": (FARM, "/desk/labels/rolls"),
    "/desk/ledgers": (FARM, "/desk/ledgers"),
    "/desk/look": (FARM, "/desk/look?batch={apples}"),
    "/desk/mandates": (STALL, "/desk/mandates"),
    "/desk/more": (FARM, "/desk/more"),
    "/desk/pack": (FARM, "/desk/pack"),
    "/desk/process": (FARM, "/desk/process"),
    "/desk/products": (FARM, "/desk/products"),
    "/desk/receive": ("plant", "/desk/receive"),
    "/desk/receive/<int:index>": ("plant", "/desk/receive/{delivery}"),
    "/desk/register": (FARM, "/desk/register"),
    "/desk/sell": (STALL, "/desk/sell"),
    "/desk/settings": (FARM, "/desk/settings"),
    "/desk/settings/keys": (FARM, "/desk/settings/keys"),
    "/desk/settings/keys/<id>/revoke": (FARM, "/desk/settings/keys/{key}/revoke"),
    "/desk/settings/people/<id>": (FARM, "/desk/settings/people/{colleague}"),
    "/desk/settings/people/<id>/end": (FARM, "/desk/settings/people/{colleague}/end"),
    "/desk/settings/people/invite": (FARM, "/desk/settings/people/invite"),
    "/desk/settings/units": (FARM, "/desk/settings/units"),
    "/desk/settings/webhooks": (FARM, "/desk/settings/webhooks"),
    "/desk/ship": (FARM, "/desk/ship"),
    "/desk/stock": (FARM, "/desk/stock"),
    "/desk/today": (CANTEEN, "/desk/today"),
    "/inspect": (INSPECTOR, "/inspect"),
    "/inspect/batch/<code>": (INSPECTOR, "/inspect/batch/{apples}"),
    "/inspect/batch/<code>/evidence": (INSPECTOR, "/inspect/batch/{apples}/evidence"),
    "/inspect/batch/<code>/hold": (INSPECTOR, "/inspect/batch/{apples}/hold"),
    "/inspect/batch/<code>/look": (INSPECTOR, "/inspect/batch/{apples}/look"),
    "/inspect/batch/<code>/release/<hold>": (INSPECTOR, "/inspect/batch/{held}/release/{hold}"),
    "/inspect/batch/<code>/verify": (INSPECTOR, "/inspect/batch/{apples}/verify"),
    "/inspect/complaints": (INSPECTOR, "/inspect/complaints"),
    "/inspect/complaints/<number>": (INSPECTOR, "/inspect/complaints/{complaint}"),
    "/inspect/party/<id>": (INSPECTOR, "/inspect/party/farm"),
    "/inspect/piece": (INSPECTOR, "/inspect/piece?code={copied}"),
    "/inspect/search": (INSPECTOR, "/inspect/search?q=A-1"),
    "/operate": (OPERATOR, "/operate"),
    "/operate/applications/<id>": (OPERATOR, "/operate/applications/{application}"),
    "/operate/areas": (OPERATOR, "/operate/areas"),
    "/operate/health": (OPERATOR, "/operate/health"),
    "/operate/parties": (OPERATOR, "/operate/parties"),
    "/operate/parties/<party>": (OPERATOR, "/operate/parties/farm"),
    "/operate/parties/<party>/people/<id>": (OPERATOR, "/operate/parties/farm/people/{colleague}"),
    "/operate/parties/<party>/people/<id>/end": (OPERATOR, "/operate/parties/farm/people/{colleague}/end"),
    "/operate/parties/<party>/people/invite": (OPERATOR, "/operate/parties/farm/people/invite"),
    "/operate/parties/new": (OPERATOR, "/operate/parties/new"),
    "/operate/witnesses": (OPERATOR, "/operate/witnesses"),
}

# The same pages once more for whom they look another way.
AGAIN = {
    "laboratory": ("/desk", "/desk/more", "/desk/look?batch={apples}", "/desk/settings", "/me"),
    "carrier": ("/desk", "/desk/more", "/desk/ship"),
}

# Answered, and no pages of ours to look at: files, data, and addresses that lead on or are tried elsewhere.
NO_PAGES = re.compile(
    r"/(assets|facts|photos|\.well-known|page|a|b|s|S|T|D)(/|$)|/<(any|here)|\.(pdf|xlsx|webmanifest|js)$|/in/session"
    r"|/(seen|cover)|what>|/evidence/\w+$|/photos/|/today/code$|/ledgers/<form>|/health/verdict$|<path:nothing>"
)
AREAS = {"/desk": set(EVERYBODY) - {INSPECTOR, OPERATOR}, "/inspect": {INSPECTOR}, "/operate": {OPERATOR}}


@pytest.fixture(scope="module")
def desk(prepared_desk: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all pages; they are only looked at."""
    folder = tmp_path_factory.mktemp("town")
    with prepared_desk.copy(folder) as made:
        yield made
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(desk: Desk) -> Town:
    return told(desk)


def address(rule: str, town: Town) -> tuple[str, str]:
    """Who opens the page of a rule, and where it is in the town."""
    who, path = PAGES[rule]
    return who, path.format(**asdict(town))


def test_every_address_is_looked_at(desk: Desk) -> None:
    """A page that this file does not know is a page that nobody tried."""
    rules = {rule.rule for rule in desk.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {rule for rule in rules if not NO_PAGES.search(rule)} - PAGES.keys() == set()
    assert PAGES.keys() - rules == set()


@pytest.mark.parametrize("rule", PAGES)
def test_page_answers_in_both_languages_under_a_strict_policy(desk: Desk, town: Town, rule: str) -> None:
    """No word is missing, nothing inline runs, no other host is named, and no code of a word is shown."""
    who, path = address(rule, town)
    for lang, html_lang in (("zh", "zh-Hans"), ("en", "en")):
        client = desk.browser(who, lang=lang).client if who else desk.stranger()
        answer = client.get(path, headers={"Accept-Language": lang, "Accept": "text/html"})
        assert answer.status_code == 200, answer.text[:2000]
        assert f'<html lang="{html_lang}"' in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy.replace("wasm-unsafe-eval", "")
        assert "http" not in policy
        assert not re.search(r"<(script(?![^>]*(src=|application/json))|style)", answer.text)
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", answer.text)
        shown = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.text, flags=re.S)
        assert not [code for code in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", shown) if code in catalogs()]


@pytest.mark.parametrize(
    "rule", [rule for rule, (who, _) in PAGES.items() if who and not rule.startswith("/me")]
)
def test_page_is_closed_to_every_other_role(desk: Desk, town: Town, rule: str) -> None:
    """And to whoever is not signed in; nothing of it is shown, only what to do next."""
    _, path = address(rule, town)
    allowed = AREAS["/" + rule.split("/")[1]]
    for other in sorted(set(EVERYBODY) - allowed):
        answer = desk.browser(other).get(path)
        assert answer.status_code == 403, other
        assert "回到首页" in answer.text
    answer = desk.stranger().get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/in?next=")


# -- in a real browser ---------------------------------------------------------------------------------------

JUDGE = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const found = await axe.run(document, {resultTypes: ['violations'], runOnly: rules});
  const where = one => one.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | ');
  return found.violations.map(one => `${one.impact} ${one.id}: ${where(one)}`);
}"""

# Everything that is tapped, but links in a sentence, and boxes whose label is the target.
SMALL_TARGETS = """() =>
  [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
  .filter(one => one.checkVisibility() && !one.matches('.skip') && !one.closest('label') && !one.closest('.band p'))
  .map(one => [one.getBoundingClientRect(), one.outerHTML.slice(0, 90)])
  .filter(([box]) => box.height < 43.5)
  .map(([box, html]) => `${box.height} ${html}`)"""


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[str]:
    with served(desk.app) as where:
        yield where


@pytest.mark.parametrize("who", [NOBODY, FARM, STALL, CANTEEN, "plant", INSPECTOR, OPERATOR, *AGAIN])
def test_everybody_can_use_it(desk: Desk, town: Town, browser: Chromium, site: str, who: str) -> None:
    """Axe finds nothing wrong, nothing scrolls sideways at 320 pixels, targets are large, no other host is asked."""
    token = desk.session(who) if who else ""
    asked: set[str] = set()
    wrong: list[str] = []
    with signed_page(browser, site, token or "none", viewport={"width": 320, "height": 700}) as page:
        page.on("request", lambda request: asked.add(request.url))
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on(
            "console", lambda said: wrong.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        for path in (path for whose, path in PAGES.values() if whose == who):
            wrong += judged(page, path.format(**asdict(town)))
        for path in AGAIN.get(who, ()):
            wrong += judged(page, path.format(**asdict(town)))
    assert wrong == []
    assert {url for url in asked if not url.startswith((site, "data:", "blob:"))} == set()


def judged(page: Page, path: str) -> list[str]:
    """What is wrong with a page as it stands on a narrow phone, by day and by night."""
    page.goto(path)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = [f"{path}: {one}" for one in page.evaluate(JUDGE)]
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(JUDGE)
    page.emulate_media(color_scheme="light")
    found += [f"{path} (dark): {one}" for one in dark if "color-contrast" in one]
    if (width := page.evaluate("document.documentElement.scrollWidth")) > 320:
        found.append(f"{path}: scrolls sideways, {width} pixels")
    return found + [f"{path}: small target {one}" for one in page.evaluate(SMALL_TARGETS)]


def test_pages_know_their_pictures(desk: Desk, town: Town) -> None:
    """No icon is asked for that is not drawn."""
    for rule in PAGES:
        who, path = address(rule, town)
        client = desk.browser(who).client if who else desk.stranger()
        text = client.get(path, headers={"Accept": "text/html"}).text
        assert not re.search(r'focusable="false">\s*(<path d=""/>)?\s*</svg>', text), path


def test_axe_is_the_engine_that_was_locked() -> None:
    """Without the locked package nothing would be judged."""
    assert Path(AXE).stat().st_size > 100_000
