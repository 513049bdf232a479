"""Who gets in by a passkey, who does not, and what a thief, a copy or another's page can do with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import func, insert, select

from tests.authenticator import ORIGIN, PRESENT, VERIFIED, Phone, unspelled
from tests.scenario import World
from trace.services import accounts, passkeys, users
from trace.services.accounts import Origin, SignInPaused, SignInRefused
from trace.services.context import Context, Rights, User
from trace.services.passkeys import (
    PasskeyElsewhere,
    PasskeyExpired,
    PasskeyKnown,
    PasskeyNameUnfit,
    PasskeyNotOffered,
    PasskeyPasswordWrong,
    PasskeySuspect,
    PasskeysWaiting,
    PasskeyUnknown,
    PasskeyUnproved,
    TooManyPasskeys,
    UnknownPasskey,
)
from trace.store.account_tables import users as user_table
from trace.store.passkey_tables import passkey_challenges

PASSWORD = "long enough"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # the tests are about keys
HOME = Origin("198.51.100.7")
SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


@dataclass
class Person:
    """A user with a session in a browser of his own."""

    ctx: Context
    user: User
    session: str
    browser: str = "a secret of this browser"
    origin: Origin = HOME

    def ask_to_add(self, name: str = "phone", password: str = PASSWORD) -> dict[str, Any]:
        return passkeys.begin_adding(
            self.ctx, self.user, self.session, name=name, password=password, origin=self.origin
        )

    def keep(self, credential: str, name: str = "phone") -> passkeys.Passkey:
        return passkeys.add(self.ctx, self.user, self.session, name=name, credential=credential)

    def add(self, phone: Phone) -> Phone:
        self.keep(phone.make(self.ask_to_add()))
        return phone

    def ask(self) -> dict[str, Any]:
        return passkeys.begin_signing_in(self.ctx, self.browser, self.origin)

    def show(self, credential: str) -> passkeys.SignedIn:
        return passkeys.sign_in(self.ctx, self.browser, credential, self.origin)

    def sign_in(self, phone: Phone, **instead: Any) -> passkeys.SignedIn:
        return self.show(phone.sign(self.ask(), **instead))

    @property
    def keys(self) -> list[passkeys.Passkey]:
        return passkeys.of_user(self.ctx, self.user)


def person(world: World, login: str = "lin", who: str = "farm") -> Person:
    """Somebody of a business, signed in."""
    ctx, user = world.ctx, User(f"{login}-id", world[who].uri, login, "林", Rights.CLERK)
    fields = {
        "id": user.id,
        "party": user.party,
        "login": login,
        "name": user.name,
        "rights": str(user.rights),
    }
    row = insert(user_table).values(ledger=ctx.ledger, password=HASHED, created=world.clock(), **fields)
    ctx.sequencer.submit(lambda uow: uow.connection.execute(row) and None)
    return Person(ctx, user, ctx.sequencer.submit(lambda uow: accounts.begin_session(ctx, uow, user.id)))


def signed_in(ctx: Context, token: str) -> User:
    found = accounts.signed(ctx, token)
    assert found is not None
    return found.user


# -- in by passkey -------------------------------------------------------------------------------------------


def test_a_passkey_begins_the_same_session_as_a_password(world: World) -> None:
    """Of its own user, seen at his sessions, with his name for the browser to remember."""
    lin, _ = person(world), person(world, "chen", "plant")
    phone = lin.add(Phone())
    done = lin.sign_in(phone)
    assert (signed_in(world.ctx, done.token), done.login) == (lin.user, "lin")
    assert len(users.sessions_of(world.ctx, lin.user, done.token)) == 2
    assert [(one.name, one.used) for one in lin.keys] == [("phone", world.clock())]


@SQLITE
def test_no_name_is_asked_for_so_none_can_be_sounded_out(world: World) -> None:
    """What is sent to a browser that nobody knows lists nobody's keys, and wants the phone unlocked."""
    lin = person(world)
    lin.add(Phone())
    asked = lin.ask()
    assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")
    assert asked["rpId"] == "trace.example"
    assert len(unspelled(asked["challenge"])) == 32


@SQLITE
def test_a_phone_that_counts_nothing_signs_in_again_and_again(world: World) -> None:
    """Synced passkeys always say 0; that is no sign of a copy."""
    lin = person(world)
    phone = lin.add(Phone(step=0))
    for _ in range(3):
        assert signed_in(world.ctx, lin.sign_in(phone).token) == lin.user
    assert lin.keys[0].suspect is None


