"""Tables of passkeys (W3C Web Authentication): the public keys that people sign in with beside their passwords, and
what they were asked to sign. Ordinary rows like the people themselves: a key that is removed is gone.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata

# ``credential`` is the id that the authenticator gave it (base64url), ``key`` the public key (COSE), ``counter`` how
# often it says that it has signed. ``under``: SHA-256 (hex) of the hash of its user's password when it was added; it
# ends with that password. ``suspect``: since when two of it seem to be about; it opens nothing any more.
passkeys = Table(
    "passkeys",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("id", Name, nullable=False),
    Column("user", Name, nullable=False),
    Column("credential", Name, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("under", Name, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("used", UtcDateTime),
    Column("suspect", UtcDateTime),
    PrimaryKeyConstraint("ledger", "id"),
    Index("passkeys_once", "ledger", "credential", unique=True),
    Index("passkeys_by_user", "ledger", "user"),
)

# Challenges that wait for their one answer. ``bound`` is the SHA-256 (hex) of the secret that only the browser which
# asked holds, ``user`` who adds a key (none: somebody signs in), ``place`` the SHA-256 (hex) of where he asks from.
passkey_challenges = Table(
    "passkey_challenges",
    metadata,
    Column("ledger", Name, nullable=False),
    Column("challenge", Name, nullable=False),
    Column("bound", Name, nullable=False),
    Column("user", Name),
    Column("place", Name, nullable=False),
    Column("expires", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("ledger", "challenge"),
    Index("passkey_challenges_by_place", "ledger", "place", "expires"),
    Index("passkey_challenges_by_time", "ledger", "expires"),
)
