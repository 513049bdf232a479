"""Where the reference data lies that nobody on this project wrote.

The data stands beside the project while it is developed and is absent from a user's clone, so a test that
reads it skips there, and says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(*parts: str) -> Path:
    """Path of a file or folder of the reference data; skips the test, loudly, where there is none."""
    path = _DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"reference data {'/'.join(parts)} is not beside this clone")
    return path