# -- who may add one -----------------------------------------------------------------------------------------


@SQLITE
def test_a_session_without_the_password_adds_no_key(world: World) -> None:
    """Whoever finds a phone unlocked cannot leave himself a way back in, nor try passwords for long."""
    lin = person(world)
    for _ in range(5):
        with pytest.raises(PasskeyPasswordWrong):
            lin.ask_to_add(password="a guess")
    with pytest.raises(SignInPaused):
        lin.ask_to_add(password=PASSWORD)
    made_up = {**lin.ask(), "user": {"id": "bGlu"}, "rp": {"id": "trace.example"}}
    with pytest.raises(PasskeyExpired):
        lin.keep(Phone().make(made_up))  # a challenge that was given for signing in
    assert lin.keys == []


@SQLITE
def test_a_challenge_for_one_session_adds_no_key_in_another(world: World) -> None:
    """Not another user's, and not another session of his own."""
    lin, chen = person(world), person(world, "chen", "plant")
    asked = lin.ask_to_add()
    for other in (chen, replace(lin, session=chen.session), replace(chen, session=lin.session)):
        with pytest.raises(PasskeyExpired):
            other.keep(Phone().make(asked))
    assert lin.keep(Phone().make(asked)).name == "phone"


@SQLITE
def test_a_key_is_added_once_and_for_one_user(world: World) -> None:
    """A second entry for the same key would make it another's as well."""
    lin, chen = person(world), person(world, "chen", "plant")
    phone = lin.add(Phone())
    for other in (lin, chen):
        with pytest.raises(PasskeyKnown):
            other.keep(phone.make(other.ask_to_add()))


@SQLITE
def test_a_phone_is_told_which_keys_it_has_already(world: World) -> None:
    """So that it does not make a second one for the same user, which would take the first's place."""
    lin = person(world)
    phone = lin.add(Phone())
    asked = lin.ask_to_add()
    assert [unspelled(one["id"]) for one in asked["excludeCredentials"]] == [phone.id]
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"


@SQLITE
def test_nobody_has_more_than_ten(world: World) -> None:
    """Also not by asking for the eleventh before the tenth is there."""
    lin = person(world)
    for _ in range(9):
        lin.add(Phone())
    late, last = lin.ask_to_add(), lin.ask_to_add()
    lin.keep(Phone().make(last))
    with pytest.raises(TooManyPasskeys):
        lin.ask_to_add()
    with pytest.raises(TooManyPasskeys):
        lin.keep(Phone().make(late))
    assert len(lin.keys) == 10


@SQLITE
@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\nb"])
def test_a_key_has_a_name_to_know_it_by(world: World, name: str) -> None:
    """Asked for before the phone is, so that nothing is made in vain."""
    lin = person(world)
    with pytest.raises(PasskeyNameUnfit):
        lin.ask_to_add(name=name)


@SQLITE
@pytest.mark.parametrize(
    "phone",
    [
        Phone(flags=PRESENT),
        Phone(flags=VERIFIED),
    ],
    ids=["unlocked by nobody", "nobody there"],
)
def test_a_key_that_is_not_behind_a_lock_is_not_added(world: World, phone: Phone) -> None:
    """Else whoever has the phone in hand were its owner."""
    lin = person(world)
    with pytest.raises(PasskeyUnproved):
        lin.add(phone)


@SQLITE
@pytest.mark.parametrize("wrong", [{"alg": -65535}, {"kty": 9}, {"x": bytes(32)}, {"crv": 99}])
def test_a_key_of_a_kind_that_cannot_be_verified_is_not_added(world: World, wrong: dict[str, Any]) -> None:
    """A weak or broken key would be found out only when its user stands before the door."""
    lin = person(world)
    made = Phone().make(lin.ask_to_add(), **wrong)
    with pytest.raises(PasskeyUnproved):
        lin.keep(made)


# -- who does not get in -------------------------------------------------------------------------------------


def test_an_assertion_signs_in_once_however_often_and_at_once_it_is_sent(world: World) -> None:
    """Whoever reads along gains nothing by sending it again; of eight at the same moment one is first."""
    lin = person(world)
    phone = lin.add(Phone())
    shown = phone.sign(lin.ask())

    def attempt(_: int) -> str:
        try:
            return lin.show(shown).token
        except (PasskeyExpired, SignInPaused):
            return ""

    with ThreadPoolExecutor(8) as pool:
        tokens = [token for token in pool.map(attempt, range(8)) if token]
    assert len(tokens) == 1
    world.clock.forward(minutes=1)
    with pytest.raises(PasskeyExpired):
        lin.show(shown)


