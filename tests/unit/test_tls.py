"""The certificate of the machine's own: for whom it stands, who can read its key, when a new one is made."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from trace import tls
from trace.config import Config, ConfigError

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PHONE = "192.168.1.7"


def certificate(pair: tls.Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate.read_bytes())


def test_it_names_what_phones_type_and_lasts_as_long_as_browsers_allow(tmp_path: Path) -> None:
    """localhost, the loopback and each address of the network; 397 days, for serving alone."""
    found = certificate(tls.own(tmp_path, NOW, [PHONE, "stall.lan"]))
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "127.0.0.1", "::1", PHONE, "stall.lan"} <= {str(name.value) for name in names}
    assert found.not_valid_after_utc - found.not_valid_before_utc == timedelta(days=397)
    assert found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_the_key_is_nobody_elses_to_read_and_fits(tmp_path: Path) -> None:
    """A server takes the two files as they are."""
    pair = tls.own(tmp_path / "tls", NOW, [])
    assert {stat.S_IMODE(path.stat().st_mode) for path in pair} == {0o600}
    assert stat.S_IMODE(pair.key.parent.stat().st_mode) == 0o700
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)


def test_phones_are_not_asked_again_while_it_serves(tmp_path: Path) -> None:
    """A new certificate would mean a new warning on every phone: the same one is kept as long as it can be."""
    first = tls.fingerprint(tls.own(tmp_path, NOW, [PHONE]).certificate)
    later = NOW + timedelta(days=366)
    assert tls.fingerprint(tls.own(tmp_path, later, [PHONE]).certificate) == first
    assert tls.fingerprint(tls.own(tmp_path, later, []).certificate) == first


@pytest.mark.parametrize(
    ("spoil", "days", "host"),
    [
        ("", 368, PHONE),
        ("", -1, PHONE),
        ("", 0, "192.168.1.8"),
        ("key.pem", 0, PHONE),
        ("certificate.pem", 0, PHONE),
    ],
)
def test_one_that_would_fail_is_made_anew(tmp_path: Path, spoil: str, days: int, host: str) -> None:
    """Nearly over, from the future, for another address of the machine, or with a file that is broken."""
    first = tls.fingerprint(tls.own(tmp_path, NOW, [PHONE]).certificate)
    if spoil:
        (tmp_path / spoil).write_text("broken", encoding="ascii")
    pair = tls.own(tmp_path, NOW + timedelta(days=days), [host])
    assert tls.fingerprint(pair.certificate) != first
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)


def test_a_key_that_belongs_to_another_certificate_is_noticed(tmp_path: Path) -> None:
    """What a crash between the two files leaves behind."""
    pair = tls.own(tmp_path / "a", NOW, [])
    pair.key.write_bytes(tls.own(tmp_path / "b", NOW, []).key.read_bytes())
    tls.own(tmp_path / "a", NOW, [])
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_nobody_else_reaches_the_loopback(host: str) -> None:
    """So no address is shown to phones."""
    assert tls.reached_by(host) == ()


def test_an_address_of_the_machine_is_the_one_to_type() -> None:
    """Listening on all of them, none that is the machine's own alone is shown."""
    assert tls.reached_by(PHONE) == (PHONE,)
    assert not [address for address in tls.reached_by("0.0.0.0") if address.startswith("127.")]


def test_with_tls_codes_carry_https(tmp_path: Path) -> None:
    """Without another base address; a named one is kept."""
    assert Config.from_environment({}).tls is None
    own = Config.from_environment({"TRACE_TLS": "self", "TRACE_PORT": "8443"})
    assert (own.tls, own.base_url) == ("self", "https://localhost:8443")
    named = Config.from_environment({"TRACE_TLS": "self", "TRACE_BASE_URL": "https://stall.lan"})
    assert named.base_url == "https://stall.lan"
    pair = tls.own(tmp_path, NOW, [])
    given = Config.from_environment({"TRACE_TLS": f"{pair.certificate}:{pair.key}"})
    assert given.tls == (pair.certificate, pair.key)


@pytest.mark.parametrize("text", ["yes", "cert.pem", ":", "/no/cert.pem:/no/key.pem"])
def test_a_wrong_setting_is_named_before_anything_listens(text: str) -> None:
    """A missing file is said at once, and which."""
    with pytest.raises(ConfigError, match="TRACE_TLS"):
        Config.from_environment({"TRACE_TLS": text})
