"""Tables of serial codes. Which numbers were issued and what labels stand for follows the ledger; how often a code was
looked at, where it was seen and who tried its second code does not, and can be forgotten.

No row stands for a serial that nobody has looked at: a million codes are one row.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table

from trace.store.engine import UtcDateTime
from trace.store.tables import Name, metadata


def _table(name: str, key: tuple[str, ...], *columns: Column[object] | Index) -> Table:
    return Table(
        name,
        metadata,
        Column("ledger", Name, nullable=False),
        *columns,
        PrimaryKeyConstraint("ledger", *key),
    )


def _name(name: str) -> Column[object]:
    return Column(name, Name, nullable=False)


def _number(name: str) -> Column[object]:
    return Column(name, BigInteger, nullable=False)


# Numbers ``first`` to ``last`` of a batch's serials were issued; ``cover``: with a second code under a layer.
serial_ranges = _table(
    "serial_ranges",
    ("batch", "first"),
    _name("batch"),
    _number("first"),
    _number("last"),
    Column("cover", Boolean, nullable=False),
    _name("by_party"),
    _number("index"),
)

# A pre-printed roll: its labels are numbered from 1 to ``count``.
rolls = _table(
    "rolls",
    ("roll",),
    _name("roll"),
    _number("count"),
    Column("cover", Boolean, nullable=False),
    _name("by_party"),
    _number("index"),
    Index("rolls_by_party", "ledger", "by_party", "index"),
)

# Labels ``first`` to ``last`` of a roll stand for a batch, for good.
roll_bindings = _table(
    "roll_bindings",
    ("roll", "first"),
    _name("roll"),
    _number("first"),
    _number("last"),
    _name("batch"),
    _name("by_party"),
    _number("index"),
    Index("roll_bindings_by_batch", "ledger", "batch"),
)

# A warning of copies of ``code`` was looked into, why it is settled: ``cause`` of ``domain.causes.CLEARED``, and words.
clearances = _table(
    "clearances",
    ("code", "index"),
    _name("code"),
    _name("batch"),
    _name("by_party"),
    Column("recorded", UtcDateTime, nullable=False),
    Column("cause", Name),
    _name("reason"),
    _number("index"),
)

SERIALS: tuple[Table, ...] = (serial_ranges, rolls, roll_bindings, clearances)
"""Those that follow the ledger."""

# How often the page of a code was looked at; no row says by whom.
scans = _table(
    "scans",
    ("code",),
    _name("code"),
    _number("count"),
    Column("first", UtcDateTime, nullable=False),
    Column("last", UtcDateTime, nullable=False),
)

# Where somebody who has the thing in hand said he was, in tenths of a degree.
sightings = _table(
    "sightings",
    ("code", "time"),
    _name("code"),
    Column("time", UtcDateTime, nullable=False),
    Column("latitude", Integer, nullable=False),
    Column("longitude", Integer, nullable=False),
)

# Second codes: wrong ``tries`` on ``day`` (ISO 8601, where the service is), and when it was ``first`` got right.
reveals = _table(
    "reveals",
    ("code",),
    _name("code"),
    _name("day"),
    Column("tries", Integer, nullable=False),
    Column("first", UtcDateTime),
)
