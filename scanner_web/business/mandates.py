"""Who may enter for this business, and for whom it enters (代录)."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.business import blueprint
from scanner_web.signed import forms, frame, posting
from scanner_web.words import t
from trace.domain.model import Role
from trace.domain.refusals import Invalid, Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import accounts, handy, lists, mandates
from trace.services.context import Actor, Done, Once, Rights

MOST_MARKETS = 100


@blueprint.get("/mandates")
def list_mandates() -> AnyResponse:
    """Both sides of it."""
    return _page()


def _page(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    ctx, actor = frame.context(), frame.actor()
    wanted = request.args.get("q", "").strip()[:100]
    markets = lists.parties(ctx, role=Role.MARKET, limit=MOST_MARKETS, cursor=None).items
    return frame.page(
        "business/mandates.html",
        given=mandates.given_by(ctx, actor),
        mine=mandates.given_to(ctx, actor),
        own_hand=actor.entered_by is None,
        owner=frame.me().user.rights is Rights.OWNER,
        markets=[one for one in markets if one.uri != actor.uri],
        found=handy.find_partners(ctx, actor, wanted),
        wanted=wanted,
        chosen=request.form.get("to", ""),
        error=error,
    )


@blueprint.post("/mandates")
def give_mandate() -> AnyResponse:
    """Let another business enter for this one."""

    def work(once: Once | None) -> Done:
        to = forms.text("to", longest=200)
        if to is None:
            raise Invalid(field=t("mandate_to"), value="", expected=t("mandate_to_needed"))
        if not request.form.get("sure"):
            raise Invalid(field="sure", value="", expected=t("mandate_sure"))
        return mandates.give(frame.context(), frame.actor(), to, once)

    return frame.act(work, then=_listed, again=_page)


@blueprint.post("/mandates/end")
def end_mandate() -> AnyResponse:
    """End a mandate, on either side of it."""

    def work(once: Once | None) -> Done:
        party, to = forms.needed("party"), forms.needed("to")
        return mandates.end(frame.context(), frame.actor(), party, to, once)

    return frame.act(work, then=_listed, again=_page)


def _listed(done: Done) -> str:
    return "/desk/mandates"


@blueprint.post("/mandates/act")
def enter_for() -> AnyResponse:
    """Enter for another business from now on in this browser, or for one's own again."""
    ctx, me = frame.context(), frame.me()
    wanted = request.form.get("party", "")

    def work() -> AnyResponse:
        if wanted:
            own = me.actor.entered_by or me.actor.party
            acting = mandates.acting(ctx, Actor(own, user=me.user), wanted)
            accounts.enter_for(ctx, frame.token(), acting.uri)
        else:
            accounts.enter_for(ctx, frame.token(), None)
        return frame.go("/desk" if wanted else "/desk/mandates")

    return posting.tried(work, _page)
