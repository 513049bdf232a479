"""The page of a batch is light: a phone at the edge of the network has it at once."""

from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scanner_web.compressed import _STATIC
from tests.web.conftest import World
from tests.web.desk import Desk

MOST = 60_000
"""Bytes over the wire for the page with all that it loads (issue: 60 kB, the scanner not included)."""
GZIP = {"Accept-Encoding": "gzip, br"}


def whole(client: FlaskClient, path: str) -> dict[str, TestResponse]:
    """The page, its stylesheet, its scripts and all that they import, by path.

    What a browser without Ed25519 of its own loads besides is not in it.
    """
    found: dict[str, TestResponse] = {}
    wanted = [path]
    while wanted:
        at = wanted.pop()
        if at in found:
            continue
        answer = found[at] = client.get(at, headers=GZIP, buffered=True)
        assert answer.status_code == 200, at
        text = opened(answer)
        if answer.mimetype == "text/html":
            wanted += re.findall(r'<(?:script|link)[^>]*? (?:src|href)="(/assets/[^"]+)"', text)
        elif answer.mimetype == "text/javascript":
            names = re.findall(r'(?:from|import\()\s*"([^"]+)"', text)
            wanted += [urljoin(at, name) for name in names if "/vendor/" not in name]
    return found


def opened(answer: TestResponse) -> str:
    assert answer.headers.get("Content-Encoding") in ("gzip", None)
    data = answer.data
    return (gzip.decompress(data) if "Content-Encoding" in answer.headers else data).decode()


def test_a_page_with_its_proof_weighs_little(world: World, client: FlaskClient) -> None:
    """Page, stylesheet and every script of the proof, compressed, are within what was promised."""
    parts = whole(client, world.codes["frozen"])
    assert any("/js/proof/" in path for path in parts)
    weights = {path: len(answer.data) for path, answer in parts.items()}
    assert sum(weights.values()) < MOST, weights


def test_compressed_and_plain_are_the_same_page(world: World, client: FlaskClient) -> None:
    """Who does not take gzip gets the page as it is."""
    for path in (world.codes["fresh"], "/assets/trace.css", "/assets/js/words.js"):
        short, plain = client.get(path, headers=GZIP), client.get(path, buffered=True)
        assert short.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert opened(short) == plain.text
        assert len(short.data) < len(plain.data) * 0.7
        assert int(short.headers["Content-Length"]) == len(short.data)
        assert "accept-encoding" in {name.lower() for name in short.vary}
        assert "accept-encoding" in {name.lower() for name in plain.vary}


@pytest.mark.parametrize("headers", [{"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}, {}])
def test_nobody_gets_what_he_does_not_take(
    world: World, client: FlaskClient, headers: dict[str, str]
) -> None:
    """A zero is a no."""
    assert "Content-Encoding" not in client.get(world.codes["fresh"], headers=headers).headers


def test_a_file_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    """The tag of the compressed file is known when it is asked for again."""
    first = client.get("/assets/js/words.js", headers=GZIP)
    again = client.get(
        "/assets/js/words.js", headers={**GZIP, "If-None-Match": first.headers["ETag"]}, buffered=True
    )
    assert (again.status_code, again.data) == (304, b"")


def test_pages_with_secrets_are_not_compressed(desk: Desk) -> None:
    """The length of a compressed page tells what repeats in it: none that carries a session's token is."""
    browser = desk.browser("farm")
    for path in ("/desk", "/desk/complaints"):
        assert "Content-Encoding" not in browser.get(path, **GZIP).headers
    assert "Content-Encoding" not in desk.stranger().get("/in", headers=GZIP).headers


def test_nothing_outside_the_folder_is_read(client: FlaskClient) -> None:
    """A path that climbs out of the folder of files leads nowhere."""
    assert _STATIC.name == "static"
    for path in ("/assets/../answers.py", "/assets/%2e%2e/answers.py", "/assets/..%2fanswers.py"):
        assert client.get(path, headers=GZIP).status_code == 404
