"""Passkeys: signing in with a key that a phone keeps behind its screen lock, beside the password and never for it.

W3C Web Authentication Level 3 with discoverable credentials and user verification. What the browser brings is verified
by py_webauthn (sections 7.1 and 7.2); here is what that leaves to a service: who may add a key, which challenge was
given to which browser, whose key it is, and what a counter that goes backwards means. A session begun so is the same
as one begun by password, and a key ends with the password under which it was added: whoever changes it, because
somebody knows it or by a link after a phone was lost, starts anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from trace.domain.refusals import Refusal
from trace.identifiers import ShortCode
from trace.services import accounts, throttle
from trace.services.accounts import Origin, SignInPaused
from trace.services.context import Context, User
from trace.services.throttle import Bucket
from trace.store.account_tables import users
from trace.store.engine import writing
from trace.store.passkey_tables import passkey_challenges as challenges
from trace.store.passkey_tables import passkeys
from trace.store.unit_of_work import UnitOfWork

JSON = dict[str, Any]
T = TypeVar("T")

LIVES = timedelta(minutes=5)
"""How long a challenge waits for its answer."""
MOST_PASSKEYS = 10
"""Keys of one user."""
LONGEST_NAME = 40
"""Characters of what a user calls a key."""

_LARGEST = 20_000  # characters of what a browser brings; attestation certificates make it some thousand
_MOST_WAITING = 100  # challenges that one place may have open
_OWN_TRIES = 5  # with one key
_PLACE_TRIES = 50  # with keys that nobody has, in one count with passwords from that place
_PASSWORD_TRIES = 5  # in one count with those for changing it
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(eq=False)
class PasskeyRefused(Refusal):
    """A passkey that does nothing here; every kind of it says why."""


@dataclass(eq=False)
class PasskeyNotOffered(PasskeyRefused):
    """The service's address cannot have passkeys: it is an IP address, or reached without https."""

    code = "passkey_not_offered"


@dataclass(eq=False)
class PasskeyUnknown(PasskeyRefused):
    """Nobody signs in with this key: removed, ended with a password or a user, or another's; which is not said."""

    code = "passkey_unknown"


@dataclass(eq=False)
class PasskeyElsewhere(PasskeyRefused):
    """It was signed for a page of another address than ``origin``, or for one within another's page."""

    code = "passkey_elsewhere"
    origin: str


@dataclass(eq=False)
class PasskeyExpired(PasskeyRefused):
    """The challenge is too old, was answered before, or was given to another browser."""

    code = "passkey_expired"


@dataclass(eq=False)
class PasskeyUnproved(PasskeyRefused):
    """What the browser brought does not verify, or the phone did not make sure who holds it."""

    code = "passkey_unproved"


@dataclass(eq=False)
class PasskeySuspect(PasskeyRefused):
    """The key's counter has gone backwards, now or before: somebody may have a copy of it."""

    code = "passkey_suspect"


@dataclass(eq=False)
class PasskeyPasswordWrong(Refusal):
    """The password, asked for before a key is added, is another."""

    code = "passkey_password_wrong"


@dataclass(eq=False)
class PasskeyKnown(Refusal):
    """The key was added before."""

    code = "passkey_known"


@dataclass(eq=False)
class PasskeysWaiting(Refusal):
    """Too many from one place have asked and not yet signed; in so many ``seconds`` the first of them is too late."""

    code = "passkeys_waiting"
    seconds: int


@dataclass(eq=False)
class TooManyPasskeys(Refusal):
    """The user has as many keys as may be."""

    code = "too_many_passkeys"
    most: int = MOST_PASSKEYS


@dataclass(eq=False)
class PasskeyNameUnfit(Refusal):
    """A key's name has 1 to ``longest`` characters."""

    code = "passkey_name_unfit"
    longest: int = LONGEST_NAME


@dataclass(eq=False)
class UnknownPasskey(Refusal):
    """The user has no such key, or it was removed."""

    code = "unknown_passkey"


@dataclass(frozen=True)
class Site:
    """What keys are for: the RP ID, and the origin of the pages that may ask for them (sections 5.1.2 and 13.4.9)."""

    id: str
    origin: str


@dataclass(frozen=True)
class Passkey:
    """A key as its user sees it."""

    id: str
    name: str
    created: datetime
    used: datetime | None
    suspect: datetime | None


@dataclass(frozen=True)
class SignedIn:
    """A new session's token, and what its user would have typed."""

    token: str
    login: str


