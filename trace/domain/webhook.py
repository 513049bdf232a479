"""What a message to a subscriber is bound by: where it may go, how it is signed, when it is tried again.

Pure: names are resolved and bytes sent elsewhere. ``docs/webhooks.md`` tells receivers the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from trace.domain.subscribing import DestinationRefused

LONGEST_DESTINATION = 2000

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=4)
MOST_ATTEMPTS = 15
"""With the delays between them they span a day."""
GIVEN_UP_AFTER = timedelta(hours=24)

_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_.])?")
# RFC 6052: the IPv4 address that a NAT64 gateway connects to is the last 32 bits.
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Destination:
    """A subscriber's address, taken apart. ``host`` is a name or an address without brackets."""

    secure: bool
    host: str
    port: int
    authority: str  # as the Host header says it
    target: str  # path and query


def destination(url: str, *, private: bool) -> Destination:
    """Read a subscriber's address. Raises DestinationRefused.

    It must be https, carry no user, password or fragment, and not name an address that is not public. ``private``
    allows http and any address, for tests and development.
    """
    refused = DestinationRefused(dest=url[:200])
    if len(url) > LONGEST_DESTINATION or not _URL.fullmatch(url) or "\\" in url or "#" in url:
        raise refused
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refused from None
    secure = parts.scheme == "https"
    literal = _address(host)
    if "@" in parts.netloc or port == 0 or not (secure or private) or not (literal or _HOST.fullmatch(host)):
        raise refused
    if literal is not None and not (private or is_public(literal)):
        raise refused
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(secure, host, port or (443 if secure else 80), parts.netloc, target)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the internet at large, also where it is wrapped into another.

    Loopback, private networks, link-local (with the metadata services of clouds) and multicast are not.
    """
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local or address.scope_id is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def signature(secret: str, message: str, seconds: int, body: bytes) -> str:
    """The GS1-Signature header: HMAC-SHA-256 under the subscriber's token over id, time and body.

    What is signed is ``{message}.{seconds}.`` in ASCII, followed by the body's bytes; ``seconds`` is Unix time.

    >>> signature("token", "m-1", 1700000000, b"{}")
    'id=m-1,t=1700000000,v1=731a7780744cac4b68530c871e9a55e6739010688563df2b03aec77f7db842fe'
    """
    signed = f"{message}.{seconds}.".encode("ascii") + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"id={message},t={seconds},v1={digest}"


def delay(failures: int, spread: int, asked: int | None = None) -> timedelta:
    """How long to wait after so many failures in a row: doubling, and up to a quarter more.

    ``spread`` is a random byte, so that subscribers of one broken network do not all come back at once. ``asked`` is
    the receiver's Retry-After in seconds, which counts where it is longer, up to LONGEST_DELAY.
    """
    doubled = min(FIRST_DELAY * (1 << min(failures - 1, 20)), LONGEST_DELAY)
    wanted = timedelta(seconds=min(asked or 0, LONGEST_DELAY.total_seconds()))
    return max(doubled * (1 + spread / 1020), wanted)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
