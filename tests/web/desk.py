"""Pages behind the sign-in, as their users have them: the cast of ``tests.scenario`` at browsers of their own.

The fixture ``desk`` is a world in which every member of the cast has three users, one for each of the rights. A
``Browser`` opens a page, fills in a form that really stands there, and sends all that it says, hidden fields too.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

import scanner_web
from scanner_web.signed import frame
from tests import scenario
from trace.services import accounts
from trace.services.context import Context, Rights
from trace.store.account_tables import users

PASSWORD = "trace-demo"
EVERYBODY = (*scenario.CAST, "operator")

# As argon2 is used, but in a thousandth of the time: the tests are about pages.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Form:
    """A form as it stands on a page: where it is sent, and what it says before anybody touches it."""

    action: str
    method: str
    attrs: dict[str, str]
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Every field, the unticked and unchosen ones too."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    """What a field that offers a choice offers."""

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What is sent after the user filled in ``values``; None takes a field's value away."""
        unknown = set(values) - self.names
        assert not unknown, f"the form has no field {sorted(unknown)}: {sorted(self.names)}"
        sent: dict[str, Any] = {}
        for name, value in self.fields:
            sent.setdefault(name, []).append(value)
        return {name: value for name, value in {**sent, **values}.items() if value is not None}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(got.get("action", ""), got.get("method", "get").lower(), got)
            self.found.append(self._form)
        form, name = self._form, got.get("name", "")
        if form is None or "disabled" in got:
            return
        if tag == "option" and self._select:
            self._option(form, got)
        elif name:
            form.names.add(name)
            if tag == "input":
                self._input(form, name, got)
            elif tag == "select":
                self._select = name
                form.choices[name] = []
            elif tag == "textarea":
                self._area = name
                form.fields.append((name, ""))

    def _option(self, form: Form, got: Mapping[str, str]) -> None:
        options = form.choices[self._select]
        options.append(got.get("value", ""))
        if "selected" in got or len(options) == 1:  # a browser sends the first where none is chosen
            form.fields = [pair for pair in form.fields if pair[0] != self._select]
            form.fields.append((self._select, options[-1]))

    @staticmethod
    def _input(form: Form, name: str, got: Mapping[str, str]) -> None:
        kind, value = got.get("type", "text"), got.get("value", "")
        if kind in ("checkbox", "radio"):
            form.choices.setdefault(name, []).append(value or "on")
            if "checked" in got:
                form.fields.append((name, value or "on"))
        elif kind not in ("submit", "file"):
            form.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            name, value = self._form.fields[-1]
            self._form.fields[-1] = (name, value + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = None


def forms(html: str) -> list[Form]:
    """Every form of a page."""
    parser = _Forms()
    parser.feed(html)
    return parser.found


class Browser:
    """One user, signed in, asking in one language."""

    def __init__(self, client: FlaskClient, token: str, lang: str) -> None:
        self.client = client
        self.token = token
        self._headers = {"Accept-Language": lang}
        client.set_cookie(frame.cookie_name(client.application.extensions["trace"]), token)

    @property
    def csrf(self) -> str:
        """What this session's forms carry."""
        return accounts.csrf_token(self.token)

    def get(self, path: str, **headers: str) -> TestResponse:
        """GET."""
        return self.client.get(path, headers={**self._headers, **headers})

    def page(self, path: str, status: int = 200) -> str:
        """The HTML of a page."""
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def form(self, path: str, action: str | None = None) -> Form:
        """The one form on a page that records something, or the one that is sent to ``action``."""
        found = forms(self.page(path))
        posts = [form for form in found if form.method == "post"]
        wanted = [form for form in posts if (form.action == action if action else form.action != "/out")]
        assert len(wanted) == 1, [(form.method, form.action) for form in found]
        return wanted[0]

    def submit(self, path: str, action: str | None = None, **values: Any) -> TestResponse:
        """Open a page, fill in its form, and send it."""
        form = self.form(path, action)
        return self.post(form.action or path, form.filled(values), whole=True)

    def post(
        self, path: str, values: Mapping[str, Any], *, whole: bool = False, json: bool = False
    ) -> TestResponse:
        """POST of a form; the session's token is added unless ``whole`` says that all is there already."""
        sent = dict(values) if whole else {"csrf": self.csrf, **values}
        headers = {**self._headers, **({"Accept": "application/json"} if json else {})}
        return self.client.post(path, data=sent, headers=headers, content_type="multipart/form-data")

    def follow(self, answer: TestResponse) -> str:
        """The HTML of the page that an answer leads to."""
        assert answer.status_code == 303, answer.text
        return self.page(answer.headers["Location"])


@dataclass
class Desk:
    """A world of ``tests.scenario`` with its pages, and who may sign in."""

    world: scenario.World
    app: Flask

    @property
    def ctx(self) -> Context:
        return self.world.ctx

    def session(self, who: str, rights: Rights = Rights.OWNER) -> str:
        """The token of a new session of one of a party's users."""
        user = user_id(who, rights)
        return self.ctx.sequencer.submit(lambda uow: accounts.begin_session(self.ctx, uow, user))

    def browser(self, who: str, rights: Rights = Rights.OWNER, lang: str = "zh") -> Browser:
        """A user at a browser of his own, signed in."""
        return Browser(self.app.test_client(), self.session(who, rights), lang)

    def stranger(self) -> FlaskClient:
        """Somebody who is not signed in."""
        return self.app.test_client()


def user_id(who: str, rights: Rights = Rights.OWNER) -> str:
    """The user's id; his login is the same."""
    return who if rights is Rights.OWNER else f"{who}-{rights}"


def enter_users(world: scenario.World, names: Iterable[str] = EVERYBODY) -> None:
    """Three users for each of the cast: ``farm`` (owner), ``farm-clerk``, ``farm-reader``; all with PASSWORD."""
    hashed = _QUICK.hash(PASSWORD)
    rows = [
        {
            "ledger": world.ctx.ledger,
            "id": user_id(name, rights),
            "party": world[name].uri,
            "login": user_id(name, rights),
            "name": f"{name} {rights}",
            "password": hashed,
            "rights": str(rights),
            "created": world.clock(),
        }
        for name in names
        for rights in Rights
    ]
    world.ctx.sequencer.submit(lambda uow: uow.connection.execute(users.insert(), rows) and None)


def application(ctx: Context) -> Flask:
    """The pages by themselves, without the API beside them."""
    app = Flask("pages", static_folder=None)
    app.extensions["trace"] = ctx
    scanner_web.register(app)
    return app


@dataclass(frozen=True)
class Prepared:
    """A ledger with its cast and their users, to copy from."""

    world: scenario.World

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Desk]:
        """A desk of its own in ``folder``; at the end its ledger must verify."""
        shutil.copytree(self.world.var, folder / "var")
        shutil.copyfile(self.world.url.removeprefix("sqlite:///"), folder / "trace.db")
        url = f"sqlite:///{folder / 'trace.db'}"
        with scenario.copied(self.world, folder / "var", url) as world:
            yield Desk(world, application(world.ctx))


