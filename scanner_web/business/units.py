"""Numbers of cases and pallets: the GS1 Company Prefix that they are made of, for the owner of the business."""

from __future__ import annotations

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.business.settings import owners
from scanner_web.signed import forms, frame
from scanner_web.words import t
from trace.domain.refusals import Invalid, Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import logistic_units
from trace.services.context import Done, Once


@blueprint.get("/settings/units")
@owners
def units_settings() -> AnyResponse:
    """The GS1 Company Prefix, and how far it was numbered."""
    return _settings()


def _settings(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    now = logistic_units.prefix_of(ctx, actor)
    last = logistic_units.given(ctx, now.prefix) if now else None
    return frame.page("business/units.html", now=now, last=last, error=error)


@blueprint.post("/settings/units")
@owners
def units_set() -> AnyResponse:
    """Register the prefix."""

    def work(once: Once | None) -> Done:
        first = forms.text("first", longest=17) or "1"
        if not (first.isascii() and first.isdigit()):
            raise Invalid(field=t("prefix_first"), value=first, expected="1, 2, 3 …")
        prefix = forms.needed("prefix", longest=20)
        return logistic_units.register_prefix(frame.context(), frame.actor(), prefix, int(first), once)

    return frame.act(work, then=lambda done: "/desk/settings/units", again=_settings)
