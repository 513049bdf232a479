"""What whoever runs the service does: admit, look after, answer for the ledger. (/operate)"""

from __future__ import annotations

from scanner_web.signed import frame

blueprint = frame.area("operator", "/operate", frame.OPERATORS)

from scanner_web.operator import home  # noqa: E402, F401 - each module puts its pages on the blueprint
