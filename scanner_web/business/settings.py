"""Who works in a business, and by which links they come in (``/desk/settings``): for its owners alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account.people import People
from scanner_web.business import blueprint
from scanner_web.signed import frame
from trace.services.context import Rights

_HERE = "/desk/settings"


def owners(view: Callable[..., AnyResponse]) -> Callable[..., AnyResponse]:
    """Only for an owner, and only for his own business: a mandate to enter for another does not reach so far."""

    @wraps(view)
    def guarded(**parts: Any) -> AnyResponse:
        signed = frame.me()
        if signed.actor.entered_by is not None:
            return frame.forbidden("settings_acting")
        if signed.user.rights is not Rights.OWNER:
            return frame.forbidden("forbidden_owner")
        return view(**parts)

    return guarded


def people() -> People:
    """The people of the business that is signed in."""
    return People(frame.actor().party, f"{_HERE}/people", _HERE)


@blueprint.get("/settings")
@owners
def settings() -> AnyResponse:
    """People, links, and the ways to keys and webhooks."""
    return frame.page("business/settings.html", **people().listed())


@blueprint.get("/settings/people/invite")
@owners
def person_invite_form() -> AnyResponse:
    """Whom to let in."""
    return people().invite_form()


@blueprint.post("/settings/people/invite")
@owners
def person_invite() -> AnyResponse:
    """A link for a colleague."""
    return people().invite()


@blueprint.post("/settings/people/take-back")
@owners
def person_take_back() -> AnyResponse:
    """End a link that was not used."""
    return people().take_back()


@blueprint.get("/settings/people/<id>")
@owners
def person(id: str) -> AnyResponse:
    """One of the people."""
    return people().person(id)


@blueprint.post("/settings/people/<id>/rights")
@owners
def person_rights(id: str) -> AnyResponse:
    """Give a user other rights."""
    return people().set_rights(id)


@blueprint.post("/settings/people/<id>/link")
@owners
def person_renew(id: str) -> AnyResponse:
    """A link for a new password."""
    return people().renew(id)


@blueprint.get("/settings/people/<id>/end")
@owners
def person_confirm_end(id: str) -> AnyResponse:
    """Whether the user is really to be ended."""
    return people().confirm_end(id)


@blueprint.post("/settings/people/<id>/end")
@owners
def person_end(id: str) -> AnyResponse:
    """End a user."""
    return people().end(id)
