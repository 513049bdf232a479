"""Which statement of a standard holds here, and the test that shows it: ``docs/conformance.md`` is made of that.

Statements stand in ``tests/conformance/*.toml`` in our own words. A test says ``@pytest.mark.conforms("epcis-012")``
of what it shows. ``pytest --conformance write`` (a run of the whole suite) writes the page anew; with ``check`` the
run fails where the page is not what the tests show, or where a statement is neither shown nor said not to hold.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"
STATEMENTS = Path(__file__).parent / "conformance"

_SEEN = pytest.StashKey["Seen"]()
_PROPERTY = "conforms"


@dataclass(frozen=True)
class Statement:
    """What a standard asks for; ``why`` says what is missing, and is empty where the statement holds."""

    id: str
    section: str
    level: str  # SHALL | SHOULD | MAY
    text: str
    why: str = ""


@dataclass(frozen=True)
class Area:
    """The statements of one part of one standard."""

    title: str
    source: str
    statements: tuple[Statement, ...]


def areas(folder: Path = STATEMENTS) -> tuple[Area, ...]:
    """All statements. Raises ValueError where an id is given twice, or a statement is not whole."""
    found = []
    ids: set[str] = set()
    for file in sorted(folder.glob("*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        statements = tuple(_statement(file.name, one) for one in data["statement"])
        for statement in statements:
            if statement.id in ids:
                raise ValueError(f"{file.name}: {statement.id} stands twice")
            ids.add(statement.id)
        found.append(Area(data["title"], data["source"], statements))
    return tuple(found)


def _statement(file: str, data: Mapping[str, object]) -> Statement:
    holds = data.get("holds", True)
    statement = Statement(**{name: str(value) for name, value in data.items() if name != "holds"})
    if statement.level not in ("SHALL", "SHOULD", "MAY") or bool(statement.why) == bool(holds):
        raise ValueError(f"{file}: {statement.id} needs a level, and a reason where it does not hold")
    return statement


def page(parts: Iterable[Area], shown: Mapping[str, Iterable[str]]) -> str:
    """The page: each statement, whether it holds, and the tests that show it."""
    lines = [
        "# Conformance",
        "",
        "Made by the tests (`make conformance`); do not edit. A statement holds where a test shows it, and the run",
        "fails where the test does. Statements are put in our own words; the standards' texts are what binds.",
        "",
    ]
    counted = []
    body: list[str] = []
    for area in parts:
        holding = sum(not statement.why for statement in area.statements)
        counted.append(f"| {area.title} | {holding} | {len(area.statements) - holding} |")
        body += ["", f"## {area.title}", "", f"Source: {area.source}.", ""]
        body += ["| | Section | Level | Statement | Holds | Shown by |", "|---|---|---|---|---|---|"]
        for one in area.statements:
            tests = "<br>".join(f"`{test}`" for test in sorted(shown.get(one.id, ()))) or "—"
            holds = f"**no**: {one.why}" if one.why else "yes"
            cells = (one.id, one.section, one.level, one.text, holds, tests)
            body.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join([*lines, "| Standard | holds | does not |", "|---|---|---|", *counted, *body, ""])


def unshown(parts: Iterable[Area], shown: Mapping[str, Iterable[str]]) -> list[str]:
    """Statements said to hold that no test shows."""
    return [one.id for area in parts for one in area.statements if not one.why and not shown.get(one.id)]


class Seen:
    """What the tests of this run showed, by statement. A test that was skipped counts: its data is not here."""

    def __init__(self) -> None:
        self.shown: dict[str, set[str]] = defaultdict(set)

    def add(self, report: pytest.TestReport) -> None:
        """Note one test's outcome."""
        if report.when != "call" and not report.skipped:
            return
        for name, value in report.user_properties:
            if name == _PROPERTY and not report.failed:
                path, _, test = report.nodeid.partition("::")
                self.shown[str(value)].add(f"{Path(path).stem}::{test.partition('[')[0]}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance", choices=("write", "check"), help="write docs/conformance.md, or fail where it is old"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conforms(*ids): the test shows these statements of a standard")
    config.stash[_SEEN] = seen = Seen()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Listener(seen))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = {one.id for area in areas() for one in area.statements}
    for item in items:
        for marker in item.iter_markers(_PROPERTY):
            if strange := set(marker.args) - known:
                raise pytest.UsageError(
                    f"{item.nodeid} conforms to no statement {', '.join(sorted(strange))}"
                )
            item.user_properties += [(_PROPERTY, id) for id in marker.args]


class _Listener:
    """Hears every test's outcome, in the process that gathers them."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seen.add(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    wanted = session.config.getoption("--conformance")
    if wanted is None or hasattr(session.config, "workerinput"):
        return
    shown = session.config.stash[_SEEN].shown
    parts = areas()
    if wanted == "write":
        PAGE.write_text(page(parts, shown), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(parts, shown):
        _fail(session, "docs/conformance.md is not what the tests show; run: make conformance")
    if missing := unshown(parts, shown):
        _fail(session, f"no test shows {', '.join(missing)}")


def _fail(session: pytest.Session, why: str) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"conformance: {why}", red=True)
    session.exitstatus = pytest.ExitCode.TESTS_FAILED
