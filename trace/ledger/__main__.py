"""`python -m NAME FILE [--vkey KEY] [--lang zh|en]`: judge a bundle or a receipt with no server.

Exit 0 holds, 1 does not hold, 2 wrong usage or an unreadable file. NAME is whatever the package's folder is
called.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import canonical, words
from .errors import LedgerError
from .note import log_verifier
from .report import Report
from .verify import verify_bundle, verify_receipt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without Chinese must not end in a traceback
            stream.reconfigure(errors="backslashreplace")
    parser = _Parser(prog=(__package__ or "").rpartition(".")[2], add_help=False)
    parser.add_argument("file", type=Path)
    parser.add_argument("--vkey", type=_verifier_key)
    parser.add_argument("--lang", choices=words.LOCALES, default="zh")
    chosen = parser.parse_args(arguments)
    try:
        data = chosen.file.read_bytes()
    except OSError as why:
        print(words.text("unreadable", chosen.lang, why=str(why)), file=sys.stderr)
        return 2
    if not _is_receipt(data):
        return _show(verify_bundle(data, vkey=chosen.vkey), chosen.lang)
    if chosen.vkey is None:
        parser.error("--vkey")
    return _show(verify_receipt(data, vkey=chosen.vkey), chosen.lang)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        for locale in words.LOCALES:
            print(words.text("usage", locale, name=self.prog), file=sys.stderr)
        self.exit(2, f"{message}\n")


def _verifier_key(text: str) -> str:
    try:
        return log_verifier(text).to_text()
    except LedgerError as why:
        raise argparse.ArgumentTypeError(str(why)) from None


def _is_receipt(data: bytes) -> bool:
    try:
        value = canonical.strict_loads(data)
    except LedgerError:
        return False
    return isinstance(value, dict) and "proof" in value


def _show(report: Report, locale: str) -> int:
    print(report.text(locale), end="")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
