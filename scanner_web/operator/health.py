"""How the service is, and the whole ledger verified at a touch, with its numbered steps."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.operator import blueprint
from scanner_web.signed import frame
from trace.services import health as looking
from trace.services import verdicts


@blueprint.get("/health")
def health() -> AnyResponse:
    """Size, checkpoints, what waits, what failed, the room that is left, and the last verdicts."""
    ctx = frame.context()
    kept = verdicts.listed(ctx)
    running = kept[0] if kept and kept[0].finished is None else None
    return frame.page(
        "operator/health.html",
        health=looking.look(ctx),
        running=running,
        verdicts=[one for one in kept if one.finished is not None],
        size_of=size_of,
        ago=ago,
    )


@blueprint.post("/health/verify")
def verify() -> AnyResponse:
    """Have the whole ledger verified."""
    verdicts.ask(frame.context())
    return frame.go("/operate/health")


@blueprint.get("/health/verdict")
def verdict() -> AnyResponse:
    """How far the verification is, for the page's script."""
    kept = verdicts.listed(frame.context())
    running = kept[0] if kept and kept[0].finished is None else None
    if running is None:
        return frame.json({"running": False})
    return frame.json({"running": True, "stage": running.stage, "done": running.done, "total": running.total})


def size_of(number: int) -> str:
    """So many bytes in the largest unit that leaves a number above one."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def ago(seconds: float) -> tuple[str, int]:
    """How long ago, as a word's code and a number."""
    for code, length in (("ago_days", 86400), ("ago_hours", 3600), ("ago_minutes", 60)):
        if seconds >= length:
            return code, int(seconds // length)
    return "ago_seconds", int(max(seconds, 0))