def site(ctx: Context) -> Site | None:
    """For what this service's keys are; None where browsers give none: over http, and at an IP address.

    Browsers take localhost for secure (W3C Secure Contexts, section 3.1).
    """
    address = urlsplit(ctx.base_url)
    host = (address.hostname or "").rstrip(".")
    local = host == "localhost" or host.endswith(".localhost")
    if not host.isascii() or _is_number(host) or not (address.scheme == "https" or local):
        return None
    plain = {"https": 443, "http": 80}[address.scheme]
    port = "" if address.port in (None, plain) else f":{address.port}"
    return Site(host, f"{address.scheme}://{host}{port}")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _offered(ctx: Context) -> Site:
    found = site(ctx)
    if found is None:
        raise PasskeyNotOffered()
    return found


# -- one's own keys ------------------------------------------------------------------------------------------


def of_user(ctx: Context, user: User) -> list[Passkey]:
    """A user's keys, the newest first."""
    return ctx.sequencer.read(lambda connection: [_told(row) for row in _rows(ctx, connection, user.id)])


def find(ctx: Context, user: User, id: str) -> Passkey:
    """One of a user's keys. Raises UnknownPasskey."""
    for one in of_user(ctx, user):
        if one.id == id:
            return one
    raise UnknownPasskey()


def begin_adding(ctx: Context, user: User, token: str, *, name: str, password: str, origin: Origin) -> JSON:
    """What the browser asks its authenticator for, as JSON of PublicKeyCredentialCreationOptions (section 5.4).

    Only with the password: a session alone, of a phone that was left unlocked, adds no key to come back with.
    Raises PasskeyNotOffered, PasskeyNameUnfit, SignInPaused, PasskeyPasswordWrong, TooManyPasskeys, PasskeysWaiting.
    """
    here = _offered(ctx)
    checked_name(name)
    _check_password(ctx, user, password)
    known, under = ctx.sequencer.read(
        lambda connection: (_rows(ctx, connection, user.id), _under(ctx, connection, user.id))
    )
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys()
    options = generate_registration_options(
        rp_id=here.id,
        rp_name=here.id,  # the name is shown by few, and is to be the id where in doubt (section 5.4.1)
        user_id=user.id.encode(),
        user_name=user.login,
        user_display_name=user.name,
        challenge=_ask(ctx, token + under, user.id, origin),
        timeout=_milliseconds(LIVES),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential)) for row in known
        ],
    )
    return options_to_json_dict(options)


def add(ctx: Context, user: User, token: str, *, name: str, credential: str) -> Passkey:
    """Keep the key that the authenticator made for the challenge of ``begin_adding`` (section 7.1); clear ended ones.

    Only under the password that was asked for then: whoever knew an old one gets no key beside the new one.
    Raises PasskeyNotOffered, PasskeyNameUnfit, PasskeyUnproved, PasskeyExpired, PasskeyElsewhere, PasskeyKnown,
    TooManyPasskeys.
    """
    here, called = _offered(ctx), checked_name(name)
    given = _read(credential, parse_registration_credential_json)
    asked_under = ctx.sequencer.read(lambda connection: _under(ctx, connection, user.id))
    challenge = _answered(ctx, here, given.response.client_data_json, token + asked_under, user.id)
    made = _proved(
        lambda: verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=here.id,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    )
    # A key that is none would be found out only when its user stands before the door.
    _proved(
        lambda: decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
    )

    def work(uow: UnitOfWork) -> Passkey:
        mine, under = _rows(ctx, uow.connection, user.id), _under(ctx, uow.connection, user.id)
        if under != asked_under:
            raise PasskeyExpired()
        own = (passkeys.c.ledger == ctx.ledger) & (passkeys.c.user == user.id)
        uow.connection.execute(delete(passkeys).where(own, passkeys.c.under != under))
        if _by_credential(ctx, uow.connection, made.credential_id) is not None:
            raise PasskeyKnown()
        if len(mine) >= MOST_PASSKEYS:
            raise TooManyPasskeys()
        id = ShortCode.generate(ctx.random).value.lower()
        uow.connection.execute(
            insert(passkeys).values(
                ledger=ctx.ledger,
                id=id,
                user=user.id,
                credential=bytes_to_base64url(made.credential_id),
                key=made.credential_public_key,
                counter=made.sign_count,
                under=under,
                name=called,
                created=uow.now,
            )
        )
        return Passkey(id, called, uow.now, None, None)

    return ctx.sequencer.submit(work)


