"""A POST to a stranger leads nowhere but there, and takes no longer and takes in no more than it may."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.receiver import Receiver, receiver
from trace.domain.webhook import destination
from trace.services import outbound
from trace.services.outbound import Outcome, Post, send

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def post(url: str, *, private: bool = True) -> Outcome:
    to = destination(url, private=True)
    return send([Post(to, b'{"a": 1}', {"Content-Type": "application/json"})], private=private, now=NOW)[0]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to; any other is asked of the machine."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **more: Any) -> Any:
        return [entry for address in known.get(host, [host]) for entry in real(address, port, *args, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_message_arrives_whole_at_its_path(names: dict[str, list[str]]) -> None:
    with receiver() as there:
        names["client.example.com"] = ["127.0.0.1"]
        assert post(there.url("/hook?to=us", "client.example.com")) == Outcome(200)
    assert (there.got[0].path, there.got[0].body) == ("/hook?to=us", b'{"a": 1}')
    assert there.got[0].headers["Host"] == f"client.example.com:{there.port}"


@pytest.mark.parametrize("status", [204, 302, 400, 410, 500, 503])
def test_every_answer_is_told_as_it_is_and_none_is_followed(status: int) -> None:
    with receiver() as there:
        there.answer(status, Location=there.url("/elsewhere"))
        assert post(there.url()).status == status
    assert [got.path for got in there.got] == ["/hook"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ((NOW + timedelta(minutes=3)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 180),
        ("Sat, 21 Nov 2020 08:00:00 GMT", 0),
        ("9" * 60, 999_999_999),
        ("soon", None),
        ("-1", None),
        ("١", None),
    ],
)
def test_a_receivers_wish_to_wait_is_read_and_nonsense_passed_over(text: str, seconds: int | None) -> None:
    assert outbound._retry_after(text, NOW) == seconds


# -- where it may lead ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["::1"]],
)
def test_a_name_that_leads_inside_is_not_followed_not_even_beside_a_public_address(
    names: dict[str, list[str]], addresses: list[str]
) -> None:
    with receiver() as there:
        names["inside.example.com"] = addresses
        url = there.url(host="inside.example.com")
        assert post(url, private=False) == Outcome(error="address_refused")
    assert there.got == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "0"])
def test_other_spellings_of_this_machine_lead_nowhere(host: str) -> None:
    with receiver() as there:
        assert post(there.url(host=host), private=False).error == "address_refused"
    assert there.got == []


def test_a_name_that_does_not_exist_is_told_like_one_inside_so_that_names_cannot_be_sounded_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(*args: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    assert post("https://nowhere.example.com/", private=False).error == "address_refused"


def test_the_connection_is_made_to_the_address_that_was_checked_whatever_the_name_says_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    real = socket.getaddrinfo

    def fickle(host: str, port: int, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "fickle.example.com" else host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", fickle)
    with receiver() as there:
        assert post(there.url(host="fickle.example.com")).status == 200
    assert asked == ["fickle.example.com", "127.0.0.1"]


def test_where_one_of_a_hosts_addresses_is_silent_the_next_is_tried(names: dict[str, list[str]]) -> None:
    with receiver() as there:
        names["client.example.com"] = ["127.0.0.2", "127.0.0.1"]
        assert post(there.url(host="client.example.com")).status == 200


def test_settings_of_a_proxy_lead_no_message_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as there, receiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url(""))
        monkeypatch.setenv("https_proxy", proxy.url(""))
        assert post(there.url()).status == 200
    assert proxy.got == []


# -- whom it trusts -------------------------------------------------------------------------------------------


@contextmanager
def secured(folder: Path, name: str) -> Iterator[Receiver]:
    """A receiver with a certificate for a name; whoever trusts it is written into ``folder``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with receiver(context) as made:
        yield made


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.mark.parametrize("name", ["client.example.com", "127.0.0.1"])
def test_the_certificate_is_checked_against_the_name_though_the_address_is_spoken_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]], name: str
) -> None:
    names[name] = ["127.0.0.1"]
    with secured(tmp_path, name) as there:
        assert post(there.url(host=name)).error == "tls_failed"  # nobody vouches for it
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert post(there.url(host=name)).status == 200
        names["other.example.com"] = ["127.0.0.1"]
        assert post(there.url(host="other.example.com")).error == "tls_failed"
    assert len(there.got) == 1


# -- how long, and how much -----------------------------------------------------------------------------------


@contextmanager
def stubborn(*said: bytes) -> Iterator[str]:
    """A server that accepts, says this, the last of it for ever, and never ends; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                kept.append(connection)
                for part in said[:-1]:
                    connection.sendall(part)
                while said and said[-1]:
                    connection.sendall(said[-1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for connection in kept:
            connection.close()
        thread.join()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ((b"",), "timeout"),
        ((b"HTTP/1.1 100 Continue\r\n\r\n",), "timeout"),
        ((b"HTTP/1.1 200 OK\r\n", b"X-More: more\r\n"), "answer_malformed"),
        ((b"HTTP/1.1 200 OK" + b"!" * 100_000, b""), "answer_malformed"),
        ((b"SSH-2.0-OpenSSH_9.9\r\n", b""), "answer_malformed"),
    ],
    ids=["silent", "always about to answer", "headers without end", "line without end", "not HTTP"],
)
def test_a_receiver_that_will_not_end_is_left_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch, said: tuple[bytes, ...], error: str
) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.4)
    with stubborn(*said) as url:
        assert post(url).error == error


def test_a_body_without_end_is_not_read() -> None:
    with stubborn(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536) as url:
        assert post(url) == Outcome(200)


def test_a_name_whose_resolution_hangs_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    monkeypatch.setattr(outbound, "_GRACE", 0.2)
    done = threading.Event()
    real = socket.getaddrinfo

    def slow(host: str, *args: Any, **more: Any) -> Any:
        if host == "slow.example.com":
            assert done.wait(30)
        return real("127.0.0.1", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with receiver() as there:
        posts = [
            Post(destination(there.url(host=host), private=True), b"{}", {})
            for host in ("slow.example.com", "quick.example.com")
        ]
        assert send(posts, private=True, now=NOW) == [Outcome(error="timeout"), Outcome(200)]
        done.set()


def test_a_port_where_nobody_listens_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").error == "unreachable"