@SQLITE
def test_a_challenge_of_another_browser_signs_nobody_in(world: World) -> None:
    """Else a page could have its visitor signed in under the attacker's name, or bring what it caught elsewhere."""
    lin = person(world)
    phone = lin.add(Phone())
    shown = phone.sign(lin.ask())
    with pytest.raises(PasskeyExpired):
        replace(lin, browser="another browser").show(shown)
    with pytest.raises(PasskeyExpired):
        replace(lin, browser="").show(shown)
    assert lin.show(shown)


@SQLITE
def test_a_challenge_for_adding_signs_nobody_in(world: World) -> None:
    """Each is for one purpose."""
    lin = person(world)
    phone = lin.add(Phone())
    asked = {**lin.ask_to_add(), "rpId": "trace.example"}
    with pytest.raises(PasskeyExpired):
        replace(lin, browser=lin.session).show(phone.sign(asked))


@SQLITE
def test_a_challenge_is_too_old_after_five_minutes(world: World) -> None:
    """Nobody keeps one for later, neither for signing in nor for adding."""
    lin = person(world)
    phone = lin.add(Phone())
    shown, made = phone.sign(lin.ask()), Phone().make(lin.ask_to_add())
    world.clock.forward(minutes=5)
    with pytest.raises(PasskeyExpired):
        lin.show(shown)
    with pytest.raises(PasskeyExpired):
        lin.keep(made)


@SQLITE
@pytest.mark.parametrize(
    "origin",
    [
        "https://trace.example.evil.example",
        "http://trace.example",
        "https://trace.example:444",
        "https://a.trace.example",
    ],
)
def test_what_was_signed_on_a_page_of_another_address_signs_nobody_in(world: World, origin: str) -> None:
    """A copied page gets nothing out of a passkey; the reader is told which address is right."""
    lin = person(world)
    phone = lin.add(Phone())
    phone.origin = origin
    with pytest.raises(PasskeyElsewhere) as refused:
        lin.sign_in(phone)
    assert refused.value.origin == ORIGIN
    with pytest.raises(PasskeyElsewhere):
        lin.add(Phone(origin=origin))


@SQLITE
def test_what_was_signed_within_another_page_signs_nobody_in(world: World) -> None:
    """Ours are shown in no frame of another's."""
    lin = person(world)
    phone = lin.add(Phone())
    phone.cross = True
    with pytest.raises(PasskeyElsewhere):
        lin.sign_in(phone)


FORGED: dict[str, Callable[[Phone, Phone], dict[str, Any]]] = {
    "made for another service": lambda phone, other: {"rp": "other.example"},
    "an answer to another question": lambda phone, other: {"type": "webauthn.create"},
    "another's signature": lambda phone, other: {"signature": other.key.sign(b"x", ec.ECDSA(SHA256()))},
    "no signature": lambda phone, other: {"signature": b""},
    "words that were not signed": lambda phone, other: {"authenticatorData": bytes(37)},
    "half of it": lambda phone, other: {"authenticatorData": b"\x05"},
}


@SQLITE
@pytest.mark.parametrize("how", FORGED)
def test_whatever_is_not_signed_by_the_key_for_this_service_signs_nobody_in(world: World, how: str) -> None:
    """And costs the real key nothing: its owner signs in afterwards."""
    lin = person(world)
    phone, other = lin.add(Phone()), lin.add(Phone())
    with pytest.raises(PasskeyUnproved):
        lin.sign_in(phone, **FORGED[how](phone, other))
    assert lin.sign_in(phone)
    assert [one.suspect for one in lin.keys] == [None, None]


@SQLITE
def test_every_changed_byte_of_a_signature_is_refused(world: World) -> None:
    """A bit here or there is not overlooked."""
    lin = person(world)
    phone = lin.add(Phone())
    for place in (0, 8, 40, 68):
        asked = lin.ask()
        whole = json.loads(phone.sign(asked))
        signature = bytearray(unspelled(whole["response"]["signature"]))
        signature[place] ^= 1
        with pytest.raises(PasskeyUnproved):
            lin.show(phone.sign(asked, signature=bytes(signature)))


