"""How the service is started: over https where that is asked for, and what phones on the network are told."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import granian
import pytest
from click.testing import CliRunner

from trace import cli, tls
from trace.bootstrap import now
from trace.config import Config, ConfigError

PHONE = "192.168.1.7"
Started = tuple[dict[str, Any], str]


@pytest.fixture
def serve(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Started]:
    """Starts the service but for the listening; gives what the server was told, and what was printed."""
    told: dict[str, Any] = {}

    class Server:
        def __init__(self, app: str, **settings: Any) -> None:
            told.update(settings)

        def serve(self) -> None:
            """Nobody is listening."""

    monkeypatch.setattr(granian, "Granian", Server)
    monkeypatch.setattr(tls, "_lan_addresses", lambda: (PHONE,))
    free = cli._require_free  # this machine has no such address, so nobody can listen at it
    monkeypatch.setattr(cli, "_require_free", lambda host, port: host == PHONE or free(host, port))
    shutil.copyfile(sqlite_template, tmp_path / "trace.db")

    def start(**settings: str) -> Started:
        environment = {"TRACE_VAR": str(tmp_path), "TRACE_PORT": "8443", **settings}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(cli.cli, ["serve"], catch_exceptions=False)
        assert done.exit_code == 0
        return told, done.output

    return start


def test_tls_of_its_own_serves_a_certificate_for_the_network(serve: Callable[..., Started]) -> None:
    """The phone's address is printed, with the fingerprint to compare before the warning is passed."""
    told, said = serve(TRACE_TLS="self", TRACE_HOST="0.0.0.0")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(told["ssl_cert"], told["ssl_key"])
    assert "https://localhost:8443" in said
    assert f"phones on the network: https://{PHONE}:8443/scan" in said
    assert tls.fingerprint(told["ssl_cert"]) in said


def test_files_that_are_given_are_served(serve: Callable[..., Started], tmp_path: Path) -> None:
    """A certificate that somebody signed needs no warning."""
    pair = tls.own(tmp_path / "given", now(), [])
    told, said = serve(TRACE_TLS=f"{pair.certificate}:{pair.key}", TRACE_HOST=PHONE)
    assert (told["ssl_cert"], told["ssl_key"]) == pair
    assert f"https://{PHONE}:8443/scan" in said
    assert "warn" not in said


def test_without_tls_a_phone_is_told_that_it_gets_no_camera(serve: Callable[..., Started]) -> None:
    """And how it would get one; on the loopback, that nobody else gets in."""
    told, said = serve(TRACE_HOST="0.0.0.0")
    assert told["ssl_cert"] is None
    assert f"http://{PHONE}:8443/scan" in said
    assert "TRACE_TLS=self serves https" in said
    assert "only this machine gets in" in serve(TRACE_HOST="127.0.0.1")[1]


def test_a_service_with_an_address_of_its_own_speaks_of_no_phones(serve: Callable[..., Started]) -> None:
    """Behind a proxy the machine's own addresses are nobody's business."""
    assert PHONE not in serve(TRACE_HOST="0.0.0.0", TRACE_BASE_URL="https://trace.example")[1]


def test_a_terminal_shows_the_address_as_a_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody types 192.168 into a phone; a file of logs gets no picture."""
    config = Config.from_environment({"TRACE_HOST": "0.0.0.0"})
    cli._tell_phones(config, (PHONE,))
    assert "█" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    cli._tell_phones(config, (PHONE,))
    assert "█" in capsys.readouterr().out


def test_a_second_server_at_the_same_port_does_not_start(serve: Callable[..., Started]) -> None:
    """Else the two would share it, and half of all answers come from the one that was forgotten."""
    with socket.socket() as first:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the server's workers listen
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = str(first.getsockname()[1])
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port} .* choose another port"):
            serve(TRACE_PORT=port, TRACE_HOST="127.0.0.1")


def test_an_address_that_is_not_this_machines_is_said_to_be_none(serve: Callable[..., Started]) -> None:
    """In words, before anything is opened."""
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:8443 cannot be listened at"):
        serve(TRACE_HOST="192.0.2.1")
