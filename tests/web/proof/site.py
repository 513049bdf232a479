"""A site that can be broken into: the world of these tests behind a real server, on files of its own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page
from werkzeug.serving import BaseWSGIServer, make_server

import wsgi
from tests.attacker import Attacker, break_in, flip
from tests.web.conftest import BASE, World, tell
from trace.config import Config
from trace.services import parties, serials
from trace.services.context import Actor, Context
from trace.store import projection_tables as t
from trace.store.tables import bodies, entries, statements


def config_of(var: Path) -> Config:
    """The configuration of a ledger whose files lie there."""
    return Config.from_environment({"TRACE_VAR": str(var), "TRACE_BASE_URL": BASE})


def tell_world(var: Path, template: Path) -> dict[str, str]:
    """Tell the world into a new folder; the paths of its batches' pages by their titles."""
    var.mkdir(parents=True)
    shutil.copyfile(template, var / "trace.db")
    app = wsgi.create_app(config_of(var))
    world = World(app.extensions["trace"], app)
    tell(world)
    world.ctx.sequencer.engine.dispose()
    return world.codes


@dataclass
class Site:
    """A running server. ``ctx`` is its service; ``restart`` puts another one, over any files, behind it."""

    var: Path
    codes: dict[str, str]
    server: BaseWSGIServer
    ctx: Context = field(init=False)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def restart(self, var: Path | None = None) -> None:
        """Open the files anew, as after a night."""
        self.close()
        self.var = var or self.var
        app = wsgi.create_app(config_of(self.var))
        self.ctx = app.extensions["trace"]
        self.server.app = app

    def close(self) -> None:
        """Let go of the files."""
        if hasattr(self, "ctx"):
            self.ctx.sequencer.engine.dispose()

    @contextmanager
    def broken_into(self) -> Iterator[Attacker]:
        """Whoever can write to the database, at work behind the running service."""
        with break_in(self.ctx.sequencer.engine) as attacker:
            yield attacker

    def forget_outside(self) -> None:
        """The operator himself takes away what he remembers outside the database."""
        (self.var / "checkpoint.note").unlink()


def labelled(site: Site, title: str) -> str:
    """The first label of a new roll of the fishing farm, bound to this batch."""
    farm = Actor(parties.find_party(site.ctx, "海湾渔场"))
    first = str(serials.roll(site.ctx, farm, 3).result["first"])
    serials.bind(site.ctx, farm, first, first, site.codes[title].rpartition("/")[2])
    return first


@contextmanager
def running(told: Path, codes: dict[str, str], folder: Path) -> Iterator[Site]:
    """A copy of a told world behind a server of its own."""
    shutil.copytree(told, folder / "var")
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    site = Site(folder / "var", codes, server)
    site.restart()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        site.close()


@dataclass
class Phone:
    """A browser with a memory of its own."""

    context: BrowserContext

    def open(self, address: str) -> Page:
        """The page, loaded."""
        page = self.context.new_page()
        page.goto(address)
        return page

    def verified(self, address: str) -> Verdict:
        """Open the page, have it verified, and give what it says."""
        page = self.open(address)
        press(page)
        return verdict(page)


@dataclass
class Verdict:
    """What the page says in the end: the state, the words, and the state of each step."""

    page: Page
    state: str
    text: str
    steps: list[str]

    @property
    def failed(self) -> int | None:
        """The number of the step that fails."""
        return self.steps.index("fails") + 1 if "fails" in self.steps else None


def press(page: Page) -> None:
    """Press the button, where the page has not begun by itself."""
    if page.evaluate("localStorage.getItem('trace.ledger')") is None:
        page.click("[data-proof-run]")


def verdict(page: Page) -> Verdict:
    """Wait until the page has come to an end."""
    page.wait_for_selector("[data-proof-outcome]:not([data-state=busy])[data-state]")
    steps: list[Any] = page.eval_on_selector_all(
        "[data-proof-step]", "all => all.map(one => one.dataset.state)"
    )
    outcome = page.locator("[data-proof-outcome]")
    return Verdict(page, str(outcome.get_attribute("data-state")), outcome.inner_text(), list(steps))


# -- what an attacker does to the making of a batch, whose entry is ``made`` ------------------------------------------

Alter = Callable[[Attacker, int], None]


def made_in(attacker: Attacker, lot: str) -> int:
    """The entry by which the batch of this lot came to be."""
    row = attacker.connection.execute(t.batches.select().where(t.batches.c.lot == lot)).one()
    return int(row._mapping["index"])


def alter_body(attacker: Attacker, made: int) -> None:
    """Other words in the very bytes that were hashed."""
    own = (bodies.c["index"] == made) & (bodies.c.compartment == "public")
    body = bytes(attacker.connection.execute(bodies.select().where(own)).one().body)
    told = body.replace("三都澳".encode(), "二都澳".encode())
    assert told != body
    attacker.connection.execute(bodies.update().where(own).values(body=told))


def alter_entry(attacker: Attacker, made: int) -> None:
    """The ledger's word on when: a hundred years earlier."""
    old = attacker.entry(made)
    attacker.set(entries, made, entry=old.encoded.replace(b'"time":"20', b'"time":"19'))


def alter_statement(attacker: Attacker, made: int) -> None:
    """One bit of what was signed."""
    attacker.set(statements, made, statement=flip(attacker.value(statements, "statement", made), 40))


def alter_keys(attacker: Attacker, made: int) -> None:
    """The records of the keys are kept out of every proof."""
    attacker.connection.execute(t.party_keys.update().values(index=made))


def alter_row(table: str, **values: object) -> Alter:
    """Other values in a table that pages are made from; in the rows of this batch where the table has them."""
    changed = getattr(t, table)

    def alter(attacker: Attacker, made: int) -> None:
        update = changed.update().values(**values)
        if table in ("batches", "events"):
            update = update.where(changed.c["index"] == made)
        assert attacker.connection.execute(update).rowcount

    return alter
