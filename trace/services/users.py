"""The users of a business: who they are, what they may do, and the links by which they come in.

A link carries 256 random bits, works once and for a week, and is shown to its maker alone: only its hash is kept. One
for a user who is there already gives him a new password and ends all his sessions.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from trace.domain.model import Party, Role
from trace.domain.refusals import Refusal, RightsForbid
from trace.identifiers import ShortCode
from trace.services import accounts, throttle
from trace.services.accounts import SignInPaused
from trace.services.context import Actor, Context, Rights, User
from trace.services.throttle import Bucket
from trace.store import queries
from trace.store.account_tables import invitations, sessions, users
from trace.store.unit_of_work import UnitOfWork

INVITATION = timedelta(days=7)
"""How long a link works."""
MOST_INVITATIONS = 20
"""Links of one business that may be open at once."""
_OLD_TRIES = 5  # of one's old password in a session


@dataclass(eq=False)
class UnknownUser(Refusal):
    """The business has no such user, or he was ended."""

    code = "unknown_user"
    user: str


@dataclass(eq=False)
class LastOwner(Refusal):
    """Nobody else of the business could let people in: the last owner stays one."""

    code = "last_owner"
    user: str


@dataclass(eq=False)
class InvitationGone(Refusal):
    """The link was used, taken back, or is too old; or there never was such a one."""

    code = "invitation_gone"


@dataclass(eq=False)
class TooManyInvitations(Refusal):
    """As many links of the business are open as may be."""

    code = "too_many_invitations"
    most: int = MOST_INVITATIONS


@dataclass(eq=False)
class PasswordWrong(Refusal):
    """The old password, asked again before it is changed, is another."""

    code = "password_wrong"


@dataclass(frozen=True)
class UserInfo:
    """A user in a list; ``seen`` is when he last used a session that has not ended."""

    id: str
    login: str
    name: str
    rights: Rights
    created: datetime
    ended: datetime | None
    seen: datetime | None


@dataclass(frozen=True)
class Invitation:
    """A link that is open. ``user``: whom it gives a new password, by name; None where it makes a user."""

    id: str
    party: Party
    rights: Rights
    user: User | None
    login: str | None
    created: datetime
    expires: datetime


@dataclass(frozen=True)
class Link:
    """An invitation with its secret, which nobody can show again."""

    token: str
    url: str
    expires: datetime


@dataclass(frozen=True)
class SessionInfo:
    """A session as its user sees it; ``id`` is of no use for signing in."""

    id: str
    device: str
    created: datetime
    seen: datetime
    here: bool


# -- users ---------------------------------------------------------------------------------------------------


def of_party(ctx: Context, party: str) -> list[UserInfo]:
    """Everybody who signs in for a party, those who ended last."""

    def read(connection: Connection) -> list[UserInfo]:
        used = (
            select(sessions.c.user, func.max(sessions.c.seen).label("seen"))
            .where(sessions.c.ledger == ctx.ledger)
            .group_by(sessions.c.user)
            .subquery()
        )
        rows = connection.execute(
            select(users, used.c.seen)
            .outerjoin(used, used.c.user == users.c.id)
            .where(users.c.ledger == ctx.ledger, users.c.party == party)
            .order_by(users.c.ended.is_not(None), users.c.created, users.c.id)
        )
        return [
            UserInfo(row.id, row.login, row.name, Rights(row.rights), row.created, row.ended, row.seen)
            for row in rows
        ]

    return ctx.sequencer.read(read)


def find(ctx: Context, login: str) -> User:
    """A user by what he types to sign in. Raises UnknownUser."""
    named = users.c.login == accounts.folded(login)
    row = ctx.sequencer.read(lambda connection: _user_row(connection, ctx.ledger, named))
    if row is None:
        raise UnknownUser(user=login[:80])
    return _user(row)


def set_rights(ctx: Context, actor: Actor, user: str, rights: Rights) -> None:
    """Give a user other rights, at once. Raises RightsForbid, UnknownUser, LastOwner."""

    def work(uow: UnitOfWork) -> None:
        found = _administered(ctx, uow.connection, actor, user)
        if rights is not Rights.OWNER:
            _keep_an_owner(ctx, uow.connection, actor, found)
            _take_back_all(ctx, uow.connection, found.id)
        _write(ctx, uow, found.id, rights=str(rights))

    ctx.sequencer.submit(work)


def end(ctx: Context, actor: Actor, user: str) -> None:
    """End a user, his sessions and the links he made; his records stay. Raises RightsForbid, UnknownUser, LastOwner."""

    def work(uow: UnitOfWork) -> None:
        found = _administered(ctx, uow.connection, actor, user)
        _keep_an_owner(ctx, uow.connection, actor, found)
        _write(ctx, uow, found.id, ended=uow.now)
        _take_back_all(ctx, uow.connection, found.id)
        _end_sessions(ctx, uow.connection, found.id)

    ctx.sequencer.submit(work)


def change_password(ctx: Context, user: User, token: str, old: str, new: str) -> None:
    """A user's new password; every other session of his ends. Raises SignInPaused, PasswordWrong, PasswordWeak."""
    tries = Bucket(f"old password {user.id}", _OLD_TRIES)
    if seconds := throttle.charge(ctx, [tries]):
        raise SignInPaused(seconds=seconds)
    row = ctx.sequencer.read(lambda connection: _user_row(connection, ctx.ledger, users.c.id == user.id))
    if row is None or not accounts.matches(row.password, old):
        raise PasswordWrong()
    throttle.forgive(ctx, [tries])
    hashed = accounts.checked_hash(user.login, new)

    def work(uow: UnitOfWork) -> None:
        _write(ctx, uow, user.id, password=hashed)
        _end_sessions(ctx, uow.connection, user.id, but=accounts.digest(token))

    ctx.sequencer.submit(work)