def remove(ctx: Context, user: User, id: str) -> None:
    """End one of a user's keys: it opens nothing from now on. Raises UnknownPasskey."""
    mine = (passkeys.c.ledger == ctx.ledger) & (passkeys.c.user == user.id) & (passkeys.c.id == id)

    def work(uow: UnitOfWork) -> None:
        if not uow.connection.execute(delete(passkeys).where(mine)).rowcount:
            raise UnknownPasskey()

    ctx.sequencer.submit(work)


def checked_name(name: str) -> str:
    """What a key is called, without spaces around. Raises PasskeyNameUnfit."""
    called = name.strip()
    if not 1 <= len(called) <= LONGEST_NAME or not called.isprintable():
        raise PasskeyNameUnfit()
    return called


def _check_password(ctx: Context, user: User, password: str) -> None:
    """Raise SignInPaused or PasskeyPasswordWrong."""
    tries = Bucket(f"old password {user.id}", _PASSWORD_TRIES)
    if seconds := throttle.charge(ctx, [tries]):
        raise SignInPaused(seconds=seconds)
    mine = select(users.c.password).where(users.c.ledger == ctx.ledger, users.c.id == user.id)
    hashed = ctx.sequencer.read(lambda connection: connection.execute(mine).scalar_one())
    if not accounts.matches(hashed, password):
        raise PasskeyPasswordWrong()
    throttle.forgive(ctx, [tries])


# -- signing in ----------------------------------------------------------------------------------------------


def begin_signing_in(ctx: Context, secret: str, origin: Origin) -> JSON:
    """What the browser asks its authenticators for, as JSON of PublicKeyCredentialRequestOptions (section 5.5).

    ``secret`` is what this browser alone holds: nobody else can answer for it. No name is asked for, so none can be
    sounded out. Raises PasskeyNotOffered, PasskeysWaiting.
    """
    options = generate_authentication_options(
        rp_id=_offered(ctx).id,
        challenge=_ask(ctx, secret, None, origin),
        timeout=_milliseconds(LIVES),
        user_verification=_VERIFIED,
    )
    return options_to_json_dict(options)


def sign_in(ctx: Context, secret: str, credential: str, origin: Origin) -> SignedIn:
    """Begin a session by an assertion over the challenge of ``begin_signing_in`` (section 7.2).

    Tries are counted by the key, so that nobody's guessing shuts out another; with keys that nobody has, by where
    they come from. Raises PasskeyNotOffered, SignInPaused, PasskeyUnproved, PasskeyExpired, PasskeyElsewhere,
    PasskeyUnknown, PasskeySuspect.
    """
    here = _offered(ctx)
    given = _read(credential, parse_authentication_credential_json)
    found = ctx.sequencer.read(lambda connection: _by_credential(ctx, connection, given.raw_id))
    place = Bucket(f"place {accounts.network(origin.address)}", _PLACE_TRIES)
    tries = place if found is None else Bucket(f"passkey {found.id}", _OWN_TRIES)
    if seconds := throttle.charge(ctx, [tries]):
        raise SignInPaused(seconds=seconds)
    challenge = _answered(ctx, here, given.response.client_data_json, secret, None)
    if found is None or given.response.user_handle != found.user.encode():
        raise PasskeyUnknown()
    shown = _proved(
        lambda: verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=here.id,
            expected_origin=here.origin,
            credential_public_key=found.key,
            credential_current_sign_count=0,  # compared below, where what it was can be locked
            require_user_verification=True,
        )
    )
    signed = ctx.sequencer.submit(lambda uow: _begin(ctx, uow, found.id, shown.new_sign_count, origin))
    if signed is None:
        raise PasskeySuspect()
    throttle.forgive(ctx, [tries])
    return signed


def _begin(ctx: Context, uow: UnitOfWork, id: str, counter: int, origin: Origin) -> SignedIn | None:
    """The session of a proved key; None where somebody may have a copy of it, which stays noted. Raises PasskeyUnknown.

    A counter that did not grow shows that two of a key are in use (section 6.1.1); one that is always 0 shows nothing.
    """
    row = uow.connection.execute(
        select(passkeys, users.c.login)
        .join(users, (users.c.ledger == passkeys.c.ledger) & (users.c.id == passkeys.c.user))
        .where(passkeys.c.ledger == ctx.ledger, passkeys.c.id == id, users.c.ended.is_(None))
    ).first()
    if row is None or row.under != _under(ctx, uow.connection, row.user):
        raise PasskeyUnknown()
    this = update(passkeys).where(passkeys.c.ledger == ctx.ledger, passkeys.c.id == id)
    if row.suspect is not None:
        return None
    if counter <= row.counter and (counter or row.counter):
        uow.connection.execute(this.values(suspect=uow.now))
        return None
    uow.connection.execute(this.values(counter=counter, used=uow.now))
    return SignedIn(accounts.begin_session(ctx, uow, row.user, origin.device), row.login)


