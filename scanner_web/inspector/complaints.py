"""What people report about goods, and answering it."""

from __future__ import annotations

from scanner_web.complaints import put_on
from scanner_web.inspector import blueprint

put_on(blueprint)