@SQLITE
@pytest.mark.parametrize("flags", [PRESENT, VERIFIED, 0])
def test_a_phone_that_was_not_unlocked_signs_nobody_in(world: World, flags: int) -> None:
    """A found phone alone is no key: fingerprint, face or code were asked for."""
    lin = person(world)
    phone = lin.add(Phone())
    phone.flags = flags
    with pytest.raises(PasskeyUnproved):
        lin.sign_in(phone)


@SQLITE
def test_a_key_opens_no_account_but_its_own_user_s(world: World) -> None:
    """Whoever says that it is another's, or nobody's, is not believed, and gets into neither."""
    lin, chen = person(world), person(world, "chen", "plant")
    phone = lin.add(Phone())
    for handle in (chen.user.id.encode(), None, b""):
        with pytest.raises(PasskeyUnknown):
            lin.sign_in(phone, userHandle=handle)


@SQLITE
def test_a_removed_key_opens_nothing_and_only_its_user_removes_it(world: World) -> None:
    """A lost phone is locked out at once, and nobody can lock out another."""
    lin, chen = person(world), person(world, "chen", "plant")
    phone = lin.add(Phone())
    lost = lin.keys[0].id
    kept = lin.add(Phone())
    with pytest.raises(UnknownPasskey):
        passkeys.remove(world.ctx, chen.user, lost)
    with pytest.raises(UnknownPasskey):
        passkeys.find(world.ctx, chen.user, lost)
    asked = lin.ask()
    passkeys.remove(world.ctx, lin.user, lost)
    with pytest.raises(PasskeyUnknown):
        lin.show(phone.sign(asked))
    with pytest.raises(UnknownPasskey):
        passkeys.remove(world.ctx, lin.user, lost)
    assert lin.sign_in(kept)


@SQLITE
def test_a_user_who_was_ended_does_not_come_back_by_passkey(world: World) -> None:
    """The key in his pocket is of no use, and he is told no more than a stranger."""
    lin = person(world)
    phone = lin.add(Phone())
    asked = lin.ask()
    users.end(world.ctx, world["farm"], lin.user.id)
    with pytest.raises(PasskeyUnknown):
        lin.show(phone.sign(asked))


@SQLITE
def test_a_new_password_ends_the_keys_that_were_added_under_the_old_one(world: World) -> None:
    """A thief who had both is out, whether the user changed it or got a link; what he had is no longer counted."""
    lin = person(world)
    users.change_password(world.ctx, lin.user, lin.session, PASSWORD, PASSWORD)
    phones = [lin.add(Phone()) for _ in range(10)]
    link = users.renew(world.ctx, world["farm"], lin.user.id)
    users.accept(world.ctx, link.token, login="", name="", password="another one")
    for phone in phones[:2]:
        with pytest.raises(PasskeyUnknown):
            lin.sign_in(phone)
    assert lin.keys == []
    lin.keep(phones[0].make(lin.ask_to_add(password="another one")))
    assert lin.sign_in(phones[0])
    users.change_password(world.ctx, lin.user, lin.session, "another one", "a third one")
    with pytest.raises(PasskeyUnknown):
        lin.sign_in(phones[0])


@SQLITE
def test_a_question_asked_with_the_old_password_adds_no_key_beside_the_new_one(world: World) -> None:
    """Who has a copy of the session, and knew the password until its user changed it there, keeps no way in."""
    lin = person(world)
    made = Phone().make(lin.ask_to_add())
    users.change_password(world.ctx, lin.user, lin.session, PASSWORD, "another one")
    with pytest.raises(PasskeyExpired):
        lin.keep(made)
    assert lin.keys == []


# -- copies --------------------------------------------------------------------------------------------------


@SQLITE
def test_a_counter_that_goes_backwards_stops_the_key_and_tells_its_user(world: World) -> None:
    """Somebody has a copy: neither it nor the original opens anything until the user has made a new one."""
    lin = person(world)
    phone = lin.add(Phone())
    copy = replace(phone)
    lin.sign_in(phone)
    with pytest.raises(PasskeySuspect):
        lin.sign_in(copy)
    assert lin.keys[0].suspect == world.clock()
    phone.counter += 10
    with pytest.raises(PasskeySuspect):
        lin.sign_in(phone)
    passkeys.remove(world.ctx, lin.user, lin.keys[0].id)
    assert lin.sign_in(lin.add(Phone()))


@SQLITE
def test_nobody_without_the_key_can_have_it_stopped(world: World) -> None:
    """An old counter counts only where it was signed."""
    lin = person(world)
    phone = lin.add(Phone(counter=50))
    stranger = replace(Phone(), id=phone.id, handle=phone.handle)
    with pytest.raises(PasskeyUnproved):
        lin.sign_in(stranger)
    assert lin.keys[0].suspect is None


