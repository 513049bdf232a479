"""What an inspector does: find, see, prove, stop. (/inspect)"""

from __future__ import annotations

from scanner_web.signed import frame

blueprint = frame.area("inspector", "/inspect", frame.INSPECTORS)

from scanner_web.inspector import home  # noqa: E402, F401 - each module puts its pages on the blueprint
