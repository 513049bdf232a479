"""A real Chromium for the tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The tests are trusted pages in a throw-away process: no sandbox, so that it also runs as root.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")


def path_of_chromium() -> str:
    """Where the browser is. Fails with what to do where there is none: these tests are never skipped."""
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    raise AssertionError(
        f"no browser on PATH ({', '.join(NAMES)}): install Chromium (Debian: sudo apt-get install chromium) "
        "or run `make test`, which does"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """The running browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
