"""Who takes part: parties, their signing keys, their API keys, and their products."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Connection, insert, select, update

from trace.domain.model import Party, Product, Role
from trace.domain.refusals import Duplicate, Invalid, UnknownParty
from trace.domain.roles import Act
from trace.domain.units import UnitTable
from trace.identifiers import GLN, GTIN, Licence, ShortCode, UnifiedSocialCreditCode
from trace.services.context import Actor, Context, Done, Once
from trace.services.recording import entered_by, once, require, say
from trace.store import queries
from trace.store.tables import api_keys
from trace.store.unit_of_work import Appended, UnitOfWork

KEY_PREFIX = "trace_"


@dataclass(frozen=True)
class PartyDraft:
    """A party as it is entered. ``gln`` gives it a GS1 identity; without one it gets ``{base}/p/{id}``."""

    name: str
    role: Role
    gln: str | None = None
    uscc: str | None = None
    licence: str | None = None
    region: str | None = None
    address: str | None = None
    contact: str | None = None  # a person: kept in a compartment of its own
    phone: str | None = None
    id: str | None = None  # given by the demo alone, so that its accounts have memorable names


@dataclass(frozen=True)
class ProductDraft:
    """A product as it is entered; ``units`` maps a unit to how many base units it is ("CS": "10")."""

    name: str
    unit: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    gtin: str | None = None
    shelf_days: int | None = None
    category: str | None = None
    id: str | None = None


def open_ledger(ctx: Context, name: str) -> bool:
    """Write entry 0, which ties the ledger to its operator's key; False where it is there already."""

    def work(uow: UnitOfWork) -> bool:
        if uow.size:
            return False
        public = ctx.keys.operator.public_key().public_bytes_raw()
        body = {
            "key": base64.b64encode(public).decode("ascii"),
            "ledger": ctx.ledger,
            "name": name,
            "operator": ctx.operator,
            "vkey": ctx.keys.log.verifier.to_text(),
        }
        say(
            ctx,
            uow,
            kind="ledger.opened/1",
            by=ctx.operator,
            compartments={"public": body},
            key=ctx.keys.operator,
        )
        _record_party(
            ctx, uow, Party(ctx.operator, "operator", name, Role.OPERATOR, f"{ctx.operator}/place"), {}
        )
        return True

    return ctx.sequencer.submit(work)


def operator(ctx: Context) -> Actor:
    """The operator as an actor, for commands given at the machine itself."""
    return Actor(Party(ctx.operator, "operator", "operator", Role.OPERATOR, f"{ctx.operator}/place"))


def register_party(ctx: Context, actor: Actor, draft: PartyDraft, key: Once | None = None) -> Done:
    """Register a party, make its signing key, and give it its first API key (``secret``: shown once).

    Raises Invalid, InvalidIdentifier (wrong GLN, 统一社会信用代码 or licence), Duplicate, RoleForbids.
    """
    require(actor, Act.REGISTER_PARTY)
    party = _checked(ctx, draft)
    people = {name: value for name in ("contact", "phone") if (value := getattr(draft, name))}

    def work(uow: UnitOfWork) -> Done:
        if queries.find_party(uow.connection, ctx.ledger, party.id) or uow.book.party(party.uri):
            raise Duplicate(what="party", value=party.gln or party.id)
        if party.uscc and queries.find_party(uow.connection, ctx.ledger, party.uscc):
            raise Duplicate(what="uscc", value=party.uscc)
        appended = _record_party(ctx, uow, party, people)
        private = ctx.keys.make(uow.connection, party.uri, uow.now)
        body = {
            "custody": "operator",
            "key": base64.b64encode(private.public_key().public_bytes_raw()).decode("ascii"),
            "party": party.uri,
        }
        say(
            ctx,
            uow,
            kind="key.registered/1",
            by=ctx.operator,
            compartments={"public": body},
            key=ctx.keys.operator,
        )
        token = _issue(ctx, uow, party, "first key").token
        return Done(appended.index, appended.time, None, {"id": party.id, "uri": party.uri}, secret=token)

    return once(ctx, actor, key, work)


def _checked(ctx: Context, draft: PartyDraft) -> Party:
    if not draft.name.strip() or len(draft.name) > 200:
        raise Invalid(field="name", value=draft.name[:40], expected="1 to 200 characters")
    gln = GLN.parse(draft.gln) if draft.gln else None
    id = draft.id or ShortCode.generate(ctx.random).value.lower()
    uri = gln.party_uri if gln else f"{ctx.base_url}/p/{id}"
    return Party(
        uri=uri,
        id=id,
        name=draft.name.strip(),
        role=draft.role,
        location=gln.uri if gln else f"{uri}/place",
        gln=gln.value if gln else None,
        uscc=UnifiedSocialCreditCode.parse(draft.uscc).value if draft.uscc else None,
        licence=Licence.parse(draft.licence).value if draft.licence else None,
        region=draft.region,
        address=draft.address,
    )


def _record_party(ctx: Context, uow: UnitOfWork, party: Party, people: Mapping[str, str]) -> Appended:
    public = {
        name: value
        for name in ("id", "name", "location", "gln", "uscc", "licence", "region", "address")
        if (value := getattr(party, name)) is not None
    }
    compartments: dict[str, object] = {"public": {**public, "party": party.uri, "role": str(party.role)}}
    if people:
        compartments["people"] = dict(people)
    return say(
        ctx,
        uow,
        kind="party.registered/1",
        by=ctx.operator,
        compartments=compartments,
        key=ctx.keys.operator,
    )


