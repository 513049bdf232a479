"""Parties, their API keys, and who the caller is."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.area import PREFIX, Area, Call, Write, page_response
from api.fields import Choice, Shape, Text
from api.shapes import Query, Written, maybe, out, page_of
from trace.domain.model import Party, Role
from trace.domain.refusals import NotYours
from trace.services import lists, parties
from trace.services.context import Actor, Done
from trace.services.values import PartyInfo

area = Area("parties", "Businesses, laboratories and authorities that take part.")

# The operator is the ledger's own party; nobody is registered as a second one.
ROLES = tuple(role for role in Role if role is not Role.OPERATOR)


class NewParty(Shape):
    """A party to be registered."""

    name = Text("Name as on its licence.", required=True, example="福州绿源农场")
    role = Choice("What it is in the chain; decides which acts it may enter.", ROLES, required=True)
    gln = Text("GLN, 13 digits; gives it a GS1 identity.", longest=13, example="6901234500009")
    uscc = Text("统一社会信用代码, 18 characters.", longest=18)
    licence = Text("SC or JY licence number.", longest=16)
    region = Text("GB/T 2260 code of its county.", longest=6, pattern="[0-9]{6}", example="350102")
    address = Text("Street address.", longest=300)
    contact = Text("A person to speak to; kept apart from what is public.", longest=100)
    phone = Text("That person's telephone.", longest=40)


class PartyShape(Shape):
    """A party as the ledger knows it."""

    uri = out("Its URI.")
    id = maybe("Its short id.")
    name = out("Its name.")
    role = maybe("Its role; null for one that only captured documents speak of.")
    registered = out("Whether it takes part itself.", "boolean")
    gln = maybe("GLN.")
    uscc = maybe("统一社会信用代码.")
    licence = maybe("SC or JY licence number.")
    region = maybe("GB/T 2260 code.")
    address = maybe("Address.")


class NewPartyAnswer(Written):
    """A registered party with its first API key."""

    id = out("The party's short id.")
    uri = out("The party's URI.")
    api_key = maybe("Its API key. It is shown this once, and null when the answer is given again.")


class NewKey(Shape):
    """An API key to be made."""

    label = Text(
        "What it is for, so that it can be told from others.", longest=60, required=True, example="till 2"
    )


class KeyShape(Shape):
    """A new API key."""

    id = out("Id of the key, by which it can be ended.")
    api_key = out("The key. It is shown this once; only its hash is kept.")
    party = out("URI of its party.")
    label = out("What it is for.")


class Me(PartyShape):
    """The caller's own party."""

    key_id = maybe("Id of the API key in use, by which it can be revoked.")
    sees_all = out("Whether every party's records are shown in full.", "boolean")


class PartyQuery(Query):
    """Which parties."""

    role = Choice("Only those of this role.", Role)


def shown(info: PartyInfo) -> dict[str, Any]:
    """A party on the wire."""
    return {name: getattr(info, name) for name in PartyShape().fields}


@area.write(
    "/parties",
    NewParty,
    NewPartyAnswer,
    location=lambda done: f"{PREFIX}/parties/{done.result['id']}",
    secret="api_key",  # noqa: S106 - a field's name
    example={"name": "第一小学食堂", "role": "canteen", "region": "350102"},
)
def register_party(call: Write, body: dict[str, Any]) -> Done:
    """Register a party (operator)

    It gets a signing key, kept for it, and its first API key.
    """
    return parties.register_party(call.ctx, call.actor, parties.PartyDraft(**body), call.once)


@area.read("/parties", page_of(PartyShape, "PartyPage"), query=PartyQuery)
def list_parties(call: Call, query: dict[str, Any]) -> Response:
    """List the registered parties, in order of entry"""
    found = lists.parties(call.ctx, role=query.get("role"), limit=query["limit"], cursor=query.get("cursor"))
    return page_response(found, query, shown)


@area.read("/parties/<name:party>", PartyShape, refuses=(404,))
def get_party(call: Call, party: str) -> dict[str, Any]:
    """Get a party by its id, URI, GLN or 统一社会信用代码"""
    found = parties.find_party(call.ctx, party)
    return {name: getattr(found, name, True) for name in PartyShape().fields}


@area.read("/me", Me)
def get_me(call: Call) -> dict[str, Any]:
    """Get the caller's own party"""
    assert call.actor is not None  # noqa: S101 - this address is not public
    party = {name: getattr(call.actor.party, name, True) for name in PartyShape().fields}
    return {**party, "key_id": call.actor.api_key, "sees_all": call.actor.sees_all}


@area.act("POST", "/parties/<name:party>/keys", 201, NewKey, KeyShape)
def make_key(call: Call, body: dict[str, Any], party: str) -> dict[str, Any]:
    """Make a further API key for one's own party (the operator: for any)

    Answers with a secret, so a repetition makes another key: no Idempotency-Key is taken.
    """
    of = _own(call, party)
    made = parties.issue_key(call.ctx, of, body["label"])
    return {"id": made.id, "api_key": made.token, "party": of.uri, **body}


@area.act("DELETE", "/parties/<name:party>/keys/<name:key>", 204, None, None)
def revoke_key(call: Call, party: str, key: str) -> None:
    """End an API key of one's own party, at once (the operator: of any)

    Ending a key twice, or one that never was, is no error.
    """
    parties.revoke_key(call.ctx, Actor(_own(call, party)), key)


def _own(call: Call, name: str) -> Party:
    assert call.actor is not None  # noqa: S101 - this address is not public
    found = parties.find_party(call.ctx, name)
    if found.uri != call.actor.uri and call.actor.party.role is not Role.OPERATOR:
        raise NotYours(what=found.uri, owner=found.name, party=call.actor.party.name)
    return found
