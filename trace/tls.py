"""A certificate of the machine's own, so that phones on the same network get a camera while the service is tried out.

Browsers give a page a camera only in a secure context (W3C Secure Contexts), which plain http on a LAN is not. The
certificate is signed by nobody else: each browser warns once. It is no means for the open internet.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence, Set
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=397)
"""The longest that browsers take from a server (Apple, from September 2020; CA/Browser Forum, section 6.3.2)."""

CERTIFICATE = "certificate.pem"
_RENEWED = timedelta(days=30)  # before its end
_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  compared, not listened on
_NOBODY = ("192.0.2.1", 9)  # RFC 5737; to connect a datagram socket chooses a route and sends nothing


class Pair(NamedTuple):
    """Files of a certificate and its key, in PEM."""

    certificate: Path
    key: Path


def own(folder: Path, now: datetime, hosts: Sequence[str]) -> Pair:
    """The machine's own certificate in ``folder``: made where there is none, renewed where it ends within 30 days or
    does not name one of ``hosts`` (names or addresses). The key is readable by its owner alone."""
    pair = Pair(folder / CERTIFICATE, folder / "key.pem")
    wanted = {*_LOCAL, *_host_names(), *hosts}
    if not _serves(pair, now, wanted):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(pair, now, wanted)
    return pair


def fingerprint(certificate: Path) -> str:
    """SHA-256 over the certificate, as browsers show it: what to compare before the warning is passed."""
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.fingerprint(hashes.SHA256()).hex(":").upper()


def reached_by(host: str) -> tuple[str, ...]:
    """Under what others on the network reach a service that listens on ``host``, the likeliest first; empty where
    they do not.

    >>> reached_by("127.0.0.1"), reached_by("192.168.1.7")
    ((), ('192.168.1.7',))
    """
    if host in ("localhost", "::1") or host.startswith("127."):
        return ()
    return _lan_addresses() if host in _EVERYWHERE else (host,)


def _lan_addresses() -> tuple[str, ...]:
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):  # no network, no route
        probe.connect(_NOBODY)
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return tuple(dict.fromkeys(address for address in found if not ip_address(address).is_loopback))


def _host_names() -> list[str]:
    """The machine's name, alone and as it is announced on the network (RFC 6762); a name no certificate can hold
    is left out."""
    name = socket.gethostname().split(".")[0].lower()
    fits = name.replace("-", "").isalnum() and name.isascii() and len(name) <= 63
    return [name, f"{name}.local"] if fits and name != "localhost" else []


def _serves(pair: Pair, now: datetime, wanted: Set[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    named = {str(name.value) for name in said}
    lasts = found.not_valid_before_utc <= now <= found.not_valid_after_utc - _RENEWED
    return lasts and key.public_key() == found.public_key() and wanted <= named


def _make(pair: Pair, now: datetime, wanted: Set[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trace on this machine")])
    alternatives = [_alternative(host) for host in sorted(wanted)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # a phone's clock may be behind
        .not_valid_after(now - timedelta(minutes=5) + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(pair.key, private)
    _write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, data: bytes) -> None:
    """The whole file or the one before; never readable by others, not even while it is written."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    beside.replace(path)
