"""What people report about goods, and answering it."""

from __future__ import annotations

from scanner_web.business import blueprint
from scanner_web.complaints import put_on

put_on(blueprint)
