"""How pages leave: for people and programs, in the language asked for, and safe to open anywhere."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from scanner_web.paths import raw_path
from tests.web.conftest import GLN, GTIN, World

CHINESE, ENGLISH = {"Accept-Language": "zh-CN,zh;q=0.9"}, {"Accept-Language": "en-GB"}


def test_program_gets_the_same_facts_as_json(world: World, client: FlaskClient) -> None:
    """One address, HTML for people and JSON for programs, with the very facts of the page."""
    answer = client.get(world.codes["stopped"], headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    data = answer.get_json()
    assert data["product"]["name"] == "鲜鱼"
    assert data["stops"][0]["reason"] == "氯霉素 0.5 µg/kg"
    assert data["proof"]["size"] > 0
    assert [step["index"] for step in data["steps"]] == data["proof"]["entries"]


def test_linked_data_says_what_its_names_mean(world: World, client: FlaskClient) -> None:
    """JSON-LD is the same, with a context."""
    answer = client.get(world.codes["fresh"], headers={"Accept": "application/ld+json"})
    assert answer.mimetype == "application/ld+json"
    assert "@context" in answer.get_json()


def test_program_gets_a_problem_for_an_unknown_code(client: FlaskClient) -> None:
    """RFC 9457, with a stable code and what is known of the product."""
    asked = {"Accept": "application/json", **ENGLISH}
    answer = client.get(f"/01/{GTIN}/10/NO", headers=asked, follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    data = answer.get_json()
    assert (data["code"], data["status"]) == ("unknown_batch", 404)
    assert data["product"]["gtin"] == GTIN
    assert (
        client.get("/t/nonsense", headers={"Accept": "application/json"}).get_json()["code"]
        == "unknown_batch"
    )


@pytest.mark.parametrize("path", ["/", "/scan", f"/01/{GTIN}", "/no/such/page"])
def test_head_is_answered_like_get_without_a_body(client: FlaskClient, path: str) -> None:
    """A link checker sees the same status and type."""
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.mimetype, head.data) == (get.status_code, get.mimetype, b"")


def test_caches_keep_languages_and_forms_apart_and_ask_each_time(world: World, client: FlaskClient) -> None:
    """A stop must show on the very next scan, and nobody is served another's language."""
    answer = client.get(world.codes["fresh"])
    assert {"accept", "accept-language"} <= {name.lower() for name in answer.vary}
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/no/such/page", "/assets/trace.css"])
def test_nothing_foreign_may_load_run_or_frame(client: FlaskClient, path: str) -> None:
    """The policy allows our own stylesheet, pictures and scripts, nothing inline, and no other host."""
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_set_no_cookie(world: World, client: FlaskClient) -> None:
    """Looking at a code, in whatever language, leaves nothing on the phone."""
    for path in ("/", world.codes["fresh"], f"{world.codes['fresh']}?lang=en", "/scan"):
        assert "Set-Cookie" not in client.get(path).headers


def test_browser_chooses_the_language(client: FlaskClient) -> None:
    """And the page says which one it is in, for the reading voice."""
    assert '<html lang="zh-Hans">' in client.get("/", headers=CHINESE).get_data(as_text=True)
    answer = client.get("/", headers=ENGLISH)
    assert '<html lang="en">' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == "en"


def test_link_overrules_the_browser_and_goes_along(world: World, client: FlaskClient) -> None:
    """Whoever switches stays in that language: every link and redirect here carries it, and can be shared."""
    page = client.get(f"{world.codes['fresh']}?lang=en", headers=CHINESE).get_data(as_text=True)
    assert '<html lang="en">' in page
    assert 'href="/?lang=en"' in page
    assert 'href="?lang=zh"' in page
    code = world.codes["fresh"].rsplit("/", 1)[1]
    moved = client.get(f"/scan?code={code}&lang=en")
    assert moved.location == f"{world.codes['fresh']}?lang=en"
    assert '<input type="hidden" name="lang" value="en">' in client.get("/scan?lang=en").get_data(
        as_text=True
    )


