"""A warning of copies: an inspector finds the piece, looks into it, and settles it; its buyer reads that he did."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import pytest

from tests.scenario import BASE_URL
from tests.web.desk import Browser, Desk
from tests.web.test_serials import open_page
from trace.services import serials, sightings
from trace.services.context import Rights
from trace.services.serials import Code

FUZHOU, BEIJING = (26.1, 119.3), (39.9, 116.4)


@dataclass
class Copied:
    """Milk, the first of whose two serials turned up in two far places."""

    desk: Desk
    code: Code
    fine: Code

    @property
    def path(self) -> str:
        """Its page for inspectors."""
        return f"/inspect/piece?code={quote(self.code.uri, safe='')}"

    def seen(self, *places: tuple[float, float]) -> None:
        """Somebody has it in hand there."""
        for place in places:
            sightings.scanned(self.desk.ctx, self.code.uri, place, code=self.code)
            self.desk.world.clock.forward(minutes=30)

    def public(self, lang: str = "en") -> str:
        """What whoever scans it reads."""
        lot = self.code.uri.removeprefix("https://id.gs1.org")
        return open_page(self.desk.stranger(), lot, lang)[1]


@pytest.fixture
def copied(desk: Desk) -> Copied:
    batch = desk.world.register("farm", "9 KGM", "milk", lot="L-1")
    serials.issue(desk.ctx, desk.world["farm"], batch, 2)
    codes = [serials.of_batch(desk.ctx, batch, one.serial) for one in serials.printed(desk.ctx, batch, 1, 2)]
    made = Copied(desk, *codes)
    made.seen(FUZHOU, BEIJING)
    return made


@pytest.fixture
def inspector(copied: Copied) -> Browser:
    return copied.desk.browser("inspector")


def test_a_scanned_piece_with_a_warning_opens_where_it_can_be_looked_into(
    copied: Copied, inspector: Browser
) -> None:
    """One without a warning opens its batch, as ever."""
    printed = quote(BASE_URL + copied.code.uri.removeprefix("https://id.gs1.org"), safe="")
    assert inspector.get(f"/inspect/search?q={printed}").headers["Location"] == copied.path
    page = inspector.page(copied.path)
    assert "26.1°, 119.3°" in page
    assert "39.9°, 116.4°" in page
    other = quote(BASE_URL + copied.fine.uri.removeprefix("https://id.gs1.org"), safe="")
    assert inspector.get(f"/inspect/search?q={other}").headers["Location"].startswith("/inspect/batch/")


def test_a_settled_warning_is_told_to_buyers_in_their_language(copied: Copied, inspector: Browser) -> None:
    """Who looked, when and what came of it; a new pair of sightings warns again, and that somebody looked stays."""
    assert "may have been copied" in copied.public()
    page = inspector.follow(inspector.submit(copied.path, why="genuine", detail="与厂家核对"))
    assert "已记入账本" in page
    assert "没有复制警告" in page
    assert '<form method="post" class="form">' not in page
    text = copied.public()
    assert "may have been copied" not in text
    assert "An inspector looked into a warning of copies" in text
    assert "inspector, 2 Nov 2026: This piece is genuine: 与厂家核对" in text
    assert "这件是真的：与厂家核对" in copied.public("zh")
    copied.desk.world.clock.forward(days=1)
    copied.seen(FUZHOU, BEIJING)
    text = copied.public()
    assert "may have been copied" in text
    assert "looked into an earlier warning" in text


def test_nothing_is_settled_without_a_choice_or_where_nothing_warns(
    copied: Copied, inspector: Browser
) -> None:
    """Each refusal is said on the page, and records nothing."""
    form = inspector.form(copied.path)
    assert "why" not in dict(form.fields)
    size = copied.desk.world.size()
    answer = inspector.post(copied.path, form.filled({}), whole=True)
    assert (answer.status_code, 'id="e-why"' in answer.text) == (422, True)
    fine = f"/inspect/piece?code={quote(copied.fine.uri, safe='')}"
    answer = inspector.post(fine, {"once": "1", "why": "genuine"}, json=True)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "no_clone_warning")
    for text in ("nonsense", copied.code.uri[:-1] + ("0" if copied.code.uri[-1] != "0" else "1"), ""):
        assert inspector.get(f"/inspect/piece?code={quote(text, safe='')}").status_code in (404, 422)
    assert copied.desk.world.size() == size


@pytest.mark.parametrize("who", ["farm", "stall", "laboratory", "operator"])
def test_nobody_else_sees_where_a_piece_was_or_settles_it(copied: Copied, who: str) -> None:
    """Least of all its maker, or whoever sells the copies."""
    browser = copied.desk.browser(who)
    assert browser.get(copied.path).status_code == 403
    assert browser.post(copied.path, {"once": "1", "why": "genuine"}).status_code == 403
    assert "may have been copied" in copied.public()


def test_an_inspector_who_may_only_look_sees_no_form(copied: Copied) -> None:
    reader = copied.desk.browser("inspector", Rights.READER)
    assert "解除这件的警告" not in reader.page(copied.path)
    assert reader.post(copied.path, {"once": "1", "why": "genuine"}).status_code == 403