def prepare(folder: Path) -> Prepared:
    """The cast registered on SQLite, with their users."""
    with scenario.world(folder / "var", f"sqlite:///{folder / 'trace.db'}") as made:
        enter_users(made)
    return Prepared(made)


# -- in a real browser ---------------------------------------------------------------------------------------


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application at a port of its own; its address.

    It believes that it is reached over https, and a browser gives no cookie of such a host to a plain address: here
    the session's cookie gets its name on the way in.
    """
    name = frame.cookie_name(app.extensions["trace"])

    def inside(environ: dict[str, Any], start: Any) -> Any:
        cookies = environ.get("HTTP_COOKIE", "")
        if name not in cookies:
            environ["HTTP_COOKIE"] = cookies.replace(f"{frame.COOKIE}=", f"{name}=")
        return app(environ, start)

    server = make_server("127.0.0.1", 0, inside, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def signed_page(
    chromium: Chromium, address: str, token: str, *, lang: str = "zh-CN", **more: Any
) -> Iterator[Page]:
    """A page of Chromium, as large as a phone's, in a session."""
    options = {"viewport": {"width": 390, "height": 844}, "locale": lang, "base_url": address, **more}
    browser = chromium.new_context(**options)
    browser.add_cookies(
        [{"name": frame.COOKIE, "value": token, "domain": urlsplit(address).hostname or "", "path": "/"}]
    )
    try:
        yield browser.new_page()
    finally:
        browser.close()
