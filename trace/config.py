"""The settings of one running service: the only place where the environment is read.

Each setting is one row of ``SETTINGS``; ``docs/configuration.md`` is the same table and a test compares them. A
secret may come from a file: ``TRACE_MASTER_KEY_FILE`` names a file that holds what ``TRACE_MASTER_KEY`` would.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trace.domain.clocks import Clocks


class ConfigError(ValueError):
    """A setting has a value it cannot have; the message names it and what was expected."""


@dataclass(frozen=True)
class Setting:
    """One row of the table of settings."""

    name: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting("TRACE_VAR", "./var", "Folder for the database, keys and the remembered checkpoint."),
    Setting(
        "TRACE_DATABASE_URL",
        "",
        "SQLAlchemy URL; empty: SQLite in TRACE_VAR. PostgreSQL: postgresql+psycopg://…",
        True,
    ),
    Setting("TRACE_BASE_URL", "", "Address that codes carry; empty: http(s)://localhost and the port."),
    Setting("TRACE_HOST", "127.0.0.1", "Address to listen on."),
    Setting("TRACE_PORT", "8000", "Port to listen on."),
    Setting(
        "TRACE_TLS",
        "",
        "https without a proxy. self: a certificate of this machine's own in TRACE_VAR/tls, for trying out with "
        "phones; CERTIFICATE:KEY: these two PEM files.",
    ),
    Setting(
        "TRACE_PROXIES",
        "0",
        "Proxies before this server that append to X-Forwarded-For; 0: nobody's word is taken for an address.",
    ),
    Setting("TRACE_WORKERS", "1", "Server processes."),
    Setting("TRACE_THREADS", "8", "Threads in each server process."),
    Setting(
        "TRACE_ORIGIN",
        "localhost/trace",
        "Name of the ledger in its checkpoints (C2SP origin); never changes.",
    ),
    Setting("TRACE_OPERATOR", "Trace", "Name of whoever runs the service, as recorded in the first entry."),
    Setting(
        "TRACE_TIMEZONE",
        "Asia/Shanghai",
        "Where the businesses are: days end there, and times are written so.",
    ),
    Setting(
        "TRACE_CONFIRM_HOURS", "24", "Hours from a delivery's despatch in which its receiver confirms it."
    ),
    Setting(
        "TRACE_SELF_ENTRY_HOURS",
        "36",
        "Hours from arrival in which goods that no supplier entered are entered by their buyer.",
    ),
    Setting(
        "TRACE_CHECKPOINT_SECONDS",
        "1",
        "Longest time a new entry waits for a signed checkpoint while work goes on.",
    ),
    Setting(
        "TRACE_MAX_BODY",
        "1048576",
        "Largest request body in bytes; documents for import by command may be larger.",
    ),
    Setting("TRACE_CAPTURE_BYTES", "8388608", "Largest EPCIS document in bytes that /epcis/capture takes."),
    Setting("TRACE_CAPTURE_EVENTS", "2000", "Most events in one such document."),
    Setting(
        "TRACE_WEBHOOK_PRIVATE",
        "",
        "1: subscribers may be at http addresses and in private networks. For development.",
    ),
    Setting("TRACE_DEMO", "", "1: show the demo's accounts on the first page. Not for production."),
    Setting(
        "TRACE_MASTER_KEY",
        "",
        "64 hex digits that seal the keys kept for businesses; empty: TRACE_VAR/keys.",
        True,
    ),
)


@dataclass(frozen=True)
class Config:
    """Settings, checked. URLs have no slash at the end."""

    var: Path
    database_url: str
    base_url: str
    host: str
    port: int
    tls: tuple[Path, Path] | Literal["self"] | None
    proxies: int
    workers: int
    threads: int
    origin: str
    operator: str
    zone: ZoneInfo
    clocks: Clocks
    checkpoint_seconds: float
    max_body: int
    capture_bytes: int
    capture_events: int
    webhook_private: bool
    demo: bool
    master_key: bytes | None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read ``TRACE_*``; raises ConfigError naming the setting that is wrong or unknown."""
        values = _values(os.environ if environ is None else environ)
        var = Path(values["TRACE_VAR"])
        port = _whole(values, "TRACE_PORT", 0, 65535)
        tls = _tls(values["TRACE_TLS"])
        base_url = values["TRACE_BASE_URL"].rstrip("/") or f"http{'s' if tls else ''}://localhost:{port}"
        _refuse_other_than_http(base_url)
        origin = values["TRACE_ORIGIN"]
        if not origin or any(c.isspace() or c == "+" for c in origin):
            raise ConfigError("TRACE_ORIGIN must be a name without spaces or plus signs (C2SP signed-note)")
        return cls(
            var=var,
            database_url=values["TRACE_DATABASE_URL"] or f"sqlite:///{var / 'trace.db'}",
            base_url=base_url,
            host=values["TRACE_HOST"],
            port=port,
            tls=tls,
            proxies=_whole(values, "TRACE_PROXIES", 0, 10),
            workers=_whole(values, "TRACE_WORKERS", 1, 64),
            threads=_whole(values, "TRACE_THREADS", 1, 1024),
            origin=origin,
            operator=values["TRACE_OPERATOR"],
            zone=_zone(values["TRACE_TIMEZONE"]),
            clocks=Clocks(
                confirm=timedelta(hours=_whole(values, "TRACE_CONFIRM_HOURS", 1, 8760)),
                self_entry=timedelta(hours=_whole(values, "TRACE_SELF_ENTRY_HOURS", 1, 8760)),
            ),
            checkpoint_seconds=_seconds(values, "TRACE_CHECKPOINT_SECONDS"),
            max_body=_whole(values, "TRACE_MAX_BODY", 1024, 1 << 30),
            capture_bytes=_whole(values, "TRACE_CAPTURE_BYTES", 1024, 1 << 30),
            capture_events=_whole(values, "TRACE_CAPTURE_EVENTS", 1, 100_000),
            webhook_private=values["TRACE_WEBHOOK_PRIVATE"] == "1",
            demo=values["TRACE_DEMO"] == "1",
            master_key=_key(values["TRACE_MASTER_KEY"]),
        )


