"""The service behind a real server whose patience is short: ``granian --interface asgi tests.api.slow_server:app``."""

from __future__ import annotations

import wsgi
from api.intake import Intake, Pace

THREADS = 2
LIMIT = 64 * 1024

app = Intake(wsgi.app, THREADS, lambda path: LIMIT, Pace(patience=0.5))
