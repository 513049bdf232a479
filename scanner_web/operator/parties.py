"""The parties as the operator looks after them: found, registered by hand, and their people let in or ended."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from scanner_web.account.joining import FIELDS, worded
from scanner_web.account.people import People
from scanner_web.operator import blueprint
from scanner_web.signed import frame
from scanner_web.signed.posting import tried
from trace.domain.mandates import MAY_ENTER
from trace.domain.model import Party, Role
from trace.domain.refusals import Refusal
from trace.identifiers import InvalidIdentifier
from trace.services import logistic_units, mandates, parties, registry
from trace.services.applications import ApplicationIncomplete
from trace.services.context import Actor, Rights
from trace.services.parties import PartyDraft

_REGISTERED = tuple(role for role in Role if role is not Role.OPERATOR)


@blueprint.get("/parties")
def listed() -> AnyResponse:
    """Search by name or number; everybody's role and area."""
    text, role = request.args.get("q", "")[:80], request.args.get("role", "")
    ctx = frame.context()
    return frame.page(
        "operator/parties.html",
        found=registry.search(ctx, text, Role(role) if role in list(Role) else None),
        counts=registry.counts(ctx),
        areas=registry.area_names(ctx),
        q=text,
        role=role,
        roles=list(Role),
    )


@blueprint.get("/parties/new")
def new() -> AnyResponse:
    """The form for a party that did not apply itself, such as an inspector."""
    return _new()


@blueprint.post("/parties/new")
def register() -> AnyResponse:
    """Register a party; its people come in by a link."""

    def work() -> AnyResponse:
        said = {name: request.form.get(name, "").strip() or None for name in FIELDS}
        role = said["role"]
        if said["name"] is None or role not in _REGISTERED:
            raise ApplicationIncomplete(field="role" if said["name"] else "name")
        told = {name: said[name] for name in ("uscc", "licence", "region", "address", "contact", "phone")}
        draft = PartyDraft(name=said["name"], role=Role(role), **told)
        done = parties.register_party(frame.context(), frame.actor(), draft, frame.once())
        return frame.go(f"/operate/parties/{done.result['id']}")

    return tried(work, _new)


@blueprint.get("/parties/<party>")
def one(party: str) -> AnyResponse:
    """A party, its people, its areas, and who may enter for it."""
    return party_page(party)


@blueprint.post("/parties/<party>/areas")
def set_areas(party: str) -> AnyResponse:
    """Say for which areas an inspector is responsible."""

    def work() -> AnyResponse:
        typed = request.form.get("other", "").replace(",", " ").replace("，", " ").split()
        codes = [*request.form.getlist("area"), *typed]
        registry.set_areas(frame.context(), _found(party), codes)
        return frame.go(f"/operate/parties/{party}")

    return tried(work, lambda refusal: party_page(party, refusal))


@blueprint.get("/parties/<party>/people/invite")
def invite_form(party: str) -> AnyResponse:
    """Whom to let in."""
    return _people(party).invite_form()


@blueprint.post("/parties/<party>/people/invite")
def invite(party: str) -> AnyResponse:
    """A link for somebody of a party."""
    return _people(party).invite()


@blueprint.post("/parties/<party>/people/take-back")
def take_back(party: str) -> AnyResponse:
    """End a link that was not used."""
    return _people(party).take_back()


@blueprint.get("/parties/<party>/people/<id>")
def person(party: str, id: str) -> AnyResponse:
    """One of a party's users."""
    return _people(party).person(id)


@blueprint.post("/parties/<party>/people/<id>/rights")
def set_rights(party: str, id: str) -> AnyResponse:
    """Give a user other rights."""
    return _people(party).set_rights(id)


@blueprint.post("/parties/<party>/people/<id>/link")
def renew(party: str, id: str) -> AnyResponse:
    """A link for a new password, for whoever is locked out."""
    return _people(party).renew(id)


@blueprint.get("/parties/<party>/people/<id>/end")
def confirm_end(party: str, id: str) -> AnyResponse:
    """Whether a user is really to be ended."""
    return _people(party).confirm_end(id)


@blueprint.post("/parties/<party>/people/<id>/end")
def end(party: str, id: str) -> AnyResponse:
    """End a user."""
    return _people(party).end(id)


def _found(party: str) -> Party:
    return parties.find_party(frame.context(), party)


def _people(party: str) -> People:
    found = _found(party)
    back = f"/operate/parties/{found.id}"
    return People(found, f"{back}/people", back)


def party_page(party: str, error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    """The page of a party, with what was wrong with a form of it."""
    ctx, people = frame.context(), _people(party)
    return frame.page(
        "operator/party.html",
        error=error,
        party=people.party,
        may=frame.me().user.rights is Rights.OWNER,
        areas=registry.area_names(ctx),
        own=registry.areas_of(ctx, people.party.uri),
        mandates=mandates.given_by(ctx, Actor(people.party)),
        prefix=logistic_units.prefix_of(ctx, Actor(people.party)),
        may_give=people.party.role in MAY_ENTER,
        **people.listed(),
    )


def _new(error: Refusal | InvalidIdentifier | None = None) -> AnyResponse:
    typed = {name: request.form.get(name, "") for name in FIELDS}
    return frame.page("operator/new.html", error=worded(error), typed=typed, roles=_REGISTERED)
