"""One POST to a stranger's server: only to addresses that were checked, for a bounded time, taking in next to nothing.

The host's name is resolved here, every address it has must be public, and the connection is made to one of those
very addresses, so that a name which changes its mind in between leads nowhere. Redirects are answers like any other.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from ipaddress import ip_address

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from trace.domain.webhook import Destination, is_public

SECONDS = 8.0
"""For one POST as a whole, but for the name's resolution."""
_CONNECT_SECONDS = 3.0
_GRACE = 2.0  # seconds for a resolver that does not answer, after which nobody waits for it any more
_MOST_ADDRESSES = 3


@dataclass(frozen=True)
class Outcome:
    """What became of a POST: the answer's status, or why there was none.

    ``error``: address_refused, unreachable, tls_failed, timeout, answer_malformed. A name that does not resolve is
    told like one that leads inside, so that nobody learns from outside which names there are. ``body`` is as much
    of the answer as the post wanted.
    """

    status: int | None = None
    error: str | None = None
    retry_after: int | None = None  # seconds
    body: bytes = b""


@dataclass(frozen=True)
class Post:
    """What is to be sent, and where; an answer of up to ``keep`` bytes is read, a longer one is malformed."""

    to: Destination
    body: bytes
    headers: Mapping[str, str]
    keep: int = 0


def send(posts: Sequence[Post], *, private: bool, now: datetime) -> list[Outcome]:
    """Send all of them side by side; none waits for another, and all together take a bounded time."""
    pool = ThreadPoolExecutor(len(posts), thread_name_prefix="trace-webhook")
    futures: list[Future[Outcome]] = [pool.submit(_send, post, private, now) for post in posts]
    wait(futures, timeout=SECONDS + _GRACE)
    pool.shutdown(wait=False)
    return [future.result() if future.done() else Outcome(error="timeout") for future in futures]


def _send(post: Post, private: bool, now: datetime) -> Outcome:
    addresses = _addresses(post.to, private)
    if not addresses:
        return Outcome(error="address_refused")
    end = time.monotonic() + SECONDS
    outcome = Outcome(error="unreachable")
    for address in addresses[:_MOST_ADDRESSES]:
        if outcome.error == "unreachable":
            outcome = _exchange(post, address, now, end - time.monotonic())
    return outcome


def _addresses(to: Destination, private: bool) -> list[str]:
    """The host's addresses, if every one of them may be spoken to; else none."""
    try:
        found = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if private or all(is_public(ip_address(address)) for address in addresses):
        return addresses
    return []


def _exchange(post: Post, address: str, now: datetime, seconds: float) -> Outcome:
    connection = _connection(post.to, address)
    # Time limits of sockets begin anew with every byte: this one does not.
    over = threading.Event()
    cut = threading.Timer(max(seconds, 0.0), _cut, [connection, over])
    cut.daemon = True
    cut.start()
    try:
        try:
            connection.connect()
        except (ssl.SSLError, ssl.CertificateError):
            return Outcome(error="timeout" if over.is_set() else "tls_failed")
        except (HTTPError, OSError):
            return Outcome(error="timeout" if over.is_set() else "unreachable")
        connection.timeout = SECONDS
        headers = {"Host": post.to.authority, "Connection": "close", **post.headers}
        connection.request("POST", post.to.target, body=post.body, headers=headers, preload_content=False)
        answer = connection.getresponse()
        body = answer.read(post.keep + 1, decode_content=False) if post.keep else b""
        if len(body) > post.keep:
            return Outcome(error="answer_malformed")
        return Outcome(answer.status, None, _retry_after(answer.headers.get("Retry-After"), now), body)
    except TimeoutError:
        return Outcome(error="timeout")
    except (HTTPError, HTTPException, OSError, ValueError):
        return Outcome(error="timeout" if over.is_set() else "answer_malformed")
    finally:
        cut.cancel()
        connection.close()


def _connection(to: Destination, address: str) -> HTTPConnection:
    """Not yet open. The certificate must be the host's, whatever its address."""
    if not to.secure:
        return HTTPConnection(address, to.port, timeout=_CONNECT_SECONDS)
    return HTTPSConnection(
        address,
        to.port,
        timeout=_CONNECT_SECONDS,
        server_hostname=to.host,
        ssl_context=ssl.create_default_context(),
    )


def _cut(connection: HTTPConnection, over: threading.Event) -> None:
    over.set()
    opened: socket.socket | None = connection.sock
    if opened is not None:
        with suppress(OSError):  # closed a moment ago
            # The plain socket's: TLS has nothing to say any more, and another thread is inside it.
            socket.socket.shutdown(opened, socket.SHUT_RDWR)


def _retry_after(text: str | None, now: datetime) -> int | None:
    """Seconds to wait as the receiver asks (RFC 9110, section 10.2.3); None where it does not, or unclearly."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        asked = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0, int((asked - now).total_seconds())) if asked.tzinfo is not None else None