def _refuse_other_than_http(base_url: str) -> None:
    try:
        address = urlsplit(base_url)
    except ValueError:  # half of an IPv6 address
        address = urlsplit("")
    if address.scheme not in ("http", "https") or not address.netloc:
        raise ConfigError(f"TRACE_BASE_URL is {base_url!r}, expected http(s)://host")


def _values(environ: Mapping[str, str]) -> dict[str, str]:
    values = {}
    known = set()
    for setting in SETTINGS:
        known.add(setting.name)
        value = environ.get(setting.name, setting.default)
        if setting.secret:
            known.add(setting.name + "_FILE")
            if path := environ.get(setting.name + "_FILE"):
                try:
                    value = Path(path).read_text(encoding="utf-8").strip()
                except UnicodeDecodeError:
                    raise ConfigError(f"{setting.name}_FILE names a file that is not text") from None
        values[setting.name] = value
    unknown = sorted(name for name in environ if name.startswith("TRACE_") and name not in known)
    if unknown:
        raise ConfigError(f"unknown setting {unknown[0]}; see docs/configuration.md")
    return values


def _whole(values: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = values[name]
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise ConfigError(f"{name} is {text!r}, expected a whole number from {low} to {high}")
    return int(text)


def _seconds(values: Mapping[str, str], name: str) -> float:
    try:
        seconds = float(values[name])
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise ConfigError(f"{name} is {values[name]!r}, expected seconds from 0 to 3600")
    return seconds


def _tls(text: str) -> tuple[Path, Path] | Literal["self"] | None:
    if text in ("", "self"):
        return "self" if text else None
    certificate, _, key = text.partition(":")
    for path in (certificate, key):
        if not Path(path).is_file():
            raise ConfigError(
                f"TRACE_TLS is {text!r}, expected self or CERTIFICATE:KEY; there is no file {path!r}"
            )
    return Path(certificate), Path(key)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"TRACE_TIMEZONE is {name!r}, expected a name such as Asia/Shanghai") from error


def _key(text: str) -> bytes | None:
    if not text:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ConfigError("TRACE_MASTER_KEY must be 64 hex digits")
    return key
