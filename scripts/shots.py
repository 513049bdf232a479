"""Takes the pictures of README and docs: ``python scripts/shots.py [BASE_URL]``, into docs/images.

Without an address it serves a fresh demo of its own from a folder that is thrown away. BASE_URL must be a demo:
its first page lists the codes whose pages are taken.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

from tests.web.chromium import chromium  # noqa: E402
from trace.demo import PASSWORD  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
PATIENCE = 60  # seconds for the server to come up

# Of each picture: its name, who looks (login of a demo account, "": nobody is signed in), where, window, language,
# light or dark, and whether all of the page or its first screen. Where: an address with {n} for the code of the demo's
# n-th batch, or {n} alone for its page; behind ">" what is clicked there, and what is waited for if that is no link.
SHOTS = (
    ("home-phone", "", "/", PHONE, "zh-CN", "light", False),
    ("home-desktop", "", "/", DESKTOP, "en-GB", "light", True),
    ("batch-phone", "", "{4}", PHONE, "zh-CN", "light", False),
    ("batch-phone-en", "", "{4}", PHONE, "en-GB", "light", False),
    ("batch-phone-dark", "", "{4}", PHONE, "zh-CN", "dark", False),
    ("batch-phone-whole", "", "{4}", PHONE, "zh-CN", "light", True),
    ("proved-phone", "", "{4} > [data-proof-run] > [data-state=holds]", PHONE, "zh-CN", "light", False),
    ("batch-desktop", "", "{4}", DESKTOP, "zh-CN", "light", False),
    ("expired-phone", "", "{5}", PHONE, "zh-CN", "light", False),
    ("stopped-phone", "", "/p/R2-A12 > a:text('芹菜')", PHONE, "zh-CN", "light", False),
    ("scan-phone", "", "/scan", PHONE, "zh-CN", "light", False),
    ("report-phone", "", "/report?of={0}", PHONE, "zh-CN", "light", False),
    ("place-phone", "", "/p/R2-A12", PHONE, "zh-CN", "light", False),
    ("place-desktop", "", "/p/C1", DESKTOP, "en-GB", "light", False),
    ("menu-phone", "", "/p/C1", PHONE, "zh-CN", "light", False),
    ("desk-phone", "R2-A12", "/desk", PHONE, "zh-CN", "light", False),
    ("desk-desktop", "C1", "/desk", DESKTOP, "en-GB", "light", False),
    ("register-phone", "F8", "/desk/register", PHONE, "zh-CN", "light", False),
    ("receive-phone", "C1", "/desk/receive", PHONE, "zh-CN", "light", False),
    ("receive-desktop", "W1-S17", "/desk/receive", DESKTOP, "zh-CN", "light", False),
    ("delivery-phone", "R2-A12", "/desk/receive > a[href^='/desk/receive/']", PHONE, "zh-CN", "light", False),
    ("register-desktop", "F8", "/desk/register", DESKTOP, "zh-CN", "light", False),
    ("ship-phone", "F1", "/desk/ship", PHONE, "zh-CN", "light", False),
    ("sell-phone", "R2-A12", "/desk/sell", PHONE, "zh-CN", "light", False),
    ("today-phone", "C1", "/desk/today?meal=lunch", PHONE, "zh-CN", "light", False),
    (
        "labels-phone",
        "F1",
        "/desk/labels?batch={0}&stock=a4-2x4&certificate=1",
        PHONE,
        "zh-CN",
        "light",
        False,
    ),
    (
        "labels-desktop",
        "F1",
        "/desk/labels?batch={0}&stock=a4-2x4&certificate=1",
        DESKTOP,
        "zh-CN",
        "light",
        True,
    ),
    ("ledgers-desktop", "C1", "/desk/ledgers", DESKTOP, "zh-CN", "light", False),
    ("inspect-phone", "G1", "/inspect", PHONE, "zh-CN", "light", False),
    ("inspect-desktop", "G1", "/inspect", DESKTOP, "en-GB", "light", False),
    ("inspect-batch-phone", "G1", "/inspect > a[href^='/inspect/batch/']", PHONE, "zh-CN", "light", False),
    (
        "inspect-batch-desktop",
        "G1",
        "/inspect > a[href^='/inspect/batch/']",
        DESKTOP,
        "zh-CN",
        "light",
        False,
    ),
    ("operate-desktop", "operator", "/operate", DESKTOP, "zh-CN", "light", False),
    ("health-phone", "operator", "/operate/health", PHONE, "zh-CN", "light", False),
)


def main(arguments: list[str]) -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    if arguments:
        shoot(arguments[0].rstrip("/"))
        return
    with demo() as base:
        shoot(base)


def shoot(base: str) -> None:
    """Pictures of the demo that is served at an address."""
    asked = Request(base + "/", headers={"Accept": "application/json"})  # noqa: S310 - our own address
    with urlopen(asked) as answer:  # noqa: S310
        codes = json.load(answer)["codes"]
    if not codes:
        raise SystemExit(f"{base} is no demo: serve it with TRACE_DEMO=1")
    with chromium() as browser:
        for name, who, where, *look in SHOTS:
            path, *clicks = where.split(" > ")
            take(browser, base, named(path, codes), clicks, who, name, *look)
            print(f"docs/images/{name}.png")


def named(path: str, codes: list[dict[str, str]]) -> str:
    """An address with the demo's codes in it."""
    if path.startswith("{"):
        return codes[int(path.strip("{}"))]["path"]
    return path.format(*(code["path"].rsplit("/", 1)[-1] for code in codes))