# -- limits --------------------------------------------------------------------------------------------------


@SQLITE
def test_guessing_shuts_out_the_guesser_and_not_the_key_s_owner(world: World) -> None:
    """Keys that nobody has are counted with the wrong passwords from the same place."""
    lin = person(world)
    phone = lin.add(Phone())
    for _ in range(50):
        with pytest.raises(PasskeyUnknown):
            lin.sign_in(Phone(handle=b"x"))
    with pytest.raises(SignInPaused):
        lin.sign_in(Phone(handle=b"x"))
    with pytest.raises(SignInPaused):
        accounts.sign_in(world.ctx, "nobody", "guess", lin.origin)
    with pytest.raises(SignInRefused):
        accounts.sign_in(world.ctx, "nobody", "guess", Origin("192.0.2.1"))
    assert lin.sign_in(phone)


@SQLITE
def test_tries_with_one_key_are_slowed_like_those_of_a_password(world: World) -> None:
    """From wherever they come, and one that is right takes them back."""
    lin = person(world)
    phone = lin.add(Phone())
    for n in range(5):
        with pytest.raises(PasskeyUnproved):
            replace(lin, origin=Origin(f"203.0.113.{n}")).sign_in(phone, signature=b"")
    with pytest.raises(SignInPaused) as paused:
        lin.sign_in(phone)
    world.clock.forward(seconds=paused.value.seconds)
    for _ in range(2):
        assert lin.sign_in(phone)


@SQLITE
def test_who_asks_on_and_on_fills_no_table(world: World) -> None:
    """A hundred open questions of one place are enough; others are not kept waiting, and old ones are cleared."""
    lin = person(world)
    for _ in range(100):
        lin.ask()
    with pytest.raises(PasskeysWaiting) as waiting:
        lin.ask()
    assert replace(lin, origin=Origin("192.0.2.9")).ask()
    world.clock.forward(seconds=waiting.value.seconds)
    lin.ask()
    count = select(func.count()).select_from(passkey_challenges)
    assert world.ctx.sequencer.read(lambda connection: connection.execute(count).scalar_one()) == 1


ODD = [
    "",
    "{",
    "[]",
    "null",
    "[" * 5000,
    '{"id": 1}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": []}',
    '{"id": "!", "rawId": "é", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA",'
    ' "authenticatorData": "AA", "signature": "AA", "userHandle": 5}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "W10", "attestationObject": "/w",'
    ' "authenticatorData": "AA", "signature": "AA"}}',
    " " * 30_000,
]


@SQLITE
def test_whatever_else_is_brought_is_refused_in_words(world: World) -> None:
    """No strange bytes are a fault of ours."""
    lin = person(world)
    for odd in ODD:
        with pytest.raises(PasskeyUnproved):
            lin.show(odd)
        with pytest.raises(PasskeyUnproved):
            lin.keep(odd)
    phone = lin.add(Phone())
    stuffed = {**json.loads(phone.sign(lin.ask())), "more": "x" * 20_000}
    with pytest.raises(PasskeyUnproved):
        lin.show(json.dumps(stuffed))


# -- where -----------------------------------------------------------------------------------------------------


ADDRESSES = {
    "https://trace.example": ("trace.example", "https://trace.example"),
    "https://Trace.Example:443/inner": ("trace.example", "https://trace.example"),
    "https://trace.example:8443": ("trace.example", "https://trace.example:8443"),
    "http://localhost:8000": ("localhost", "http://localhost:8000"),
    "http://localhost:80": ("localhost", "http://localhost"),
    "http://trace.example": None,
    "http://192.168.1.5:8000": None,
    "https://192.168.1.5": None,
    "https://[::1]:8443": None,
    "https://农产品.example": None,
}


@SQLITE
def test_keys_are_offered_only_where_browsers_give_them(world: World) -> None:
    """Not over http and not at an IP address: there nothing is begun, and a password is all that is needed."""
    lin = person(world)
    for address, expected in ADDRESSES.items():
        lin.ctx = replace(world.ctx, base_url=address)
        found = passkeys.site(lin.ctx)
        assert (found and (found.id, found.origin)) == expected
        for act in (lin.ask, lin.ask_to_add, lambda: lin.show(""), lambda: lin.keep("")):
            if expected is None:
                with pytest.raises(PasskeyNotOffered):
                    act()