# -- within --------------------------------------------------------------------------------------------------


def _ask(ctx: Context, secret: str, user: str | None, origin: Origin) -> bytes:
    """A challenge of 32 random bytes (section 13.4.3) for one browser. Raises PasskeysWaiting."""
    made, now = ctx.random(32), ctx.clock()
    place = hashlib.sha256(accounts.network(origin.address).encode()).hexdigest()
    here = challenges.c.ledger == ctx.ledger
    with writing(ctx.sequencer.engine) as connection:
        connection.execute(delete(challenges).where(here, challenges.c.expires <= now))
        open_ones = select(func.count(), func.min(challenges.c.expires)).where(
            here, challenges.c.place == place
        )
        count, first = connection.execute(open_ones).one()
        if count >= _MOST_WAITING:
            raise PasskeysWaiting(seconds=int((first - now).total_seconds()) + 1)
        connection.execute(
            insert(challenges).values(
                ledger=ctx.ledger,
                challenge=bytes_to_base64url(made),
                bound=accounts.digest(secret),
                user=user,
                place=place,
                expires=now + LIVES,
            )
        )
    return made


def _answered(ctx: Context, here: Site, client_data: bytes, secret: str, user: str | None) -> bytes:
    """The challenge that was signed, which answers nothing from now on, whatever becomes of this answer.

    Raises PasskeyUnproved, PasskeyExpired, PasskeyElsewhere.
    """
    said = _proved(lambda: parse_client_data_json(client_data))
    asked = delete(challenges).where(
        challenges.c.ledger == ctx.ledger,
        challenges.c.challenge == bytes_to_base64url(said.challenge),
        challenges.c.bound == accounts.digest(secret),
        challenges.c.user == user if user is not None else challenges.c.user.is_(None),
        challenges.c.expires > ctx.clock(),
    )
    with writing(ctx.sequencer.engine) as connection:
        found = connection.execute(asked.returning(challenges.c.challenge)).scalar()
    if found is None:
        raise PasskeyExpired()
    if said.origin != here.origin or said.cross_origin:
        raise PasskeyElsewhere(origin=here.origin)
    return base64url_to_bytes(found)


def _read(credential: str, parse: Callable[[str], T]) -> T:
    """What a browser brought. Raises PasskeyUnproved."""
    if len(credential) > _LARGEST:
        raise PasskeyUnproved()
    return _proved(lambda: parse(credential))


def _proved(verify: Callable[[], T]) -> T:
    """What the library gives. Raises PasskeyUnproved for whatever it fails with.

    It parses a stranger's JSON, CBOR, keys and certificates, and lets through what any of their parsers raises.
    """
    try:
        return verify()
    except Exception as why:
        raise PasskeyUnproved() from why


def _rows(ctx: Context, connection: Connection, user: str) -> list[Row[Any]]:
    mine = select(passkeys).where(passkeys.c.ledger == ctx.ledger, passkeys.c.user == user)
    mine = mine.where(passkeys.c.under == _under(ctx, connection, user))
    return list(connection.execute(mine.order_by(passkeys.c.created.desc(), passkeys.c.id)))


def _under(ctx: Context, connection: Connection, user: str) -> str:
    """By what a key knows the password that it stands beside; it is another with every new password, even the same."""
    mine = select(users.c.password).where(users.c.ledger == ctx.ledger, users.c.id == user)
    return accounts.digest(connection.execute(mine).scalar_one())


def _by_credential(ctx: Context, connection: Connection, credential: bytes) -> Row[Any] | None:
    named = passkeys.c.credential == bytes_to_base64url(credential)
    return connection.execute(select(passkeys).where(passkeys.c.ledger == ctx.ledger, named)).first()


def _told(row: Row[Any]) -> Passkey:
    return Passkey(row.id, row.name, row.created, row.used, row.suspect)


def _milliseconds(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)