def take(
    browser: Browser,
    base: str,
    path: str,
    clicks: list[str],
    login: str,
    name: str,
    window: dict[str, int],
    locale: str,
    scheme: str,
    whole: bool,
) -> None:
    """One picture, at twice the resolution for phones, as their screens have it."""
    context = browser.new_context(
        viewport=window,  # type: ignore[arg-type]
        device_scale_factor=2 if window is PHONE and not whole else 1,
        locale=locale,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    if login:
        page.goto(base + "/in")
        page.fill("#f-login", login)
        page.fill("#f-password", PASSWORD)
        page.press("#f-password", "Enter")
        page.wait_for_url(lambda url: not url.endswith("/in"))
    answer = page.goto(base + path)
    if answer is None or not answer.ok:
        raise SystemExit(f"{path}: {answer.status if answer else 'no answer'}")
    if clicks:
        page.click(clicks[0])
        page.wait_for_selector(clicks[1]) if clicks[1:] else page.wait_for_url(lambda url: url != base + path)
    page.wait_for_load_state("networkidle")
    if whole:  # what is fixed to the window's edge stays at the page's
        page.set_viewport_size({**window, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.screenshot(path=IMAGES / f"{name}.png", full_page=whole)
    context.close()
    # The pages have few colours: a palette makes the files a third as large.
    Image.open(IMAGES / f"{name}.png").quantize(64).save(IMAGES / f"{name}.png", optimize=True)


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own, served on a free port until the pictures are taken."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as var:
        env = {**os.environ, "TRACE_VAR": var, "TRACE_PORT": str(port), "TRACE_DEMO": "1"}
        command = [sys.executable, "-m", "trace"]
        for step in (["init"], ["demo", "--no-api-keys"]):
            subprocess.run([*command, *step], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        quiet = subprocess.DEVNULL
        server = subprocess.Popen([*command, "serve"], cwd=ROOT, env=env, stdout=quiet, stderr=quiet)  # noqa: S603
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(base, server)
            yield base
        finally:
            server.terminate()
            server.wait()


def wait_for(base: str, server: subprocess.Popen[bytes]) -> None:
    """Until the first page answers. Ends the program where the server does not come up."""
    end = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < end:
        try:
            with urlopen(base):  # noqa: S310
                return
        except URLError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    main(sys.argv[1:])