# -- sessions ------------------------------------------------------------------------------------------------


def sessions_of(ctx: Context, user: User, token: str) -> list[SessionInfo]:
    """Where a user is signed in, the one last used first; ``token`` is the session that asks."""
    now, here = ctx.clock(), accounts.digest(token)

    def read(connection: Connection) -> list[SessionInfo]:
        rows = connection.execute(
            select(sessions)
            .where(sessions.c.ledger == ctx.ledger, sessions.c.user == user.id)
            .where(sessions.c.seen >= now - accounts.IDLE, sessions.c.created >= now - accounts.LONGEST)
            .order_by(sessions.c.seen.desc(), sessions.c.hash)
        )
        return [
            SessionInfo(row.hash[:16], row.device, row.created, row.seen, row.hash == here) for row in rows
        ]

    return ctx.sequencer.read(read)


def end_sessions(ctx: Context, user: User, token: str, id: str | None = None) -> None:
    """Sign a user out everywhere but here, or in one other place."""
    mine = (sessions.c.ledger == ctx.ledger) & (sessions.c.user == user.id)
    others = mine & (sessions.c.hash != accounts.digest(token))
    if id is not None:
        others &= func.substr(sessions.c.hash, 1, 16) == id
    ctx.sequencer.submit(lambda uow: uow.connection.execute(delete(sessions).where(others)) and None)


# -- links ---------------------------------------------------------------------------------------------------


def invite(ctx: Context, actor: Actor, party: Party, rights: Rights, login: str | None = None) -> Link:
    """A link by which somebody becomes a user of a party. Raises RightsForbid, TooManyInvitations."""
    _require(actor, party.uri)
    return ctx.sequencer.submit(lambda uow: issue(ctx, uow, actor, party.uri, rights, login=login))


def renew(ctx: Context, actor: Actor, user: str) -> Link:
    """A link by which a user who forgot his password chooses a new one; the old one still opens until then.

    Raises RightsForbid, UnknownUser, TooManyInvitations.
    """

    def work(uow: UnitOfWork) -> Link:
        found = _administered(ctx, uow.connection, actor, user)
        return issue(ctx, uow, actor, found.party, found.rights, user=found.id)

    return ctx.sequencer.submit(work)


def issue(
    ctx: Context,
    uow: UnitOfWork,
    actor: Actor,
    party: str,
    rights: Rights,
    *,
    user: str | None = None,
    login: str | None = None,
) -> Link:
    """A link, on a unit of work that is open already; whether the actor may is the caller's to know."""
    here = invitations.c.ledger == ctx.ledger
    uow.connection.execute(delete(invitations).where(here, invitations.c.expires <= uow.now))
    mine = select(func.count()).select_from(invitations).where(here, invitations.c.party == party)
    if uow.connection.execute(mine.where(invitations.c.used.is_(False))).scalar_one() >= MOST_INVITATIONS:
        raise TooManyInvitations()
    token = base64.urlsafe_b64encode(ctx.random(32)).decode("ascii").rstrip("=")
    uow.connection.execute(
        insert(invitations).values(
            ledger=ctx.ledger,
            hash=accounts.digest(token),
            id=ShortCode.generate(ctx.random).value.lower(),
            party=party,
            rights=str(rights),
            user=user,
            login=login,
            invited_by=actor.user.id if actor.user else "",
            created=uow.now,
            expires=uow.now + INVITATION,
            used=False,
        )
    )
    return Link(token, f"{ctx.base_url}/invite/{token}", uow.now + INVITATION)


def links_of(ctx: Context, party: Party) -> list[Invitation]:
    """The links of a party that are open, the newest first."""
    now = ctx.clock()

    def read(connection: Connection) -> list[Invitation]:
        rows = connection.execute(
            select(invitations)
            .where(invitations.c.ledger == ctx.ledger, invitations.c.party == party.uri)
            .where(invitations.c.used.is_(False), invitations.c.expires > now)
            .order_by(invitations.c.created.desc(), invitations.c.id)
        )
        return [_invitation(ctx, connection, row, party) for row in rows.all()]

    return ctx.sequencer.read(read)


def take_back(ctx: Context, actor: Actor, party: Party, id: str) -> None:
    """End a link before it is used; ending it twice is no error. Raises RightsForbid."""
    _require(actor, party.uri)
    mine = (invitations.c.ledger == ctx.ledger) & (invitations.c.party == party.uri)
    gone = delete(invitations).where(mine, invitations.c.id == id, invitations.c.used.is_(False))
    ctx.sequencer.submit(lambda uow: uow.connection.execute(gone) and None)


