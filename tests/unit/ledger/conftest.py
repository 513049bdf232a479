"""No test here is judged by its speed: a busy machine is not a failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ledger", deadline=None)
settings.load_profile("ledger")
