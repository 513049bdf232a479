"""A load generator: processes that each keep some connections open and busy.

In each process one loop sends a request on every connection, then reads every answer: two system calls a request,
so that on the same machine most of the time is the server's. Run as ``python -m bench.load PORT PATH CONNECTIONS
SECONDS`` it prints how many answers it got; any answer but 200 ends it.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time

PROCESSES, CONNECTIONS = 2, 8


def generate(port: int, path: str, seconds: float) -> float:
    """Requests per second over all processes."""
    arguments = [str(port), path, str(CONNECTIONS), str(seconds)]
    command = [sys.executable, "-m", "bench.load", *arguments]
    crew = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    said = [one.communicate()[0] for one in crew]
    if any(one.returncode for one in crew):
        raise RuntimeError(f"the load generator failed on {path}")
    return sum(float(rate) for rate in said)


def main() -> None:
    """One process of the crew."""
    port, path, connections, seconds = sys.argv[1:]
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n".encode()
    lines = [socket.create_connection(("127.0.0.1", int(port))) for _ in range(int(connections))]
    done = 0
    began = time.perf_counter()
    end = began + float(seconds)
    while time.perf_counter() < end:
        for line in lines:
            line.sendall(request)
        for line in lines:
            _answer(line)
        done += len(lines)
    print(done / (time.perf_counter() - began))


def _answer(line: socket.socket) -> None:
    data = line.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(head.split(b"\r\n", 1)[0].decode())
    lengths = [field for field in head.lower().split(b"\r\n") if field.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body)
    while missing > 0:
        missing -= len(_more(line))


def _more(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise SystemExit("connection closed")
    return data


if __name__ == "__main__":
    main()