def invitation(ctx: Context, token: str) -> Invitation:
    """What a link is for. Raises InvitationGone."""

    def read(connection: Connection) -> Invitation:
        row = _open_row(ctx, connection, token, ctx.clock())
        party = queries.find_party(connection, ctx.ledger, row.party)
        if party is None:
            raise InvitationGone()
        return _invitation(ctx, connection, row, party)

    return ctx.sequencer.read(read)


def accept(ctx: Context, token: str, *, login: str, name: str, password: str, device: str = "other") -> str:
    """Become a user, or get a new password, and begin a session; its token. The link works no second time.

    Raises InvitationGone, LoginUnfit, NameUnfit, LoginTaken, PasswordWeak.
    """
    wanted = invitation(ctx, token)
    hashed = accounts.checked_hash(wanted.user.login if wanted.user else login, password)

    def work(uow: UnitOfWork) -> str:
        row = _open_row(ctx, uow.connection, token, uow.now)
        if row.user is None:
            user = accounts.enter_user(ctx, uow, row.party, login, name, hashed, Rights(row.rights)).id
        else:
            user = row.user
            _write(ctx, uow, user, password=hashed)
            _end_sessions(ctx, uow.connection, user)
        uow.connection.execute(
            update(invitations)
            .where(invitations.c.ledger == ctx.ledger, invitations.c.hash == row.hash)
            .values(used=True)
        )
        return accounts.begin_session(ctx, uow, user, device)

    return ctx.sequencer.submit(work)


# -- within ---------------------------------------------------------------------------------------------------


def _require(actor: Actor, party: str) -> None:
    """Owners administer their own business; owners at the operator every one. Raises RightsForbid."""
    own = party == actor.uri and actor.entered_by is None
    if actor.user is not None and actor.user.rights is not Rights.OWNER:
        raise RightsForbid(user=actor.user.name, rights=str(actor.user.rights))
    if not own and actor.party.role is not Role.OPERATOR:
        raise RightsForbid(user=actor.user.name if actor.user else actor.party.name, rights=str(Rights.OWNER))


def _administered(ctx: Context, connection: Connection, actor: Actor, user: str) -> User:
    row = _user_row(connection, ctx.ledger, users.c.id == user)
    if row is None or (row.party != actor.uri and actor.party.role is not Role.OPERATOR):
        raise UnknownUser(user=user[:80])
    _require(actor, row.party)
    return _user(row)


def _keep_an_owner(ctx: Context, connection: Connection, actor: Actor, user: User) -> None:
    """Raise LastOwner where nobody could let people in any more; the operator may close another's door."""
    if user.rights is not Rights.OWNER or user.party != actor.uri:
        return
    others = (
        select(func.count())
        .select_from(users)
        .where(users.c.ledger == ctx.ledger, users.c.party == user.party, users.c.id != user.id)
        .where(users.c.rights == str(Rights.OWNER), users.c.ended.is_(None))
    )
    if not connection.execute(others).scalar_one():
        raise LastOwner(user=user.name)


def _write(ctx: Context, uow: UnitOfWork, user: str, **values: Any) -> None:
    mine = (users.c.ledger == ctx.ledger) & (users.c.id == user)
    uow.connection.execute(update(users).where(mine).values(**values))


def _end_sessions(ctx: Context, connection: Connection, user: str, *, but: str = "") -> None:
    connection.execute(
        delete(sessions).where(
            sessions.c.ledger == ctx.ledger, sessions.c.user == user, sessions.c.hash != but
        )
    )


def _take_back_all(ctx: Context, connection: Connection, user: str) -> None:
    """Who may let nobody in any more leaves no door open."""
    made = (invitations.c.ledger == ctx.ledger) & (invitations.c.invited_by == user)
    connection.execute(delete(invitations).where(made, invitations.c.used.is_(False)))


def _open_row(ctx: Context, connection: Connection, token: str, now: datetime) -> Row[Any]:
    row = connection.execute(
        select(invitations)
        .where(invitations.c.ledger == ctx.ledger, invitations.c.hash == accounts.digest(token))
        .where(invitations.c.used.is_(False), invitations.c.expires > now)
    ).first()
    if row is None:
        raise InvitationGone()
    if row.user is not None and _user_row(connection, ctx.ledger, users.c.id == row.user) is None:
        raise InvitationGone()  # the user was ended meanwhile
    return row


def _invitation(ctx: Context, connection: Connection, row: Row[Any], party: Party) -> Invitation:
    found = None if row.user is None else _user_row(connection, ctx.ledger, users.c.id == row.user)
    user = None if found is None else _user(found)
    return Invitation(row.id, party, Rights(row.rights), user, row.login, row.created, row.expires)


def _user_row(connection: Connection, ledger: str, named: Any) -> Row[Any] | None:
    return connection.execute(
        select(users).where(users.c.ledger == ledger, named, users.c.ended.is_(None))
    ).first()


def _user(row: Row[Any]) -> User:
    return User(row.id, row.party, row.login, row.name, Rights(row.rights))