def test_switching_language_keeps_what_was_asked(client: FlaskClient) -> None:
    """The other language of a typed code is the page of the same code."""
    page = client.get("/b?uri=urn%3Ax%3Ay", headers=ENGLISH).get_data(as_text=True)
    assert 'href="?uri=urn%3Ax%3Ay&amp;lang=zh"' in page


def test_language_that_is_not_there_is_ignored(client: FlaskClient) -> None:
    """A made-up ?lang= changes nothing and is not repeated into the page."""
    page = client.get("/?lang=%22%3E%3Cscript%3E", headers=ENGLISH).get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "<script" not in page


def test_first_page_shows_the_demo_codes(world: World, client: FlaskClient) -> None:
    """Where the demo is on, its codes can be scanned from the screen."""
    page = client.get("/").get_data(as_text=True)
    assert "演示用的码" in page
    assert f'href="{world.codes["fresh"]}"' in page
    assert page.count('shape-rendering="crispEdges"') == 1
    data = client.get("/", headers={"Accept": "application/json"}).get_json()
    assert data == {
        "codes": [
            {
                "name": "鲜鱼",
                "path": world.codes["fresh"],
                "url": f"http://trace.example{world.codes['fresh']}",
            }
        ]
    }


def test_first_page_without_demo(world: World, client: FlaskClient, tmp_path: Path) -> None:
    """In production the first page is about codes alone."""
    demo = world.app.extensions["scanner_web.demo"]
    try:
        for absent in (None, tmp_path / "none.json"):
            world.app.extensions["scanner_web.demo"] = absent
            assert "演示" not in client.get("/").get_data(as_text=True)
    finally:
        world.app.extensions["scanner_web.demo"] = demo


def test_a_page_is_light(world: World, client: FlaskClient) -> None:
    """Page and stylesheet together stay far below 60 kB compressed."""
    page = client.get(world.codes["frozen"]).data
    with client.get("/assets/trace.css") as answer:
        style = answer.data
    assert len(gzip.compress(page)) + len(gzip.compress(style)) < 20_000


def test_stylesheet_may_be_kept_for_long(client: FlaskClient) -> None:
    """Its address changes with its content."""
    page = client.get("/").get_data(as_text=True)
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"REQUEST_URI": "/01/1/10/A%2F7?x=1", "PATH_INFO": "/01/1/10/A/7"}, "/01/1/10/A%2F7"),
        ({"RAW_URI": "/t/A"}, "/t/A"),
        ({"REQUEST_URI": "http://host/t/A", "PATH_INFO": "/t/A"}, "/t/A"),
        ({"PATH_INFO": "/t/\u00e4\u00b8\u00ad b"}, "/t/%E4%B8%AD%20b"),
        ({"PATH_INFO": f"/01/{GTIN}/10/A/7"}, f"/01/{GTIN}/10/A%2F7"),
        ({"PATH_INFO": f"/01/{GTIN}/10/A/7/B/21/S/1"}, f"/01/{GTIN}/10/A%2F7%2FB/21/S%2F1"),
        ({"PATH_INFO": f"/01/{GTIN}/10/A7/21/S"}, f"/01/{GTIN}/10/A7/21/S"),
        ({"PATH_INFO": f"/414/{GLN}/254/a/b"}, f"/414/{GLN}/254/a%2Fb"),
        ({"PATH_INFO": "/01/123/10/A/7"}, "/01/123/10/A/7"),
        ({"PATH_INFO": f"/01/{GTIN}/99/7"}, f"/01/{GTIN}/99/7"),
    ],
)
def test_path_is_taken_as_it_was_sent(environ: dict[str, str], path: str) -> None:
    """Servers hand the raw path over under different names, or not at all."""
    assert raw_path(environ) == path