# -- API keys ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IssuedKey:
    """An API key: its id, by which it can be ended, and the key itself, which nobody can show again."""

    id: str
    token: str


def issue_key(ctx: Context, party: Party, label: str) -> IssuedKey:
    """Make a further API key for a party; only its hash is kept."""
    return ctx.sequencer.submit(lambda uow: _issue(ctx, uow, party, label))


def revoke_key(ctx: Context, actor: Actor, key_id: str) -> None:
    """End an API key of the actor's own party, at once; ending it twice is no error."""

    def work(uow: UnitOfWork) -> None:
        uow.connection.execute(
            update(api_keys)
            .where(api_keys.c.ledger == ctx.ledger, api_keys.c.id == key_id)
            .where(api_keys.c.party == actor.uri, api_keys.c.revoked.is_(None))
            .values(revoked=uow.now)
        )

    ctx.sequencer.submit(work)


def authenticate(ctx: Context, token: str) -> Actor | None:
    """The actor behind an API key, or None for a key that is unknown or revoked.

    Keys carry 256 random bits, so a plain SHA-256 is enough: there is nothing to guess.
    """
    digest = hashlib.sha256(token.encode()).hexdigest()

    def look(connection: Connection) -> Actor | None:
        row = connection.execute(
            select(api_keys.c.id, api_keys.c.party)
            .where(api_keys.c.ledger == ctx.ledger, api_keys.c.hash == digest)
            .where(api_keys.c.revoked.is_(None))
        ).first()
        if row is None:
            return None
        party = queries.find_party(connection, ctx.ledger, row.party)
        return Actor(party, row.id) if party else None

    return ctx.sequencer.read(look)


def _issue(ctx: Context, uow: UnitOfWork, party: Party, label: str) -> IssuedKey:
    token = KEY_PREFIX + base64.urlsafe_b64encode(ctx.random(32)).decode("ascii").rstrip("=")
    id = ShortCode.generate(ctx.random).value.lower()
    uow.connection.execute(
        insert(api_keys).values(
            id=id,
            ledger=ctx.ledger,
            hash=hashlib.sha256(token.encode()).hexdigest(),
            party=party.uri,
            role=str(party.role),
            label=label,
            created=uow.now,
        )
    )
    return IssuedKey(id, token)


# -- products ------------------------------------------------------------------------------------------------


def register_product(ctx: Context, actor: Actor, draft: ProductDraft, key: Once | None = None) -> Done:
    """Register a product with its unit definitions; raises Invalid, InvalidIdentifier, UnknownUnit, Duplicate."""
    return once(ctx, actor, key, lambda uow: enter_product(ctx, uow, actor, draft))


def enter_product(ctx: Context, uow: UnitOfWork, actor: Actor, draft: ProductDraft) -> Done:
    """The same on a unit of work that is open already."""
    require(actor, Act.REGISTER_PRODUCT)
    product = _checked_product(ctx, actor, draft)
    if queries.find_product(uow.connection, ctx.ledger, product.uri):
        raise Duplicate(what="product", value=product.gtin or product.id)
    body = {
        "id": product.id,
        "name": product.name,
        "owner": product.owner,
        "product": product.uri,
        "unit": product.unit,
        "units": {unit: format(factor.normalize(), "f") for unit, factor in sorted(product.units.items())},
        **({"gtin": product.gtin} if product.gtin else {}),
        **({"shelfDays": product.shelf_days} if product.shelf_days else {}),
        **({"category": product.category} if product.category else {}),
        **entered_by(actor),
    }
    appended = say(ctx, uow, kind="product.registered/1", by=actor.uri, compartments={"public": body})
    return Done(appended.index, appended.time, None, {"id": product.id, "uri": product.uri})


def _checked_product(ctx: Context, actor: Actor, draft: ProductDraft) -> Product:
    if not draft.name.strip() or len(draft.name) > 200:
        raise Invalid(field="name", value=draft.name[:40], expected="1 to 200 characters")
    if draft.shelf_days is not None and not 0 < draft.shelf_days <= 36500:
        raise Invalid(field="shelf_days", value=str(draft.shelf_days), expected="1 to 36500 days")
    table = UnitTable(draft.unit, draft.units)
    gtin = GTIN.parse(draft.gtin) if draft.gtin else None
    id = draft.id or (gtin.value if gtin else ShortCode.generate(ctx.random).value.lower())
    return Product(
        uri=gtin.uri if gtin else f"{ctx.base_url}/g/{id}",
        id=id,
        owner=actor.uri,
        name=draft.name.strip(),
        unit=table.base,
        units=table.factors,
        gtin=gtin.value if gtin else None,
        shelf_days=draft.shelf_days,
        category=draft.category,
    )


def find_party(ctx: Context, name: str) -> Party:
    """A registered party by id, URI, GLN or 统一社会信用代码; raises UnknownParty."""
    party = ctx.sequencer.read(lambda connection: queries.find_party(connection, ctx.ledger, name))
    if party is None:
        raise UnknownParty(party=name)
    return party
